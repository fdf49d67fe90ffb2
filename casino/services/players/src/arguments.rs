//! What can be said on the command line.

use std::path::PathBuf;
use std::time::Duration;

use casino_telemetry::{variable, variable_or};
use clap::Parser;

use crate::day::Curve;
use crate::plan::Wish;

const GATEWAY: &str = "http://127.0.0.1:4200";
const FASTEST: f64 = 2000.0;
/// A hundred years: until somebody stops it.
const ENDLESS: Duration = Duration::from_hours(24 * 36_500);

/// Seeded, open-loop load on the casino, with its own record of what happened.
#[derive(Clone, Debug, Parser)]
#[command(name = "casino-players", version)]
pub(crate) struct Arguments {
    /// Address of the gateway, else that of the environment (`CASINO_GATEWAY_URL`) or port 4200 of this machine.
    #[arg(long)]
    gateway: Option<String>,
    /// Actions a second, on average; at most 2000.
    #[arg(long, default_value_t = 20.0, value_parser = rate)]
    rate: f64,
    /// How long: 90s, 10m, 2h; else until it is stopped.
    #[arg(long = "for", value_parser = duration)]
    length: Option<Duration>,
    /// Repeats a load; else the environment's seed (`CASINO_SEED`), or none.
    #[arg(long)]
    seed: Option<u64>,
    /// Goes up and down like a day that takes this long, such as 10m; without it the rate is even.
    #[arg(long, value_parser = duration)]
    day: Option<Duration>,
    /// The hour at which that day starts.
    #[arg(long, default_value_t = 8.0)]
    from_hour: f64,
    /// Writes what happened as JSON lines.
    #[arg(long)]
    pub(crate) truth: Option<PathBuf>,
    /// Writes the summary, which is also the last line on stdout, as one JSON object.
    #[arg(long)]
    pub(crate) summary: Option<PathBuf>,
    /// Nobody thinks inside a hand of blackjack.
    #[arg(long)]
    pub(crate) hasty: bool,
}

impl Arguments {
    /// Without a slash at the end.
    pub(crate) fn gateway(&self) -> String {
        let address =
            self.gateway.clone().unwrap_or_else(|| variable_or("CASINO_GATEWAY_URL", GATEWAY));
        address.trim_end_matches('/').to_owned()
    }

    /// The load that is wished for.
    pub(crate) fn wish(&self) -> Wish {
        let set = || variable("CASINO_SEED").and_then(|text| text.parse().ok());
        Wish {
            rate: self.rate,
            length: self.length.unwrap_or(ENDLESS),
            seed: self.seed.or_else(set).unwrap_or_else(rand::random),
            curve: self
                .day
                .map_or(Curve::Even, |length| Curve::Day { from_hour: self.from_hour, length }),
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "is not a number".to_owned())?;
    if rate > 0.0 && rate <= FASTEST {
        Ok(rate)
    } else {
        Err(format!("must be above 0 and at most {FASTEST}"))
    }
}

/// A number with s, m or h.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a time such as 90s, 10m or 2h");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(wrong()),
    };
    let length = Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?;
    if (Duration::from_secs(1)..ENDLESS).contains(&length) { Ok(length) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        for text in ["", "s", "10", "-5s", "10d", "ü"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(rate("0").is_err() && rate("2001").is_err() && rate("NaN").is_err());
    }
}
