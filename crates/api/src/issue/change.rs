//! What people do to issues: one, or many at once.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lang::search::DAY;
use meta::{
    Archiving, Issue, IssueAction, IssueChange, IssueOwner, IssueQuery, IssueSort, Meta, Priority,
    Resolving, Scope,
};
use model::clock::Micros;
use model::id::{IdError, IssueId};
use serde_json::{Map, Value, json};

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::issue::list::{self, Place};
use crate::issue::{IssueView, Surroundings, enter};
use crate::live::{Happening, What};
use crate::params::Params;
use crate::state::Api;

/// Issues of one bulk change.
const BULK_MAX: usize = 1_000;
const MINUTE_MICROS: u64 = 60_000_000;

/// What a body asks for.
#[derive(Debug, Default)]
struct Wanted {
    actions: Vec<IssueAction>,
    seen: Option<bool>,
    bookmarked: Option<bool>,
    subscribed: Option<bool>,
    merge: bool,
    discard: bool,
}

/// Reads a body. Camel and snake case are both fine; what is not known is ignored. Blocks.
fn read(database: &Meta, access: &Access, body: &Map<String, Value>) -> Result<Wanted, ApiError> {
    let get = |camel: &str, snake: &str| body.get(camel).or_else(|| body.get(snake));
    let switch = |camel: &str, snake: &str| get(camel, snake).and_then(Value::as_bool);
    let mut wanted = Wanted {
        seen: switch("hasSeen", "has_seen"),
        bookmarked: switch("isBookmarked", "is_bookmarked"),
        subscribed: switch("isSubscribed", "is_subscribed"),
        merge: body
            .get("merge")
            .is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false))),
        discard: switch("discard", "discard") == Some(true),
        actions: Vec::new(),
    };
    wanted.actions.extend(status_action(body)?);
    if let Some(value) = get("assignedTo", "assigned_to") {
        wanted.actions.push(IssueAction::Assign(owner(database, access, value)?));
    }
    if let Some(value) = body.get("priority") {
        let priority = value.as_str().and_then(Priority::from_name);
        let priority =
            priority.ok_or_else(|| ApiError::field("priority", "Must be high, medium or low."))?;
        wanted.actions.push(IssueAction::SetPriority(priority));
    }
    Ok(wanted)
}

fn status_action(body: &Map<String, Value>) -> Result<Option<IssueAction>, ApiError> {
    let empty = Map::new();
    let details = body.get("statusDetails").or_else(|| body.get("status_details"));
    let details = details.and_then(Value::as_object).unwrap_or(&empty);
    let substatus = body.get("substatus").and_then(Value::as_str);
    let Some(status) = body.get("status").and_then(Value::as_str) else { return Ok(None) };
    let action = match status {
        "resolved" => IssueAction::Resolve(resolving(details)?),
        "resolvedInNextRelease" => IssueAction::Resolve(Resolving::InNextRelease),
        "unresolved" => IssueAction::Unresolve,
        "ignored" | "muted" | "archived" => {
            IssueAction::Archive(archiving(body, details, substatus))
        }
        other => {
            return Err(ApiError::field("status", format!("\"{other}\" is not a valid choice.")));
        }
    };
    Ok(Some(action))
}

fn resolving(details: &Map<String, Value>) -> Result<Resolving, ApiError> {
    if details.get("inNextRelease").and_then(Value::as_bool) == Some(true) {
        return Ok(Resolving::InNextRelease);
    }
    if let Some(version) = details.get("inRelease").and_then(Value::as_str) {
        return Ok(Resolving::InRelease(version.to_owned()));
    }
    if let Some(commit) = details.get("inCommit").and_then(Value::as_object) {
        let text =
            |key: &str| commit.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (commit, repository) = (text("commit"), text("repository"));
        if commit.is_empty() {
            return Err(ApiError::field("inCommit", "commit is required."));
        }
        return Ok(Resolving::InCommit { commit, repository });
    }
    Ok(Resolving::Now)
}

/// Conditions may stand in `statusDetails` or, as older clients write them, beside it.
fn archiving(
    body: &Map<String, Value>,
    details: &Map<String, Value>,
    substatus: Option<&str>,
) -> Archiving {
    let number = |key: &str| details.get(key).or_else(|| body.get(key)).and_then(Value::as_u64);
    let minutes = number("ignoreDuration").or_else(|| number("snoozeDuration"));
    let events = number("ignoreCount").map(|count| (count, number("ignoreWindow")));
    let users = number("ignoreUserCount").map(|count| (count, number("ignoreUserWindow")));
    if minutes.is_some() || events.is_some() || users.is_some() {
        // The moment is filled in by the caller, who has a clock.
        let time = minutes.map(|minutes| Micros(minutes.saturating_mul(MINUTE_MICROS)));
        return Archiving::Until { time, events, users };
    }
    match substatus {
        Some("archived_forever") => Archiving::Forever,
        _ => Archiving::UntilEscalating,
    }
}

/// Durations become moments.
fn at(now: Micros, action: IssueAction) -> IssueAction {
    match action {
        IssueAction::Archive(Archiving::Until { time, events, users }) => {
            let time = time.map(|span| Micros(now.0.saturating_add(span.0.min(3650 * DAY))));
            IssueAction::Archive(Archiving::Until { time, events, users })
        }
        other => other,
    }
}

/// `user:1`, `team:7`, a bare id or address; nothing clears it.
fn owner(database: &Meta, access: &Access, value: &Value) -> Result<Option<IssueOwner>, ApiError> {
    let organization = access.organization.id;
    let unknown = || ApiError::field("assignedTo", "Nobody of that name is a member here.");
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(unknown()),
    };
    if let Some(team) = text.strip_prefix("team:") {
        let found = match team.parse() {
            Ok(id) => database.team(id)?,
            Err(_) => database.team_by_slug(organization, team)?,
        };
        let team = found.filter(|team| team.organization == organization).ok_or_else(unknown)?;
        return Ok(Some(IssueOwner::Team(team.id)));
    }
    let name = text.strip_prefix("user:").unwrap_or(&text);
    let user = match (name, name.parse()) {
        ("me", _) => access.user.ok_or_else(unknown)?,
        (_, Ok(id)) => model::id::UserId(id),
        (_, Err(_)) => database.user_by_email(name)?.ok_or_else(unknown)?.id,
    };
    database.member(organization, user)?.ok_or_else(unknown)?;
    Ok(Some(IssueOwner::User(user)))
}

/// Carries out what is wanted. Blocks.
fn carry_out(
    api: &Api,
    access: &Access,
    issues: &[IssueId],
    wanted: Wanted,
) -> Result<(), ApiError> {
    let (database, now) = (&api.database, api.clock.now());
    let actions: Vec<IssueAction> =
        wanted.actions.into_iter().map(|action| at(now, action)).collect();
    if !actions.is_empty() {
        database.change_issues(&IssueChange {
            issues: issues.to_vec(),
            actor: access.user,
            actions,
        })?;
    }
    if let Some(user) = access.user {
        if wanted.seen == Some(true) {
            database.mark_seen(user, issues)?;
        }
        if let Some(on) = wanted.bookmarked {
            database.bookmark(user, issues, on)?;
        }
        if let Some(on) = wanted.subscribed {
            database.subscribe(user, issues, on)?;
        }
    }
    Ok(())
}

/// Tells open pages that issues changed.
fn tell(api: &Api, access: &Access, issues: &[Issue]) {
    for issue in issues {
        let what = What::IssueUpdated(issue.id);
        api.live.tell(Happening {
            organization: access.organization.id,
            project: issue.project,
            what,
        });
    }
}

fn needed_scope(body: &Map<String, Value>) -> Scope {
    let destroys = body.get("discard").is_some() || body.get("merge").is_some();
    if destroys { Scope::EventWrite } else { Scope::EventRead }
}

/// Looking, keeping and following are everybody's; the rest needs the right to write.
fn check_right(access: &Access, wanted: &Wanted) -> Result<(), ApiError> {
    if !wanted.actions.is_empty() || wanted.merge {
        access.need(Scope::EventWrite)?;
    }
    if wanted.discard {
        access.need(Scope::EventAdmin)?;
    }
    Ok(())
}

async fn change(
    api: Api,
    caller: Caller,
    organization: Option<String>,
    issue: String,
    body: Map<String, Value>,
) -> Result<Response, ApiError> {
    let shown = api
        .blocking(move |api| {
            let (access, issue) =
                enter(api, &caller, organization.as_deref(), &issue, needed_scope(&body))?;
            let wanted = read(&api.database, &access, &body)?;
            check_right(&access, &wanted)?;
            if wanted.discard {
                api.database.delete_issues(&[issue.id], true)?;
                tell(api, &access, &[issue]);
                return Ok(None);
            }
            carry_out(api, &access, &[issue.id], wanted)?;
            let changed = api.database.issue(issue.id)?.ok_or(ApiError::NotFound)?;
            tell(api, &access, std::slice::from_ref(&changed));
            let around = Surroundings::of(api, &access, std::slice::from_ref(&changed))?;
            Ok(Some(around.view(&changed)))
        })
        .await?;
    Ok(shown
        .map_or_else(|| StatusCode::NO_CONTENT.into_response(), |view| Json(view).into_response()))
}

/// Changes one issue.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/issues/{issue}/", tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path, description = "id or short id")),
    request_body = Object, responses((status = 200, body = IssueView), (status = 404)))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response, ApiError> {
    change(api, caller, Some(organization), issue, body).await
}

/// Changes one issue, without naming its organisation.
#[utoipa::path(put, path = "/api/0/issues/{issue}/", tag = "issues", params(("issue" = String, Path)),
    request_body = Object, responses((status = 200, body = IssueView), (status = 404)))]
pub async fn one_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response, ApiError> {
    change(api, caller, None, issue, body).await
}

/// The issues that a request names. One that cannot be read is an error and not left out: without any
/// name left, the request would mean everything that its query finds.
fn named_ids(params: &Params) -> Result<Vec<IssueId>, ApiError> {
    let ids = params.all("id").map(|id| {
        let sentence = || format!("{id:?} is not the id of an issue.");
        id.parse().map_err(|IdError| ApiError::field("id", sentence()))
    });
    ids.collect()
}

/// The issues that a bulk request means: by `id`, or by `query`.
async fn meant(
    api: &Api,
    caller: Caller,
    place: Place,
    params: &Params,
    scope: Scope,
) -> Result<(Access, Vec<Issue>), ApiError> {
    let ids = named_ids(params)?;
    let mut asked = {
        let mut params = params.clone();
        if !ids.is_empty() {
            params = params.without("query");
        }
        api.blocking(move |api| list::read(api, &caller, &place, &params, scope)).await?
    };
    let by_events = if ids.is_empty() {
        list::ids_by_events(api, &mut asked, params).await?
    } else {
        Some(ids.clone())
    };
    let predicates =
        if ids.is_empty() { std::mem::take(&mut asked.search.predicates) } else { Vec::new() };
    let query = IssueQuery {
        projects: asked.projects.iter().map(|project| project.id).collect(),
        predicates,
        ids: by_events,
        sort: IssueSort::Date,
        cursor: None,
        limit: BULK_MAX,
    };
    let found = api.meta(move |database| database.list_issues(&query)).await?;
    Ok((asked.access, found.issues))
}

async fn bulk_change(
    api: Api,
    caller: Caller,
    place: Place,
    params: Params,
    body: Map<String, Value>,
) -> Result<Response, ApiError> {
    let scope = needed_scope(&body);
    let (access, issues) = meant(&api, caller, place, &params, scope).await?;
    if issues.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let answer = api.blocking(move |api| {
        let wanted = read(&api.database, &access, &body)?;
        check_right(&access, &wanted)?;
        let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
        let mut answer = body;
        if wanted.merge {
            let parent = api.database.merge_issues(&ids, access.user)?;
            let children: Vec<String> =
                ids.iter().filter(|id| **id != parent).map(ToString::to_string).collect();
            answer.insert(
                "merge".into(),
                json!({"parent": parent.to_string(), "children": children}),
            );
        } else if wanted.discard {
            api.database.delete_issues(&ids, true)?;
        } else {
            carry_out(api, &access, &ids, wanted)?;
        }
        tell(api, &access, &issues);
        Ok(Value::Object(answer))
    });
    Ok(Json(answer.await?).into_response())
}

/// Changes many issues: those of `id`, or those that match `query`. `merge` makes them one.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/issues/", tag = "issues",
    params(("organization" = String, Path), ("id" = Option<Vec<u64>>, Query), ("query" = Option<String>, Query)),
    request_body = Object, responses((status = 200, body = Object), (status = 204, description = "none matched")))]
pub async fn bulk(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response, ApiError> {
    bulk_change(api, caller, Place::organization(organization), params, body).await
}

/// sentry-cli says which issues of a project by `status`, or means all by saying nothing.
fn with_status(params: Params) -> Params {
    if params.get("query").is_some() {
        return params;
    }
    let query = match params.get("status").unwrap_or_default() {
        "" => String::new(),
        "muted" => "is:ignored".to_owned(),
        status => format!("is:{status}"),
    };
    params.with("query", &query)
}

/// Changes many issues of a project: those of `id`, those that match `query`, those of a `status`, or all.
#[utoipa::path(put, path = "/api/0/projects/{organization}/{project}/issues/", tag = "issues",
    params(("organization" = String, Path), ("project" = String, Path), ("id" = Option<Vec<u64>>, Query),
        ("query" = Option<String>, Query), ("status" = Option<String>, Query)),
    request_body = Object, responses((status = 200, body = Object), (status = 204)))]
pub async fn bulk_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let place = Place { organization, project: Some(project) };
    bulk_change(api, caller, place, with_status(params), body).await
}

/// Deletes many issues with their events.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/issues/", tag = "issues",
    params(("organization" = String, Path), ("id" = Option<Vec<u64>>, Query), ("query" = Option<String>, Query)),
    responses((status = 204)))]
pub async fn bulk_delete(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<StatusCode, ApiError> {
    let place = Place::organization(organization);
    let (access, issues) = meant(&api, caller, place, &params, Scope::EventAdmin).await?;
    if !issues.is_empty() {
        api.blocking(move |api| {
            let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
            api.database.delete_issues(&ids, false)?;
            tell(api, &access, &issues);
            Ok(())
        })
        .await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_none_names_not_everything() {
        let ids = |query: &str| named_ids(&Params::parse(query)).ok();
        assert_eq!(ids("query=is:unresolved"), Some(Vec::new()));
        assert_eq!(ids("id=7&id=9"), Some(vec![IssueId(7), IssueId(9)]));
        for broken in ["id=abc", "id=7&id=", "id=-1", "id=7,9"] {
            assert_eq!(ids(broken), None, "{broken}");
        }
    }
}
