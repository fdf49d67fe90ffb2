//! Profiles: of one transaction (sample format 1) and chunks of continuous ones (sample format 2).
//!
//! Both come out as one [`Profile`]: indices checked, samples in order of time, call stacks as one tree.
//! Most of a profile is samples, up to hundreds of thousands, so the JSON is read where it lies and
//! no tree is made of it.
//!
//! Source: Relay, `relay-profiling`; <https://develop.sentry.dev/sdk/telemetry/profiles/>.

use std::borrow::Cow;

use model::clock::Micros;
use model::id::{EventId, SpanId, TraceId};
use model::json::Value;
use model::limits::{
    PROFILE_BYTES_MAX, PROFILE_CHUNK_MICROS_MAX, PROFILE_JSON_NODES_MAX, PROFILE_MICROS_MAX,
};
use model::profile::{Device, Profile, Subject, Versioned};

use crate::event::timestamps;
use crate::json::{self, JsonError};

mod code;
mod measured;
mod timeline;
mod view;

use timeline::Timeline;
use view::View;

/// What a sender that names no environment means.
const DEFAULT_ENVIRONMENT: &str = "production";

/// Why a profile is not kept.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not JSON, or no object.
    #[error("profile is not a JSON object")]
    Json(#[source] Option<JsonError>),
    /// More bytes, values, frames or samples than are worth the memory.
    #[error("profile is over a limit")]
    TooBig,
    /// A chunk whose item header names another platform or none, or a profile that is not of this type.
    #[error("profile is of another type or platform than its item says")]
    WrongType,
    /// A format that is not read: Android's own traces.
    #[error("profile format is not supported")]
    NotSupported,
    /// Ids are missing or broken.
    #[error("profile has no valid id")]
    Metadata,
    /// It does not say which transaction it was taken of.
    #[error("profile names no transaction")]
    Transaction,
    /// A sample without time or stack, or with a stack that is not there.
    #[error("sample of a profile is malformed")]
    Samples,
    /// A stack with a frame that is not there.
    #[error("stack of a profile is malformed")]
    Stacks,
    /// No thread was seen twice.
    #[error("profile has not enough samples")]
    TooFewSamples,
    /// Longer than 30 seconds, a chunk than 66.
    #[error("profile is too long")]
    TooLong,
    /// All samples of one moment.
    #[error("profile has no duration")]
    NoDuration,
}

impl ProfileError {
    /// The reason of the outcome. Source: Relay, `discard_reason` in `relay-profiling`.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Json(_) => "profiling_invalid_json",
            Self::TooBig => "profiling_exceed_size_limit",
            Self::WrongType => "profiling_invalid_profile_type",
            Self::NotSupported => "profiling_platform_not_supported",
            Self::Metadata => "profiling_invalid_profile_metadata",
            Self::Transaction => "profiling_invalid_transaction_metadata",
            Self::Samples => "profiling_malformed_samples",
            Self::Stacks => "profiling_malformed_stacks",
            Self::TooFewSamples => "profiling_not_enough_samples",
            Self::TooLong => "profiling_duration_is_too_long",
            Self::NoDuration => "profiling_duration_is_zero",
        }
    }
}

/// Reads an item `profile`. `bytes` is scratch space afterwards: the profile borrows from it.
/// `received` stands in for a missing start.
///
/// Release, environment and names are as sent; the transaction's own are better where it is known.
///
/// # Errors
/// [`ProfileError`] when it cannot be read or shows nothing.
pub fn transaction(bytes: &mut Vec<u8>, received: Micros) -> Result<Profile<'_>, ProfileError> {
    let nodes = read(bytes)?;
    let root = View::new(&nodes);
    match root.get("version").map(View::label).as_deref() {
        Some("1") => {}
        None | Some("") if root.get("sampled_profile").is_none() => {}
        _ => return Err(ProfileError::NotSupported),
    }
    let id = root.first(&["event_id", "profile_id"]).and_then(event_id);
    let id = id.ok_or(ProfileError::Metadata)?;
    let transaction = transaction_of(root).ok_or(ProfileError::Transaction)?;
    let event = transaction.get("id").and_then(event_id).ok_or(ProfileError::Transaction)?;
    let start = root.get("timestamp").and_then(moment).unwrap_or(received);

    let mut timeline = Timeline::read(root, since_start)?;
    timeline.drop_idle_edges();
    timeline.drop_single_samples();
    let mut profile = timeline.finish(start, PROFILE_MICROS_MAX)?;
    describe(&mut profile, root);
    let active = transaction.get("active_thread_id").map(View::label);
    profile.id = id;
    profile.subject = Subject::Transaction {
        event,
        name: transaction.text_at("name"),
        trace: transaction.get("trace_id").and_then(trace_id),
        span: transaction.first(&["segment_id", "span_id"]).and_then(span_id),
        active_thread: active.and_then(|id| profile.thread(&id)),
    };
    profile.measurements =
        measured::read(root.get("measurements"), |point| since_start(point)?.try_into().ok());
    Ok(profile)
}

/// Reads an item `profile_chunk` whose header names `platform`. `bytes` is scratch space afterwards:
/// the profile borrows from it.
///
/// # Errors
/// [`ProfileError`] when it cannot be read or shows nothing.
pub fn chunk<'a>(
    bytes: &'a mut Vec<u8>,
    platform: Option<&str>,
) -> Result<Profile<'a>, ProfileError> {
    let nodes = read(bytes)?;
    let root = View::new(&nodes);
    match root.get("version").map(View::label).as_deref() {
        Some("2") => {}
        Some(other) if other.starts_with("2.") => return Err(ProfileError::NotSupported),
        _ => return Err(ProfileError::WrongType),
    }
    if platform.is_none() || platform != root.get("platform").and_then(View::text) {
        return Err(ProfileError::WrongType);
    }
    let id = root.get("chunk_id").and_then(event_id).ok_or(ProfileError::Metadata)?;
    let profiler = root.get("profiler_id").and_then(event_id).ok_or(ProfileError::Metadata)?;

    let mut timeline = Timeline::read(root, since_epoch)?;
    timeline.drop_single_samples();
    let start = Micros(timeline.rebase());
    let mut profile = timeline.finish(start, PROFILE_CHUNK_MICROS_MAX)?;
    describe(&mut profile, root);
    if profile.environment.is_empty() {
        profile.environment = Cow::Borrowed(DEFAULT_ENVIRONMENT);
    }
    profile.id = id;
    profile.subject = Subject::Process { profiler };
    let start = i64::try_from(start.0).unwrap_or(i64::MAX);
    profile.measurements = measured::read(root.get("measurements"), |point| {
        Some(i64::try_from(since_epoch(point)?).ok()?.saturating_sub(start))
    });
    Ok(profile)
}

fn read(bytes: &mut Vec<u8>) -> Result<Vec<simd_json::Node<'_>>, ProfileError> {
    // Each value follows one of these bytes, so memory for all of them is only asked for when they fit.
    let openers = bytes.iter().filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{')).count();
    if bytes.len() > PROFILE_BYTES_MAX || openers > PROFILE_JSON_NODES_MAX {
        return Err(ProfileError::TooBig);
    }
    json::nodes(bytes).map_err(|error| ProfileError::Json(Some(error)))
}

fn transaction_of<'t, 'a>(root: View<'t, 'a>) -> Option<View<'t, 'a>> {
    let single = root.get("transaction").filter(|single| single.is_object());
    single.or_else(|| root.get("transactions")?.items().next())
}

/// Fills in what says where the profile comes from.
fn describe<'a>(profile: &mut Profile<'a>, root: View<'_, 'a>) {
    profile.platform = root.text_at("platform");
    profile.release = root.text_at("release");
    profile.dist = root.text_at("dist");
    profile.environment = root.text_at("environment");
    profile.sdk = versioned(root.first(&["client_sdk", "sdk"]));
    profile.os = versioned(root.get("os"));
    profile.runtime = versioned(root.get("runtime"));
    if let Some(device) = root.get("device") {
        profile.device = Device {
            architecture: device.text_at("architecture"),
            manufacturer: device.text_at("manufacturer"),
            model: device.text_at("model"),
        };
    }
    profile.images = measured::images(root.get("debug_meta"));
}

fn versioned<'a>(what: Option<View<'_, 'a>>) -> Versioned<'a> {
    what.map_or_else(Versioned::default, |what| Versioned {
        name: what.text_at("name"),
        version: what.text_at("version"),
    })
}

fn event_id(view: View<'_, '_>) -> Option<EventId> {
    EventId::parse(view.text()?).ok().filter(|id| !id.is_nil())
}

fn trace_id(view: View<'_, '_>) -> Option<TraceId> {
    TraceId::parse(view.text()?).ok().filter(|id| !id.is_nil())
}

fn span_id(view: View<'_, '_>) -> Option<SpanId> {
    SpanId::parse(view.text()?).ok().filter(|id| !id.is_nil())
}

/// A moment as text or seconds.
fn moment(view: View<'_, '_>) -> Option<Micros> {
    let value = match view.text() {
        Some(text) => Value::from(text),
        None => Value::from(view.number()?),
    };
    timestamps::micros(&value).and_then(|micros| u64::try_from(micros).ok()).map(Micros)
}

/// When a sample or point of format 1 was taken, in microseconds since the start.
fn since_start(view: View<'_, '_>) -> Option<u64> {
    let name = ["elapsed_since_start_ns", "relative_timestamp_ns"];
    view.first(&name)?.whole().map(|nanos| nanos / 1_000)
}

/// When a sample or point of format 2 was taken, in microseconds since 1970.
fn since_epoch(view: View<'_, '_>) -> Option<u64> {
    let seconds = view.get("timestamp")?.number()?;
    let value = Value::from(seconds);
    u64::try_from(timestamps::micros(&value)?).ok()
}
