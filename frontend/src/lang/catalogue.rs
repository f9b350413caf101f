//! The Korean sentences by their English ones, as read from `locales/ko.txt`.
//!
//! An English line is followed by its Korean line; empty lines and lines that begin with `#` say nothing.

use super::particle;

/// The sentences, in the order of the English ones.
#[derive(Debug)]
pub struct Catalogue(Vec<(&'static str, &'static str)>);

impl Catalogue {
    /// Reads a catalogue. Its text is kept until the page is gone.
    pub fn parse(text: &str) -> Catalogue {
        let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
        let lines: Vec<&str> =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        let mut pairs: Vec<_> = lines.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.sort_unstable();
        Catalogue(pairs)
    }

    /// Returns the Korean for an English sentence.
    pub fn get(&self, english: &str) -> Option<&'static str> {
        let index = self.0.binary_search_by(|(known, _)| (*known).cmp(english)).ok()?;
        self.0.get(index).map(|(_, korean)| *korean)
    }

    /// Returns the Korean for an English sentence whose places are filled already.
    ///
    /// Of the sentences that it could be, it is the one with the most words of its own. What stands in a place named
    /// `reason` is a sentence too; all other values stay as they are.
    pub fn matching(&self, english: &str) -> Option<String> {
        if let Some(korean) = self.get(english) {
            return Some(korean.to_owned());
        }
        let fits = self.0.iter().filter_map(|(template, korean)| Some((*korean, values(template, english)?)));
        let own = |values: &[(&str, &str)]| english.len() - values.iter().map(|(_, value)| value.len()).sum::<usize>();
        let (korean, values) = fits.max_by_key(|(_, values)| own(values))?;
        let reason = values.iter().find(|(name, _)| *name == "reason").and_then(|(_, reason)| self.matching(reason));
        let said = |(name, value)| (name, reason.as_deref().filter(|_| name == "reason").unwrap_or(value));
        Some(filled(korean, &values.into_iter().map(said).collect::<Vec<_>>()))
    }

    /// Returns all pairs.
    #[cfg(test)]
    pub fn pairs(&self) -> &[(&'static str, &'static str)] {
        &self.0
    }
}

/// Returns what stands in the places of `template` when it was filled to `text`.
fn values<'a>(template: &'a str, text: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut values = Vec::new();
    let (first, mut rest_template) = template.split_once('{')?;
    let mut rest = text.strip_prefix(first)?;
    loop {
        let (name, after) = rest_template.split_once('}')?;
        let (literal, next) = after.split_once('{').map_or((after, None), |(literal, next)| (literal, Some(next)));
        let at = match (next, literal) {
            (None, _) => rest.strip_suffix(literal)?.len(),
            (Some(_), "") => return None,
            (Some(_), literal) => rest.find(literal)?,
        };
        values.push((name, rest.get(..at)?));
        rest = rest.get(at + literal.len()..)?;
        match next {
            Some(next) => rest_template = next,
            None => return Some(values),
        }
    }
}

/// Puts values into a template.
pub fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, (place, after))) = rest.split_once('{').and_then(|(b, r)| Some((b, r.split_once('}')?))) {
        text.push_str(before);
        let (name, particle) = place.split_once(':').unwrap_or((place, ""));
        let value = values.iter().find(|(known, _)| *known == name).map_or(place, |(_, value)| value);
        text.push_str(value);
        text.push_str(particle::after(value, particle));
        rest = after;
    }
    text + rest
}
