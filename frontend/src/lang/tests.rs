//! Korean is complete: every sentence of the page's source has one, with the same places, and none is left over.

use std::collections::BTreeSet;
use std::path::Path;

use super::catalogue::{Catalogue, filled};

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

fn sentences_of(source: &str, found: &mut BTreeSet<String>) {
    for call in ["t(", "fill(", "en("] {
        for (at, _) in source.match_indices(call) {
            let is_word = source.get(..at).and_then(|before| before.chars().last());
            if !is_word.is_some_and(|char| char.is_alphanumeric() || char == '_' || char == '.') {
                found.extend(literal(&source[at + call.len()..]).filter(|text| !text.is_empty()));
            }
        }
    }
}

fn sentences(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the page's source is here") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            sentences(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("lang/tests.rs") {
            sentences_of(&std::fs::read_to_string(&path).expect("the file can be read"), found);
        }
    }
}

fn places(template: &str) -> BTreeSet<&str> {
    let places = template.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    places.map(|(place, _)| place.split_once(':').map_or(place, |(name, _)| name)).collect()
}

#[test]
fn every_sentence_has_a_korean_one() {
    let mut found = BTreeSet::new();
    sentences(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let korean = Catalogue::parse(KOREAN);
    let missing: Vec<_> = found.iter().filter(|english| korean.get(english).is_none()).collect();
    assert!(missing.is_empty(), "no Korean in locales/ko.txt for {missing:#?}");
    for (english, korean) in korean.pairs() {
        assert_eq!(places(english), places(korean), "{english}");
    }
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
