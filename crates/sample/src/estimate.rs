//! What settings would keep of traces that are known by their facts.

use std::collections::HashMap;

use model::sampling::{Rule, Share};

use crate::budget::Budget;
use crate::rules::Rules;

/// A trace as an estimate sees it.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each rule matches by itself")]
pub struct Seen {
    /// Its spans, before sampling.
    pub spans: f64,
    /// How many traces it stands for.
    pub weight: f64,
    /// The name of a transaction in it.
    pub transaction: String,
    /// Something in it failed.
    pub failed: bool,
    /// It was slow.
    pub slow: bool,
    /// It asks to be kept.
    pub keep: bool,
    /// It is of a new release.
    pub new_release: bool,
    /// Places of the project's own rules that match.
    pub rules: Vec<usize>,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    /// Which.
    pub rule: Rule,
    /// Its share.
    pub share: Share,
    /// Traces per second that match.
    pub matched: f64,
    /// Traces per second of which it decides, because no other rule keeps more of them.
    pub decided: f64,
    /// Traces per second that it keeps.
    pub kept: f64,
}

/// What settings would keep, in traces and spans per second.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Traces.
    pub traces: f64,
    /// Spans.
    pub spans: f64,
    /// Traces that stay.
    pub traces_kept: f64,
    /// Spans that stay.
    pub spans_kept: f64,
    /// The share of what nothing speaks for.
    pub background: Share,
    /// The goal is missed although the background is as small as it may be.
    pub is_exceeded: bool,
    /// Each rule.
    pub rules: Vec<Kept>,
}

/// Seconds in which rare traces are counted.
const RARE_SECONDS: f64 = 600.0;

/// Works out what would stay of traces that were seen in so many seconds.
pub fn estimate(rules: &Rules, seen: &[Seen], seconds: f64) -> Estimate {
    let seconds = seconds.max(1.0);
    let mut by_transaction: HashMap<&str, f64> = HashMap::new();
    for trace in seen {
        *by_transaction.entry(&trace.transaction).or_default() += trace.weight;
    }
    // The first of ten minutes stay, however many follow.
    let windows = (seconds / RARE_SECONDS).max(1.0);
    let rare_share = |trace: &Seen| {
        let all = by_transaction.get(trace.transaction.as_str()).copied().unwrap_or(0.0);
        (f64::from(rules.rare) * windows / all.max(1.0)).min(1.0)
    };
    let (mut ruled, mut common) = (0.0, 0.0);
    for trace in seen {
        match verdict(rules, trace, rules.background.1) {
            (Rule::Background, _) => common += trace.spans,
            (_, share) => ruled += trace.spans * share.as_f64(),
        }
    }
    let mut budget = Budget::default();
    budget.note_rates(ruled / seconds, common / seconds);
    let background = if rules.keep_everything() { Share::ALL } else { budget.share(rules) };
    let mut all = Estimate {
        traces: 0.0,
        spans: 0.0,
        traces_kept: 0.0,
        spans_kept: 0.0,
        background,
        is_exceeded: !rules.keep_everything() && budget.is_exceeded(rules),
        rules: Vec::new(),
    };
    let shares = rules.shares(background);
    all.rules = shares
        .iter()
        .map(|&(rule, share)| Kept { rule, share, matched: 0.0, decided: 0.0, kept: 0.0 })
        .collect();
    for trace in seen {
        let (rule, share) = verdict(rules, trace, background);
        let by_rule = share.as_f64();
        let is_dropped = share == Share::NONE;
        let rare = if is_dropped || rules.keep_everything() { 0.0 } else { rare_share(trace) };
        let by_rarity = rare * (1.0 - by_rule);
        all.traces += trace.weight / seconds;
        all.spans += trace.spans / seconds;
        all.traces_kept += trace.weight * (by_rule + by_rarity) / seconds;
        all.spans_kept += trace.spans * (by_rule + by_rarity) / seconds;
        for of_rule in &mut all.rules {
            let is_its = of_rule.rule == rule;
            let rarely = of_rule.rule == Rule::Rare;
            let matches =
                is_its || matches(of_rule.rule, trace) || of_rule.rule == Rule::Background;
            let matched = if rarely { rare } else { f64::from(u8::from(matches)) };
            let decided = if rarely { by_rarity } else { f64::from(u8::from(is_its)) };
            let kept = if rarely {
                by_rarity
            } else if is_its {
                by_rule
            } else {
                0.0
            };
            of_rule.matched += trace.weight * matched / seconds;
            of_rule.decided += trace.weight * decided / seconds;
            of_rule.kept += trace.weight * kept / seconds;
        }
    }
    all
}

fn matches(rule: Rule, trace: &Seen) -> bool {
    match rule {
        Rule::Error => trace.failed,
        Rule::Slow => trace.slow,
        Rule::Keep => trace.keep,
        Rule::NewRelease => trace.new_release,
        Rule::Custom(place) => trace.rules.contains(&usize::from(place)),
        Rule::Background | Rule::Rare => false,
    }
}

/// The rule with the largest share; what drops counts where none has one.
fn verdict(rules: &Rules, trace: &Seen, background: Share) -> (Rule, Share) {
    if rules.keep_everything() {
        return (Rule::Background, Share::ALL);
    }
    let mut best = (Rule::Background, background);
    let mut dropped = None;
    for (rule, share) in rules.shares(background) {
        if !matches(rule, trace) {
            continue;
        }
        if share == Share::NONE {
            if matches!(rule, Rule::Custom(_)) {
                dropped = Some(rule);
            }
        } else if share > best.1 {
            best = (rule, share);
        }
    }
    match dropped {
        Some(rule) if best.0 == Rule::Background => (rule, Share::NONE),
        _ => best,
    }
}
