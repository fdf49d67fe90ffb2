//! The flame graph of two releases in one: where a profile takes more time now, and where less.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use flame::{Diff, Function, Tree};
use model::limits::FLAME_NODES_MAX;
use serde::Serialize;
use utoipa::ToSchema;

use super::functions::{Pair, about, pairs};
use super::selection::{Extent, Selection, select};
use super::tree::{FunctionView, fold};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;

/// A release on one side of a flame graph.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlameSide {
    /// Its version; nothing when there is no such release.
    pub version: Option<String>,
    /// Profiles with time in them: what times are divided by. With none, all its times are 0.
    pub profiles: u64,
    /// What was read of it.
    pub extent: Extent,
}

/// Two flame graphs in one.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct FlameDiff {
    /// The slug of the project that is compared; nothing when none has profiles of a release.
    pub project: Option<String>,
    /// What was.
    pub before: FlameSide,
    /// What is.
    pub after: FlameSide,
    /// The functions that rows refer to.
    pub functions: Vec<FunctionView>,
    /// The nodes of either side, each before those it called: depth (0 is the root), place in
    /// `functions` (-1 for the root and for what was too small to be kept), and nanoseconds per
    /// profile: in itself before, in itself after, in it and all it called before, the same after.
    #[schema(value_type = Vec<Vec<i64>>)]
    pub rows: Vec<[i64; 6]>,
}

/// One side, read.
struct Folded {
    side: FlameSide,
    tree: Tree,
}

impl Folded {
    /// Blocks.
    fn read(api: &Api, version: Option<String>, selection: Selection) -> Self {
        let (mut tree, extent) = fold(api, selection);
        // Laid over each other they have no more nodes than one flame graph.
        tree.prune(FLAME_NODES_MAX / 2);
        Self { side: FlameSide { version, profiles: tree.profiles(), extent }, tree }
    }
}

impl FlameDiff {
    fn of(project: String, before: Folded, after: Folded) -> Self {
        let diff = Diff::new(&before.tree, &after.tree);
        let [then, now] = [before.side.profiles, after.side.profiles];
        let mut functions: Vec<FunctionView> = Vec::new();
        let mut places: HashMap<*const Function, i64> = HashMap::new();
        let rows = diff.rows().into_iter().map(|row| {
            let place = row.function.map_or(-1, |function| {
                *places.entry(std::ptr::from_ref(function)).or_insert_with(|| {
                    functions.push(FunctionView::of(function));
                    i64::try_from(functions.len()).unwrap_or(i64::MAX) - 1
                })
            });
            [
                i64::from(row.depth),
                place,
                nanos(row.before_own.micros, then),
                nanos(row.after_own.micros, now),
                nanos(row.before.micros, then),
                nanos(row.after.micros, now),
            ]
        });
        let rows = rows.collect();
        Self { project: Some(project), before: before.side, after: after.side, functions, rows }
    }
}

/// Nanoseconds of each of so many profiles.
fn nanos(micros: u64, profiles: u64) -> i64 {
    let each = u128::from(micros) * 1_000 / u128::from(profiles.max(1));
    i64::try_from(each).unwrap_or(i64::MAX)
}

/// The pair that is shown: two services have nothing in common, so the first with two releases.
fn chosen(pairs: Vec<Pair>) -> Option<Pair> {
    let mut first = None;
    for pair in pairs {
        if pair.before.is_some() {
            return Some(pair);
        }
        first = first.or(Some(pair));
    }
    first
}

/// The flame graphs of two releases of a project laid over each other, as time per profile. With many
/// projects, the first with profiles of two releases is compared. Profiles of different transactions
/// take different times, so the answer says most about one transaction.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/profiling/diff/", tag = "profiles",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("after" = Option<String>, Query, description = "a release; the newest when nothing is said"),
        ("before" = Option<String>, Query, description = "a release; the one first seen before it"),
        ("thread" = Option<String>, Query,
            description = "a thread's id, `all`, or `active`: the one the transaction ran on"),
        ("query" = Option<String>, Query, description = "a search for transactions"),
        ("transaction" = Option<String>, Query), ("environment" = Option<Vec<String>>, Query),
        ("platform" = Option<Vec<String>>, Query), ("kind" = Option<String>, Query),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query)),
    responses((status = 200, body = FlameDiff), (status = 400), (status = 403), (status = 404)))]
pub async fn diff(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<FlameDiff>, ApiError> {
    // One profile has no releases to compare.
    let params = params.without("profile").without("profiler");
    let (asker, name, given) = (caller.clone(), organization.clone(), params.clone());
    let pairs = api.blocking(move |api| pairs(api, &asker, &name, &given)).await?;
    let Some(Pair { project, before, after }) = chosen(pairs) else {
        return Ok(Json(FlameDiff::default()));
    };
    let of = |version: &str| {
        let params = about(&params, &project, version);
        select(&api, caller.clone(), organization.clone(), params)
    };
    let earlier = match &before {
        Some(version) => of(version).await?.1,
        None => Selection::default(),
    };
    let (_, later) = of(&after).await?;
    let folded = api.folding(move |api| {
        let earlier = Folded::read(api, before, earlier);
        let later = Folded::read(api, Some(after), later);
        Ok(FlameDiff::of(project, earlier, later))
    });
    Ok(Json(folded.await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_one_profile() {
        for (micros, profiles, expected) in [
            (0, 0, 0),
            (7, 0, 7_000),
            (10, 4, 2_500),
            (1, 3, 333),
            (u64::MAX, 1, i64::MAX),
            (u64::MAX, u64::MAX, 1_000),
        ] {
            assert_eq!(nanos(micros, profiles), expected, "{micros} / {profiles}");
        }
    }

    #[test]
    fn a_project_with_two_releases_is_preferred() {
        let pair = |project: &str, before: Option<&str>| Pair {
            project: project.to_owned(),
            before: before.map(str::to_owned),
            after: "2".to_owned(),
        };
        for (pairs, expected) in [
            (vec![], None),
            (vec![pair("a", None), pair("b", None)], Some("a")),
            (vec![pair("a", None), pair("b", Some("1")), pair("c", Some("1"))], Some("b")),
        ] {
            assert_eq!(chosen(pairs).map(|pair| pair.project).as_deref(), expected);
        }
    }

    #[test]
    fn a_side_without_profiles_is_empty_and_no_error() {
        let empty = || Folded { side: FlameSide::default(), tree: Tree::default() };
        let diff = FlameDiff::of("bets".to_owned(), empty(), empty());
        assert_eq!((diff.before.profiles, diff.after.profiles), (0, 0));
        assert_eq!(diff.rows, [[0, -1, 0, 0, 0, 0]]);
        assert!(diff.functions.is_empty());
    }
}
