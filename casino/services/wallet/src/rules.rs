//! The rules of the ledger, without any I/O: what a request moves between which accounts, and whether it may.
//!
//! Everything that decides about money is here, so that it can be tested by the thousand and read in one sitting. `posting.rs` only
//! fetches what [`decide`] looks at and writes what it says.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// No single posting is larger than this, so that no sum of them overflows.
pub(crate) const MOST_MINOR: i64 = 100_000_000_000;
/// What the payment provider takes of a deposit, paid by the house: one in so many.
const DEPOSIT_FEE_DIVISOR: i64 = 100;

/// What a posting is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Money of the player arrives from outside.
    Deposit,
    /// The player puts money on a game.
    Stake,
    /// A game pays.
    Win,
    /// Money is set aside for a withdrawal.
    Reserve,
    /// The withdrawal failed: what was set aside comes back.
    Release,
    /// The withdrawal succeeded: what was set aside leaves.
    Payout,
    /// A transaction is undone, or must never happen.
    Rollback,
    /// The house gives money.
    Bonus,
}

impl Kind {
    /// All of them, in the order in which metrics list them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Deposit,
        Self::Stake,
        Self::Win,
        Self::Reserve,
        Self::Release,
        Self::Payout,
        Self::Rollback,
        Self::Bonus,
    ];

    /// The name in requests and in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Stake => "stake",
            Self::Win => "win",
            Self::Reserve => "reserve",
            Self::Release => "release",
            Self::Payout => "payout",
            Self::Rollback => "rollback",
            Self::Bonus => "bonus",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// A game may pay nothing and a rollback may not know the amount; all else moves money.
    pub(crate) const fn may_be_zero(self) -> bool {
        matches!(self, Self::Win | Self::Rollback)
    }

    /// Whether it ends a reserve.
    const fn settles(self) -> bool {
        matches!(self, Self::Release | Self::Payout)
    }
}

/// One side of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Available,
    Reserved,
    House,
    Provider,
    Fees,
}

/// What one posting adds to one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) side: Side,
    pub(crate) amount_minor: i64,
}

/// The legs of a posting; they add up to nothing. A rollback has those of what it undoes, turned round.
pub(crate) fn legs(kind: Kind, amount: i64) -> Vec<Leg> {
    let fee = amount / DEPOSIT_FEE_DIVISOR;
    let pairs: &[(Side, Side, i64)] = match kind {
        Kind::Deposit => {
            &[(Side::Provider, Side::Available, amount), (Side::House, Side::Fees, fee)]
        }
        Kind::Stake => &[(Side::Available, Side::House, amount)],
        Kind::Win | Kind::Bonus => &[(Side::House, Side::Available, amount)],
        Kind::Reserve => &[(Side::Available, Side::Reserved, amount)],
        Kind::Release => &[(Side::Reserved, Side::Available, amount)],
        Kind::Payout => &[(Side::Reserved, Side::Provider, amount)],
        Kind::Rollback => &[],
    };
    pairs
        .iter()
        .filter(|(_, _, amount)| *amount != 0)
        .flat_map(|&(from, to, amount)| {
            [Leg { side: from, amount_minor: -amount }, Leg { side: to, amount_minor: amount }]
        })
        .collect()
}

/// What came in from outside by a posting: said of the request, not of the legs, so that one can be checked against the other.
pub(crate) const fn cash(kind: Kind, amount: i64) -> i64 {
    match kind {
        Kind::Deposit => amount,
        Kind::Payout => -amount,
        _ => 0,
    }
}

/// What a player has in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Balances {
    pub(crate) available: i64,
    pub(crate) reserved: i64,
}

impl Balances {
    /// The balances after `legs`, or none when one would fall below zero.
    fn after(self, legs: &[Leg]) -> Option<Self> {
        let of = |side| {
            legs.iter().filter(|leg| leg.side == side).map(|leg| leg.amount_minor).sum::<i64>()
        };
        let next = Self {
            available: self.available + of(Side::Available),
            reserved: self.reserved + of(Side::Reserved),
        };
        (next.available >= 0 && next.reserved >= 0).then_some(next)
    }
}

/// What is asked of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "request_uuid is its name everywhere in the casino")]
pub(crate) struct Request {
    pub(crate) request_uuid: Uuid,
    pub(crate) provider: String,
    pub(crate) transaction_uuid: Uuid,
    pub(crate) kind: Kind,
    pub(crate) player: String,
    pub(crate) currency: String,
    pub(crate) amount_minor: i64,
    pub(crate) references: Option<Uuid>,
}

impl Request {
    /// The transaction that a rollback undoes or a settlement ends: the one it names, else its own.
    pub(crate) fn target(&self) -> Option<Uuid> {
        let needs_one = self.kind.settles() || self.kind == Kind::Rollback;
        needs_one.then(|| self.references.unwrap_or(self.transaction_uuid))
    }
}

/// How a posting ended; stored, and given again to whoever repeats the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// It moved money.
    Applied,
    /// It is accepted and there was nothing to move.
    Empty,
    InsufficientFunds,
    Blocked,
}

impl Outcome {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Empty => "empty",
            Self::InsufficientFunds => "insufficient_funds",
            Self::Blocked => "blocked",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Applied, Self::Empty, Self::InsufficientFunds, Self::Blocked]
            .into_iter()
            .find(|outcome| outcome.name() == name)
    }
}

/// A posting that is already in the ledger and has to do with the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Past {
    pub(crate) posting_id: Uuid,
    pub(crate) transaction_uuid: Uuid,
    pub(crate) kind: Kind,
    pub(crate) player: String,
    pub(crate) currency: String,
    pub(crate) amount_minor: i64,
    /// As [`Request::target`] said at the time.
    pub(crate) target: Option<Uuid>,
    pub(crate) outcome: Outcome,
    /// The balances that were answered.
    pub(crate) answer: Balances,
    /// Rolled back, or as a reserve: released or paid.
    pub(crate) ended: bool,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It was here before: the first answer again.
    Replay(Past),
    /// A new row, with what it moves and which earlier postings it ends.
    Store(Verdict),
    /// Refused without a trace, so that it may be tried again.
    Refuse(Refusal),
}

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    pub(crate) balances: Balances,
    pub(crate) legs: Vec<Leg>,
    pub(crate) cash_minor: i64,
    pub(crate) ends: Vec<Uuid>,
}

/// Why a request is refused and may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The same transaction was here with other contents.
    Differs,
    /// A settlement came before its reserve.
    UnknownReference,
    /// What is to be undone was spent meanwhile.
    SpentMeanwhile,
}

/// Decides about a request, given what the player has and the postings under the same provider that share a transaction with it.
pub(crate) fn decide(request: &Request, balances: Balances, history: &[Past]) -> Decision {
    let same = history.iter().find(|past| {
        past.transaction_uuid == request.transaction_uuid && past.kind == request.kind
    });
    if let Some(past) = same {
        let alike = past.player == request.player
            && past.currency == request.currency
            && past.amount_minor == request.amount_minor
            && past.target == request.target();
        return if alike {
            Decision::Replay(past.clone())
        } else {
            Decision::Refuse(Refusal::Differs)
        };
    }
    match request.kind {
        Kind::Rollback => undo(request, balances, history),
        kind if kind.settles() => settle(request, balances, history),
        _ => apply(request, balances, history, Vec::new()),
    }
}

fn apply(request: &Request, balances: Balances, history: &[Past], ends: Vec<Uuid>) -> Decision {
    if rolled_back(Some(request.transaction_uuid), history) {
        return without_money(Outcome::Blocked, balances);
    }
    let legs = legs(request.kind, request.amount_minor);
    let Some(next) = balances.after(&legs) else {
        return without_money(Outcome::InsufficientFunds, balances);
    };
    let outcome = if legs.is_empty() { Outcome::Empty } else { Outcome::Applied };
    let cash_minor = cash(request.kind, request.amount_minor);
    Decision::Store(Verdict { outcome, balances: next, legs, cash_minor, ends })
}

/// A release or a payout ends exactly one reserve of the same player and amount.
fn settle(request: &Request, balances: Balances, history: &[Past]) -> Decision {
    let reserve = history.iter().find(|past| {
        past.kind == Kind::Reserve
            && Some(past.transaction_uuid) == request.target()
            && past.outcome == Outcome::Applied
    });
    let Some(reserve) = reserve else {
        return Decision::Refuse(Refusal::UnknownReference);
    };
    let alike = reserve.player == request.player
        && reserve.currency == request.currency
        && reserve.amount_minor == request.amount_minor;
    if !alike {
        return Decision::Refuse(Refusal::Differs);
    }
    if reserve.ended {
        return without_money(Outcome::Blocked, balances);
    }
    apply(request, balances, history, vec![reserve.posting_id])
}

/// A rollback undoes all that its transaction moved and blocks what is still to come of it. A settled withdrawal stays settled.
fn undo(request: &Request, balances: Balances, history: &[Past]) -> Decision {
    let undone: Vec<&Past> = history
        .iter()
        .filter(|past| {
            Some(past.transaction_uuid) == request.target()
                && past.kind != Kind::Rollback
                && past.outcome == Outcome::Applied
        })
        .collect();
    if undone.iter().any(|past| past.player != request.player || past.currency != request.currency)
    {
        return Decision::Refuse(Refusal::Differs);
    }
    let settled = |past: &&Past| past.kind.settles() || (past.kind == Kind::Reserve && past.ended);
    if !rolled_back(request.target(), history) && undone.iter().any(settled) {
        return without_money(Outcome::Blocked, balances);
    }
    let undone: Vec<&Past> = undone.into_iter().filter(|past| !past.ended).collect();
    let legs: Vec<Leg> = undone
        .iter()
        .flat_map(|past| legs(past.kind, past.amount_minor))
        .map(|leg| Leg { amount_minor: -leg.amount_minor, ..leg })
        .collect();
    let Some(next) = balances.after(&legs) else {
        return Decision::Refuse(Refusal::SpentMeanwhile);
    };
    Decision::Store(Verdict {
        outcome: if legs.is_empty() { Outcome::Empty } else { Outcome::Applied },
        balances: next,
        legs,
        cash_minor: -undone.iter().map(|past| cash(past.kind, past.amount_minor)).sum::<i64>(),
        ends: undone.iter().map(|past| past.posting_id).collect(),
    })
}

/// Whether a rollback that was accepted names the transaction.
fn rolled_back(transaction: Option<Uuid>, history: &[Past]) -> bool {
    history.iter().any(|past| {
        past.kind == Kind::Rollback
            && past.target == transaction
            && past.outcome != Outcome::Blocked
    })
}

const fn without_money(outcome: Outcome, balances: Balances) -> Decision {
    Decision::Store(Verdict {
        outcome,
        balances,
        legs: Vec::new(),
        cash_minor: 0,
        ends: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
