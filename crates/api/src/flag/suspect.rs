//! Suspect flags: those whose result is more frequent in an issue than elsewhere, with what became of them
//! before the issue began.

use std::collections::BTreeMap;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use futures::future::try_join;
use lang::ask::{
    Aggregate, Cell, Column, FacetQuestion, Field, Filter, Pairs, Scope as AskScope, TableQuestion,
    Window,
};
use meta::{ActivityKind, Issue, Meta, Scope};
use model::clock::Micros;
use model::id::OrganizationId;
use serde::Serialize;
use utoipa::ToSchema;

use super::suspicion::{DIFFERENCE_MIN, FALSE_SHARE, Side, Suspicion, judge};
use super::{FlagChangeView, view};
use crate::auth::Caller;
use crate::cell;
use crate::error::ApiError;
use crate::issue::events::Named;
use crate::params::Params;
use crate::release_compare::Said;
use crate::state::Api;
use crate::time;

const HOUR: u64 = lang::search::DAY / 24;
/// Time before an issue began and after it was last seen whose events are compared with it: as long as it
/// was there, within these bounds.
const MARGIN_MIN: u64 = HOUR;
const MARGIN_MAX: u64 = 7 * lang::search::DAY;
/// Longest time that is looked at unless one is asked for.
const PERIOD_MAX: u64 = 30 * lang::search::DAY;
/// Results of one flag that are told apart.
const RESULTS_MAX: usize = 1_000;
/// Flags that are answered.
const FLAGS_MAX: usize = 100;
/// Suspects whose changes are looked up, and changes of each.
const SUSPECTS_MAX: usize = 10;
const CHANGES_MAX: usize = 3;
/// Things that happened to an issue among which the last regression is looked for.
const ACTIVITIES_MAX: usize = 100;

/// How events of the issue and others are spread over the results of a flag.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Distribution {
    /// Events of other issues.
    pub baseline: BTreeMap<String, u64>,
    /// Events of this issue.
    pub outliers: BTreeMap<String, u64>,
}

/// A flag, by the result that is most telling.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SuspectFlagView {
    /// Its name.
    pub flag: String,
    /// The result that is more frequent than elsewhere.
    pub result: String,
    /// How unlikely that is by chance, as the negative logarithm of `p`: 3 for one in a thousand.
    pub score: f64,
    /// The share of other events with that result, from 0 to 1.
    pub baseline_percent: f64,
    /// All its results.
    pub distribution: Distribution,
    /// Whether it is no suspect.
    pub is_filtered: bool,
    /// What the test says.
    pub verdict: Said,
    /// The chance of so many events with that result if the flag has nothing to do with the issue; nothing
    /// when there was nothing to compare with.
    pub p: Option<f64>,
    /// Events of the issue with that result, and with any.
    pub events: [u64; 2],
    /// Other events with that result, and with any.
    pub other_events: [u64; 2],
    /// Of suspects: the last changes before the issue began or came back, newest first.
    pub changes: Vec<FlagChangeView>,
}

/// The flags of an issue's events.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SuspectFlags {
    /// The most suspect first.
    pub data: Vec<SuspectFlagView>,
    /// From when on events were compared.
    pub start: String,
    /// Until when.
    pub end: String,
    /// When the issue began, or came back last.
    pub began: String,
    /// How it was decided.
    pub test: String,
}

/// What is asked, and about what.
struct Wanted {
    organization: OrganizationId,
    scope: AskScope,
    /// Of the issue.
    own: Filter,
    began: Micros,
}

/// The feature flags whose result is more frequent in events of an issue than in others of its project, with
/// what became of them before it began. Without a time: as long before and after the issue as it was there.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/issues/{issue}/suspect/flags/",
    tag = "flags",
    params(("organization" = String, Path), ("issue" = String, Path, description = "id or short id"),
        ("environment" = Option<Vec<String>>, Query), ("statsPeriod" = Option<String>, Query),
        ("start" = Option<String>, Query), ("end" = Option<String>, Query)),
    responses((status = 200, body = SuspectFlags), (status = 404)))]
pub async fn of_issue(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
    params: Params,
) -> Result<Json<SuspectFlags>, ApiError> {
    shown(&api, Named::within(caller, organization, issue), params).await
}

/// The suspect flags of an issue, without naming its organisation.
#[utoipa::path(get, path = "/api/0/issues/{issue}/suspect/flags/", tag = "flags",
    params(("issue" = String, Path)), responses((status = 200, body = SuspectFlags), (status = 404)))]
pub async fn of_issue_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
    params: Params,
) -> Result<Json<SuspectFlags>, ApiError> {
    shown(&api, Named::bare(caller, issue), params).await
}

async fn shown(api: &Api, named: Named, params: Params) -> Result<Json<SuspectFlags>, ApiError> {
    let wanted = api.blocking(move |api| read(api, &named, &params)).await?;
    let others = Filter::Not(Box::new(wanted.own.clone()));
    let issue = side(api, &wanted.scope, wanted.own.clone()).await?;
    // Nothing to compare: the many other events need not be read.
    let judged = if issue.flags.is_empty() {
        Vec::new()
    } else {
        let others = side(api, &wanted.scope, others).await?;
        api.blocking(move |_| Ok(judge(&issue, &others))).await?
    };
    let answer = api.blocking(move |api| answer(&api.database, &wanted, judged));
    Ok(Json(answer.await?))
}

fn read(api: &Api, named: &Named, params: &Params) -> Result<Wanted, ApiError> {
    let opened = named.open(api, Scope::EventRead)?;
    let AskScope { projects, issues, environments, window } = opened.scope(api, params)?;
    let is_asked = ["statsPeriod", "start", "end"].into_iter().any(|key| params.get(key).is_some());
    let issue = opened.issue;
    let began = began(&api.database, &issue)?;
    let window = if is_asked { window } else { around(began, issue.last_seen, api.clock.now()) };
    let own = issues.unwrap_or_default().into_iter().map(|id| Cell::U64(id.0)).collect();
    let organization = api.database.organization_of(issue.project).ok_or(ApiError::NotFound)?;
    Ok(Wanted {
        organization,
        scope: AskScope { projects, issues: None, environments, window },
        own: Filter::In(Field::Issue, own),
        began,
    })
}

/// When an issue began, or came back last. Blocks.
fn began(database: &Meta, issue: &Issue) -> Result<Micros, ApiError> {
    let page = meta::Page { offset: 0, limit: ACTIVITIES_MAX };
    let happened = database.activities(issue.id, page)?.rows;
    let last = happened.iter().find(|it| it.kind == ActivityKind::Regressed);
    Ok(last.map_or(issue.first_seen, |it| it.at))
}

/// The time of an issue with a margin before, when things were as they had been, and after.
fn around(began: Micros, last_seen: Micros, now: Micros) -> Window {
    let lasted = last_seen.0.saturating_sub(began.0);
    let margin = lasted.clamp(MARGIN_MIN, MARGIN_MAX);
    let start = began.0.saturating_sub(margin);
    let end = last_seen.0.max(began.0).saturating_add(margin);
    // An event may be a little ahead of our clock.
    let end =
        end.min(now.0.max(last_seen.0).saturating_add(1)).min(start.saturating_add(PERIOD_MAX));
    Window { start: Micros(start), end: Micros(end) }
}

async fn side(api: &Api, scope: &AskScope, filter: Filter) -> Result<Side, ApiError> {
    let facets = FacetQuestion {
        scope: scope.clone(),
        filter: filter.clone(),
        pairs: Pairs::Flags,
        key: None,
        value_contains: String::new(),
        values_max: RESULTS_MAX,
    };
    let people = TableQuestion {
        scope: scope.clone(),
        filter,
        columns: vec![
            Column::Aggregate(Aggregate::Count),
            Column::Aggregate(Aggregate::CountIf(Filter::Has(Field::User))),
            Column::Aggregate(Aggregate::CountUnique(Field::User)),
        ],
        having: Vec::new(),
        order: Vec::new(),
        offset: 0,
        limit: 1,
    };
    let (flags, people) = try_join(api.ask.facets(facets), api.ask.table(people)).await?;
    let number = |place: usize| {
        let cell = people.rows.first().and_then(|row| row.get(place));
        cell.and_then(cell::any_number).unwrap_or(0.0)
    };
    Ok(Side { flags, independent: Side::independence(number(0), number(1), number(2)) })
}

fn answer(
    database: &Meta,
    wanted: &Wanted,
    judged: Vec<Suspicion>,
) -> Result<SuspectFlags, ApiError> {
    let shown = judged.into_iter().take(FLAGS_MAX).enumerate().map(|(place, suspicion)| {
        let is_suspect = suspicion.verdict == contrast::Verdict::Significant;
        let changes = if is_suspect && place < SUSPECTS_MAX {
            let (organization, flag) = (wanted.organization, &suspicion.flag);
            database.flag_changes_before(organization, flag, wanted.began, CHANGES_MAX)?
        } else {
            Vec::new()
        };
        Ok(flag_view(suspicion, changes.into_iter().map(view).collect()))
    });
    let (share, difference) = (FALSE_SHARE, DIFFERENCE_MIN * 100.0);
    Ok(SuspectFlags {
        data: shown.collect::<Result<_, ApiError>>()?,
        start: time::iso(wanted.scope.window.start),
        end: time::iso(wanted.scope.window.end),
        began: time::iso(wanted.began),
        test: format!(
            "Fisher's exact test in one direction on events in which the flag was evaluated, those of one \
             person counted as one; all results together by Benjamini and Hochberg at {share}; at least \
             {difference} percentage points more than in other events"
        ),
    })
}

fn flag_view(suspicion: Suspicion, changes: Vec<FlagChangeView>) -> SuspectFlagView {
    let counts = |share: contrast::Share| [share.hits, share.total].map(cell::whole);
    let score = suspicion.score();
    let [outliers, baseline] = Arc::unwrap_or_clone(suspicion.results);
    SuspectFlagView {
        flag: suspicion.flag,
        result: suspicion.result,
        score,
        baseline_percent: suspicion.others.ratio().unwrap_or(0.0),
        distribution: Distribution { baseline, outliers },
        is_filtered: suspicion.verdict != contrast::Verdict::Significant,
        verdict: suspicion.verdict.into(),
        p: suspicion.outcome.map(|outcome| outcome.p),
        events: counts(suspicion.issue),
        other_events: counts(suspicion.others),
        changes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_around_an_issue_is_as_long_as_the_issue_within_bounds() {
        const DAY: u64 = lang::search::DAY;
        let now = 1_000 * DAY;
        for (began, last, start, end) in [
            // A moment: an hour on both sides.
            (100 * DAY, 100 * DAY, 100 * DAY - HOUR, 100 * DAY + HOUR),
            (100 * DAY, 102 * DAY, 98 * DAY, 104 * DAY),
            // Long: a week before, and no more than thirty days.
            (100 * DAY, 190 * DAY, 93 * DAY, 123 * DAY),
            // Not into the future.
            (now - 2 * DAY, now, now - 4 * DAY, now + 1),
            // Back after it was last seen, as the clocks of senders have it.
            (100 * DAY, 99 * DAY, 100 * DAY - HOUR, 100 * DAY + HOUR),
        ] {
            let found = around(Micros(began), Micros(last), Micros(now));
            assert_eq!((found.start.0, found.end.0), (start, end), "{began} {last}");
        }
    }
}
