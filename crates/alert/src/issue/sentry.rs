//! Issue rules in Sentry's form: `/projects/{}/{}/rules/`, with conditions, filters and actions by id.

use serde_json::{Map, Value, json};

use super::filter::{Age, Assignee, Comparison, Filter, Level, LevelIs, Subject, Test};
use super::{
    Action, Channel, Counted, IssueRule, IssueRuleError, Often, Quantifier, WINDOWS, When,
};
use crate::limits::RULE_PARTS_MAX;

/// A rule that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SentryFormError {
    #[error("a rule must be an object")]
    Form,
    #[error("{field}: {reason}")]
    Field { field: String, reason: &'static str },
    #[error("{0:?} is not a condition, filter or action that is known")]
    Unknown(String),
    /// Something in one of the lists.
    #[error("{cause}")]
    Part { list: &'static str, cause: Box<SentryFormError> },
    #[error(transparent)]
    Rule(#[from] IssueRuleError),
}

impl SentryFormError {
    /// Which field of the rule it is about.
    pub fn field(&self) -> &str {
        match self {
            Self::Form | Self::Unknown(_) => "conditions",
            Self::Field { field, .. } => field,
            Self::Part { list, .. } => list,
            Self::Rule(rule) => rule.field(),
        }
    }
}

const FIRST_SEEN: &str = "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition";
const REGRESSION: &str = "sentry.rules.conditions.regression_event.RegressionEventCondition";
const REAPPEARED: &str = "sentry.rules.conditions.reappeared_event.ReappearedEventCondition";
const NEW_HIGH: &str = "sentry.rules.conditions.high_priority_issue.NewHighPriorityIssueCondition";
const OLD_HIGH: &str =
    "sentry.rules.conditions.high_priority_issue.ExistingHighPriorityIssueCondition";
const EVERY_EVENT: &str = "sentry.rules.conditions.every_event.EveryEventCondition";
const EVENTS: &str = "sentry.rules.conditions.event_frequency.EventFrequencyCondition";
const USERS: &str = "sentry.rules.conditions.event_frequency.EventUniqueUserFrequencyCondition";
const SESSIONS: &str = "sentry.rules.conditions.event_frequency.EventFrequencyPercentCondition";
const AGE: &str = "sentry.rules.filters.age_comparison.AgeComparisonFilter";
const OCCURRENCES: &str = "sentry.rules.filters.issue_occurrences.IssueOccurrencesFilter";
const ASSIGNED: &str = "sentry.rules.filters.assigned_to.AssignedToFilter";
const LATEST: &str = "sentry.rules.filters.latest_release.LatestReleaseFilter";
const CATEGORY: &str = "sentry.rules.filters.issue_category.IssueCategoryFilter";
const ATTRIBUTE: &str = "sentry.rules.filters.event_attribute.EventAttributeFilter";
const TAGGED: &str = "sentry.rules.filters.tagged_event.TaggedEventFilter";
const LEVEL: &str = "sentry.rules.filters.level.LevelFilter";
/// Ours: Sentry knows the age of issues only.
const RELEASE_AGE: &str = "pitwatch.rules.filters.release_age.ReleaseAgeFilter";

const CONDITIONS: [(&str, &str); 9] = [
    (FIRST_SEEN, "new issue"),
    (REGRESSION, "regression"),
    (REAPPEARED, "escalating"),
    (NEW_HIGH, "new high priority issue"),
    (OLD_HIGH, "existing high priority issue"),
    (EVERY_EVENT, "every event"),
    (EVENTS, "more than N events in a window"),
    (USERS, "more than N users in a window"),
    (SESSIONS, "more than N percent of sessions in a window"),
];
const FILTERS: [(&str, &str); 9] = [
    (AGE, "age of the issue"),
    (RELEASE_AGE, "age of the release"),
    (OCCURRENCES, "seen at least N times"),
    (ASSIGNED, "assigned to"),
    (LATEST, "latest release"),
    (CATEGORY, "category of the issue"),
    (ATTRIBUTE, "attribute of the event"),
    (TAGGED, "tag of the event"),
    (LEVEL, "level of the event"),
];

const TIMES: [(&str, u64); 4] = [("minute", 1), ("hour", 60), ("day", 1_440), ("week", 10_080)];
/// A comparison, and whether it is denied.
const MATCHES: [(&str, Comparison, bool); 12] = [
    ("eq", Comparison::Equals, false),
    ("ne", Comparison::Equals, true),
    ("sw", Comparison::StartsWith, false),
    ("nsw", Comparison::StartsWith, true),
    ("ew", Comparison::EndsWith, false),
    ("new", Comparison::EndsWith, true),
    ("co", Comparison::Contains, false),
    ("nc", Comparison::Contains, true),
    ("is", Comparison::IsSet, false),
    ("ns", Comparison::IsSet, true),
    ("in", Comparison::OneOf, false),
    ("nin", Comparison::OneOf, true),
];
const CHANNELS: [(Channel, &str); 14] = [
    (Channel::Mail, "sentry.mail.actions.NotifyEmailAction"),
    (Channel::Slack, "sentry.integrations.slack.notify_action.SlackNotifyServiceAction"),
    (Channel::MsTeams, "sentry.integrations.msteams.notify_action.MsTeamsNotifyServiceAction"),
    (Channel::Discord, "sentry.integrations.discord.notify_action.DiscordNotifyServiceAction"),
    (
        Channel::PagerDuty,
        "sentry.integrations.pagerduty.notify_action.PagerDutyNotifyServiceAction",
    ),
    (Channel::Opsgenie, "sentry.integrations.opsgenie.notify_action.OpsgenieNotifyTeamAction"),
    (Channel::Jira, "sentry.integrations.jira.notify_action.JiraCreateTicketAction"),
    (
        Channel::JiraServer,
        "sentry.integrations.jira_server.notify_action.JiraServerCreateTicketAction",
    ),
    (Channel::GitHub, "sentry.integrations.github.notify_action.GitHubCreateTicketAction"),
    (
        Channel::GitHubEnterprise,
        "sentry.integrations.github_enterprise.notify_action.GitHubEnterpriseCreateTicketAction",
    ),
    (Channel::AzureDevops, "sentry.integrations.vsts.notify_action.AzureDevopsCreateTicketAction"),
    (Channel::Plugins, "sentry.rules.actions.notify_event.NotifyEventAction"),
    (Channel::Service, "sentry.rules.actions.notify_event_service.NotifyEventServiceAction"),
    (Channel::SentryApp, "sentry.rules.actions.notify_event_sentry_app.NotifyEventSentryAppAction"),
];

impl IssueRule {
    /// Reads what Sentry's clients post.
    ///
    /// # Errors
    /// [`SentryFormError`] for the first part that makes no sense.
    pub fn from_sentry(json: &Value) -> Result<Self, SentryFormError> {
        let fields = json.as_object().ok_or(SentryFormError::Form)?;
        let name = fields.get("name").and_then(Value::as_str).unwrap_or_default();
        let environment = fields.get("environment").and_then(Value::as_str);
        let quantifier = |field: &str, default: Quantifier| match fields.get(field) {
            None | Some(Value::Null) => Ok(default),
            Some(name) => Quantifier::named(name.as_str().unwrap_or_default())
                .ok_or(wrong(field, "must be all, any or none")),
        };
        let every = fields.get("frequency").filter(|every| !every.is_null());
        let every = every.map_or(Ok(30), |_| whole(fields, "frequency"))?;
        let rule = Self {
            name: name.trim().to_owned(),
            environment: environment.filter(|name| !name.is_empty()).map(str::to_owned),
            when: parts(fields, "conditions", when)?,
            when_match: quantifier("actionMatch", Quantifier::All)?,
            filters: parts(fields, "filters", filter)?,
            filter_match: quantifier("filterMatch", Quantifier::All)?,
            actions: parts(fields, "actions", action)?,
            every_minutes: u32::try_from(every).or(Err(IssueRuleError::Every))?,
        };
        rule.check()?;
        Ok(rule)
    }

    /// The fields that describe the rule, as Sentry's clients expect them back; ids and dates are the
    /// caller's.
    pub fn to_sentry(&self) -> Value {
        json!({
            "name": self.name,
            "environment": self.environment,
            "actionMatch": self.when_match.name(),
            "filterMatch": self.filter_match.name(),
            "frequency": self.every_minutes,
            "conditions": self.when.iter().map(when_json).collect::<Vec<_>>(),
            "filters": self.filters.iter().map(filter_json).collect::<Vec<_>>(),
            "actions": self.actions.iter().map(action_json).collect::<Vec<_>>(),
        })
    }
}

/// What the form can be made of: ids or values, with what people call them.
impl IssueRule {
    /// Conditions.
    pub fn conditions() -> impl Iterator<Item = (&'static str, &'static str)> {
        CONDITIONS.into_iter()
    }

    /// Filters.
    pub fn kinds_of_filters() -> impl Iterator<Item = (&'static str, &'static str)> {
        FILTERS.into_iter()
    }

    /// Actions, by the names of their channels.
    pub fn kinds_of_actions() -> impl Iterator<Item = (&'static str, &'static str)> {
        CHANNELS.into_iter().map(|(channel, id)| (id, channel.name()))
    }

    /// How values are compared.
    pub fn matches() -> impl Iterator<Item = (&'static str, &'static str)> {
        MATCHES.into_iter().filter_map(|(name, comparison, is_negated)| {
            let words = Comparison::WORDS.into_iter().find(|(known, ..)| *known == comparison);
            words.map(|(_, said, denied)| (name, if is_negated { denied } else { said }))
        })
    }

    /// Windows of counts.
    pub fn intervals() -> impl Iterator<Item = &'static str> {
        WINDOWS.into_iter().map(|(_, name)| name)
    }
}

fn when(id: &str, fields: &Map<String, Value>) -> Result<When, SentryFormError> {
    Ok(match id {
        FIRST_SEEN => When::New,
        REGRESSION => When::Regressed,
        REAPPEARED => When::Escalating,
        NEW_HIGH => When::NewHighPriority,
        OLD_HIGH => When::BecameHighPriority,
        EVERY_EVENT => When::EveryEvent,
        EVENTS => often(Counted::Events, fields)?,
        USERS => often(Counted::Users, fields)?,
        SESSIONS => often(Counted::SessionPercent, fields)?,
        other => return Err(SentryFormError::Unknown(cut(other))),
    })
}

fn often(counted: Counted, fields: &Map<String, Value>) -> Result<When, SentryFormError> {
    let more_than = match fields.get("value") {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let interval = |field: &str| {
        let name = text(fields, field)?;
        let known = WINDOWS.iter().find(|(_, known)| *known == name);
        known.map(|(minutes, _)| *minutes).ok_or(wrong(field, "is not an interval that is known"))
    };
    let compared_minutes = match fields.get("comparisonType").and_then(Value::as_str) {
        Some("percent") => Some(interval("comparisonInterval")?),
        None | Some("count") => None,
        Some(_) => return Err(wrong("comparisonType", "must be count or percent")),
    };
    Ok(When::Often(Often {
        counted,
        more_than: more_than.ok_or(wrong("value", "must be a number"))?,
        minutes: interval("interval")?,
        compared_minutes,
    }))
}

fn when_json(when: &When) -> Value {
    let id = match when {
        When::New => FIRST_SEEN,
        When::Regressed => REGRESSION,
        When::Escalating => REAPPEARED,
        When::NewHighPriority => NEW_HIGH,
        When::BecameHighPriority => OLD_HIGH,
        When::EveryEvent => EVERY_EVENT,
        When::Often(often) => return often_json(often),
    };
    json!({"id": id})
}

fn often_json(often: &Often) -> Value {
    let id = match often.counted {
        Counted::Events => EVENTS,
        Counted::Users => USERS,
        Counted::SessionPercent => SESSIONS,
    };
    let interval =
        |minutes: u32| WINDOWS.iter().find(|(known, _)| *known == minutes).map(|(_, name)| *name);
    let mut json = json!({
        "id": id,
        "value": number(often.more_than),
        "interval": interval(often.minutes),
        "comparisonType": if often.compared_minutes.is_some() { "percent" } else { "count" },
    });
    if let Some(ago) = often.compared_minutes {
        json["comparisonInterval"] = interval(ago).into();
    }
    json
}

fn filter(id: &str, fields: &Map<String, Value>) -> Result<Filter, SentryFormError> {
    Ok(match id {
        AGE => Filter::IssueAge(age(fields)?),
        RELEASE_AGE => Filter::ReleaseAge(age(fields)?),
        OCCURRENCES => Filter::SeenAtLeast(whole(fields, "value")?),
        ASSIGNED => Filter::Assigned(assignee(fields)?),
        LATEST => Filter::LatestRelease,
        CATEGORY => Filter::Category(whole(fields, "value")?),
        LEVEL => {
            let number = whole(fields, "level")?;
            let level = Level::ALL.into_iter().find(|level| u64::from(*level as u8) == number);
            let is = match text(fields, "match")?.as_str() {
                "eq" => LevelIs::Equal,
                "gte" => LevelIs::AtLeast,
                "lte" => LevelIs::AtMost,
                _ => return Err(wrong("match", "must be eq, gte or lte")),
            };
            Filter::Level(is, level.ok_or(wrong("level", "is not a level"))?)
        }
        ATTRIBUTE => {
            let subject = Subject::attribute(&text(fields, "attribute")?);
            let subject = subject.ok_or(wrong("attribute", "is not an attribute that is known"))?;
            Filter::Value(subject, test(fields)?)
        }
        TAGGED => Filter::Value(Subject::Tag(text(fields, "key")?), test(fields)?),
        other => return Err(SentryFormError::Unknown(cut(other))),
    })
}

fn age(fields: &Map<String, Value>) -> Result<Age, SentryFormError> {
    let is_older = match text(fields, "comparison_type")?.as_str() {
        "older" => true,
        "newer" => false,
        _ => return Err(wrong("comparison_type", "must be older or newer")),
    };
    let unit = text(fields, "time")?;
    let unit = TIMES.iter().find(|(name, _)| *name == unit);
    let (_, unit) = unit.ok_or(wrong("time", "must be minute, hour, day or week"))?;
    let minutes = whole(fields, "value")?.checked_mul(*unit);
    Ok(Age { is_older, minutes: minutes.ok_or(wrong("value", "is too large"))? })
}

fn assignee(fields: &Map<String, Value>) -> Result<Assignee, SentryFormError> {
    let target = || match fields.get("targetIdentifier") {
        Some(Value::String(id)) if !id.is_empty() => Ok(id.clone()),
        Some(Value::Number(id)) => Ok(id.to_string()),
        _ => Err(wrong("targetIdentifier", "is required")),
    };
    match text(fields, "targetType")?.as_str() {
        "Unassigned" => Ok(Assignee::Nobody),
        "Team" => target().map(Assignee::Team),
        "Member" => target().map(Assignee::Member),
        _ => Err(wrong("targetType", "must be Unassigned, Team or Member")),
    }
}

fn test(fields: &Map<String, Value>) -> Result<Test, SentryFormError> {
    let name = text(fields, "match")?;
    let known = MATCHES.iter().find(|(known, ..)| *known == name);
    let (_, comparison, is_negated) =
        known.ok_or(wrong("match", "is not a match that is known"))?;
    let value = fields.get("value").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Test { comparison: *comparison, is_negated: *is_negated, value })
}

fn filter_json(filter: &Filter) -> Value {
    match filter {
        Filter::IssueAge(age) => age_json(AGE, *age),
        Filter::ReleaseAge(age) => age_json(RELEASE_AGE, *age),
        Filter::SeenAtLeast(count) => json!({"id": OCCURRENCES, "value": count}),
        Filter::Assigned(assignee) => {
            let (kind, target) = match assignee {
                Assignee::Nobody => ("Unassigned", ""),
                Assignee::Team(id) => ("Team", id.as_str()),
                Assignee::Member(id) => ("Member", id.as_str()),
            };
            json!({"id": ASSIGNED, "targetType": kind, "targetIdentifier": target})
        }
        Filter::LatestRelease => json!({"id": LATEST}),
        Filter::Category(category) => json!({"id": CATEGORY, "value": category.to_string()}),
        Filter::Level(is, level) => {
            let is = match is {
                LevelIs::Equal => "eq",
                LevelIs::AtLeast => "gte",
                LevelIs::AtMost => "lte",
            };
            json!({"id": LEVEL, "match": is, "level": (*level as u8).to_string()})
        }
        Filter::Value(subject, test) => {
            let mut json = match subject {
                Subject::Tag(key) => json!({"id": TAGGED, "key": key}),
                Subject::Attribute(name) => json!({"id": ATTRIBUTE, "attribute": name}),
            };
            let same = |(_, comparison, is_negated): &&(&str, Comparison, bool)| {
                (*comparison, *is_negated) == (test.comparison, test.is_negated)
            };
            json["match"] = MATCHES.iter().find(same).map(|(name, ..)| *name).into();
            json["value"] = test.value.as_str().into();
            json
        }
    }
}

/// In the largest unit that fits.
fn age_json(id: &str, age: Age) -> Value {
    let whole = |(_, unit): &&(&str, u64)| age.minutes > 0 && age.minutes.is_multiple_of(*unit);
    let (time, unit) = TIMES.iter().rev().find(whole).copied().unwrap_or(("minute", 1));
    let comparison = if age.is_older { "older" } else { "newer" };
    json!({"id": id, "comparison_type": comparison, "value": age.minutes / unit, "time": time})
}

fn action(id: &str, fields: &Map<String, Value>) -> Result<Action, SentryFormError> {
    let known = CHANNELS.iter().find(|(_, known)| *known == id);
    let (channel, _) = known.ok_or_else(|| SentryFormError::Unknown(cut(id)))?;
    let settings = fields.iter().filter(|(name, _)| *name != "id");
    let settings = settings.map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(Action { channel: *channel, settings })
}

fn action_json(action: &Action) -> Value {
    let mut json = Map::new();
    let id = CHANNELS.iter().find(|(known, _)| *known == action.channel);
    json.insert("id".to_owned(), id.map(|(_, id)| *id).into());
    json.extend(action.settings.iter().map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(json)
}

fn parts<T>(
    fields: &Map<String, Value>,
    field: &'static str,
    read: impl Fn(&str, &Map<String, Value>) -> Result<T, SentryFormError>,
) -> Result<Vec<T>, SentryFormError> {
    let list = match fields.get(field) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong(field, "must be a list")),
    };
    if list.len() > RULE_PARTS_MAX {
        return Err(IssueRuleError::TooManyParts.into());
    }
    list.iter()
        .map(|part| {
            let part = part.as_object().ok_or(wrong(field, "must be a list of objects"))?;
            let id = part.get("id").and_then(Value::as_str);
            read(id.ok_or(wrong(field, "each needs an id"))?, part)
                .map_err(|cause| SentryFormError::Part { list: field, cause: Box::new(cause) })
        })
        .collect()
}

fn text(fields: &Map<String, Value>, field: &str) -> Result<String, SentryFormError> {
    let text = fields.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or(wrong(field, "is required"))
}

/// Sentry's own UI sends numbers as text.
fn whole(fields: &Map<String, Value>, field: &str) -> Result<u64, SentryFormError> {
    let number = match fields.get(field) {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or(wrong(field, "must be a whole number"))
}

/// Whole numbers without a fraction, as clients expect them.
fn number(value: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, and in the range of whole numbers that are exact"
    )]
    if value.fract() == 0.0 && (0.0..1e15).contains(&value) {
        json!(value as u64)
    } else {
        json!(value)
    }
}

fn wrong(field: &str, reason: &'static str) -> SentryFormError {
    SentryFormError::Field { field: field.to_owned(), reason }
}

fn cut(id: &str) -> String {
    id.chars().take(200).collect()
}
