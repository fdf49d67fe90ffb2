//! What is sent, in which order, and what happens to it on the way. All of it comes from one seed.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::model::Operation;

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    Sent,
    /// Twice at the same time.
    Doubled,
    /// Nobody waits for the answer; it is sent again.
    AnswerLost,
    /// It never arrives; it is sent again later.
    Lost,
}

/// One request on its way.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) operation: Operation,
    pub(crate) way: Way,
}

/// How many of each there are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) doubled: usize,
    pub(crate) reordered: usize,
    pub(crate) dropped: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.doubled += other.doubled;
        self.reordered += other.reordered;
        self.dropped += other.dropped;
    }
}

/// The operations of one player: games, deposits, withdrawals, and rollbacks of what was and of what is still to come.
pub(crate) fn operations(rng: &mut ChaCha8Rng, count: usize) -> Vec<Operation> {
    let mut all: Vec<Operation> = Vec::with_capacity(count);
    let mut owed: Vec<Operation> = Vec::new();
    while all.len() < count {
        let operation = match rng.random_range(0..100) {
            _ if all.is_empty() => new(rng, "deposit", 50_000),
            0..10 => new(rng, "deposit", 20_000),
            10..50 => new(rng, "stake", 4_000),
            50..68 => new(rng, "win", 5_000),
            68..71 => new(rng, "bonus", 1_000),
            71..80 => new(rng, "reserve", 15_000),
            80..90 => settlement(rng, &all).unwrap_or_else(|| new(rng, "stake", 100)),
            90..97 => {
                let target = all.get(rng.random_range(0..all.len())).unwrap().clone();
                rollback(rng, &target)
            }
            _ => {
                // The rollback first, its stake some time later.
                let stake = new(rng, "stake", 2_000);
                owed.push(stake.clone());
                rollback(rng, &stake)
            }
        };
        all.push(operation);
        if !owed.is_empty() && rng.random_range(0..4) == 0 {
            all.extend(owed.pop());
        }
    }
    all.truncate(count);
    all
}

fn new(rng: &mut ChaCha8Rng, kind: &'static str, most: i64) -> Operation {
    let provider = if matches!(kind, "deposit" | "reserve") { "novapay" } else { "acme-games" };
    let least = i64::from(kind != "win");
    Operation {
        kind,
        provider,
        transaction: id(rng),
        amount: rng.random_range(least..most),
        references: None,
    }
}

/// Of any reserve, also of one that is settled or was refused.
fn settlement(rng: &mut ChaCha8Rng, all: &[Operation]) -> Option<Operation> {
    let reserves: Vec<&Operation> = all.iter().filter(|one| one.kind == "reserve").collect();
    let reserve = reserves.get(rng.random_range(0..reserves.len().max(1)))?;
    let kind = if rng.random() { "payout" } else { "release" };
    Some(Operation {
        kind,
        transaction: id(rng),
        references: Some(reserve.transaction),
        ..(*reserve).clone()
    })
}

fn rollback(rng: &mut ChaCha8Rng, of: &Operation) -> Operation {
    let target = if of.kind == "rollback" { of.references } else { Some(of.transaction) };
    Operation { kind: "rollback", transaction: id(rng), references: target, ..of.clone() }
}

fn id(rng: &mut ChaCha8Rng) -> Uuid {
    Uuid::from_u128(rng.random())
}

/// Ten percent out of order, ten percent twice, five percent dropped and sent again.
pub(crate) fn deliveries(
    rng: &mut ChaCha8Rng,
    operations: Vec<Operation>,
) -> (Vec<Delivery>, Counts) {
    let mut counts = Counts::default();
    let mut all: Vec<Delivery> =
        operations.into_iter().map(|operation| Delivery { operation, way: Way::Sent }).collect();
    for place in 0..all.len() {
        let other = place + rng.random_range(1..7);
        if rng.random_range(0..100) < 10 && other < all.len() {
            all.swap(place, other);
            counts.reordered += 1;
        }
    }
    let mut again: Vec<(usize, Delivery)> = Vec::new();
    for (place, delivery) in all.iter_mut().enumerate() {
        let later = place + rng.random_range(1..20);
        let same = Delivery { way: Way::Sent, ..delivery.clone() };
        match rng.random_range(0..200) {
            0..10 => {
                delivery.way = Way::Doubled;
                counts.doubled += 1;
            }
            10..20 => {
                again.push((later, same));
                counts.doubled += 1;
            }
            20..25 => {
                delivery.way = Way::AnswerLost;
                counts.dropped += 1;
            }
            25..30 => {
                delivery.way = Way::Lost;
                again.push((later, same));
                counts.dropped += 1;
            }
            _ => {}
        }
    }
    for (place, delivery) in again.into_iter().rev() {
        all.insert(place.min(all.len()), delivery);
    }
    (all, counts)
}
