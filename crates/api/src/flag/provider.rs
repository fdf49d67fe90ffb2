//! What providers of feature flags tell, each in words of its own.
//!
//! Source: Sentry's generic form; entries of the audit log of `LaunchDarkly`; Unleash's events; Statsig's
//! `statsig::config_change`.

use std::collections::BTreeMap;

use meta::{AuthorKind, FLAG_CHANGES_MAX, FlagAction, FlagProvider, NewFlagChange};
use model::clock::Micros;
use serde_json::Value;

use crate::error::ApiError;

/// Milliseconds since 1970 up to here are moments: the year 2255.
const MILLIS_MAX: f64 = 9e12;

/// What of the actions of `LaunchDarkly` changes what a flag does. Source: Sentry.
const LAUNCHDARKLY_UPDATES: [&str; 15] = [
    "updateFallthrough",
    "updateOffVariation",
    "updateOn",
    "updateRules",
    "updateTargets",
    "updateScheduledChanges",
    "updateDeprecated",
    "updateFlagDefaultVariations",
    "updateFlagVariations",
    "updateGlobalArchived",
    "updateRulesWithMeasuredRollout",
    "updateFallthroughWithMeasuredRollout",
    "updatePrerequisites",
    "stopMeasuredRolloutOnFlagFallthrough",
    "stopMeasuredRolloutOnFlagRule",
];
/// The same of Unleash's events. Source: Sentry.
const UNLEASH_UPDATES: [&str; 10] = [
    "feature-revived",
    "feature-updated",
    "feature-strategy-update",
    "feature-strategy-add",
    "feature-strategy-remove",
    "feature-stale-on",
    "feature-stale-off",
    "feature-completed",
    "feature-environment-enabled",
    "feature-environment-disabled",
];

/// The changes of flags that a request of a provider tells of. What is no such change is left out.
///
/// # Errors
/// When something is missing or is not what it should be.
pub(super) fn changes(
    provider: FlagProvider,
    body: &Value,
) -> Result<Vec<NewFlagChange>, ApiError> {
    match provider {
        FlagProvider::Generic | FlagProvider::OpenFeature | FlagProvider::Flagd => {
            listed(body)?.map(|(place, item)| generic(item).map_err(at(place))).collect()
        }
        FlagProvider::LaunchDarkly => Ok(launchdarkly(body).map_err(whole)?.into_iter().collect()),
        FlagProvider::Unleash => Ok(unleash(body).map_err(whole)?.into_iter().collect()),
        FlagProvider::Statsig => {
            let found = listed(body)?.map(|(place, item)| statsig(item).map_err(at(place)));
            found.filter_map(Result::transpose).collect()
        }
    }
}

/// A field that is missing or wrong, and what is wrong with it.
struct Wrong(&'static str, &'static str);

fn whole(Wrong(field, sentence): Wrong) -> ApiError {
    ApiError::field(field, sentence)
}

fn at(place: usize) -> impl Fn(Wrong) -> ApiError {
    move |Wrong(field, sentence)| ApiError::field("data", format!("[{place}].{field}: {sentence}"))
}

fn listed(body: &Value) -> Result<impl Iterator<Item = (usize, &Value)>, ApiError> {
    let data = body.get("data").and_then(Value::as_array);
    let data = data.ok_or_else(|| ApiError::field("data", "Expected a list."))?;
    if data.len() > FLAG_CHANGES_MAX {
        let sentence = format!("Expected at most {FLAG_CHANGES_MAX} entries.");
        return Err(ApiError::field("data", sentence));
    }
    Ok(data.iter().enumerate())
}

fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn needed<'v>(value: &'v Value, field: &'static str) -> Result<&'v str, Wrong> {
    let found = value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    found.ok_or(Wrong(field, "Expected a text."))
}

/// A name for something, which some senders write as a number.
fn name(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn moment(value: &Value, field: &'static str) -> Result<Micros, Wrong> {
    let moment = lang::search::parse_moment(needed(value, field)?);
    moment
        .map(lang::search::Moment::start)
        .ok_or(Wrong(field, "Expected a moment, such as 2026-11-21T10:00:00Z."))
}

/// Milliseconds since 1970 as a number, or as a text with one.
fn millis(value: &Value, field: &'static str) -> Result<Micros, Wrong> {
    let found = value.get(field);
    let number = match found {
        Some(Value::String(text)) => text.parse().ok(),
        _ => found.and_then(Value::as_f64),
    };
    let number = number.filter(|number| (0.0..MILLIS_MAX).contains(number));
    let number = number.ok_or(Wrong(field, "Expected milliseconds since 1970."))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked two lines above"
    )]
    let micros = (number * 1_000.0).round() as u64;
    Ok(Micros(micros))
}

/// What has a name and a text or number in an object.
fn tags(value: Option<&Value>) -> BTreeMap<String, String> {
    let pairs = value.and_then(Value::as_object).into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.clone(), name(Some(value))?))).collect()
}

fn some_of(value: &Value, keys: &[&str]) -> BTreeMap<String, String> {
    let found = keys.iter().filter_map(|&key| Some((key.to_owned(), name(value.get(key))?)));
    found.collect()
}

/// `{"action": "updated", "flag": "new-ui", "created_at": "2026-11-21T10:00:00Z", "change_id": 7,
/// "created_by": {"id": "ann@example.com", "type": "email"}, "tags": {"environment": "production"}}`; the
/// tags are ours.
fn generic(item: &Value) -> Result<NewFlagChange, Wrong> {
    let action = FlagAction::from_name(needed(item, "action")?);
    let told_as = name(item.get("change_id"));
    let author = match item.get("created_by") {
        None | Some(Value::Null) => None,
        Some(said) => {
            let kind = text(said, "/type").and_then(AuthorKind::from_name);
            let wrong = Wrong("created_by", "Expected an id and a type: email, id or name.");
            Some(kind.zip(name(said.get("id"))).ok_or(wrong)?)
        }
    };
    Ok(NewFlagChange {
        told_as: told_as.ok_or(Wrong("change_id", "Expected a whole number or a text."))?,
        flag: needed(item, "flag")?.to_owned(),
        action: action.ok_or(Wrong("action", "Expected created, updated or deleted."))?,
        at: moment(item, "created_at")?,
        author,
        tags: tags(item.get("tags")),
    })
}

/// An entry of the audit log. The first of its actions that changes what a flag does says what was done.
fn launchdarkly(entry: &Value) -> Result<Option<NewFlagChange>, Wrong> {
    let accesses = entry.get("accesses").and_then(Value::as_array);
    let accesses = accesses.ok_or(Wrong("accesses", "Expected a list."))?;
    let action = |access: &Value| match text(access, "/action")? {
        "createFlag" | "cloneFlag" => Some(FlagAction::Created),
        "deleteFlag" => Some(FlagAction::Deleted),
        other => LAUNCHDARKLY_UPDATES.contains(&other).then_some(FlagAction::Updated),
    };
    let found = accesses.iter().find_map(|access| Some((action(access)?, access)));
    let Some((action, access)) = found else { return Ok(None) };
    let resource = text(access, "/resource").unwrap_or_default();
    let named = |kind: &str| {
        let parts = resource.split(':').filter_map(|part| part.strip_prefix(kind));
        parts.map(str::to_owned).next().filter(|name| !name.is_empty())
    };
    let mut tags = some_of(entry, &["description"]);
    for (key, kind) in [("project", "proj/"), ("environment", "env/")] {
        tags.extend(named(kind).map(|name| (key.to_owned(), name)));
    }
    // SDKs report a flag by its key, which the entry's name only is at first.
    let key = text(entry, "/currentVersion/key").or_else(|| text(entry, "/previousVersion/key"));
    let flag = match key.map(str::to_owned).or_else(|| named("flag/")) {
        Some(key) => {
            tags.extend(some_of(entry, &["name"]));
            key
        }
        None => needed(entry, "name")?.to_owned(),
    };
    let author = text(entry, "/member/email").map(|email| (AuthorKind::Email, email.to_owned()));
    Ok(Some(NewFlagChange {
        told_as: name(entry.get("_id")).unwrap_or_default(),
        flag,
        action,
        at: millis(entry, "date")?,
        author,
        tags,
    }))
}

fn unleash(event: &Value) -> Result<Option<NewFlagChange>, Wrong> {
    let action = match needed(event, "type")? {
        "feature-created" => FlagAction::Created,
        "feature-archived" | "feature-deleted" => FlagAction::Deleted,
        other if UNLEASH_UPDATES.contains(&other) => FlagAction::Updated,
        _ => return Ok(None),
    };
    let by = text(event, "/createdBy");
    let is_address = |text: &&str| {
        text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
    };
    let author = by
        .filter(is_address)
        .map(|email| (AuthorKind::Email, email.to_owned()))
        .or_else(|| Some((AuthorKind::Id, name(event.get("createdByUserId"))?)))
        .or_else(|| Some((AuthorKind::Name, by?.to_owned())));
    let given = event.get("tags").and_then(Value::as_array).into_iter().flatten();
    let given = given.filter_map(|tag| Some((name(tag.get("type"))?, name(tag.get("value"))?)));
    let mut tags: BTreeMap<String, String> = given.collect();
    tags.extend(some_of(event, &["project", "environment"]));
    Ok(Some(NewFlagChange {
        told_as: name(event.get("id")).unwrap_or_default(),
        flag: needed(event, "featureName")?.to_owned(),
        action,
        at: moment(event, "createdAt")?,
        author,
        tags,
    }))
}

/// Of what Statsig tells, only gates are flags.
fn statsig(event: &Value) -> Result<Option<NewFlagChange>, Wrong> {
    if needed(event, "eventName")? != "statsig::config_change" {
        return Ok(None);
    }
    let about = event.get("metadata").unwrap_or(&Value::Null);
    let is_gate = text(about, "/type").is_some_and(|kind| {
        kind.eq_ignore_ascii_case("gate") || kind.eq_ignore_ascii_case("feature gate")
    });
    let action = text(about, "/action").map(str::to_lowercase);
    let action = action.as_deref().and_then(FlagAction::from_name);
    let (Some(flag), Some(action), true) = (text(about, "/name"), action, is_gate) else {
        return Ok(None);
    };
    let named = |kind, value: Option<&Value>| Some((kind, name(value)?));
    let author = named(AuthorKind::Email, event.pointer("/user/email"))
        .or_else(|| named(AuthorKind::Id, event.get("userID")))
        .or_else(|| named(AuthorKind::Id, event.pointer("/user/userID")))
        .or_else(|| named(AuthorKind::Name, event.pointer("/user/name")));
    Ok(Some(NewFlagChange {
        told_as: name(event.get("timeUUID")).unwrap_or_default(),
        flag: flag.to_owned(),
        action,
        at: millis(event, "timestamp")?,
        author,
        tags: some_of(about, &["projectName", "projectID", "environments", "description"]),
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The changes in one line each, or what is wrong.
    #[track_caller]
    fn check(provider: FlagProvider, body: &Value, expected: &[&str]) {
        let lines = match changes(provider, body) {
            Ok(changes) => changes.iter().map(line).collect(),
            Err(ApiError::Fields(fields)) => fields
                .into_iter()
                .map(|(field, sentences)| format!("{field}: {}", sentences.join(" ")))
                .collect(),
            Err(other) => vec![other.to_string()],
        };
        assert_eq!(lines, expected, "{provider:?} {body}");
    }

    fn line(change: &NewFlagChange) -> String {
        let author = change.author.as_ref();
        let author = author.map_or(String::new(), |(kind, by)| format!(" {}={by}", kind.name()));
        let tags: Vec<String> =
            change.tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!(
            "{} {} at {}{author} as {:?} [{}]",
            change.flag,
            change.action.name(),
            change.at.0,
            change.told_as,
            tags.join(" ")
        )
    }

    #[test]
    fn generic_entries() {
        let entry = json!({"action": "created", "change_id": 93_899, "flag": "test",
            "created_at": "2024-12-12T00:00:00+00:00", "created_by": {"id": "user", "type": "name"}});
        let read = "test created at 1733961600000000 name=user as \"93899\" []";
        check(
            FlagProvider::Generic,
            &json!({"data": [entry, entry], "meta": {"version": 1}}),
            &[read, read],
        );
        check(FlagProvider::Flagd, &json!({"data": []}), &[]);
        check(FlagProvider::Generic, &json!({}), &["data: Expected a list."]);
        check(FlagProvider::Generic, &json!([]), &["data: Expected a list."]);
        for (field, value, expected) in [
            ("action", json!("broken"), "data: [0].action: Expected created, updated or deleted."),
            ("action", json!(1), "data: [0].action: Expected a text."),
            ("flag", json!(""), "data: [0].flag: Expected a text."),
            ("change_id", json!(null), "data: [0].change_id: Expected a whole number or a text."),
            (
                "created_by",
                json!({"id": "x"}),
                "data: [0].created_by: Expected an id and a type: email, id or name.",
            ),
            (
                "created_at",
                json!("now"),
                "data: [0].created_at: Expected a moment, such as 2026-11-21T10:00:00Z.",
            ),
        ] {
            let mut entry = entry.clone();
            entry[field] = value;
            check(FlagProvider::OpenFeature, &json!({"data": [entry]}), &[expected]);
        }
        let tagged = json!({"action": "deleted", "change_id": "a", "flag": "x", "created_at": "2024-12-12",
            "tags": {"environment": "production", "share": 50, "list": []}});
        let expected = "x deleted at 1733961600000000 as \"a\" [environment=production share=50]";
        check(FlagProvider::Generic, &json!({"data": [tagged]}), &[expected]);
        let many: Vec<&Value> = std::iter::repeat_n(&entry, 1_001).collect();
        let expected = "data: Expected at most 1000 entries.";
        check(FlagProvider::Generic, &json!({"data": many}), &[expected]);
    }

    #[test]
    fn entries_of_launchdarkly() {
        let entry = |action: &str| {
            json!({"_id": "1234", "date": 1_729_123_465_221_u64, "kind": "flag", "name": "test flag",
                "accesses": [{"action": "updateName", "resource": "proj/default:env/test:flag/test-flag"},
                    {"action": action, "resource": "proj/default:env/test:flag/test-flag"}],
                "description": "flag was changed", "member": {"email": "ann@example.com"},
                "currentVersion": {"key": "test-flag"}})
        };
        let rest = "at 1729123465221000 email=ann@example.com as \"1234\" \
                    [description=flag was changed environment=test name=test flag project=default]";
        for (action, expected) in [
            ("createFlag", Some("created")),
            ("cloneFlag", Some("created")),
            ("deleteFlag", Some("deleted")),
            ("updateOn", Some("updated")),
            ("copyFlagConfigTo", None),
            ("updateFlagRuleDescription", None),
        ] {
            let expected = expected.map(|expected| format!("test-flag {expected} {rest}"));
            let expected: Vec<&str> = expected.as_deref().into_iter().collect();
            check(FlagProvider::LaunchDarkly, &entry(action), &expected);
        }
        let bare =
            json!({"accesses": [{"action": "updateOn"}], "name": "x", "date": 17, "member": null});
        check(FlagProvider::LaunchDarkly, &bare, &["x updated at 17000 as \"\" []"]);
        check(FlagProvider::LaunchDarkly, &json!({}), &["accesses: Expected a list."]);
        let undated = json!({"accesses": [{"action": "updateOn"}], "name": "x", "date": "soon"});
        let expected = "date: Expected milliseconds since 1970.";
        check(FlagProvider::LaunchDarkly, &undated, &[expected]);
    }

    #[test]
    fn events_of_unleash() {
        let event = |kind: &str, by: &str, user: Option<u64>| {
            json!({"id": 28, "tags": [{"type": "simple", "value": "v"}], "type": kind, "project": "default",
                "createdAt": "2024-12-30T00:00:00.000Z", "createdBy": by, "environment": "development",
                "featureName": "test-flag", "createdByUserId": user})
        };
        let rest = |kind: &str, by: &str| {
            format!(
                "test-flag {kind} at 1735516800000000 {by} as \"28\" \
                     [environment=development project=default simple=v]"
            )
        };
        for (kind, by, user, expected) in [
            ("feature-environment-enabled", "admin", Some(1), Some(rest("updated", "id=1"))),
            (
                "feature-created",
                "ann@example.com",
                Some(1),
                Some(rest("created", "email=ann@example.com")),
            ),
            ("feature-archived", "admin", None, Some(rest("deleted", "name=admin"))),
            ("feature-junk", "admin", None, None),
        ] {
            let expected: Vec<&str> = expected.as_deref().into_iter().collect();
            check(FlagProvider::Unleash, &event(kind, by, user), &expected);
        }
        check(FlagProvider::Unleash, &json!({}), &["type: Expected a text."]);
        let unnamed = json!({"type": "feature-created", "createdAt": "2024-12-30T00:00:00Z"});
        check(FlagProvider::Unleash, &unnamed, &["featureName: Expected a text."]);
    }

    #[test]
    fn events_of_statsig() {
        let event = |name: &str, kind: &str, action: &str, user: Value| {
            json!({"eventName": name, "timestamp": 1_739_400_185_198_u64, "user": user, "metadata": {
                "type": kind, "name": "gate1", "action": action, "projectName": "p", "tags": []}})
        };
        let of = |user: Value| event("statsig::config_change", "Gate", "updated", user);
        let line = |action: &str, by: &str| {
            format!("gate1 {action} at 1739400185198000{by} as \"\" [projectName=p]")
        };
        let no_user = || json!(null);
        for (event, expected) in [
            (of(json!({"name": "ann", "email": "a@b.c"})), Some(line("updated", " email=a@b.c"))),
            (of(json!({"userID": "456", "name": "ann"})), Some(line("updated", " id=456"))),
            (of(json!({"name": "ann"})), Some(line("updated", " name=ann"))),
            (of(no_user()), Some(line("updated", ""))),
            (
                event("statsig::config_change", "gate", "Deleted", no_user()),
                Some(line("deleted", "")),
            ),
            (event("statsig::config_change", "Gate", "kickflip", no_user()), None),
            (event("statsig::config_change", "Experiment", "updated", no_user()), None),
            (event("statsig::gate_exposure", "Gate", "updated", no_user()), None),
        ] {
            let expected: Vec<&str> = expected.as_deref().into_iter().collect();
            check(FlagProvider::Statsig, &json!({"data": [event]}), &expected);
        }
        let undated = json!({"data": [{"eventName": "statsig::config_change",
            "metadata": {"type": "Gate", "name": "x", "action": "created"}}]});
        let expected = "data: [0].timestamp: Expected milliseconds since 1970.";
        check(FlagProvider::Statsig, &undated, &[expected]);
    }
}
