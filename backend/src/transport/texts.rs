//! The long texts of one replica: one copy of each, and a name by which another replica need not send it again.
//!
//! A message that carries a whole state names its long texts instead of holding them: its receiver has most of them. Of
//! those that it lacks the sender hands over pieces, and then the message once more. Used by the links of [`super`], which
//! send, and by [`crate::replica_http`], which receives; the core never sees a name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::message::Message;
use shared::note::Text;
use shared::texts::Texts;

/// From how many bytes on a text is long: a name has 33.
const LONG: usize = 128;
/// How many bytes of texts may wait for their message.
const WAITING: usize = 192 * 1024 * 1024;
/// What a name begins with in the place of a text; a text that begins so itself gets one more.
const MARK: char = '\u{1}';

/// The name of a text: the first half of its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Name(u128);

impl Name {
    fn of(text: &str) -> Name {
        let hash = Sha256::digest(text.as_bytes());
        Name(hash.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte)))
    }

    fn parse(text: &str) -> Option<Name> {
        (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok()).flatten().map(Name)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        format!("{:032x}", name.0)
    }
}

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Name, Self::Error> {
        Name::parse(&text).ok_or("a name has 32 hexadecimal digits")
    }
}

/// The long texts that one replica holds; clones share them.
#[derive(Clone, Debug, Default)]
pub struct LongTexts(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    by_name: HashMap<Name, Weak<str>>,
    /// Where a text lies, so that it is hashed once.
    by_place: HashMap<usize, Name>,
    /// How many there were when those that are gone were last forgotten.
    swept: usize,
    /// Texts that came before the message that names them.
    waiting: HashMap<Name, Text>,
    waiting_bytes: usize,
}

impl LongTexts {
    /// Makes what is in `holder` share one copy of each long text with all else of this replica.
    pub fn share(&self, holder: &mut impl Texts) {
        holder.each_text(&mut |text| {
            if text.len() >= LONG {
                self.name(text);
            }
        });
    }

    /// Puts names in the place of the long texts of a message; returns those texts.
    pub fn shorten(&self, message: &mut Message) -> Vec<(Name, Text)> {
        let mut named = Vec::new();
        message.each_text(&mut |text| {
            if text.len() >= LONG {
                let name = self.name(text);
                let whole = std::mem::replace(text, format!("{MARK}{}", String::from(name)).into());
                named.push((name, whole));
            } else if text.starts_with(MARK) {
                *text = format!("{MARK}{text}").into();
            }
        });
        named
    }

    /// Puts the texts back in the place of their names; returns whether all are there.
    pub fn restore(&self, message: &mut Message) -> bool {
        let (mut found, mut whole) = (Vec::new(), true);
        message.each_text(&mut |text| {
            let Some(rest) = text.strip_prefix(MARK) else { return };
            if rest.starts_with(MARK) {
                *text = rest.into();
                return;
            }
            let known = Name::parse(rest).and_then(|name| Some((name, self.find(name)?)));
            match known {
                Some((name, known)) => {
                    *text = known;
                    found.push(name);
                }
                None => whole = false,
            }
        });
        if whole {
            self.held().settle(&found);
        }
        whole
    }

    /// Returns which of these are lacking.
    pub fn lacking(&self, mut names: Vec<Name>) -> Vec<Name> {
        names.retain(|name| self.find(*name).is_none());
        names
    }

    /// Takes texts in that the next message will name; returns whether there was room.
    pub fn take(&self, texts: Vec<Text>) -> bool {
        for mut text in texts {
            let name = self.name(&mut text);
            if !self.held().keep(name, text) {
                return false;
            }
        }
        true
    }

    /// Returns the name of a text, and makes it the copy that is known already, if one is.
    fn name(&self, text: &mut Text) -> Name {
        let place = text.as_ptr() as usize;
        let known = self.held().known(place, text);
        known.unwrap_or_else(|| {
            let name = Name::of(text);
            let mut held = self.held();
            match held.by_name.get(&name).and_then(Weak::upgrade) {
                Some(other) => *text = other,
                None => held.insert(name, text),
            }
            name
        })
    }

    fn find(&self, name: Name) -> Option<Text> {
        self.held().by_name.get(&name).and_then(Weak::upgrade)
    }

    // A panic while the lock was held left a whole table behind: each change is one call.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Returns the name of the text that lies at `place`, when it is this one and not one that lay there before.
    fn known(&self, place: usize, text: &Text) -> Option<Name> {
        let name = self.by_place.get(&place)?;
        let other = self.by_name.get(name)?.upgrade()?;
        Arc::ptr_eq(&other, text).then_some(*name)
    }

    fn insert(&mut self, name: Name, text: &Text) {
        self.by_name.insert(name, Arc::downgrade(text));
        self.by_place.insert(text.as_ptr() as usize, name);
        if self.by_place.len() > 1_024.max(2 * self.swept) {
            self.sweep();
        }
    }

    /// Forgets the texts that nobody holds any more.
    fn sweep(&mut self) {
        self.by_name.retain(|_, text| text.strong_count() > 0);
        let Held { by_name, by_place, .. } = self;
        by_place.retain(|place, name| {
            let text = by_name.get(name).and_then(Weak::upgrade);
            text.is_some_and(|text| text.as_ptr() as usize == *place)
        });
        self.swept = self.by_place.len();
    }

    /// Keeps a text for the message that will name it; lets go of all such texts when they are too many.
    fn keep(&mut self, name: Name, text: Text) -> bool {
        self.waiting_bytes += text.len();
        if let Some(same) = self.waiting.insert(name, text) {
            self.waiting_bytes -= same.len();
        }
        let fits = self.waiting_bytes <= WAITING;
        if !fits {
            self.waiting.clear();
            self.waiting_bytes = 0;
        }
        fits
    }

    /// Lets go of texts whose message has come.
    fn settle(&mut self, names: &[Name]) {
        for name in names {
            if let Some(text) = self.waiting.remove(name) {
                self.waiting_bytes -= text.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use shared::config::Mode;
    use shared::id::{Epoch, Generation, GroupId, NoteId, Seq};
    use shared::message::Proposal;
    use shared::note::{Note, Snapshot, Version};

    use super::*;

    fn long(text: &str) -> String {
        text.repeat(LONG)
    }

    fn message(texts: &[&str]) -> Message {
        let note = |text: &&str| Version { version: 1, note: Some(Note { title: Some((*text).into()), body: None }) };
        let notes: BTreeMap<_, _> = (1..).map(NoteId).zip(texts.iter().map(note)).collect();
        let groups = vec![(GroupId::Store, Snapshot { seq: Seq(1), notes, ops: BTreeMap::new() })];
        Message::Propose {
            proposal: Proposal { epoch: Epoch::NONE, next: Generation(1), mode: Mode::default(), groups },
        }
    }

    #[test]
    fn a_message_is_whole_again_where_its_texts_are_known() {
        let (here, there) = (LongTexts::default(), LongTexts::default());
        let name = String::from(Name::of("x"));
        let sent = message(&[&long("a"), "b", "\u{1}", "\u{1}\u{1}c", &format!("\u{1}{name}"), &long("é")]);
        let mut short = sent.clone();
        let texts = here.shorten(&mut short);
        assert_eq!(texts.len(), 2);
        assert!(serde_json::to_string(&short).expect("it is JSON").len() < 900);
        assert!(!there.restore(&mut short.clone()), "it has none of them");
        let names: Vec<Name> = texts.iter().map(|(name, _)| *name).collect();
        assert_eq!(there.lacking(names.clone()).len(), 2);
        assert!(there.take(texts.into_iter().map(|(_, text)| text).collect()));
        assert_eq!(there.lacking(names.clone()), []);
        let mut arrived = short.clone();
        assert!(there.restore(&mut arrived));
        assert_eq!(arrived, sent);
        assert_eq!((there.lacking(names.clone()), there.held().waiting_bytes), (vec![], 0), "the message has them");
        drop((arrived, sent));
        assert_eq!(there.lacking(names).len(), 2, "nobody has them");
    }

    #[test]
    fn equal_texts_are_one_and_those_that_are_gone_are_forgotten() {
        let texts = LongTexts::default();
        let (mut one, mut other) = (Note::default(), Note::default());
        for note in [&mut one, &mut other] {
            note.body = Some(long("a").into());
            texts.share(note);
        }
        let bodies = [one, other].map(|note| note.body.expect("it has one"));
        assert!(Arc::ptr_eq(&bodies[0], &bodies[1]));
        for number in 0..10_000 {
            texts.share(&mut Note { title: None, body: Some(long(&number.to_string()).into()) });
        }
        let held = texts.held();
        assert!(held.by_name.len() <= 1_100 && held.by_place.len() <= 1_100, "{}", held.by_name.len());
    }

    #[test]
    fn what_waits_for_a_message_that_never_comes_has_a_limit() {
        let texts = LongTexts::default();
        let piece = |number: usize| vec![Text::from(number.to_string().repeat(8 * 1024 * 1024))];
        let taken = (10..40).map(|number| texts.take(piece(number))).take_while(|taken| *taken).count();
        assert!(taken > 5 && taken < 30, "{taken}");
        assert_eq!(texts.held().waiting.len(), 0);
    }
}
