//! From numbers of two releases to findings with verdicts. All comparisons of an answer are judged
//! together.

use std::collections::BTreeSet;

use contrast::{Compared, Moments, Outcome, Share, Verdict, decide, means, ranks, shares};
use model::sketch::Sketch;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Endpoint, EndpointCompared, EndpointSide, NumberCompared, NumberSide, Side, VITALS};
use crate::cell;

/// Changes by less than this share are noise, however certain they are.
const LEAST_CHANGE: f64 = 0.05;
/// Of a web vital the value that this share is below is what is called good or poor.
const VITAL_SHARE: f64 = 0.75;

/// How a number changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// By which share of the first value: 0.1 is a tenth more.
    pub change: Option<f64>,
    /// The chance of such a difference if nothing changed.
    pub p: Option<f64>,
    /// What follows.
    pub verdict: Said,
}

/// A verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Said {
    /// More than chance.
    Significant,
    /// Chance does it as well.
    Noise,
    /// There are not enough values yet.
    TooFew,
}

/// Values of a measurement, summed up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Measured {
    pub(super) count: f64,
    pub(super) sum: f64,
    pub(super) squares: f64,
}

/// Endpoints, vitals and measurements of two releases.
pub(super) fn compare(
    before: &Side,
    after: &Side,
    names: &[String],
) -> (Vec<EndpointCompared>, Vec<NumberCompared>, Vec<NumberCompared>) {
    let keys: BTreeSet<_> = before.endpoints.keys().chain(after.endpoints.keys()).collect();
    let pairs: Vec<_> = keys
        .into_iter()
        .map(|key| (key, before.endpoints.get(key), after.endpoints.get(key)))
        .collect();
    let mut compared = Vec::new();
    for (_, one, other) in &pairs {
        let both = one.zip(*other);
        compared.push(both.map_or(NOTHING, |(one, other)| failures(before, one, after, other)));
        compared.push(both.map_or(NOTHING, |(one, other)| {
            histograms((before, &one.durations), (after, &other.durations), 0.5)
        }));
    }
    let vital = |side: &Side, place: usize| side.vitals.get(place).cloned().unwrap_or_default();
    let vitals: Vec<_> =
        (0..VITALS.len()).map(|place| (vital(before, place), vital(after, place))).collect();
    for (one, other) in &vitals {
        compared.push(histograms((before, one), (after, other), VITAL_SHARE));
    }
    let measured =
        |side: &Side, place: usize| side.measurements.get(place).copied().unwrap_or_default();
    for place in 0..names.len() {
        compared.push(averages(before, measured(before, place), after, measured(after, place)));
    }
    let mut findings =
        decide(&compared).into_iter().zip(&compared).map(|(verdict, compared)| Finding {
            change: compared.change,
            p: compared.outcome.map(|outcome| outcome.p),
            verdict: verdict.into(),
        });
    let mut next = || findings.next().unwrap_or(UNKNOWN);
    let endpoints =
        pairs.into_iter().map(|((project, transaction, op), one, other)| EndpointCompared {
            project_id: *project,
            transaction: transaction.clone(),
            op: op.clone(),
            before: one.map(EndpointSide::of),
            after: other.map(EndpointSide::of),
            failures: next(),
            duration: next(),
        });
    let mut endpoints: Vec<_> = endpoints.collect();
    endpoints.sort_by_key(|it| std::cmp::Reverse(it.after.as_ref().map_or(0, |side| side.count)));
    let vitals = VITALS.iter().zip(vitals).map(|((name, _), (one, other))| NumberCompared {
        name: (*name).to_owned(),
        before: NumberSide::of_vital(&one),
        after: NumberSide::of_vital(&other),
        change: next(),
    });
    let vitals: Vec<_> = vitals.collect();
    let measurements = names.iter().enumerate().map(|(place, name)| NumberCompared {
        name: name.clone(),
        before: NumberSide::of_measured(measured(before, place)),
        after: NumberSide::of_measured(measured(after, place)),
        change: next(),
    });
    let measurements = measurements.collect();
    (endpoints, vitals, measurements)
}

const NOTHING: Compared = Compared { outcome: None, change: None, least: LEAST_CHANGE };
const UNKNOWN: Finding = Finding { change: None, p: None, verdict: Said::TooFew };

fn failures(before: &Side, one: &Endpoint, after: &Side, other: &Endpoint) -> Compared {
    let share = |side: &Side, endpoint: &Endpoint| Share {
        hits: endpoint.failures / side.stands_for,
        total: endpoint.count / side.stands_for,
    };
    let (one, other) = (share(before, one), share(after, other));
    told(shares(one, other), one.ratio(), other.ratio())
}

/// Numbers of a sample count as what was looked at, not as what they stand for.
fn histograms(before: (&Side, &Sketch), after: (&Side, &Sketch), share: f64) -> Compared {
    let seen = |(side, sketch): (&Side, &Sketch)| {
        let stands_for = side.stands_for;
        sketch.buckets().map(|(bucket, count)| (bucket, count / stands_for)).collect::<Vec<_>>()
    };
    let outcome = ranks(seen(before), seen(after));
    told(outcome, before.1.quantile(share), after.1.quantile(share))
}

fn averages(before: &Side, one: Measured, after: &Side, other: Measured) -> Compared {
    let moments = |side: &Side, values: Measured| Moments {
        count: values.count / side.stands_for,
        sum: values.sum / side.stands_for,
        squares: values.squares / side.stands_for,
    };
    let (one, other) = (moments(before, one), moments(after, other));
    told(means(one, other), one.mean(), other.mean())
}

fn told(outcome: Option<Outcome>, one: Option<f64>, other: Option<f64>) -> Compared {
    let change = one.zip(other).filter(|(one, _)| *one > 0.0);
    let change = change.map(|(one, other)| other / one - 1.0);
    Compared { outcome, change, least: LEAST_CHANGE }
}

impl From<Verdict> for Said {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Significant => Self::Significant,
            Verdict::Noise => Self::Noise,
            Verdict::TooFew => Self::TooFew,
        }
    }
}

impl EndpointSide {
    fn of(endpoint: &Endpoint) -> Self {
        let Endpoint { count, failures, durations } = endpoint;
        Self {
            count: cell::whole(*count),
            failure_rate: Share { hits: *failures, total: *count }.ratio(),
            p50: durations.quantile(0.5),
            p95: durations.quantile(0.95),
        }
    }
}

impl NumberSide {
    fn of_vital(sketch: &Sketch) -> Self {
        Self { count: cell::whole(sketch.count()), value: sketch.quantile(VITAL_SHARE) }
    }

    fn of_measured(values: Measured) -> Self {
        let Measured { count, sum, squares } = values;
        Self { count: cell::whole(count), value: Moments { count, sum, squares }.mean() }
    }
}
