//! Playing: slot, roulette, and blackjack as well as it can be played.

use std::time::Duration;

use http::Method;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::actions::Visit;
use crate::gateway::{Ask, Got};
use crate::strategy::Move;
use crate::truth::Money;

/// Stakes of the slot are five coins.
const STAKES: [i64; 5] = [50, 100, 200, 500, 1000];
/// No hand is longer.
const MOST_MOVES: u32 = 12;
const RED: [u8; 18] = [1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36];

impl Visit<'_> {
    /// One spin of the slot.
    pub(crate) async fn spin(&self, kind: &'static str, rng: &mut ChaCha8Rng) {
        let stake = stake(rng);
        let body = json!({ "stake_minor": stake, "currency": self.session.currency, "request_uuid": Uuid::new_v4() });
        let got = self.post(kind, "/api/games/slot/spin", body).await;
        self.played(&got, stake, got.number("payout_minor"));
    }

    /// One spin of the wheel.
    pub(crate) async fn roulette(&self, rng: &mut ChaCha8Rng) {
        let (bets, stake) = bets(rng);
        let got = self
            .post(
                "roulette",
                "/api/games/roulette/spin",
                json!({ "bets": bets, "request_uuid": Uuid::new_v4() }),
            )
            .await;
        self.played(&got, stake, got.number("payout_minor"));
    }

    /// One hand, played by the computed strategy.
    pub(crate) async fn blackjack(&self, rng: &mut ChaCha8Rng) {
        let stake = stake(rng);
        let body = json!({ "stake_minor": stake, "request_uuid": Uuid::new_v4() });
        let mut got = self.post("blackjack_deal", "/api/games/blackjack/deal", body).await;
        self.played(&got, stake, 0);
        let round = got.text("round_id").to_owned();
        let mut may_double = true;
        for _ in 0..MOST_MOVES {
            let Some(chosen) = self.choose(&got, may_double) else { break };
            self.think(rng).await;
            let name = match chosen {
                Move::Hit => "hit",
                Move::Stand => "stand",
                Move::Double => "double",
            };
            let path = format!("/api/games/blackjack/{round}/{name}");
            let next =
                self.post("blackjack_move", &path, json!({ "request_uuid": Uuid::new_v4() })).await;
            if chosen == Move::Double {
                self.played(&next, stake, 0);
            }
            if next.ok() {
                got = next;
            } else if chosen == Move::Double && (400..500).contains(&next.status) {
                // No money for it: the hand goes on without.
                may_double = false;
            } else {
                return;
            }
        }
        if got.text("state") == "done" {
            self.truth().money(Money::Won, &self.session.currency, got.number("payout_minor"));
        }
    }

    fn choose(&self, got: &Got, may_double: bool) -> Option<Move> {
        if !got.ok() || got.text("state") != "playing" {
            return None;
        }
        let own = ranks(got.body.get("player")?)?;
        let up = *ranks(got.body.get("dealer")?)?.first()?;
        match self.house.strategy.best(&own, up) {
            Move::Double if !may_double => Some(Move::Hit),
            chosen => Some(chosen),
        }
    }

    async fn think(&self, rng: &mut ChaCha8Rng) {
        if !self.house.hasty {
            tokio::time::sleep(Duration::from_millis(rng.random_range(300..1200))).await;
        }
    }

    /// Counts the money of a round, or why there was none.
    pub(crate) fn played(&self, got: &Got, stake: i64, payout: i64) {
        if got.ok() {
            self.truth().money(Money::Staked, &self.session.currency, stake);
            self.truth().money(Money::Won, &self.session.currency, payout);
        } else if got.status == 402 {
            self.truth().payment_failed(got.reason());
        }
    }

    async fn post(&self, kind: &'static str, path: &str, body: Value) -> Got {
        self.ask(Ask { kind, method: Method::POST, path, body: Some(body) }).await
    }
}

fn stake(rng: &mut ChaCha8Rng) -> i64 {
    // Small ones more often.
    let place = rng.random_range(0..STAKES.len()).min(rng.random_range(0..STAKES.len()));
    STAKES.get(place).copied().unwrap_or(100)
}

/// One to three bets, and what they cost together.
pub(crate) fn bets(rng: &mut ChaCha8Rng) -> (Vec<Value>, i64) {
    let count = rng.random_range(1..=3);
    let mut all = Vec::with_capacity(3);
    let mut sum = 0;
    for _ in 0..count {
        let stake = stake(rng);
        let (kind, numbers): (&str, Vec<u8>) = match rng.random_range(0..10) {
            0..6 => ("even", RED.to_vec()),
            6..8 => ("dozen", (13..=24).collect()),
            _ => ("straight", vec![rng.random_range(0..37)]),
        };
        all.push(json!({ "kind": kind, "numbers": numbers, "stake_minor": stake }));
        sum += stake;
    }
    (all, sum)
}

/// `["TS", "AH"]` as `[10, 1]`.
fn ranks(cards: &Value) -> Option<Vec<u8>> {
    let rank = |card: &Value| match card.as_str()?.chars().next()? {
        'A' => Some(1),
        'T' | 'J' | 'Q' | 'K' => Some(10),
        digit => u8::try_from(digit.to_digit(10)?).ok().filter(|rank| (2..=9).contains(rank)),
    };
    cards.as_array()?.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_read() {
        assert_eq!(ranks(&json!(["TS", "AH", "9C", "KD"])), Some(vec![10, 1, 9, 10]));
        assert_eq!(ranks(&json!(["??"])), None);
        assert_eq!(ranks(&json!("TS")), None);
    }
}
