//! A built map as bytes, and lookups in them. All numbers are of 32 bits, little endian.
//!
//! A header: four letters, the version, the length of each part in bytes. Then the parts:
//! mappings (line and column in the script, source, line, column, name), functions (line and column
//! from which on one is around, its name), sources (name, content, lines of content, flags), strings
//! (start and length in the text), lines (their starts in the content), and the text.

use super::context::{self, Context};
use super::{Location, Scope};

pub(super) const MAGIC: [u8; 4] = *b"PWSM";
/// What [`super::build`] writes. To be raised whenever that changes, or what it means.
pub const VERSION: u32 = 1;
/// Instead of the name of a function: there is none.
pub(super) const NO_SCOPE: u32 = u32::MAX;
/// Instead of the name of a function: it has none.
pub(super) const ANONYMOUS: u32 = u32::MAX - 1;

const PARTS: usize = 6;
const HEADER_BYTES: usize = 4 * (2 + PARTS);
/// Numbers of one record of each part.
const MAPPING: usize = 6;
const SCOPE: usize = 3;
const SOURCE: usize = 7;
const STRING: usize = 2;
const FLAG_IGNORED: u32 = 1;

/// Bytes that are not a built map, or one of another version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a built source map of this version")]
pub struct FormatError;

/// A built map. Bytes that were changed may give other answers or none, and no more than that.
#[derive(Debug, Clone)]
pub struct SourceMap<B> {
    bytes: B,
    /// Where the parts end. The first starts behind the header.
    ends: [usize; PARTS],
}

impl<B: AsRef<[u8]>> SourceMap<B> {
    /// Takes what [`super::build`] made.
    ///
    /// # Errors
    ///
    /// When it is something else; then it is to be built again.
    pub fn parse(bytes: B) -> Result<Self, FormatError> {
        let all = bytes.as_ref();
        if !all.starts_with(&MAGIC) || number(all, 1) != Some(VERSION) {
            return Err(FormatError);
        }
        let mut ends = [0; PARTS];
        let mut end = HEADER_BYTES;
        for (part, place) in ends.iter_mut().enumerate() {
            let length = number(all, 2 + part).and_then(|length| usize::try_from(length).ok());
            end = length.and_then(|length| end.checked_add(length)).ok_or(FormatError)?;
            *place = end;
        }
        if end != all.len() {
            return Err(FormatError);
        }
        Ok(Self { bytes, ends })
    }

    /// Bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        self.bytes.as_ref().len()
    }

    /// Where a place in the script comes from; both numbers from 1, the column in UTF-16 units.
    /// `None` where the map knows nothing.
    pub fn lookup(&self, line: u32, column: u32) -> Option<Location<'_>> {
        let point = (line.checked_sub(1)?, column.checked_sub(1)?);
        let mappings = self.part(0);
        let mapping = last_at(mappings, MAPPING, point)?;
        let value = |number_of| number(mappings, mapping * MAPPING + number_of);
        // What is not on this line maps what is left of its own.
        if value(0)? != point.0 {
            return None;
        }
        let source_number = value(2)?;
        let source = self.source(source_number)?;
        let scopes = self.part(1);
        let scope = last_at(scopes, SCOPE, point).and_then(|at| number(scopes, at * SCOPE + 2));
        Some(Location {
            source: self.text(source[0], source[1])?,
            line: value(3)?.checked_add(1)?,
            column: value(4)?.checked_add(1)?,
            token: self.string(value(5)?),
            scope: match scope {
                None | Some(NO_SCOPE) => Scope::Unknown,
                Some(ANONYMOUS) => Scope::Anonymous,
                Some(name) => self.string(name).map_or(Scope::Unknown, Scope::Named),
            },
            is_ignored: source[6] & FLAG_IGNORED != 0,
            source_number,
        })
    }

    /// The lines around a location, `lines` before and as many behind. `None` when the map does not
    /// hold the source or the source does not have the line.
    pub fn context(&self, location: &Location<'_>, lines: usize) -> Option<Context> {
        let source = self.source(location.source_number)?;
        let [_, _, content, bytes, first_line, line_count, _] = source;
        let content = self.bytes_of(content, bytes)?;
        let (first, count) = (usize::try_from(first_line).ok()?, usize::try_from(line_count).ok()?);
        let starts = self.part(4);
        let line_at = |line: usize| {
            if line >= count {
                return None;
            }
            let start = usize::try_from(number(starts, first + line)?).ok()?;
            let next = (line + 1 < count).then(|| number(starts, first + line + 1)).flatten();
            let end = next.map_or(Some(content.len()), |next| usize::try_from(next).ok())?;
            std::str::from_utf8(content.get(start..end)?).ok()
        };
        let line = usize::try_from(location.line.checked_sub(1)?).ok()?;
        context::around(line_at, line, location.column, lines)
    }

    /// The sources as the map calls them, and whether it holds their content.
    pub fn sources(&self) -> impl Iterator<Item = (&str, bool)> {
        let count = self.part(2).len() / (4 * SOURCE);
        (0..count).filter_map(|place| {
            let source = self.source(u32::try_from(place).ok()?)?;
            Some((self.text(source[0], source[1])?, source[5] > 0))
        })
    }

    fn part(&self, part: usize) -> &[u8] {
        let start = part.checked_sub(1).map_or(HEADER_BYTES, |before| self.ends[before]);
        self.bytes.as_ref().get(start..self.ends[part]).unwrap_or_default()
    }

    fn source(&self, place: u32) -> Option<[u32; SOURCE]> {
        let first = usize::try_from(place).ok()?.checked_mul(SOURCE)?;
        let part = self.part(2);
        let mut source = [0; SOURCE];
        for (offset, value) in source.iter_mut().enumerate() {
            *value = number(part, first.checked_add(offset)?)?;
        }
        Some(source)
    }

    fn string(&self, place: u32) -> Option<&str> {
        let first = usize::try_from(place).ok()?.checked_mul(STRING)?;
        let part = self.part(3);
        self.text(number(part, first)?, number(part, first + 1)?)
    }

    fn text(&self, start: u32, bytes: u32) -> Option<&str> {
        std::str::from_utf8(self.bytes_of(start, bytes)?).ok()
    }

    fn bytes_of(&self, start: u32, bytes: u32) -> Option<&[u8]> {
        let start = usize::try_from(start).ok()?;
        let end = start.checked_add(usize::try_from(bytes).ok()?)?;
        self.part(5).get(start..end)
    }
}

/// The number at a place, counted in numbers.
fn number(bytes: &[u8], place: usize) -> Option<u32> {
    let start = place.checked_mul(4)?;
    bytes.get(start..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// The last record at or before a point, of records that start with theirs.
fn last_at(part: &[u8], numbers: usize, point: (u32, u32)) -> Option<usize> {
    let (mut low, mut high) = (0, part.len() / (4 * numbers));
    while low < high {
        let middle = low.midpoint(high);
        let at = (number(part, middle * numbers)?, number(part, middle * numbers + 1)?);
        if at <= point {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low.checked_sub(1)
}
