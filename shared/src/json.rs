//! Reading JSON with little code: all that the page receives goes through [`read()`].
//!
//! With `serde`'s `Deserialize` the compiler writes out a reader for each type and each way in which it can be written,
//! and those were a sixth of the page's program. Here a text becomes a tree ([`Json`]), and each type takes its parts
//! out of that by name ([`FromJson`], in [`crate::readers`]). What is written by `Serialize` is read as it was; a test compares
//! both over random runs. The server and the replicas read with `Deserialize`.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "JSON will have no further kinds; whoever wants one refuses the rest"
)]

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::map::Map;

/// Why a text could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// What was found; of a text that is no JSON, at which line and column.
    pub found: String,
    /// Whether the text ends too early.
    pub is_cut: bool,
}

impl Unread {
    /// Says what was found.
    pub(crate) fn new(found: &[&str]) -> Unread {
        Unread { found: found.concat(), is_cut: false }
    }

    fn within(self, name: &str) -> Unread {
        Unread { found: ["`", name, "`: ", &self.found].concat(), ..self }
    }

    /// Says that there is no such `name` among those that are known.
    pub fn unknown(name: &str) -> Unread {
        Unread::new(&["unknown: `", name, "`"])
    }
}

impl From<serde_json::Error> for Unread {
    fn from(error: serde_json::Error) -> Unread {
        Unread { found: error.to_string(), is_cut: error.is_eof() }
    }
}

/// A text's JSON as a tree; the parts of an object in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the kinds of JSON")]
pub enum Json {
    #[default]
    Null,
    Bool(bool),
    Natural(u64),
    Negative(i64),
    Real(f64),
    Text(String),
    List(Vec<Json>),
    Object(Parts),
}

/// The parts of an object that have not been taken yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts(Vec<(String, Json)>);

/// What can be read from JSON.
pub trait FromJson: Sized {
    /// Reads a value.
    ///
    /// # Errors
    /// When it is another value's JSON.
    fn from_json(json: Json) -> Result<Self, Unread>;

    /// Returns the value of a part that is left out, if it may be.
    fn absent() -> Option<Self> {
        None
    }
}

/// Reads a value from its JSON.
///
/// # Errors
/// When the text is no JSON, or another value's.
pub fn read<T: FromJson>(text: &str) -> Result<T, Unread> {
    T::from_json(parse(text)?)
}

fn parse(text: &str) -> Result<Json, Unread> {
    serde_json::from_str(text).map_err(Unread::from)
}

/// Reads any JSON with `Deserialize` as it is written. `serde_json`'s own reader of a [`Value`] takes an object with
/// one key of a private name for something else, where any crate of the build asks for that.
///
/// # Errors
/// When it is no JSON.
pub fn plain<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    Value::from_json(Json::deserialize(from)?).map_err(|unread| D::Error::custom(unread.found))
}

/// Returns the text of each value of a list, whatever they are: one that cannot be read does not spoil the others.
///
/// # Errors
/// When it is no list.
pub fn items(text: &str) -> Result<Vec<&str>, Unread> {
    let list = text.trim();
    let Some(mut rest) = list.strip_prefix('[').map(str::trim_start) else {
        return Err(Unread::new(&["this is no list"]));
    };
    let mut items = Vec::new();
    if rest == "]" {
        return Ok(items);
    }
    loop {
        // It passes over a value at any depth.
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        values.next().transpose()?;
        let (item, behind) = rest.split_at(values.byte_offset());
        items.push(item);
        match behind.trim_start().split_at_checked(1) {
            Some((",", more)) => rest = more.trim_start(),
            Some(("]", "")) => return Ok(items),
            None => return Err(Unread { found: "the list has no end".to_owned(), is_cut: true }),
            Some(_) => return Err(Unread::new(&["the list has no end"])),
        }
    }
}

impl Json {
    /// Returns the parts of an object; nothing has none.
    ///
    /// # Errors
    /// When it is no object.
    pub fn parts(self) -> Result<Parts, Unread> {
        match self {
            Json::Object(parts) => Ok(parts),
            Json::Null => Ok(Parts::default()),
            other => Err(other.is_not("an object")),
        }
    }

    /// Returns the name and the content of one of several variants.
    ///
    /// # Errors
    /// When it is neither a name nor an object with one part.
    pub fn variant(self) -> Result<(String, Json), Unread> {
        match self {
            Json::Text(name) => Ok((name, Json::Null)),
            Json::Object(Parts(mut parts)) if parts.len() == 1 => Ok(parts.remove(0)),
            other => Err(other.is_not("one of several things")),
        }
    }

    /// Returns a text.
    ///
    /// # Errors
    /// When it is none.
    pub fn text(self) -> Result<String, Unread> {
        match self {
            Json::Text(text) => Ok(text),
            other => Err(other.is_not("a text")),
        }
    }

    /// Returns a whole number, as such or written as a text, as the names of parts are.
    pub(crate) fn number(self) -> Result<u64, Unread> {
        match self {
            Json::Natural(number) => Ok(number),
            Json::Text(text) => text.parse().map_err(|_| Json::Text(text).is_not("a whole number")),
            other => Err(other.is_not("a whole number")),
        }
    }

    pub(crate) fn is_not(&self, expected: &str) -> Unread {
        let kind = match self {
            Json::Null => "nothing",
            Json::Bool(_) => "yes or no",
            Json::Natural(_) | Json::Negative(_) | Json::Real(_) => "a number",
            Json::Text(_) => "a text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        };
        Unread::new(&["found ", kind, ", expected ", expected])
    }
}

impl Parts {
    /// Takes a part out.
    ///
    /// # Errors
    /// When it is another value's, or left out and may not be.
    pub fn part<T: FromJson>(&mut self, name: &str) -> Result<T, Unread> {
        match self.take(name) {
            Some(json) => T::from_json(json).map_err(|unread| unread.within(name)),
            None => T::absent().ok_or_else(|| Unread::new(&["`", name, "` is missing"])),
        }
    }

    /// Takes a part out that may be left out.
    ///
    /// # Errors
    /// When it is another value's.
    pub fn part_or_default<T: FromJson + Default>(&mut self, name: &str) -> Result<T, Unread> {
        Ok(self.part::<Option<T>>(name)?.unwrap_or_default())
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        let (_, json) = self.0.iter_mut().find(|(other, _)| other == name)?;
        Some(std::mem::take(json))
    }
}

impl FromJson for bool {
    fn from_json(json: Json) -> Result<bool, Unread> {
        match json {
            Json::Bool(value) => Ok(value),
            other => Err(other.is_not("yes or no")),
        }
    }
}

impl FromJson for u64 {
    fn from_json(json: Json) -> Result<u64, Unread> {
        json.number()
    }
}

/// Smaller numbers.
macro_rules! number {
    ($($number:ty),*) => {$(
        impl FromJson for $number {
            fn from_json(json: Json) -> Result<$number, Unread> {
                <$number>::try_from(json.number()?).map_err(|_| Unread::new(&["a number is too large"]))
            }
        }
    )*};
}

number!(u8, u16, usize);

impl FromJson for String {
    fn from_json(json: Json) -> Result<String, Unread> {
        json.text()
    }
}

impl FromJson for std::sync::Arc<str> {
    fn from_json(json: Json) -> Result<Self, Unread> {
        json.text().map(Into::into)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: Json) -> Result<Option<T>, Unread> {
        if json == Json::Null { Ok(None) } else { T::from_json(json).map(Some) }
    }

    fn absent() -> Option<Option<T>> {
        Some(None)
    }
}

/// A list that is left out is empty.
impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: Json) -> Result<Vec<T>, Unread> {
        let Json::List(list) = json else { return Err(json.is_not("a list")) };
        let mut values = Vec::with_capacity(list.len());
        for json in list {
            values.push(T::from_json(json)?);
        }
        Ok(values)
    }

    fn absent() -> Option<Vec<T>> {
        Some(Vec::new())
    }
}

impl<A: FromJson, B: FromJson> FromJson for (A, B) {
    fn from_json(json: Json) -> Result<(A, B), Unread> {
        match json {
            Json::List(mut list) if list.len() == 2 => {
                let second = list.pop().unwrap_or_default();
                Ok((A::from_json(list.pop().unwrap_or_default())?, B::from_json(second)?))
            }
            other => Err(other.is_not("a pair")),
        }
    }
}

impl<K: FromJson + Ord, V: FromJson> FromJson for Map<K, V> {
    fn from_json(json: Json) -> Result<Map<K, V>, Unread> {
        let mut map = Map::new();
        for (key, value) in json.parts()?.0 {
            map.insert(K::from_json(Json::Text(key))?, V::from_json(value)?);
        }
        Ok(map)
    }

    fn absent() -> Option<Map<K, V>> {
        Some(Map::new())
    }
}

impl FromJson for Value {
    fn from_json(json: Json) -> Result<Value, Unread> {
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Natural(number) => number.into(),
            Json::Negative(number) => number.into(),
            Json::Real(number) => number.into(),
            Json::Text(text) => Value::String(text),
            Json::List(_) => Value::Array(Vec::from_json(json)?),
            Json::Object(Parts(parts)) => {
                let mut object = serde_json::Map::new();
                for (name, part) in parts {
                    object.insert(name, Value::from_json(part)?);
                }
                Value::Object(object)
            }
        })
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Json, D::Error> {
        from.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Natural(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Negative(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Real(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(part) = parts.next_element()? {
            list.push(part);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(part) = parts.next_entry()? {
            object.push(part);
        }
        Ok(Json::Object(Parts(object)))
    }
}

#[cfg(test)]
pub(crate) mod tests;
