//! Cells of several parts, added up in their order, in bounded memory.

use std::iter::Peekable;

use super::super::{SpanPart, StoreError};
use super::file::StoredCells;
use super::{Key, Tally};

/// The cells of some parts as one: those of one key are added up, and old ones are made coarser.
pub(crate) struct Merged<'p> {
    parts: Vec<Peekable<StoredCells<'p>>>,
    now: i64,
    /// The next one, to which more may be added.
    next: Option<(Key, Tally)>,
}

impl<'p> Merged<'p> {
    /// The cells of these parts at that moment, in microseconds since 1970.
    pub(crate) fn new(
        parts: impl Iterator<Item = &'p SpanPart>,
        now: i64,
    ) -> Result<Self, StoreError> {
        let parts = parts.map(|part| Ok(StoredCells::open(part)?.peekable()));
        Ok(Self { parts: parts.collect::<Result<_, StoreError>>()?, now, next: None })
    }

    /// The smallest cell that was not taken yet.
    fn smallest(&mut self) -> Option<Result<(Key, Tally), StoreError>> {
        // An error comes before everything.
        let rank = |part: &mut Peekable<StoredCells<'_>>| match part.peek() {
            Some(Ok((key, _))) => Some(Some(key.clone())),
            Some(Err(_)) => Some(None),
            None => None,
        };
        let ranks = self.parts.iter_mut().enumerate();
        let ranks = ranks.filter_map(|(place, part)| Some((rank(part)?, place)));
        let (_, place) = ranks.min()?;
        self.parts.get_mut(place)?.next()
    }
}

impl Iterator for Merged<'_> {
    type Item = Result<(Key, Tally), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, tally) = match self.smallest() {
                Some(Ok((key, tally))) => (key.coarsened(self.now), tally),
                Some(Err(problem)) => return Some(Err(problem)),
                None => return self.next.take().map(Ok),
            };
            match &mut self.next {
                Some((known, sum)) if *known == key => sum.merge(tally),
                next => {
                    if let Some(done) = next.replace((key, tally)) {
                        return Some(Ok(done));
                    }
                }
            }
        }
    }
}
