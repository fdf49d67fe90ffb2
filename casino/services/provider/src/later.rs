//! Deposits and payouts: taken at once, decided later, and the casino is called back.

use std::sync::Arc;
use std::time::Duration;

use casino_telemetry::{ApiError, info, warning};

use crate::Provider;
use crate::blocks::Question;
use crate::callback::{Message, Said};
use crate::request::Order;

const MOMENT_MS: (u32, u32) = (300, 1200);
/// Late enough that what was asked later is answered earlier.
const LATE_MS: (u32, u32) = (3000, 6000);
/// Callbacks that wait at once; more means that nobody takes them.
pub(crate) const MOST_PENDING: usize = 4096;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Deposit,
    Payout,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Payout => "payout",
        }
    }

    const fn question(self) -> Question {
        match self {
            Self::Deposit => Question::DepositDeclined,
            Self::Payout => Question::PayoutDeclined,
        }
    }
}

/// What is kept of a deposit or a payout.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) amount_minor: i64,
    pub(crate) currency: Arc<str>,
    pub(crate) return_to: Option<Arc<str>>,
}

impl Provider {
    /// Takes an order, once per transaction.
    pub(crate) async fn take(
        self: &Arc<Self>,
        kind: Kind,
        order: &Order,
    ) -> Result<Taken, ApiError> {
        let known = if kind == Kind::Deposit { &self.deposits } else { &self.payouts };
        known.answer(order.transaction_uuid, async { self.start(kind, order) }).await
    }

    fn start(self: &Arc<Self>, kind: Kind, order: &Order) -> Result<Taken, ApiError> {
        let (address, payment_id) = order.callback()?;
        let return_to = order.return_to()?.map(Arc::from);
        let permit = self.pending.clone().try_acquire_owned().map_err(|error| {
            ApiError::unavailable("provider").because(format!("too many callbacks wait: {error}"))
        })?;
        let verdict = self.verdict(order, kind.question());
        let yes = |question, flag| self.blocks.yes(question, order.flag(&self.flags, flag));
        let lost = yes(Question::CallbackLost, "callbackLost");
        let twice = yes(Question::CallbackDoubled, "callbackDup");
        let late = yes(Question::CallbackLate, "callbackReorder");
        let (from, below) = if late { LATE_MS } else { MOMENT_MS };
        let wait = Duration::from_millis(self.blocks.between(from, below).into());
        info!(
            "order",
            kind = kind.name(),
            status = verdict.status,
            lost = lost,
            twice = twice,
            late = late
        );
        if lost {
            warning!("the callback of this order gets lost", payment_id = payment_id.to_string());
        } else {
            let message = Message::new(order, payment_id, kind, &verdict);
            let said = Said { address, message, wait, times: if twice { 2 } else { 1 } };
            self.callbacks.spawn(said, permit);
        }
        Ok(Taken {
            amount_minor: order.amount_minor,
            currency: order.currency.as_str().into(),
            return_to,
        })
    }
}
