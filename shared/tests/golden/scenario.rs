//! The commands of a golden trace, carried out on a simulated cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write;

use goldenscript::{ArgumentConsumer, Command, Context, Runner};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shared::config::{Ack, Reads};
use shared::id::{OpId, ReplicaId};
use shared::record::Durable;
use shared::replica::{Cluster, Replica, RequestId};
use shared::request::Request;
use shared::session::Session;
use shared::sim::{Asking, Faults, World, invariants, trace};
use shared::time::Micros;

use super::story::story;

/// A scenario as far as it has been played.
#[derive(Default)]
pub struct Scenario {
    world: Option<World>,
    shown: usize,
    /// What each client with a session has asked.
    clients: BTreeMap<String, Vec<RequestId>>,
    /// The replies to those who switched the mode that were shown.
    switched: BTreeSet<RequestId>,
    /// Whether somebody has asked for something, or started a replica, since the last output.
    acted: bool,
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
        self.acted |= matches!(name, "cluster" | "settle" | "ask" | "start" | "switch");
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
            let mut new = world.events[seen..].iter().filter_map(|event| trace::line(event, &world.events));
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
        Ok(waiting.fold(String::new(), |lines, asked| lines + &format!("the client of {} gets no reply\n", asked.op.0)))
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
        let mut out = story(&world.events, shown, !self.acted);
        self.shown = world.events.len();
        self.acted = false;
        for (id, reply) in world.replies.iter().filter(|(id, _)| !world.asked.contains_key(id)) {
            if self.switched.insert(*id) {
                writeln!(out, "the client of the switch gets {} {}", reply.status, reply.body)?;
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
                let title = version.note.map(|note| note.title.map_or("no title".into(), |title| format!("“{title}”")));
                let title = title.unwrap_or_else(|| "deleted".to_owned());
                writeln!(out, "{id}: note {note}, version {}, {title}", version.version)?;
            }
        }
        if invariants::convergence::differences(world).is_empty() {
            out.push_str("all replicas are equal\n");
        }
        Ok(out)
    }
}

/// Returns when the next thing happens.
fn next(world: &World) -> Option<Micros> {
    let wakes = world.replicas.iter().flatten().filter_map(Replica::deadline);
    world.network.next().into_iter().chain(wakes).min()
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
