//! What the cards of the stage show: a pure function of the picture.
//!
//! All cards show the same notes in the same order, so that copies can be compared across the stage: the ones
//! written last, by id. A copy that is not the newest says how far behind it is.

use shared::config::Mode;
use shared::id::{GroupId, NoteId, ReplicaId};
use shared::map::Map;
use shared::note::Version;
use shared::view::{ClusterView, ReplicaView};

use crate::playback::Picture;
use crate::state;
use crate::state::agreement::{Agreement, agreement};

/// How a replica's copy of a note compares with the newest in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    /// It is the newest.
    Newest,
    /// It is this many versions behind.
    Behind(u64),
    /// This replica has no copy yet.
    Absent,
    /// This replica has deleted it; another still shows it.
    Deleted,
}

/// One note on one card.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "facts that do not exclude each other, each shown by itself")]
pub struct Row {
    /// The note.
    pub note: NoteId,
    /// Its title; a note without one shows its body's beginning.
    pub title: String,
    /// Its version here; 0 without a copy.
    pub version: u64,
    /// How it compares.
    pub copy: Copy,
    /// Whether it is not known to be committed yet.
    pub open: bool,
    /// Whether this replica is the note's primary (local-write), or was the last one.
    pub crown: bool,
    /// Whether it was the last primary and must claim the note again to write it.
    pub resting: bool,
    /// Whether what it had written last was taken back here.
    pub taken_back: bool,
}

/// One replica's card.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "facts that do not exclude each other, each shown by itself")]
pub struct Card {
    /// The replica.
    pub id: ReplicaId,
    /// Whether the feed has told of it.
    pub known: bool,
    /// Whether it is the primary of the store (remote-write).
    pub crown: bool,
    /// The counter of the highest epoch that it has promised.
    pub epoch: u64,
    /// Whether a switch of the mode has frozen it.
    pub frozen: bool,
    /// Whether it has lost its disk and must not vote yet.
    pub recovering: bool,
    /// The replicas that miss it.
    pub missed_by: Vec<ReplicaId>,
    /// The crowns that it took without their last holders' word, with those.
    pub takeovers: Vec<(GroupId, ReplicaId)>,
    /// How what it holds compares with the others; `None` while nobody holds anything.
    pub agreement: Option<Agreement>,
    /// Its notes.
    pub rows: Vec<Row>,
}

impl Card {
    /// A replica that the feed has not told of.
    pub fn unknown(id: ReplicaId) -> Card {
        Card {
            id,
            known: false,
            crown: false,
            epoch: 0,
            frozen: false,
            recovering: false,
            missed_by: Vec::new(),
            takeovers: Vec::new(),
            agreement: None,
            rows: Vec::new(),
        }
    }
}

/// All cards and what they leave out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cards {
    /// One for each replica, in order.
    pub cards: Vec<Card>,
    /// How many notes have no row.
    pub more: usize,
    /// How many notes there are.
    pub notes: usize,
    /// The notes whose crown no replica holds (local-write), by id.
    pub unheld: Vec<NoteId>,
}

/// Returns the cards of `count` replicas that have room for `rows` lines each; the note `at` hand has one of them.
pub fn cards(picture: &Picture, count: usize, rows: usize, at: Option<NoteId>) -> Cards {
    let newest = newest(&picture.view);
    let live = live(&picture.view);
    let room = if live.len() > rows { rows.saturating_sub(1).max(1) } else { rows };
    let shown = latest(picture, &live, room, at);
    let nothing = ReplicaView::default();
    let agreement = agreement(&picture.digests);
    let (_, mode) = picture.view.configuration();
    let card = |id: ReplicaId| {
        let replica = picture.view.replicas.get(&id);
        let view = replica.unwrap_or(&nothing);
        Card {
            id,
            known: replica.is_some(),
            crown: mode == Mode::RemoteWrite && wears_crown(&picture.view, id, GroupId::Store),
            epoch: view.groups.values().map(|group| group.promised.n).max().unwrap_or(0),
            frozen: view.frozen,
            recovering: view.recovering,
            missed_by: missed_by(&picture.view, id),
            takeovers: takeovers(picture, id),
            agreement: agreement.get(&id).filter(|_| !live.is_empty()).cloned(),
            rows: shown.iter().map(|note| row(picture, id, view, *note, &newest)).collect(),
        }
    };
    let ids = (1..=9).take(count).map(ReplicaId);
    let unheld = if mode == Mode::LocalWrite { unheld(&picture.view, &live) } else { Vec::new() };
    Cards { cards: ids.map(card).collect(), more: live.len() - shown.len(), notes: live.len(), unheld }
}

fn row(picture: &Picture, id: ReplicaId, view: &ReplicaView, note: NoteId, newest: &Map<NoteId, &Version>) -> Row {
    let mine = view.notes.get(&note);
    let version = mine.map_or(0, |mine| mine.version);
    let copy = copy(mine, newest.get(&note).map_or(0, |version| version.version));
    let crown = view.mode == Mode::LocalWrite && wears_crown(&picture.view, id, GroupId::Note(note));
    let resting = crown && !view.is_primary(GroupId::Note(note));
    let taken_back = picture.faults.taken_back.contains(&(id, note));
    let open = picture.uncommitted.has(id, state::group_of(view, note), note);
    Row { note, title: mine.map(title).unwrap_or_default(), version, copy, open, crown, resting, taken_back }
}

/// Returns how a copy compares with the newest version anywhere.
pub fn copy(mine: Option<&Version>, newest: u64) -> Copy {
    match mine {
        None => Copy::Absent,
        Some(mine) if mine.version < newest => Copy::Behind(newest - mine.version),
        Some(Version { note: None, .. }) => Copy::Deleted,
        Some(_) => Copy::Newest,
    }
}

/// Returns who misses a replica.
pub fn missed_by(cluster: &ClusterView, id: ReplicaId) -> Vec<ReplicaId> {
    let missing = cluster.replicas.iter().filter(|(_, view)| view.suspects.contains(&id));
    missing.map(|(other, _)| *other).collect()
}

/// Returns the crowns that `id` took without their last holders' word and still wears.
fn takeovers(picture: &Picture, id: ReplicaId) -> Vec<(GroupId, ReplicaId)> {
    let by = picture.faults.takeovers.iter().filter(|takeover| takeover.by == id);
    let worn = by.filter(|takeover| wears_crown(&picture.view, id, takeover.group));
    worn.map(|takeover| (takeover.group, takeover.owner)).collect()
}

/// Whether `id` is the primary of `group`, or was the last one and nobody has asked for it since.
pub fn wears_crown(cluster: &ClusterView, id: ReplicaId, group: GroupId) -> bool {
    match cluster.primary(group) {
        Some(primary) => primary == id,
        None => cluster.replicas.get(&id).is_some_and(|view| view.holds(id, group)),
    }
}

/// Returns those of the notes that nobody has written since they came into their own groups.
fn unheld(cluster: &ClusterView, live: &[NoteId]) -> Vec<NoteId> {
    let held = |note: NoteId| cluster.replicas.iter().any(|(id, view)| view.holds(*id, GroupId::Note(note)));
    live.iter().copied().filter(|note| !held(*note)).collect()
}

/// Returns a note's title; of one without, the beginning of its body.
pub fn title(version: &Version) -> String {
    let note = version.note.as_ref();
    note.and_then(|note| note.title.as_deref().or(note.body.as_deref())).unwrap_or_default().to_owned()
}

/// Returns each note's newest version anywhere.
fn newest(view: &ClusterView) -> Map<NoteId, &Version> {
    let mut newest: Map<NoteId, &Version> = Map::new();
    for (note, version) in view.replicas.values().flat_map(|replica| &replica.notes) {
        let best = newest.get_or_insert_with(*note, || version);
        if version.version > best.version {
            *best = version;
        }
    }
    newest
}

/// Returns the notes that at least one replica shows, by id.
fn live(view: &ClusterView) -> Vec<NoteId> {
    let all = view.replicas.values().flat_map(|replica| &replica.notes);
    let mut live: Vec<NoteId> = all.filter(|(_, version)| version.note.is_some()).map(|(note, _)| *note).collect();
    live.sort_unstable();
    live.dedup();
    live
}

/// Returns the `room` notes that were written last, by id, the one `at` hand among them; of those from before this page
/// joined, the lowest.
fn latest(picture: &Picture, live: &[NoteId], room: usize, at: Option<NoteId>) -> Vec<NoteId> {
    let mut chosen = Vec::new();
    while chosen.len() < room.min(live.len()) {
        let rest = live.iter().filter(|note| !chosen.contains(*note));
        let rank = |note: &NoteId| (at == Some(*note), picture.activity.get(note), std::cmp::Reverse(*note));
        let best = rest.max_by_key(|note| rank(note));
        chosen.extend(best);
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use shared::event::Role;
    use shared::id::Epoch;
    use shared::note::Note;
    use shared::view::GroupView;

    use super::*;
    use crate::playback::faults::Takeover;

    fn version(version: u64, title: Option<&str>) -> Version {
        let note = title.map(|title| Note { title: Some(title.into()), body: None });
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
    fn a_copy_says_how_far_behind_it_is() {
        let picture = picture(&[(1, 1, version(3, Some("new"))), (2, 1, version(1, Some("old")))]);
        let copies: Vec<Copy> = cards(&picture, 3, 4, None).cards.iter().map(|card| card.rows[0].copy).collect();
        assert_eq!(copies, [Copy::Newest, Copy::Behind(2), Copy::Absent]);
    }

    #[test]
    fn a_deletion_is_seen_until_everybody_has_it() {
        let half = picture(&[(1, 1, version(2, None)), (2, 1, version(1, Some("old")))]);
        let copies: Vec<Copy> = cards(&half, 2, 4, None).cards.iter().map(|card| card.rows[0].copy).collect();
        assert_eq!(copies, [Copy::Deleted, Copy::Behind(1)]);
        let whole = picture(&[(1, 1, version(2, None)), (2, 1, version(2, None))]);
        assert_eq!(cards(&whole, 2, 4, None).notes, 0);
    }

    #[test]
    fn a_note_that_nobody_holds_is_named_in_local_write() {
        let mut picture = picture(&[(1, 1, version(1, Some("t"))), (1, 2, version(1, Some("t")))]);
        assert_eq!(cards(&picture, 1, 4, None).unheld, []);
        let replica = picture.view.replicas.get_or_default(ReplicaId(1));
        replica.mode = Mode::LocalWrite;
        let epoch = Epoch::NONE.next(ReplicaId(1));
        let last = GroupView { promised: epoch, accepted: epoch, ..GroupView::default() };
        replica.groups.insert(GroupId::Note(NoteId(2)), last);
        let cards = cards(&picture, 1, 4, None);
        assert_eq!(cards.unheld, [NoteId(1)]);
        let crowns: Vec<_> = cards.cards[0].rows.iter().map(|row| (row.crown, row.resting)).collect();
        assert_eq!(crowns, [(false, false), (true, true)]);
    }

    #[test]
    fn a_card_says_who_misses_its_replica_and_whose_crown_it_took() {
        let mut picture = picture(&[(1, 1, version(1, Some("t"))), (2, 1, version(1, Some("t")))]);
        for id in [2, 3] {
            picture.view.replicas.get_or_default(ReplicaId(id)).suspects.push(ReplicaId(1));
        }
        let took = Takeover { group: GroupId::Store, by: ReplicaId(2), owner: ReplicaId(1) };
        picture.faults.takeovers.push(took);
        picture.faults.taken_back.push((ReplicaId(2), NoteId(1)));
        let before = cards(&picture, 3, 4, None).cards;
        assert_eq!(before[0].missed_by, [ReplicaId(2), ReplicaId(3)]);
        assert_eq!((before[1].missed_by.len(), before[1].takeovers.len()), (0, 0), "it does not wear the crown yet");
        let group = GroupView { role: Role::Primary, ..GroupView::default() };
        picture.view.replicas.get_or_default(ReplicaId(2)).groups.insert(GroupId::Store, group);
        let after = cards(&picture, 3, 4, None).cards;
        assert_eq!(after[1].takeovers, [(GroupId::Store, ReplicaId(1))]);
        assert_eq!((after[0].rows[0].taken_back, after[1].rows[0].taken_back), (false, true));
    }

    #[test]
    fn what_does_not_fit_is_counted_and_the_latest_stay() {
        let notes: Vec<_> = (1..=10).map(|note| (1, note, version(1, Some("t")))).collect();
        let mut picture = picture(&notes);
        picture.activity.insert(NoteId(9), 5);
        let cards = cards(&picture, 1, 4, None);
        let shown: Vec<u64> = cards.cards[0].rows.iter().map(|row| row.note.0).collect();
        assert_eq!((shown, cards.more), (vec![1, 2, 9], 7));
        let shown = |rows| -> Vec<u64> {
            let cards = super::cards(&picture, 1, rows, Some(NoteId(5)));
            cards.cards[0].rows.iter().map(|row| row.note.0).collect()
        };
        assert_eq!((shown(4), shown(2), shown(1)), (vec![1, 5, 9], vec![5], vec![5]), "the one at hand is shown");
    }
}
