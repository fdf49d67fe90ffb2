//! The wallet, as far as this service needs it: the house's present and what somebody has.

use casino_telemetry::call::{CallError, Service};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::players::Player;

/// 10,000 in play money.
const PRESENT_MINOR: i64 = 1_000_000;

/// What somebody has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Account {
    pub(crate) balance_minor: i64,
    pub(crate) reserved_minor: i64,
}

#[derive(Serialize)]
struct Posting<'a> {
    request_uuid: Uuid,
    provider: &'a str,
    transaction_uuid: Uuid,
    kind: &'a str,
    player: &'a str,
    currency: &'a str,
    amount_minor: i64,
}

/// The wallet.
#[derive(Clone)]
pub(crate) struct Money {
    pub(crate) wallet: Service,
}

impl Money {
    /// The same transaction however often it is asked for, so it is booked once.
    pub(crate) async fn welcome(&self, player: &Player) -> Result<Account, CallError> {
        let transaction =
            Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("welcome/{}", player.id).as_bytes());
        let posting = Posting {
            request_uuid: transaction,
            provider: "casino",
            transaction_uuid: transaction,
            kind: "bonus",
            player: &player.id,
            currency: &player.currency,
            amount_minor: PRESENT_MINOR,
        };
        self.wallet.post("/postings", &posting).await
    }

    pub(crate) async fn account(&self, player: &Player) -> Result<Account, CallError> {
        self.wallet.get(&format!("/accounts/{}?currency={}", player.id, player.currency)).await
    }
}
