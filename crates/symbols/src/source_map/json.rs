//! The JSON of a source map: plain, with sections, and with what React Native adds.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::error::MapError;
use crate::debug_id::DebugId;
use crate::limits;

/// A map as it is written. All fields that are of no use here are skipped.
#[derive(serde::Deserialize)]
pub(super) struct RawMap<'a> {
    #[serde(borrow)]
    pub(super) mappings: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) sources: Texts<'a, { limits::MAP_SOURCES_MAX }>,
    #[serde(borrow, default, rename = "sourceRoot")]
    pub(super) source_root: Text<'a>,
    #[serde(borrow, default, rename = "sourcesContent")]
    pub(super) contents: Texts<'a, { limits::MAP_SOURCES_MAX }>,
    #[serde(borrow, default)]
    pub(super) names: Texts<'a, { limits::MAP_NAMES_MAX }>,
    #[serde(default, rename = "ignoreList")]
    pub(super) ignored: List<u32, { limits::MAP_SOURCES_MAX }>,
    /// As browsers called it before it was part of the standard. Some tools write both.
    #[serde(default, rename = "x_google_ignoreList")]
    pub(super) ignored_before: List<u32, { limits::MAP_SOURCES_MAX }>,
    #[serde(borrow, default, rename = "x_facebook_sources")]
    pub(super) functions: List<First<RawFunctions<'a>>, { limits::MAP_SOURCES_MAX }>,
    #[serde(borrow, default)]
    pub(super) sections: Option<List<RawSection<'a>, { limits::MAP_SECTIONS_MAX }>>,
}

/// What React Native knows about the functions of a source.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct RawFunctions<'a> {
    #[serde(borrow)]
    pub(super) names: Texts<'a, { limits::MAP_NAMES_MAX }>,
    #[serde(borrow)]
    pub(super) mappings: Text<'a>,
}

/// A map for a part of the script.
#[derive(serde::Deserialize)]
pub(super) struct RawSection<'a> {
    pub(super) offset: RawOffset,
    #[serde(borrow)]
    pub(super) map: Option<Box<RawMap<'a>>>,
}

/// Where a section starts, both from 0.
#[derive(Clone, Copy, serde::Deserialize)]
pub(super) struct RawOffset {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// Reads the JSON, also behind the line that keeps scripts from including it.
///
/// Source: ECMA-426, "JSON over HTTP Transport".
pub(super) fn parse(bytes: &[u8]) -> Result<RawMap<'_>, MapError> {
    serde_json::from_slice(without_guard(bytes)).map_err(MapError::Json)
}

/// The debug id in a map. `debug_id` counts before `debugId`, as for Sentry's tools.
pub(super) fn debug_id(bytes: &[u8]) -> Option<DebugId> {
    #[derive(serde::Deserialize)]
    struct Ids<'a> {
        #[serde(borrow, default)]
        debug_id: Text<'a>,
        #[serde(borrow, default, rename = "debugId")]
        camel: Text<'a>,
    }
    let ids: Ids<'_> = serde_json::from_slice(without_guard(bytes)).ok()?;
    ids.debug_id.0.parse().or_else(|_| ids.camel.0.parse()).ok()
}

fn without_guard(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if !bytes.starts_with(b")]}") {
        return bytes;
    }
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    bytes.get(line..).unwrap_or_default()
}

/// A text; what is something else, as in maps that were put together by hand, is made one.
#[derive(Debug, Default, Clone)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextVisitor(PhantomData)).map(Self)
    }
}

/// A list of not more than a limit. One that is missing, or `null`, is empty.
#[derive(Debug)]
pub(super) struct List<T, const MAX: usize>(pub(super) Vec<T>);

/// Texts, of which some may be missing.
pub(super) type Texts<'a, const MAX: usize> = List<Option<Text<'a>>, MAX>;

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ListVisitor(PhantomData))
    }
}

/// The first of a list, whatever follows it.
#[derive(Debug)]
pub(super) struct First<T>(pub(super) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FirstVisitor(PhantomData))
    }
}

struct TextVisitor<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for TextVisitor<'a> {
    type Value = Cow<'a, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Cow::default())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Cow::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cow::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cow::default())
    }
}

struct ListVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
    type Value = List<T, MAX>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(List::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() == MAX {
                return Err(A::Error::custom(format_args!("more than {MAX} in a list")));
            }
            list.push(item);
        }
        Ok(List(list))
    }
}

struct FirstVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstVisitor<T> {
    type Value = First<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(First(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let first = items.next_element::<Option<T>>()?.flatten();
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(First(first))
    }
}
