//! Reading JSON with little code: everything that the page is told goes through [`read()`].
//!
//! `serde_json` would have the compiler write out its parser once more for each type that is read, and each type once
//! for objects and once for arrays. Here the text becomes a tree first, of one type, and a type is read from objects
//! alone: a fifth less to download. What is accepted is the same, but for structures that are written as arrays.

use std::fmt;

use serde::de::value::StringDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What was found, where it is known with its line and column.
    pub found: String,
    /// Whether the text ends too early.
    pub is_cut: bool,
}

/// Reads a value from its JSON.
///
/// # Errors
/// When the text is no JSON, or another value's.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unread> {
    T::deserialize(parse(text)?)
}

fn parse(text: &str) -> Result<Json, Unread> {
    serde_json::from_str(text).map_err(|error| Unread { found: error.to_string(), is_cut: error.is_eof() })
}

/// A text's JSON as a tree; the parts of an object in the order in which they were written.
enum Json {
    Null,
    Bool(bool),
    Natural(u64),
    Negative(i64),
    Real(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
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
        Ok(Json::Object(object))
    }
}

impl Json {
    fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Json::Null => Unexpected::Unit,
            Json::Bool(value) => Unexpected::Bool(*value),
            Json::Natural(value) => Unexpected::Unsigned(*value),
            Json::Negative(value) => Unexpected::Signed(*value),
            Json::Real(value) => Unexpected::Float(*value),
            Json::Text(value) => Unexpected::Str(value),
            Json::List(_) => Unexpected::Seq,
            Json::Object(_) => Unexpected::Map,
        }
    }

    fn is_not(&self, expected: &dyn Expected) -> Unread {
        de::Error::invalid_type(self.unexpected(), expected)
    }
}

impl<'de> Deserializer<'de> for Json {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(value),
            Json::Natural(value) => visitor.visit_u64(value),
            Json::Negative(value) => visitor.visit_i64(value),
            Json::Real(value) => visitor.visit_f64(value),
            Json::Text(value) => visitor.visit_string(value),
            Json::List(list) => visitor.visit_seq(List(list.into_iter())),
            Json::Object(object) => visitor.visit_map(Object { parts: object.into_iter(), value: Json::Null }),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self {
            Json::Bool(value) => visitor.visit_bool(value),
            other => Err(other.is_not(&visitor)),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self {
            Json::Natural(value) => visitor.visit_u64(value),
            other => Err(other.is_not(&visitor)),
        }
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self {
            Json::Text(value) => visitor.visit_string(value),
            other => Err(other.is_not(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        if matches!(self, Json::Null) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self {
            Json::List(list) => visitor.visit_seq(List(list.into_iter())),
            other => Err(other.is_not(&visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self {
            Json::Object(object) => visitor.visit_map(Object { parts: object.into_iter(), value: Json::Null }),
            other => Err(other.is_not(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        match self {
            Json::Text(name) => visitor.visit_enum(Variant { name, value: Json::Null }),
            Json::Object(mut object) if object.len() == 1 => {
                let (name, value) = object.remove(0);
                visitor.visit_enum(Variant { name, value })
            }
            other => Err(other.is_not(&visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { i8 i16 i32 i64 f32 f64 char bytes byte_buf unit unit_struct tuple_struct identifier }
}

struct List(std::vec::IntoIter<Json>);

impl<'de> SeqAccess<'de> for List {
    type Error = Unread;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unread> {
        self.0.next().map(|part| seed.deserialize(part)).transpose()
    }
}

struct Object {
    parts: std::vec::IntoIter<(String, Json)>,
    value: Json,
}

impl<'de> MapAccess<'de> for Object {
    type Error = Unread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unread> {
        let Some((key, value)) = self.parts.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(Key(key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Unread> {
        seed.deserialize(std::mem::replace(&mut self.value, Json::Null))
    }
}

/// The key of a part of an object: a text, or a number that is written as one.
struct Key(String);

impl<'de> Deserializer<'de> for Key {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_str(&self.0)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self.0.parse() {
            Ok(value) => visitor.visit_u64(value),
            Err(_) => Err(de::Error::invalid_type(Unexpected::Str(&self.0), &visitor)),
        }
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u16 u32 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct
        map struct enum identifier ignored_any
    }
}

/// A variant's name and what is in it.
struct Variant {
    name: String,
    value: Json,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Unread;
    type Variant = Json;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Json), Unread> {
        let name: StringDeserializer<Unread> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.value))
    }
}

impl<'de> VariantAccess<'de> for Json {
    type Error = Unread;

    fn unit_variant(self) -> Result<(), Unread> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unread> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_map(visitor)
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.found)
    }
}

impl std::error::Error for Unread {}

impl de::Error for Unread {
    fn custom<T: fmt::Display>(found: T) -> Unread {
        Unread { found: found.to_string(), is_cut: false }
    }

    fn missing_field(field: &'static str) -> Unread {
        Unread { found: ["missing field `", field, "`"].concat(), is_cut: false }
    }

    fn duplicate_field(field: &'static str) -> Unread {
        Unread { found: ["duplicate field `", field, "`"].concat(), is_cut: false }
    }

    fn unknown_variant(variant: &str, _: &'static [&'static str]) -> Unread {
        Unread { found: ["unknown variant `", variant, "`"].concat(), is_cut: false }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use shared::event::Event;
    use shared::sim::random_world;
    use shared::view::ClusterView;

    use super::*;

    #[test]
    fn everything_that_the_feed_says_is_read_as_serde_json_reads_it() {
        for seed in 1..40 {
            let world = random_world(seed).1;
            let text = serde_json::to_string(&world.view).expect("a view can be written");
            assert_eq!(read::<ClusterView>(&text).as_ref(), Ok(&world.view));
            let text = serde_json::to_string(&world.events).expect("events can be written");
            assert_eq!(read::<Vec<Event>>(&text).as_ref(), Ok(&world.events));
        }
    }

    #[test]
    fn any_json_is_read_as_it_is() {
        let text = r#"{"a":[1,-2,0.5,true,null,"\u00e9"],"b":{},"c":18446744073709551615}"#;
        assert_eq!(read::<Value>(text).ok(), serde_json::from_str(text).ok());
    }

    #[test]
    fn what_is_wrong_is_told() {
        let found = |text: &str| read::<Event>(text).expect_err("it is no event");
        assert_eq!((found("{}").found.as_str(), found("{}").is_cut), ("missing field `seq`", false));
        assert_eq!(found("[1]").found, "invalid type: sequence, expected struct Event");
        assert!(found(r#"{"seq":1,"#).is_cut);
        assert_eq!(found(r#"{"seq":-1}"#).found, "invalid type: integer `-1`, expected u64");
        let unknown = r#"{"seq":1,"at":1,"node":"r1","stamp":{"lamport":1,"vector":[]},"kind":"x"}"#;
        assert!(found(unknown).found.contains("unknown variant `x`"), "{}", found(unknown));
    }
}
