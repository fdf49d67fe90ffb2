//! Chance that is exact: blocks of twenty in shuffled order.
//!
//! A tenth of the charges refused must be exactly two of every twenty, so that a demonstration shows its 10 % after twenty spins and not
//! only in the long run. The order inside a block stays random.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const BLOCK: u32 = 20;
/// For shares that twenty cannot express, such as 1 %.
const FINE_BLOCK: u32 = 100;
/// Shares come from the variants of flags, so there are few; more than this many kinds of block are not kept.
const MOST_BLOCKS: usize = 64;
const SLOWEST_MS: u32 = 5000;
const QUICKEST_SLOW_MS: u32 = 2000;

/// What is decided by chance; each has blocks of its own, so that one does not use up the refusals of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Question {
    ChargeDeclined,
    DepositDeclined,
    PayoutDeclined,
    CallbackLost,
    CallbackDoubled,
    CallbackLate,
    Wait,
}

/// The blocks that are in use.
pub(crate) struct Blocks {
    state: Mutex<State>,
}

struct State {
    rng: ChaCha8Rng,
    open: HashMap<(Question, u32), Vec<u32>>,
}

impl Blocks {
    /// With a seed the order of every block repeats; without one the system's randomness shuffles.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let rng = seed.map_or_else(ChaCha8Rng::from_os_rng, ChaCha8Rng::seed_from_u64);
        Self { state: Mutex::new(State { rng, open: HashMap::new() }) }
    }

    /// Answers a question with yes in exactly `share` of the cases of every block.
    pub(crate) fn yes(&self, question: Question, share: f64) -> bool {
        let percent = percent(share);
        if percent == 0 {
            return false;
        }
        let size = if (percent * BLOCK).is_multiple_of(100) { BLOCK } else { FINE_BLOCK };
        self.draw(question, percent, size) * 100 < percent * size
    }

    /// How long a slow charge takes: from 2 to 5 s, each twentieth of that range once in every block.
    pub(crate) fn slow_ms(&self) -> u32 {
        let width = (SLOWEST_MS - QUICKEST_SLOW_MS) / BLOCK;
        let part = self.draw(Question::Wait, 0, BLOCK);
        QUICKEST_SLOW_MS + part * width + self.between(0, width)
    }

    /// Any number of the range, for what need not be exact.
    pub(crate) fn between(&self, from: u32, below: u32) -> u32 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).rng.random_range(from..below)
    }

    /// The next number of the block: each of `0..size` comes once before any comes again.
    fn draw(&self, question: Question, percent: u32, size: u32) -> u32 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { rng, open } = &mut *state;
        if open.len() >= MOST_BLOCKS && !open.contains_key(&(question, percent)) {
            open.clear();
        }
        let block = open.entry((question, percent)).or_default();
        if block.is_empty() {
            block.extend(0..size);
            block.shuffle(rng);
        }
        block.pop().unwrap_or(0)
    }
}

/// A share as whole percent, whatever the flags file says.
fn percent(share: f64) -> u32 {
    let percent = (share.clamp(0.0, 1.0) * 100.0).round();
    (0..=100).rev().find(|whole| f64::from(*whole) <= percent).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_is_two_of_every_twenty() {
        let blocks = Blocks::new(Some(7));
        for _ in 0..50 {
            let declined = (0..20).filter(|_| blocks.yes(Question::ChargeDeclined, 0.1)).count();
            assert_eq!(declined, 2);
        }
    }

    #[test]
    fn one_percent_is_one_of_every_hundred() {
        let blocks = Blocks::new(Some(7));
        for _ in 0..20 {
            assert_eq!((0..100).filter(|_| blocks.yes(Question::CallbackLost, 0.01)).count(), 1);
        }
    }

    #[test]
    fn none_and_all_need_no_luck() {
        let blocks = Blocks::new(None);
        assert!((0..100).all(|_| blocks.yes(Question::ChargeDeclined, 1.0)));
        assert!((0..100).all(|_| !blocks.yes(Question::ChargeDeclined, 0.0)));
        assert!((0..100).all(|_| !blocks.yes(Question::ChargeDeclined, f64::NAN)));
    }

    #[test]
    fn questions_do_not_use_up_each_others_blocks() {
        let blocks = Blocks::new(Some(3));
        let mut charges = 0;
        for _ in 0..20 {
            charges += u32::from(blocks.yes(Question::ChargeDeclined, 0.1));
            blocks.yes(Question::DepositDeclined, 0.1);
            blocks.yes(Question::ChargeDeclined, 0.5);
        }
        assert_eq!(charges, 2);
    }

    #[test]
    fn waits_cover_two_to_five_seconds_in_every_block() {
        let blocks = Blocks::new(Some(11));
        for _ in 0..10 {
            let mut waits: Vec<u32> = (0..20).map(|_| blocks.slow_ms()).collect();
            waits.sort_unstable();
            for (part, wait) in (0..20).zip(waits) {
                assert!((2000 + part * 150..2000 + (part + 1) * 150).contains(&wait));
            }
        }
    }

    #[test]
    fn a_seed_repeats_the_order_and_another_does_not() {
        let run = |seed| {
            let blocks = Blocks::new(Some(seed));
            (0..200).map(|_| blocks.yes(Question::ChargeDeclined, 0.5)).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }
}
