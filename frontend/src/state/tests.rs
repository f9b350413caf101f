//! What the table says of real runs, compared with the replicas themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use shared::config::Mode;
use shared::digest::Digest;
use shared::event::Event;
use shared::id::{Epoch, Generation, NoteId, OpId, ReplicaId, Seq};
use shared::replica::{Cluster, Replica};
use shared::request::{Method, Request};
use shared::rng::Rng;
use shared::sim::{Asking, Faults, World, random_world};

use super::*;
use crate::playback::changes::{Mark, What};
use crate::playback::uncommitted::Uncommitted;
use crate::playback::{Action, Playback};

/// How far each log is known to be committed by all that any replica ever knew, and the operations up to there: what
/// is committed once stays so under every later epoch.
#[derive(Default)]
struct Known {
    upto: BTreeMap<(Generation, GroupId, Epoch), Seq>,
    ops: BTreeSet<OpId>,
}

impl Known {
    fn learn(&mut self, view: &ReplicaView) {
        for (group, state) in &view.groups {
            let commit = self.upto.entry((view.generation, *group, state.accepted)).or_default();
            *commit = state.commit.max(*commit);
        }
    }

    /// Returns the notes of a real replica that nobody ever knew to be committed.
    fn really_open(&mut self, replica: &Replica) -> BTreeSet<NoteId> {
        let (durable, mut open) = (replica.durable(), BTreeSet::new());
        for (id, group) in &durable.groups {
            let safe = self.upto.get(&(durable.generation, *id, group.accepted)).copied().unwrap_or_default();
            for entry in group.log.iter().filter(|entry| entry.version.is_some()) {
                if entry.seq <= safe {
                    self.ops.insert(entry.op.clone());
                }
                if !self.ops.contains(&entry.op) {
                    open.insert(entry.note);
                }
            }
        }
        open
    }
}

fn marked(open: &Uncommitted, id: ReplicaId, view: &ReplicaView) -> BTreeSet<NoteId> {
    view.notes.keys().copied().filter(|note| open.has(id, group_of(view, *note), *note)).collect()
}

/// A simulated cluster and the fold beside it.
struct Beside {
    world: World,
    view: ClusterView,
    open: Uncommitted,
    known: Known,
    taken: usize,
    /// How many open copies were seen, and how many marks on copies that were committed already.
    seen: (usize, usize),
}

impl Beside {
    fn new(world: World) -> Beside {
        let (view, open, known) = (ClusterView::default(), Uncommitted::default(), Known::default());
        Beside { world, view, open, known, taken: 0, seen: (0, 0) }
    }

    fn step(&mut self) {
        self.world.step();
        for event in &self.world.events[self.taken..] {
            self.view.apply(event);
            self.open.apply(event, &self.view);
            self.view.replicas.values().for_each(|view| self.known.learn(view));
        }
        self.taken = self.world.events.len();
        for (id, view) in &self.view.replicas {
            if let Some(replica) = self.world.replica(*id).filter(|replica| replica.is_shown_by(view)) {
                let (real, marked) = (self.known.really_open(replica), marked(&self.open, *id, view));
                assert!(marked.is_superset(&real), "{id} at event {}: {marked:?} {real:?}", self.taken);
                self.seen.0 += real.len();
                self.seen.1 += marked.difference(&real).count();
            }
        }
    }
}

fn write(rng: &mut Rng, size: u64) -> Asking {
    let at = ReplicaId(u8::try_from(rng.range(1, size + 1)).expect("a few"));
    let (method, path) = match rng.range(0, 5) {
        0 => (Method::Post, "/note".to_owned()),
        1 => (Method::Delete, format!("/note/{}", rng.range(1, 6))),
        _ => (Method::Patch, format!("/note/{}", rng.range(1, 6))),
    };
    let body = json!({ "title": format!("t{}", rng.range(0, 1_000)) });
    Asking::new(at, Request { method, path, body: if method == Method::Delete { json!(null) } else { body } })
}

fn run(mode: Mode, seed: u64, faults: Faults) -> Beside {
    let mut rng = Rng::new(seed);
    let mut beside = Beside::new(World::new(Cluster::of(4), mode, seed, faults));
    for _ in 0..25 {
        let asking = write(&mut rng, 4);
        beside.world.ask(asking);
        for _ in 0..rng.range(0, 40) {
            beside.step();
        }
        if faults.crash > 0 {
            for id in (1..=4).map(ReplicaId) {
                if beside.world.replica(id).is_none() && rng.chance(40) {
                    beside.world.start(id);
                }
            }
        }
    }
    beside
}

#[test]
fn a_copy_is_grey_until_it_is_committed() {
    let (mut open, mut late) = (0, 0);
    for (seed, mode) in (0..12).flat_map(|seed| [(seed, Mode::RemoteWrite), (seed, Mode::LocalWrite)]) {
        let mut beside = run(mode, seed, Faults::NONE);
        (open, late) = (open + beside.seen.0, late + beside.seen.1);
        for _ in 0..2_000 {
            beside.step();
        }
        for (id, view) in &beside.view.replicas {
            assert_eq!(marked(&beside.open, *id, view), BTreeSet::new(), "{id} at rest, seed {seed}");
        }
    }
    assert!(open > 1_000 && late * 20 < open, "{late} marks are late beside {open}");
}

#[test]
fn no_open_copy_is_shown_as_committed_whatever_goes_wrong() {
    let mut open = 0;
    for seed in 0..40 {
        let mut faults = Faults::random(&mut Rng::new(seed));
        faults.crash = 60;
        let mode = if seed % 2 == 0 { Mode::RemoteWrite } else { Mode::LocalWrite };
        open += run(mode, seed, faults).seen.0;
    }
    assert!(open > 1_000, "{open}");
}

fn filled(events: Vec<Event>) -> Playback {
    let mut playback = Playback::default();
    playback.set_still(true);
    for event in events {
        playback.push(event);
    }
    playback
}

#[test]
fn digests_are_equal_where_notes_are_and_nowhere_else() {
    let live = |view: &ReplicaView| -> Vec<(NoteId, Version)> {
        let live = view.notes.iter().filter(|(_, version)| version.note.is_some());
        live.map(|(note, version)| (*note, version.clone())).collect()
    };
    let (mut equal, mut different) = (0, 0);
    for seed in 0..20 {
        let mut playback = filled(random_world(seed).1.events);
        for stop in 0..playback.status().stops {
            playback.command(Action::Seek(stop));
            let picture = playback.picture();
            let agreement = agreement(&picture.digests);
            for (a, one) in &picture.view.replicas {
                assert_eq!(picture.digests[a], Digest::of(one), "seed {seed}, stop {stop}");
                for (b, other) in picture.view.replicas.iter().filter(|(b, _)| *b != a) {
                    let same = live(one) == live(other);
                    assert_eq!(agreement[a].with.contains(b), same, "seed {seed}, stop {stop}");
                    *(if same { &mut equal } else { &mut different }) += 1;
                }
            }
        }
    }
    assert!(equal > 1_000 && different > 1_000, "{equal} {different}");
}

/// The difference between two pictures, as the fold of changes should tell it.
fn difference(before: &ClusterView, after: &ClusterView) -> BTreeSet<String> {
    let (mut all, nothing) = (BTreeSet::new(), ReplicaView::default());
    for (id, now) in &after.replicas {
        let was = before.replicas.get(id).unwrap_or(&nothing);
        let mark = |view: &ReplicaView, note: &NoteId| {
            view.notes.get(note).map(|version| Mark { version: version.version, deleted: version.note.is_none() })
        };
        for note in was.notes.keys().chain(now.notes.keys()) {
            if mark(was, note) != mark(now, note) {
                all.insert(format!("{id} {:?}", What::Note(*note, mark(was, note), mark(now, note))));
            }
        }
        for group in was.groups.keys().chain(now.groups.keys()) {
            let of = |view: &ReplicaView| view.groups.get(group).copied().unwrap_or_default();
            if of(was) != of(now) {
                all.insert(format!("{id} {:?}", What::Group(*group, of(was), of(now))));
            }
        }
    }
    all
}

#[test]
fn the_news_of_a_step_are_the_difference_to_the_step_before() {
    for seed in 0..5 {
        let events = random_world(seed).1.events;
        let mut playback = filled(events.clone());
        for stop in 1..=playback.status().stops {
            playback.command(Action::Seek(stop));
            let (place, _) = playback.current().expect("there is a step");
            let place = usize::try_from(place).expect("few events");
            let mut before = ClusterView::default();
            events[..place].iter().for_each(|event| before.apply(event));
            let told = playback.picture().changes.list().iter();
            let told: BTreeSet<String> = told
                .filter(|(_, what)| !matches!(what, What::Replica(..)))
                .map(|(id, what)| format!("{id} {what:?}"))
                .collect();
            assert_eq!(told, difference(&before, &playback.picture().view), "seed {seed}, stop {stop}");
        }
    }
}

fn version(version: u64, title: Option<&str>) -> Version {
    let note = title.map(|title| shared::note::Note { title: Some(title.into()), body: None });
    Version { version, note }
}

fn picture(notes: &[(u8, u64, Version)]) -> Picture {
    let mut picture = Picture::default();
    for (replica, note, version) in notes {
        let view = picture.view.replicas.get_or_default(ReplicaId(*replica));
        view.notes.insert(NoteId(*note), version.clone());
    }
    picture
}

#[test]
fn a_cell_says_how_its_copy_compares() {
    let held = [(1, 1, version(3, Some("new"))), (2, 1, version(1, Some("old"))), (3, 2, version(2, None))];
    let table = table(&picture(&held), 4, 10, None);
    let cell = |line: usize, at: usize| {
        let Cell { text, below, mark, .. } = &table.notes[line].cells[at];
        format!("{text} {mark} {below}")
    };
    assert_eq!([cell(0, 0), cell(0, 1), cell(0, 2)], ["v3 newest ", "v1 stale −2", "– absent "]);
    assert_eq!(cell(1, 2), "v2 deleted ✕");
    assert_eq!(table.notes[0].cells[3].title, "no data yet");
    assert_eq!((table.notes[0].label.as_str(), table.notes[1].label.as_str()), ("new", ""));
}

#[test]
fn of_thousands_of_notes_a_few_are_shown_and_any_can_be_asked_for() {
    let held: Vec<_> = (1..=2_000).map(|note| (1, note, version(1, Some("t")))).collect();
    let mut picture = picture(&held);
    picture.activity = [(NoteId(900), 3), (NoteId(901), 4)].into_iter().collect();
    let ids = |wanted| {
        let table = table(&picture, 1, 5, wanted);
        assert_eq!(table.more, 1_995);
        table.notes.iter().filter_map(|line| line.note).map(|note| note.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(None), [901, 900, 1, 2, 3]);
    assert_eq!(ids(Some(NoteId(1_700))), [1_700, 901, 900, 1, 2]);
    assert_eq!(ids(Some(NoteId(900))), ids(None), "what is there already stays where it is");
}

#[test]
fn the_news_are_said_in_words() {
    let epoch = |n| Epoch { n, owner: ReplicaId(3) };
    let group = GroupView { promised: epoch(4), accepted: epoch(4), len: Seq(6), commit: Seq(6), role: Role::Backup };
    let next = GroupView { promised: epoch(5), role: Role::Primary, ..group };
    let mark = |version| Some(Mark { version, deleted: false });
    let changes = [
        (ReplicaId(3), What::Group(GroupId::Store, group, next)),
        (ReplicaId(2), What::Note(NoteId(1), mark(2), mark(3))),
        (ReplicaId(2), What::Note(NoteId(2), None, mark(1))),
    ];
    let news = news::news(&changes);
    assert_eq!(news, ["R3: backup → primary, epoch 4·R3 → 5·R3", "R2: note 1 v2 → v3", "R2: note 2 none → v1"]);
    assert_eq!(news::of_fact(&changes, ReplicaId(3), "part"), "backup → primary");
    assert_eq!(news::of_note(&changes, ReplicaId(2), NoteId(1)), "v2 → v3");
    assert_eq!(news::of_note(&changes, ReplicaId(3), NoteId(1)), "");
}
