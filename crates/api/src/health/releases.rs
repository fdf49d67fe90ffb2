//! What lists and pages of releases say about health and adoption.

use std::collections::HashMap;

use lang::health::{HealthBy, HealthGroup, HealthQuestion, Names, share};
use lang::search::{DAY, parse_span};
use model::clock::Micros;
use model::id::ProjectId;
use model::session::SessionHealth;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::params::Params;
use crate::release::ReleaseView;
use crate::state::Api;
use crate::stats::{HOUR, moment};
use crate::time;

/// Share of a project's sessions from which on a release counts as adopted. Source: Sentry,
/// `sentry.release_health.tasks`: ten per cent within a day.
const ADOPTED_SHARE: f64 = 0.1;
/// Days that are looked at.
const DAYS: u64 = 90;
/// Releases in one question: so many have series of that many days.
const RELEASES_AT_ONCE: usize = 100;
/// How far back totals go when nothing is said. Source: Sentry, `summaryStatsPeriod`.
const SUMMARY_DAYS: u64 = 14;

/// How a release fares in a project. Rates and shares are per cent, `None` of nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct HealthData {
    pub has_health_data: bool,
    pub crash_free_users: Option<f64>,
    pub crash_free_sessions: Option<f64>,
    pub total_users: u64,
    #[serde(rename = "totalUsers24h")]
    pub total_users_24h: u64,
    #[serde(rename = "totalProjectUsers24h")]
    pub total_project_users_24h: u64,
    pub total_sessions: u64,
    #[serde(rename = "totalSessions24h")]
    pub total_sessions_24h: u64,
    #[serde(rename = "totalProjectSessions24h")]
    pub total_project_sessions_24h: u64,
    pub sessions_crashed: u64,
    pub sessions_errored: u64,
    pub adoption: Option<f64>,
    pub sessions_adoption: Option<f64>,
    /// Not measured.
    pub duration_p50: Option<f64>,
    /// Not measured.
    pub duration_p90: Option<f64>,
    /// Sessions or users by hour as `[seconds, number]`, under the name of the time.
    #[schema(value_type = Object)]
    pub stats: Map<String, Value>,
}

/// How far a release has come in a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Adoption {
    stage: &'static str,
    adopted: Option<String>,
    unadopted: Option<String>,
}

/// Adds what sessions say to releases: always whether there are any; with `health=1` how they fare, with
/// `adoptionStages=1` how far they have come. Blocks.
///
/// # Errors
/// When a parameter cannot be read, or the database.
pub fn attach(api: &Api, params: &Params, views: &mut [ReleaseView]) -> Result<(), ApiError> {
    let asked = Asked::read(api, params)?;
    let mut projects: HashMap<u64, Vec<String>> = HashMap::new();
    for view in &*views {
        for project in &view.projects {
            projects.entry(project.id).or_default().push(view.version.clone());
        }
    }
    let mut known: HashMap<(u64, String), Health> = HashMap::new();
    for (project, versions) in projects {
        for versions in versions.chunks(RELEASES_AT_ONCE) {
            let found = asked.of_project(api, ProjectId(project), versions)?;
            known.extend(found.into_iter().map(|(version, one)| ((project, version), one)));
        }
    }
    for view in views {
        let mut stages = Map::new();
        for project in &mut view.projects {
            let one = known.remove(&(project.id, view.version.clone())).unwrap_or_default();
            project.has_health_data = one.is_known;
            project.health_data = asked.health.then_some(one.data);
            if let Some(adoption) = one.adoption {
                stages.insert(project.slug.clone(), json!(adoption));
            }
        }
        if asked.stages {
            view.adoption_stages = Some(Value::Object(stages));
        }
    }
    Ok(())
}

/// What is known of one release in one project.
#[derive(Debug, Default)]
struct Health {
    is_known: bool,
    data: HealthData,
    adoption: Option<Adoption>,
}

/// What a request asks for.
#[derive(Debug)]
struct Asked {
    health: bool,
    stages: bool,
    /// Whether charts show users instead of sessions.
    of_users: bool,
    environments: Names,
    summary_hours: u64,
    /// Hours of the charts, and how the request called that time.
    stats_hours: u64,
    stats_name: String,
    /// The first hour that is not over.
    end: u64,
}

impl Asked {
    fn read(api: &Api, params: &Params) -> Result<Self, ApiError> {
        let hours = |name: &str, default: u64| -> Result<u64, ApiError> {
            let Some(text) = params.get(name).filter(|text| !text.is_empty()) else {
                return Ok(default);
            };
            let wrong = || ApiError::Invalid(format!("Invalid {name}: '{text}'"));
            let span = parse_span(text).filter(|span| (1..=DAYS * DAY).contains(span));
            Ok(span.ok_or_else(wrong)?.div_ceil(HOUR))
        };
        let only = params.all("environment").filter(|name| !name.is_empty()).map(str::to_owned);
        Ok(Self {
            health: params.is_on("health"),
            stages: params.is_on("adoptionStages"),
            of_users: params.get("healthStat") == Some("users"),
            environments: Names { only: only.collect(), not: Vec::new() },
            summary_hours: hours("summaryStatsPeriod", SUMMARY_DAYS * 24)?,
            stats_hours: hours("healthStatsPeriod", 24)?,
            stats_name: params.get("healthStatsPeriod").unwrap_or("24h").to_owned(),
            end: api.clock.now().0 / HOUR + 1,
        })
    }

    fn of_project(
        &self,
        api: &Api,
        project: ProjectId,
        versions: &[String],
    ) -> Result<HashMap<String, Health>, ApiError> {
        let releases = Names { only: versions.to_vec(), not: Vec::new() };
        let by_release = HealthBy { release: true, ..HealthBy::default() };
        let question = HealthQuestion {
            projects: vec![project],
            releases,
            environments: self.environments.clone(),
            hour_start: self.end.saturating_sub(DAYS * 24),
            hour_end: self.end,
            step_hours: if self.stages { 24 } else { 0 },
            group: by_release,
            users: false,
        };
        let long = api.health.health(&question)?;
        let mut found: HashMap<String, Health> = HashMap::new();
        // Of a project that sends no sessions nothing else need be asked.
        if long.is_empty() {
            return Ok(found);
        }
        let all = HealthQuestion {
            releases: Names::default(),
            group: HealthBy::default(),
            ..question.clone()
        };
        let whole = api.health.health(&all)?.pop().unwrap_or_default();
        for group in long {
            let adoption = self.stages.then(|| self.adoption(&group, &whole));
            let is_known = group.total.sessions_total() > 0;
            let data = HealthData { has_health_data: is_known, ..HealthData::default() };
            let version = group.release.unwrap_or_default();
            found.insert(version, Health { is_known, data, adoption });
        }
        if self.health {
            self.fill(api, &question, &all, &mut found)?;
        }
        Ok(found)
    }

    fn fill(
        &self,
        api: &Api,
        by_release: &HealthQuestion,
        all: &HealthQuestion,
        found: &mut HashMap<String, Health>,
    ) -> Result<(), ApiError> {
        let over = |question: &HealthQuestion, hours: u64, step_hours: u64, users: bool| {
            let hour_start = self.end.saturating_sub(hours);
            api.health.health(&HealthQuestion { hour_start, step_hours, users, ..question.clone() })
        };
        let of_day = over(all, 24, 0, true)?.pop().unwrap_or_default().total;
        for group in over(by_release, self.summary_hours, 0, true)? {
            let Some(data) = data_of(found, &group) else { continue };
            let total = group.total;
            let free = |rate: Option<f64>| rate.map(|rate| 100.0 - rate * 100.0);
            data.crash_free_users = free(total.user_crash_rate());
            data.crash_free_sessions = free(total.crash_rate());
            data.total_users = total.users_total();
            data.total_sessions = total.sessions_total();
            data.sessions_crashed = total.sessions[SessionHealth::Crashed.index()];
            data.sessions_errored = total.sessions[SessionHealth::Errored.index()];
        }
        for group in over(by_release, 24, 0, true)? {
            let Some(data) = data_of(found, &group) else { continue };
            let (sessions, users) = (group.total.sessions_total(), group.total.users_total());
            data.total_sessions_24h = sessions;
            data.total_users_24h = users;
            data.total_project_sessions_24h = of_day.sessions_total();
            data.total_project_users_24h = of_day.users_total();
            let percent = |part, whole| share(part, whole).map(|share| share * 100.0);
            data.adoption = percent(users, of_day.users_total());
            data.sessions_adoption = percent(sessions, of_day.sessions_total());
        }
        for group in over(by_release, self.stats_hours, 1, self.of_users)? {
            let start = self.end.saturating_sub(self.stats_hours);
            let points = (start..).zip(&group.series).map(|(hour, counts)| {
                let count =
                    if self.of_users { counts.users_total() } else { counts.sessions_total() };
                json!([time::seconds(moment(hour)), count])
            });
            let points: Value = points.collect();
            if let Some(data) = data_of(found, &group) {
                data.stats.insert(self.stats_name.clone(), points);
            }
        }
        Ok(())
    }

    /// The stage of a release, from its sessions and those of all releases by day.
    fn adoption(&self, release: &HealthGroup, whole: &HealthGroup) -> Adoption {
        let days = release.series.iter().zip(&whole.series);
        let shares: Vec<f64> = days
            .map(|(one, all)| share(one.sessions_total(), all.sessions_total()).unwrap_or(0.0))
            .collect();
        let start = self.end.saturating_sub(DAYS * 24);
        let at = |day: usize| {
            let day = u64::try_from(day).unwrap_or(0);
            time::iso(Micros((start + day * 24).saturating_mul(HOUR)))
        };
        let (stage, adopted, unadopted) = stage(&shares);
        Adoption { stage, adopted: adopted.map(at), unadopted: unadopted.map(at) }
    }
}

fn data_of<'f>(
    found: &'f mut HashMap<String, Health>,
    group: &HealthGroup,
) -> Option<&'f mut HealthData> {
    Some(&mut found.get_mut(group.release.as_ref()?)?.data)
}

/// The stage of a release by its share of the sessions of each day, the day in which it was adopted, and the
/// first in which it was not any more.
fn stage(shares: &[f64]) -> (&'static str, Option<usize>, Option<usize>) {
    let is_adopted = |share: &f64| *share >= ADOPTED_SHARE;
    let Some(adopted) = shares.iter().position(is_adopted) else {
        return ("low_adoption", None, None);
    };
    match shares.iter().rposition(is_adopted) {
        Some(last) if last + 1 < shares.len() => ("replaced", Some(adopted), Some(last + 1)),
        _ => ("adopted", Some(adopted), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_the_share_of_each_day() {
        for (shares, expected) in [
            (&[][..], ("low_adoption", None, None)),
            (&[0.0, 0.09], ("low_adoption", None, None)),
            (&[0.0, 0.1], ("adopted", Some(1), None)),
            (&[0.3, 0.05, 0.2], ("adopted", Some(0), None)),
            (&[0.0, 0.9, 0.4, 0.01, 0.0], ("replaced", Some(1), Some(3))),
        ] {
            assert_eq!(stage(shares), expected, "{shares:?}");
        }
    }
}
