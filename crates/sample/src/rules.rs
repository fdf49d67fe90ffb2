//! The rules of a project, made ready to judge tens of thousands of spans a second.

use lang::ask::{Filter, SpanField};
use lang::matching::Matcher;
use model::clock::Micros;
use model::sampling::{Rule, Share};
use model::span::SpanRow;

use crate::settings::Settings;

const HOUR_MICROS: u64 = 3_600_000_000;

/// See the module.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Nothing is thinned out.
    pub(crate) is_off: bool,
    pub(crate) error: Share,
    /// The share of durations that are shorter, and the share that stays.
    pub(crate) slow: (f64, Share),
    /// How long a release is new, and the share that stays.
    pub(crate) new_release: (Micros, Share),
    pub(crate) rare: u32,
    pub(crate) background: (Share, Share),
    pub(crate) spans_per_second: f64,
    pub(crate) custom: Vec<Custom>,
}

#[derive(Debug, Clone)]
pub(crate) struct Custom {
    pub(crate) rule: Rule,
    pub(crate) share: Share,
    /// What is the same for all spans of a segment, and need not be asked of each.
    of_segment: Matcher,
    of_span: Matcher,
}

impl Custom {
    pub(crate) fn matches_segment(&self, row: &SpanRow<'_>) -> bool {
        self.of_segment.matches(row)
    }

    pub(crate) fn matches_span(&self, row: &SpanRow<'_>) -> bool {
        self.of_span.matches(row)
    }
}

/// Two conditions of which one must hold: on what all spans of a segment have in common, and on the rest.
fn split(filter: Filter<SpanField>) -> (Filter<SpanField>, Filter<SpanField>) {
    match filter {
        Filter::Or(any) => {
            let (of_segment, of_span) = any.into_iter().partition(is_common);
            (Filter::Or(of_segment), Filter::Or(of_span))
        }
        filter if is_common(&filter) => (filter, Filter::Nothing),
        filter => (Filter::Nothing, filter),
    }
}

/// Whether all spans of a segment meet it or none does. As deep as the grammar allows.
fn is_common(filter: &Filter<SpanField>) -> bool {
    match filter {
        Filter::All | Filter::Nothing => true,
        Filter::And(all) | Filter::Or(all) => all.iter().all(is_common),
        Filter::Not(inner) => is_common(inner),
        Filter::Has(field)
        | Filter::Compare(field, ..)
        | Filter::In(field, _)
        | Filter::Contains(field, _)
        | Filter::Glob(field, _) => COMMON.contains(field),
    }
}

/// Fields that [`common`] compares.
const COMMON: [SpanField; 4] =
    [SpanField::Transaction, SpanField::Release, SpanField::Environment, SpanField::Platform];

/// What all spans of a segment have in common.
pub(crate) fn common<'r>(row: &'r SpanRow<'_>) -> [&'r str; 4] {
    [&row.transaction, &row.release, &row.environment, &row.platform]
}

impl Rules {
    /// Settings were checked when they were saved. A search that cannot be read nevertheless matches
    /// nothing.
    pub fn new(settings: &Settings) -> Self {
        let custom = settings.rules.iter().zip(0_u8..).filter_map(|(rule, place)| {
            let (of_segment, of_span) = split(rule.filter().ok()?);
            let [of_segment, of_span] = [of_segment, of_span].map(|it| Matcher::new(&it));
            let share = Share::nearest(rule.sample_rate);
            Some(Custom { rule: Rule::Custom(place), share, of_segment, of_span })
        });
        let new_for = Micros(u64::from(settings.new_release.hours) * HOUR_MICROS);
        Self {
            is_off: !settings.enabled,
            error: Share::nearest(settings.error),
            slow: (settings.slow.quantile, Share::nearest(settings.slow.rate)),
            new_release: (new_for, Share::nearest(settings.new_release.rate)),
            rare: settings.rare.count,
            background: (
                Share::nearest(settings.background.min),
                Share::nearest(settings.background.max),
            ),
            spans_per_second: f64::from(settings.spans_per_second),
            custom: custom.collect(),
        }
    }

    /// Whether everything stays.
    pub fn keep_everything(&self) -> bool {
        self.is_off
    }

    /// Every rule with its share, where nothing speaks for a trace last.
    pub(crate) fn shares(&self, background: Share) -> Vec<(Rule, Share)> {
        let mut all = vec![
            (Rule::Error, self.error),
            (Rule::Slow, self.slow.1),
            (Rule::Keep, Share::ALL),
            (Rule::NewRelease, self.new_release.1),
            (Rule::Rare, Share::ALL),
        ];
        all.extend(self.custom.iter().map(|custom| (custom.rule, custom.share)));
        all.push((Rule::Background, background));
        all
    }
}
