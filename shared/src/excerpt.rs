//! Excerpts: how the feed shows what may be long, by its beginning, how much follows, and a hash of the whole.
//!
//! Used for the bodies of notes ([`crate::note`]) and for requests and replies ([`crate::request`]). All share the
//! feed: what one of them sends or reads costs it a bounded part. An excerpt is flat, so that whoever reads the feed
//! can read it: `serde_json` reads 128 levels, and a client's text may have as many by itself.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::hash;

/// How many characters of one text are shown.
pub const TEXT: usize = 200;
/// About how many characters of one body are shown in all.
pub const BODY: usize = 2_000;
/// How many levels of lists and objects are kept; what is deeper is shown as a text.
pub const LEVELS: usize = 4;

/// Returns a text as the feed shows it, so that two that differ anywhere look different; `None` when it is shown whole.
pub fn of_text(text: &str) -> Option<String> {
    let (end, _) = text.char_indices().nth(TEXT)?;
    let (beginning, rest) = text.split_at(end);
    Some(format!("{beginning}… {}", left_out(rest.chars().count(), hash::of_text(text))))
}

/// Returns a body of a request or of an answer as the feed shows it.
pub fn of_json(body: &Value) -> Value {
    Teller { left: BODY }.tell(body, LEVELS)
}

fn left_out(count: usize, hash: u64) -> String {
    format!("(+{count} #{hash:016x})")
}

/// Tells one body.
struct Teller {
    /// How many characters may still be shown.
    left: usize,
}

impl Teller {
    fn tell(&mut self, value: &Value, levels: usize) -> Value {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                self.spend(value.to_string().len());
                value.clone()
            }
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(_) | Value::Object(_) if levels == 0 => Value::String(self.text(&value.to_string())),
            Value::Array(list) => self.list(value, list, levels - 1),
            Value::Object(parts) => self.object(value, parts, levels - 1),
        }
    }

    fn list(&mut self, whole: &Value, list: &[Value], levels: usize) -> Value {
        let mut told = Vec::new();
        for part in list {
            if !self.spend(1) {
                told.push(Value::String(format!("… {}", left_out(list.len() - told.len(), hash::of_json(whole)))));
                break;
            }
            told.push(self.tell(part, levels));
        }
        Value::Array(told)
    }

    fn object(&mut self, whole: &Value, parts: &Map<String, Value>, levels: usize) -> Value {
        let mut told = Map::new();
        for (key, part) in parts {
            if !self.spend(1) {
                let rest = left_out(parts.len() - told.len(), hash::of_json(whole));
                told.insert("…".to_owned(), Value::String(rest));
                break;
            }
            let key = self.text(key);
            told.insert(key, self.tell(part, levels));
        }
        Value::Object(told)
    }

    fn text(&mut self, text: &str) -> String {
        let told = of_text(text).map_or(Cow::Borrowed(text), Cow::Owned);
        self.spend(told.chars().count());
        told.into_owned()
    }

    /// Takes so many characters off; returns whether there were any left.
    fn spend(&mut self, count: usize) -> bool {
        let had_some = self.left > 0;
        self.left = self.left.saturating_sub(count);
        had_some
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns how deep lists and objects are nested.
    fn levels(value: &Value) -> usize {
        match value {
            Value::Array(list) => 1 + list.iter().map(levels).max().unwrap_or(0),
            Value::Object(parts) => 1 + parts.values().map(levels).max().unwrap_or(0),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        }
    }

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!("x"), |value, level| if level % 2 == 0 { json!([value]) } else { json!({ "a": value }) })
    }

    #[test]
    fn what_is_short_is_told_whole() {
        for body in [json!({ "title": "é".repeat(TEXT), "body": "b", "n": [1, null, 0.5, {}] }), json!([]), json!("")]
        {
            assert_eq!(of_json(&body), body);
        }
    }

    #[test]
    fn a_list_is_told_by_its_beginning_and_differs_by_its_end() {
        let list = |end: &str| {
            let note = |id| json!({ "title": if id == 4_999 { end } else { "t" }, "body": "b".repeat(400), "id": id });
            of_json(&json!({ "res": true, "notes": (0..5_000).map(note).collect::<Vec<_>>() }))
        };
        let told = list("one");
        assert!(told.to_string().len() < 2 * BODY, "{} bytes", told.to_string().len());
        assert_eq!(told["notes"][0]["id"], 0);
        let notes = told["notes"].as_array().expect("a list");
        let rest = notes.last().and_then(Value::as_str).expect("a word on the others");
        assert!(rest.starts_with(&format!("… (+{} #", 5_000 - (notes.len() - 1))), "{rest}");
        assert_ne!(told, list("other"));
    }

    #[test]
    fn whatever_it_is_it_is_short_and_flat() {
        let wide: Map<String, Value> = (0..5_000).map(|n| (n.to_string(), json!([[n]]))).collect();
        let long: Map<String, Value> = [("k".repeat(60_000), json!("v"))].into_iter().collect();
        let bodies = [nested(127), nested(LEVELS + 1), wide.into(), long.into(), json!(vec![json!([]); 30_000])];
        for body in bodies {
            let told = of_json(&body);
            assert!(levels(&told) <= LEVELS && told.to_string().len() < 6 * BODY, "{told}");
            assert_ne!(told, body);
        }
    }
}
