//! Golden traces: what the protocol does, scenario by scenario, event by event.
//!
//! Each file in `testdata/traces` begins with its claim; `UPDATE_GOLDENFILES=1 cargo test -p shared --test golden`
//! writes the outputs anew, and the difference is for people to read.
//!
//! | command | meaning |
//! |---|---|
//! | `cluster SIZE MODE [failover=off]` | starts a cluster and runs it until it is quiet |
//! | `ask REPLICA METHOD note[/ID] [title=…] [ack=…] [reads=…] [op=…] [as=…]` | a client asks; nothing runs yet. `op` names the operation, the same in a retry; `as` is a client with a session |
//! | `settle` | runs until all is quiet and prints nothing: for what is told elsewhere |
//! | `run` | runs until all is quiet |
//! | `run 3s`, `run 500ms` | runs for that time |
//! | `steps N` | lets N things happen |
//! | `until "TEXT"` | runs until a line with that text appears, and not one step further |
//! | `lose FROM TO N` | loses the next N messages on that link |
//! | `cut FROM TO`, `heal` | loses all messages on that link from now on; all links work again |
//! | `crash REPLICA`, `start REPLICA` | memory is lost, the disk is kept; whose clients will hear nothing is said |
//! | `wipe REPLICA` | the same, and the disk is lost, too |
//! | `switch REPLICA MODE` | asks for the other mode |
//! | `notes` | prints the notes of every replica that is up |
//!
//! `run`, `steps` and `until` print what has happened since the last of them. A pause of 50 ms or more is shown as
//! `… 250 ms`. A message that is said more than twice in one such block, word for word, is shown the first and the
//! last time, with how often it was said.
#![allow(clippy::disallowed_methods, reason = "the traces are files")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use goldenscript::{ArgumentConsumer, Command, Context, Runner};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shared::config::{Ack, Reads};
use shared::event::{Event, EventKind};
use shared::id::{OpId, ReplicaId};
use shared::record::Durable;
use shared::replica::{Cluster, RequestId};
use shared::request::Request;
use shared::session::Session;
use shared::sim::{Asking, Faults, World, invariants, trace};
use shared::time::Micros;

/// The shortest pause that is shown.
const PAUSE: Micros = Micros::from_millis(50);

#[derive(Default)]
struct Scenario {
    world: Option<World>,
    shown: usize,
    /// What each client with a session has asked.
    clients: BTreeMap<String, Vec<RequestId>>,
    /// The replies to those who switched the mode that were shown.
    switched: BTreeSet<RequestId>,
}

type Args<'a> = ArgumentConsumer<'a>;
type Outcome<T = String> = Result<T, Box<dyn Error>>;

impl Runner for Scenario {
    type Command = Command;

    fn run(&mut self, command: &Command, _context: &Context) -> Outcome {
        let mut args = command.consume_args();
        let output = self.perform(&command.name, &mut args)?;
        args.reject_next()?;
        Ok(output)
    }
}

impl Scenario {
    fn perform(&mut self, name: &str, args: &mut Args<'_>) -> Outcome {
        match name {
            "cluster" => self.cluster(args)?,
            "ask" => self.ask(args)?,
            "settle" => {
                self.run_quiet()?;
                self.shown = self.world()?.events.len();
            }
            "run" => return self.run_on(args),
            "steps" => {
                for _ in 0..word(args, "a number")?.parse::<usize>()? {
                    self.world()?.step();
                }
                return self.news();
            }
            "until" => return self.until(word(args, "a text")?),
            "lose" => {
                let (from, to, count) = (replica(args)?, replica(args)?, word(args, "a number")?.parse()?);
                self.world()?.network.lose_next(from, to, count);
            }
            "cut" => {
                let (from, to) = (replica(args)?, replica(args)?);
                self.world()?.network.lose_next(from, to, usize::MAX);
            }
            "heal" => self.heal()?,
            "crash" => return self.crash(replica(args)?),
            "wipe" => return self.wipe(replica(args)?),
            "start" => {
                let id = replica(args)?;
                self.world()?.start(id);
            }
            "switch" => {
                let (at, mode) = (replica(args)?, named(word(args, "a mode")?)?);
                self.world()?.switch(at, mode);
            }
            "notes" => return self.notes(),
            other => return Err(format!("`{other}` is no command").into()),
        }
        Ok(String::new())
    }

    fn world(&mut self) -> Outcome<&mut World> {
        self.world.as_mut().ok_or_else(|| "begin with `cluster`".into())
    }

    fn cluster(&mut self, args: &mut Args<'_>) -> Outcome<()> {
        let (size, mode) = (word(args, "a size")?.parse()?, named(word(args, "a mode")?)?);
        let failover = key(args, "failover")?.unwrap_or_default();
        let cluster = Cluster { failover, ..Cluster::of(size) };
        self.world = Some(World::new(cluster, mode, 1, Faults::NONE));
        self.run_quiet()?;
        self.shown = self.world()?.events.len();
        Ok(())
    }

    fn ask(&mut self, args: &mut Args<'_>) -> Outcome<()> {
        let (at, method) = (replica(args)?, named(word(args, "a method")?)?);
        let path = format!("/{}", word(args, "a path")?);
        let body = args.take_key("title").map(|title| ("title".to_owned(), Value::from(title)));
        let (ack, reads) = (key::<Ack>(args, "ack")?, key::<Reads>(args, "reads")?);
        let op = args.take_key("op").map(|op| OpId(op.to_owned()));
        let client = args.take_key("as");
        let session = self.session(client)?;
        let request = Request { method, path, body: Value::Object(Map::from_iter(body)) };
        let (ack, reads) = (ack.unwrap_or_default(), reads.unwrap_or_default());
        let id = self.world()?.ask(Asking { at, request, ack, reads, session, op });
        if let Some(client) = client {
            self.clients.entry(client.to_owned()).or_default().push(id);
        }
        Ok(())
    }

    /// Returns what a client's replies so far add up to.
    fn session(&mut self, client: Option<&str>) -> Outcome<Session> {
        let mut session = Session::default();
        let asked = client.and_then(|client| self.clients.get(client)).cloned().unwrap_or_default();
        let world = self.world()?;
        for reply in asked.iter().filter_map(|id| world.replies.get(id)) {
            session.merge(&reply.session);
        }
        Ok(session)
    }

    fn run_on(&mut self, args: &mut Args<'_>) -> Outcome {
        match args.next_pos() {
            Some(text) => self.run_for(span(text)?)?,
            None => self.run_quiet()?,
        }
        self.news()
    }

    fn run_quiet(&mut self) -> Outcome<()> {
        self.world()?.run_until(100_000, |world| world.network.next().is_none() && world.is_quiet());
        Ok(())
    }

    fn run_for(&mut self, span: Micros) -> Outcome<()> {
        let world = self.world()?;
        let end = world.now + span;
        while next(world).is_some_and(|at| at <= end) {
            world.step();
        }
        world.now = end;
        Ok(())
    }

    fn until(&mut self, text: &str) -> Outcome {
        let mut seen = self.shown;
        for _ in 0..10_000 {
            let world = self.world()?;
            let mut new = world.events[seen..].iter().filter_map(trace::line);
            if new.any(|line| line.contains(text)) {
                return self.news();
            }
            seen = world.events.len();
            if !world.step() {
                break;
            }
        }
        Err(format!("{text:?} never came:\n{}", self.news()?).into())
    }

    fn heal(&mut self) -> Outcome<()> {
        let world = self.world()?;
        for from in world.cluster.ids() {
            for to in world.cluster.ids() {
                world.network.lose_next(from, to, 0);
            }
        }
        Ok(())
    }

    fn crash(&mut self, id: ReplicaId) -> Outcome {
        let world = self.world()?;
        let up = world.replica(id).is_some();
        world.crash(id);
        let waiting = world.asked.values().filter(|asked| up && asked.at == id && asked.returned.is_none());
        Ok(waiting.fold(String::new(), |lines, asked| lines + &format!("the client of {} hears nothing\n", asked.op.0)))
    }

    fn wipe(&mut self, id: ReplicaId) -> Outcome {
        let output = self.crash(id)?;
        let disk = &mut self.world()?.disks[usize::from(id.0) - 1];
        *disk = Durable::lost(disk.mode);
        Ok(output)
    }

    fn news(&mut self) -> Outcome {
        let shown = self.shown;
        let world = self.world.as_ref().ok_or("begin with `cluster`")?;
        let mut out = story(&world.events[shown..]);
        self.shown = world.events.len();
        for (id, reply) in world.replies.iter().filter(|(id, _)| !world.asked.contains_key(id)) {
            if self.switched.insert(*id) {
                writeln!(out, "who switched the mode hears {} {}", reply.status, reply.body)?;
            }
        }
        Ok(out)
    }

    fn notes(&mut self) -> Outcome {
        let world = self.world()?;
        let mut out = String::new();
        for id in world.cluster.ids() {
            let Some(replica) = world.replica(id) else { continue };
            for (note, version) in replica.view().notes {
                let title = version.note.map_or("deleted".to_owned(), |note| format!("{:?}", note.title));
                writeln!(out, "{id} {note}: v{} {title}", version.version)?;
            }
        }
        if invariants::converged::differences(world).is_empty() {
            out.push_str("all agree\n");
        }
        Ok(out)
    }
}

/// Returns when the next thing happens.
fn next(world: &World) -> Option<Micros> {
    let wakes = world.replicas.iter().flatten().filter_map(shared::replica::Replica::deadline);
    world.network.next().into_iter().chain(wakes).min()
}

/// Returns what happened, one line each: pauses are shown, and what is said again and again only twice.
fn story(events: &[Event]) -> String {
    let lines: Vec<(&Event, String)> =
        events.iter().filter_map(|event| trace::line(event).map(|line| (event, line))).collect();
    let said = |event: &Event| matches!(event.kind, EventKind::Sent { .. });
    let mut total: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, line) in lines.iter().filter(|(event, _)| said(event)) {
        *total.entry(line).or_default() += 1;
    }
    let (mut out, mut before) = (String::new(), events.first().map(|event| event.at));
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for (event, line) in &lines {
        let total = total.get(line.as_str()).copied().filter(|total| *total > 2 && said(event));
        let count = count.entry(line).or_default();
        *count += 1;
        if total.is_some_and(|total| *count > 1 && *count < total) {
            continue;
        }
        let pause = event.at - before.replace(event.at).unwrap_or(event.at);
        if pause >= PAUSE {
            out.extend(["… ", &((pause.0 + 500) / 1_000).to_string(), " ms\n"]);
        }
        out += line;
        if let Some(total) = total.filter(|total| *count == *total) {
            out.extend([" (said ", &total.to_string(), " times)"]);
        }
        out.push('\n');
    }
    if out.is_empty() { "nothing\n".to_owned() } else { out }
}

fn word<'a>(args: &mut Args<'a>, name: &str) -> Outcome<&'a str> {
    Ok(args.next_pos().ok_or_else(|| format!("{name} is missing"))?)
}

fn replica(args: &mut Args<'_>) -> Outcome<ReplicaId> {
    Ok(ReplicaId(word(args, "a replica")?.parse()?))
}

fn named<T: DeserializeOwned>(text: &str) -> Outcome<T> {
    Ok(serde_json::from_value(Value::String(text.to_owned()))?)
}

fn key<T: DeserializeOwned>(args: &mut Args<'_>, name: &str) -> Outcome<Option<T>> {
    args.take_key(name).map(named).transpose()
}

fn span(text: &str) -> Outcome<Micros> {
    let millis = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => millis.parse()?,
        (None, Some(seconds)) => seconds.parse::<u64>()? * 1_000,
        (None, None) => return Err(format!("`{text}` is no time, such as 500ms or 3s").into()),
    };
    Ok(Micros::from_millis(millis))
}

#[test]
fn scenarios_run_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/traces");
    let files = std::fs::read_dir(folder).expect("the folder of the traces is there");
    let mut count = 0;
    for file in files {
        let path = file.expect("the folder can be read").path();
        let text = std::fs::read_to_string(&path).expect("a trace can be read");
        assert!(text.starts_with("# "), "{}: a trace begins with its claim", path.display());
        goldenscript::run(&mut Scenario::default(), &path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        count += 1;
    }
    assert!(count >= 50, "only {count} scenarios were found");
}
