//! The best play at blackjack, computed: infinite deck, the dealer stands on all 17 and has looked for a blackjack, any first two cards
//! may be doubled, no split, no surrender.
//!
//! The casino's expected return at blackjack is that of this strategy, so the players must play it and not a table copied from a book
//! with other rules.

use std::collections::HashMap;

/// The ranks 1 (ace) to 10, tens and pictures being one.
const RANKS: std::ops::RangeInclusive<u8> = 1..=10;
const BUST: u8 = 22;
/// Totals 17 to 21, then bust.
type Outcomes = [f64; 6];

/// What a player can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    Hit,
    Stand,
    Double,
}

/// A hand's total, and whether an ace counts eleven in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Hand {
    pub(crate) total: u8,
    pub(crate) soft: bool,
}

impl Hand {
    /// The hand of these ranks.
    pub(crate) fn of(ranks: &[u8]) -> Self {
        ranks.iter().fold(Self { total: 0, soft: false }, |hand, rank| hand.with(*rank))
    }

    fn with(self, rank: u8) -> Self {
        let total = self.total.saturating_add(rank);
        if rank == 1 && total + 10 <= 21 && !self.soft {
            Self { total: total + 10, soft: true }
        } else if total > 21 && self.soft {
            Self { total: total - 10, soft: false }
        } else {
            Self { total, soft: self.soft }
        }
    }
}

/// The computed strategy. Small: a few hundred hands against ten up cards.
pub(crate) struct Strategy {
    dealer: Vec<Outcomes>,
    hit: HashMap<(Hand, u8), f64>,
}

impl Strategy {
    /// Computes it; this takes a few milliseconds.
    pub(crate) fn compute() -> Self {
        let mut strategy = Self { dealer: RANKS.map(dealer_from).collect(), hit: HashMap::new() };
        for up in RANKS {
            for soft in [false, true] {
                for total in 2..=21 {
                    strategy.hit(Hand { total, soft }, up);
                }
            }
        }
        strategy
    }

    /// The best move with these cards against the dealer's up card.
    pub(crate) fn best(&self, ranks: &[u8], up: u8) -> Move {
        let hand = Hand::of(ranks);
        if hand.total >= 21 {
            return Move::Stand;
        }
        let stand = self.stand(hand.total, up);
        let hit = self.hit.get(&(hand, up)).copied().unwrap_or(f64::MIN);
        let double = if ranks.len() == 2 { self.double(hand, up) } else { f64::MIN };
        if double > stand && double > hit {
            Move::Double
        } else if hit > stand {
            Move::Hit
        } else {
            Move::Stand
        }
    }

    /// What standing is worth, per unit staked.
    fn stand(&self, total: u8, up: u8) -> f64 {
        let outcomes = usize::from(up)
            .checked_sub(1)
            .and_then(|index| self.dealer.get(index))
            .copied()
            .unwrap_or_default();
        (17..=BUST)
            .zip(outcomes)
            .map(|(dealer, chance)| {
                if dealer == BUST || total > dealer {
                    chance
                } else if total < dealer {
                    -chance
                } else {
                    0.0
                }
            })
            .sum()
    }

    fn hit(&mut self, hand: Hand, up: u8) -> f64 {
        if let Some(known) = self.hit.get(&(hand, up)) {
            return *known;
        }
        let value = RANKS
            .map(|rank| {
                let next = hand.with(rank);
                let worth = if next.total > 21 {
                    -1.0
                } else {
                    self.stand(next.total, up).max(self.hit(next, up))
                };
                chance(rank) * worth
            })
            .sum();
        self.hit.insert((hand, up), value);
        value
    }

    fn double(&self, hand: Hand, up: u8) -> f64 {
        RANKS
            .map(|rank| {
                let next = hand.with(rank);
                let worth = if next.total > 21 { -2.0 } else { 2.0 * self.stand(next.total, up) };
                chance(rank) * worth
            })
            .sum()
    }
}

/// How often a rank comes.
fn chance(rank: u8) -> f64 {
    f64::from(if rank == 10 { 4 } else { 1 }) / 13.0
}

/// How the dealer ends who shows `up` and has no blackjack.
fn dealer_from(up: u8) -> Outcomes {
    let hand = Hand::of(&[up]);
    let mut outcomes = Outcomes::default();
    let mut seen = 0.0;
    for rank in RANKS.filter(|rank| !matches!((up, rank), (1, 10) | (10, 1))) {
        seen += chance(rank);
        dealer(hand.with(rank), chance(rank), &mut outcomes);
    }
    outcomes.map(|share| share / seen)
}

fn dealer(hand: Hand, weight: f64, outcomes: &mut Outcomes) {
    if hand.total < 17 {
        for rank in RANKS {
            dealer(hand.with(rank), weight * chance(rank), outcomes);
        }
    } else if let Some(share) = outcomes.get_mut(usize::from(hand.total.min(BUST) - 17)) {
        *share += weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected result per first stake and the mean stake, by going through all first hands.
    fn expectation(strategy: &Strategy) -> (f64, f64) {
        let (mut result, mut staked) = (0.0, 0.0);
        for (up, a, b) in
            RANKS.flat_map(|up| RANKS.flat_map(move |a| RANKS.map(move |b| (up, a, b))))
        {
            let weight = chance(up) * chance(a) * chance(b);
            let dealer_has_it = match up {
                1 => chance(10),
                10 => chance(1),
                _ => 0.0,
            };
            let hand = Hand::of(&[a, b]);
            let (worth, stake) = if hand.total == 21 {
                ((1.0 - dealer_has_it) * 1.5, 1.0)
            } else {
                let (played, stake) = match strategy.best(&[a, b], up) {
                    Move::Double => (strategy.double(hand, up), 2.0),
                    Move::Hit => (strategy.hit[&(hand, up)], 1.0),
                    Move::Stand => (strategy.stand(hand.total, up), 1.0),
                };
                (
                    (1.0 - dealer_has_it) * played - dealer_has_it,
                    (1.0 - dealer_has_it) * stake + dealer_has_it,
                )
            };
            result += weight * worth;
            staked += weight * stake;
        }
        (result, staked)
    }

    #[test]
    fn it_loses_exactly_what_the_rules_say() {
        let (result, staked) = expectation(&Strategy::compute());
        assert!((result - -0.010_867_422_7).abs() < 1e-9, "{result}");
        assert!((staked - 1.093_554_147_3).abs() < 1e-9, "{staked}");
    }

    #[test]
    fn it_plays_as_one_would() {
        let strategy = Strategy::compute();
        assert_eq!(strategy.best(&[10, 6], 10), Move::Hit);
        assert_eq!(strategy.best(&[10, 6], 6), Move::Stand);
        assert_eq!(strategy.best(&[6, 5], 6), Move::Double);
        assert_eq!(strategy.best(&[6, 3, 2], 6), Move::Hit);
        assert_eq!(strategy.best(&[1, 7], 9), Move::Hit);
        assert_eq!(strategy.best(&[1, 10], 10), Move::Stand);
    }
}
