//! A lane of the intake log as a pipeline takes it: in stretches, each as a whole or again.

use std::sync::Arc;

use model::intake::{Lane, Offset};
use model::limits;
use store::log::{Entry, IntakeLog, LogReader};

use crate::step::PipelineError;

/// How far a pipeline has come in its lane.
#[derive(Debug)]
pub(crate) struct LaneSteps {
    log: Arc<IntakeLog>,
    lane: Lane,
    reader: LogReader,
    /// Up to where the lane had been applied to `meta` when this process began.
    applied: Offset,
    at: Offset,
}

/// Some records that follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch<'a> {
    /// The records; at least one.
    pub entries: &'a [Entry],
    /// Where the first begins.
    pub start: Offset,
    /// Where the last ends.
    pub end: Offset,
}

impl LaneSteps {
    /// Begins where parts end, at `flushed`: what was only in memory when the last process ended is
    /// read again.
    pub(crate) fn new(log: Arc<IntakeLog>, lane: Lane, flushed: Offset, applied: Offset) -> Self {
        let reader = log.reader(lane, flushed);
        let at = reader.position();
        Self { log, lane, reader, applied, at }
    }

    /// Waits until there is something to do.
    pub(crate) async fn ready(&mut self) {
        self.reader.ready().await;
    }

    /// Up to where everything was committed.
    pub(crate) fn position(&self) -> Offset {
        self.at
    }

    /// Reads on, and commits what was read. False when there was nothing. A stretch lies wholly on one
    /// side of the applied offset, so that it counts once or not at all.
    pub(crate) fn step(
        &mut self,
        mut commit: impl FnMut(Stretch<'_>) -> Result<(), PipelineError>,
    ) -> Result<bool, PipelineError> {
        let records = limits::PIPELINE_BATCH_EVENTS_MAX;
        let entries = self.reader.next_batch(records, limits::PIPELINE_BATCH_BYTES_MAX)?;
        let replayed = entries.partition_point(|entry| entry.end <= self.applied);
        let (before, after) = entries.split_at(replayed);
        for entries in [before, after] {
            let Some(last) = entries.last() else { continue };
            let stretch = Stretch { entries, start: self.at, end: last.end };
            if let Err(problem) = commit(stretch) {
                self.reader = self.log.reader(self.lane, self.at);
                return Err(problem);
            }
            self.at = last.end;
        }
        Ok(!entries.is_empty())
    }
}
