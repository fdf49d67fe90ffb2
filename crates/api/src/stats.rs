//! What became of everything clients sent, over time.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use lang::ask::Window;
use lang::search::{DAY, SearchError, interval};
use meta::{OutcomeGroup, OutcomeQuestion, OutcomeSum, Scope};
use model::category::Category;
use model::clock::Micros;
use model::id::ProjectId;
use model::limits::SERIES_POINTS_MAX;
use model::outcome::Fate;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::project::enter;
use crate::state::Api;
use crate::time;

pub(crate) const HOUR: u64 = 3_600_000_000;
/// What accepted items have instead of a reason.
const NO_REASON: &str = "none";
/// We count in one unit only, so both say the same.
const FIELDS: [&str; 2] = ["sum(quantity)", "sum(times_seen)"];

/// Sums over time.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct StatsView {
    pub start: String,
    pub end: String,
    /// Where each interval begins.
    pub intervals: Vec<String>,
    pub groups: Vec<StatsGroup>,
}

/// The sums of one group.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StatsGroup {
    /// Which group: `outcome`, `category`, `reason`, `project`, `key`, as asked.
    #[schema(value_type = Object)]
    pub by: Map<String, Value>,
    /// Over the whole time, by field.
    #[schema(value_type = Object)]
    pub totals: Map<String, Value>,
    /// For each interval, by field.
    #[schema(value_type = Object)]
    pub series: Map<String, Value>,
}

/// Hours of the asked time, cut into intervals that begin at whole multiples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hours {
    start: u64,
    end: u64,
    step: u64,
}

impl Hours {
    pub(crate) fn over(window: Window, step: u64) -> Self {
        let first = window.start.0 / HOUR;
        let start = first - first % step;
        let end = start + window.end.0.div_ceil(HOUR).saturating_sub(start).div_ceil(step) * step;
        Self { start, end, step }
    }

    pub(crate) fn starts(self) -> impl Iterator<Item = u64> {
        let starts = std::iter::successors(Some(self.start), move |hour| Some(hour + self.step));
        starts.take_while(move |hour| *hour < self.end)
    }

    /// The first hour.
    pub(crate) fn start(self) -> u64 {
        self.start
    }

    /// The first hour after the last.
    pub(crate) fn end(self) -> u64 {
        self.end
    }

    /// Hours of an interval.
    pub(crate) fn step(self) -> u64 {
        self.step
    }

    fn place(self, hour: u64) -> Option<usize> {
        let place = hour.checked_sub(self.start)? / self.step;
        usize::try_from(place).ok().filter(|_| hour < self.end)
    }

    fn count(self) -> usize {
        usize::try_from((self.end - self.start) / self.step).unwrap_or(usize::MAX)
    }
}

/// The first moment of an hour.
pub(crate) fn moment(hour: u64) -> Micros {
    Micros(hour.saturating_mul(HOUR))
}

/// What a request groups by, under its names.
fn groups(params: &Params) -> Result<Vec<(&'static str, OutcomeGroup)>, ApiError> {
    const KNOWN: [(&str, OutcomeGroup); 5] = [
        ("outcome", OutcomeGroup::Fate),
        ("category", OutcomeGroup::Category),
        ("reason", OutcomeGroup::Reason),
        ("project", OutcomeGroup::Project),
        ("key", OutcomeGroup::Key),
    ];
    let mut groups = Vec::new();
    for name in params.all("groupBy").filter(|name| !name.is_empty()) {
        let known = KNOWN.into_iter().find(|(known, _)| *known == name);
        let known = known.ok_or_else(|| ApiError::Invalid(format!("Invalid groupBy: '{name}'")))?;
        if !groups.contains(&known) {
            groups.push(known);
        }
    }
    Ok(groups)
}

fn categories(params: &Params) -> Result<Vec<Category>, ApiError> {
    let mut categories = Vec::new();
    for name in params.all("category").filter(|name| !name.is_empty()) {
        match Category::from_name(name) {
            Category::Unknown if name != "unknown" => {
                return Err(ApiError::Invalid(format!("Invalid category: '{name}'")));
            }
            // As in Sentry, whose statistics know one kind of error.
            Category::Error => {
                categories.extend([Category::Error, Category::Default, Category::Security]);
            }
            category => categories.push(category),
        }
    }
    Ok(categories)
}

fn fates(params: &Params) -> Result<Vec<Fate>, ApiError> {
    let named = params.all("outcome").filter(|name| !name.is_empty());
    let fate = |name: &str| {
        let unknown = || ApiError::Invalid(format!("Invalid outcome: '{name}'"));
        Fate::from_name(name).ok_or_else(unknown)
    };
    named.map(fate).collect()
}

fn fields(params: &Params) -> Result<Vec<&'static str>, ApiError> {
    let mut fields = Vec::new();
    for name in params.all("field").filter(|name| !name.is_empty()) {
        let known = FIELDS.into_iter().find(|known| *known == name);
        fields.push(known.ok_or_else(|| ApiError::Invalid(format!("Invalid field: '{name}'")))?);
    }
    if fields.is_empty() {
        return Err(ApiError::Invalid("At least one \"field\" is required.".to_owned()));
    }
    Ok(fields)
}

/// Hours of an interval: outcomes are counted by the hour, so nothing shorter can be told apart.
fn step(text: Option<&str>, window: Window) -> Result<u64, ApiError> {
    let text = text.filter(|text| !text.is_empty()).unwrap_or("1h");
    Ok(interval(text, window)?.div_ceil(HOUR))
}

/// What became of everything, over time.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/stats_v2/", tag = "stats",
    params(("organization" = String, Path),
        ("field" = Vec<String>, Query, description = "sum(quantity)"),
        ("groupBy" = Option<Vec<String>>, Query,
            description = "outcome, category, reason, project, key"),
        ("interval" = Option<String>, Query), ("statsPeriod" = Option<String>, Query),
        ("start" = Option<String>, Query), ("end" = Option<String>, Query),
        ("project" = Option<Vec<String>>, Query), ("category" = Option<Vec<String>>, Query),
        ("outcome" = Option<Vec<String>>, Query), ("reason" = Option<Vec<String>>, Query)),
    responses((status = 200, body = StatsView), (status = 400)))]
pub async fn stats_v2(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<StatsView>, ApiError> {
    let shown = api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::OrgRead)?;
        let projects = params.projects(api, &access)?;
        let window = params.window(api.clock.now(), DAY)?;
        let hours = Hours::over(window, step(params.get("interval"), window)?);
        let (groups, fields) = (groups(&params)?, fields(&params)?);
        let reasons = params.all("reason").filter(|reason| !reason.is_empty());
        let question = OutcomeQuestion {
            projects: projects.iter().map(|project| project.id).collect(),
            hour_start: hours.start,
            hour_end: hours.end,
            interval_hours: hours.step,
            categories: categories(&params)?,
            fates: fates(&params)?,
            reasons: reasons.map(stored_reason).collect(),
            groups: groups.iter().map(|(_, group)| *group).collect(),
        };
        let sums = api.database.outcome_sums(&question)?;
        if sums.len() >= SERIES_POINTS_MAX {
            return Err(SearchError::TooManyPoints.into());
        }
        Ok(StatsView {
            start: time::iso(moment(hours.start)),
            end: time::iso(moment(hours.end)),
            intervals: hours.starts().map(moment).map(time::iso).collect(),
            groups: grouped(&sums, &groups, &fields, hours),
        })
    });
    Ok(Json(shown.await?))
}

fn stored_reason(name: &str) -> String {
    if name == NO_REASON { String::new() } else { name.to_owned() }
}

/// Sums by group, each with one number for every interval.
fn grouped(
    sums: &[OutcomeSum],
    groups: &[(&'static str, OutcomeGroup)],
    fields: &[&str],
    hours: Hours,
) -> Vec<StatsGroup> {
    let mut found: BTreeMap<String, (Map<String, Value>, Vec<u64>)> = BTreeMap::new();
    for sum in sums {
        let by: Map<String, Value> =
            groups.iter().map(|(name, group)| ((*name).to_owned(), shown(sum, *group))).collect();
        let (_, series) =
            found.entry(json!(by).to_string()).or_insert_with(|| (by, vec![0; hours.count()]));
        if let Some(number) = hours.place(sum.hour).and_then(|place| series.get_mut(place)) {
            *number = number.saturating_add(sum.quantity);
        }
    }
    let each = |value: Value| fields.iter().map(move |field| ((*field).to_owned(), value.clone()));
    let group = |(by, series): (Map<String, Value>, Vec<u64>)| StatsGroup {
        by,
        totals: each(json!(series.iter().copied().fold(0, u64::saturating_add))).collect(),
        series: each(json!(series)).collect(),
    };
    found.into_values().map(group).collect()
}

/// The value a sum has in a group.
fn shown(sum: &OutcomeSum, group: OutcomeGroup) -> Value {
    match group {
        OutcomeGroup::Project => json!(sum.project.map(|project| project.0)),
        OutcomeGroup::Key => json!(sum.key.map(|key| key.to_string())),
        OutcomeGroup::Category => json!(sum.category.map(|category| match category {
            Category::Default | Category::Security => Category::Error.name(),
            category => category.name(),
        })),
        OutcomeGroup::Fate => json!(sum.fate.map(Fate::name)),
        OutcomeGroup::Reason => match sum.reason.as_deref() {
            None | Some("") => json!(NO_REASON),
            Some(reason) => json!(reason),
        },
    }
}

/// Error events of a project over time, as `[seconds, events]`.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/stats/", tag = "stats",
    params(("organization" = String, Path), ("project" = String, Path),
        ("stat" = Option<String>, Query,
            description = "received, rejected, blacklisted or generated"),
        ("since" = Option<u64>, Query), ("until" = Option<u64>, Query),
        ("resolution" = Option<String>, Query, description = "10s, 1h or 1d")),
    responses((status = 200, body = Vec<Object>), (status = 400)))]
pub async fn of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Vec<(u64, u64)>>, ApiError> {
    let shown = api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectRead)?;
        let now = api.clock.now();
        let moment = |key: &str| params.number(key).map(|at| Micros(at.saturating_mul(1_000_000)));
        let end = moment("until").unwrap_or(now);
        let start = moment("since").unwrap_or(Micros(end.0.saturating_sub(DAY)));
        if start >= end {
            return Err(SearchError::EmptyWindow.into());
        }
        let window = Window { start, end };
        let hours = Hours::over(window, step(params.get("resolution"), window)?);
        let fates = fates_of(params.get("stat").unwrap_or("received"))?;
        points(api, project.id, fates, hours)
    });
    Ok(Json(shown.await?))
}

/// What the names of old statistics count. Source: Sentry's project stats endpoint.
fn fates_of(stat: &str) -> Result<Vec<Fate>, ApiError> {
    match stat {
        "received" => Ok(vec![Fate::Accepted, Fate::Filtered, Fate::RateLimited, Fate::Abuse]),
        "rejected" => Ok(vec![Fate::RateLimited, Fate::Abuse]),
        "blacklisted" => Ok(vec![Fate::Filtered]),
        "generated" => Ok(vec![Fate::Accepted]),
        other => Err(ApiError::Invalid(format!("Invalid stat: '{other}'"))),
    }
}

fn points(
    api: &Api,
    project: ProjectId,
    fates: Vec<Fate>,
    hours: Hours,
) -> Result<Vec<(u64, u64)>, ApiError> {
    let question = OutcomeQuestion {
        projects: vec![project],
        hour_start: hours.start,
        hour_end: hours.end,
        interval_hours: hours.step,
        categories: vec![Category::Error, Category::Default, Category::Security],
        fates,
        ..OutcomeQuestion::default()
    };
    let mut counts = vec![0; hours.count()];
    for sum in api.database.outcome_sums(&question)? {
        if let Some(count) = hours.place(sum.hour).and_then(|place| counts.get_mut(place)) {
            *count = sum.quantity;
        }
    }
    Ok(hours.starts().map(|hour| hour * 3600).zip(counts).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(hour: u64, category: Category, fate: Fate, quantity: u64) -> OutcomeSum {
        OutcomeSum {
            hour,
            project: None,
            key: None,
            category: Some(category),
            fate: Some(fate),
            reason: None,
            quantity,
        }
    }

    #[test]
    fn intervals_begin_at_whole_multiples() {
        let window = |start, end| Window { start: moment(start), end: Micros(moment(end).0 + 1) };
        let days = Hours::over(window(30, 75), 24);
        assert_eq!(days, Hours { start: 24, end: 96, step: 24 });
        assert_eq!(days.starts().collect::<Vec<_>>(), [24, 48, 72]);
        assert_eq!((days.count(), days.place(71), days.place(96)), (3, Some(1), None));
        let hours = Hours::over(window(5, 7), 1);
        assert_eq!(hours.starts().collect::<Vec<_>>(), [5, 6, 7]);
    }

    #[test]
    fn groups_have_a_number_for_every_interval() {
        let sums = [
            sum(5, Category::Error, Fate::Accepted, 2),
            sum(5, Category::Security, Fate::Accepted, 1),
            sum(7, Category::Error, Fate::Accepted, 4),
            sum(6, Category::Attachment, Fate::RateLimited, 9),
        ];
        let groups = [("category", OutcomeGroup::Category), ("outcome", OutcomeGroup::Fate)];
        let hours = Hours { start: 5, end: 8, step: 1 };
        let shown = grouped(&sums, &groups, &["sum(quantity)"], hours);
        assert_eq!(
            json!(shown),
            json!([
                {"by": {"category": "attachment", "outcome": "rate_limited"},
                 "totals": {"sum(quantity)": 9}, "series": {"sum(quantity)": [0, 9, 0]}},
                {"by": {"category": "error", "outcome": "accepted"},
                 "totals": {"sum(quantity)": 7}, "series": {"sum(quantity)": [3, 0, 4]}},
            ])
        );
    }

    #[test]
    fn intervals_are_whole_hours() {
        let window = Window { start: Micros(0), end: Micros(DAY) };
        assert_eq!(step(Some("15m"), window).unwrap(), 1);
        assert_eq!(step(Some("1d"), window).unwrap(), 24);
        assert_eq!(step(None, window).unwrap(), 1);
        assert!(step(Some("x"), window).is_err());
    }
}
