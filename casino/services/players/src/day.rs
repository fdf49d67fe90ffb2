//! How busy a casino is over a day.

use std::time::Duration;

/// Hour by hour: quiet at five in the morning, busiest at nine in the evening. Only the proportions count.
const HOURS: [f64; 24] = [
    0.80, 0.60, 0.45, 0.35, 0.30, 0.30, 0.35, 0.50, 0.65, 0.80, 0.90, 1.00, 1.10, 1.10, 1.05, 1.05,
    1.15, 1.30, 1.50, 1.70, 1.85, 1.90, 1.75, 1.55,
];
const SECONDS_OF_DAY: f64 = 86_400.0;

/// The rate over time, with a mean of one over a whole day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Curve {
    /// The same at all times.
    Even,
    /// A day that starts at an hour and goes by in `length`.
    Day {
        /// The hour at the start.
        from_hour: f64,
        /// How long the day takes.
        length: Duration,
    },
}

impl Curve {
    /// The share of the mean rate, `seconds` after the start.
    pub(crate) fn at(self, seconds: f64) -> f64 {
        match self {
            Self::Even => 1.0,
            Self::Day { from_hour, length } => {
                let speed = SECONDS_OF_DAY / length.as_secs_f64().max(1.0);
                of_hour(from_hour + seconds * speed / 3600.0)
            }
        }
    }

    /// No share is above this.
    pub(crate) fn highest(self) -> f64 {
        match self {
            Self::Even => 1.0,
            Self::Day { .. } => HOURS.into_iter().fold(0.0, f64::max) / mean(),
        }
    }
}

fn mean() -> f64 {
    HOURS.iter().sum::<f64>() / 24.0
}

/// Straight lines between the hours.
fn of_hour(hour: f64) -> f64 {
    let hour = hour.rem_euclid(24.0);
    let (mut low, mut part) = (0.0, 0.0);
    let mut high = 0.0;
    for (start, pair) in (0_u8..).map(f64::from).zip(HOURS.iter().zip(HOURS.iter().cycle().skip(1)))
    {
        if start <= hour {
            (low, high, part) = (*pair.0, *pair.1, hour - start);
        }
    }
    (low + (high - low) * part) / mean()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_a_mean_of_one_and_stays_below_its_highest() {
        let day = Curve::Day { from_hour: 13.0, length: Duration::from_mins(10) };
        let shares: Vec<f64> = (0..6000).map(|tenth| day.at(f64::from(tenth) / 10.0)).collect();
        let mean = shares.iter().sum::<f64>() / 6000.0;
        assert!((mean - 1.0).abs() < 1e-3, "{mean}");
        assert!(shares.iter().all(|share| *share <= day.highest() + 1e-9));
        assert!(
            day.at(200.0) > 4.0 * day.at(400.0),
            "nine in the evening against five in the morning"
        );
    }
}
