//! Reading a run, whatever has become of it: what can be read is, and what cannot is told.

use std::collections::BTreeSet;

use shared::config::{Ack, Failover, Reads};
use shared::event::{Event, EventKind};
use shared::id::Node;
use shared::json::{self, FromJson, Json, Unread};
use shared::view::{ClusterView, Scene};

use super::{Header, LINE_LIMIT, Moment, REPLICAS, Remark, Run, SIZE_LIMIT, Unusable, VERSION};
use crate::lang::t;

/// How many bad lines, and how many holes, are told one by one.
const NAMED: usize = 3;
/// The largest number of an event and the latest time that are believed: beyond, JSON's own numbers are not exact.
const BELIEVED: u64 = 1 << 53;
/// How much of a bad line is shown, in characters.
const SHOWN: usize = 40;

/// Reads a run; returns it with what was wrong with it.
///
/// # Errors
/// Why nothing of it can be shown.
pub fn read(text: &str) -> Result<(Run, Vec<Remark>), Unusable> {
    if text.len() > SIZE_LIMIT {
        return Err(Unusable::TooLarge);
    }
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<(usize, &str)> =
        (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty()).collect();
    let Some((first, line)) = lines.first().copied() else { return Err(Unusable::Empty) };
    if lines.len() > LINE_LIMIT {
        return Err(Unusable::TooManyLines);
    }
    let mut remarks = Vec::new();
    let head = head(first, line, &mut remarks)?;
    let events = events(lines.get(usize::from(head.is_line)..).unwrap_or_default(), &mut remarks);
    if events.is_empty() && head.header.is_none() {
        return Err(Unusable::NotARun { line: first, reason: reason::<Event>(line) });
    }
    Ok((run(head.header, events, &mut remarks), remarks))
}

/// The version that a header names, whatever else is in it.
struct Mark(u64);

impl FromJson for Mark {
    fn from_json(json: Json) -> Result<Mark, Unread> {
        json.parts()?.part("baton").map(Mark)
    }
}

impl FromJson for Header {
    fn from_json(json: Json) -> Result<Header, Unread> {
        let mut parts = json.parts()?;
        Ok(Header {
            baton: parts.part("baton")?,
            scene: parts.part("scene")?,
            view: parts.part_or_default("view")?,
            from: parts.part_or_default("from")?,
            cursor: parts.part("cursor")?,
            past: parts.part_or_default("past")?,
            partial: parts.part_or_default("partial")?,
        })
    }
}

/// What the first line is.
struct Head {
    header: Option<Header>,
    /// Whether it is a header at all, damaged or not.
    is_line: bool,
}

fn head(number: usize, line: &str, remarks: &mut Vec<Remark>) -> Result<Head, Unusable> {
    match json::read::<Mark>(line) {
        Ok(Mark(baton)) if baton > VERSION => return Err(Unusable::Newer(baton)),
        Ok(_) => {}
        Err(_) if line.starts_with("{\"baton\"") => {}
        Err(_) => {
            remarks.push(Remark::NoHeader);
            return Ok(Head { header: None, is_line: false });
        }
    }
    let header = json::read::<Header>(line).ok().filter(is_possible);
    if header.is_none() {
        remarks.push(Remark::BadHeader { line: number, reason: reason::<Header>(line) });
    }
    Ok(Head { header, is_line: true })
}

/// Whether a header is one of a cluster that there can be.
fn is_possible(header: &Header) -> bool {
    let replicas = header.view.replicas.keys().all(|id| is_replica(Node::Replica(*id)));
    let flights = header.view.flights.values().all(|flight| is_replica(flight.from) && is_replica(flight.to));
    let scene = header
        .scene
        .as_ref()
        .is_none_or(|scene| (1..=REPLICAS).contains(&scene.replicas.len()) && scene.started < BELIEVED);
    replicas && flights && scene && header.from < BELIEVED
}

fn is_replica(node: Node) -> bool {
    node.replica().is_none_or(|id| (1..=REPLICAS).contains(&usize::from(id.0)))
}

fn events(lines: &[(usize, &str)], remarks: &mut Vec<Remark>) -> Vec<Event> {
    let mut events = Vec::with_capacity(lines.len());
    let mut bad = Vec::new();
    for (number, line) in lines {
        match json::read::<Event>(line) {
            Ok(event) if is_event(&event) => events.push(event),
            Ok(_) | Err(_) => bad.push((*number, *line)),
        }
    }
    let last = lines.last().map(|(number, _)| *number);
    remarks.extend(bad.iter().take(NAMED).map(|(line, text)| bad_line(*line, text, last == Some(*line))));
    if let Some(more @ 1..) = bad.len().checked_sub(NAMED) {
        remarks.push(Remark::MoreBadLines(more));
    }
    events
}

/// Whether an event's numbers can be true, so that no clock of the page overflows.
fn is_event(event: &Event) -> bool {
    let to = if let EventKind::Sent { to, .. } = &event.kind { *to } else { event.node };
    is_replica(event.node) && is_replica(to) && event.seq < BELIEVED && event.at.0 < BELIEVED
}

fn bad_line(line: usize, text: &str, is_last: bool) -> Remark {
    let cut = is_last && json::read::<Event>(text).is_err_and(|error| error.is_cut);
    if cut { Remark::CutShort { line } } else { Remark::BadLine { line, reason: reason::<Event>(text) } }
}

/// Returns what is wrong with a line: what was found, where, and how the line begins.
fn reason<T: FromJson>(line: &str) -> String {
    let found = match json::read::<T>(line) {
        Ok(_) => t("a number in it is too large").to_owned(),
        // Each is a line of its own, so its number within it says nothing.
        Err(error) => error.found.replace(" at line 1 column ", " at column "),
    };
    let shown: String = line.chars().take(SHOWN).collect();
    let more = if shown.len() < line.len() { "…" } else { "" };
    format!("{found}: `{shown}{more}`")
}

fn run(header: Option<Header>, mut events: Vec<Event>, remarks: &mut Vec<Remark>) -> Run {
    number(&mut events);
    let unordered = events.windows(2).filter(|pair| pair[1].seq < pair[0].seq).count();
    events.sort_by_key(|event| event.seq);
    let count = events.len();
    let from = header.as_ref().map(|header| header.from);
    let mut seen = from;
    events.retain(|event| {
        let new = seen.is_none_or(|seen| event.seq > seen);
        seen = seen.max(Some(event.seq));
        new
    });
    let from = from.unwrap_or_else(|| events.first().map_or(0, |event| event.seq.saturating_sub(1)));
    let found = [(unordered, Remark::Unordered as fn(usize) -> Remark), (count - events.len(), Remark::Doubled)];
    remarks.extend(found.into_iter().filter(|(count, _)| *count > 0).map(|(count, remark)| remark(count)));
    remarks.extend(holes(from, &events));
    let cursor = header.as_ref().and_then(|header| Some(Moment { seq: header.cursor?, past: header.past }));
    let partial = header.as_ref().is_some_and(|header| header.partial);
    let (scene, view) = header.map_or_else(Default::default, |header| (header.scene, header.view));
    let scene = scene.map(|scene| Scene { replicas: widened(scene.replicas, &events, &view), ..scene });
    Run { scene, view, from, cursor, partial, events }
}

/// Numbers events that no feed has numbered, such as those of the simulation.
fn number(events: &mut [Event]) {
    if events.iter().all(|event| event.seq == 0) {
        (1..).zip(events).for_each(|(seq, event)| event.seq = seq);
    }
}

fn holes(from: u64, events: &[Event]) -> Vec<Remark> {
    let before = std::iter::once(from).chain(events.iter().map(|event| event.seq));
    let pairs = before.zip(events.iter().map(|event| event.seq));
    let holes: Vec<(u64, u64)> = pairs.filter(|(after, before)| before - after > 1).collect();
    let missing = |(after, before): &(u64, u64)| before - after - 1;
    let mut remarks: Vec<Remark> = holes
        .iter()
        .take(NAMED)
        .map(|hole| Remark::Missing { count: missing(hole), after: hole.0, before: hole.1 })
        .collect();
    let rest = holes.get(NAMED..).unwrap_or_default();
    if !rest.is_empty() {
        remarks.push(Remark::MoreMissing { count: rest.iter().map(missing).sum(), holes: rest.len() });
    }
    remarks
}

/// Returns how many events the holes of a run hide, as far as its numbers tell.
pub fn missing(run: &Run) -> u64 {
    let last = run.events.last().map_or(run.from, |event| event.seq);
    last - run.from - run.events.len() as u64
}

/// Returns the cluster as its events tell it.
pub fn scene_of(events: &[Event]) -> Scene {
    Scene {
        service: 0,
        replicas: widened(Vec::new(), events, &ClusterView::default()),
        ack: Ack::default(),
        reads: Reads::default(),
        failover: Failover::default(),
        version: String::new(),
        started: 0,
    }
}

/// Adds the replicas that are seen and have no address, and makes equal addresses different.
fn widened(mut replicas: Vec<String>, events: &[Event], view: &ClusterView) -> Vec<String> {
    let seen = events.iter().filter_map(|event| event.node.replica());
    let seen = seen.chain(view.replicas.keys().copied()).map(|id| usize::from(id.0)).max().unwrap_or(1);
    let mut known = BTreeSet::new();
    for (number, address) in (1..).zip(&mut replicas) {
        if !known.insert(address.clone()) {
            *address = unknown(number);
        }
    }
    replicas.extend((replicas.len() + 1..=seen).map(unknown));
    replicas
}

fn unknown(number: usize) -> String {
    format!("? {number}")
}
