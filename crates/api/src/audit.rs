//! Who changed rules, channels, routing, silences and who is on call: Sentry's audit log.

use std::collections::HashMap;

use alarm::{AuditAction, AuditEntry, AuditQuery};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use meta::Scope;
use model::clock::Micros;
use model::id::UserId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// Entries on a page when nobody says how many.
const PAGE: usize = 50;
/// What is noted, by its name and in words.
const SUBJECTS: [(&str, &str); 8] = [
    ("rule", "the rule"),
    ("alertrule", "the metric rule"),
    ("channel", "the channel"),
    ("routing", "the routing"),
    ("silence", "a silence"),
    ("maintenance", "the maintenance"),
    ("rotation", "the rotation"),
    ("escalation", "the escalation"),
];
/// The path of until when a rule is quiet.
const QUIET: &str = "quiet";
const ACTIONS: [AuditAction; 3] = [AuditAction::Create, AuditAction::Edit, AuditAction::Remove];

/// Changes, and the names that `event` may have.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditLogs {
    /// Last first.
    pub rows: Vec<AuditLogView>,
    /// Such as `rule.edit`.
    pub options: Vec<String>,
}

/// A change.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditLogView {
    /// Its number; grows.
    pub id: String,
    /// Who did it.
    pub actor: AuditActor,
    /// What was done to what: `rule.edit`.
    pub event: String,
    /// Not known.
    pub ip_address: Option<String>,
    /// The same in words.
    pub note: String,
    /// The number of what was changed.
    pub target_object: u64,
    /// Always `null`: nothing that is noted is about people.
    pub target_user: Option<String>,
    /// `name`, `program` (a token, a file) and `changes`: path → `[before, after]`, without secrets.
    #[schema(value_type = Object)]
    pub data: Value,
    /// When.
    pub date_created: String,
}

/// Who changed something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditActor {
    /// A person's number; `null` for programs and people who are gone.
    pub id: Option<String>,
    /// A person's or a program's name.
    pub name: String,
    /// A person's address.
    pub email: Option<String>,
}

/// Who changed rules, channels, routing, silences, maintenance and who is on call; for owners and managers.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/audit-logs/", tag = "organizations",
    params(("organization" = String, Path),
        ("event" = Option<String>, Query, description = "such as rule.edit"),
        ("actor" = Option<u64>, Query, description = "a person's number"),
        ("target" = Option<String>, Query, description = "one thing: rule:7, channel:2"),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query), ("cursor" = Option<String>, Query),
        ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = AuditLogs), (status = 400), (status = 403), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<AuditLogs>), ApiError> {
    let page = params.page(PAGE)?;
    api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::OrgWrite)?;
        let mut query = asked(api, &params)?;
        let part = page.and_one();
        query.page = (part.offset, part.limit);
        let found = api.alarms.audit(access.organization.id, &query)?;
        let (links, found) = page.cut(found, &api.public_url, &uri);
        let mut people = People { api, known: HashMap::new() };
        let rows = found.iter().map(|entry| people.view(entry));
        let logs = AuditLogs { rows: rows.collect::<Result<_, _>>()?, options: options() };
        Ok((links, Json(logs)))
    })
    .await
}

fn options() -> Vec<String> {
    let of = |subject| ACTIONS.map(|action| format!("{subject}.{}", action.name()));
    SUBJECTS.into_iter().flat_map(|(subject, _)| of(subject)).collect()
}

fn asked(api: &Api, params: &Params) -> Result<AuditQuery, ApiError> {
    let mut query = AuditQuery::default();
    if let Some(event) = params.get("event").filter(|event| !event.is_empty()) {
        let known = options().into_iter().find(|known| known == event);
        let known =
            known.ok_or_else(|| ApiError::field("event", "It is no event that is noted."))?;
        let (subject, action) = known.split_once('.').unwrap_or_default();
        (query.subject, query.action) = (Some(subject.to_owned()), Some(action.to_owned()));
    }
    if let Some(actor) = params.get("actor").filter(|actor| !actor.is_empty()) {
        let id =
            actor.parse().or(Err(ApiError::field("actor", "It must be a person's number.")))?;
        query.user = Some(UserId(id));
    }
    if let Some(target) = params.get("target").filter(|target| !target.is_empty()) {
        let wrong = || ApiError::field("target", "It must be such as rule:7.");
        let (subject, id) = target.split_once(':').ok_or_else(wrong)?;
        query.subject = Some(subject.to_owned());
        query.target = Some(id.parse().or(Err(wrong()))?);
    }
    let is_timed = ["statsPeriod", "start", "end"].iter().any(|key| params.get(key).is_some());
    if is_timed {
        let window = params.window(api.clock.now(), 0)?;
        query.span = Some((window.start, window.end));
    }
    Ok(query)
}

/// People, each looked up once.
struct People<'a> {
    api: &'a Api,
    known: HashMap<UserId, Option<(String, String)>>,
}

impl People<'_> {
    fn view(&mut self, entry: &AuditEntry) -> Result<AuditLogView, ApiError> {
        let actor = self.actor(entry)?;
        let verb = match entry.action.as_str() {
            "create" => "created",
            "remove" => "removed",
            _ => "changed",
        };
        let known = SUBJECTS.iter().find(|(subject, _)| *subject == entry.subject);
        let words = known.map_or(entry.subject.as_str(), |(_, words)| words);
        let note = format!("{verb} {words} {}", entry.name);
        Ok(AuditLogView {
            id: entry.id.to_string(),
            actor,
            event: format!("{}.{}", entry.subject, entry.action),
            ip_address: None,
            note: note.trim_end().to_owned(),
            target_object: entry.target,
            target_user: None,
            data: json!({
                "name": entry.name, "program": entry.program, "changes": changes(entry),
            }),
            date_created: time::iso(entry.at),
        })
    }

    fn actor(&mut self, entry: &AuditEntry) -> Result<AuditActor, ApiError> {
        let Some(user) = entry.user else {
            return Ok(AuditActor { id: None, name: entry.program.clone(), email: None });
        };
        if !self.known.contains_key(&user) {
            let found = self.api.database.user(user)?;
            self.known.insert(user, found.map(|user| (user.name, user.email)));
        }
        Ok(match self.known.get(&user).cloned().flatten() {
            Some((name, email)) => {
                AuditActor { id: Some(user.to_string()), name, email: Some(email) }
            }
            None => AuditActor { id: None, name: format!("user {user}"), email: None },
        })
    }
}

/// As they were noted, but for moments, which people read in their own way.
fn changes(entry: &AuditEntry) -> Map<String, Value> {
    let mut changes = entry.changes.clone();
    if let Some(Value::Array(pair)) = changes.get_mut(QUIET) {
        for until in pair {
            *until = match until.as_u64() {
                Some(0) => "for good".into(),
                Some(until) => time::iso(Micros(until)).into(),
                None => Value::Null,
            };
        }
    }
    changes
}
