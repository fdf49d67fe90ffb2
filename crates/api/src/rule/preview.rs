//! What a rule would have done in the last days.

use std::collections::BTreeMap;
use std::fmt::Debug;

use alert::IssueRule;
use axum::Json;
use axum::extract::{Path, State};
use futures::future::BoxFuture;
use meta::Scope;
use meta::short_id::short_id;
use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::builder::finished;
use super::form::Form;
use super::{READ, enter};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

const DAY: u64 = 86_400_000_000;
/// Days that are looked back, unless somebody says; and at most.
const DAYS: u64 = 7;
const DAYS_MAX: u64 = 30;
/// Firings that are shown one by one.
const SHOWN_MAX: usize = 100;

/// Whoever evaluates rules on what is past.
pub trait Rehearse: Debug + Send + Sync {
    /// When the rule would have fired since then.
    fn rehearse(
        &self,
        project: ProjectId,
        rule: IssueRule,
        since: Micros,
    ) -> BoxFuture<'_, Result<Rehearsal, ApiError>>;
}

/// What a rule would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rehearsal {
    /// When it would have fired, oldest first.
    pub firings: Vec<Firing>,
    /// Why it is not exactly so; none if it is.
    pub notes: Vec<&'static str>,
}

/// A time that it would have fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firing {
    /// When.
    pub at: Micros,
    /// What happened: new, regressed, escalating, returned or seen.
    pub reason: &'static str,
    /// For which issue.
    pub issue: IssueId,
    /// Because of which event, as far as it is known.
    pub event: Option<EventId>,
}

/// What a rule would have done.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewView {
    /// How many days were looked back.
    pub days: u64,
    /// How often it would have fired.
    pub count: usize,
    /// For how many issues.
    pub issues: usize,
    /// Whether it is not exactly so; the notes say why.
    pub is_estimate: bool,
    /// Why it is an estimate.
    pub notes: Vec<&'static str>,
    /// How often on each day, in UTC.
    pub per_day: Vec<PreviewDay>,
    /// When it would have fired, newest first; 100 at most.
    pub firings: Vec<FiringView>,
}

/// How often a rule would have fired on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreviewDay {
    /// Such as 2026-11-22.
    pub day: String,
    /// How often.
    pub count: usize,
}

/// A time that a rule would have fired.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FiringView {
    /// When.
    pub at: String,
    /// new, regressed, escalating, returned or seen.
    pub reason: &'static str,
    /// The issue; `null` if it is gone.
    pub issue: Option<FiringIssue>,
    /// The event, as far as it is known.
    pub event_id: Option<String>,
}

/// The issue that a rule would have fired for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "as in lists of issues")]
pub struct FiringIssue {
    pub id: String,
    pub short_id: String,
    pub title: String,
    pub permalink: String,
}

/// When a rule would have fired in the last days. The rule may lack a name and actions.
#[utoipa::path(post, path = "/api/0/projects/{organization}/{project}/rules/preview/",
    tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path),
        ("days" = Option<u64>, Query, description = "1 to 30; 7 if it is left out")),
    request_body = Object,
    responses((status = 200, body = PreviewView), (status = 400), (status = 404)))]
pub async fn preview(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<PreviewView>, ApiError> {
    let days = params.number("days").unwrap_or(DAYS).clamp(1, DAYS_MAX);
    let (access, project, rule) = api
        .blocking(move |api| {
            let (access, project) = enter(api, &caller, (&organization, &project), &READ)?;
            access.need(Scope::EventRead)?;
            let says = Form { api, access: &access }.read(&finished(&body), None)?;
            let mut form = says.definition;
            form["name"] = says.name.into();
            let rule = IssueRule::from_sentry(&form)
                .map_err(|problem| ApiError::field(problem.field(), problem.to_string()))?;
            Ok((access, project, rule))
        })
        .await?;
    let now = api.clock.now();
    let since = Micros(now.0.saturating_sub(days * DAY));
    let rehearsal = api.rehearse.rehearse(project.id, rule, since).await?;
    api.blocking(move |api| {
        let shown = rehearsal.firings.iter().rev().take(SHOWN_MAX);
        let ids: Vec<IssueId> = shown.clone().map(|firing| firing.issue).collect();
        let issues = api.database.issues(&ids)?;
        let view = |firing: &Firing| FiringView {
            at: time::iso(firing.at),
            reason: firing.reason,
            issue: issues.iter().find(|issue| issue.id == firing.issue).map(|issue| {
                let short_id = short_id(&project.slug, issue.number);
                let slug = &access.organization.slug;
                FiringIssue {
                    id: issue.id.to_string(),
                    permalink: format!("{}/{slug}/issues/{short_id}", api.public_url),
                    short_id,
                    title: issue.title.clone(),
                }
            }),
            event_id: firing.event.map(|event| event.to_string()),
        };
        let mut of_issues: Vec<IssueId> =
            rehearsal.firings.iter().map(|firing| firing.issue).collect();
        of_issues.sort_unstable();
        of_issues.dedup();
        Ok(Json(PreviewView {
            days,
            count: rehearsal.firings.len(),
            issues: of_issues.len(),
            is_estimate: !rehearsal.notes.is_empty(),
            per_day: per_day(&rehearsal.firings, since, now),
            firings: shown.map(view).collect(),
            notes: rehearsal.notes,
        }))
    })
    .await
}

/// Each day from the first to the last, also those without.
fn per_day(firings: &[Firing], since: Micros, now: Micros) -> Vec<PreviewDay> {
    let mut days: BTreeMap<u64, usize> =
        (since.0 / DAY..=now.0 / DAY).map(|day| (day, 0)).collect();
    for firing in firings {
        *days.entry(firing.at.0 / DAY).or_default() += 1;
    }
    let named = |(day, count): (u64, usize)| {
        let day = time::iso(Micros(day * DAY));
        PreviewDay { day: day.split('T').next().unwrap_or_default().to_owned(), count }
    };
    days.into_iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_are_days_too() {
        let firing = |at| Firing { at: Micros(at), reason: "new", issue: IssueId(1), event: None };
        let firings = [firing(DAY + 5), firing(DAY + 6), firing(3 * DAY)];
        let days = per_day(&firings, Micros(DAY / 2), Micros(3 * DAY + 1));
        let shown: Vec<_> = days.iter().map(|day| (day.day.as_str(), day.count)).collect();
        let expected = [("1970-01-01", 0), ("1970-01-02", 2), ("1970-01-03", 0), ("1970-01-04", 1)];
        assert_eq!(shown, expected);
    }
}
