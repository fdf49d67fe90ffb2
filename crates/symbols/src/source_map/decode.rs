//! A map taken apart: one list of mappings, whatever the map was made of.

use std::borrow::Cow;
use std::mem;

use super::error::MapError;
use super::functions::FunctionMap;
use super::json::{self, RawMap};
use super::vlq;
use crate::{bounded, limits};

/// Says that a mapping has no such thing.
pub(super) const NONE: u32 = u32::MAX;

/// One point of the script. Lines and columns are from 0, columns in UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) target: Target,
}

/// Where a point comes from; [`NONE`] where there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) source: u32,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) name: u32,
}

/// A source of a map.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) content: Option<Cow<'a, str>>,
    /// Debuggers are to step over it: third-party code.
    pub(super) is_ignored: bool,
    pub(super) functions: Option<FunctionMap<'a>>,
}

/// A map taken apart.
#[derive(Debug, Default)]
pub(super) struct Decoded<'a> {
    /// In the order of the script.
    pub(super) mappings: Vec<Mapping>,
    pub(super) sources: Vec<Source<'a>>,
    pub(super) names: Vec<Cow<'a, str>>,
}

impl Decoded<'_> {
    /// The last mapping at or before a point, whatever line it is in.
    pub(super) fn at_or_before(&self, line: u32, column: u32) -> Option<&Mapping> {
        let after = self.mappings.partition_point(|m| (m.line, m.column) <= (line, column));
        self.mappings.get(after.checked_sub(1)?)
    }

    pub(super) fn name(&self, name: u32) -> Option<&str> {
        self.names.get(usize::try_from(name).ok()?).map(|name| bounded::name(name))
    }
}

/// A point, as line and column from 0.
type Point = (u32, u32);

/// Takes a map apart. Sections become part of one list.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, MapError> {
    let mut decoded = Decoded::default();
    let mut sections = 0;
    let end = (u32::MAX, u32::MAX);
    // Sections in sections are rare, and must not make this call itself.
    let mut waiting: Vec<(Point, Point, RawMap<'_>)> = vec![((0, 0), end, json::parse(bytes)?)];
    while let Some((start, end, mut map)) = waiting.pop() {
        let Some(parts) = map.sections.take() else {
            add(&mut decoded, start, end, map)?;
            continue;
        };
        sections += parts.0.len();
        if sections > limits::MAP_SECTIONS_MAX {
            return Err(MapError::TooMany { what: "sections", max: limits::MAP_SECTIONS_MAX });
        }
        let mut starts = Vec::with_capacity(parts.0.len());
        for part in parts.0 {
            let Some(map) = part.map else { return Err(MapError::SectionElsewhere) };
            starts.push((shifted(start, (part.offset.line, part.offset.column)), map));
        }
        starts.sort_by_key(|(start, _)| *start);
        // What is taken from the end of the list comes first in the script.
        let mut end = end;
        for (start, map) in starts.into_iter().rev() {
            waiting.push((start, end, *map));
            end = end.min(start);
        }
    }
    if !decoded.mappings.is_sorted_by_key(|mapping| (mapping.line, mapping.column)) {
        decoded.mappings.sort_by_key(|mapping| (mapping.line, mapping.column));
    }
    Ok(decoded)
}

/// A point of a part that starts at `start`.
fn shifted(start: Point, point: Point) -> Point {
    let column = if point.0 == 0 { start.1 } else { 0 };
    (start.0.saturating_add(point.0), column.saturating_add(point.1))
}

/// Adds a map without sections, which is for the script from `start` to `end`.
fn add<'a>(
    decoded: &mut Decoded<'a>,
    start: Point,
    end: Point,
    mut map: RawMap<'a>,
) -> Result<(), MapError> {
    let Some(mappings) = map.mappings.take() else { return Err(MapError::NoMappings) };
    let (first_source, first_name) = (decoded.sources.len(), decoded.names.len());
    add_sources(decoded, &mut map)?;
    let names = mem::take(&mut map.names.0);
    decoded.names.extend(names.into_iter().map(|name| name.unwrap_or_default().0));
    if decoded.names.len() > limits::MAP_NAMES_MAX {
        return Err(MapError::TooMany { what: "names", max: limits::MAP_NAMES_MAX });
    }
    let mut reader = Reader {
        sources: first_source..decoded.sources.len(),
        names: first_name..decoded.names.len(),
        running: Target { source: 0, line: 0, column: 0, name: 0 },
    };
    let text = mappings.0.as_bytes();
    for (line, segments) in text.split(|byte| *byte == b';').enumerate() {
        let mut column = 0;
        for segment in segments.split(|byte| *byte == b',').filter(|text| !text.is_empty()) {
            let wrong = |what| MapError::Segment { line: line + 1, what };
            let target = reader.segment(segment, &mut column).map_err(wrong)?;
            let line = u32::try_from(line).or(Err(wrong("there are too many lines")))?;
            let (line, column) = shifted(start, (line, column));
            let is_new = decoded.mappings.last().is_none_or(|last| last.target != target);
            let is_inside = (line, column) < end;
            let is_first = decoded.mappings.last().is_none_or(|last| last.line != line);
            if is_inside && (is_new || is_first) {
                decoded.mappings.push(Mapping { line, column, target });
            }
        }
        if decoded.mappings.len() > limits::MAPPINGS_MAX {
            return Err(MapError::TooMany { what: "mappings", max: limits::MAPPINGS_MAX });
        }
    }
    Ok(())
}

fn add_sources<'a>(decoded: &mut Decoded<'a>, map: &mut RawMap<'a>) -> Result<(), MapError> {
    let root = map.source_root.0.trim_end_matches('/');
    let ignored =
        mem::take(&mut map.ignored.0).into_iter().chain(mem::take(&mut map.ignored_before.0));
    let mut contents = mem::take(&mut map.contents.0).into_iter();
    let mut functions = mem::take(&mut map.functions.0).into_iter();
    let first = decoded.sources.len();
    for name in mem::take(&mut map.sources.0) {
        let name = name.unwrap_or_default().0;
        let raw = functions.next().and_then(|first| first.0);
        let root = if is_absolute(&name) { "" } else { root };
        decoded.sources.push(Source {
            name: bounded::source(root, name),
            content: contents.next().flatten().map(|text| text.0),
            is_ignored: false,
            functions: raw.and_then(FunctionMap::new),
        });
    }
    for place in ignored {
        let place = usize::try_from(place).ok().and_then(|place| first.checked_add(place));
        if let Some(source) = place.and_then(|place| decoded.sources.get_mut(place)) {
            source.is_ignored = true;
        }
    }
    if decoded.sources.len() > limits::MAP_SOURCES_MAX {
        return Err(MapError::TooMany { what: "sources", max: limits::MAP_SOURCES_MAX });
    }
    Ok(())
}

fn is_absolute(source: &str) -> bool {
    source.starts_with('/') || source.contains("://")
}

/// Reads segments, each of which is relative to the one before.
struct Reader {
    sources: std::ops::Range<usize>,
    names: std::ops::Range<usize>,
    running: Target,
}

impl Reader {
    fn segment(&mut self, text: &[u8], column: &mut u32) -> Result<Target, &'static str> {
        const OUT: &str = "a number is negative or too large";
        let numbers = vlq::segment(text).ok_or("a segment is not in base 64 VLQ")?;
        let (first, rest) = numbers.as_slice().split_first().ok_or("a segment is empty")?;
        vlq::moved(column, *first).ok_or(OUT)?;
        let mut target = Target { source: NONE, line: NONE, column: NONE, name: NONE };
        let (place, name) = match rest {
            [] => return Ok(target),
            [source, line, column] => ([source, line, column], None),
            [source, line, column, name] => ([source, line, column], Some(name)),
            _ => return Err("a segment has neither 1, 4 nor 5 numbers"),
        };
        let source = vlq::moved(&mut self.running.source, *place[0]).ok_or(OUT)?;
        target.source = among(&self.sources, source).ok_or("a segment is in no source")?;
        target.line = vlq::moved(&mut self.running.line, *place[1]).ok_or(OUT)?;
        target.column = vlq::moved(&mut self.running.column, *place[2]).ok_or(OUT)?;
        if let Some(name) = name {
            let name = vlq::moved(&mut self.running.name, *name).ok_or(OUT)?;
            target.name = among(&self.names, name).ok_or("a segment has a name that is none")?;
        }
        Ok(target)
    }
}

/// The place in the list of all of what is at `place` in one map's.
fn among(range: &std::ops::Range<usize>, place: u32) -> Option<u32> {
    let place = range.start.checked_add(usize::try_from(place).ok()?)?;
    range.contains(&place).then(|| u32::try_from(place).ok())?
}
