//! One replica and its disk as a value of the model, and what each stimulus makes of it.
//!
//! The core is deterministic: what it does follows from its state and the input. So it runs once for each pair of the
//! two, and the checker finds the effect in a table whenever it meets that pair again in another state of the world.
//! Values live as long as the test process, which lets states of the world be a few references.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use shared::clock::Stamp;
use shared::event::{EventKind, Role};
use shared::id::{Epoch, Generation, GroupId, MessageId, Node, OpId, ReplicaId, Seq};
use shared::message::{Envelope, Head, Message};
use shared::record::{Durable, DurableGroup};
use shared::replica::model::NOW;
use shared::replica::{Input, Output, Replica, RequestId};
use shared::request::Reply;

use super::goals::{Goal, Reached};
use super::plan::{Plan, read_request, write_request};

/// A message as the network keeps it: what it says, from whom, to whom. When and how often it was sent is nothing.
#[derive(Debug)]
pub struct Parcel {
    pub key: u128,
    pub from: ReplicaId,
    pub to: ReplicaId,
    pub generation: Generation,
    pub message: Message,
}

/// One agreed step as the checks see it: operation and note, 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    pub op: u8,
    pub note: u8,
}

/// One group at one replica as the checks see it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub group: GroupId,
    /// On the disk.
    pub promised: Epoch,
    /// On the disk.
    pub accepted: Epoch,
    /// The end of the log on the disk.
    pub len: Seq,
    /// The whole log on the disk.
    pub line: Vec<Item>,
    /// How much of it the replica knows to be committed.
    pub commit: usize,
    pub role: Role,
}

/// One replica with its disk.
#[derive(Debug)]
pub struct Local {
    pub key: u128,
    pub id: ReplicaId,
    pub replica: Replica,
    pub disk: Durable,
    pub groups: Vec<Seen>,
    /// Whom it misses.
    pub missed: Vec<ReplicaId>,
    /// Whether it has asked only the owner for the group of the plan.
    pub asks_owner: bool,
    effects: Mutex<HashMap<Stimulus, &'static Effect>>,
}

/// What can happen to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stimulus {
    Deliver(&'static Parcel),
    /// Another replica answers a probe.
    Hear(ReplicaId),
    Write {
        number: u8,
        attempt: u8,
    },
    Read {
        number: u8,
    },
    Fire {
        timer: u8,
        late: bool,
    },
    Claim,
    /// Its claim was not answered by the owner: it asks everybody.
    AskAll,
    Miss(ReplicaId),
    /// It crashes and starts again, after so many other starts.
    Restart {
        starts: u8,
        wiped: bool,
    },
}

/// What a client was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Done; the new note, or 0.
    Done(u8),
    /// There is no such note.
    Missing,
    /// Surely not done.
    Refused,
    /// Perhaps done.
    Unknown,
    /// The notes, each with the write that its title names.
    Notes(Vec<(u8, u8)>),
}

/// What a stimulus does to a replica and through it.
#[derive(Debug)]
pub struct Effect {
    pub next: &'static Local,
    pub sent: Vec<&'static Parcel>,
    pub told: Vec<(RequestId, Told)>,
    pub rolled_back: Vec<u8>,
    /// What is left when the replica crashes between two records: the disk, and what had been said until then.
    pub cuts: Vec<Effect>,
    pub wrong: Option<&'static str>,
}

/// All replicas and messages met so far.
#[derive(Debug, Default)]
pub struct Table {
    locals: Mutex<HashMap<u128, &'static Local>>,
    parcels: Mutex<HashMap<u128, &'static Parcel>>,
    pub reached: Reached,
}

impl Table {
    /// Returns the replica that was never started.
    pub fn fresh(&self, plan: &Plan, id: ReplicaId) -> &'static Local {
        let disk = Durable::empty(plan.mode);
        self.local(plan, id, Replica::new(id, plan.cluster, disk.clone(), 0), disk)
    }

    /// Returns what `stimulus` does to `local`.
    pub fn effect(&self, plan: &Plan, local: &'static Local, stimulus: Stimulus) -> &'static Effect {
        let mut effects = local.effects.lock().expect("no thread panics with this lock");
        effects.entry(stimulus).or_insert_with(|| {
            let run = catch_unwind(AssertUnwindSafe(|| self.run(plan, local, stimulus)));
            let failed = |_| Effect { wrong: Some("an assertion of the core failed"), ..Effect::none(local) };
            Box::leak(Box::new(run.unwrap_or_else(failed)))
        })
    }

    fn run(&self, plan: &Plan, local: &'static Local, stimulus: Stimulus) -> Effect {
        let (mut replica, mut disk) = (local.replica.clone(), local.disk.clone());
        if let Stimulus::Restart { starts, wiped } = stimulus {
            disk = if wiped { Durable::lost(plan.mode) } else { disk };
            replica = Replica::new(local.id, plan.cluster, disk.clone(), u64::from(starts));
        }
        let outputs = react(plan, &mut replica, stimulus);
        let fell = !matches!(stimulus, Stimulus::Restart { wiped: true, .. }) && promise_fell(&local.replica, &replica);
        let spoke = replica.view().recovering && outputs.iter().any(is_vote);
        let mut effect = Effect::none(local);
        effect.wrong = match (fell, spoke) {
            (true, _) => Some("a promise fell"),
            (_, true) => Some("a recovering replica spoke"),
            (false, false) => None,
        };
        let mut written = false;
        for output in outputs {
            match output {
                Output::Persist(record) => {
                    if written {
                        let cut = self.cut(plan, &effect, local.id, &disk);
                        effect.cuts.push(cut);
                    }
                    written = true;
                    disk.apply(&record);
                }
                Output::Send(envelope) => effect.sent.extend(self.parcel(plan, envelope)),
                Output::Reply { request, reply, .. } => effect.told.push((request, told(&reply))),
                Output::Event(event) => self.note(&event.kind, &mut effect),
            }
        }
        effect.next = self.local(plan, local.id, replica, disk);
        effect
    }

    fn cut(&self, plan: &Plan, effect: &Effect, id: ReplicaId, disk: &Durable) -> Effect {
        let gone = Replica::new(id, plan.cluster, disk.clone(), 0);
        Effect {
            next: self.local(plan, id, gone, disk.clone()),
            sent: effect.sent.clone(),
            told: effect.told.clone(),
            rolled_back: effect.rolled_back.clone(),
            cuts: Vec::new(),
            wrong: effect.wrong,
        }
    }

    fn note(&self, kind: &EventKind, effect: &mut Effect) {
        if let EventKind::RolledBack { entries, .. } = kind {
            self.reached.add(Goal::RolledBack);
            effect.rolled_back.extend(entries.iter().map(|entry| number_of(&entry.op)));
        } else if matches!(kind, EventKind::TookOver { .. }) {
            self.reached.add(Goal::TookOver);
        } else if matches!(kind, EventKind::Recovered { .. }) {
            self.reached.add(Goal::Recovered);
        }
    }

    fn local(&self, plan: &Plan, id: ReplicaId, mut replica: Replica, disk: Durable) -> &'static Local {
        replica.forget_times();
        if plan.budget.timeouts == 0 {
            replica.forget_timers();
        }
        if !plan.spread {
            replica.forget_spread();
        }
        let key = key_of(|state| {
            replica.hash_state(state);
            disk.hash(state);
        });
        let mut locals = self.locals.lock().expect("no thread panics with this lock");
        locals.entry(key).or_insert_with(|| Box::leak(Box::new(Local::new(plan, key, id, replica, disk))))
    }

    fn parcel(&self, plan: &Plan, envelope: Envelope) -> Option<&'static Parcel> {
        let Envelope { head, generation, mut message } = envelope;
        if let Message::Append { everywhere, live, without, .. } = &mut message {
            without.clear();
            if !plan.spread {
                (*everywhere, *live) = (Seq(0), Seq(0));
            }
        }
        if is_noise(&message) {
            return None;
        }
        let (from, to) = (head.message.from.replica()?, head.to.replica()?);
        let key = key_of(|state| (from, to, generation, &message).hash(state));
        let mut parcels = self.parcels.lock().expect("no thread panics with this lock");
        Some(parcels.entry(key).or_insert_with(|| Box::leak(Box::new(Parcel { key, from, to, generation, message }))))
    }
}

impl Effect {
    fn none(local: &'static Local) -> Effect {
        Effect { next: local, sent: vec![], told: vec![], rolled_back: vec![], cuts: vec![], wrong: None }
    }
}

impl Local {
    fn new(plan: &Plan, key: u128, id: ReplicaId, replica: Replica, disk: Durable) -> Local {
        let view = replica.view();
        let groups = disk.groups.iter().map(|(group, durable)| {
            let known = view.groups.get(group);
            let line = line_of(durable);
            let commit = known.map_or(0, |known| usize::try_from(known.commit.0).expect("a small log"));
            let role = known.map_or(Role::Backup, |known| known.role);
            Seen {
                group: *group,
                promised: durable.promised,
                accepted: durable.accepted,
                len: durable.len(),
                line,
                commit,
                role,
            }
        });
        let asks_owner = replica.asks_owner(plan.group());
        Local {
            key,
            id,
            asks_owner,
            groups: groups.collect(),
            missed: view.suspects.clone(),
            replica,
            disk,
            effects: Mutex::default(),
        }
    }

    /// Returns what the checks see of a group.
    pub fn group(&self, id: GroupId) -> Option<&Seen> {
        self.groups.iter().find(|seen| seen.group == id)
    }
}

impl PartialEq for Parcel {
    fn eq(&self, other: &Parcel) -> bool {
        self.key == other.key
    }
}

impl Eq for Parcel {}

impl Hash for Parcel {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

/// Lets the core handle a stimulus.
fn react(plan: &Plan, replica: &mut Replica, stimulus: Stimulus) -> Vec<Output> {
    match stimulus {
        Stimulus::Deliver(parcel) => replica.handle(NOW, Input::Peer(envelope(parcel))),
        Stimulus::Hear(from) => {
            let generation = replica.view().generation;
            let probe_ok = Parcel { key: 0, from, to: from, generation, message: Message::ProbeOk };
            replica.handle(NOW, Input::Peer(envelope(&probe_ok)))
        }
        Stimulus::Write { number, attempt } => {
            let (request, call) = (write_request(number, attempt), plan.call(number));
            replica.handle(NOW, Input::Client { request, head: None, call })
        }
        Stimulus::Read { number } => {
            let (request, call) = (read_request(number), super::plan::read());
            replica.handle(NOW, Input::Client { request, head: None, call })
        }
        Stimulus::Fire { timer, late } => replica.fire(usize::from(timer), late),
        Stimulus::Claim => replica.claim(plan.group()),
        Stimulus::AskAll => replica.ask_everybody(plan.group()),
        Stimulus::Miss(other) => replica.suspect(other),
        Stimulus::Restart { .. } => replica.handle(NOW, Input::Start),
    }
}

fn envelope(parcel: &Parcel) -> Envelope {
    let message = MessageId { from: Node::Replica(parcel.from), n: 0 };
    let head = Head { message, to: Node::Replica(parcel.to), trace: None, step: None, stamp: Stamp::default() };
    Envelope { head, generation: parcel.generation, message: parcel.message.clone() }
}

/// Whether a message only finds out who is there. An answer to a probe may come at any time ([`Stimulus::Hear`]), a
/// suspicion, too ([`Stimulus::Miss`]); apart from that these messages change nothing within one generation.
fn is_noise(message: &Message) -> bool {
    matches!(message, Message::Probe | Message::ProbeOk | Message::Suspect { .. } | Message::SuspectOk { .. })
}

/// Whether a replica that has lost its disk must not say this.
fn is_vote(output: &Output) -> bool {
    let Output::Send(envelope) = output else { return false };
    !matches!(envelope.message, Message::Recover { .. } | Message::Recovery { state: None, .. })
}

fn promise_fell(before: &Replica, after: &Replica) -> bool {
    let (before, after) = (before.view(), after.view());
    before.groups.iter().any(|(id, group)| after.groups.get(id).is_none_or(|later| later.promised < group.promised))
}

fn told(reply: &Reply) -> Told {
    let small = |value: &serde_json::Value| value.as_u64().and_then(|number| u8::try_from(number).ok());
    if let Some(notes) = reply.body.get("notes").and_then(serde_json::Value::as_array) {
        let note = |note: &serde_json::Value| {
            let title = note["title"].as_str().expect("every note has a title");
            (small(&note["id"]).expect("a small id"), number_of(&OpId(title.to_owned())))
        };
        return Told::Notes(notes.iter().map(note).collect());
    }
    match (reply.status, reply.body["code"].as_str()) {
        (200 | 201, _) => Told::Done(reply.body.get("id").and_then(small).unwrap_or_default()),
        (404, _) => Told::Missing,
        (_, Some("refused")) => Told::Refused,
        (_, _) => Told::Unknown,
    }
}

/// Returns the operations of a log, in order.
fn line_of(durable: &DurableGroup) -> Vec<Item> {
    let item = |op: &OpId, note: Option<u64>| Item {
        op: number_of(op),
        note: u8::try_from(note.unwrap_or_default()).expect("a small id"),
    };
    let base = durable.base.ops.values().map(|(op, note)| item(op, note.map(|note| note.0)));
    let log = durable.log.iter().map(|entry| item(&entry.op, entry.version.as_ref().map(|_| entry.note.0)));
    base.chain(log).collect()
}

fn number_of(op: &OpId) -> u8 {
    op.0.strip_prefix("op-").and_then(|number| number.parse().ok()).expect("operations are numbered")
}

/// Returns 128 bits that stand for a value: two that are different meet once in 10¹⁹ pairs.
fn key_of(write: impl Fn(&mut DefaultHasher)) -> u128 {
    let half = |salt: u8| {
        let mut state = DefaultHasher::new();
        salt.hash(&mut state);
        write(&mut state);
        u128::from(state.finish())
    };
    half(1) << 64 | half(2)
}
