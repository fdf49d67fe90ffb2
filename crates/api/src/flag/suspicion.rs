//! Which results of feature flags are more frequent in an issue than elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contrast::{Compared, Outcome, Share, Verdict, decide_at, excess};
use lang::ask::Facet;

use crate::cell;

/// Of the results that are called suspect, at most this share is so by chance, on average. Stricter than
/// other comparisons, because people look at many issues, each with many flags.
pub(super) const FALSE_SHARE: f64 = 0.001;
/// By how much more of the issue's events must have the result: a tenth of them.
pub(super) const DIFFERENCE_MIN: f64 = 0.1;

/// Events of one side: of the issue, or all others.
#[derive(Debug, Clone, Default)]
pub(super) struct Side {
    /// What flags they have, each with its results.
    pub(super) flags: Vec<Facet>,
    /// How many of the events tell something new, from 0 to 1: those of one person are one.
    pub(super) independent: f64,
}

/// What is said of a flag, by its most telling result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Suspicion {
    pub(super) flag: String,
    pub(super) result: String,
    pub(super) verdict: Verdict,
    /// `None` when there was nothing to compare with.
    pub(super) outcome: Option<Outcome>,
    /// Events of the issue: with that result among those with any.
    pub(super) issue: Share,
    /// The same of all other events.
    pub(super) others: Share,
    /// All results of the flag in events of the issue, and in others.
    pub(super) results: Arc<[BTreeMap<String, u64>; 2]>,
}

impl Side {
    /// The share of events that tell something new, of so many of which so many have a person, of so many
    /// persons. All of them when there are none.
    pub(super) fn independence(events: f64, with_person: f64, persons: f64) -> f64 {
        let told = events - with_person + persons;
        if events > 0.0 { (told / events).clamp(0.0, 1.0) } else { 1.0 }
    }

    fn find(&self, flag: &str) -> Option<&Facet> {
        self.flags.iter().find(|facet| facet.key == flag)
    }

    /// What tells something new of these events, in whole cases. Where it is not whole, `round` says which
    /// way hits go: against the suspicion.
    fn weighed(&self, share: Share, round: fn(f64) -> f64) -> Share {
        let total = (share.total * self.independent).round();
        // A product that is whole but for the last bit is.
        let hits = (share.hits * self.independent * 1e6).round() / 1e6;
        Share { hits: round(hits).min(total), total }
    }
}

/// Every flag of the issue's events, the most suspect first.
///
/// The events in which a flag was evaluated are compared by its result: how often it is evaluated says
/// where in a program an issue is, and not why. Fisher's exact test in one direction on these counts, all
/// results of all flags judged together.
pub(super) fn judge(issue: &Side, others: &Side) -> Vec<Suspicion> {
    let mut found: Vec<Suspicion> = Vec::new();
    for facet in &issue.flags {
        let elsewhere = others.find(&facet.key);
        let results = Arc::new([Some(facet), elsewhere].map(counts));
        let total = elsewhere.map_or(0, |facet| facet.total);
        for value in &facet.values {
            let hits = match elsewhere {
                None => 0,
                // Only the most frequent results were told, so that none is not known to be none.
                Some(facet) if !results[1].contains_key(&value.value) && is_cut(facet) => continue,
                Some(_) => results[1].get(&value.value).copied().unwrap_or(0),
            };
            let ours = share(value.count, facet.total);
            let theirs = share(hits, total);
            found.push(Suspicion {
                flag: facet.key.clone(),
                result: value.value.clone(),
                verdict: Verdict::TooFew,
                outcome: excess(others.weighed(theirs, f64::ceil), issue.weighed(ours, f64::floor)),
                issue: ours,
                others: theirs,
                results: Arc::clone(&results),
            });
        }
    }
    let compared: Vec<Compared> = found.iter().map(Suspicion::compared).collect();
    for (suspicion, verdict) in found.iter_mut().zip(decide_at(&compared, FALSE_SHARE)) {
        suspicion.verdict = verdict;
    }
    found.sort_by(|left, right| {
        left.rank().total_cmp(&right.rank()).then_with(|| left.flag.cmp(&right.flag))
    });
    most_telling(found)
}

impl Suspicion {
    fn compared(&self) -> Compared {
        // Less often than elsewhere is no reason to suspect it, however certain that is.
        let change = self.difference().max(0.0);
        Compared { outcome: self.outcome, change: Some(change), least: DIFFERENCE_MIN }
    }

    /// How much more of the issue's events have the result.
    fn difference(&self) -> f64 {
        let ratio = |share: Share| share.ratio().unwrap_or(0.0);
        ratio(self.issue) - ratio(self.others)
    }

    /// Suspects first, then by their chance; what was not compared is last.
    fn rank(&self) -> f64 {
        let place = if self.verdict == Verdict::Significant { 0.0 } else { 2.0 };
        place + self.outcome.map_or(2.0, |outcome| outcome.p)
    }

    /// How unlikely it is by chance: 3 for one in a thousand.
    pub(super) fn score(&self) -> f64 {
        self.outcome.map_or(0.0, |outcome| -outcome.p.max(1e-300).log10()).max(0.0)
    }
}

/// The first of each flag.
fn most_telling(sorted: Vec<Suspicion>) -> Vec<Suspicion> {
    let mut known = BTreeSet::new();
    sorted.into_iter().filter(|suspicion| known.insert(suspicion.flag.clone())).collect()
}

fn counts(facet: Option<&Facet>) -> BTreeMap<String, u64> {
    let values = facet.into_iter().flat_map(|facet| &facet.values);
    values.map(|value| (value.value.clone(), value.count)).collect()
}

fn is_cut(facet: &Facet) -> bool {
    u64::try_from(facet.values.len()).is_ok_and(|told| told < facet.unique)
        || facet.values.iter().map(|value| value.count).sum::<u64>() < facet.total
}

fn share(hits: u64, total: u64) -> Share {
    Share { hits: cell::float(hits), total: cell::float(total) }
}

#[cfg(test)]
mod tests {
    use lang::ask::FacetValue;
    use model::clock::Micros;

    use super::*;

    fn facet(flag: &str, results: &[(&str, u64)]) -> Facet {
        let at = Micros(0);
        let value = |(value, count): &(&str, u64)| FacetValue {
            value: (*value).to_owned(),
            count: *count,
            first_seen: at,
            last_seen: at,
        };
        let values: Vec<FacetValue> =
            results.iter().filter(|(_, count)| *count > 0).map(value).collect();
        Facet {
            key: flag.to_owned(),
            total: values.iter().map(|value| value.count).sum(),
            unique: values.len() as u64,
            values,
        }
    }

    fn side(flags: Vec<Facet>) -> Side {
        Side { flags, independent: 1.0 }
    }

    #[track_caller]
    fn check(issue: &[(&str, u64)], others: &[(&str, u64)], independent: f64, expected: &str) {
        let ours = Side { independent, ..side(vec![facet("x", issue)]) };
        let theirs = match others {
            [] => side(Vec::new()),
            _ => side(vec![facet("x", others)]),
        };
        let judged = judge(&ours, &theirs);
        let line = match &judged[..] {
            [one] => format!("{} {:?}", one.result, one.verdict),
            other => panic!("{other:?}"),
        };
        assert_eq!(line, expected, "{issue:?} {others:?}");
    }

    #[test]
    fn one_flag() {
        // On in all of the issue, on in few others.
        check(&[("true", 20)], &[("true", 30), ("false", 970)], 1.0, "true Significant");
        // Also in few events.
        check(&[("true", 4)], &[("true", 30), ("false", 970)], 1.0, "true Significant");
        check(&[("true", 1)], &[("true", 30), ("false", 970)], 1.0, "true Noise");
        // Twenty events of two people are two events.
        check(&[("true", 20)], &[("true", 300), ("false", 700)], 0.1, "true Noise");
        // As elsewhere.
        check(&[("true", 15), ("false", 15)], &[("true", 500), ("false", 500)], 1.0, "true Noise");
        // Certain, but hardly more than elsewhere.
        check(
            &[("true", 9_500), ("false", 500)],
            &[("true", 90_000), ("false", 10_000)],
            1.0,
            "true Noise",
        );
        // Nothing to compare with.
        check(&[("true", 20)], &[], 1.0, "true TooFew");
        check(&[("true", 20)], &[("true", 500)], 1.0, "true TooFew");
        // One of several variants.
        check(
            &[("red", 1), ("blue", 19)],
            &[("red", 400), ("blue", 300), ("green", 300)],
            1.0,
            "blue Significant",
        );
        // It was off where the issue is.
        check(&[("false", 20)], &[("true", 900), ("false", 100)], 1.0, "false Significant");
    }

    /// Cases that are not whole are rounded against the suspicion: of the others 0.95 of 10 have it.
    #[test]
    fn rounding_makes_no_suspects() {
        let ours = side(vec![facet("x", &[("true", 4)])]);
        let others = vec![facet("x", &[("true", 19), ("false", 181)])];
        let judged = judge(&ours, &Side { flags: others, independent: 0.05 });
        let p = judged.first().and_then(|one| one.outcome).map(|outcome| outcome.p);
        assert!(p.is_some_and(|p| (p - 5.0 / 1001.0).abs() < 1e-9), "{p:?}");
        let weighed = Side { flags: Vec::new(), independent: 15.0 / 22.0 };
        let share = Share { hits: 22.0, total: 22.0 };
        assert_eq!(weighed.weighed(share, f64::floor), Share { hits: 15.0, total: 15.0 });
    }

    #[test]
    fn results_that_were_not_told_are_not_judged() {
        let ours = side(vec![facet("x", &[("rare", 20)])]);
        let mut cut = facet("x", &[("a", 500), ("b", 400)]);
        cut.unique = 5_000;
        assert_eq!(judge(&ours, &side(vec![cut])), []);
    }

    /// Uniform in `0..bound`. Source: Steele and others, `SplitMix64`.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let number = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            (number ^ number >> 31) % bound
        }
    }

    /// So many events with twenty flags of noise, each on in its own share of events, and one that is on in
    /// `planted` of a hundred.
    fn events(dice: &mut Dice, shares: &[u64], count: u64, planted: u64) -> Vec<Facet> {
        let mut on = vec![0; shares.len()];
        let mut planted_on = 0;
        for _ in 0..count {
            for (flag, share) in shares.iter().enumerate() {
                on[flag] += u64::from(dice.roll(100) < *share);
            }
            planted_on += u64::from(dice.roll(100) < planted);
        }
        let noise = on.iter().enumerate().map(|(flag, &on)| {
            facet(&format!("noise-{flag}"), &[("true", on), ("false", count - on)])
        });
        let planted = facet("planted", &[("true", planted_on), ("false", count - planted_on)]);
        noise.chain([planted]).collect()
    }

    #[test]
    fn the_planted_flag_is_named_and_no_noise_is() {
        for seed in 0..50 {
            let mut dice = Dice(seed);
            let shares: Vec<u64> = (0..20).map(|_| 1 + dice.roll(99)).collect();
            let size = [20, 60, 300][usize::try_from(seed % 3).unwrap()];
            // On in a tenth of what goes well, in nearly all that fails.
            for (in_issue, expected) in [(95, &["planted"][..]), (10, &[])] {
                let issue = side(events(&mut dice, &shares, size, in_issue));
                let others = side(events(&mut dice, &shares, 2_000, 10));
                let judged = judge(&issue, &others);
                assert_eq!(judged.len(), 21);
                let suspects: Vec<&str> = judged
                    .iter()
                    .filter(|one| one.verdict == Verdict::Significant)
                    .map(|one| one.flag.as_str())
                    .collect();
                assert_eq!(suspects, expected, "seed {seed}, {size} events, {in_issue} %");
            }
        }
    }

    #[test]
    fn people_count_once() {
        for (events, with_person, persons, expected) in [
            (100.0, 100.0, 10.0, 0.1),
            (100.0, 0.0, 0.0, 1.0),
            (100.0, 50.0, 5.0, 0.55),
            (0.0, 0.0, 0.0, 1.0),
        ] {
            let found = Side::independence(events, with_person, persons);
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }
}
