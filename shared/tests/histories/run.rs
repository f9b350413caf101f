//! One run: clients ask at random while replicas crash, messages get lost and the mode is switched; then all heals
//! and settles, and the history of the clients stands beside the order that was committed in the end.

use std::collections::{BTreeMap, BTreeSet};

use shared::config::Mode;
use shared::history::{Answer, ClientId, History, Operation, OperationId, Order};
use shared::id::{NoteId, OpId, ReplicaId};
use shared::note::Command;
use shared::request::{Method, Reply, Request};
use shared::rng::Rng;
use shared::session::Session;
use shared::sim::{Asking, Faults, World};
use shared::time::Micros;

use super::client::{Client, Heard, State, Want, understand};
use super::order::committed;
use super::plan::{Plan, any};

/// How much each client asks.
const WISHES: u64 = 14;

/// What a run left behind.
pub struct Outcome {
    /// What clients asked and were told.
    pub history: History,
    /// What was committed in the end.
    pub order: Order,
    /// Writes that were answered although a replica that was missed had not acknowledged them.
    pub partial: BTreeSet<OperationId>,
    /// Writes whose client was told that they were not done, and that were done.
    pub denied: Vec<String>,
    /// The world after all.
    pub world: World,
}

/// Runs one seed of a plan.
///
/// # Panics
/// When the cluster does not settle.
pub fn run(plan: &Plan, seed: u64) -> Outcome {
    let mut driver = Driver::new(*plan, seed);
    while driver.clients.iter().any(|client| client.asked < WISHES || matches!(client.state, State::Wants(_))) {
        driver.next();
    }
    driver.settle();
    driver.report()
}

struct Driver {
    plan: Plan,
    rng: Rng,
    world: World,
    clients: Vec<Client>,
    history: History,
    ops: BTreeMap<OpId, OperationId>,
    /// Operations whose clients were told that they were not done.
    not_done: BTreeMap<OpId, String>,
    partial: BTreeSet<OperationId>,
    newest: u64,
    /// Grows with every question and every answer: finer than the world's time, in which many fall together.
    ticks: u64,
    /// When the next thing goes wrong.
    trouble: Micros,
    /// How soon crashed replicas start again, in percent at each trouble.
    restarts: u64,
}

impl Driver {
    fn new(plan: Plan, seed: u64) -> Driver {
        let mut rng = Rng::new(seed);
        let (cluster, mode, faults) = (plan.cluster(&mut rng), plan.mode(&mut rng), plan.faults(&mut rng));
        let mut world = World::new(cluster, mode, rng.bits(), faults);
        world.unchecked = true;
        let client = |number, rng: &mut Rng| Client {
            id: ClientId(number),
            home: any(rng, cluster.size),
            session: Session::default(),
            asked: 0,
            state: State::Thinks(Micros(rng.range(0, 20_000))),
        };
        let clients = (1..=4 + rng.range(0, 4)).map(|number| client(number, &mut rng)).collect();
        let restarts = [60, 40, 15, 8][usize::try_from(rng.range(0, 4)).unwrap_or_default()];
        Driver {
            plan,
            rng,
            world,
            clients,
            history: History::default(),
            ops: BTreeMap::new(),
            not_done: BTreeMap::new(),
            partial: BTreeSet::new(),
            newest: 0,
            ticks: 0,
            trouble: Micros(0),
            restarts,
        }
    }

    /// Lets the next thing happen, in the world or with a client, and has clients hear of it.
    fn next(&mut self) {
        let client = (0..self.clients.len())
            .filter(|place| !self.is_done(*place))
            .map(|place| (self.clients[place].wakes(), place))
            .min();
        let own = client.map_or(self.trouble, |(at, _)| at.min(self.trouble));
        if self.world_next().is_some_and(|at| at <= own) {
            self.world.step();
        } else {
            self.world.now = self.world.now.max(own);
            match client {
                Some((at, place)) if at == own => self.act(place),
                Some(_) | None => self.disturb(),
            }
        }
        for place in 0..self.clients.len() {
            self.listen(place);
        }
    }

    fn is_done(&self, place: usize) -> bool {
        let client = &self.clients[place];
        client.asked >= WISHES && matches!(client.state, State::Thinks(_))
    }

    fn world_next(&self) -> Option<Micros> {
        let up = self.world.replicas.iter().flatten();
        up.filter_map(shared::replica::Replica::deadline).chain(self.world.network.next()).min()
    }

    fn tick(&mut self) -> u64 {
        self.ticks += 1;
        self.ticks
    }

    /// Crashes a replica, starts one again, cuts one off, or switches the mode.
    fn disturb(&mut self) {
        self.trouble = self.world.now + Micros(self.rng.range(10_000, 500_000));
        for id in self.world.cluster.ids() {
            if self.world.replica(id).is_none() && self.rng.chance(self.restarts) {
                self.world.start(id);
            }
        }
        let id = any(&mut self.rng, self.world.cluster.size);
        if self.plan.crashes && self.rng.chance(20) {
            self.world.crash(id);
        }
        if self.plan.storms && self.rng.chance(10) {
            self.mute(id);
        }
        if self.plan.switches && self.rng.chance(8) && self.world.replica(id).is_some() {
            let mode = if self.rng.chance(50) { Mode::RemoteWrite } else { Mode::LocalWrite };
            self.world.switch(id, mode);
        }
    }

    /// Loses all that a replica says for a while.
    fn mute(&mut self, id: ReplicaId) {
        let count = usize::try_from(self.rng.range(0, 60)).unwrap_or_default();
        self.lose_next(id, count);
    }

    fn lose_next(&mut self, id: ReplicaId, count: usize) {
        for to in self.world.cluster.ids() {
            self.world.network.lose_next(id, to, count);
        }
    }

    /// A client's time has come: it asks, asks again, or stops waiting.
    fn act(&mut self, place: usize) {
        let state = std::mem::replace(&mut self.clients[place].state, State::Thinks(Micros(0)));
        let want = match state {
            State::Thinks(_) => self.wish(place),
            State::Wants(want) => *want,
        };
        if want.attempt.is_some() {
            let want = Want { perhaps: true, ..want };
            return self.again(place, want);
        }
        self.ask(place, want);
    }

    fn wish(&mut self, place: usize) -> Want {
        let ticks = self.tick();
        let client = &mut self.clients[place];
        let request = client.wish(&mut self.rng, self.newest);
        let op = OpId(format!("{}.{}", client.id.0, client.asked));
        let command = shared::api::Resource::parse(&request.path)
            .and_then(|resource| resource.command(request.method, &request.body))
            .expect("clients make no mistakes");
        let operation = Operation::new(client.id, command.clone(), ticks);
        let operation = Operation { reads: self.plan.reads, session: Some(client.asked), ..operation };
        let id = (!command.is_read()).then(|| self.history.invoke(operation.clone()));
        self.ops.extend(id.map(|id| (op.clone(), id)));
        Want { request, op, operation, id, attempt: None, until: Micros(0), attempts: 4, perhaps: false }
    }

    fn ask(&mut self, place: usize, want: Want) {
        let at = self.plan.place(&mut self.rng, self.clients[place].home, self.world.cluster.size);
        if self.world.replica(at).is_none() {
            return self.again(place, want);
        }
        let patience = [60_000, 1_000_000, 4_000_000, 12_000_000];
        let patience = patience[usize::try_from(self.rng.range(0, 4)).unwrap_or_default()];
        let asking = Asking {
            ack: self.plan.ack(&mut self.rng),
            reads: self.plan.reads,
            session: self.clients[place].session.clone(),
            op: Some(want.op.clone()),
            ..Asking::new(at, want.request.clone())
        };
        let mut want = want;
        if want.id.is_none() {
            want.operation.invoked = self.tick(); // each attempt of a read is a read of its own
        }
        let attempt = self.world.ask(asking);
        let until = self.world.now + Micros(patience);
        self.clients[place].state = State::Wants(Box::new(Want { attempt: Some((attempt, at)), until, ..want }));
    }

    /// Asks once more after a while, or gives up.
    fn again(&mut self, place: usize, want: Want) {
        if want.attempts == 0 || (want.perhaps && self.rng.chance(30)) {
            return self.give_up(place, &want);
        }
        let until = self.world.now + Micros(self.rng.range(1_000, 200_000));
        self.clients[place].state =
            State::Wants(Box::new(Want { attempt: None, until, attempts: want.attempts - 1, ..want }));
    }

    fn give_up(&mut self, place: usize, want: &Want) {
        if let Some(id) = want.id.filter(|_| !want.perhaps) {
            self.not_done.insert(want.op.clone(), format!("{} → refused", want.operation));
            self.history.refuse(id);
        }
        self.think(place);
    }

    fn think(&mut self, place: usize) {
        let pause = if self.rng.chance(70) { 15_000 } else { 400_000 };
        self.clients[place].state = State::Thinks(self.world.now + Micros(self.rng.range(0, pause)));
    }

    /// A client that waits looks whether it was answered, or whether its connection broke.
    fn listen(&mut self, place: usize) {
        let State::Wants(want) = &self.clients[place].state else { return };
        let Some((attempt, at)) = want.attempt else { return };
        let want = Want::clone(want);
        if let Some(reply) = self.world.replies.get(&attempt).cloned() {
            self.hear(place, at, want, &reply);
        } else if self.world.replica(at).is_none() {
            self.again(place, Want { perhaps: true, ..want });
        }
    }

    fn hear(&mut self, place: usize, at: ReplicaId, want: Want, reply: &Reply) {
        self.clients[place].session.merge(&reply.session);
        match understand(&want.operation.command, reply, self.newest) {
            Heard::Refused => self.again(place, want),
            Heard::Unknown => self.again(place, Want { perhaps: true, ..want }),
            // In local-write a note that never was has no log that could remember what it was asked: an earlier attempt
            // that is still under way may find the note that somebody makes meanwhile.
            Heard::Answers(answers) if self.may_be_late(&want, &answers) => self.again(place, want),
            Heard::Answers(answers) => {
                let ticks = self.tick();
                for (note, answer) in answers {
                    self.newest = self.newest.max(note.filter(|_| answer != Answer::Missing).map_or(0, |note| note.0));
                    if want.id.is_some() && answer == Answer::Missing {
                        self.not_done.insert(want.op.clone(), format!("{} → missing", want.operation));
                    }
                    let id = want.id.unwrap_or_else(|| {
                        let command = note.map_or(want.operation.command.clone(), Command::Read);
                        self.history.invoke(Operation { command, note, replica: Some(at), ..want.operation.clone() })
                    });
                    self.history.answer(id, ticks, answer);
                    if reply.method != Method::Get && !reply.without.is_empty() {
                        self.partial.insert(id);
                    }
                }
                self.think(place);
            }
        }
    }

    fn may_be_late(&self, want: &Want, answers: &[(Option<NoteId>, Answer)]) -> bool {
        let remembered = self.plan.mode == Some(Mode::RemoteWrite) && !self.plan.switches;
        want.perhaps && want.id.is_some() && !remembered && answers.iter().any(|(_, answer)| *answer == Answer::Missing)
    }

    /// Stops all faults, starts whatever is down, and waits until nothing is left to do.
    fn settle(&mut self) {
        self.world.network.faults = Faults::NONE;
        for id in self.world.cluster.ids() {
            self.lose_next(id, 0);
            if self.world.replica(id).is_none() {
                self.world.start(id);
            }
        }
        let is_quiet = |world: &World| world.network.next().is_none() && world.is_quiet();
        self.world.run_until(200_000, is_quiet);
        // In remote-write, who was away learns what it missed with the next write.
        let body = serde_json::json!({ "title": "the last" });
        let last = Request { method: Method::Post, path: "/note".to_owned(), body };
        self.world.ask(Asking::new(ReplicaId(1), last));
        self.world.run_until(200_000, is_quiet);
    }

    fn report(mut self) -> Outcome {
        let all = committed(&self.world);
        for (op, note) in &all.done {
            if let Some(id) = self.ops.get(op) {
                self.history.created(*id, *note);
            }
        }
        let denied = self.not_done.into_iter().filter(|(op, _)| all.done.contains_key(op)).map(|(_, line)| line);
        Outcome {
            denied: denied.collect(),
            history: self.history,
            order: all.order,
            partial: self.partial,
            world: self.world,
        }
    }
}
