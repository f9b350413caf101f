//! Korean is complete: every sentence of the page and of the server has one, with the same places.

mod terms;

use std::collections::BTreeSet;
use std::path::Path;

use shared::config::{Ack, Failover, Mode, Reads};
use shared::guarantee;

use super::catalogue::{Catalogue, filled};
use crate::run_file::Unusable;

const KOREAN: &str = include_str!("../../locales/ko.txt");

/// Returns the text of the string literal that `source` begins with, as the compiler reads it.
fn literal(source: &str) -> Option<String> {
    let mut chars = source.trim_start().strip_prefix('"')?.chars().peekable();
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => match chars.next()? {
                '\n' => while chars.next_if(|char| char.is_whitespace()).is_some() {},
                'n' => text.push('\n'),
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
}

/// All calls that take a sentence, and those whose sentence may be kept.
const CALLS: &[&str] = &["t(", "fill(", "en(", "kept("];
const KEEPING: &[&str] = &["en(", "kept("];

fn sentences_of(source: &str, calls: &[&str], found: &mut BTreeSet<String>) {
    for call in calls {
        for (at, _) in source.match_indices(call) {
            let is_word = source.get(..at).and_then(|before| before.chars().last());
            if !is_word.is_some_and(|char| char.is_alphanumeric() || char == '_' || char == '.') {
                found.extend(literal(&source[at + call.len()..]).filter(|text| !text.is_empty()));
            }
        }
    }
}

fn sentences(folder: &Path, calls: &[&str], found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the page's source is here") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            sentences(&path, calls, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("lang/tests.rs") {
            sentences_of(&std::fs::read_to_string(&path).expect("the file can be read"), calls, found);
        }
    }
}

/// Returns the sentences of the page's source.
fn sentences_in(calls: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    sentences(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), calls, &mut found);
    found
}

fn places(template: &str) -> BTreeSet<&str> {
    let places = template.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    places.map(|(place, _)| place.split_once(':').map_or(place, |(name, _)| name)).collect()
}

#[test]
fn every_sentence_has_a_korean_one() {
    let korean = Catalogue::parse(KOREAN);
    let missing: Vec<_> = sentences_in(CALLS).into_iter().filter(|english| korean.get(english).is_none()).collect();
    assert!(missing.is_empty(), "no Korean in locales/ko.txt for {missing:#?}");
    let twice: Vec<_> = korean.pairs().windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0].0).collect();
    assert!(twice.is_empty(), "twice in locales/ko.txt: {twice:#?}");
    for (english, korean) in korean.pairs() {
        assert_eq!(places(english), places(korean), "{english}");
    }
}

/// What is kept in English while the language changes is still found: also a sentence in another one.
#[test]
fn what_is_kept_follows_the_language() {
    let catalogue = Catalogue::parse(KOREAN);
    let kept: Vec<_> = sentences_in(KEEPING).into_iter().filter(|english| english.ends_with(['.', '?', ')'])).collect();
    assert!(kept.len() > 30, "the sentences are found: {kept:#?}");
    for english in kept {
        let korean = catalogue.get(&english).unwrap_or_else(|| panic!("no Korean in locales/ko.txt for {english}"));
        let values: Vec<_> = places(&english).into_iter().map(|place| (place, "R7")).collect();
        assert_eq!(catalogue.matching(&filled(&english, &values)), Some(filled(korean, &values)), "{english}");
    }
    let why = Unusable::NotARun { line: 1, reason: "expected value at line 1 column 1".to_owned() }.words();
    let refused = filled("{name} was not opened. {reason}", &[("name", "run 1.txt"), ("reason", &why)]);
    let korean = catalogue.matching(&refused).expect("it is a sentence of the page");
    assert!(korean.starts_with("run 1.txt 파일을 열지 않았습니다. ") && korean.contains("1행"), "{korean}");
    assert!(!korean.contains("not a run"), "{korean}");
}

#[test]
fn values_stand_where_each_language_wants_them() {
    assert_eq!(
        filled("{from:이} {to}에게 {thing:을} 넘긴다.", &[("to", "R4"), ("from", "R2"), ("thing", "노트 3")]),
        "R2가 R4에게 노트 3을 넘긴다."
    );
    let catalogue = Catalogue::parse("# errors\nThere is no note {id}.\n{id}번 노트는 없습니다.\n\nYes.\n예.\n");
    assert_eq!(catalogue.matching("There is no note 17.").as_deref(), Some("17번 노트는 없습니다."));
    assert_eq!(catalogue.matching("Yes.").as_deref(), Some("예."));
    assert_eq!(catalogue.matching("No."), None);
}

#[test]
fn a_value_is_never_taken_for_a_place() {
    assert_eq!(filled("{a} and {b}", &[("a", "{b} {c:은}"), ("b", "x")]), "{b} {c:은} and x");
    let text = "{from} sends {what}.\n{from:이} {what:을} 보냅니다.\nR1 sends {what}.\n하나: {what}.\n";
    let catalogue = Catalogue::parse(text);
    assert_eq!(catalogue.matching("R1 sends {from}.").as_deref(), Some("하나: {from}."));
    assert_eq!(catalogue.matching("R2 sends {from}.").as_deref(), Some("R2가 {from}을 보냅니다."));
}

/// All that `guarantee` can say: every mode, both levels, with failover and without.
#[test]
fn every_guarantee_has_a_korean_one() {
    let korean = Catalogue::parse(KOREAN);
    let mut missing = BTreeSet::new();
    for mode in [Mode::RemoteWrite, Mode::LocalWrite] {
        for ack in [Ack::All, Ack::Majority, Ack::Primary] {
            for reads in [Reads::Local, Reads::Committed, Reads::Session, Reads::Linearizable] {
                for failover in [Failover::Auto, Failover::Off] {
                    let name = guarantee::name(mode, ack, reads, failover);
                    let said = guarantee::sentences(mode, ack, reads, failover);
                    let all = name.into_iter().chain(said.writes).chain(said.reads);
                    missing.extend(all.filter(|said| !said.is_empty() && korean.get(said).is_none()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no Korean in locales/ko.txt for {missing:#?}");
}

/// The files in which the server's sentences for clients stand, and nothing else that ends in a full stop.
const SAID_IN: [&str; 16] = [
    "shared/src/api.rs",
    "shared/src/api/gate.rs",
    "shared/src/replica/clients.rs",
    "shared/src/replica/reads.rs",
    "backend/src/intake.rs",
    "backend/src/gateway.rs",
    "backend/src/gateway/gate.rs",
    "backend/src/presenter.rs",
    "backend/src/intake/strict.rs",
    "backend/src/listen/guests.rs",
    "backend/src/gateway/pass.rs",
    "backend/src/gateway/watch.rs",
    "backend/src/replica_http.rs",
    "backend/src/guard.rs",
    "backend/src/ui.rs",
    "backend/src/feed/stream.rs",
];

/// Returns the sentences that stand as literals in the code of a file, without its comments and tests.
fn literal_sentences(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let quotes = code.match_indices('"').filter(|(at, _)| !code[..*at].ends_with('\\'));
    let literals = quotes.filter_map(|(at, _)| literal(&code[at..]));
    let is_sentence = |text: &String| text.contains(' ') && text.ends_with('.') && !text.contains('\n');
    literals.filter(is_sentence).map(|text| text.replace("{{", "{").replace("}}", "}")).collect()
}

#[test]
fn every_sentence_of_the_server_has_a_korean_one() {
    let (korean, root) = (Catalogue::parse(KOREAN), Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    let mut found = BTreeSet::new();
    for file in SAID_IN {
        let source = std::fs::read_to_string(root.join(file)).expect("the server's source is here");
        found.extend(literal_sentences(&source));
    }
    assert!(found.len() > 35, "the sentences are found: {found:#?}");
    let is_korean = |text: String| text.chars().any(|char| ('가'..='힣').contains(&char));
    let missing: Vec<_> = found.iter().filter(|said| !korean.matching(said).is_some_and(is_korean)).collect();
    assert!(missing.is_empty(), "no Korean in locales/ko.txt for {missing:#?}");
}

/// Words that mean what another word here means (`docs/GLOSSARY.md`).
const TWICE: [(&str, &str); 20] = [
    ("사건", "이벤트"),
    ("교재", "교과서"),
    ("지역", "로컬"),
    ("왕관", "주 복제본 역할"),
    ("보유", "주 복제본"),
    ("권한 요청", "역할 요청"),
    ("연락", "의심"),
    ("두절", "의심"),
    ("듣", "받"),
    ("들리", "응답하"),
    ("확정", "커밋"),
    ("낡", "오래된"),
    ("넘김", "이양"),
    ("인계", "인수"),
    ("유실", "손실"),
    ("되돌림", "롤백"),
    ("까닭", "이유"),
    ("끝난 쓰기", "완료된 쓰기"),
    ("시공간 다이어그램", "시공간도"),
    ("시청자", "접속자"),
];

/// The picture's sign is named as such.
const SIGN: &str = "왕관: 이양";

#[test]
fn one_thing_has_one_word() {
    let korean = Catalogue::parse(KOREAN);
    let sentences = korean.pairs().iter().map(|(_, korean)| *korean).filter(|korean| *korean != SIGN);
    for sentence in sentences {
        for (word, other) in TWICE {
            assert!(!sentence.contains(word), "{other} is the word, not {word}: {sentence}");
        }
    }
}
