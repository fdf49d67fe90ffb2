//! What a monitor was told: schedule, margins, thresholds; from code (check-ins) and from the API.

use serde_json::{Map, Value, json};

use crate::crontab::{Crontab, CrontabError};
use crate::interval::{Interval, IntervalError};
use crate::limits::{MARGIN_MINUTES_MAX, THRESHOLD_MAX};
use crate::schedule::Schedule;
use crate::zone::{UnknownZone, Zone};

/// A checked configuration. Defaults are Sentry's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// When the job is expected.
    pub schedule: Schedule,
    /// In which zone crontabs and days are meant.
    pub zone: Zone,
    /// Minutes a check-in may be late before it is missed, from 1.
    pub margin_minutes: u32,
    /// Minutes a job may run before it timed out, from 1.
    pub max_runtime_minutes: u32,
    /// Failures in a row that open an issue, from 1.
    pub failure_threshold: u32,
    /// Successes in a row that resolve it, from 1.
    pub recovery_threshold: u32,
}

/// The configuration makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ConfigError {
    #[error("monitor config must be an object")]
    NotAnObject,
    #[error("schedule: {0}")]
    Crontab(#[from] CrontabError),
    #[error("schedule: {0}")]
    Interval(#[from] IntervalError),
    #[error("schedule must have a type, crontab or interval, and a value")]
    Schedule,
    #[error("timezone: {0}")]
    Zone(#[from] UnknownZone),
    #[error("{field} must be a whole number from {min} to {max}")]
    Number { field: &'static str, min: u32, max: u32 },
    #[error("{field} must be text")]
    Text { field: &'static str },
}

impl Config {
    /// Reads what SDKs send as `monitor_config`, with a `schedule` of `type` and `value`, and the API's
    /// form, with a `schedule_type` beside it. Fields of others, such as `owner`, are not looked at.
    ///
    /// # Errors
    /// [`ConfigError`] for the first field that makes no sense.
    ///
    /// Source: Relay's `MonitorConfig`, and `MonitorConfig` of Sentry's API schema.
    pub fn from_json(json: &Value) -> Result<Self, ConfigError> {
        let fields = json.as_object().ok_or(ConfigError::NotAnObject)?;
        let zone = match fields.get("timezone") {
            None | Some(Value::Null) => Zone::default(),
            Some(Value::String(name)) if name.is_empty() => Zone::default(),
            Some(name) => {
                Zone::named(name.as_str().ok_or(ConfigError::Text { field: "timezone" })?)?
            }
        };
        let minutes = |field, default| number(fields, field, default, MARGIN_MINUTES_MAX);
        let threshold = |field| number(fields, field, 1, THRESHOLD_MAX);
        Ok(Self {
            schedule: schedule(fields)?,
            zone,
            // Relay takes a margin of 0 as the default, because SDKs send it for "none".
            margin_minutes: minutes("checkin_margin", 1)?,
            max_runtime_minutes: minutes("max_runtime", 30)?,
            failure_threshold: threshold("failure_issue_threshold")?,
            recovery_threshold: threshold("recovery_threshold")?,
        })
    }

    /// In the form of the API, which [`Config::from_json`] reads back.
    pub fn to_json(&self) -> Value {
        let (kind, schedule) = match &self.schedule {
            Schedule::Crontab(crontab) => ("crontab", json!(crontab.to_string())),
            Schedule::Interval(every) => ("interval", json!([every.value(), every.unit().name()])),
        };
        json!({
            "schedule_type": kind,
            "schedule": schedule,
            "checkin_margin": self.margin_minutes,
            "max_runtime": self.max_runtime_minutes,
            "timezone": self.zone.name(),
            "failure_issue_threshold": self.failure_threshold,
            "recovery_threshold": self.recovery_threshold,
        })
    }
}

/// What a check-in's configuration does to its monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upsert {
    /// The monitor is known, and stays as it is.
    Keep,
    /// There is no such monitor: create it.
    Create(Config),
    /// The monitor's configuration becomes this one.
    Update(Config),
    /// There is no such monitor, and the check-in does not say what it would be (`monitor_invalid_config`);
    /// without a configuration it names an unknown monitor (`invalid_monitor`).
    Refuse(Option<ConfigError>),
}

/// Decides what to do with the `monitor_config` of a check-in. One that makes no sense changes nothing
/// about a monitor that exists.
pub fn upsert(known: Option<&Config>, sent: Option<&Value>) -> Upsert {
    let sent = sent.filter(|sent| !sent.is_null()).map(Config::from_json);
    match (known, sent) {
        (Some(known), Some(Ok(config))) if *known != config => Upsert::Update(config),
        (Some(_), _) => Upsert::Keep,
        (None, Some(Ok(config))) => Upsert::Create(config),
        (None, Some(Err(problem))) => Upsert::Refuse(Some(problem)),
        (None, None) => Upsert::Refuse(None),
    }
}

fn schedule(fields: &Map<String, Value>) -> Result<Schedule, ConfigError> {
    let sent = fields.get("schedule").ok_or(ConfigError::Schedule)?;
    let (kind, value, unit) = match sent {
        Value::Object(sent) => (sent.get("type"), sent.get("value"), sent.get("unit")),
        Value::Array(pair) => (fields.get("schedule_type"), pair.first(), pair.get(1)),
        other => (fields.get("schedule_type"), Some(other), None),
    };
    match (kind.and_then(Value::as_str), value, unit) {
        (Some("crontab"), Some(Value::String(text)), _) => {
            Ok(Schedule::Crontab(Crontab::parse(text)?))
        }
        (Some("interval"), Some(value), Some(Value::String(unit))) => {
            let value = value.as_u64().ok_or(ConfigError::Schedule)?;
            let value = u32::try_from(value).or(Err(IntervalError::TooLong))?;
            Ok(Schedule::Interval(Interval::parse(value, unit)?))
        }
        _ => Err(ConfigError::Schedule),
    }
}

/// A number of at least 1; none, `null` and 0 are the default.
fn number(
    fields: &Map<String, Value>,
    field: &'static str,
    default: u32,
    max: u32,
) -> Result<u32, ConfigError> {
    let refused = ConfigError::Number { field, min: 1, max };
    match fields.get(field) {
        None | Some(Value::Null) => Ok(default),
        Some(sent) => {
            // Python's SDK sends minutes as floats when they were computed.
            let whole = sent.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0);
            let in_range = whole.filter(|number| *number <= f64::from(max)).ok_or(refused)?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole, from 0 to max"
            )]
            let number = in_range as u32;
            Ok(if number == 0 { default } else { number })
        }
    }
}
