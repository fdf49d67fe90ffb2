//! Keeping the house of check-ins: the log goes once they are taken, accounts once `meta` has them.

use model::clock::Micros;
use model::intake::{Lane, Offset};
use model::limits;

use super::Keeper;
use crate::step::PipelineError;

/// How often taken records leave the log when few arrive.
const LET_GO_MICROS: u64 = 60_000_000;

/// Up to where the lane was let go, and when.
#[derive(Debug, Default)]
pub(super) struct LetGo {
    upto: Offset,
    at: u64,
}

impl Keeper {
    /// Lets go of records that are taken, once a minute or after a segment.
    pub(super) fn let_check_ins_go(
        &self,
        now: Micros,
        last: &mut LetGo,
    ) -> Result<(), PipelineError> {
        let end = self.parts.log.end(Lane::CheckIns);
        let waits = end.0.saturating_sub(last.upto.0);
        let is_due = now.0.saturating_sub(last.at) >= LET_GO_MICROS;
        if waits == 0 || !(is_due || waits >= limits::LOG_SEGMENT_BYTES) {
            return Ok(());
        }
        let accounted = self.parts.meta.settle_check_ins()?;
        self.parts.alarms.forget_check_in_accounts(accounted)?;
        let upto = self.parts.alarms.check_ins_applied()?;
        self.parts.log.trim(Lane::CheckIns, upto);
        *last = LetGo { upto, at: now.0 };
        Ok(())
    }
}
