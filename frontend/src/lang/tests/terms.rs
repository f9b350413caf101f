//! The glossary holds on the page: no sentence has a word that `docs/GLOSSARY.md` lists under *not*.

use super::KOREAN;
use crate::lang::catalogue::Catalogue;

const GLOSSARY: &str = include_str!("../../../../docs/GLOSSARY.md");

/// Sentences that may have a word all the same: the picture's sign, and a token that is a secret.
const EXCEPT: [(&str, &str); 3] =
    [("crown", "crown: handoff"), ("token", "The presenter's token"), ("token", "Others reach this gateway")];

/// A row of the glossary.
struct Term {
    name: &'static str,
    korean: Vec<&'static str>,
    not: Vec<&'static str>,
}

/// Returns the parts of a cell between commas; a dash stands for none.
fn parts(cell: &'static str) -> Vec<&'static str> {
    cell.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != "–").collect()
}

fn terms() -> Vec<Term> {
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.strip_prefix("| **")?.split('|').map(str::trim).collect();
        let [name, _meaning, _source, korean, not, _end] = *cells.as_slice() else { panic!("five cells: {line}") };
        Some(Term { name: name.trim_end_matches("**"), korean: parts(korean), not: parts(not) })
    };
    GLOSSARY.lines().filter_map(row).collect()
}

/// Returns a sentence in small letters without its places.
fn words(sentence: &str) -> String {
    let pieces = sentence.split('{').map(|piece| piece.split_once('}').map_or(piece, |(_, after)| after));
    pieces.collect::<Vec<_>>().join("…").to_lowercase()
}

/// Whether a text has a phrase, with no letter right before or behind it.
fn has(text: &str, phrase: &str) -> bool {
    let is_letter = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    text.match_indices(phrase)
        .any(|(at, _)| !is_letter(text[..at].chars().last()) && !is_letter(text[at + phrase.len()..].chars().next()))
}

#[test]
fn no_sentence_has_a_word_that_the_glossary_gives_up() {
    let terms = terms();
    assert!(terms.iter().map(|term| term.not.len()).sum::<usize>() > 60, "the column is read");
    let mut found = Vec::new();
    for (english, _) in Catalogue::parse(KOREAN).pairs() {
        let text = words(english);
        for Term { name, not, .. } in &terms {
            for old in not.iter().filter(|old| has(&text, old)) {
                if !EXCEPT.iter().any(|(word, sentence)| word == old && english.starts_with(sentence)) {
                    found.push(format!("“{english}” has “{old}”: the word is “{name}”"));
                }
            }
        }
    }
    assert!(found.is_empty(), "see docs/GLOSSARY.md: {found:#?}");
}

#[test]
fn the_korean_words_of_the_glossary_are_those_of_the_page() {
    let (catalogue, terms) = (Catalogue::parse(KOREAN), terms());
    let used = |word: &str| catalogue.pairs().iter().any(|(_, korean)| korean.contains(word));
    let unused: Vec<_> = terms.iter().flat_map(|term| &term.korean).filter(|word| !used(word)).collect();
    assert!(unused.is_empty(), "not on the page: {unused:?}");
    assert!(terms.len() > 45, "the glossary is read");
}

#[test]
fn a_phrase_is_found_as_whole_words() {
    assert!(has(&words("{here} misses {replica}."), "misses") && has("there?", "there?"));
    assert!(!has("a holder's stakeholder", "hold") && !has(&words("{holder} writes"), "holder"));
}
