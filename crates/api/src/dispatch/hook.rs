//! What peers tell us: Slack's buttons, Jira's changes of status. Both prove who they are by a signature.

use std::sync::Arc;

use alarm::{Author, OrderKind, StoredChannel};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use meta::{IssueAction, IssueChange, IssueOwner, IssueStatus, Resolving, signature};
use model::clock::Micros;
use model::id::{IssueId, OrganizationId, UserId};
use serde_json::{Map, Value, json};

use super::{number, silence};
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// Bytes of what a peer tells.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// People that Slack shows in a list at most. Source: Slack's `block_suggestion`.
const OPTIONS_MAX: usize = 100;
const HOUR: u64 = 3_600 * 1_000_000;

/// One answer for all that is wrong, so that nobody learns what is there.
fn unproven() -> ApiError {
    ApiError::Unknown("The signature of the webhook is missing or wrong.")
}

/// A channel of that kind with its secrets, whoever's it is.
fn known(api: &Api, id: u64, kind: &str) -> Result<(StoredChannel, Map<String, Value>), ApiError> {
    let stored = api.alarms.channel_by_id(id)?.filter(|stored| stored.says.kind == kind);
    let stored = stored.ok_or_else(unproven)?;
    let opened = api.database.open_channel(stored.says.organization, &stored.says.sealed)?;
    Ok((stored, opened.ok_or_else(unproven)?))
}

fn secret(secrets: &Map<String, Value>, name: &str) -> Result<String, ApiError> {
    let secret = secrets.get(name).and_then(Value::as_str).filter(|secret| !secret.is_empty());
    secret.map(str::to_owned).ok_or_else(unproven)
}

async fn read(body: Body) -> Result<Vec<u8>, ApiError> {
    let bytes = to_bytes(body, BODY_BYTES_MAX).await;
    let too_large =
        || ApiError::TooLarge(format!("The body has more than {BODY_BYTES_MAX} bytes."));
    bytes.map(|bytes| bytes.to_vec()).ok().ok_or_else(too_large)
}

/// Buttons of messages in Slack: resolve, archive, silence, assign. Proven by `X-Slack-Signature`, with
/// the channel's `signing_secret`. What became of it is told at the `response_url` that came with it,
/// because Slack shows nobody the answer.
#[utoipa::path(post, path = "/api/0/alert-hooks/slack/{channel}/", tag = "alerts",
    params(("channel" = String, Path)), request_body = String,
    responses((status = 200, body = Object), (status = 400), (status = 401), (status = 413)))]
pub async fn slack(
    State(api): State<Api>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let id = number(&channel).ok().ok_or_else(unproven)?;
    let body = read(body).await?;
    let header = |name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let proof = (header("x-slack-request-timestamp"), header("x-slack-signature"));
    let bell = Arc::clone(&api.alerts_bell);
    let teller = Arc::clone(&api.teller);
    let answer = api.blocking(move |api| {
        let (stored, secrets) = known(api, id, "slack")?;
        let secret = secret(&secrets, "signing_secret")?;
        let proof = (proof.0.as_str(), proof.1.as_str());
        let proven = notify::verify_slack(&secret, proof, &body, api.clock.now());
        proven.ok().ok_or_else(unproven)?;
        let form = Params::parse(&String::from_utf8_lossy(&body));
        let payload = form.get("payload").unwrap_or_default();
        let payload: Value = serde_json::from_str(payload)
            .map_err(|cause| ApiError::Invalid(format!("The payload is not JSON: {cause}")))?;
        let organization = stored.says.organization;
        if payload.get("type").and_then(Value::as_str) == Some("block_suggestion") {
            return Ok((people(api, organization, &payload)?, None));
        }
        let said = press(api, organization, &payload)?;
        let base_url = stored.says.settings.get("base_url").and_then(Value::as_str);
        let to = payload.get("response_url").and_then(Value::as_str).unwrap_or_default();
        Ok((json!({}), said.and_then(|said| notify::slack_reply(to, base_url, &said))))
    });
    let (answer, reply) = answer.await?;
    if let Some(reply) = reply {
        teller.reply(reply);
    }
    bell.notify_one();
    Ok(Json(answer))
}

/// Does what a button says, and says what was done; a link does nothing.
fn press(
    api: &Api,
    organization: OrganizationId,
    payload: &Value,
) -> Result<Option<String>, ApiError> {
    let about = payload.pointer("/message/blocks/0/block_id").and_then(Value::as_str);
    let about: Value =
        about.and_then(|about| serde_json::from_str(about).ok()).unwrap_or(Value::Null);
    let number = |name: &str| about.get(name).and_then(Value::as_u64);
    let (Some(issue), rule) = (number("issue").map(IssueId), number("rule")) else {
        return Err(ApiError::Invalid("The message is about no issue.".to_owned()));
    };
    let known = api.database.issue(issue)?.ok_or(ApiError::NotFound)?;
    let project = api.database.project(known.project)?.ok_or(ApiError::NotFound)?;
    // The block is what we sent, but a channel speaks for its own organisation only.
    if project.organization != organization {
        return Err(ApiError::NotFound);
    }
    let action = payload.pointer("/actions/0").cloned().unwrap_or_default();
    let pressed = action.get("action_id").and_then(Value::as_str).unwrap_or_default();
    let who = payload.pointer("/user/username").and_then(Value::as_str).unwrap_or("somebody");
    let done = match pressed {
        "resolve_dialog" => {
            change(api, issue, IssueAction::Resolve(Resolving::Now))?;
            "resolved"
        }
        "archive_dialog" => {
            change(api, issue, IssueAction::Archive(meta::Archiving::UntilEscalating))?;
            "archived"
        }
        "assign" => {
            let user = action.pointer("/selected_option/value").and_then(Value::as_str);
            let user = user.and_then(|user| user.strip_prefix("user:")?.parse::<UserId>().ok());
            let user = user.ok_or_else(|| ApiError::Invalid("Nobody was selected.".to_owned()))?;
            api.database.member(organization, user)?.ok_or(ApiError::NotFound)?;
            change(api, issue, IssueAction::Assign(Some(IssueOwner::User(user))))?;
            "assigned"
        }
        "silence" => {
            let short_id = meta::short_id::short_id(&project.slug, known.number);
            quiet(api, organization, (rule, &short_id), who)?;
            "silenced for an hour"
        }
        // A link was opened.
        _ => return Ok(None),
    };
    Ok(Some(format!("{who} has {done} it.")))
}

fn change(api: &Api, issue: IssueId, action: IssueAction) -> Result<(), ApiError> {
    let change = IssueChange { issues: vec![issue], actor: None, actions: vec![action] };
    api.database.change_issues(&change)?;
    Ok(())
}

fn quiet(
    api: &Api,
    organization: OrganizationId,
    (rule, issue): (Option<u64>, &str),
    who: &str,
) -> Result<(), ApiError> {
    let now = api.clock.now();
    let matcher = match rule {
        Some(rule) => vec![format!("rule_id=\"{rule}\""), format!("issue={issue:?}")],
        None => vec![format!("issue={issue:?}")],
    };
    let definition = json!({
        "matchers": matcher,
        "startsAt": time::iso(now),
        "endsAt": time::iso(Micros(now.0.saturating_add(HOUR))),
        "createdBy": who,
        "comment": "from Slack",
    });
    let new = silence::new(organization, definition, None)?;
    debug_assert!(new.kind == OrderKind::Silence, "{new:?}");
    let author =
        Author { user: None, program: format!("{who} in Slack"), at: now, secrets: Vec::new() };
    api.alarms.by(author).create_order(&new, now)?;
    Ok(())
}

/// Whom an issue may be given to.
fn people(api: &Api, organization: OrganizationId, payload: &Value) -> Result<Value, ApiError> {
    let typed = payload.get("value").and_then(Value::as_str).unwrap_or_default();
    let page = meta::Page { offset: 0, limit: OPTIONS_MAX };
    let members = api.database.members(organization, typed, page)?.rows;
    let option = |member: &meta::Member| {
        let name: String = member.name.chars().take(75).collect();
        json!({"text": {"type": "plain_text", "text": name}, "value": format!("user:{}", member.user)})
    };
    Ok(json!({"options": members.iter().map(option).collect::<Vec<_>>()}))
}

/// What Jira tells of its issues: one that is done there is resolved here, and the other way round. Proven
/// by `X-Hub-Signature`, with the channel's `hook_secret`.
#[utoipa::path(post, path = "/api/0/alert-hooks/jira/{channel}/", tag = "alerts",
    params(("channel" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 400), (status = 401), (status = 413)))]
pub async fn jira(
    State(api): State<Api>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let id = number(&channel).ok().ok_or_else(unproven)?;
    let body = read(body).await?;
    let given = headers.get("x-hub-signature").and_then(|value| value.to_str().ok());
    let given =
        given.and_then(|given| given.strip_prefix("sha256=")).unwrap_or_default().to_owned();
    let changed = api.blocking(move |api| {
        let (stored, secrets) = known(api, id, "jira")?;
        let expected = notify::sentry_signature(&secret(&secrets, "hook_secret")?, &body);
        if !signature::is_same(given.as_bytes(), expected.as_bytes()) {
            return Err(unproven());
        }
        let body: Value = serde_json::from_slice(&body)
            .map_err(|cause| ApiError::Invalid(format!("The body is not JSON: {cause}")))?;
        follow(api, stored.id, &body)
    });
    Ok(Json(json!({"changed": changed.await?})))
}

/// Follows a change of status. A comment or a label changes nothing here, least of all our own.
fn follow(api: &Api, channel: u64, body: &Value) -> Result<bool, ApiError> {
    let items = body.pointer("/changelog/items").and_then(Value::as_array);
    let is_status = |item: &Value| item.get("field").and_then(Value::as_str) == Some("status");
    if !items.is_some_and(|items| items.iter().any(is_status)) {
        return Ok(false);
    }
    let key = body.pointer("/issue/key").and_then(Value::as_str).unwrap_or_default();
    let category = body.pointer("/issue/fields/status/statusCategory/key").and_then(Value::as_str);
    let Some(lane) = api.alarms.lane_of(channel, key)? else { return Ok(false) };
    let Some((organization, told)) = api.alarms.newest_in_lane(&lane)? else { return Ok(false) };
    let payload = api.alarms.payload(organization, told)?;
    let issue = payload.pointer("/data/issue").and_then(Value::as_u64).map(IssueId);
    let Some(issue) = issue else { return Ok(false) };
    let Some(known) = api.database.issue(issue)? else { return Ok(false) };
    let is_resolved = known.state.status == IssueStatus::Resolved;
    let action = match (category, is_resolved) {
        (Some("done"), false) => IssueAction::Resolve(Resolving::Now),
        (Some("new" | "indeterminate"), true) => IssueAction::Unresolve,
        _ => return Ok(false),
    };
    change(api, issue, action)?;
    Ok(true)
}
