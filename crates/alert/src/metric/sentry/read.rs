//! Fields of a JSON object, each checked for what it must be.

use serde_json::{Map, Value};

use super::SentryRuleError;

pub(super) fn wrong(field: &'static str, reason: &'static str) -> SentryRuleError {
    SentryRuleError::Field { field, reason }
}

pub(super) fn text(
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<String>, SentryRuleError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(field, "must be text")),
    }
}

pub(super) fn truth(
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<bool, SentryRuleError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(wrong(field, "must be true or false")),
    }
}

pub(super) fn number(
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<f64>, SentryRuleError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(wrong(field, "must be a number")),
    }
}

/// Minutes, up to four weeks.
pub(super) fn minutes(
    fields: &Map<String, Value>,
    field: &'static str,
    min: u32,
) -> Result<Option<u32>, SentryRuleError> {
    let wrong = wrong(field, "must be whole minutes, at most 40320");
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            // Some clients write whole numbers with a fraction.
            let whole = value.as_u64().or_else(|| whole(value.as_f64()?));
            let whole = whole.and_then(|minutes| u32::try_from(minutes).ok());
            whole.filter(|minutes| (min..=40_320).contains(minutes)).map(Some).ok_or(wrong)
        }
    }
}

fn whole(number: f64) -> Option<u64> {
    let is_whole = (0.0..1e6).contains(&number) && number.fract() == 0.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, and from 0 to a million"
    )]
    is_whole.then_some(number as u64)
}

/// A list; empty when it is not there.
pub(super) fn list<'f>(
    fields: &'f Map<String, Value>,
    field: &'static str,
    max: usize,
) -> Result<&'f [Value], SentryRuleError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(all)) if all.len() <= max => Ok(all),
        Some(Value::Array(_)) => Err(wrong(field, "has too many entries")),
        Some(_) => Err(wrong(field, "must be a list")),
    }
}

pub(super) fn strings(
    fields: &Map<String, Value>,
    field: &'static str,
    max: usize,
) -> Result<Vec<String>, SentryRuleError> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let all = list(fields, field, max)?.iter();
    all.map(|value| text(value).ok_or(wrong(field, "must be a list of texts"))).collect()
}
