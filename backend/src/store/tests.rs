//! The store on disk and `Durable::apply` mean the same by every record.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use shared::id::{Epoch, Generation, GroupId, NoteId, OpId, ReplicaId, Seq};
use shared::message::LogPart;
use shared::note::{Entry, Note, REMEMBERED_OPS, Snapshot, Version};
use shared::record::DurableGroup;

use super::*;
use crate::identity::{ClusterId, Greeting, Refusal, StoreRun};

/// How many threads start processes, and how often a store is opened meanwhile.
const STARTERS: usize = 2;
const OPENED: usize = 10;

/// Raw numbers that [`record`] makes a valid record of, whatever they are.
#[derive(Clone, Copy, Debug)]
struct Choice {
    kind: u8,
    group: u8,
    a: u16,
    b: u16,
}

fn choice() -> impl Strategy<Value = Choice> {
    (0..20_u8, 0..4_u8, any::<u16>(), any::<u16>()).prop_map(|(kind, group, a, b)| Choice { kind, group, a, b })
}

/// Returns a record that the core could make of `state`.
fn record(state: &Durable, Choice { kind, group, a, b }: Choice) -> Record {
    let group = if group == 0 { GroupId::Store } else { GroupId::Note(NoteId(group.into())) };
    let known = state.groups.get(&group).cloned().unwrap_or_default();
    let epoch = known.promised.next(ReplicaId(u8::try_from(a % 9 + 1).expect("at most 9")));
    let (base, len) = (known.base.seq.0, known.len().0);
    match kind {
        0..3 => Record::Promised { group, epoch },
        3..5 => Record::Compacted { group, upto: Seq(base + u64::from(a) % (len - base + 1)) },
        5..7 => Record::Sealed { epoch: state.sealed.next(epoch.owner) },
        7..9 => {
            let groups = (1..=u64::from(a % 4)).map(|id| (GroupId::Note(NoteId(id)), kept(b, id))).collect();
            let mode = if b.is_multiple_of(2) { Mode::LocalWrite } else { Mode::RemoteWrite };
            // A switch may begin after a later one has frozen the replica.
            let epoch =
                if a.is_multiple_of(2) { Epoch::NONE.next(epoch.owner) } else { state.sealed.next(epoch.owner) };
            let generation = Generation(state.generation.0 + 1);
            Record::Begun { epoch, generation, mode, groups }
        }
        9 => {
            let base = snapshot(a, 1);
            let after = base.seq;
            let log = LogPart { base: Some(base), after, entries: entries(after.0, b) };
            Record::Accepted { group, epoch, log }
        }
        _ => {
            let after = base + u64::from(a) % (len - base + 1);
            Record::Accepted {
                group,
                epoch,
                log: LogPart { base: None, after: Seq(after), entries: entries(after, b) },
            }
        }
    }
}

/// Returns a group as a switch hands it over.
fn kept(seed: u16, id: u64) -> DurableGroup {
    let base = snapshot(seed, id);
    let log = entries(base.seq.0, seed / 2);
    let promised = Epoch::NONE.next(ReplicaId(1));
    DurableGroup {
        promised,
        accepted: if seed.is_multiple_of(2) { promised } else { Epoch::NONE },
        base,
        log,
        spread: seed.is_multiple_of(3),
    }
}

fn entries(after: u64, seed: u16) -> Vec<Entry> {
    (after + 1..=after + u64::from(seed % 5)).map(|seq| entry(seq, seed)).collect()
}

fn entry(seq: u64, seed: u16) -> Entry {
    let (op, note) = (OpId(format!("{seed}-{seq}")), NoteId(seq % 7 + 1));
    Entry { seq: Seq(seq), op, note, version: (!seq.is_multiple_of(3)).then(|| version(seq, seed)) }
}

fn version(seq: u64, seed: u16) -> Version {
    let text = |bit: u16, text: &str| (seed & bit != 0).then(|| format!("{text} \"{seq}\" \u{ac00}\n\u{0}").into());
    let note = Note { title: text(1, "title"), body: text(2, "body") };
    Version { version: seq, note: (seed & 4 == 0).then_some(note) }
}

/// Returns a base with tombstones, and often with as many operations as are remembered.
fn snapshot(seed: u16, id: u64) -> Snapshot {
    let seq = u64::from(seed) % (2 * REMEMBERED_OPS);
    let first = (seq + 1).saturating_sub(REMEMBERED_OPS).max(1);
    let ops = (first..=seq).map(|seq| (Seq(seq), (OpId(format!("s{seq}")), (seq % 3 > 0).then_some(NoteId(id)))));
    let notes = (id..id + u64::from(seed % 3)).map(|id| (NoteId(id), version(id, seed)));
    Snapshot { seq: Seq(seq), notes: notes.collect(), ops: ops.collect() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_file_holds_what_the_records_mean(batches in prop::collection::vec(prop::collection::vec(choice(), 1..8), 1..12)) {
        let place = tempfile::tempdir().expect("a temporary folder");
        let path = place.path().join("replica-1.redb");
        let mut meant = Durable::empty(Mode::RemoteWrite);
        for batch in batches {
            // Opened anew for each batch: what counts is what a restart finds.
            let mut store = Store::open(&path, Mode::RemoteWrite).expect("the file is whole");
            let mut records = Vec::new();
            for choice in batch {
                let record = record(&meant, choice);
                meant.apply(&record);
                records.push(record);
            }
            store.commit(&records).expect("the disk works");
            prop_assert_eq!(&store.load().expect("the file is whole"), &meant);
        }
        let store = Store::open(&path, Mode::LocalWrite).expect("the file is whole");
        prop_assert_eq!(store.load().expect("the file is whole"), meant);
    }
}

#[test]
fn only_the_latest_operations_are_remembered() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let path = place.path().join("replica-1.redb");
    let (group, epoch) = (GroupId::Store, Epoch::NONE.next(ReplicaId(1)));
    let entries: Vec<Entry> = (1..=REMEMBERED_OPS + 40).map(|seq| entry(seq, 1)).collect();
    let part = LogPart { base: None, after: Seq(0), entries };
    let records = [
        Record::Accepted { group, epoch, log: part },
        Record::Compacted { group, upto: Seq(REMEMBERED_OPS - 1) },
        Record::Compacted { group, upto: Seq(REMEMBERED_OPS + 30) },
    ];
    let mut meant = Durable::empty(Mode::RemoteWrite);
    for record in &records {
        meant.apply(record);
    }
    let mut store = Store::open(&path, Mode::RemoteWrite).expect("a new file");
    store.commit(&records).expect("the disk works");
    assert_eq!(store.load().expect("the file is whole"), meant);
}

#[test]
fn the_mode_of_the_first_start_stays() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let path = place.path().join("replica-1.redb");
    drop(Store::open(&path, Mode::LocalWrite).expect("a new file"));
    let store = Store::open(&path, Mode::RemoteWrite).expect("the file is whole");
    assert_eq!(store.load().expect("the file is whole"), Durable::empty(Mode::LocalWrite));
    let error = Store::open(&path, Mode::RemoteWrite).expect_err("it is open already");
    assert!(matches!(error, StoreError::Open { .. }), "{error}");
}

#[test]
fn what_is_rolled_back_is_kept_beside_the_store() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut store = Store::open(&place.path().join("replica-1.redb"), Mode::RemoteWrite).expect("a new file");
    let entry = |seq| Entry { seq: Seq(seq), op: OpId(format!("op-{seq}")), note: NoteId(1), version: None };
    for seq in 1..3 {
        store.keep_rolled_back(GroupId::Store, &[entry(seq)]).expect("the disk works");
    }
    let kept = fs::read_to_string(place.path().join("replica-1.rolled-back.jsonl")).expect("the file is there");
    let lines: Vec<&str> = kept.lines().collect();
    assert_eq!(lines[1], r#"{"group":"store","seq":2,"op":"op-2","note":1}"#);
    assert_eq!(lines.len(), 2);
}

#[test]
fn a_peers_older_copy_and_another_cluster_are_refused() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut store = Store::open(&place.path().join("replica-1.redb"), Mode::RemoteWrite).expect("a new file");
    let mut meet = |cluster: Option<u64>, before, now| {
        let greeting =
            Greeting { replica: ReplicaId(2), cluster: cluster.map(ClusterId), run: StoreRun { before, now } };
        store.meet(&greeting).expect("the disk works")
    };
    assert_eq!(meet(None, 0, 3), Ok(()));
    assert_eq!(meet(Some(7), 3, 5), Ok(()), "the first cluster that is named is its own");
    assert_eq!(meet(Some(8), 3, 5), Err(Refusal::OtherCluster));
    assert_eq!(meet(Some(7), 5, 9), Ok(()));
    assert_eq!(meet(Some(7), 5, 9), Ok(()), "it is the same run");
    assert_eq!(meet(Some(7), 5, 12), Err(Refusal::OlderCopy { seen: 9 }), "it does not follow 9");
    assert_eq!(meet(Some(7), 12, 15), Err(Refusal::OlderCopy { seen: 9 }), "nor does its next run");
    assert_eq!(meet(Some(7), 9, 15), Ok(()), "it says that it does");
    assert_eq!(meet(None, 0, 4), Ok(()), "a new store learns from all others");
}

/// The disk may be more than half full, and an earlier version left its copy behind.
#[test]
fn opening_a_store_needs_no_room_beside_it() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (path, copy) = (place.path().join("replica-1.redb"), place.path().join("replica-1.copy"));
    drop(Store::open(&path, Mode::RemoteWrite).expect("a new file"));
    fs::write(&copy, "half of it").expect("a writable folder");
    drop(Store::open(&path, Mode::RemoteWrite).expect("it is whole"));
    assert!(!copy.exists());
    // A folder of that name is in the way of everybody who would make a copy.
    fs::create_dir(&copy).expect("a writable folder");
    drop(Store::open(&path, Mode::RemoteWrite).expect("it is whole"));
}

/// Damages a good file in every way at hand; each is refused with its path, and the file is left alone.
#[test]
fn a_damaged_file_is_refused_and_left_alone() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let path = place.path().join("replica-1.redb");
    let mut store = Store::open(&path, Mode::RemoteWrite).expect("a new file");
    let part = LogPart { base: None, after: Seq(0), entries: (1..400).map(|seq| entry(seq, 3)).collect() };
    let epoch = Epoch::NONE.next(ReplicaId(1));
    store.commit(&[Record::Accepted { group: GroupId::Store, epoch, log: part }]).expect("the disk works");
    drop(store);
    let good = fs::read(&path).expect("the file is there");
    let text = good.windows(6).rposition(|window| window == b"title ").expect("a title is stored");
    let changed = |from: usize, bytes: &[u8]| {
        let mut copy = good.clone();
        copy[from..from + bytes.len()].copy_from_slice(bytes);
        copy
    };
    let damages: BTreeMap<&str, Vec<u8>> = BTreeMap::from([
        ("empty", Vec::new()),
        ("text", b"not a store".to_vec()),
        ("cut", good[..good.len() / 2].to_vec()),
        ("zeroed head", changed(0, &[0; 512])),
        ("one letter of a note", changed(text, b"X")),
    ]);
    for (name, damaged) in damages {
        fs::write(&path, &damaged).expect("a writable folder");
        let error = Store::open(&path, Mode::RemoteWrite).map(|_| ()).expect_err(name).to_string();
        assert!(error.contains("replica-1.redb is damaged"), "{name}: {error}");
        assert!(!error.contains('\n'), "{name}: {error}");
        assert_eq!(fs::read(&path).expect("the file is there").len(), damaged.len(), "{name}");
    }
}

/// Between fork and exec a new process has all open files of this one, with their locks.
#[test]
fn a_store_can_be_opened_while_other_threads_start_processes() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let path = place.path().join("replica-1.redb");
    let over = AtomicBool::new(false);
    let start = || {
        while !over.load(Ordering::Relaxed) {
            Command::new("true").status().expect("every system has it");
        }
    };
    let opened = thread::scope(|scope| {
        for _ in 0..STARTERS {
            scope.spawn(start);
        }
        let open = || Store::open(&path, Mode::RemoteWrite).is_ok();
        let opened = std::iter::repeat_with(open).take(OPENED).filter(|opened| *opened).count();
        over.store(true, Ordering::Relaxed);
        opened
    });
    assert_eq!(opened, OPENED, "a store was open in another process");
}

/// Commits groups of eight records; returns the state before the last group, and after it.
fn fill(store: &mut Store) -> [Durable; 2] {
    let (epoch, mut meant) = (Epoch::NONE.next(ReplicaId(1)), Durable::empty(Mode::RemoteWrite));
    let mut before = meant.clone();
    for round in 0..40_u64 {
        let group = |id: u64| if id == 0 { GroupId::Store } else { GroupId::Note(NoteId(id)) };
        let mut records: Vec<Record> = Vec::new();
        for group in (0..7).map(group) {
            let log = LogPart { base: None, after: Seq(round), entries: vec![entry(round + 1, 3)] };
            records.push(Record::Accepted { group, epoch, log });
        }
        records.push(Record::Compacted { group: group(round % 7), upto: Seq(round) });
        before.clone_from(&meant);
        for record in &records {
            meant.apply(record);
        }
        store.commit(&records).expect("the disk works");
    }
    [before, meant]
}

/// Writes `good` with one bit changed to `path` and opens that; a refusal must name the path, and be repeated.
fn load_flipped(path: &Path, good: &[u8], bit: usize) -> Option<Durable> {
    let mut copy = good.to_vec();
    copy[bit / 8] ^= 1 << (bit % 8);
    fs::write(path, &copy).expect("a writable folder");
    let load = || Store::open(path, Mode::RemoteWrite).and_then(|store| store.load());
    let error = match load() {
        Ok(durable) => return Some(durable),
        Err(error) => error.to_string(),
    };
    assert!(error.contains(&path.display().to_string()), "bit {bit}: {error}");
    assert_eq!(fs::read(path).expect("it is there"), copy, "bit {bit}: the refused file was changed");
    assert!(load().is_err(), "bit {bit}: a refused file is taken at the second start");
    None
}

/// A file that lost its end after a crash is refused, and not changed by the attempt.
#[test]
fn a_file_cut_short_after_a_crash_is_refused_and_left_alone() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [path, short] = ["replica-1.redb", "short.redb"].map(|name| place.path().join(name));
    let mut store = Store::open(&path, Mode::RemoteWrite).expect("a new file");
    fill(&mut store);
    let crashed = fs::read(&path).expect("the file is there");
    for length in (8_192..crashed.len()).step_by(4_096).chain([100]) {
        fs::write(&short, &crashed[..length]).expect("a writable folder");
        let error = Store::open(&short, Mode::RemoteWrite).map(|_| ()).expect_err("it is cut short").to_string();
        assert!(error.contains("short.redb is damaged"), "{length}: {error}");
        assert_eq!(fs::read(&short).expect("it is there"), crashed[..length], "{length}: it was changed");
    }
}

/// The bit of redb's header that says which of its two last commits counts: after a crash, nothing else can tell.
const LAST_COMMIT: usize = 9 * 8;

/// A file changed behind the store's back is refused, or holds exactly what was written.
#[test]
fn a_flipped_bit_is_never_read_as_data() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [path, flipped] = ["replica-1.redb", "flipped.redb"].map(|name| place.path().join(name));
    let mut store = Store::open(&path, Mode::RemoteWrite).expect("a new file");
    let [before, meant] = fill(&mut store);
    let crashed = fs::read(&path).expect("the file is there");
    drop(store);
    let closed = fs::read(&path).expect("the file is there");
    let mut runner = TestRunner::new(ProptestConfig { cases: 128, ..ProptestConfig::default() });
    let checked = runner.run(&any::<Index>(), |index| {
        let bit = index.index(closed.len() * 8);
        let found = load_flipped(&flipped, &closed, bit);
        prop_assert!(found.is_none_or(|found| found == meant), "closed, bit {bit}");
        let bit = index.index(crashed.len() * 8);
        let found = load_flipped(&flipped, &crashed, bit);
        let older = |found: &Durable| bit == LAST_COMMIT && *found == before;
        prop_assert!(found.is_none_or(|found| found == meant || older(&found)), "crashed, bit {bit}");
        Ok(())
    });
    checked.expect("no bit is read as data");
}
