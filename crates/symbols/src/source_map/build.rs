//! Writes what lookups need.

use std::borrow::Cow;
use std::collections::HashMap;

use super::decode::{self, Decoded, NONE, Source};
use super::error::MapError;
use super::format::{ANONYMOUS, MAGIC, NO_SCOPE, VERSION};
use super::names::{self, Around};
use crate::limits;
use crate::script;

/// Makes of a map, and of the script it is for, bytes that [`super::SourceMap`] answers from.
///
/// Without the script, functions have the names they have in the script, unless the map knows them.
///
/// # Errors
///
/// Says what is wrong with the map. A script that cannot be read costs names, no more.
pub fn build(map: &[u8], script: Option<&str>) -> Result<Vec<u8>, MapError> {
    let bytes = map.len().max(script.map_or(0, str::len));
    if bytes > limits::ARTIFACT_BYTES_MAX {
        return Err(MapError::TooLarge { bytes });
    }
    let mut decoded = decode::decode(map)?;
    let mut out = Out::default();
    add_scopes(&mut out, &decoded, script);
    add_mappings(&mut out, &decoded);
    // From here on, each source is given back as it was written.
    for source in std::mem::take(&mut decoded.sources) {
        out.source(source);
    }
    Ok(out.finish())
}

fn add_scopes(out: &mut Out, decoded: &Decoded<'_>, script: Option<&str>) {
    let knows_functions = decoded.sources.iter().any(|source| source.functions.is_some());
    let changes = match script {
        _ if knows_functions => names::in_map(decoded),
        Some(script) => names::in_script(script, decoded),
        None => Vec::new(),
    };
    let mut known: HashMap<Cow<'_, str>, u32> = HashMap::new();
    for change in changes {
        let name = match change.scope {
            Around::Nothing => NO_SCOPE,
            Around::Anonymous => ANONYMOUS,
            Around::Function(name) => {
                let found = known.get(&name).copied();
                found.unwrap_or_else(|| {
                    let place = out.string(&name);
                    known.insert(name, place);
                    place
                })
            }
        };
        for value in [change.line, change.column, name] {
            out.scopes.extend(value.to_le_bytes());
        }
    }
}

fn add_mappings(out: &mut Out, decoded: &Decoded<'_>) {
    let mut places: Vec<u32> = vec![NONE; decoded.names.len()];
    out.mappings.reserve_exact(decoded.mappings.len() * 24);
    for mapping in &decoded.mappings {
        let target = mapping.target;
        let name = usize::try_from(target.name).ok().and_then(|name| {
            let (place, text) = (places.get_mut(name)?, decoded.names.get(name)?);
            if *place == NONE {
                *place = out.string(text);
            }
            Some(*place)
        });
        for value in [
            mapping.line,
            mapping.column,
            target.source,
            target.line,
            target.column,
            name.unwrap_or(NONE),
        ] {
            out.mappings.extend(value.to_le_bytes());
        }
    }
}

/// The parts of what is written, which [`super::format`] describes.
#[derive(Default)]
struct Out {
    mappings: Vec<u8>,
    scopes: Vec<u8>,
    sources: Vec<u8>,
    strings: Vec<u8>,
    lines: Vec<u8>,
    text: Vec<u8>,
}

impl Out {
    /// Texts are shorter than what they came from, which is not longer than 4 GiB.
    fn text(&mut self, text: &str) -> [u32; 2] {
        let place = [self.text.len(), text.len()];
        self.text.extend_from_slice(text.as_bytes());
        place.map(|value| u32::try_from(value).unwrap_or(u32::MAX))
    }

    fn string(&mut self, text: &str) -> u32 {
        let number = u32::try_from(self.strings.len() / 8).unwrap_or(NO_SCOPE);
        for value in self.text(text) {
            self.strings.extend(value.to_le_bytes());
        }
        number
    }

    fn source(&mut self, source: Source<'_>) {
        let [name, name_bytes] = self.text(&source.name);
        let first_line = u32::try_from(self.lines.len() / 4).unwrap_or(u32::MAX);
        let (mut lines, mut content, mut bytes) = (0, 0, 0);
        if let Some(text) = source.content {
            [content, bytes] = self.text(&text);
            let starts = script::line_starts(&text);
            lines = u32::try_from(starts.len()).unwrap_or(0);
            self.lines.extend(starts.into_iter().flat_map(u32::to_le_bytes));
        }
        let flags = u32::from(source.is_ignored);
        for value in [name, name_bytes, content, bytes, first_line, lines, flags] {
            self.sources.extend(value.to_le_bytes());
        }
    }

    fn finish(self) -> Vec<u8> {
        let parts = [self.mappings, self.scopes, self.sources, self.strings, self.lines, self.text];
        let bytes = parts.iter().map(Vec::len).sum::<usize>() + 4 * (2 + parts.len());
        let mut out = Vec::with_capacity(bytes);
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        for part in &parts {
            out.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
        for part in parts {
            out.extend(part);
        }
        out
    }
}
