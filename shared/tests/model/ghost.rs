//! What no replica knows: the one committed line of each group, and what clients were told.

use std::collections::BTreeMap;

use shared::config::Ack;
use shared::id::GroupId;

use super::goals::{Goal, Reached};
use super::local::{Effect, Item, Local, Told};
use super::plan::{Asker, Plan, asker};

/// Remembered besides the replicas.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ghost {
    /// All that was ever known to be committed, by group.
    pub lines: Vec<(GroupId, Vec<Item>)>,
    /// What is known of each write.
    pub writes: Vec<WriteGhost>,
    /// For each read under way, how far the line was that it must show.
    pub reads: BTreeMap<u8, usize>,
    /// How far the line is that clients know.
    pub shown: usize,
    /// What a step has broken.
    pub wrong: Option<&'static str>,
    begun: u8,
}

/// What clients know of one write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "each is told or not, whatever the others are")]
pub struct WriteGhost {
    /// Acknowledged by a majority or all.
    pub safe: bool,
    /// Acknowledged by a primary alone.
    pub local: bool,
    /// The first result.
    pub first: Option<u8>,
    /// Said to be surely not done.
    pub refused: bool,
    /// Reported as dropped.
    pub rolled_back: bool,
}

impl Ghost {
    /// Before anything happened.
    pub fn new(plan: &Plan) -> Ghost {
        let writes = vec![WriteGhost::default(); plan.writes.len()];
        let begun = plan.budget.reads;
        Ghost { lines: Vec::new(), writes, reads: BTreeMap::new(), shown: 0, wrong: None, begun }
    }

    /// A read begins: it must show what clients know now.
    pub fn begin_read(&mut self) {
        self.reads.insert(self.begun, self.shown);
        self.begun -= 1;
    }

    /// Takes note of what a step did.
    pub fn learn(&mut self, plan: &Plan, effect: &Effect, reached: &Reached) {
        self.learn_lines(effect.next, reached);
        for number in &effect.rolled_back {
            if let Some(write) = self.write(*number) {
                write.rolled_back = true;
            }
        }
        for (request, told) in &effect.told {
            match asker(*request) {
                Asker::Write(0) => {}
                Asker::Write(number) => self.answer_write(plan, number, told, reached),
                Asker::Read(number) => self.answer_read(number, told, reached),
            }
        }
    }

    /// Returns the committed line of a group.
    pub fn line(&self, group: GroupId) -> &[Item] {
        self.lines.iter().find(|(id, _)| *id == group).map_or(&[], |(_, line)| line)
    }

    fn write(&mut self, number: u8) -> Option<&mut WriteGhost> {
        self.writes.get_mut(usize::from(number).checked_sub(1)?)
    }

    fn learn_lines(&mut self, local: &Local, reached: &Reached) {
        for seen in &local.groups {
            let Some(committed) = seen.line.get(..seen.commit) else {
                self.wrong = Some("more is committed than there is");
                continue;
            };
            let line = self.line(seen.group);
            let same = line.len().min(committed.len());
            if line[..same] != committed[..same] {
                self.wrong = Some("the committed line was changed");
            } else if committed.len() > line.len() {
                if seen.accepted.n > 1 {
                    reached.add(Goal::LaterEpochCommits);
                }
                self.lines.retain(|(id, _)| *id != seen.group);
                self.lines.push((seen.group, committed.to_vec()));
                self.lines.sort_unstable();
            }
        }
    }

    fn answer_write(&mut self, plan: &Plan, number: u8, told: &Told, reached: &Reached) {
        let place = self.lines.iter().find_map(|(_, line)| line.iter().position(|item| item.op == number));
        let safe = plan.writes[usize::from(number) - 1].ack != Ack::Primary;
        let Some(write) = self.write(number) else { return };
        match told {
            Told::Done(note) => {
                if write.first.is_some() {
                    reached.add(Goal::AnsweredAgain);
                }
                if write.first.is_some_and(|first| first != *note) {
                    self.wrong = Some("a retry heard another result");
                    return;
                }
                write.first = Some(*note);
                (write.safe, write.local) = (write.safe || safe, write.local || !safe);
                if safe {
                    self.shown = self.shown.max(place.map_or(0, |place| place + 1));
                }
            }
            Told::Missing | Told::Notes(_) => self.wrong = Some("a write heard what it cannot"),
            Told::Refused => {
                write.refused = true;
                reached.add(Goal::Refused);
            }
            Told::Unknown => {}
        }
        if self.writes.iter().all(|write| write.first.is_some()) {
            reached.add(Goal::AllAcknowledged);
        }
    }

    fn answer_read(&mut self, number: u8, told: &Told, reached: &Reached) {
        let Some(least) = self.reads.remove(&number) else {
            self.wrong = Some("a read was answered twice");
            return;
        };
        let Told::Notes(notes) = told else { return };
        if !notes.is_empty() {
            reached.add(Goal::ReadSeesWrite);
        }
        let line: Vec<Item> = self.lines.iter().flat_map(|(_, line)| line).copied().collect();
        match (least..=line.len()).find(|upto| notes_of(&line[..*upto]) == *notes) {
            Some(upto) => self.shown = self.shown.max(upto),
            None => self.wrong = Some("a linearizable read is stale, or shows what never was"),
        }
    }
}

/// Returns the notes that a line adds up to, each with the write that made it what it is.
fn notes_of(line: &[Item]) -> Vec<(u8, u8)> {
    let written = line.iter().filter(|item| item.note > 0).map(|item| (item.note, item.op));
    written.collect::<BTreeMap<u8, u8>>().into_iter().collect()
}
