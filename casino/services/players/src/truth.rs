//! What really happened, as the players saw it: counted by kind and status, with latencies and money, and written down as it happens.
//!
//! Nothing of it goes to Pitwatch; whoever wants to know whether Pitwatch is right compares with this.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;
use serde_json::{Value, json};

/// From a microsecond to two minutes, with three digits; longer counts as two minutes.
const LONGEST_US: u64 = 120_000_000;
const DIGITS: u8 = 3;
/// Single requests are written until the file is this large; intervals and the summary always.
const LARGEST_FILE: u64 = 512 << 20;
/// Kinds, reasons and currencies are few; what comes beyond is counted under `other`.
const MOST_NAMES: usize = 64;

/// One answered (or unanswered) request.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sample<'a> {
    pub(crate) kind: &'static str,
    /// 0 when there was no answer.
    pub(crate) status: u16,
    pub(crate) ms: f64,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) player: &'a str,
}

/// Which way money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Money {
    Staked,
    Won,
    Deposited,
    Withdrawn,
}

#[derive(Clone, Debug, Default, Serialize)]
#[expect(clippy::struct_field_names, reason = "money is called so everywhere in the casino")]
struct Sums {
    staked_minor: i64,
    won_minor: i64,
    deposited_minor: i64,
    withdrawn_minor: i64,
}

#[derive(Default)]
struct Kind {
    statuses: BTreeMap<u16, u64>,
    codes: BTreeMap<String, u64>,
    latency: Option<Histogram<u32>>,
}

#[derive(Default)]
struct State {
    kinds: BTreeMap<&'static str, Kind>,
    actions: BTreeMap<String, u64>,
    money: BTreeMap<String, Sums>,
    payment_failures: BTreeMap<String, u64>,
    skipped: BTreeMap<&'static str, u64>,
    table_messages: u64,
    latest: Duration,
    file: Option<BufWriter<File>>,
    written: u64,
    unwritten: u64,
}

/// Shared by all who do something.
pub(crate) struct Truth {
    state: Mutex<State>,
    began: std::time::Instant,
}

impl Truth {
    /// Writes to `path`, if there is one.
    pub(crate) fn new(path: Option<&Path>) -> std::io::Result<Self> {
        let file = path.map(File::create).transpose()?.map(BufWriter::new);
        let state = Mutex::new(State { file, ..State::default() });
        Ok(Self { state, began: std::time::Instant::now() })
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> T {
        use_it(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn seconds(&self) -> f64 {
        (self.began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0
    }

    /// A request has ended.
    pub(crate) fn request(&self, sample: &Sample<'_>) {
        let at = self.seconds();
        self.with(|state| {
            let kind = state.kinds.entry(sample.kind).or_default();
            *kind.statuses.entry(sample.status).or_default() += 1;
            if !sample.code.is_empty() {
                *named(&mut kind.codes, sample.code) += 1;
            }
            if kind.latency.is_none() {
                kind.latency = Histogram::new_with_bounds(1, LONGEST_US, DIGITS).ok();
            }
            if let Some(latency) = &mut kind.latency {
                let taken = Duration::try_from_secs_f64(sample.ms / 1000.0).unwrap_or_default();
                latency.saturating_record(
                    u64::try_from(taken.as_micros()).unwrap_or(LONGEST_US).clamp(1, LONGEST_US),
                );
            }
            if state.written < LARGEST_FILE {
                state.line("request", at, json!(sample));
            } else {
                state.unwritten += 1;
            }
        });
    }

    /// An action starts, this much later than planned.
    pub(crate) fn action(&self, name: &str, late: Duration) {
        self.with(|state| {
            *named(&mut state.actions, name) += 1;
            state.latest = state.latest.max(late);
        });
    }

    /// An action could not be done.
    pub(crate) fn skipped(&self, why: &'static str) {
        self.with(|state| *state.skipped.entry(why).or_default() += 1);
    }

    /// Money went somewhere.
    pub(crate) fn money(&self, way: Money, currency: &str, amount_minor: i64) {
        self.with(|state| {
            let sums = named(&mut state.money, currency);
            match way {
                Money::Staked => sums.staked_minor += amount_minor,
                Money::Won => sums.won_minor += amount_minor,
                Money::Deposited => sums.deposited_minor += amount_minor,
                Money::Withdrawn => sums.withdrawn_minor += amount_minor,
            }
        });
    }

    /// The provider refused, or a payment ended badly.
    pub(crate) fn payment_failed(&self, reason: &str) {
        self.with(|state| *named(&mut state.payment_failures, reason) += 1);
    }

    /// The table said something.
    pub(crate) fn table_message(&self) {
        self.with(|state| state.table_messages += 1);
    }

    /// Writes any line, at once.
    pub(crate) fn write(&self, kind: &str, content: Value) {
        let at = self.seconds();
        self.with(|state| {
            state.line(kind, at, content);
            state.flush();
        });
    }

    /// Writes what was counted so far, and everything to the disk.
    pub(crate) fn interval(&self) {
        let (at, summary) = (self.seconds(), self.summary());
        self.with(|state| {
            state.line("interval", at, summary);
            state.flush();
        });
    }

    /// All that was counted.
    pub(crate) fn summary(&self) -> Value {
        let seconds = self.seconds();
        self.with(|state| {
            let kinds: BTreeMap<_, _> =
                state.kinds.iter().map(|(name, kind)| (*name, kind.summary())).collect();
            let of = |wanted: fn(u16) -> bool| -> u64 {
                let all = state.kinds.values().flat_map(|kind| &kind.statuses);
                all.filter(|(status, _)| wanted(**status)).map(|(_, count)| count).sum()
            };
            json!({
                "seconds": seconds,
                "requests": of(|_| true),
                "errors": of(|status| status == 0 || status >= 500),
                "refusals": of(|status| (400..500).contains(&status)),
                "actions": state.actions,
                "kinds": kinds,
                "money": state.money,
                "payment_failures": {
                    "total": state.payment_failures.values().sum::<u64>(),
                    "reasons": state.payment_failures,
                },
                "skipped": state.skipped,
                "table_messages": state.table_messages,
                "latest_start_ms": millis(state.latest),
                "unwritten": state.unwritten,
            })
        })
    }
}

impl State {
    fn line(&mut self, kind: &str, at: f64, content: Value) {
        let Some(file) = &mut self.file else { return };
        let mut line = json!({ "type": kind, "at": at });
        if let (Some(line), Value::Object(content)) = (line.as_object_mut(), content) {
            line.extend(content);
        }
        let text = format!("{line}\n");
        self.written += u64::try_from(text.len()).unwrap_or_default();
        if let Err(error) = file.write_all(text.as_bytes()) {
            self.give_up(&error);
        }
    }

    fn flush(&mut self) {
        if let Some(Err(error)) = self.file.as_mut().map(BufWriter::flush) {
            self.give_up(&error);
        }
    }

    /// A full disk does not stop the load; the counts go on.
    fn give_up(&mut self, error: &std::io::Error) {
        self.file = None;
        casino_telemetry::error!(
            "the truth cannot be written any more",
            reason = error.to_string()
        );
    }
}

impl Kind {
    fn summary(&self) -> Value {
        let quantile = |share| {
            self.latency
                .as_ref()
                .map(|it| millis(Duration::from_micros(it.value_at_quantile(share))))
        };
        let longest = self.latency.as_ref().map(|it| millis(Duration::from_micros(it.max())));
        let statuses: BTreeMap<String, u64> =
            self.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect();
        json!({
            "count": self.statuses.values().sum::<u64>(),
            "statuses": statuses,
            "codes": self.codes,
            "p50_ms": quantile(0.5),
            "p95_ms": quantile(0.95),
            "p99_ms": quantile(0.99),
            "max_ms": longest,
        })
    }
}

/// The entry of a name, or that of `other` when there are too many.
fn named<'a, T: Default>(map: &'a mut BTreeMap<String, T>, name: &str) -> &'a mut T {
    let name = if map.len() < MOST_NAMES || map.contains_key(name) { name } else { "other" };
    map.entry(name.to_owned()).or_default()
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_and_writes_what_it_was_told() {
        let path = std::env::temp_dir().join(format!("casino-truth-{}.jsonl", std::process::id()));
        let truth = Truth::new(Some(&path)).unwrap();
        for (ms, status) in [(10.0, 200), (20.0, 200), (1000.0, 402)] {
            truth.request(&Sample {
                kind: "spin",
                status,
                ms,
                code: if status == 402 { "payment_failed" } else { "" },
                player: "p-1",
            });
        }
        truth.money(Money::Staked, "EUR", 500);
        truth.payment_failed("do_not_honour");
        truth.interval();
        let summary = truth.summary();
        assert_eq!(summary["requests"], 3);
        assert_eq!(summary["refusals"], 1);
        assert_eq!(summary["kinds"]["spin"]["statuses"], json!({ "200": 2, "402": 1 }));
        assert_eq!(summary["kinds"]["spin"]["codes"]["payment_failed"], 1);
        assert!((summary["kinds"]["spin"]["p50_ms"].as_f64().unwrap() - 20.0).abs() < 0.1);
        assert_eq!(summary["money"]["EUR"]["staked_minor"], 500);
        assert_eq!(summary["payment_failures"]["total"], 1);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            lines.iter().map(|line| line["type"].as_str().unwrap()).collect::<Vec<_>>(),
            ["request", "request", "request", "interval"]
        );
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn names_are_bounded() {
        let truth = Truth::new(None).unwrap();
        for number in 0..1000 {
            truth.payment_failed(&format!("reason {number}"));
        }
        let summary = truth.summary();
        assert!(
            summary["payment_failures"]["reasons"].as_object().unwrap().len() <= MOST_NAMES + 1
        );
        assert_eq!(summary["payment_failures"]["total"], 1000);
    }
}
