//! What goes into a run: all that the page still has, or what one request did.

use std::collections::BTreeSet;

use shared::event::EventKind;
use shared::id::{GroupId, NoteId};
use shared::view::{ClusterView, ReplicaView, Scene};

use super::{Moment, Run};
use crate::playback::Playback;
use crate::playback::about;

/// How many events are around the cursor when it is at no request.
const AROUND: u64 = 120;
/// How far back the beginning may go so that messages which are under way then are seen to leave.
const FLYING: u64 = 200;

/// Returns everything that the page still has.
pub fn whole(playback: &Playback, scene: &Scene) -> Run {
    between(playback, scene, playback.log().first_place(), playback.log().end_place())
}

/// Returns what the request at the cursor did, from its first event to its last, and to the cursor; where the cursor
/// is at no request, what happened last.
pub fn at_cursor(playback: &Playback, scene: &Scene) -> Run {
    let log = playback.log();
    let trace = playback.current().and_then(|(_, entry)| entry.event.trace.as_ref());
    let places = trace.map_or(&[][..], |trace| log.trace(trace));
    let here = playback.place();
    let (first, last) = match (places.first(), places.last()) {
        (Some(first), Some(last)) => (*first, (last + 1).max(here)),
        _ => (here.saturating_sub(AROUND), here),
    };
    let first = first.max(log.first_place());
    let flying = log.picture(first).view.flights;
    let sent = flying.keys().filter_map(|message| log.passage(*message)).map(|passage| passage.sent);
    let earliest = sent.filter(|sent| sent + FLYING >= first && *sent >= log.first_place()).min();
    between(playback, scene, earliest.unwrap_or(first), last)
}

/// Returns the run without the notes that none of its events is about.
#[must_use]
pub fn only_its_notes(mut run: Run) -> Run {
    let parcels = run.view.flights.values().filter_map(|flight| about::of_parcel(&flight.parcel));
    let notes: BTreeSet<NoteId> = parcels.chain(run.events.iter().flat_map(|event| notes(&event.kind))).collect();
    run.view.replicas.iter_mut().for_each(|(_, view)| keep(view, &notes));
    for event in &mut run.events {
        if let EventKind::Started { view }
        | EventKind::Joined { view, .. }
        | EventKind::Began { view, .. }
        | EventKind::Recovered { view } = &mut event.kind
        {
            keep(view, &notes);
        }
    }
    run.partial = true;
    run
}

fn notes(kind: &EventKind) -> Vec<NoteId> {
    let mut notes: Vec<NoteId> = about::note(kind).into_iter().collect();
    if let EventKind::Accepted { changes, .. } = kind {
        notes.extend(changes.iter().map(|(note, _)| *note));
    }
    notes
}

fn keep(view: &mut ReplicaView, kept: &BTreeSet<NoteId>) {
    view.notes.retain(|note, _| kept.contains(note));
    view.groups.retain(|group, _| match group {
        GroupId::Store => true,
        GroupId::Note(note) => kept.contains(note),
    });
}

fn between(playback: &Playback, scene: &Scene, first: u64, end: u64) -> Run {
    let log = playback.log();
    let events = log.entries_from(first).take_while(|(place, _)| *place < end);
    let events: Vec<_> = events.map(|(_, entry)| entry.event.clone()).collect();
    let view: ClusterView = log.picture(first).view;
    Run {
        scene: Some(scene.clone()),
        view,
        from: events.first().map_or(0, |event| event.seq.saturating_sub(1)),
        cursor: moment(playback),
        partial: false,
        events,
    }
}

/// Returns the moment that is on the screen; `None` when that is before the first event.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and no years")]
fn moment(playback: &Playback) -> Option<Moment> {
    let entry = playback.log().entry(playback.place().checked_sub(1)?)?;
    Some(Moment { seq: entry.event.seq, past: (playback.time() - entry.show).max(0.0) as u64 })
}
