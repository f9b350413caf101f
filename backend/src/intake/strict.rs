//! JSON of which everybody reads the same: in UTF-8, and with no key twice in one object.
//!
//! Called by [`super::read_json`]. Of two values for one key some programs take the first and some the last; a gateway and
//! the server behind it must not differ.

use std::fmt;
use std::str::Utf8Error;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use shared::api::{Problem, shortly};

/// What some editors put before a text in UTF-8. It is no part of it.
const MARK: char = '\u{feff}';

/// Parses a request's body.
///
/// # Errors
/// 400 when it is not UTF-8 or not JSON, and for a key that is given twice.
pub fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let text = text_of(bytes).map_err(|_| not_json("it is not in UTF-8"))?;
    let parsed: Result<Strict, serde_json::Error> = serde_json::from_str(text);
    parsed.map(|Strict(value)| value).map_err(|error| {
        // Only `Strict` finds fault with what is JSON.
        if error.is_data() {
            Problem::new(400, "duplicate_key", format!("The request body has a key more than once: {error}."))
        } else {
            not_json(&error.to_string())
        }
    })
}

/// Returns a text without the mark of its byte order.
///
/// # Errors
/// When it is not UTF-8.
pub fn text_of(bytes: &[u8]) -> Result<&str, Utf8Error> {
    let text = str::from_utf8(bytes)?;
    Ok(text.strip_prefix(MARK).unwrap_or(text))
}

fn not_json(error: &str) -> Problem {
    Problem::new(400, "not_json", format!("The request body is not JSON: {error}."))
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Strict, D::Error> {
        from.deserialize_any(Reader).map(Strict)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(part)) = parts.next_element()? {
            list.push(part);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = parts.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("`{}`", shortly(&key))));
            }
            let Strict(value) = parts.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
