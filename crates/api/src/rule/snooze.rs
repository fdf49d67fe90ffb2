//! Rules that are to be quiet for a while.

use alarm::Snooze;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::DateTime;
use model::clock::Micros;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{WRITE, enter, find};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::state::Api;
use crate::time;

/// For how long a rule is to be quiet, and for whom.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewSnooze {
    /// everyone.
    target: Option<String>,
    /// ISO 8601; `null` is for good.
    until: Option<String>,
}

/// That a rule is quiet.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct SnoozeView {
    pub rule_id: u64,
    /// Whose: everyone.
    pub user_id: &'static str,
    /// Who asked for it.
    pub owner_id: Option<u64>,
    pub until: Option<String>,
    pub date_added: String,
}

/// Lets a rule about issues be quiet for everybody.
#[utoipa::path(post, path = "/api/0/projects/{organization}/{project}/rules/{rule}/snooze/",
    tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path), ("rule" = String, Path)),
    request_body = NewSnooze,
    responses((status = 201, body = SnoozeView), (status = 400), (status = 403), (status = 404)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, rule)): Path<(String, String, String)>,
    Json(new): Json<NewSnooze>,
) -> Result<(StatusCode, Json<SnoozeView>), ApiError> {
    api.blocking(move |api| {
        let (access, project) = enter(api, &caller, (&organization, &project), &WRITE)?;
        let rule = find(&api.alarms, (&access, &project), &rule)?;
        if new.target.as_deref().is_some_and(|target| target != "everyone") {
            return Err(ApiError::field("target", "Must be everyone."));
        }
        let created = api.clock.now();
        let until = new.until.as_deref().map(moment).transpose()?;
        if until.is_some_and(|until| until <= created) {
            return Err(ApiError::field("until", "Must be in the future."));
        }
        let snooze = Snooze { until, by: access.user, created };
        api.alarms_by(&access).snooze_rule(rule.id, &snooze)?;
        Ok((
            StatusCode::CREATED,
            Json(SnoozeView {
                rule_id: rule.id,
                user_id: "everyone",
                owner_id: access.user.map(|user| user.0),
                until: until.map(time::iso),
                date_added: time::iso(created),
            }),
        ))
    })
    .await
}

/// Lets a rule about issues be heard again.
#[utoipa::path(delete, path = "/api/0/projects/{organization}/{project}/rules/{rule}/snooze/",
    tag = "alerts",
    params(("organization" = String, Path), ("project" = String, Path), ("rule" = String, Path)),
    responses((status = 204), (status = 403), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, rule)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let (access, project) = enter(api, &caller, (&organization, &project), &WRITE)?;
        let rule = find(&api.alarms, (&access, &project), &rule)?;
        Ok(api.alarms_by(&access).wake_rule(rule.id)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn moment(text: &str) -> Result<Micros, ApiError> {
    let read = DateTime::parse_from_rfc3339(text).ok();
    let micros = read.and_then(|moment| u64::try_from(moment.timestamp_micros()).ok());
    micros.map(Micros).ok_or_else(|| ApiError::field("until", "Must be a moment in ISO 8601."))
}
