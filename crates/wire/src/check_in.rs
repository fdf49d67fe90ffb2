//! Check-ins of cron jobs, as SDKs send them.
//!
//! Source: Relay, `relay-monitors/src/lib.rs`.

use model::id::{EventId, TraceId};
use model::json::Value;
use model::json_text;

use crate::json::{JsonError, Parser};

/// Characters of a slug; the rest is cut. Source: Relay, `SLUG_LENGTH`.
pub const SLUG_CHARS_MAX: usize = 50;
/// Characters of an environment; with more, the check-in is refused. Source: Relay,
/// `ENVIRONMENT_LENGTH`.
pub const ENVIRONMENT_CHARS_MAX: usize = 64;
/// The environment of those that name none. Source: Relay.
const ENVIRONMENT: &str = "production";

/// One message of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckIn {
    /// Which run; all zeros mean the newest that is in progress.
    pub id: EventId,
    /// What the monitor is called in addresses.
    pub slug: String,
    /// As it was sent: `in_progress`, `ok`, `error`, or a word that nobody should send.
    pub status: String,
    /// How long the run took, in milliseconds.
    pub duration_millis: Option<u64>,
    /// Where it ran; never empty.
    pub environment: String,
    /// Of which release; empty when not said.
    pub release: String,
    /// In which trace.
    pub trace: Option<TraceId>,
    /// What the monitor should be, as JSON.
    pub config: Option<String>,
}

/// Why an item was not read.
#[derive(Debug, thiserror::Error)]
pub enum CheckInError {
    /// Not JSON.
    #[error("reading a check-in")]
    Json(#[from] JsonError),
    /// A field that must be there is not, or is not what it must be.
    #[error("the check-in has no usable {0}")]
    Field(&'static str),
    /// Its id is none.
    #[error("the check-in has an id that is none")]
    Id,
}

impl CheckInError {
    /// The name of the reason in the accounts.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Json(_) => "invalid_json",
            Self::Field(_) => "invalid_check_in",
            Self::Id => "invalid_guid",
        }
    }
}

/// Reads a `check_in` item. `bytes` is scratch space afterwards.
///
/// # Errors
/// [`CheckInError`] when it says nothing about a job.
pub fn parse(parser: &mut Parser, bytes: &mut Vec<u8>) -> Result<CheckIn, CheckInError> {
    let value = parser.parse(bytes)?;
    if value.as_object().is_none() {
        return Err(CheckInError::Field("content"));
    }
    let text = |name| value.get(name).and_then(Value::as_str);
    let id = match value.get("check_in_id") {
        None | Some(Value::Null) => EventId([0; 16]),
        Some(id) => {
            let id = id.as_str().and_then(|text| EventId::parse(text.trim()).ok());
            id.ok_or(CheckInError::Id)?
        }
    };
    let slug = slug(text("monitor_slug").unwrap_or_default());
    if slug.is_empty() {
        return Err(CheckInError::Field("monitor_slug"));
    }
    let environment = text("environment").map(str::trim).filter(|text| !text.is_empty());
    let environment = environment.unwrap_or(ENVIRONMENT);
    if environment.chars().count() > ENVIRONMENT_CHARS_MAX {
        return Err(CheckInError::Field("environment"));
    }
    let trace = value.at(&["contexts", "trace", "trace_id"]).and_then(Value::as_str);
    let config = value.get("monitor_config").filter(|config| !config.is_null());
    Ok(CheckIn {
        id,
        slug,
        status: text("status").ok_or(CheckInError::Field("status"))?.to_owned(),
        duration_millis: value.get("duration").and_then(Value::as_f64).and_then(millis),
        environment: environment.to_owned(),
        release: text("release").unwrap_or_default().trim().to_owned(),
        trace: trace.and_then(|text| TraceId::parse(text).ok()).filter(|trace| !trace.is_nil()),
        config: config.map(json_text::to_string),
    })
}

/// What Sentry makes of a slug: lower case, other characters than letters, digits, `_` and `-` left out,
/// blanks made into `-`. Letters with accents, which Sentry writes without, are left out, too.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars().take(SLUG_CHARS_MAX * 4) {
        match character.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9' | '_') => slug.push(kept),
            '-' if !slug.ends_with('-') => slug.push('-'),
            blank if blank.is_whitespace() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    let mut slug = slug.trim_matches(['-', '_']).to_owned();
    slug.truncate(SLUG_CHARS_MAX);
    slug
}

/// Nothing for a length of time that is none.
fn millis(seconds: f64) -> Option<u64> {
    let millis = seconds * 1e3;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked in the same line"
    )]
    (0.0..9e15).contains(&millis).then_some(millis.round() as u64)
}
