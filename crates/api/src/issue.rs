//! Issues as the API shows them.

use std::collections::HashMap;

use meta::{Archive, Issue, IssueMarks, IssueOwner, IssueStatus, Project, Resolution, Scope};
use model::clock::Micros;
use model::id::{IssueId, ProjectId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::person::{Actor, PersonView};
use crate::state::Api;
use crate::time;

pub mod activity;
pub mod change;
pub mod detail;
pub mod events;
pub mod list;
pub mod search;
pub mod tags;

/// A project as issues name it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct IssueProject {
    pub id: String,
    pub name: String,
    pub slug: String,
    pub platform: Option<String>,
}

/// Numbers over the whole life of an issue, or over the events that match a search.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct IssueNumbers {
    pub count: String,
    pub user_count: u64,
    pub first_seen: String,
    pub last_seen: String,
    #[schema(value_type = Object)]
    pub stats: Map<String, Value>,
}

/// An issue.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, clippy::struct_excessive_bools, reason = "the shape is Sentry's")]
pub struct IssueView {
    pub id: String,
    pub short_id: String,
    pub title: String,
    pub culprit: String,
    pub permalink: String,
    pub logger: Option<String>,
    pub share_id: Option<String>,
    pub level: &'static str,
    pub status: &'static str,
    #[schema(value_type = Object)]
    pub status_details: Value,
    pub substatus: Option<&'static str>,
    pub is_public: bool,
    pub is_bookmarked: bool,
    pub is_subscribed: bool,
    pub has_seen: bool,
    pub is_unhandled: bool,
    #[schema(value_type = Object)]
    pub subscription_details: Value,
    pub platform: Option<String>,
    pub project: IssueProject,
    pub r#type: String,
    pub issue_type: String,
    pub issue_category: &'static str,
    #[schema(value_type = Object)]
    pub metadata: Value,
    pub num_comments: u64,
    pub assigned_to: Option<Actor>,
    pub annotations: Vec<Value>,
    pub priority: &'static str,
    pub priority_locked_at: Option<String>,
    /// Events in the asked time; a text.
    pub count: String,
    /// People hit in the asked time.
    pub user_count: u64,
    pub first_seen: String,
    pub last_seen: String,
    pub first_release: Option<String>,
    pub last_release: Option<String>,
    /// `{"24h": [[seconds, events], …]}`
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub stats: Option<Map<String, Value>>,
    pub lifetime: IssueNumbers,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filtered: Option<IssueNumbers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matching_event_id: Option<String>,
}

/// Type and category of an issue. Findings in traces, and jobs and sites that fail, say their type
/// themselves.
fn kind(event_type: &str, metadata: &Value) -> (String, &'static str) {
    match event_type {
        "feedback" => ("feedback".to_owned(), "feedback"),
        "generic" => {
            let issue_type = metadata.get("issueType").and_then(Value::as_str);
            (issue_type.unwrap_or("performance").to_owned(), "performance")
        }
        "outage" => {
            let issue_type = metadata.get("issueType").and_then(Value::as_str);
            (issue_type.unwrap_or("monitor_check_in_failure").to_owned(), "outage")
        }
        _ => ("error".to_owned(), "error"),
    }
}

/// What is known about issues besides themselves. Blocks to make.
#[derive(Debug)]
pub struct Surroundings {
    projects: HashMap<ProjectId, Project>,
    marks: HashMap<IssueId, IssueMarks>,
    owners: HashMap<IssueOwner, Actor>,
    organization: String,
    public_url: String,
}

impl Surroundings {
    /// Looks up what a list of issues needs, each thing once.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of(api: &Api, access: &Access, issues: &[Issue]) -> Result<Self, ApiError> {
        let database = &api.database;
        let mut projects = HashMap::new();
        let mut owners = HashMap::new();
        for issue in issues {
            if let std::collections::hash_map::Entry::Vacant(place) = projects.entry(issue.project)
                && let Some(project) = database.project(issue.project)?
            {
                place.insert(project);
            }
            if let Some(owner) = issue.state.owner
                && !owners.contains_key(&owner)
                && let Some(actor) = actor(api, owner)?
            {
                owners.insert(owner, actor);
            }
        }
        let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
        let marks = match access.user {
            Some(user) => database.marks(user, &ids)?,
            None => HashMap::new(),
        };
        let organization = access.organization.slug.clone();
        Ok(Self { projects, marks, owners, organization, public_url: api.public_url.to_string() })
    }

    /// An issue with its numbers of all time.
    pub fn view(&self, issue: &Issue) -> IssueView {
        let project = self.projects.get(&issue.project);
        let slug = project.map(|project| project.slug.clone()).unwrap_or_default();
        let short_id = meta::short_id::short_id(&slug, issue.number);
        let marks = self.marks.get(&issue.id).copied().unwrap_or_default();
        let metadata = serde_json::from_str(&issue.metadata).unwrap_or_else(|_| json!({}));
        let (issue_type, issue_category) = kind(&issue.event_type, &metadata);
        let not_empty = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let state = &issue.state;
        IssueView {
            id: issue.id.to_string(),
            permalink: format!("{}/{}/issues/{short_id}", self.public_url, self.organization),
            short_id,
            title: issue.title.clone(),
            culprit: issue.culprit.clone(),
            logger: not_empty(&issue.logger),
            share_id: None,
            level: issue.level.name(),
            status: state.status.name(),
            status_details: status_details(issue),
            substatus: state.substatus.map(meta::Substatus::name),
            is_public: false,
            is_bookmarked: marks.bookmarked,
            is_subscribed: marks.subscribed.unwrap_or(false),
            has_seen: marks.seen.is_some(),
            is_unhandled: issue.unhandled,
            subscription_details: Value::Null,
            platform: not_empty(&issue.platform),
            project: IssueProject {
                id: issue.project.to_string(),
                name: project.map(|project| project.name.clone()).unwrap_or_default(),
                platform: project.and_then(|project| not_empty(&project.platform)),
                slug,
            },
            r#type: issue.event_type.clone(),
            issue_type,
            issue_category,
            metadata,
            num_comments: issue.comments,
            assigned_to: state.owner.and_then(|owner| self.owners.get(&owner).cloned()),
            annotations: Vec::new(),
            priority: state.priority.name(),
            priority_locked_at: state.priority_locked.map(time::iso),
            count: issue.times_seen.to_string(),
            user_count: issue.user_count,
            first_seen: time::iso(issue.first_seen),
            last_seen: time::iso(issue.last_seen),
            first_release: issue.first_release.clone(),
            last_release: issue.last_release.clone(),
            stats: None,
            lifetime: lifetime(issue),
            filtered: None,
            matching_event_id: None,
        }
    }
}

fn lifetime(issue: &Issue) -> IssueNumbers {
    IssueNumbers {
        count: issue.times_seen.to_string(),
        user_count: issue.user_count,
        first_seen: time::iso(issue.first_seen),
        last_seen: time::iso(issue.last_seen),
        stats: Map::new(),
    }
}

fn actor(api: &Api, owner: IssueOwner) -> Result<Option<Actor>, ApiError> {
    Ok(match owner {
        IssueOwner::User(user) => api.database.user(user)?.as_ref().map(Actor::user),
        IssueOwner::Team(team) => api.database.team(team)?.as_ref().map(Actor::team),
    })
}

/// `statusDetails` of an issue. Source: Sentry's API.
fn status_details(issue: &Issue) -> Value {
    let Some(details) = &issue.state.details else { return json!({}) };
    let mut shown = Map::new();
    match &details.resolution {
        Some(Resolution::InRelease { version }) => {
            shown.insert("inRelease".into(), json!(version));
        }
        Some(Resolution::InNextRelease { .. }) => {
            shown.insert("inNextRelease".into(), json!(true));
        }
        Some(Resolution::InCommit { commit, repository }) => {
            shown.insert("inCommit".into(), json!({"commit": commit, "repository": repository}));
        }
        Some(Resolution::ByAge) => {
            shown.insert("autoResolved".into(), json!(true));
        }
        Some(Resolution::Now) | None => {}
    }
    if let Some(Archive::Condition {
        time: until, events, users, events_before, users_before, ..
    }) = &details.archive
        && issue.state.status == IssueStatus::Ignored
    {
        shown.insert("ignoreUntil".into(), json!(until.map(|until| time::iso(Micros(until)))));
        let count = events.map(|(count, _)| {
            count.saturating_sub(issue.times_seen.saturating_sub(*events_before))
        });
        shown.insert("ignoreCount".into(), json!(count));
        shown.insert("ignoreWindow".into(), json!(events.and_then(|(_, window)| window)));
        let count = users
            .map(|(count, _)| count.saturating_sub(issue.user_count.saturating_sub(*users_before)));
        shown.insert("ignoreUserCount".into(), json!(count));
        shown.insert("ignoreUserWindow".into(), json!(users.and_then(|(_, window)| window)));
    }
    if let Some(actor) = details.actor {
        shown.insert("actor".into(), json!({"id": actor.to_string()}));
    }
    Value::Object(shown)
}

/// The issue of an id or short id, with the right to see it. Blocks.
///
/// # Errors
/// [`ApiError::NotFound`] when it is not there or not the caller's business.
pub fn enter(
    api: &Api,
    caller: &Caller,
    organization: Option<&str>,
    name: &str,
    scope: Scope,
) -> Result<(Access, Issue), ApiError> {
    if let Some(organization) = organization {
        let access = caller.enter(&api.database, organization, scope)?;
        let issue = find(api, &access, name)?.ok_or(ApiError::NotFound)?;
        return Ok((access, issue));
    }
    for access in crate::organization::visible(&api.database, caller)? {
        if let Some(issue) = find(api, &access, name)? {
            access.need(scope)?;
            return Ok((access, issue));
        }
    }
    Err(ApiError::NotFound)
}

/// The issue of an id or short id in an organisation. Blocks.
///
/// # Errors
/// When the database cannot be read.
pub fn find(api: &Api, access: &Access, name: &str) -> Result<Option<Issue>, ApiError> {
    let database = &api.database;
    let found = match name.parse::<IssueId>() {
        Ok(id) => database.issue(id)?,
        Err(_) => match meta::short_id::parse(name) {
            Some((slug, number)) => {
                match database.project_by_slug(access.organization.id, &slug.to_lowercase())? {
                    Some(project) => database.issue_by_number(project.id, number)?,
                    None => None,
                }
            }
            None => None,
        },
    };
    let Some(issue) = found else { return Ok(None) };
    let project = database.project(issue.project)?;
    Ok(project.filter(|project| project.organization == access.organization.id).map(|_| issue))
}

/// Somebody who looked at an issue.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Seer {
    /// The person.
    #[serde(flatten)]
    pub person: PersonView,
    /// When.
    pub last_seen: String,
}
