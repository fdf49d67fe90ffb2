//! Functions: what each costs over many profiles, and which got slower.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use flame::{Change, FunctionStatistics, Statistics, Tree};
use meta::{ProfileFilter, ProfileRelease};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked;
use super::selection::{Extent, Piece, Selection, select};
use super::tree::FunctionView;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;

/// Functions that are answered.
const FUNCTIONS_MAX: usize = 200;
/// Changes that are answered.
const CHANGES_MAX: usize = 100;
/// Projects that are compared.
const PROJECTS_MAX: usize = 10;
/// Transactions that are compared.
const TRANSACTIONS_MAX: usize = 50;

/// What a function cost over many profiles. Times are in microseconds.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunctionCost {
    /// The function.
    pub function: FunctionView,
    /// In itself, over all profiles.
    pub self_micros: u64,
    /// In it and all it called, over all profiles; calls within itself counted once.
    pub total_micros: u64,
    /// How often it was seen at work itself.
    pub samples: u64,
    /// Profiles it occurs in.
    pub profiles: u64,
    /// In itself in a profile, half of them.
    pub p50: Option<u64>,
    /// In itself in a profile, 75 % of them.
    pub p75: Option<u64>,
    /// In itself in a profile, 95 % of them.
    pub p95: Option<u64>,
    /// In itself in a profile, 99 % of them.
    pub p99: Option<u64>,
    /// The profile in which it cost most.
    pub worst: String,
}

impl FunctionCost {
    fn of(known: &FunctionStatistics) -> Self {
        let percentile = |percent| known.per_profile.percentile(percent);
        Self {
            function: FunctionView::of(&known.function),
            self_micros: known.own.micros,
            total_micros: known.total.micros,
            samples: known.own.samples,
            profiles: known.per_profile.count(),
            p50: percentile(50),
            p75: percentile(75),
            p95: percentile(95),
            p99: percentile(99),
            worst: known.worst.to_string(),
        }
    }
}

/// Functions by what they cost in themselves.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Functions {
    /// What it is made of.
    pub extent: Extent,
    /// In all functions together, in microseconds.
    pub micros: u64,
    /// The most expensive first.
    pub functions: Vec<FunctionCost>,
    /// Less expensive ones that are not answered.
    pub left_out: u64,
}

/// What functions cost over all profiles that match, the most expensive in themselves first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/profiling/functions/",
    tag = "profiles",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("profile" = Option<String>, Query), ("thread" = Option<String>, Query),
        ("query" = Option<String>, Query), ("transaction" = Option<String>, Query),
        ("environment" = Option<Vec<String>>, Query), ("release" = Option<Vec<String>>, Query),
        ("platform" = Option<Vec<String>>, Query), ("kind" = Option<String>, Query),
        ("inApp" = Option<bool>, Query, description = "only the customer's own code"),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query)),
    responses((status = 200, body = Functions), (status = 400)))]
pub async fn functions(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<Functions>, ApiError> {
    let only_own = params.is_on("inApp");
    let (_, selection) = select(&api, caller, organization, params).await?;
    let counted = api.folding(move |api| {
        let mut statistics = Statistics::default();
        let extent = selection.read(api, |piece, profile, clip| {
            statistics.add(piece.stored.id, &Tree::of(profile, clip));
        });
        Ok(answer(&statistics, extent, only_own))
    });
    Ok(Json(counted.await?))
}

fn answer(statistics: &Statistics, extent: Extent, only_own: bool) -> Functions {
    let all = statistics.functions();
    let micros = all.iter().map(|known| known.own.micros).fold(0, u64::saturating_add);
    let wanted = all.iter().filter(|known| !only_own || known.function.in_app);
    let wanted: Vec<_> = wanted.filter(|known| known.own.samples > 0).collect();
    let left_out = wanted.len().saturating_sub(FUNCTIONS_MAX);
    let left_out = statistics.left_out() + u64::try_from(left_out).unwrap_or(u64::MAX);
    let functions = wanted.into_iter().take(FUNCTIONS_MAX).map(|known| FunctionCost::of(known));
    Functions { extent, micros, functions: functions.collect(), left_out }
}

/// A release on one side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ComparedRelease {
    /// Its version.
    pub version: String,
    /// What was read of it.
    pub extent: Extent,
}

/// A function on one side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeSide {
    /// Profiles of the transaction that were looked at.
    pub profiles: u64,
    /// Those the function occurs in.
    pub seen: u64,
    /// Microseconds in the function itself per profile, those counted in which it does not occur.
    pub mean: f64,
    /// 95 % of the profiles it occurs in, in microseconds.
    pub p95: Option<u64>,
}

impl ChangeSide {
    fn of(side: flame::Side) -> Self {
        Self {
            profiles: side.profiles,
            seen: side.seen,
            mean: side.micros_mean,
            p95: side.micros_p95,
        }
    }
}

/// A function that changed from one release to the next.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunctionChange {
    /// The project's slug.
    pub project: String,
    /// The transaction in which it changed; empty for what a process does.
    pub transaction: String,
    /// The function.
    pub function: FunctionView,
    /// What it was.
    pub before: ChangeSide,
    /// What it is.
    pub after: ChangeSide,
    /// Microseconds more per profile; negative when fewer.
    pub more: f64,
    /// How sure that is: the standard score of a test of ranks. From 3 on it is believed.
    pub score: f64,
}

/// Two releases of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseComparison {
    /// The project's slug.
    pub project: String,
    /// The release before; nothing when there is none.
    pub before: Option<ComparedRelease>,
    /// The release that is asked about, or the newest.
    pub after: ComparedRelease,
    /// Transactions of which both releases have enough profiles to tell.
    pub compared: usize,
    /// Transactions of which one of the releases has too few.
    pub too_few: usize,
}

/// What changed from one release to another.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct FunctionChanges {
    /// What was compared, a line for each project with profiles of a release.
    pub comparisons: Vec<ReleaseComparison>,
    /// What got slower, the most first.
    pub slower: Vec<FunctionChange>,
    /// What got faster, the most first.
    pub faster: Vec<FunctionChange>,
}

/// Functions that got slower, or faster, since the release before. A transaction is compared with itself
/// only, so that more profiles of a heavy one do not look like a regression.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/profiling/changes/",
    tag = "profiles",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("transaction" = Option<String>, Query), ("environment" = Option<Vec<String>>, Query),
        ("after" = Option<String>, Query, description = "a release; the newest when nothing is said"),
        ("before" = Option<String>, Query, description = "a release; the one first seen before it"),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query)),
    responses((status = 200, body = FunctionChanges), (status = 400)))]
pub async fn changes(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<FunctionChanges>, ApiError> {
    let (asker, name, given) = (caller.clone(), organization.clone(), params.clone());
    let pairs = api.blocking(move |api| pairs(api, &asker, &name, &given)).await?;
    let mut answer = FunctionChanges::default();
    for Pair { project, before, after } in pairs {
        let of = |version: &str| {
            let params = about(&params, &project, version);
            select(&api, caller.clone(), organization.clone(), params)
        };
        let earlier = match &before {
            Some(version) => Some(of(version).await?.1),
            None => None,
        };
        let (_, later) = of(&after).await?;
        answer = api
            .folding(move |api| {
                let earlier = before.zip(earlier);
                let before = earlier.map(|(version, found)| Side::read(api, version, found));
                let after = Side::read(api, after, later);
                answer.add(project, before, after);
                Ok(answer)
            })
            .await?;
    }
    answer.sort();
    Ok(Json(answer))
}

/// Releases of a project that are compared.
pub(super) struct Pair {
    /// The project's slug.
    pub(super) project: String,
    /// The version before; nothing when there is none.
    pub(super) before: Option<String>,
    /// The version that is asked about, or the newest.
    pub(super) after: String,
}

/// The same question about one release of one project, however the projects were named.
pub(super) fn about(params: &Params, project: &str, version: &str) -> Params {
    params.clone().without("projectSlug").with("project", project).with("release", version)
}

/// What to compare. Releases of one project only: two services have nothing in common. Blocks.
pub(super) fn pairs(
    api: &Api,
    caller: &Caller,
    organization: &str,
    params: &Params,
) -> Result<Vec<Pair>, ApiError> {
    let (projects, filter) = asked(api, caller, organization, params)?;
    let mut pairs = Vec::new();
    for project in projects {
        let (id, releases) = (vec![project.id], Vec::new());
        let filter = ProfileFilter { projects: id, releases, ..filter.clone() };
        let releases = api.database.profile_releases(&filter)?;
        if let (before, Some(after)) = pair(&releases, params) {
            pairs.push(Pair { project: project.slug, before, after });
        }
        if pairs.len() == PROJECTS_MAX {
            break;
        }
    }
    Ok(pairs)
}

/// The releases that are compared: those that are named, or the newest and the one before it.
fn pair(releases: &[ProfileRelease], params: &Params) -> (Option<String>, Option<String>) {
    let named = |key: &str| params.get(key).filter(|text| !text.is_empty()).map(str::to_owned);
    let newest = || releases.first().map(|newest| newest.release.clone());
    let is_known = |name: &String| releases.iter().any(|it| it.release == *name);
    let after = match named("after") {
        Some(named) => Some(named).filter(is_known),
        None => newest(),
    };
    let older = || {
        let place = releases.iter().position(|it| Some(&it.release) == after.as_ref())?;
        releases.get(place + 1).map(|older| older.release.clone())
    };
    let before = named("before").or_else(older);
    (before, after)
}

/// One side of a comparison, transaction by transaction.
struct Side {
    release: ComparedRelease,
    statistics: BTreeMap<String, Statistics>,
}

impl Side {
    /// Blocks.
    fn read(api: &Api, version: String, found: Selection) -> Self {
        let mut statistics: BTreeMap<String, Statistics> = BTreeMap::new();
        let extent = found.read(api, |piece: &Piece, profile, clip| {
            if statistics.len() < TRANSACTIONS_MAX || statistics.contains_key(&piece.name) {
                let of_name = statistics.entry(piece.name.clone()).or_default();
                of_name.add(piece.stored.id, &Tree::of(profile, clip));
            }
        });
        Self { release: ComparedRelease { version, extent }, statistics }
    }
}

impl FunctionChanges {
    fn add(&mut self, project: String, before: Option<Side>, after: Side) {
        let mut comparison = ReleaseComparison {
            project,
            before: before.as_ref().map(|side| side.release.clone()),
            after: after.release,
            compared: 0,
            too_few: 0,
        };
        let earlier = before.map(|side| side.statistics).unwrap_or_default();
        for (name, now) in &after.statistics {
            let then = earlier.get(name);
            let least = then.map_or(0, |then| then.profiles().min(now.profiles()));
            let Some(then) = then.filter(|_| least >= flame::PROFILES_MIN) else {
                comparison.too_few += 1;
                continue;
            };
            comparison.compared += 1;
            for change in flame::compare(then, now) {
                if change.is_slower() {
                    self.slower.push(view(&comparison.project, name, &change));
                } else if change.is_faster() {
                    self.faster.push(view(&comparison.project, name, &change));
                }
            }
        }
        self.comparisons.push(comparison);
    }

    fn sort(&mut self) {
        self.slower.sort_by(|one, other| other.more.total_cmp(&one.more));
        self.faster.sort_by(|one, other| one.more.total_cmp(&other.more));
        self.slower.truncate(CHANGES_MAX);
        self.faster.truncate(CHANGES_MAX);
    }
}

fn view(project: &str, transaction: &str, change: &Change<'_>) -> FunctionChange {
    FunctionChange {
        project: project.to_owned(),
        transaction: transaction.to_owned(),
        function: FunctionView::of(change.function),
        before: ChangeSide::of(change.before),
        after: ChangeSide::of(change.after),
        more: change.micros_more(),
        score: change.score,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::clock::Micros;

    fn releases(names: &[&str]) -> Vec<ProfileRelease> {
        let release = |name: &&str| ProfileRelease {
            release: (*name).to_owned(),
            profiles: 1,
            first: Micros(0),
            last: Micros(0),
        };
        names.iter().map(release).collect()
    }

    #[track_caller]
    fn check(query: &str, before: Option<&str>, after: Option<&str>) {
        let found = pair(&releases(&["3", "2", "1"]), &Params::parse(query));
        assert_eq!((found.0.as_deref(), found.1.as_deref()), (before, after), "{query}");
    }

    #[test]
    fn a_release_is_compared_with_the_one_before_it() {
        check("", Some("2"), Some("3"));
        check("after=2", Some("1"), Some("2"));
        check("after=1", None, Some("1"));
        check("before=1", Some("1"), Some("3"));
        check("after=unknown", None, None);
        assert_eq!(pair(&[], &Params::parse("")), (None, None));
    }
}
