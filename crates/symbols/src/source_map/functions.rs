//! The functions of a source as React Native's bundler describes them.
//!
//! Hermes runs bytecode, so that there is no script in which names could be looked up.
//!
//! Source: `SourceMetadataMapConsumer.js` of Metro.

use super::json::{RawFunctions, Text};
use super::vlq;

/// Where the functions of a source start.
#[derive(Debug)]
pub(super) struct FunctionMap<'a> {
    /// Line from 1, column from 0, place in `names`.
    starts: Vec<(u32, u32, u32)>,
    names: Vec<Option<Text<'a>>>,
}

impl<'a> FunctionMap<'a> {
    /// `None` when it is broken: the map is useful without it.
    pub(super) fn new(raw: RawFunctions<'a>) -> Option<Self> {
        let mut starts = Vec::new();
        let (mut line, mut name) = (1, 0);
        for segments in raw.mappings.0.as_bytes().split(|byte| *byte == b';') {
            let mut column = 0;
            for text in segments.split(|byte| *byte == b',').filter(|text| !text.is_empty()) {
                let numbers = vlq::segment(text)?;
                let mut deltas = numbers.as_slice().iter().copied();
                let column = vlq::moved(&mut column, deltas.next()?)?;
                let name = vlq::moved(&mut name, deltas.next().unwrap_or(0))?;
                let line = vlq::moved(&mut line, deltas.next().unwrap_or(0))?;
                starts.push((line, column, name));
            }
        }
        starts.sort_by_key(|(line, column, _)| (*line, *column));
        Some(Self { starts, names: raw.names.0 })
    }

    /// The function around a place in the source, both from 0.
    pub(super) fn around(&self, line: u32, column: u32) -> Option<&str> {
        let place = (line.saturating_add(1), column);
        let after = self.starts.partition_point(|(line, column, _)| (*line, *column) <= place);
        let (_, _, name) = self.starts.get(after.checked_sub(1)?)?;
        self.names.get(usize::try_from(*name).ok()?)?.as_ref().map(|name| &*name.0)
    }
}
