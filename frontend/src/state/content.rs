//! One note's text as each replica has it: equal copies together, and what differs from the newest marked.

use shared::id::{NoteId, ReplicaId};
use shared::note::Version;
use shared::view::ClusterView;

/// A piece of a text, and whether the newest copy has other words there.
pub type Piece = (String, bool);

/// Replicas with the same copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copies {
    /// Who has it.
    pub at: Vec<ReplicaId>,
    /// Its version; 0 without a copy.
    pub version: u64,
    /// The title and the body in pieces; `None` when the note is deleted or not here.
    pub text: Option<[Vec<Piece>; 2]>,
}

/// Returns the different copies of a note, the newest first, those who have none last.
pub fn content(view: &ClusterView, note: NoteId) -> Vec<Copies> {
    let mut kinds: Vec<(Option<&Version>, Vec<ReplicaId>)> = Vec::new();
    for (id, replica) in &view.replicas {
        let copy = replica.notes.get(&note);
        match kinds.iter_mut().find(|(known, _)| *known == copy) {
            Some((_, at)) => at.push(*id),
            None => kinds.push((copy, vec![*id])),
        }
    }
    kinds.sort_by_key(|(copy, _)| std::cmp::Reverse(copy.map_or(0, |copy| copy.version)));
    let best = kinds.iter().find_map(|(copy, _)| copy.and_then(texts)).unwrap_or_default();
    let copies = |(copy, at): (Option<&Version>, Vec<ReplicaId>)| {
        let text = copy.and_then(texts).map(|[title, body]| [pieces(title, best[0]), pieces(body, best[1])]);
        Copies { at, version: copy.map_or(0, |copy| copy.version), text }
    };
    kinds.into_iter().map(copies).collect()
}

fn texts(version: &Version) -> Option<[&str; 2]> {
    let note = version.note.as_ref()?;
    Some([note.title.as_deref().unwrap_or_default(), note.body.as_deref().unwrap_or_default()])
}

/// Splits a text into what it begins with as `best` does, what is other, and what it ends with as `best` does.
fn pieces(text: &str, best: &str) -> Vec<Piece> {
    let (mine, other): (Vec<&str>, Vec<&str>) =
        (text.split_inclusive(' ').collect(), best.split_inclusive(' ').collect());
    let same = |(a, b): &(&&str, &&str)| a.trim_end() == b.trim_end();
    let begin = mine.iter().zip(&other).take_while(same).count();
    let rest = mine.len().min(other.len()) - begin;
    let end = mine.iter().rev().zip(other.iter().rev()).take(rest).take_while(same).count();
    let parts = [(&mine[..begin], false), (&mine[begin..mine.len() - end], true), (&mine[mine.len() - end..], false)];
    parts.into_iter().filter(|(words, _)| !words.is_empty()).map(|(words, other)| (words.concat(), other)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, best: &str) -> String {
        let piece = |(text, other): (String, bool)| if other { format!("[{text}]") } else { text };
        pieces(text, best).into_iter().map(piece).collect()
    }

    #[test]
    fn only_the_words_that_differ_are_marked() {
        assert_eq!(marked("buy milk and bread", "buy milk and bread"), "buy milk and bread");
        assert_eq!(marked("buy milk and bread", "buy tea and bread"), "buy [milk ]and bread");
        assert_eq!(marked("buy milk", "buy milk today"), "buy milk");
        assert_eq!(marked("buy milk today", "buy milk"), "buy milk [today]");
        assert_eq!(marked("a a a", "a a"), "a a [a]");
        assert_eq!(marked("", "a"), "");
    }
}
