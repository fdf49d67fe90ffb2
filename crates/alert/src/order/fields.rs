//! Fields of what people ask for, and what is wrong with them.

use jiff::Timestamp;
use model::clock::Micros;
use schedule::Zone;
use serde_json::{Map, Value};

use crate::labels::Matcher;
use crate::limits::MATCHERS_MAX;
use crate::window::Window;

const MINUTE: u64 = 60_000_000;
/// Spans of one weekly window.
const SPANS_MAX: usize = 100;
/// Characters of a name or a comment.
const TEXT_CHARS_MAX: usize = 1_000;
/// Minutes of the longest time somebody may ask for: a year.
const MINUTES_MAX: u64 = 366 * 1_440;
/// Recipients of one receiver or step.
const RECIPIENTS_MAX: usize = 50;
const WEEK_MINUTES: u16 = 7 * 1_440;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A field that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct OrderError {
    /// Which.
    pub field: String,
    /// Why.
    pub reason: String,
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A channel, by its name or number.
    Channel(String),
    /// Whoever is on call in a rotation.
    Rotation(String),
    /// A person, by number.
    User(String),
    /// A mail address.
    Mail(String),
}

pub(super) fn wrong(field: &str, reason: impl Into<String>) -> OrderError {
    OrderError { field: field.to_owned(), reason: reason.into() }
}

pub(super) fn object<'v>(
    value: &'v Value,
    field: &str,
) -> Result<&'v Map<String, Value>, OrderError> {
    value.as_object().ok_or_else(|| wrong(field, "must be an object"))
}

pub(super) fn list<'v>(
    fields: &'v Map<String, Value>,
    field: &str,
    most: usize,
) -> Result<&'v [Value], OrderError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) if list.len() <= most => Ok(list),
        Some(Value::Array(_)) => Err(wrong(field, format!("may have at most {most} entries"))),
        Some(_) => Err(wrong(field, "must be a list")),
    }
}

pub(super) fn maybe_text(
    fields: &Map<String, Value>,
    field: &str,
) -> Result<Option<String>, OrderError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::String(text)) if text.chars().count() <= TEXT_CHARS_MAX => {
            Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        }
        Some(_) => {
            Err(wrong(field, format!("must be text of at most {TEXT_CHARS_MAX} characters")))
        }
    }
}

pub(super) fn text(fields: &Map<String, Value>, field: &str) -> Result<String, OrderError> {
    maybe_text(fields, field)?.ok_or_else(|| wrong(field, "is required"))
}

pub(super) fn texts(fields: &Map<String, Value>, field: &str) -> Result<Vec<String>, OrderError> {
    let list = list(fields, field, 1_000)?.iter();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    list.map(|value| text(value).ok_or_else(|| wrong(field, "must be a list of text"))).collect()
}

pub(super) fn is_on(
    fields: &Map<String, Value>,
    field: &str,
    default: bool,
) -> Result<bool, OrderError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Bool(is_on)) => Ok(*is_on),
        Some(_) => Err(wrong(field, "must be true or false")),
    }
}

/// A whole number of minutes, as microseconds.
pub(super) fn minutes(fields: &Map<String, Value>, field: &str) -> Result<u64, OrderError> {
    let minutes = fields.get(field).and_then(Value::as_u64).filter(|known| *known <= MINUTES_MAX);
    let reason = format!("must be a whole number of minutes up to {MINUTES_MAX}");
    minutes.map(|minutes| minutes * MINUTE).ok_or_else(|| wrong(field, reason))
}

pub(super) fn moment(fields: &Map<String, Value>, field: &str) -> Result<Micros, OrderError> {
    moment_of(fields.get(field), field)
}

pub(super) fn moment_of(value: Option<&Value>, field: &str) -> Result<Micros, OrderError> {
    let text = value.and_then(Value::as_str);
    let moment = text.and_then(|text| text.parse::<Timestamp>().ok());
    let moment = moment.and_then(|moment| u64::try_from(moment.as_microsecond()).ok());
    let reason = "must be a date and time as RFC 3339 has them: 2026-11-22T20:00:00Z";
    moment.map(Micros).ok_or_else(|| wrong(field, reason))
}

pub(super) fn zone(fields: &Map<String, Value>) -> Result<Zone, OrderError> {
    let name = maybe_text(fields, "zone")?.unwrap_or_else(|| "UTC".to_owned());
    Zone::named(&name).map_err(|unknown| wrong("zone", unknown.to_string()))
}

/// Conditions as text: `severity=~"page|warning"`.
pub(super) fn matchers(
    fields: &Map<String, Value>,
    field: &str,
) -> Result<Vec<Matcher>, OrderError> {
    let read = |value: &Value| {
        let text = value.as_str().ok_or_else(|| wrong(field, "must be a list of text"))?;
        Matcher::parse(text).map_err(|unfit| wrong(field, unfit.to_string()))
    };
    list(fields, field, MATCHERS_MAX)?.iter().map(read).collect()
}

/// Spans of the local week: `[["Mon 22:00", "Tue 06:00"]]`. One that ends before it starts goes over the
/// end of the week.
pub(super) fn spans(
    fields: &Map<String, Value>,
    field: &str,
) -> Result<Vec<(u16, u16)>, OrderError> {
    let mut spans = Vec::new();
    for span in list(fields, field, SPANS_MAX)? {
        let ends = span.as_array().map(Vec::as_slice);
        let Some([from, until]) = ends else {
            return Err(wrong(field, "each must have a beginning and an end"));
        };
        let minute = |value: &Value| value.as_str().and_then(minute_of_week);
        let (Some(from), Some(until)) = (minute(from), minute(until)) else {
            return Err(wrong(field, "must be times of the week such as \"Mon 22:00\""));
        };
        if from < until {
            spans.push((from, until));
        } else {
            spans.push((from, WEEK_MINUTES));
            spans.extend((until > 0).then_some((0, until)));
        }
    }
    Ok(spans)
}

fn minute_of_week(text: &str) -> Option<u16> {
    let (day, time) = text.trim().split_once(' ')?;
    let day = day.get(..3)?.to_ascii_lowercase();
    let day = DAYS.iter().position(|known| *known == day)?;
    let (hour, minute) = clock(time)?;
    Some(u16::try_from(day).ok()? * 1_440 + u16::from(hour) * 60 + u16::from(minute))
}

/// `09:00`; a day may end at `24:00`.
pub(super) fn clock(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    let is_time = (hour < 24 && minute < 60) || (hour, minute) == (24, 0);
    is_time.then_some((hour, minute))
}

/// Weekly hours with a zone.
pub(super) fn weekly(fields: &Map<String, Value>) -> Result<Window, OrderError> {
    Ok(Window::Weekly { minutes: spans(fields, "weekly")?, zone: zone(fields)? })
}

type MakeRecipient = fn(String) -> Recipient;

/// `[{"channel": "ops"}, {"rotation": "primary"}, {"user": 3}, {"mail": "a@b.example"}]`.
pub(super) fn recipients(
    fields: &Map<String, Value>,
    field: &str,
) -> Result<Vec<Recipient>, OrderError> {
    let kinds: [(&str, MakeRecipient); 4] = [
        ("channel", Recipient::Channel),
        ("rotation", Recipient::Rotation),
        ("user", Recipient::User),
        ("mail", Recipient::Mail),
    ];
    let read = |value: &Value| {
        let fields = object(value, field)?;
        let known = kinds.iter().find(|(name, _)| fields.contains_key(*name));
        let reason = "each must name a channel, rotation, user or mail address";
        let (name, make) = known.ok_or_else(|| wrong(field, reason))?;
        Ok(make(text(fields, name)?))
    };
    list(fields, field, RECIPIENTS_MAX)?.iter().map(read).collect()
}
