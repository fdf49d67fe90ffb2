//! Charges: answered at once, or after the two to five seconds that the demonstration is about.

use std::time::Duration;

use casino_telemetry::{ApiError, Span, info};
use serde::Serialize;

use crate::Provider;
use crate::blocks::Question;
use crate::request::Order;

/// Why banks refuse; the one that is said belongs to the transaction, so that it is the same when asked again.
const REASONS: [&str; 4] =
    ["insufficient_funds", "do_not_honour", "card_expired", "limit_exceeded"];
const QUICK_MS: (u32, u32) = (15, 60);

/// How the provider decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'static str>,
}

impl Provider {
    /// Decides about a charge, once per transaction.
    pub(crate) async fn charge(&self, order: &Order) -> Result<Verdict, ApiError> {
        self.charges.answer(order.transaction_uuid, self.decide_charge(order)).await
    }

    async fn decide_charge(&self, order: &Order) -> Result<Verdict, ApiError> {
        let slow = order.flag(&self.flags, "providerSlow") > 0.0;
        let wait_ms =
            if slow { self.blocks.slow_ms() } else { self.blocks.between(QUICK_MS.0, QUICK_MS.1) };
        let span = Span::start("bank.authorise", "wait for the bank of the player");
        span.set("wait_ms", wait_ms);
        tokio::time::sleep(Duration::from_millis(wait_ms.into())).await;
        span.ok(true);
        drop(span);
        let verdict = self.verdict(order, Question::ChargeDeclined);
        info!(
            "charge",
            status = verdict.status,
            reason = verdict.reason,
            wait_ms = wait_ms,
            amount_minor = order.amount_minor
        );
        Ok(verdict)
    }

    /// Refuses the share of `paymentFailure`.
    pub(crate) fn verdict(&self, order: &Order, question: Question) -> Verdict {
        if !self.blocks.yes(question, order.flag(&self.flags, "paymentFailure")) {
            return Verdict { status: "authorised", reason: None };
        }
        let number = usize::from(order.transaction_uuid.as_bytes()[0]) % REASONS.len();
        Verdict { status: "declined", reason: REASONS.get(number).copied() }
    }
}
