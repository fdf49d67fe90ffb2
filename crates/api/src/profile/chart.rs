//! Flame charts: what one thread did, in order of time; and what was measured meanwhile.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use flame::Clip;
use meta::StoredProfile;
use model::clock::Micros;
use model::limits::FLAME_BARS_MAX;
use model::profile::{Frame, Profile, Subject};
use serde::Serialize;
use utoipa::ToSchema;

use super::selection::{Piece, Selection, Threads, read, select};
use super::{ProfileView, seconds, slugs};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;

/// A thread of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThreadView {
    /// The id that spans name it by.
    pub id: String,
    /// What its program calls it.
    pub name: String,
    /// Samples in which it did something.
    pub samples: u64,
    /// The transaction ran on it.
    pub is_active: bool,
}

/// A place in the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrameView {
    /// The function.
    pub function: String,
    /// Its module or package.
    pub module: String,
    /// The file as people name it.
    pub file: String,
    /// The file as the machine found it, if that differs.
    pub path: String,
    /// Line in the file; 0 when not known.
    pub line: u32,
    /// Column in the line; 0 when not known.
    pub column: u32,
    /// Whether it is the customer's own code.
    pub in_app: bool,
}

impl FrameView {
    fn of(frame: &Frame<'_>) -> Self {
        Self {
            function: frame.function.to_string(),
            module: frame.module.to_string(),
            file: frame.file.to_string(),
            path: frame.path.to_string(),
            line: frame.line,
            column: frame.column,
            in_app: frame.in_app,
        }
    }
}

/// A series of measured values.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MeasurementView {
    /// Such as `memory_footprint` or `cpu_usage`.
    pub name: String,
    /// Such as `byte`, `percent` or `nanosecond`.
    pub unit: String,
    /// Microseconds since the chart's start, and the value.
    #[schema(value_type = Vec<Vec<f64>>)]
    pub points: Vec<(i64, f64)>,
}

/// A flame chart.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlameChart {
    /// The profile, or the chunks that the time lies in.
    pub profiles: Vec<ProfileView>,
    /// When it begins, in seconds since 1970; bars count from there.
    pub start: f64,
    /// How long it is, in microseconds.
    pub duration: u64,
    /// The threads that were looked at.
    pub threads: Vec<ThreadView>,
    /// The id of the thread that is shown.
    pub thread: String,
    /// Places in the code that bars refer to.
    pub frames: Vec<FrameView>,
    /// Calls by depth and time: depth, place in `frames`, start and end in microseconds.
    #[schema(value_type = Vec<Vec<u64>>)]
    pub bars: Vec<[u64; 4]>,
    /// Shorter bars that are not among them.
    pub left_out: u64,
    /// What was measured meanwhile.
    pub measurements: Vec<MeasurementView>,
    /// The operating system, runtime, SDK and machine, as far as they are known.
    pub device: Vec<(&'static str, String)>,
    /// Chunks that could not be read, or were too many.
    pub is_cut: bool,
}

/// The flame chart of one thread: of a profile, or of a time of a profiler.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/profiling/chart/",
    tag = "profiles",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("profile" = Option<String>, Query, description = "one profile or chunk"),
        ("profiler" = Option<String>, Query, description = "a profiler; needs from and to"),
        ("from" = Option<f64>, Query, description = "seconds since 1970"),
        ("to" = Option<f64>, Query, description = "seconds since 1970"),
        ("thread" = Option<String>, Query, description = "a thread's id")),
    responses((status = 200, body = FlameChart), (status = 400), (status = 404)))]
pub async fn chart(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<FlameChart>, ApiError> {
    need_one(&params)?;
    let (projects, selection) = select(&api, caller, organization, params).await?;
    let drawn = api.folding(move |api| {
        let slugs = slugs(&projects);
        let first = selection.pieces.first().ok_or(ApiError::NotFound)?;
        let slug = slugs.get(&first.stored.project).copied().unwrap_or_default();
        let mut drawing = Drawing::begin(&selection, slug);
        for piece in &selection.pieces {
            drawing.add(api, piece)?;
        }
        Ok(drawing.finish(selection.is_cut))
    });
    Ok(Json(drawn.await?))
}

fn need_one(params: &Params) -> Result<(), ApiError> {
    let is_named = |key: &str| params.get(key).is_some_and(|text| !text.is_empty());
    if is_named("profile") || is_named("profiler") {
        return Ok(());
    }
    Err(ApiError::Invalid("profile or profiler is needed".into()))
}

struct Drawing {
    chart: FlameChart,
    start: Micros,
    end: Micros,
    /// The thread that is shown, once it is known.
    thread: Option<String>,
}

impl Drawing {
    fn begin(selection: &Selection, slug: &str) -> Self {
        let pieces = || selection.pieces.iter();
        let start = pieces().map(|piece| piece.stored.start.0.max(piece.window.0.0)).min();
        let end = pieces().map(|piece| piece.stored.end.0.min(piece.window.1.0)).max();
        let (start, end) = (start.unwrap_or(0), end.unwrap_or(0));
        let thread = pieces().find_map(|piece| match &piece.threads {
            Threads::One(id) => Some(id.clone()),
            Threads::Active | Threads::All => None,
        });
        let chart = FlameChart {
            profiles: pieces().map(|piece| ProfileView::of(&piece.stored, slug)).collect(),
            start: seconds(start),
            duration: end.saturating_sub(start),
            threads: Vec::new(),
            thread: String::new(),
            frames: Vec::new(),
            bars: Vec::new(),
            left_out: 0,
            measurements: Vec::new(),
            device: Vec::new(),
            is_cut: false,
        };
        Self { chart, start: Micros(start), end: Micros(end), thread }
    }

    /// Draws what a profile has; the first one says which thread, if nobody did. Blocks.
    fn add(&mut self, api: &Api, piece: &Piece) -> Result<(), ApiError> {
        let Some(bytes) = read(api, &piece.stored) else {
            self.chart.is_cut = true;
            return Ok(());
        };
        let profile = flame::decode(&bytes).map_err(ApiError::internal)?;
        self.note_threads(&profile);
        if self.chart.device.is_empty() {
            self.chart.device = device(&profile);
        }
        let thread = self.thread.get_or_insert_with(|| busiest(&profile)).clone();
        let clip = Clip { from: piece.window.0, to: piece.window.1, thread: Some(&thread) };
        let room = FLAME_BARS_MAX.saturating_sub(self.chart.bars.len());
        let drawn = flame::chart(&profile, &clip, room);
        self.chart.left_out += drawn.left_out;
        let mut places: Vec<Option<u64>> = vec![None; profile.frames.len()];
        // Bars of a chunk count from its start, those of the chart from its own.
        let moment =
            |offset: u64| profile.start.0.saturating_add(offset).saturating_sub(self.start.0);
        for bar in &drawn.bars {
            let place = usize::try_from(bar.frame).unwrap_or(usize::MAX);
            let (Some(known), Some(frame)) = (places.get_mut(place), profile.frames.get(place))
            else {
                continue;
            };
            let frames = &mut self.chart.frames;
            let frame = *known.get_or_insert_with(|| {
                frames.push(FrameView::of(frame));
                u64::try_from(frames.len()).unwrap_or(u64::MAX) - 1
            });
            let depth = u64::from(bar.depth);
            self.chart.bars.push([depth, frame, moment(bar.start), moment(bar.end)]);
        }
        self.note_measurements(&profile);
        Ok(())
    }

    fn note_threads(&mut self, profile: &Profile<'_>) {
        let active = match &profile.subject {
            Subject::Transaction { active_thread, .. } => *active_thread,
            Subject::Process { .. } => None,
        };
        let counts = busy_samples(profile);
        for ((place, thread), samples) in (0_u32..).zip(&profile.threads).zip(counts) {
            let is_active = active == Some(place);
            match self.chart.threads.iter_mut().find(|known| known.id == thread.id) {
                Some(known) => known.samples += samples,
                None => self.chart.threads.push(ThreadView {
                    id: thread.id.to_string(),
                    name: thread.name.to_string(),
                    samples,
                    is_active,
                }),
            }
        }
    }

    fn note_measurements(&mut self, profile: &Profile<'_>) {
        let shift = i64::try_from(profile.start.0).unwrap_or(i64::MAX)
            - i64::try_from(self.start.0).unwrap_or(i64::MAX);
        let duration = i64::try_from(self.end.0.saturating_sub(self.start.0)).unwrap_or(i64::MAX);
        for series in &profile.measurements {
            let points = series.points.iter().map(|point| (point.offset + shift, point.value));
            let points: Vec<_> = points.filter(|(at, _)| (0..=duration).contains(at)).collect();
            let known = self.chart.measurements.iter_mut().find(|known| known.name == series.name);
            match known {
                Some(known) => known.points.extend(points),
                None if points.is_empty() => {}
                None => self.chart.measurements.push(MeasurementView {
                    name: series.name.to_string(),
                    unit: series.unit.to_string(),
                    points,
                }),
            }
        }
    }

    fn finish(mut self, is_cut: bool) -> FlameChart {
        self.chart.bars.sort_unstable_by_key(|bar| (bar[0], bar[2]));
        self.chart.thread = self.thread.unwrap_or_default();
        self.chart.is_cut |= is_cut;
        self.chart
    }
}

/// Samples in which each thread did something.
fn busy_samples(profile: &Profile<'_>) -> Vec<u64> {
    let mut counts = vec![0_u64; profile.threads.len()];
    for sample in profile.samples.iter().filter(|sample| sample.stack.is_some()) {
        let place = usize::try_from(sample.thread).unwrap_or(usize::MAX);
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    }
    counts
}

/// The id of the thread that is shown when nobody says which: the transaction's, or the busiest.
fn busiest(profile: &Profile<'_>) -> String {
    let active = match &profile.subject {
        Subject::Transaction { active_thread, .. } => *active_thread,
        Subject::Process { .. } => None,
    };
    let active = active.and_then(|place| usize::try_from(place).ok());
    let counts = busy_samples(profile);
    // The first of equally busy ones.
    let busiest = || (0..counts.len()).rev().max_by_key(|place| counts.get(*place));
    let place = active.filter(|place| *place < counts.len()).or_else(busiest);
    let thread = place.and_then(|place| profile.threads.get(place));
    thread.map(|thread| thread.id.to_string()).unwrap_or_default()
}

/// What the profile says about where it was taken.
fn device(profile: &Profile<'_>) -> Vec<(&'static str, String)> {
    let versioned = |what: &model::profile::Versioned<'_>| {
        format!("{} {}", what.name, what.version).trim().to_owned()
    };
    let all = [
        ("runtime", versioned(&profile.runtime)),
        ("os", versioned(&profile.os)),
        ("sdk", versioned(&profile.sdk)),
        ("architecture", profile.device.architecture.to_string()),
        ("device", format!("{} {}", profile.device.manufacturer, profile.device.model)),
    ];
    all.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect()
}

/// A profile in the format of speedscope, as a file.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/profiling/speedscope/",
    tag = "profiles",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("profile" = String, Query, description = "one profile or chunk"),
        ("from" = Option<f64>, Query), ("to" = Option<f64>, Query),
        ("thread" = Option<String>, Query)),
    responses((status = 200, body = Object), (status = 400), (status = 404)))]
pub async fn speedscope(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    need_one(&params)?;
    let (_, selection) = select(&api, caller, organization, params).await?;
    api.folding(move |api| {
        let piece = selection.pieces.first().ok_or(ApiError::NotFound)?;
        let bytes = read(api, &piece.stored).ok_or(ApiError::NotFound)?;
        let profile = flame::decode(&bytes).map_err(ApiError::internal)?;
        let clip = Clip {
            thread: match &piece.threads {
                Threads::One(id) => Some(id),
                Threads::Active | Threads::All => None,
            },
            ..piece.clip(&profile)
        };
        let name = name_of(&piece.stored);
        let file = flame::speedscope(&profile, &clip, &name)
            .map_err(|problem| ApiError::Invalid(problem.to_string()))?;
        let disposition = format!("attachment; filename=\"{}.speedscope.json\"", piece.stored.id);
        let disposition = HeaderValue::from_str(&disposition).map_err(ApiError::internal)?;
        let kind = HeaderValue::from_static("application/json");
        let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)];
        Ok((headers, file).into_response())
    })
    .await
}

fn name_of(stored: &StoredProfile) -> String {
    if stored.name.is_empty() { stored.id.to_string() } else { stored.name.clone() }
}
