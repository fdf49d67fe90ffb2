//! Verdicts on many comparisons at once.

use crate::Outcome;

/// Of the differences that are called significant, at most this share is none, on average.
pub const FALSE_SHARE: f64 = 0.05;

/// A comparison, as somebody reads it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// What its test found; `None` when there was too little to test.
    pub outcome: Option<Outcome>,
    /// By how much of the first value the second one differs: 0.1 for a tenth more.
    pub change: Option<f64>,
    /// Changes smaller than this matter to nobody, however certain they are.
    pub least: f64,
}

/// What is said about a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// More than chance, and enough to matter.
    Significant,
    /// Chance does it as well, or it is too small to matter.
    Noise,
    /// Nobody can say yet.
    TooFew,
}

/// A verdict for each comparison. All of them are judged together by the procedure of Benjamini and
/// Hochberg (1995), which bounds the share of false alarms by [`FALSE_SHARE`].
pub fn decide(all: &[Compared]) -> Vec<Verdict> {
    decide_at(all, FALSE_SHARE)
}

/// The same with another share of false alarms.
pub fn decide_at(all: &[Compared], false_share: f64) -> Vec<Verdict> {
    let mut found: Vec<f64> = all.iter().filter_map(|one| Some(one.outcome?.p)).collect();
    found.sort_by(f64::total_cmp);
    let tests = count(found.len());
    let ranked = found.iter().enumerate().rev();
    let passing = ranked.map(|(rank, p)| (count(rank + 1) / tests * false_share, *p));
    let limit = passing.into_iter().find(|(allowed, p)| p <= allowed).map(|(_, p)| p);
    let verdict = |one: &Compared| {
        let Some(outcome) = one.outcome else { return Verdict::TooFew };
        let is_certain = limit.is_some_and(|limit| outcome.p <= limit);
        let is_enough = one.change.is_none_or(|change| change.abs() >= one.least);
        if is_certain && is_enough { Verdict::Significant } else { Verdict::Noise }
    };
    all.iter().map(verdict).collect()
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
