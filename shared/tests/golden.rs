//! Golden traces: what the protocol does, scenario by scenario, event by event.
//!
//! Each file in `testdata/traces` begins with its claim; `UPDATE_GOLDENFILES=1 cargo test -p shared --test golden`
//! writes the outputs anew, and the difference is for people to read.
//!
//! | command | meaning |
//! |---|---|
//! | `cluster SIZE MODE` | starts a cluster and runs it until it is quiet |
//! | `ask REPLICA METHOD note[/ID] [title=…] [ack=…]` | a client asks; nothing runs yet |
//! | `run` | runs until all is quiet; prints what happened since the last `run` |
//! | `steps N` | lets N things happen and prints them |
//! | `lose FROM TO N` | loses the next N messages on that link |
//! | `crash REPLICA`, `start REPLICA` | memory is lost, the disk is kept |
//! | `switch REPLICA MODE` | asks for the other mode |
//! | `notes` | prints every replica's notes |

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use goldenscript::{Command, Context, Runner};
use serde_json::{Map, Value};
use shared::config::{Ack, Mode};
use shared::id::ReplicaId;
use shared::replica::Cluster;
use shared::request::{Method, Request};
use shared::sim::{Asking, Faults, World, invariants, trace};

#[derive(Default)]
struct Scenario {
    world: Option<World>,
    shown: usize,
}

type Outcome = Result<String, Box<dyn Error>>;

impl Runner for Scenario {
    type Command = Command;

    fn run(&mut self, command: &Command, _context: &Context) -> Outcome {
        let mut args = command.consume_args();
        let mut next = |name: &str| args.next_pos().ok_or_else(|| format!("`{}` needs {name}", command.name));
        match command.name.as_str() {
            "cluster" => {
                let (size, mode) = (next("a size")?.parse()?, mode(next("a mode")?)?);
                self.world = Some(World::new(Cluster::of(size), mode, 1, Faults::NONE));
                self.run_quiet()?;
                self.shown = self.world()?.events.len();
            }
            "ask" => {
                let (at, method, path) =
                    (replica(next("a replica")?)?, method(next("a method")?)?, format!("/{}", next("a path")?));
                let title = args.take_key("title").map(str::to_owned);
                let ack = args.take_key("ack").map_or(Ok(Ack::All), ack)?;
                let body = title.map(|title| ("title".to_owned(), Value::String(title)));
                let request = Request { method, path, body: Value::Object(Map::from_iter(body)) };
                self.world()?.ask(Asking { ack, ..Asking::new(at, request) });
            }
            "run" => {
                self.run_quiet()?;
                return self.news();
            }
            "steps" => {
                for _ in 0..next("a number")?.parse::<usize>()? {
                    self.world()?.step();
                }
                return self.news();
            }
            "lose" => {
                let (from, to) = (replica(next("a sender")?)?, replica(next("a receiver")?)?);
                let count = next("a number")?.parse()?;
                self.world()?.network.lose_next(from, to, count);
            }
            "crash" => {
                let id = replica(next("a replica")?)?;
                self.world()?.crash(id);
            }
            "start" => {
                let id = replica(next("a replica")?)?;
                self.world()?.start(id);
            }
            "switch" => {
                let (at, mode) = (replica(next("a replica")?)?, mode(next("a mode")?)?);
                self.world()?.switch(at, mode);
            }
            "notes" => return self.notes(),
            other => return Err(format!("`{other}` is no command").into()),
        }
        args.reject_next()?;
        Ok(String::new())
    }
}

impl Scenario {
    fn world(&mut self) -> Result<&mut World, Box<dyn Error>> {
        self.world.as_mut().ok_or_else(|| "begin with `cluster`".into())
    }

    fn run_quiet(&mut self) -> Result<(), Box<dyn Error>> {
        self.world()?.run_until(100_000, |world| world.network.next().is_none() && world.is_quiet());
        Ok(())
    }

    fn news(&mut self) -> Outcome {
        let shown = self.shown;
        let world = self.world()?;
        let lines: Vec<String> = world.events[shown..].iter().filter_map(trace::line).collect();
        self.shown = world.events.len();
        Ok(lines.join("\n") + "\n")
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

fn replica(text: &str) -> Result<ReplicaId, Box<dyn Error>> {
    Ok(ReplicaId(text.parse()?))
}

fn mode(text: &str) -> Result<Mode, Box<dyn Error>> {
    Ok(serde_json::from_value(Value::String(text.to_owned()))?)
}

fn ack(text: &str) -> Result<Ack, Box<dyn Error>> {
    Ok(serde_json::from_value(Value::String(text.to_owned()))?)
}

fn method(text: &str) -> Result<Method, Box<dyn Error>> {
    Ok(serde_json::from_value(Value::String(text.to_owned()))?)
}

#[test]
fn scenarios_run_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/traces");
    let files = std::fs::read_dir(folder).expect("the folder of the traces is there");
    let mut count = 0;
    for file in files {
        let path = file.expect("the folder can be read").path();
        goldenscript::run(&mut Scenario::default(), &path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        count += 1;
    }
    assert!(count >= 12, "only {count} scenarios were found");
}
