//! Flame graphs: one or many profiles folded into a tree.

use axum::Json;
use axum::extract::{Path, State};
use flame::{Function, Statistics, Tree};
use model::limits::FLAME_NODES_MAX;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::selection::{Extent, Selection, select};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;

/// A function as flame graphs tell them apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunctionView {
    /// Its name; may be empty.
    pub name: String,
    /// Its module or package; may be empty.
    pub module: String,
    /// Its file; may be empty.
    pub file: String,
    /// The first line of it that was seen; 0 when no line is known.
    pub line: u32,
    /// Whether it is the customer's own code.
    pub in_app: bool,
}

impl FunctionView {
    pub(super) fn of(function: &Function) -> Self {
        Self {
            name: function.name.clone(),
            module: function.module.clone(),
            file: function.file.clone(),
            line: function.line,
            in_app: function.in_app,
        }
    }
}

/// A flame graph.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlameTree {
    /// What it is made of.
    pub extent: Extent,
    /// The functions that rows refer to.
    pub functions: Vec<FunctionView>,
    /// The nodes, each before those it called: depth (0 is the root), place in `functions` (-1 for the
    /// root and for what was too small to be kept), microseconds in itself, microseconds in it and all
    /// it called, samples in itself, samples in it and all it called.
    #[schema(value_type = Vec<Vec<i64>>)]
    pub rows: Vec<[i64; 6]>,
}

impl FlameTree {
    fn of(tree: &Tree, extent: Extent) -> Self {
        let mut functions: Vec<FunctionView> = Vec::new();
        let mut places: std::collections::HashMap<*const Function, i64> =
            std::collections::HashMap::new();
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let rows = tree.rows().into_iter().map(|row| {
            let place = row.function.map_or(-1, |function| {
                *places.entry(std::ptr::from_ref(function)).or_insert_with(|| {
                    functions.push(FunctionView::of(function));
                    i64::try_from(functions.len()).unwrap_or(i64::MAX) - 1
                })
            });
            let (own, total) = (row.own, row.total);
            [
                i64::from(row.depth),
                place,
                number(own.micros),
                number(total.micros),
                number(own.samples),
                number(total.samples),
            ]
        });
        let rows = rows.collect();
        Self { extent, functions, rows }
    }
}

/// Folds what was selected. Blocks.
pub(super) fn fold(api: &Api, selection: Selection) -> (Tree, Extent) {
    let mut tree = Tree::default();
    let extent = selection.read(api, |_, profile, clip| {
        tree.add(profile, clip);
        if tree.len() > FLAME_NODES_MAX * 4 {
            tree.prune(FLAME_NODES_MAX * 2);
        }
    });
    tree.prune(FLAME_NODES_MAX);
    (tree, extent)
}

/// The flame graph of one profile, of a time of a profiler, or of all profiles that match: who called
/// what, and for how long.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/profiling/tree/", tag = "profiles",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("profile" = Option<String>, Query, description = "one profile or chunk"),
        ("profiler" = Option<String>, Query, description = "a profiler; needs from and to"),
        ("from" = Option<f64>, Query, description = "seconds since 1970"),
        ("to" = Option<f64>, Query, description = "seconds since 1970"),
        ("thread" = Option<String>, Query,
            description = "a thread's id, `all`, or `active`: the one the transaction ran on"),
        ("query" = Option<String>, Query, description = "a search for transactions"),
        ("transaction" = Option<String>, Query), ("environment" = Option<Vec<String>>, Query),
        ("release" = Option<Vec<String>>, Query), ("platform" = Option<Vec<String>>, Query),
        ("kind" = Option<String>, Query), ("trace" = Option<String>, Query),
        ("function" = Option<String>, Query, description = "only what this function called or was called by"),
        ("place" = Option<String>, Query, description = "the function's module, or else its file"),
        ("direction" = Option<String>, Query, description = "`callees` or `callers` of the function"),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query)),
    responses((status = 200, body = FlameTree), (status = 400), (status = 404)))]
pub async fn tree(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<FlameTree>, ApiError> {
    let focus = params.get("function").map(|name| {
        let place = params.get("place").unwrap_or_default().to_owned();
        (place, name.to_owned(), params.get("direction") == Some("callers"))
    });
    let (_, selection) = select(&api, caller, organization, params).await?;
    let folded = api.folding(move |api| {
        let (tree, extent) = fold(api, selection);
        let tree = match focus {
            Some((place, name, true)) => tree.callers(&place, &name),
            Some((place, name, false)) => tree.callees(&place, &name),
            None => tree,
        };
        Ok(FlameTree::of(&tree, extent))
    });
    Ok(Json(folded.await?))
}

/// The flame graph of all profiles that match, as Sentry's clients read it.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/profiling/flamegraph/",
    tag = "profiles",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("query" = Option<String>, Query), ("environment" = Option<Vec<String>>, Query),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query)),
    responses((status = 200, body = Object), (status = 400)))]
pub async fn flamegraph(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let name = params.get("transaction").unwrap_or_default().to_owned();
    let (projects, selection) = select(&api, caller, organization, params).await?;
    let project = projects.first().map_or(0, |project| project.id.0);
    let folded = api.folding(move |api| {
        let platform = selection.pieces.first().map(|piece| piece.stored.platform.clone());
        let examples = examples(&selection);
        let (mut tree, mut statistics) = (Tree::default(), Statistics::default());
        selection.read(api, |piece, profile, clip| {
            let one = Tree::of(profile, clip);
            statistics.add(piece.stored.id, &one);
            tree.merge(&one);
            if tree.len() > FLAME_NODES_MAX * 4 {
                tree.prune(FLAME_NODES_MAX * 2);
            }
        });
        tree.prune(FLAME_NODES_MAX);
        let mut answer = speedscope(&tree, &statistics);
        answer["projectID"] = json!(project);
        answer["platform"] = json!(platform.unwrap_or_default());
        answer["transactionName"] = json!(name);
        answer["shared"]["profiles"] = examples;
        Ok(answer)
    });
    Ok(Json(folded.await?))
}

/// The profiles that a flame graph is of, as Sentry refers to them.
fn examples(selection: &Selection) -> Value {
    let pieces = selection.pieces.iter().map(|piece| {
        let stored = &piece.stored;
        let Some(profiler) = stored.profiler else {
            return json!({"project_id": stored.project.0, "profile_id": stored.id.to_string()});
        };
        let start = piece.window.0.0.max(stored.start.0);
        let end = piece.window.1.0.min(stored.end.0);
        json!({"project_id": stored.project.0, "profiler_id": profiler.to_string(),
            "chunk_id": stored.id.to_string(), "start": super::seconds(start),
            "end": super::seconds(end)})
    });
    pieces.collect()
}

/// A tree in the format of speedscope, with what Sentry adds to it.
fn speedscope(tree: &Tree, statistics: &Statistics) -> Value {
    let rows = tree.rows();
    let mut numbers: std::collections::HashMap<*const Function, usize> =
        std::collections::HashMap::new();
    let (mut frames, mut infos) = (Vec::new(), Vec::new());
    let (mut samples, mut weights, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    let mut path: Vec<usize> = Vec::new();
    for row in &rows {
        let depth = usize::try_from(row.depth).unwrap_or(usize::MAX);
        let Some(function) = row.function else {
            // The root, or what was too small: its time is its caller's.
            path.truncate(depth.saturating_sub(1));
            if row.own.micros > 0 && !path.is_empty() {
                samples.push(path.clone());
                weights.push(row.own.micros.saturating_mul(1_000));
                counts.push(row.own.samples);
            }
            continue;
        };
        let number = *numbers.entry(std::ptr::from_ref(function)).or_insert_with(|| {
            frames.push(frame(function));
            infos.push(info(statistics, function));
            frames.len() - 1
        });
        path.truncate(depth.saturating_sub(1));
        path.push(number);
        if row.own.micros > 0 || row.own.samples > 0 {
            samples.push(path.clone());
            weights.push(row.own.micros.saturating_mul(1_000));
            counts.push(row.own.samples);
        }
    }
    let end = weights.iter().copied().fold(0, u64::saturating_add);
    json!({
        "activeProfileIndex": 0,
        "metadata": {"version": ""},
        "profiles": [{
            "type": "sampled", "name": "", "unit": "nanoseconds", "threadID": 0,
            "isMainThread": true, "startValue": 0, "endValue": end,
            "samples": samples, "weights": weights, "sample_durations_ns": weights,
            "sample_counts": counts,
        }],
        "shared": {"frames": frames, "frame_infos": infos},
    })
}

/// What is known of a function over all profiles, in nanoseconds. The percentiles are of what was spent
/// in the function itself in a profile.
fn info(statistics: &Statistics, function: &Function) -> Value {
    let known = statistics.get(function.place(), &function.name);
    let nanos = |micros: u64| micros.saturating_mul(1_000);
    let percentile =
        |percent| nanos(known.and_then(|known| known.per_profile.percentile(percent)).unwrap_or(0));
    let own = known.map_or(0, |known| nanos(known.own.micros));
    json!({"count": known.map_or(0, |known| known.own.samples), "weight": own,
        "sumSelfTime": own, "sumDuration": known.map_or(0, |known| nanos(known.total.micros)),
        "p75Duration": percentile(75), "p95Duration": percentile(95),
        "p99Duration": percentile(99)})
}

fn frame(function: &Function) -> Value {
    let name = if function.name.is_empty() { "(anonymous)" } else { &function.name };
    json!({"name": name, "file": function.file, "image": function.module, "path": function.file,
        "line": function.line, "is_application": function.in_app,
        "fingerprint": fingerprint(function)})
}

/// What Sentry's clients tell functions apart by: 32 bits of the module and the name.
fn fingerprint(function: &Function) -> u32 {
    // FNV-1a.
    let bytes = function.place().bytes().chain([0]).chain(function.name.bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
