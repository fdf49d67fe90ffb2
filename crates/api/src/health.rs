//! Release health: how sessions and users fared, over time.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use lang::ask::Window;
use lang::health::{
    HealthBy, HealthCounts, HealthGroup, HealthQuestion, SessionSearchError, names, share,
};
use lang::search::{DAY, interval};
use meta::Scope;
use model::session::SessionHealth;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::stats::{HOUR, Hours, moment};
use crate::time;

mod releases;

pub use releases::{HealthData, attach};

/// Fields of one question.
const FIELDS_MAX: usize = 20;

/// Numbers of sessions and users over time.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct SessionsView {
    pub start: String,
    pub end: String,
    pub query: String,
    /// Where each interval begins.
    pub intervals: Vec<String>,
    pub groups: Vec<SessionsGroup>,
}

/// The numbers of one group.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SessionsGroup {
    /// Which group: `project`, `release`, `environment`, `session.status`, as asked.
    #[schema(value_type = Object)]
    pub by: Map<String, Value>,
    /// Over the whole time, by field.
    #[schema(value_type = Object)]
    pub totals: Map<String, Value>,
    /// For each interval, by field.
    #[schema(value_type = Object)]
    pub series: Map<String, Value>,
}

/// A number that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Sessions,
    Users,
    CrashRate,
    CrashFreeRate,
    UserCrashRate,
    UserCrashFreeRate,
    UnhealthyRate,
    AnrRate,
    ForegroundAnrRate,
}

impl Field {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Sessions, "sum(session)"),
        (Self::Users, "count_unique(user)"),
        (Self::CrashRate, "crash_rate(session)"),
        (Self::CrashFreeRate, "crash_free_rate(session)"),
        (Self::UserCrashRate, "crash_rate(user)"),
        (Self::UserCrashFreeRate, "crash_free_rate(user)"),
        (Self::UnhealthyRate, "unhealthy_rate(session)"),
        (Self::AnrRate, "anr_rate()"),
        (Self::ForegroundAnrRate, "foreground_anr_rate()"),
    ];

    fn named(name: &str) -> Result<(Self, &'static str), ApiError> {
        let known = Self::ALL.into_iter().find(|(_, known)| *known == name);
        let unknown = || ApiError::Invalid(format!("Invalid field: '{name}'"));
        known.ok_or_else(unknown)
    }

    fn is_of_users(self) -> bool {
        !matches!(
            self,
            Self::Sessions | Self::CrashRate | Self::CrashFreeRate | Self::UnhealthyRate
        )
    }

    /// The number; of one status only, if one is given.
    fn of(self, counts: &HealthCounts, status: Option<SessionHealth>) -> Value {
        let free = |rate: Option<f64>| rate.map(|rate| 1.0 - rate);
        match (self, status) {
            (Self::Sessions, Some(status)) => json!(counts.sessions[status.index()]),
            (Self::Users, Some(status)) => json!(counts.users[status.index()]),
            // A rate of one status alone says nothing.
            (_, Some(_)) => Value::Null,
            (Self::Sessions, None) => json!(counts.sessions_total()),
            (Self::Users, None) => json!(counts.users_total()),
            (Self::CrashRate, None) => json!(counts.crash_rate()),
            (Self::CrashFreeRate, None) => json!(free(counts.crash_rate())),
            (Self::UserCrashRate, None) => json!(counts.user_crash_rate()),
            (Self::UserCrashFreeRate, None) => json!(free(counts.user_crash_rate())),
            (Self::UnhealthyRate, None) => json!(counts.unhealthy_rate()),
            (Self::AnrRate, None) => json!(share(counts.users_anr, counts.users_total())),
            (Self::ForegroundAnrRate, None) => {
                json!(share(counts.users_anr_foreground, counts.users_total()))
            }
        }
    }
}

/// What a request wants to know, besides which sessions.
#[derive(Debug)]
struct Wanted {
    fields: Vec<(Field, &'static str)>,
    by: HealthBy,
    by_status: bool,
    totals: bool,
    series: bool,
}

impl Wanted {
    fn read(params: &Params) -> Result<Self, ApiError> {
        let named = params.all("field").filter(|name| !name.is_empty());
        let mut fields = named.map(Field::named).collect::<Result<Vec<_>, _>>()?;
        fields.dedup();
        if fields.is_empty() || fields.len() > FIELDS_MAX {
            return Err(ApiError::Invalid("Request is missing a \"field\"".to_owned()));
        }
        let (mut by, mut by_status) = (HealthBy::default(), false);
        for name in params.all("groupBy").filter(|name| !name.is_empty()) {
            match name {
                "project" => by.project = true,
                "release" => by.release = true,
                "environment" => by.environment = true,
                "session.status" => by_status = true,
                _ => return Err(ApiError::Invalid(format!("Invalid groupBy: '{name}'"))),
            }
        }
        let is_on = |name: &str| params.get(name).is_none_or(|_| params.is_on(name));
        let (totals, series) = (is_on("includeTotals"), is_on("includeSeries"));
        Ok(Self { fields, by, by_status, totals, series })
    }

    /// Groups as they are shown: one for each status, if that was asked for.
    fn groups(&self, found: Vec<HealthGroup>) -> Vec<SessionsGroup> {
        let statuses: Vec<Option<(SessionHealth, &str)>> = if self.by_status {
            SessionHealth::ALL.into_iter().map(Some).collect()
        } else {
            vec![None]
        };
        let mut shown = Vec::with_capacity(found.len() * statuses.len());
        for group in found {
            for status in &statuses {
                shown.push(self.group(&group, *status));
            }
        }
        shown
    }

    fn group(&self, group: &HealthGroup, status: Option<(SessionHealth, &str)>) -> SessionsGroup {
        let mut by = Map::new();
        let mut name = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                by.insert(key.to_owned(), value);
            }
        };
        name("project", group.project.map(|project| json!(project.0)));
        name("release", group.release.as_ref().map(|name| json!(name)));
        name("environment", group.environment.as_ref().map(|name| json!(name)));
        name("session.status", status.map(|(_, name)| json!(name)));
        let status = status.map(|(status, _)| status);
        let each = |of: &dyn Fn(Field) -> Value| -> Map<String, Value> {
            self.fields.iter().map(|(field, name)| ((*name).to_owned(), of(*field))).collect()
        };
        let series = |field: Field| {
            group.series.iter().map(|counts| field.of(counts, status)).collect::<Value>()
        };
        SessionsGroup {
            by,
            totals: if self.totals {
                each(&|field| field.of(&group.total, status))
            } else {
                Map::new()
            },
            series: if self.series { each(&series) } else { Map::new() },
        }
    }
}

/// How groups are sorted.
#[derive(Debug, Clone, Copy)]
struct Order {
    field: Field,
    descending: bool,
}

impl Order {
    /// Reads `orderBy`: the name of a field, after `-` for the largest first.
    fn read(params: &Params) -> Result<Option<Self>, ApiError> {
        let Some(text) = params.get("orderBy").filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let (field, _) = Field::named(name)?;
        Ok(Some(Self { field, descending }))
    }

    /// Groups without a number come first, as the smallest.
    fn sort(self, groups: &mut [HealthGroup]) {
        let of = |group: &HealthGroup| self.field.of(&group.total, None).as_f64().unwrap_or(-1.0);
        groups.sort_by(|left, right| {
            let order = of(left).total_cmp(&of(right));
            if self.descending { order.reverse() } else { order }
        });
    }
}

/// Hours of the asked time. Sessions are counted by the hour, so nothing shorter can be told apart.
fn hours(params: &Params, window: Window) -> Result<Hours, ApiError> {
    let text = params.get("interval").filter(|text| !text.is_empty()).unwrap_or("1h");
    Ok(Hours::over(window, interval(text, window)?.div_ceil(HOUR)))
}

/// How sessions and users fared, over time.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/sessions/", tag = "releases",
    params(("organization" = String, Path),
        ("field" = Vec<String>, Query,
            description = "sum(session), count_unique(user), crash_free_rate(session), …"),
        ("groupBy" = Option<Vec<String>>, Query,
            description = "project, release, environment, session.status"),
        ("interval" = Option<String>, Query), ("statsPeriod" = Option<String>, Query),
        ("start" = Option<String>, Query), ("end" = Option<String>, Query),
        ("project" = Option<Vec<String>>, Query), ("environment" = Option<Vec<String>>, Query),
        ("query" = Option<String>, Query), ("orderBy" = Option<String>, Query),
        ("includeTotals" = Option<String>, Query), ("includeSeries" = Option<String>, Query),
        ("per_page" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = SessionsView), (status = 400)))]
pub async fn sessions(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<SessionsView>), ApiError> {
    let page = params.page(100)?;
    let (view, more) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::OrgRead)?;
            let projects = params.projects(api, &access)?;
            let window = params.window(api.clock.now(), DAY)?;
            let (wanted, hours) = (Wanted::read(&params)?, hours(&params, window)?);
            let query = params.get("query").unwrap_or_default();
            let (releases, environments) =
                names(query, params.all("environment").filter(|name| !name.is_empty()))?;
            let order = Order::read(&params)?;
            let fields = wanted.fields.iter().map(|(field, _)| *field);
            let mut fields = fields.chain(order.map(|order| order.field));
            let mut groups = api.health.health(&HealthQuestion {
                projects: projects.iter().map(|project| project.id).collect(),
                releases,
                environments,
                hour_start: hours.start(),
                hour_end: hours.end(),
                step_hours: if wanted.series { hours.step() } else { 0 },
                group: wanted.by,
                users: fields.any(Field::is_of_users),
            })?;
            groups.retain(|group| group.total.sessions_total() + group.total.users_total() > 0);
            if let Some(order) = order {
                order.sort(&mut groups);
            }
            let more = groups.len() > page.offset.saturating_add(page.limit);
            let groups = groups.into_iter().skip(page.offset).take(page.limit).collect();
            let view = SessionsView {
                start: time::iso(moment(hours.start())),
                end: time::iso(moment(hours.end())),
                query: query.to_owned(),
                intervals: hours.starts().map(moment).map(time::iso).collect(),
                groups: wanted.groups(groups),
            };
            Ok((view, more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(view)))
}

impl From<SessionSearchError> for ApiError {
    fn from(error: SessionSearchError) -> Self {
        Self::Invalid(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(query: &str) -> Result<Wanted, ApiError> {
        Wanted::read(&Params::parse(query))
    }

    #[test]
    fn questions_are_checked() {
        assert!(wanted("field=sum(session)&groupBy=release&groupBy=session.status").is_ok());
        for query in
            ["", "field=", "field=p95(session.duration)", "field=sum(session)&groupBy=user"]
        {
            assert!(wanted(query).is_err(), "{query}");
        }
        assert!(!wanted("field=sum(session)&includeSeries=0").unwrap().series);
    }

    #[test]
    fn groups_by_status_hold_the_parts() {
        let total = HealthCounts { sessions: [6, 2, 0, 0, 2], ..HealthCounts::default() };
        let group = HealthGroup { total, series: vec![total], ..HealthGroup::default() };
        let whole = wanted("field=sum(session)&field=crash_free_rate(session)").unwrap();
        let shown = whole.groups(vec![group.clone()]);
        assert_eq!(
            json!(shown),
            json!([{"by": {},
                "totals": {"sum(session)": 10, "crash_free_rate(session)": 0.8},
                "series": {"sum(session)": [10], "crash_free_rate(session)": [0.8]}}])
        );
        let parts = wanted("field=sum(session)&groupBy=session.status&includeSeries=0").unwrap();
        let shown = parts.groups(vec![group]);
        assert_eq!(shown.len(), 5);
        assert_eq!(
            json!(shown[4]),
            json!({"by": {"session.status": "crashed"}, "totals": {"sum(session)": 2}, "series": {}})
        );
    }

    #[test]
    fn of_nothing_there_is_no_rate() {
        let none = HealthCounts::default();
        assert_eq!(Field::CrashFreeRate.of(&none, None), Value::Null);
        assert_eq!(Field::AnrRate.of(&none, None), Value::Null);
        assert_eq!(Field::Users.of(&none, None), json!(0));
    }
}
