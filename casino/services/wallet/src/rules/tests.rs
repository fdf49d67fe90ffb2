//! The rules case by case; `tests/wallet` runs them by the thousand.

use super::*;

const T: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);
const RICH: Balances = Balances { available: 1000, reserved: 300 };

fn request(kind: Kind, transaction: Uuid, amount: i64, references: Option<Uuid>) -> Request {
    Request {
        request_uuid: transaction,
        provider: "novapay".to_owned(),
        transaction_uuid: transaction,
        kind,
        player: "p-1".to_owned(),
        currency: "EUR".to_owned(),
        amount_minor: amount,
        references,
    }
}

fn past(request: &Request, outcome: Outcome, ended: bool) -> Past {
    Past {
        posting_id: Uuid::new_v4(),
        transaction_uuid: request.transaction_uuid,
        kind: request.kind,
        player: request.player.clone(),
        currency: request.currency.clone(),
        amount_minor: request.amount_minor,
        target: request.target(),
        outcome,
        answer: Balances { available: 7, reserved: 8 },
        ended,
    }
}

fn stored(decision: Decision) -> Verdict {
    match decision {
        Decision::Store(verdict) => verdict,
        other => panic!("{other:?}"),
    }
}

#[test]
fn legs_of_every_kind_add_up_to_nothing() {
    for kind in Kind::ALL {
        for amount in [0, 1, 99, 100, 12_345, MOST_MINOR] {
            let legs = legs(kind, amount);
            assert_eq!(
                legs.iter().map(|leg| leg.amount_minor).sum::<i64>(),
                0,
                "{kind:?} {amount}"
            );
            assert!(legs.iter().all(|leg| leg.amount_minor != 0));
        }
    }
}

#[test]
fn money_moves_and_never_below_zero() {
    let verdict = stored(decide(&request(Kind::Stake, T, 400, None), RICH, &[]));
    assert_eq!((verdict.outcome, verdict.balances.available), (Outcome::Applied, 600));
    let verdict = stored(decide(&request(Kind::Stake, T, 1001, None), RICH, &[]));
    assert_eq!(
        (verdict.outcome, verdict.balances, verdict.legs.len()),
        (Outcome::InsufficientFunds, RICH, 0)
    );
    let verdict = stored(decide(&request(Kind::Win, T, 0, None), RICH, &[]));
    assert_eq!((verdict.outcome, verdict.balances), (Outcome::Empty, RICH));
}

#[test]
fn a_replay_gets_the_first_answer_and_a_changed_one_none() {
    let first = request(Kind::Deposit, T, 50, None);
    let known = past(&first, Outcome::Applied, false);
    assert_eq!(decide(&first, RICH, std::slice::from_ref(&known)), Decision::Replay(known.clone()));
    for changed in [
        Request { amount_minor: 51, ..first.clone() },
        Request { player: "p-2".to_owned(), ..first.clone() },
        Request { currency: "SEK".to_owned(), ..first },
    ] {
        assert_eq!(
            decide(&changed, RICH, std::slice::from_ref(&known)),
            Decision::Refuse(Refusal::Differs)
        );
    }
}

#[test]
fn a_rollback_undoes_once_or_blocks_what_comes_later() {
    let (stake, rollback) =
        (request(Kind::Stake, T, 100, None), request(Kind::Rollback, OTHER, 0, Some(T)));
    let done = past(&stake, Outcome::Applied, false);
    let verdict = stored(decide(&rollback, RICH, std::slice::from_ref(&done)));
    assert_eq!((verdict.balances.available, verdict.ends), (1100, vec![done.posting_id]));
    let undone = Past { ended: true, ..done };
    let again = request(Kind::Rollback, Uuid::from_u128(3), 0, Some(T));
    let history = [undone, past(&rollback, Outcome::Applied, false)];
    assert_eq!(stored(decide(&again, RICH, &history)).outcome, Outcome::Empty);
    let early = [past(&rollback, Outcome::Empty, false)];
    assert_eq!(stored(decide(&stake, RICH, &early)).outcome, Outcome::Blocked);
    // Without a name it means its own transaction.
    let own = [past(&request(Kind::Rollback, T, 0, None), Outcome::Empty, false)];
    assert_eq!(stored(decide(&stake, RICH, &own)).outcome, Outcome::Blocked);
}

#[test]
fn what_was_spent_cannot_be_taken_back_yet() {
    let deposit = past(&request(Kind::Deposit, T, 2000, None), Outcome::Applied, false);
    let rollback = request(Kind::Rollback, OTHER, 0, Some(T));
    assert_eq!(decide(&rollback, RICH, &[deposit]), Decision::Refuse(Refusal::SpentMeanwhile));
}

#[test]
fn a_reserve_ends_once() {
    let reserve = past(&request(Kind::Reserve, T, 300, None), Outcome::Applied, false);
    let payout = request(Kind::Payout, T, 300, None);
    let verdict = stored(decide(&payout, RICH, std::slice::from_ref(&reserve)));
    assert_eq!(
        (verdict.balances.reserved, verdict.cash_minor, verdict.ends),
        (0, -300, vec![reserve.posting_id])
    );
    let ended = Past { ended: true, ..reserve.clone() };
    assert_eq!(
        stored(decide(&payout, RICH, std::slice::from_ref(&ended))).outcome,
        Outcome::Blocked
    );
    assert_eq!(decide(&payout, RICH, &[]), Decision::Refuse(Refusal::UnknownReference));
    let other = request(Kind::Release, OTHER, 299, Some(T));
    assert_eq!(decide(&other, RICH, &[reserve]), Decision::Refuse(Refusal::Differs));
    // A settled withdrawal is not rolled back, and trying to does not block anything.
    let rollback = request(Kind::Rollback, OTHER, 0, Some(T));
    let history = [ended, past(&payout, Outcome::Applied, false)];
    assert_eq!(stored(decide(&rollback, RICH, &history)).outcome, Outcome::Blocked);
}
