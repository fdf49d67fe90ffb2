//! How much of what nothing speaks for may stay: as much as a project's goal leaves room for.

use model::sampling::Share;

use crate::rules::Rules;

/// How much the newest measurement counts.
const NEWEST: f64 = 0.5;

/// What a project sends, in spans per second: the mean of the last rounds, the newest counting most.
#[derive(Debug, Clone, Copy, Default)]
pub struct Budget {
    measured: Option<Rates>,
}

#[derive(Debug, Clone, Copy)]
struct Rates {
    /// Spans that stay by a rule.
    ruled: f64,
    /// Spans that nothing speaks for.
    background: f64,
}

impl Budget {
    /// Takes the counts of a round into account, which was about that many seconds. `ruled` are spans
    /// that stay by a rule, `background` those that nothing speaks for, whether they stay or not.
    pub fn note(&mut self, ruled: u64, background: u64, seconds: f64) {
        if seconds > 0.0 {
            self.note_rates(rate(ruled, seconds), rate(background, seconds));
        }
    }

    pub(crate) fn note_rates(&mut self, ruled: f64, background: f64) {
        let new = Rates { ruled, background };
        let mix = |old: f64, new: f64| old + NEWEST * (new - old);
        self.measured = Some(match self.measured {
            None => new,
            Some(old) => Rates {
                ruled: mix(old.ruled, new.ruled),
                background: mix(old.background, new.background),
            },
        });
    }

    /// The share of what nothing speaks for; the largest while nothing is known.
    pub fn share(&self, rules: &Rules) -> Share {
        let (min, max) = rules.background;
        let Some(rates) = self.measured.filter(|rates| rates.background > 0.0) else { return max };
        let room = (rules.spans_per_second - rates.ruled).max(0.0);
        Share::nearest(room / rates.background).clamp(min, max)
    }

    /// Whether the goal is missed although the background is as small as it may be. Nothing is cut then:
    /// what failed is worth more than the goal.
    pub fn is_exceeded(&self, rules: &Rules) -> bool {
        self.measured.is_some_and(|rates| {
            let smallest = rates.background * rules.background.0.as_f64();
            rates.ruled + smallest > rules.spans_per_second
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn rate(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds
}
