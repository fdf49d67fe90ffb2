//! Checks the invariants every ten seconds and says so when one does not hold.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use casino_telemetry::sentry::{self, Level};
use casino_telemetry::{Stop, transaction};

use crate::Wallet;
use crate::checks::{Invariant, Report, Scope};

const PERIOD: Duration = Duration::from_secs(10);
/// One that stays violated is reported again after this, not every ten seconds.
const SAY_AGAIN: Duration = Duration::from_mins(5);

/// When each violated invariant was reported last.
#[derive(Default)]
pub(crate) struct Said {
    at: HashMap<u8, Instant>,
}

impl Said {
    /// The violated invariants that are to be reported now.
    fn news<'a>(&mut self, report: &'a Report, now: Instant) -> Vec<&'a Invariant> {
        self.at.retain(|number, _| {
            report.invariants.iter().any(|one| one.number == *number && !one.ok)
        });
        let due = |said: &Self, one: &Invariant| {
            said.at.get(&one.number).is_none_or(|last| now.duration_since(*last) >= SAY_AGAIN)
        };
        let news: Vec<_> =
            report.invariants.iter().filter(|one| !one.ok && due(self, one)).collect();
        self.at.extend(news.iter().map(|one| (one.number, now)));
        news
    }
}

/// Until it is time to stop. The first check counts everything.
pub(crate) async fn watch(wallet: std::sync::Arc<Wallet>, stop: Stop) {
    let mut clock = tokio::time::interval(PERIOD);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut scope = Scope::All;
    loop {
        tokio::select! {
            _ = clock.tick() => {}
            () = stop.wait() => return,
        }
        let checked =
            transaction("wallet invariants", "task", Box::pin(check(&wallet, scope))).await;
        match checked {
            Ok(_) => scope = Scope::New,
            Err(error) => casino_telemetry::warning!(
                "the invariants could not be checked",
                reason = error.to_string()
            ),
        }
    }
}

/// Checks now, counts and reports.
pub(crate) async fn check(
    wallet: &Wallet,
    scope: Scope,
) -> Result<Report, casino_telemetry::db::DbError> {
    let report = wallet.checks.run(scope).await?;
    wallet.metrics.checked(&report);
    let news = wallet
        .said
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .news(&report, Instant::now())
        .into_iter();
    for one in news {
        complain(one);
    }
    Ok(report)
}

fn complain(one: &Invariant) {
    let (number, name, detail) = (one.number, one.name, one.detail.as_str());
    casino_telemetry::error!(
        "a ledger invariant is violated",
        number = number,
        name = name,
        detail = detail
    );
    let set = |scope: &mut sentry::Scope| {
        let number = number.to_string();
        scope.set_fingerprint(Some(&["wallet-invariant", &number]));
        scope.set_tag("invariant", &number);
        scope.set_extra("detail", detail.into());
    };
    sentry::with_scope(set, || {
        sentry::capture_message(
            &format!("Ledger invariant {number} is violated: {name}"),
            Level::Error,
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_is_reported_once_until_it_is_mended_or_old() {
        let report = |ok| Report {
            ok,
            at: chrono::Utc::now(),
            took_ms: 1,
            scope: Scope::New,
            invariants: vec![Invariant { number: 4, name: "x", ok, detail: String::new() }],
            totals: Vec::new(),
        };
        let (mut said, start) = (Said::default(), Instant::now());
        assert_eq!(said.news(&report(false), start).len(), 1);
        assert_eq!(said.news(&report(false), start + PERIOD).len(), 0);
        assert_eq!(said.news(&report(false), start + SAY_AGAIN).len(), 1);
        assert_eq!(said.news(&report(true), start + SAY_AGAIN + PERIOD).len(), 0);
        assert_eq!(said.news(&report(false), start + SAY_AGAIN + PERIOD * 2).len(), 1);
    }
}
