//! Functions over spans: durations, rates, scores.

use crate::ask::{Aggregate, Cell, Column, Filter, Glob, Operator, SpanField};
use crate::search::column::{Display, Selected, Type, named};
use crate::search::error::SearchError;
use crate::search::field::Kind;
use crate::search::formula::{Arithmetic, Formula};
use crate::search::value;

/// What counts as satisfying where nothing is said, in milliseconds. Source: Sentry's default.
const APDEX_MILLIS: f64 = 300.0;

/// Up to where a vital is good, and up to where it is not poor.
///
/// Source: the thresholds of web.dev, milliseconds but for `cls`.
const VITALS: [(&str, f64, f64); 7] = [
    ("lcp", 2_500.0, 4_000.0),
    ("fcp", 1_800.0, 3_000.0),
    ("fid", 100.0, 300.0),
    ("inp", 200.0, 500.0),
    ("cls", 0.1, 0.25),
    ("ttfb", 800.0, 1_800.0),
    ("fp", 1_000.0, 3_000.0),
];

type Made = Result<Selected<SpanField>, SearchError>;

/// The functions that error events do not have.
pub(super) fn aggregate(text: &str, name: &str, arguments: &[&str]) -> Made {
    if let Some(share) = quantile(name) {
        return match arguments {
            [] => Ok(quantile_of(SpanField::Duration, Type::Duration, share)),
            [of] => numeric(text, of).map(|(field, kind)| quantile_of(field, kind, share)),
            _ => Err(unknown(text)),
        };
    }
    match (name, arguments) {
        ("percentile", [of, share]) => {
            let (field, kind) = numeric(text, of)?;
            let share = value::number(share).filter(|share| (0.0..=1.0).contains(share));
            Ok(quantile_of(field, kind, share.ok_or_else(|| unknown(text))?))
        }
        ("sum", [of]) => numeric(text, of).map(|(field, kind)| one(Aggregate::Sum(field), kind)),
        ("avg", [of]) => numeric(text, of).map(|(it, kind)| one(Aggregate::Average(it), kind)),
        ("min", [of]) => ordered(text, of).map(|(field, kind)| one(Aggregate::Min(field), kind)),
        ("max", [of]) => ordered(text, of).map(|(field, kind)| one(Aggregate::Max(field), kind)),
        ("spm", []) => Ok(Selected::rate(Aggregate::Count, Display::PerMinute)),
        ("sps", []) => Ok(Selected::rate(Aggregate::Count, Display::PerSecond)),
        ("latest_event", []) => Ok(one(Aggregate::Latest(SpanField::Span), Type::String)),
        ("failure_count", []) => Ok(one(Aggregate::CountIf(Filter::is_failure()), Type::Integer)),
        ("failure_rate", []) => Ok(share_of(Filter::is_failure())),
        ("trace_status_rate", [status]) => {
            Ok(share_of(is_text(SpanField::Status, status.trim_matches('"'))))
        }
        ("http_response_count", [class]) => {
            Ok(one(Aggregate::CountIf(answered(text, class)?), Type::Integer))
        }
        ("http_response_rate", [class]) => Ok(share_of(answered(text, class)?)),
        ("cache_hit_rate", []) => Ok(cache_rate("true")),
        ("cache_miss_rate", []) => Ok(cache_rate("false")),
        ("apdex", arguments) => apdex(text, arguments),
        ("time_spent_percentage", []) => Ok(time_spent(SpanField::SelfTime)),
        ("time_spent_percentage", [of]) => Ok(time_spent(numeric(text, of)?.0)),
        ("count_web_vitals", [vital, quality]) => web_vitals(text, vital, quality),
        ("performance_score", [score]) => performance_score(text, score),
        ("opportunity_score", [score]) => opportunity_score(text, score),
        _ => Err(unknown(text)),
    }
}

fn unknown(text: &str) -> SearchError {
    SearchError::Function { function: text.to_owned() }
}

fn one(aggregate: Aggregate<SpanField>, kind: Type) -> Selected<SpanField> {
    Selected::of(Column::Aggregate(aggregate), kind)
}

/// A value made of several aggregates.
fn several<const N: usize>(
    first: Aggregate<SpanField>,
    others: [Aggregate<SpanField>; N],
    formula: Formula,
    kind: Type,
) -> Selected<SpanField> {
    let others = others.into_iter().map(Column::Aggregate).collect();
    Selected { others, formula, ..one(first, kind) }
}

/// Which share of the values lies below the quantile of that name.
fn quantile(name: &str) -> Option<f64> {
    Some(match name {
        "p50" | "median" => 0.5,
        "p75" => 0.75,
        "p90" => 0.9,
        "p95" => 0.95,
        "p99" => 0.99,
        "p100" => 1.0,
        _ => return None,
    })
}

fn quantile_of(field: SpanField, kind: Type, share: f64) -> Selected<SpanField> {
    // The largest value is known exactly.
    let is_largest = share >= 1.0;
    let quantile =
        if is_largest { Aggregate::Max(field) } else { Aggregate::Quantile(field, share) };
    one(quantile, kind)
}

/// A field that has numbers; of an attribute, those of its values that are numbers.
fn numeric(text: &str, of: &str) -> Result<(SpanField, Type), SearchError> {
    let (field, kind) = named::<SpanField>(of)?;
    let kind = match kind {
        Kind::Text | Kind::Boolean => Type::Number,
        other => other.into(),
    };
    match field {
        SpanField::Attribute(name) => Ok((SpanField::Number(name), kind)),
        SpanField::Duration | SpanField::SelfTime | SpanField::Weight | SpanField::Number(_) => {
            Ok((field, kind))
        }
        _ => {
            let reason = "the field has no numbers";
            Err(SearchError::Column { column: text.to_owned(), reason })
        }
    }
}

/// A field whose values have an order: also moments.
fn ordered(text: &str, of: &str) -> Result<(SpanField, Type), SearchError> {
    match named::<SpanField>(of)? {
        (field @ (SpanField::Timestamp | SpanField::Received), kind) => Ok((field, kind.into())),
        _ => numeric(text, of),
    }
}

fn is_text(field: SpanField, text: &str) -> Filter<SpanField> {
    Filter::Compare(field, Operator::Equal, Cell::Text(text.to_owned()))
}

/// Rows that match, of all rows.
fn share_of(filter: Filter<SpanField>) -> Selected<SpanField> {
    let ratio = Formula::ratio(0, 1);
    several(Aggregate::CountIf(filter), [Aggregate::Count], ratio, Type::Percentage)
}

/// Rows whose status begins with that digit.
fn answered(text: &str, class: &str) -> Result<Filter<SpanField>, SearchError> {
    if !matches!(class.as_bytes(), [b'1'..=b'5']) {
        return Err(unknown(text));
    }
    let status = SpanField::Attribute("http.response.status_code".to_owned());
    Ok(Filter::Glob(status, Glob { pieces: vec![class.to_owned(), String::new()] }))
}

fn cache_rate(wanted: &str) -> Selected<SpanField> {
    let hit = SpanField::Attribute("cache.hit".to_owned());
    let fitting = Aggregate::CountIf(is_text(hit.clone(), wanted));
    let asked = Aggregate::CountIf(Filter::Has(hit));
    several(fitting, [asked], Formula::ratio(0, 1), Type::Percentage)
}

/// Satisfied and half of the tolerating, of all: `apdex()`, `apdex(300)`, `apdex(span.duration,300)`.
fn apdex(text: &str, arguments: &[&str]) -> Made {
    let (field, threshold) = match arguments {
        [] => (SpanField::Duration, None),
        [threshold] => (SpanField::Duration, Some(threshold)),
        [of, threshold] => (numeric(text, of)?.0, Some(threshold)),
        _ => return Err(unknown(text)),
    };
    let millis = match threshold {
        None => APDEX_MILLIS,
        Some(text_of) => {
            let millis = value::number(text_of).or_else(|| value::duration_millis(text_of));
            millis.filter(|millis| *millis > 0.0).ok_or_else(|| unknown(text))?
        }
    };
    let than = |operator, millis| Filter::Compare(field.clone(), operator, Cell::F64(millis));
    let satisfied = than(Operator::LessOrEqual, millis);
    let tolerating = Filter::And(vec![
        than(Operator::Greater, millis),
        than(Operator::LessOrEqual, 4.0 * millis),
    ]);
    let others = [Aggregate::CountIf(tolerating), Aggregate::Count];
    let half = Formula::pair(Formula::Column(1), Arithmetic::Divide, Formula::Constant(2.0));
    let good = Formula::pair(Formula::Column(0), Arithmetic::Add, half);
    let formula = Formula::pair(good, Arithmetic::Divide, Formula::Column(2));
    Ok(several(Aggregate::CountIf(satisfied), others, formula, Type::Number))
}

/// The group's sum of the sum over all groups.
fn time_spent(field: SpanField) -> Selected<SpanField> {
    let formula = Formula::pair(Formula::Column(0), Arithmetic::Divide, Formula::Total(0));
    several(Aggregate::Sum(field), [], formula, Type::Percentage)
}

fn web_vitals(text: &str, vital: &str, quality: &str) -> Made {
    let short = vital.strip_prefix("measurements.").unwrap_or(vital);
    let known = VITALS.iter().find(|(name, ..)| *name == short);
    let (_, good, poor) = *known.ok_or_else(|| unknown(text))?;
    let field = super::measurement(short);
    let than = |operator, value| Filter::Compare(field.clone(), operator, Cell::F64(value));
    let filter = match quality.trim_matches('"') {
        "good" => than(Operator::Less, good),
        "meh" => {
            Filter::And(vec![than(Operator::GreaterOrEqual, good), than(Operator::Less, poor)])
        }
        "poor" => than(Operator::GreaterOrEqual, poor),
        "any" => Filter::Has(field),
        _ => return Err(unknown(text)),
    };
    Ok(one(Aggregate::CountIf(filter), Type::Integer))
}

/// The attributes of a score and of its weight: `measurements.score.lcp`, `score.lcp` or `lcp`.
fn score(text: &str, of: &str) -> Result<(SpanField, SpanField), SearchError> {
    let name = of.strip_prefix("measurements.").unwrap_or(of);
    let name = name.strip_prefix("score.").unwrap_or(name);
    if !matches!(name, "lcp" | "fcp" | "inp" | "cls" | "ttfb" | "fid" | "total") {
        return Err(unknown(text));
    }
    let number = |name: String| SpanField::Number(name);
    Ok((number(format!("score.{name}")), number(format!("score.weight.{name}"))))
}

/// What the pages scored of what they could have, from 0 to 1.
fn performance_score(text: &str, of: &str) -> Made {
    let (score, weight) = score(text, of)?;
    if matches!(&score, SpanField::Number(name) if name == "score.total") {
        return Ok(one(Aggregate::Average(score), Type::Score));
    }
    let ratio = Formula::ratio(0, 1);
    Ok(several(Aggregate::Sum(score), [Aggregate::Sum(weight)], ratio, Type::Score))
}

/// What the pages could have scored and did not.
fn opportunity_score(text: &str, of: &str) -> Made {
    let (score, weight) = score(text, of)?;
    let most = match &score {
        SpanField::Number(name) if name == "score.total" => {
            Aggregate::CountIf(Filter::Has(score.clone()))
        }
        _ => Aggregate::Sum(weight),
    };
    let formula = Formula::pair(Formula::Column(0), Arithmetic::Subtract, Formula::Column(1));
    Ok(several(most, [Aggregate::Sum(score)], formula, Type::Score))
}
