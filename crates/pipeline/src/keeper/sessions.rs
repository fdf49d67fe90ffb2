//! Keeping the house of sessions: the log goes once it is counted, counts go when they are old.

use model::clock::Micros;
use model::intake::{Lane, Offset};
use model::limits;

use super::Keeper;
use crate::step::PipelineError;

/// How often counted records leave the log when few arrive.
const LET_GO_MICROS: u64 = 60_000_000;

/// Up to where the lane was let go, and when.
#[derive(Debug)]
pub(super) struct LetGo {
    upto: Offset,
    at: Micros,
}

impl Default for LetGo {
    fn default() -> Self {
        Self { upto: Offset(0), at: Micros(0) }
    }
}

impl Keeper {
    /// Lets go of records that both databases know, once a minute or after a segment.
    pub(super) fn let_sessions_go(
        &self,
        now: Micros,
        last: &mut LetGo,
    ) -> Result<(), PipelineError> {
        let end = self.parts.log.end(Lane::Sessions);
        let waits = end.0.saturating_sub(last.upto.0);
        let is_due = now.0.saturating_sub(last.at.0) >= LET_GO_MICROS;
        if waits == 0 || !(is_due || waits >= limits::LOG_SEGMENT_BYTES) {
            return Ok(());
        }
        // `health` is always told first, and on disk when it was.
        let upto = self.parts.meta.settle_sessions()?;
        self.parts.log.trim(Lane::Sessions, upto);
        *last = LetGo { upto, at: now };
        Ok(())
    }

    /// Forgets counts that are too old.
    pub(super) fn forget_sessions(&self, now: Micros) -> Result<(), PipelineError> {
        Ok(self.parts.health.forget(now, &|project| self.days_of(project))?)
    }
}
