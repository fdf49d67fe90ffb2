//! Judges spans as they arrive. A judge knows what it has seen itself, lately; several do not talk to
//! each other, because each sees a fair part of all.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use model::clock::Micros;
use model::id::{ProjectId, TraceId};
use model::sampling::{Rule, Share, Verdict};
use model::sketch::{RELATIVE_ERROR, Sketch};
use model::span::{AttributeValue, SpanRow};

use crate::rules::{Custom, Rules, common};

/// Half of the time that is looked back at.
const HALF_MICROS: u64 = 300_000_000;
/// Durations that must be known before one is called slow.
const SAMPLES_MIN: f64 = 100.0;
/// Durations between two looks at the histogram.
const SAMPLES_BETWEEN: u32 = 64;
/// Transactions that are known; nothing is slow or rare among others.
const ROUTES_MAX: usize = 1_000;
/// Durations beyond are as good as these, so that a histogram has a size. In milliseconds.
const MILLIS_MIN: f64 = 0.1;
const MILLIS_MAX: f64 = 3_600_000.0;
/// Kinds of answers: none, and those that statuses of HTTP begin with.
const CLASSES: usize = 6;

/// See the module.
#[derive(Debug, Default)]
pub struct Judge {
    routes: HashMap<u64, Route>,
    /// When routes were last looked through for such as are not seen any more.
    swept_micros: u64,
    verdicts: HashMap<(ProjectId, TraceId), Verdict>,
}

/// A transaction of a project in the last ten minutes, in two halves.
#[derive(Debug, Default)]
struct Route {
    /// When the newer half began.
    began_micros: u64,
    durations: [Sketch; 2],
    kept: [[u32; CLASSES]; 2],
    /// From where on a duration is slow, in milliseconds.
    slow_from: Option<f64>,
    /// Durations until it is worked out anew.
    left: u32,
}

/// The best that was found for a trace.
#[derive(Debug, Clone, Copy)]
struct Best {
    trace: TraceId,
    share: Share,
    rule: Rule,
    /// The rule that wants it dropped.
    dropped_by: Option<Rule>,
}

impl Best {
    fn of(trace: TraceId) -> Self {
        Self { trace, share: Share::NONE, rule: Rule::Background, dropped_by: None }
    }

    fn offer(&mut self, share: Share, rule: Rule) {
        if share > self.share {
            (self.share, self.rule) = (share, rule);
        }
    }
}

/// What attributes of a span say.
#[derive(Default)]
struct Told {
    keep: bool,
    bad: bool,
    http_status: Option<u16>,
}

impl Judge {
    /// Looks at the spans of one item, which are of one project. `first_seen` says when a release was
    /// first seen.
    pub fn look(
        &mut self,
        rules: &Rules,
        rows: &[SpanRow<'_>],
        mut first_seen: impl FnMut(&str) -> Micros,
    ) {
        let Some(first) = rows.first().filter(|_| !rules.is_off) else { return };
        let (mut shared, mut is_new, mut matching) = (None, false, 0_u32);
        let mut best = Best::of(first.trace);
        for row in rows {
            if row.trace != best.trace {
                self.note(rules, row, best);
                best = Best::of(row.trace);
            }
            if shared != Some(common(row)) {
                shared = Some(common(row));
                is_new = !row.release.is_empty() && {
                    let seen = first_seen(&row.release);
                    row.received.0.saturating_sub(seen.0) < rules.new_release.0.0
                };
                let matches = |custom: &Custom| u32::from(custom.matches_segment(row));
                let places = rules.custom.iter().zip(0..u32::BITS);
                matching = places.map(|(custom, place)| matches(custom) << place).sum();
            }
            if is_new {
                best.offer(rules.new_release.1, Rule::NewRelease);
            }
            let told = told(row);
            if best.share < Share::ALL {
                best.look(rules, row, &told, matching);
            }
            if row.is_segment {
                self.look_at_segment(rules, row, &told, &mut best);
            }
        }
        self.note(rules, first, best);
    }

    /// Everything that was found since the last time.
    pub fn take(&mut self) -> Vec<Verdict> {
        self.verdicts.drain().map(|(_, verdict)| verdict).collect()
    }

    /// Only what is not decided by the background anyway is worth remembering.
    fn note(&mut self, rules: &Rules, row: &SpanRow<'_>, best: Best) {
        let (share, rule) = match best.dropped_by {
            _ if best.share > rules.background.0 => (best.share, best.rule),
            Some(rule) => (Share::NONE, rule),
            None => return,
        };
        let (project, trace, at) = (row.project, best.trace, row.received);
        let new = Verdict { project, trace, at, share, rule };
        let known = self.verdicts.entry((project, trace)).or_insert(new);
        if new.share > known.share {
            *known = new;
        }
    }

    fn look_at_segment(&mut self, rules: &Rules, row: &SpanRow<'_>, told: &Told, best: &mut Best) {
        let Some(route) = self.route(row) else { return };
        if rules.slow.1 > Share::NONE && route.is_slow(rules.slow.0, row.duration) {
            best.offer(rules.slow.1, Rule::Slow);
        }
        let class = told.http_status.map_or(0, |status| usize::from(status / 100));
        let class = if class < CLASSES { class } else { 0 };
        let kept: u32 = route.kept.iter().filter_map(|half| half.get(class)).sum();
        if kept < rules.rare && best.dropped_by.is_none() {
            best.offer(Share::ALL, Rule::Rare);
        }
        if best.share.max(rules.background.1).keeps(row.trace)
            && let Some(kept) = route.kept[0].get_mut(class)
        {
            *kept = kept.saturating_add(1);
        }
    }

    fn route(&mut self, row: &SpanRow<'_>) -> Option<&mut Route> {
        let mut hasher = DefaultHasher::new();
        row.project.hash(&mut hasher);
        row.transaction.hash(&mut hasher);
        let (key, now) = (hasher.finish(), row.received.0);
        if self.routes.len() >= ROUTES_MAX && !self.routes.contains_key(&key) {
            if now.saturating_sub(self.swept_micros) < HALF_MICROS {
                return None;
            }
            self.swept_micros = now;
            let is_known = |route: &Route| now.saturating_sub(route.began_micros) < 2 * HALF_MICROS;
            self.routes.retain(|_, route| is_known(route));
            if self.routes.len() >= ROUTES_MAX {
                return None;
            }
        }
        let route = self.routes.entry(key).or_default();
        route.turn(now);
        Some(route)
    }
}

impl Best {
    /// `matching` has a bit for each rule that the segment matches.
    fn look(&mut self, rules: &Rules, row: &SpanRow<'_>, told: &Told, matching: u32) {
        let failed = row.is_failure() || told.bad || told.http_status.is_some_and(|it| it >= 500);
        if failed {
            self.offer(rules.error, Rule::Error);
        }
        if told.keep {
            self.offer(Share::ALL, Rule::Keep);
        }
        for (custom, place) in rules.custom.iter().zip(0..u32::BITS) {
            let is_drop = custom.share == Share::NONE;
            let matters = custom.share > self.share || is_drop && self.dropped_by.is_none();
            if !matters || matching >> place & 1 == 0 && !custom.matches_span(row) {
                continue;
            }
            if is_drop {
                self.dropped_by = Some(custom.rule);
            } else {
                self.offer(custom.share, custom.rule);
            }
        }
    }
}

impl Route {
    /// Goes on to the half in which that moment lies.
    fn turn(&mut self, now: u64) {
        let over = now.saturating_sub(self.began_micros) / HALF_MICROS;
        if over == 0 {
            return;
        }
        let turned = over == 1;
        let [newer, older] = &mut self.durations;
        *older = if turned { std::mem::take(newer) } else { Sketch::default() };
        *newer = Sketch::default();
        self.kept = [[0; CLASSES], if turned { self.kept[0] } else { [0; CLASSES] }];
        self.began_micros = now / HALF_MICROS * HALF_MICROS;
        self.left = 0;
    }

    /// Whether it took longer than that share of the others. A histogram does not tell neighbours apart,
    /// so what takes as long as all others is not slow.
    fn is_slow(&mut self, quantile: f64, micros: u64) -> bool {
        let millis = millis(micros);
        self.durations[0].add(millis, 1.0);
        if self.left == 0 {
            self.left = SAMPLES_BETWEEN;
            let mut all = self.durations[1].clone();
            all.merge(&self.durations[0]);
            let is_known = all.count() >= SAMPLES_MIN;
            let limit = all.quantile(quantile).map(|limit| limit * (1.0 + 2.0 * RELATIVE_ERROR));
            self.slow_from = limit.filter(|_| is_known);
        }
        self.left -= 1;
        self.slow_from.is_some_and(|limit| millis > limit)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a histogram is not exact")]
fn millis(micros: u64) -> f64 {
    (micros as f64 / 1_000.0).clamp(MILLIS_MIN, MILLIS_MAX)
}

/// One pass over the attributes.
fn told(row: &SpanRow<'_>) -> Told {
    let mut told = Told::default();
    for attribute in &row.attributes {
        match attribute.name.as_ref() {
            "sampling.keep" => told.keep = is_true(&attribute.value),
            "sli.bad" => told.bad = is_true(&attribute.value),
            "http.response.status_code" => told.http_status = whole(&attribute.value),
            _ => {}
        }
    }
    told
}

fn is_true(value: &AttributeValue<'_>) -> bool {
    match value {
        AttributeValue::Bool(truth) => *truth,
        AttributeValue::Text(text) => text == "true",
        AttributeValue::Number(_) => false,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between zero and a thousand"
)]
fn whole(value: &AttributeValue<'_>) -> Option<u16> {
    match value {
        AttributeValue::Number(number) if (0.0..1_000.0).contains(number) => Some(*number as u16),
        AttributeValue::Text(text) => text.parse().ok(),
        _ => None,
    }
}
