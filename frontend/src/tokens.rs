//! The primary role as an object: who has the token of a note (local-write) or of the store (remote-write), whom it came
//! from, how often it moved and for how many writes.
//!
//! A fold over events, kept by [`crate::playback::Picture`]: a function of the log and the cursor. It counts from where
//! the page joined, or from the last switch of the mode. Counts are exact; of the trail the last [`KEPT`] handoffs are
//! kept. It decides nothing.
//!
//! *Ping-pong* is a streak of handoffs in which each holder wrote [`FEW`] times at most before it gave the token on, and
//! among not more than [`PLAYERS`] replicas. From [`MANY`] handoffs on it is worth a warning; a holder that writes more
//! often ends it.

use std::collections::VecDeque;

use shared::event::{Event, EventKind, Role};
use shared::id::{Epoch, Generation, GroupId, Node, ReplicaId};
use shared::map::Map;
use shared::view::ClusterView;

use crate::focus::Lit;
use crate::lang::{fill, t};
use crate::playback::Playback;
use crate::words::{and, thing};

/// How many handoffs of a token are kept.
pub const KEPT: usize = 12;
/// Whoever writes this often at most before giving the token on has hardly used it.
pub const FEW: u64 = 2;
/// Among this many replicas at most a token is said to go to and fro.
pub const PLAYERS: usize = 3;
/// How many such handoffs are worth a warning.
pub const MANY: u64 = 4;

/// A token went from one replica to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handoff {
    /// Who had it.
    pub from: ReplicaId,
    /// Who got it.
    pub to: ReplicaId,
    /// The place in the log of the event by which it got it.
    pub place: u64,
}

/// A streak of handoffs for few writes each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streak {
    /// How many.
    pub handoffs: u64,
    /// How many writes its holders did, the first and the present one included.
    pub writes: u64,
    /// Among whom.
    pub between: Vec<ReplicaId>,
}

impl Streak {
    /// Goes on with a handoff after which `stay` writes are over, or begins anew with it.
    fn go(&mut self, from: ReplicaId, to: ReplicaId, stay: u64) {
        for player in [from, to] {
            if let Err(place) = self.between.binary_search(&player) {
                self.between.insert(place, player);
            }
        }
        if stay > FEW || self.between.len() > PLAYERS {
            let writes = if stay > FEW { 0 } else { stay };
            *self = Streak { handoffs: 0, writes, between: vec![from.min(to), from.max(to)] };
        }
        self.handoffs += 1;
    }
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Who has it, or had it last.
    pub holder: ReplicaId,
    /// Under which epoch.
    pub epoch: Epoch,
    /// How often it moved.
    pub handoffs: u64,
    /// How often its holders wrote.
    pub writes: u64,
    /// The last handoffs, oldest first.
    pub trail: VecDeque<Handoff>,
    /// How often the present holder wrote.
    stay: u64,
    streak: Streak,
}

impl Token {
    fn new(holder: ReplicaId, epoch: Epoch) -> Token {
        let (trail, streak) = (VecDeque::new(), Streak::default());
        Token { holder, epoch, handoffs: 0, writes: 0, trail, stay: 0, streak }
    }

    fn give(&mut self, to: ReplicaId, epoch: Epoch, place: u64) {
        self.epoch = epoch;
        let from = std::mem::replace(&mut self.holder, to);
        if from == to {
            return;
        }
        self.handoffs += 1;
        self.trail.push_back(Handoff { from, to, place });
        if self.trail.len() > KEPT {
            self.trail.pop_front();
        }
        let stay = std::mem::take(&mut self.stay);
        self.streak.go(from, to, stay);
    }

    fn write(&mut self) {
        self.writes += 1;
        self.stay += 1;
        self.streak.writes += 1;
    }

    /// Returns the streak while it is worth a warning.
    pub fn ping_pong(&self) -> Option<&Streak> {
        Some(&self.streak).filter(|streak| streak.handoffs >= MANY && self.stay <= FEW)
    }
}

/// All tokens that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    all: Map<GroupId, Token>,
    generation: Generation,
}

impl Tokens {
    /// Begins with who holds what in a snapshot.
    pub fn of(view: &ClusterView) -> Tokens {
        let (generation, _) = view.configuration();
        let mut all: Map<GroupId, Token> = Map::new();
        for (id, replica) in view.replicas.iter().filter(|(_, replica)| replica.generation == generation) {
            for (group, state) in replica.groups.iter().filter(|(group, _)| replica.holds(*id, **group)) {
                let known = all.get(group).is_some_and(|token| token.epoch > state.promised);
                if !known {
                    all.insert(*group, Token::new(*id, state.promised));
                }
            }
        }
        Tokens { all, generation }
    }

    /// Takes the next event into account; `view` does not contain it yet.
    #[allow(clippy::wildcard_enum_match_arm, reason = "the others neither move a token nor use it")]
    pub fn apply(&mut self, event: &Event, place: u64, view: &ClusterView) {
        let Node::Replica(here) = event.node else { return };
        match &event.kind {
            EventKind::Became { group, role: Role::Primary, epoch } => {
                let token = self.all.get_or_insert_with(*group, || Token::new(here, *epoch));
                // Who hears of its promises late is primary for a moment of an epoch that is over.
                if *epoch >= token.epoch {
                    token.give(here, *epoch, place);
                }
            }
            EventKind::Accepted { group, changes, .. } if !changes.is_empty() => {
                // A claimer takes over another's log before it becomes primary: only a primary's own log grows by writes.
                let writes = view.replicas.get(&here).is_some_and(|replica| replica.is_primary(*group));
                if let Some(token) = self.all.get_mut(group).filter(|token| writes && token.holder == here) {
                    token.write();
                }
            }
            EventKind::Began { generation, .. } if *generation > self.generation => {
                *self = Tokens { all: Map::new(), generation: *generation };
            }
            _ => {}
        }
    }

    /// Returns the token of a group.
    pub fn get(&self, group: GroupId) -> Option<&Token> {
        self.all.get(&group)
    }

    /// Returns all tokens by group.
    pub fn iter(&self) -> impl Iterator<Item = (GroupId, &Token)> {
        self.all.iter().map(|(group, token)| (*group, token))
    }
}

/// A token as the page tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLine {
    /// What it is the token of.
    pub group: GroupId,
    /// Under which epoch it is held.
    pub epoch: Epoch,
    /// Who had it, oldest first, the present holder last; with the number of the step by which each got it, if that is
    /// known and kept.
    pub trail: Vec<(ReplicaId, Option<u64>)>,
    /// How often it moved and for how many writes, in words.
    pub counts: String,
    /// The warning; empty when there is nothing to warn of.
    pub warning: String,
}

/// How many tokens are told of.
const LINES: usize = 8;

/// Returns the tokens that moved last, the latest first; of those that never moved, the ones with the lowest ids.
pub fn lines(playback: &Playback) -> Vec<TokenLine> {
    let mut all: Vec<(GroupId, &Token)> = playback.picture().tokens.iter().collect();
    all.sort_by_key(|(_, token)| std::cmp::Reverse(token.trail.back().map(|handoff| handoff.place)));
    all.truncate(LINES);
    all.into_iter().map(|(group, token)| line(playback, group, token)).collect()
}

fn line(playback: &Playback, group: GroupId, token: &Token) -> TokenLine {
    let log = playback.log();
    let stop = |place: u64| (place >= log.first_place()).then(|| log.stops_until(place + 1));
    let first = token.trail.front().map_or(token.holder, |handoff| handoff.from);
    let gained = token.trail.iter().map(|handoff| (handoff.to, stop(handoff.place)));
    TokenLine {
        group,
        epoch: token.epoch,
        trail: std::iter::once((first, None)).chain(gained).collect(),
        counts: counts(token),
        warning: token.ping_pong().map_or_else(String::new, |streak| warning(group, streak)),
    }
}

fn counts(token: &Token) -> String {
    let handoffs = match token.handoffs {
        0 => t("never moved").to_owned(),
        1 => t("1 handoff").to_owned(),
        many => fill("{count} handoffs", &[("count", &many.to_string())]),
    };
    let writes = match token.writes {
        1 => t("1 write").to_owned(),
        many => fill("{count} writes", &[("count", &many.to_string())]),
    };
    format!("{handoffs} · {writes}")
}

/// Returns the warning about a streak in a few words.
fn short_warning(streak: &Streak) -> String {
    let (handoffs, writes) = (streak.handoffs.to_string(), streak.writes.to_string());
    fill("Ping-pong: {handoffs} handoffs for {writes} writes", &[("handoffs", &handoffs), ("writes", &writes)])
}

/// Returns the warning about a streak, at length.
fn warning(group: GroupId, streak: &Streak) -> String {
    let values: &[(&str, &str)] = &[
        ("thing", &thing(group)),
        ("handoffs", &streak.handoffs.to_string()),
        ("writes", &streak.writes.to_string()),
        ("names", &and(&streak.between)),
    ];
    let said = fill("Ping-pong: {handoffs} handoffs of {thing} for {writes} writes between {names}.", values);
    let advice = match group {
        GroupId::Note(_) => {
            t("Each handoff costs a round of messages; remote-write, or writing at one replica, would save them.")
        }
        GroupId::Store => t("Each time another replica took over; check which replicas suspect each other."),
    };
    format!("{said} {advice}")
}

/// The token at hand: that of the note pointed at, else of the one that the event at the cursor is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenNow {
    /// Its last handoffs, oldest first, while the note is pointed at.
    pub handoffs: Vec<(ReplicaId, ReplicaId)>,
    /// The warning in a few words; empty when there is nothing to warn of.
    pub warning: String,
}

/// How many handoffs are drawn.
const DRAWN: usize = 4;

impl TokenNow {
    /// Returns the token at hand.
    pub fn of(lit: &Lit, playback: &Playback) -> TokenNow {
        let pointed = lit.note.filter(|_| lit.whole_note);
        let at_cursor = || playback.current().and_then(|(_, entry)| entry.note);
        let note = pointed.or_else(at_cursor);
        let token = note.and_then(|note| playback.picture().tokens.get(GroupId::Note(note)));
        let Some(token) = token else { return TokenNow::default() };
        let skip = if pointed.is_some() { token.trail.len().saturating_sub(DRAWN) } else { KEPT };
        TokenNow {
            handoffs: token.trail.iter().skip(skip).map(|handoff| (handoff.from, handoff.to)).collect(),
            warning: token.ping_pong().map_or_else(String::new, short_warning),
        }
    }
}

#[cfg(test)]
mod tests;
