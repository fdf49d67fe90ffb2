//! The newest records, in memory, so that a reader which keeps up does not read the disk.

use std::collections::VecDeque;
use std::sync::Arc;

use model::intake::{Offset, Record};

use super::Entry;

/// What a record costs beside its body and headers, about.
const RECORD_BYTES: usize = 512;

/// Whether a tail of that size may hold the record.
pub(super) fn may_hold(bytes_max: usize, record: &Record) -> bool {
    cost(record) <= bytes_max / 4
}

/// The newest records of a lane without a gap between them.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Where each begins, and the record with its end.
    entries: VecDeque<(Offset, Entry)>,
    bytes: usize,
    bytes_max: usize,
}

impl Tail {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, ..Self::default() }
    }

    /// Appends a durable record; the oldest ones go when there are too many. `None` stands for one that
    /// is too large to be in here.
    pub(super) fn push(&mut self, start: Offset, end: Offset, record: Option<Arc<Record>>) {
        let Some(record) = record else {
            // Nothing before it would have a neighbour.
            self.entries.clear();
            self.bytes = 0;
            return;
        };
        let cost = cost(&record);
        self.entries.push_back((start, Entry { end, record }));
        self.bytes += cost;
        while self.bytes > self.bytes_max
            && let Some((_, oldest)) = self.entries.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(cost_of(&oldest));
        }
    }

    /// The records from `at` on, if `at` is in here.
    pub(super) fn from(&self, at: Offset) -> Option<impl Iterator<Item = &Entry>> {
        let index = self.entries.partition_point(|(start, _)| *start < at);
        let (start, _) = self.entries.get(index)?;
        (*start == at).then(|| self.entries.range(index..).map(|(_, entry)| entry))
    }

    /// Forgets what lies before `upto`: nobody will ask for it.
    pub(super) fn forget(&mut self, upto: Offset) {
        while let Some((_, oldest)) = self.entries.front()
            && oldest.end <= upto
        {
            self.bytes = self.bytes.saturating_sub(cost_of(oldest));
            self.entries.pop_front();
        }
    }
}

fn cost_of(entry: &Entry) -> usize {
    cost(&entry.record)
}

fn cost(record: &Record) -> usize {
    RECORD_BYTES + record.header.len() + record.body.len()
}
