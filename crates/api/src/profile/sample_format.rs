//! Profiles in the format that SDKs send and Sentry's clients read: frames, stacks, samples.

use axum::Json;
use axum::extract::{Path, State};
use meta::{Scope, StoredProfile};
use model::id::EventId;
use model::limits::PROFILE_DEPTH_MAX;
use model::profile::{Frame, Measurement, Profile, Subject, Versioned};
use serde_json::{Map, Value, json};

use super::seconds;
use super::selection::{read, select};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::project::enter;
use crate::state::Api;
use crate::time;

/// Frames of all stacks that are written, each as often as it occurs: stacks are one tree here, and
/// written apart they may be a thousand times as long.
const STACK_FRAMES_MAX: usize = 2_000_000;
/// Chunks in one answer.
const CHUNKS_MAX: usize = 16;

/// One profile, as it was sent.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/profiling/profiles/{profile}/",
    tag = "profiles",
    params(("organization" = String, Path), ("project" = String, Path),
        ("profile" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, profile)): Path<(String, String, String)>,
) -> Result<Json<Value>, ApiError> {
    let id = EventId::parse(&profile.replace('-', "")).or(Err(ApiError::NotFound))?;
    let written = api.folding(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::EventRead)?;
        let stored = api.database.profile(project.id, id)?.ok_or(ApiError::NotFound)?;
        let bytes = read(api, &stored).ok_or(ApiError::NotFound)?;
        let profile = flame::decode(&bytes).map_err(ApiError::internal)?;
        write(&profile, &stored)
    });
    Ok(Json(written.await?))
}

/// The chunks of a profiler between two moments, as they were sent.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/profiling/chunks/",
    tag = "profiles",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("profiler_id" = String, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query), ("statsPeriod" = Option<String>, Query)),
    responses((status = 200, body = Object), (status = 400), (status = 404)))]
pub async fn chunks(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let profiler = params.get("profiler_id").unwrap_or_default().to_owned();
    if profiler.is_empty() {
        return Err(ApiError::Invalid("profiler_id is needed".into()));
    }
    let window = params.window(api.clock.now(), super::DEFAULT_PERIOD)?;
    let params = params
        .with("profiler", &profiler)
        .with("from", &seconds(window.start.0).to_string())
        .with("to", &seconds(window.end.0).to_string());
    let (_, selection) = select(&api, caller, organization, params).await?;
    let written = api.folding(move |api| {
        let mut chunks = Vec::new();
        for piece in selection.pieces.iter().take(CHUNKS_MAX) {
            let Some(bytes) = read(api, &piece.stored) else { continue };
            let profile = flame::decode(&bytes).map_err(ApiError::internal)?;
            chunks.push(write(&profile, &piece.stored)?);
        }
        // Older clients read one, newer ones all.
        let first = chunks.first().cloned().unwrap_or(Value::Null);
        Ok(json!({"chunk": first, "chunks": chunks}))
    });
    Ok(Json(written.await?))
}

/// Writes a profile.
fn write(profile: &Profile<'_>, stored: &StoredProfile) -> Result<Value, ApiError> {
    let mut whole = json!({
        "platform": profile.platform,
        "release": profile.release,
        "dist": profile.dist,
        "environment": profile.environment,
        "client_sdk": versioned(&profile.sdk),
        "os": versioned(&profile.os),
        "runtime": versioned(&profile.runtime),
        "device": {
            "architecture": profile.device.architecture,
            "manufacturer": profile.device.manufacturer,
            "model": profile.device.model,
        },
        "projectID": stored.project.0,
        "received": time::iso(stored.received),
        "profile": {
            "frames": profile.frames.iter().map(frame).collect::<Vec<_>>(),
            "stacks": stacks(profile)?,
            "samples": samples(profile),
            "thread_metadata": threads(profile),
        },
        "measurements": measurements(profile),
    });
    match &profile.subject {
        Subject::Transaction { event, name, trace, span, active_thread } => {
            let thread = active_thread.and_then(|place| usize::try_from(place).ok());
            let thread = thread.and_then(|place| profile.threads.get(place));
            whole["version"] = json!("1");
            whole["event_id"] = json!(profile.id.to_string());
            whole["profile_id"] = json!(profile.id.to_string());
            whole["timestamp"] = json!(time::iso(profile.start));
            whole["transaction"] = json!({
                "id": event.to_string(),
                "name": name,
                "trace_id": trace.map(|id| id.to_string()),
                "segment_id": span.map(|id| id.to_string()),
                "active_thread_id": thread.map(|thread| &*thread.id),
            });
        }
        Subject::Process { profiler } => {
            whole["version"] = json!("2");
            whole["chunk_id"] = json!(profile.id.to_string());
            whole["profiler_id"] = json!(profiler.to_string());
        }
    }
    Ok(whole)
}

fn versioned(what: &Versioned<'_>) -> Value {
    json!({"name": what.name, "version": what.version})
}

fn frame(frame: &Frame<'_>) -> Value {
    let mut object = Map::new();
    let texts = [
        ("function", &frame.function),
        ("module", &frame.module),
        ("filename", &frame.file),
        ("abs_path", &frame.path),
        ("platform", &frame.platform),
    ];
    for (key, text) in texts {
        if !text.is_empty() {
            object.insert(key.to_owned(), json!(text));
        }
    }
    for (key, number) in [("lineno", frame.line), ("colno", frame.column)] {
        if number > 0 {
            object.insert(key.to_owned(), json!(number));
        }
    }
    if frame.address > 0 {
        object.insert("instruction_addr".to_owned(), json!(format!("{:#x}", frame.address)));
    }
    object.insert("in_app".to_owned(), json!(frame.in_app));
    Value::Object(object)
}

/// Every level of the tree that samples point at, as a list of frames, innermost first; the last one is
/// empty, for samples without a stack.
fn stacks(profile: &Profile<'_>) -> Result<Vec<Vec<u32>>, ApiError> {
    let mut stacks = vec![Vec::new(); profile.stacks.len() + 1];
    let mut frames = 0;
    for sample in &profile.samples {
        let Some(place) = sample.stack.and_then(|place| usize::try_from(place).ok()) else {
            continue;
        };
        let Some(stack) = stacks.get_mut(place).filter(|stack| stack.is_empty()) else { continue };
        let calls = profile.calls(sample.stack).take(PROFILE_DEPTH_MAX);
        stack.extend(calls.map(|call| call.frame));
        frames += stack.len();
        if frames > STACK_FRAMES_MAX {
            return Err(ApiError::Invalid("the profile is too big for this format".into()));
        }
    }
    Ok(stacks)
}

fn samples(profile: &Profile<'_>) -> Vec<Value> {
    let is_chunk = matches!(profile.subject, Subject::Process { .. });
    let idle = profile.stacks.len();
    let sample = |sample: &model::profile::Sample| {
        let thread = usize::try_from(sample.thread).ok();
        let thread = thread.and_then(|place| profile.threads.get(place));
        let thread = thread.map_or("", |thread| &*thread.id);
        let stack = sample.stack.and_then(|place| usize::try_from(place).ok()).unwrap_or(idle);
        if is_chunk {
            let moment = seconds(profile.start.0.saturating_add(sample.offset));
            json!({"timestamp": moment, "stack_id": stack, "thread_id": thread})
        } else {
            let nanos = sample.offset.saturating_mul(1_000);
            json!({"elapsed_since_start_ns": nanos, "stack_id": stack, "thread_id": thread})
        }
    };
    profile.samples.iter().map(sample).collect()
}

fn threads(profile: &Profile<'_>) -> Map<String, Value> {
    let threads = profile.threads.iter();
    threads.map(|thread| (thread.id.to_string(), json!({"name": thread.name}))).collect()
}

fn measurements(profile: &Profile<'_>) -> Map<String, Value> {
    let is_chunk = matches!(profile.subject, Subject::Process { .. });
    let point = |point: &model::profile::Point| {
        if is_chunk {
            let start = i64::try_from(profile.start.0).unwrap_or(i64::MAX);
            let moment = u64::try_from(start.saturating_add(point.offset)).unwrap_or(0);
            json!({"timestamp": seconds(moment), "value": point.value})
        } else {
            let nanos = point.offset.saturating_mul(1_000);
            json!({"elapsed_since_start_ns": nanos, "value": point.value})
        }
    };
    let series = |series: &Measurement<'_>| {
        let values: Vec<Value> = series.points.iter().map(point).collect();
        (series.name.to_string(), json!({"unit": series.unit, "values": values}))
    };
    profile.measurements.iter().map(series).collect()
}
