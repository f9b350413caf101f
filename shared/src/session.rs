//! What a client has seen and written so far: the token that makes `session` reads follow its own writes.
//!
//! Handed out with every reply and sent back with the next request, at whatever replica. It decides nothing: the
//! replica that reads waits until it has caught up with it.
//! Source: Terry et al., Session Guarantees for Weakly Consistent Replicated Data, PDIS 1994.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{Generation, GroupId, Seq};
use crate::map::Map;

/// How far a client has seen each group, in one generation.
///
/// Written as `2:note/1@5,note/7@1`: generation 2, group `note/1` up to 5, and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Session {
    /// The generation of the positions; of earlier ones everything has been carried over.
    pub generation: Generation,
    /// The last position seen of each group.
    pub seen: Map<GroupId, Seq>,
}

/// A text that is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session is what the last reply gave in X-Session, such as `0:store@17`")]
pub struct BadSession;

/// How many groups one token names at most; those with the highest ids are kept.
const GROUPS: usize = 128;

impl Session {
    /// Adds what was seen of one group in `generation`.
    pub fn see(&mut self, generation: Generation, group: GroupId, seq: Seq) {
        if generation > self.generation {
            *self = Session { generation, seen: Map::new() };
        }
        if generation == self.generation {
            let seen = self.seen.get_or_default(group);
            *seen = (*seen).max(seq);
            if self.seen.len() > GROUPS {
                self.seen.pop_first();
            }
        }
    }

    /// Adds all that another token has seen.
    pub fn merge(&mut self, other: &Session) {
        for (group, seq) in &other.seen {
            self.see(other.generation, *group, *seq);
        }
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.generation.0)?;
        for (index, (group, seq)) in self.seen.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{group}@{seq}")?;
        }
        Ok(())
    }
}

impl FromStr for Session {
    type Err = BadSession;

    fn from_str(text: &str) -> Result<Session, BadSession> {
        let (generation, rest) = text.split_once(':').ok_or(BadSession)?;
        let generation = Generation(generation.parse().map_err(|_| BadSession)?);
        let mut session = Session { generation, seen: Map::new() };
        for part in rest.split(',').filter(|part| !part.is_empty()) {
            let (group, seq) = part.split_once('@').ok_or(BadSession)?;
            let group = group.parse().map_err(|_| BadSession)?;
            session.see(generation, group, Seq(seq.parse().map_err(|_| BadSession)?));
        }
        Ok(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::NoteId;

    #[test]
    fn a_session_survives_its_header() {
        let mut session = Session::default();
        session.see(Generation(2), GroupId::Store, Seq(17));
        session.see(Generation(2), GroupId::Note(NoteId(3)), Seq(4));
        session.see(Generation(1), GroupId::Store, Seq(99));
        let text = session.to_string();
        assert_eq!(text, "2:store@17,note/3@4");
        assert_eq!(text.parse(), Ok(session));
        assert_eq!("0:".parse(), Ok(Session::default()));
    }

    #[test]
    fn other_texts_are_no_sessions() {
        for text in ["", "x", "1", "1:store", "1:store@x", "1:shop@3", "-1:"] {
            assert_eq!(text.parse::<Session>(), Err(BadSession), "{text}");
        }
    }

    #[test]
    fn a_merged_session_has_seen_what_both_have() {
        let mut one: Session = "1:note/1@5,note/2@1".parse().expect("a session");
        one.merge(&"1:note/1@3,note/4@2".parse().expect("a session"));
        assert_eq!(one.to_string(), "1:note/1@5,note/2@1,note/4@2");
        one.merge(&"2:store@1".parse().expect("a session"));
        assert_eq!(one.to_string(), "2:store@1");
    }
}
