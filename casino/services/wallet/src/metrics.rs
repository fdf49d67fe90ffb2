//! What the wallet counts: for Prometheus at `/metrics`, and through the SDK where one runs.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use casino_telemetry::sentry::metrics;

use crate::checks::Report;
use crate::posting::Answer;
use crate::rules::Kind;

const OUTCOMES: [&str; 6] =
    ["applied", "empty", "insufficient_funds", "blocked", "replayed", "refused"];

/// Counters since the start.
#[derive(Default)]
pub(crate) struct Metrics {
    postings: [[AtomicU64; OUTCOMES.len()]; Kind::ALL.len()],
    checks: AtomicU64,
    violations: AtomicU64,
}

impl Metrics {
    /// One answered posting.
    pub(crate) fn posted(&self, kind: Kind, answer: &Answer) {
        let outcome = match answer {
            Err(_) => "refused",
            Ok(posted) if posted.replayed => "replayed",
            Ok(posted) => posted.outcome.name(),
        };
        let kinds = Kind::ALL.into_iter().zip(&self.postings);
        for (_, outcomes) in kinds.filter(|(known, _)| *known == kind) {
            for (_, count) in
                OUTCOMES.into_iter().zip(outcomes).filter(|(known, _)| *known == outcome)
            {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        metrics::counter("casino.wallet.postings", 1)
            .attribute("kind", kind.name())
            .attribute("outcome", outcome)
            .capture();
    }

    /// One finished check.
    pub(crate) fn checked(&self, report: &Report) {
        self.checks.fetch_add(1, Ordering::Relaxed);
        for one in &report.invariants {
            if !one.ok {
                self.violations.fetch_add(1, Ordering::Relaxed);
            }
            metrics::gauge("casino.wallet.invariant", f64::from(u8::from(one.ok)))
                .attribute("number", i64::from(one.number))
                .attribute("name", one.name)
                .capture();
        }
    }

    /// In Prometheus' text format.
    pub(crate) fn text(&self, report: Option<&Report>) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out, report);
        out
    }

    fn write(&self, out: &mut String, report: Option<&Report>) -> std::fmt::Result {
        head(out, "casino_wallet_postings_total", "counter", "Postings answered since the start.")?;
        for (kind, outcomes) in Kind::ALL.into_iter().zip(&self.postings) {
            for (outcome, count) in OUTCOMES.into_iter().zip(outcomes) {
                let (kind, count) = (kind.name(), count.load(Ordering::Relaxed));
                writeln!(
                    out,
                    "casino_wallet_postings_total{{kind=\"{kind}\",outcome=\"{outcome}\"}} {count}"
                )?;
            }
        }
        head(
            out,
            "casino_wallet_checks_total",
            "counter",
            "Checks of the invariants since the start.",
        )?;
        writeln!(out, "casino_wallet_checks_total {}", self.checks.load(Ordering::Relaxed))?;
        head(
            out,
            "casino_wallet_violations_total",
            "counter",
            "Invariants found violated since the start.",
        )?;
        writeln!(
            out,
            "casino_wallet_violations_total {}",
            self.violations.load(Ordering::Relaxed)
        )?;
        report.map_or(Ok(()), |report| write_report(out, report))
    }
}

fn write_report(out: &mut String, report: &Report) -> std::fmt::Result {
    head(
        out,
        "casino_wallet_invariant_ok",
        "gauge",
        "1 when the invariant held at the last check.",
    )?;
    for one in &report.invariants {
        let (number, name, ok) = (one.number, one.name, u8::from(one.ok));
        writeln!(out, "casino_wallet_invariant_ok{{number=\"{number}\",name=\"{name}\"}} {ok}")?;
    }
    head(out, "casino_wallet_check_seconds", "gauge", "How long the last check took.")?;
    writeln!(
        out,
        "casino_wallet_check_seconds {}",
        std::time::Duration::from_millis(report.took_ms).as_secs_f64()
    )?;
    head(out, "casino_wallet_check_timestamp_seconds", "gauge", "When the last check ended.")?;
    writeln!(out, "casino_wallet_check_timestamp_seconds {}", report.at.timestamp())?;
    head(
        out,
        "casino_wallet_money_minor",
        "gauge",
        "Sums of accounts, of what came in (cash) and of stored balances.",
    )?;
    for total in &report.totals {
        let (currency, what, amount) = (&total.currency, &total.what, total.amount_minor);
        writeln!(
            out,
            "casino_wallet_money_minor{{currency=\"{currency}\",what=\"{what}\"}} {amount}"
        )?;
    }
    Ok(())
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}
