//! The rules of a project, made ready to judge tens of thousands of spans a second.

use lang::matching::Matcher;
use model::clock::Micros;
use model::sampling::{Rule, Share};

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
    pub(crate) matcher: Matcher,
    pub(crate) share: Share,
}

impl Rules {
    /// Settings were checked when they were saved. A search that cannot be read nevertheless matches
    /// nothing.
    pub fn new(settings: &Settings) -> Self {
        let custom = settings.rules.iter().zip(0_u8..).filter_map(|(rule, place)| {
            let matcher = Matcher::new(&rule.filter().ok()?);
            let share = Share::nearest(rule.sample_rate);
            Some(Custom { rule: Rule::Custom(place), matcher, share })
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
