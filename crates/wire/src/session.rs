//! Sessions: updates of one, and counts of many that a server has added up.
//!
//! Source: Relay, `relay-event-schema/src/protocol/session.rs` and its session processing.

use model::clock::Micros;
use model::id::EventId;
use model::json::Value;
use model::session::SessionHealth;

use crate::event::timestamps::{self, DRIFT_MIN};
use crate::json::{JsonError, Parser};
use crate::release;

/// Microseconds since 1970; negative before.
type Signed = i64;

/// How long ago a session may have begun. Source: Relay, `max_session_seconds_in_past`.
pub const PAST_MAX: Micros = Micros(5 * 24 * 3_600_000_000);
/// How far ahead a sender's clock may be. Source: Relay, `max_secs_in_future`.
pub const FUTURE_MAX: Micros = Micros(60_000_000);
/// Relay's mark for an update whose number ran over.
const SEQUENCE_NONE: u64 = u64::MAX;

/// What is known of a session item from elsewhere than its payload.
#[derive(Debug, Clone, Copy)]
pub struct SessionGiven {
    /// When it arrived.
    pub received: Micros,
    /// When the sender says it was sent; tells how wrong its clock is.
    pub sent_at: Option<Micros>,
}

/// How an app that did not end properly stopped answering.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Anr {
    /// It did answer, or did not say.
    #[default]
    None,
    /// It hung while nobody looked.
    Background,
    /// It hung before its user's eyes.
    Foreground,
}

/// Which version of an app, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// Its release; never empty.
    pub release: String,
    /// Its environment; empty when none was given, or none that can be one.
    pub environment: String,
}

/// What became of one session so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Which session; `None` when it brought no id and so cannot be updated.
    pub session: Option<EventId>,
    /// Whose it is; `None` when nobody's.
    pub user: Option<String>,
    /// True for the first update of a session.
    pub init: bool,
    /// Which of two updates is the later one. Milliseconds where the SDK does not number them.
    pub sequence: u64,
    /// When the session began, by our clock.
    pub started: Micros,
    /// How it goes.
    pub health: SessionHealth,
    /// Whether it hung.
    pub anr: Anr,
    /// Version and environment.
    pub attributes: Attributes,
}

/// Sessions that began in the same minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// When, by our clock.
    pub started: Micros,
    /// Whose they are; `None` when nobody's.
    pub user: Option<String>,
    /// How many went how, by [`SessionHealth::index`].
    pub counts: [u32; 5],
}

/// Sessions that a server has added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregates {
    /// Version and environment.
    pub attributes: Attributes,
    /// The counts; at least one. Buckets that began too long ago are left out.
    pub buckets: Vec<Bucket>,
}

/// Why an item was not read.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Not JSON.
    #[error("reading a session")]
    Json(#[from] JsonError),
    /// A field that must be there is not, or is not what it must be.
    #[error("the session has no usable {0}")]
    Field(&'static str),
    /// Without a release, or with a name that no release can have.
    #[error("the session has no valid release")]
    Release,
    /// It began too long ago, or lies in the future.
    #[error("the session began too long ago, or will only begin")]
    Timestamp,
}

impl SessionError {
    /// The name of the reason in the accounts.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Json(_) => "invalid_json",
            Self::Field(_) => "invalid_session",
            Self::Release => "invalid_release",
            Self::Timestamp => "timestamp",
        }
    }
}

/// Reads a `session` item. `bytes` is scratch space afterwards.
///
/// # Errors
/// [`SessionError`] when it says nothing that can be counted.
pub fn update(
    parser: &mut Parser,
    bytes: &mut Vec<u8>,
    given: &SessionGiven,
) -> Result<Update, SessionError> {
    let value = parser.parse(bytes)?;
    if value.as_object().is_none() {
        return Err(SessionError::Field("content"));
    }
    let clock = Clock::new(given);
    let sent = moment(&value, "started").ok_or(SessionError::Field("started"))?;
    let started = clock.correct(sent);
    let timestamp = moment(&value, "timestamp").map_or(clock.received, |sent| clock.correct(sent));
    // An update cannot be older than its session.
    let timestamp = timestamp.max(started);
    let attributes = attributes(&value)?;
    let started = clock.check(started)?;
    clock.check(timestamp)?;
    let init = value.get("init").and_then(Value::as_bool).unwrap_or(false);
    let sequence = match value.get("seq").and_then(Value::as_u64) {
        _ if init => 0,
        Some(SEQUENCE_NONE) => return Err(SessionError::Field("seq")),
        Some(sequence) => sequence,
        None => u64::try_from(timestamp / 1_000).unwrap_or(0),
    };
    let status = value.get("status").and_then(Value::as_str).unwrap_or("ok");
    let errors = value.get("errors").and_then(Value::as_f64).unwrap_or(0.0);
    let mechanism = value.get("abnormal_mechanism").and_then(Value::as_str);
    let health = health(status).max(if errors > 0.0 {
        SessionHealth::Errored
    } else {
        SessionHealth::Healthy
    });
    Ok(Update {
        session: value.get("sid").and_then(Value::as_str).and_then(session),
        user: user(&value),
        init,
        sequence,
        started,
        health,
        anr: mechanism.filter(|_| health == SessionHealth::Abnormal).map_or(Anr::None, anr),
        attributes,
    })
}

/// Reads a `sessions` item. `bytes` is scratch space afterwards.
///
/// # Errors
/// [`SessionError`] when it says nothing that can be counted.
pub fn aggregates(
    parser: &mut Parser,
    bytes: &mut Vec<u8>,
    given: &SessionGiven,
) -> Result<Aggregates, SessionError> {
    let value = parser.parse(bytes)?;
    let clock = Clock::new(given);
    let listed = value.get("aggregates").and_then(Value::as_array);
    let listed = listed.ok_or(SessionError::Field("aggregates"))?;
    let attributes = attributes(&value)?;
    let read = listed.iter().map(|entry| bucket(entry, &clock));
    let (buckets, errors): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
    if buckets.is_empty() {
        let first = errors.into_iter().find_map(Result::err);
        return Err(first.unwrap_or(SessionError::Field("aggregates")));
    }
    Ok(Aggregates { attributes, buckets: buckets.into_iter().flatten().collect() })
}

fn bucket(entry: &Value<'_>, clock: &Clock) -> Result<Bucket, SessionError> {
    let sent = moment(entry, "started").ok_or(SessionError::Field("started"))?;
    let started = clock.check(clock.correct(sent))?;
    let count = |name: &str| {
        let count = entry.get(name).and_then(Value::as_u64).unwrap_or(0);
        u32::try_from(count).unwrap_or(u32::MAX)
    };
    // In the order of `SessionHealth::ALL`.
    let counts = ["exited", "errored", "unhandled", "abnormal", "crashed"].map(count);
    Ok(Bucket { started, user: user(entry), counts })
}

fn health(status: &str) -> SessionHealth {
    match status {
        "crashed" => SessionHealth::Crashed,
        "abnormal" => SessionHealth::Abnormal,
        "unhandled" => SessionHealth::Unhandled,
        "errored" => SessionHealth::Errored,
        // `ok`, `exited`, `degraded` of old SDKs, and words that only later versions know.
        _ => SessionHealth::Healthy,
    }
}

fn anr(mechanism: &str) -> Anr {
    match mechanism {
        "anr_foreground" => Anr::Foreground,
        "anr_background" => Anr::Background,
        _ => Anr::None,
    }
}

/// The nil id would make one session of all that have it.
fn session(text: &str) -> Option<EventId> {
    EventId::parse(text.trim()).ok().filter(|id| !id.is_nil())
}

fn user(value: &Value<'_>) -> Option<String> {
    let text = match value.get("did")? {
        Value::Str(text) => text.to_string(),
        Value::U64(number) => number.to_string(),
        Value::I64(number) => number.to_string(),
        _ => return None,
    };
    let is_nil = EventId::parse(&text).is_ok_and(|id| id.is_nil());
    (!text.is_empty() && !is_nil).then_some(text)
}

/// `attrs`; SDKs of the first days had them without that name around.
fn attributes(value: &Value<'_>) -> Result<Attributes, SessionError> {
    let attrs = value.get("attrs").or_else(|| value.get("attributes")).unwrap_or(value);
    let text = |name| attrs.get(name).and_then(Value::as_str).map(str::trim);
    let release = text("release").filter(|text| !text.is_empty() && release::is_valid(text));
    let release = release.ok_or(SessionError::Release)?.to_owned();
    let environment = text("environment").filter(|text| release::is_valid_environment(text));
    Ok(Attributes { release, environment: environment.unwrap_or_default().to_owned() })
}

fn moment(value: &Value<'_>, name: &str) -> Option<Signed> {
    timestamps::micros(value.get(name)?)
}

/// The sender's clock, and what it may say.
#[derive(Debug, Clone, Copy)]
struct Clock {
    received: Signed,
    drift: Signed,
}

impl Clock {
    fn new(given: &SessionGiven) -> Self {
        let received = signed(given.received);
        let drift = given.sent_at.map_or(0, |sent_at| received - signed(sent_at));
        Self { received, drift: if drift.abs() >= DRIFT_MIN { drift } else { 0 } }
    }

    fn correct(self, moment: Signed) -> Signed {
        moment.saturating_add(self.drift)
    }

    fn check(self, moment: Signed) -> Result<Micros, SessionError> {
        let first = self.received.saturating_sub(signed(PAST_MAX));
        let last = self.received.saturating_add(signed(FUTURE_MAX));
        let kept = Some(moment).filter(|moment| (first..=last).contains(moment));
        kept.and_then(|moment| u64::try_from(moment).ok())
            .map(Micros)
            .ok_or(SessionError::Timestamp)
    }
}

fn signed(moment: Micros) -> Signed {
    Signed::try_from(moment.0).unwrap_or(Signed::MAX / 4).min(Signed::MAX / 4)
}
