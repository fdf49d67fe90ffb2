//! What will be asked and when: the whole load as a function of the seed, before anything is sent.
//!
//! The load is open: an action starts at its time whether or not earlier ones were answered, so a slow casino does not make the
//! measurement kinder. Nothing here depends on answers, so a run can be repeated.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use rand::distr::weighted::WeightedIndex;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Exp1, LogNormal};

use crate::day::Curve;

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    Index,
    Login,
    Lobby,
    Launch,
    Spin,
    Roulette,
    Blackjack,
    Deposit,
    Withdraw,
    Profile,
}

/// Of a hundred actions.
pub(crate) const MIX: [(Action, u32); 10] = [
    (Action::Index, 20),
    (Action::Login, 5),
    (Action::Lobby, 20),
    (Action::Launch, 10),
    (Action::Spin, 35),
    (Action::Roulette, 3),
    (Action::Blackjack, 2),
    (Action::Deposit, 3),
    (Action::Withdraw, 1),
    (Action::Profile, 1),
];

/// Think times are log-normal: half of them are shorter than this many seconds.
const THINK_MEDIAN: f64 = 2.5;
const THINK_SPREAD: f64 = 0.7;
/// Players at once for each action a second: nearly twice as many as think at a time.
const SEATS_PER_RATE: f64 = 6.0;
const SEATS: std::ops::RangeInclusive<u32> = 4..=12_000;

/// What the load is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// Actions a second, on average.
    pub(crate) rate: f64,
    pub(crate) length: Duration,
    pub(crate) seed: u64,
    pub(crate) curve: Curve,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    /// Since the start of the load.
    pub(crate) at: Duration,
    pub(crate) action: Action,
    /// All chance within the action comes from here.
    pub(crate) seed: u64,
    /// The place of the player who does it; a login puts a new player there.
    pub(crate) seat: usize,
}

/// The steps, one after the other.
pub(crate) struct Plan {
    wish: Wish,
    rng: ChaCha8Rng,
    mix: WeightedIndex<u32>,
    think: LogNormal<f64>,
    now: f64,
    /// Who has thought it over when: time in microseconds, seat, and which player of that seat.
    thinking: BinaryHeap<Reverse<(u64, usize, u32)>>,
    /// Which player sits there by now.
    seats: Vec<u32>,
    most_seats: usize,
    /// The seats, those with the player who is here longest first.
    oldest: VecDeque<usize>,
}

impl Plan {
    /// Fails only when the constants above are wrong.
    pub(crate) fn new(wish: Wish) -> Result<Self, String> {
        Ok(Self {
            wish,
            rng: ChaCha8Rng::seed_from_u64(wish.seed),
            mix: WeightedIndex::new(MIX.map(|(_, share)| share))
                .map_err(|error| error.to_string())?,
            think: LogNormal::new(THINK_MEDIAN.ln(), THINK_SPREAD)
                .map_err(|error| error.to_string())?,
            now: 0.0,
            thinking: BinaryHeap::new(),
            seats: Vec::new(),
            most_seats: Self::most_seats(&wish),
            oldest: VecDeque::new(),
        })
    }

    /// So many players are there at once.
    pub(crate) fn most_seats(wish: &Wish) -> usize {
        let wanted = wish.rate * SEATS_PER_RATE;
        let (fewest, most) = SEATS.into_inner();
        let seats = (fewest..most).find(|seats| f64::from(*seats) >= wanted).unwrap_or(most);
        usize::try_from(seats).unwrap_or(usize::MAX)
    }

    /// Arrivals come at the highest rate of the curve and some are passed over, which leaves exactly the rate of the moment.
    fn arrive(&mut self) -> Option<f64> {
        let highest = self.wish.curve.highest();
        loop {
            let wait: f64 = Exp1.sample(&mut self.rng);
            self.now += wait / (self.wish.rate * highest);
            if self.now >= self.wish.length.as_secs_f64() {
                return None;
            }
            if self.rng.random::<f64>() * highest < self.wish.curve.at(self.now) {
                return Some(self.now);
            }
        }
    }

    /// The seat whose player has thought it over first; none while all think.
    fn ready(&mut self, now: u64) -> Option<usize> {
        while let Some(Reverse((at, seat, player))) = self.thinking.peek().copied() {
            if at > now {
                return None;
            }
            self.thinking.pop();
            if self.seats.get(seat) == Some(&player) {
                return Some(seat);
            }
        }
        None
    }

    /// The place for somebody who comes in: a new one, or that of the player who is here longest.
    fn place(&mut self) -> usize {
        let full = self.seats.len() >= self.most_seats;
        let seat = full.then(|| self.oldest.pop_front()).flatten().unwrap_or(self.seats.len());
        match self.seats.get_mut(seat) {
            Some(player) => *player += 1,
            None => self.seats.push(0),
        }
        self.oldest.push_back(seat);
        seat
    }
}

impl Iterator for Plan {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let at = Duration::from_secs_f64(self.arrive()?);
        let now = micros(at);
        let drawn =
            MIX.get(self.mix.sample(&mut self.rng)).map_or(Action::Index, |(action, _)| *action);
        let free = if drawn == Action::Login { None } else { self.ready(now) };
        // When all who are there still think, somebody new comes in.
        let (action, seat) =
            free.map_or_else(|| (Action::Login, self.place()), |seat| (drawn, seat));
        let think = Duration::from_secs_f64(self.think.sample(&mut self.rng).min(60.0));
        let player = self.seats.get(seat).copied().unwrap_or_default();
        self.thinking.push(Reverse((now + micros(think), seat, player)));
        Some(Step { at, action, seed: self.rng.random(), seat })
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(rate: f64, seconds: u64) -> Wish {
        Wish { rate, length: Duration::from_secs(seconds), seed: 7, curve: Curve::Even }
    }

    fn steps(wish: Wish) -> Vec<Step> {
        Plan::new(wish).unwrap().collect()
    }

    #[test]
    fn a_seed_repeats_the_load() {
        let all = steps(wish(50.0, 20));
        assert_eq!(all, steps(wish(50.0, 20)));
        assert_ne!(all, steps(Wish { seed: 8, ..wish(50.0, 20) }));
        assert!(all.is_sorted_by_key(|step| step.at));
    }

    #[test]
    fn it_comes_at_the_rate_and_in_the_mix() {
        let all = steps(wish(200.0, 600));
        let wanted = 200.0 * 600.0;
        assert!(
            (f64::from(u32::try_from(all.len()).unwrap()) - wanted).abs() < 5.0 * f64::sqrt(wanted)
        );
        // Later than the rush of players at the start.
        let settled: Vec<_> = all.iter().filter(|step| step.at > Duration::from_secs(30)).collect();
        for (action, percent) in MIX {
            let count = settled.iter().filter(|step| step.action == action).count();
            let share = 100.0 * f64::from(u32::try_from(count).unwrap())
                / f64::from(u32::try_from(settled.len()).unwrap());
            assert!((share - f64::from(percent)).abs() < 0.6, "{action:?} {share}");
        }
    }

    #[test]
    fn nobody_acts_before_a_login_and_seats_are_bounded() {
        let wish = wish(100.0, 120);
        let mut seen = std::collections::HashSet::new();
        for step in steps(wish) {
            assert!(step.action == Action::Login || seen.contains(&step.seat));
            seen.insert(step.seat);
        }
        assert!(seen.len() <= Plan::most_seats(&wish));
    }

    #[test]
    fn a_short_day_is_busy_in_the_evening() {
        let curve = Curve::Day { from_hour: 0.0, length: Duration::from_mins(4) };
        let all = steps(Wish { curve, ..wish(100.0, 240) });
        let hour = |hour: u64| all.iter().filter(|step| step.at.as_secs() / 10 == hour).count();
        assert!(hour(21) > 4 * hour(4), "{} {}", hour(21), hour(4));
    }
}
