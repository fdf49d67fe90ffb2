//! Issue rules in Sentry's newer form, to be read: a workflow with triggers and filtered actions.
//!
//! Source: Sentry's `/organizations/{}/workflows/`.

use serde_json::{Map, Value, json};

use super::filter::{Age, Assignee, Comparison, Filter, LevelIs, Subject, Test};
use super::{Action, Channel, Counted, IssueRule, Often, Quantifier, When};

const UNITS: [(&str, u64); 4] = [("week", 10_080), ("day", 1_440), ("hour", 60), ("minute", 1)];

impl IssueRule {
    /// The fields of a workflow that describe the rule; `id` is the rule's, from which those of its parts
    /// are made. What is counted stands among the filters, as there.
    pub fn to_workflow(&self, id: u64) -> Value {
        let part = |place: usize, (kind, comparison): (&str, Value)| json!({"id": format!("{id}-{place}"), "type": kind, "comparison": comparison, "conditionResult": true});
        let (mut triggers, mut filters) = (Vec::new(), Vec::new());
        for when in &self.when {
            match when {
                When::Often(often) => filters.push(often_json(often)),
                when => triggers.push((trigger(when), json!(true))),
            }
        }
        filters.extend(self.filters.iter().map(filter_json));
        let numbered = |first: usize, parts: Vec<(&'static str, Value)>| -> Vec<Value> {
            parts.into_iter().zip(first..).map(|(parts, place)| part(place, parts)).collect()
        };
        let actions = self.actions.iter().zip(0_u64..);
        let actions = actions.map(|(action, place)| action_json(action, &format!("{id}-a{place}")));
        let first_filter = triggers.len();
        json!({
            "name": self.name,
            "environment": self.environment,
            "config": {"frequency": self.every_minutes},
            "triggers": {
                "id": format!("{id}-t"),
                "logicType": "any-short",
                "conditions": numbered(0, triggers),
                "actions": [],
            },
            "actionFilters": [{
                "id": format!("{id}-f"),
                "logicType": match self.filter_match {
                    Quantifier::All => "all",
                    Quantifier::Any => "any-short",
                    Quantifier::None => "none",
                },
                "conditions": numbered(first_filter, filters),
                "actions": actions.collect::<Vec<_>>(),
            }],
        })
    }
}

fn trigger(when: &When) -> &'static str {
    match when {
        When::New => "first_seen_event",
        When::Regressed => "regression_event",
        When::Escalating => "reappeared_event",
        When::NewHighPriority => "new_high_priority_issue",
        When::BecameHighPriority => "existing_high_priority_issue",
        When::EveryEvent | When::Often(_) => "every_event",
    }
}

fn often_json(often: &Often) -> (&'static str, Value) {
    let interval = |minutes: u32| match minutes {
        1 => "1min".to_owned(),
        minutes if minutes < 60 => format!("{minutes}min"),
        60 => "1h".to_owned(),
        minutes if minutes.is_multiple_of(10_080) => format!("{}w", minutes / 10_080),
        minutes => format!("{}d", minutes / 1_440),
    };
    let mut comparison = json!({"value": often.more_than, "interval": interval(often.minutes)});
    if let Some(ago) = often.compared_minutes {
        comparison["comparisonInterval"] = interval(ago).into();
    }
    let kind = match (often.counted, often.compared_minutes.is_some()) {
        (Counted::Events, false) => "event_frequency_count",
        (Counted::Events, true) => "event_frequency_percent",
        (Counted::Users, false) => "event_unique_user_frequency_count",
        (Counted::Users, true) => "event_unique_user_frequency_percent",
        (Counted::SessionPercent, false) => "percent_sessions_count",
        (Counted::SessionPercent, true) => "percent_sessions_percent",
    };
    (kind, comparison)
}

fn filter_json(filter: &Filter) -> (&'static str, Value) {
    match filter {
        Filter::IssueAge(age) => ("age_comparison", age_json(*age)),
        // Ours: Sentry knows the age of issues only.
        Filter::ReleaseAge(age) => ("release_age_comparison", age_json(*age)),
        Filter::SeenAtLeast(count) => ("issue_occurrences", json!({"value": count})),
        Filter::Assigned(assignee) => {
            let (kind, target) = match assignee {
                Assignee::Nobody => ("Unassigned", ""),
                Assignee::Team(id) => ("Team", id.as_str()),
                Assignee::Member(id) => ("Member", id.as_str()),
            };
            ("assigned_to", json!({"targetType": kind, "targetIdentifier": target}))
        }
        Filter::LatestRelease => ("latest_release", json!(true)),
        Filter::Category(category) => ("issue_category", json!({"value": category})),
        Filter::Level(is, level) => {
            let is = match is {
                LevelIs::Equal => "eq",
                LevelIs::AtLeast => "gte",
                LevelIs::AtMost => "lte",
            };
            ("level", json!({"level": *level as u8, "match": is}))
        }
        Filter::Value(Subject::Tag(key), test) => ("tagged_event", value_json("key", key, test)),
        Filter::Value(Subject::Attribute(name), test) => {
            ("event_attribute", value_json("attribute", name, test))
        }
    }
}

fn age_json(age: Age) -> Value {
    let fits = |(_, unit): &&(&str, u64)| age.minutes > 0 && age.minutes.is_multiple_of(*unit);
    let (time, unit) = UNITS.iter().find(fits).copied().unwrap_or(("minute", 1));
    let comparison = if age.is_older { "older" } else { "newer" };
    json!({"time": time, "value": age.minutes / unit, "comparisonType": comparison})
}

fn value_json(subject: &str, name: &str, test: &Test) -> Value {
    let is = match (test.comparison, test.is_negated) {
        (Comparison::Equals, false) => "eq",
        (Comparison::Equals, true) => "ne",
        (Comparison::StartsWith, false) => "sw",
        (Comparison::StartsWith, true) => "nsw",
        (Comparison::EndsWith, false) => "ew",
        (Comparison::EndsWith, true) => "new",
        (Comparison::Contains, false) => "co",
        (Comparison::Contains, true) => "nc",
        (Comparison::IsSet, false) => "is",
        (Comparison::IsSet, true) => "ns",
        (Comparison::OneOf, false) => "in",
        (Comparison::OneOf, true) => "nin",
    };
    json!({subject: name, "match": is, "value": test.value})
}

fn action_json(action: &Action, id: &str) -> Value {
    let kind = match action.channel {
        Channel::Mail => "email",
        Channel::Plugins => "plugin",
        Channel::Service => "webhook",
        other => other.name(),
    };
    let setting = |name: &str| action.settings.get(name).filter(|value| !value.is_null());
    let integration = ["workspace", "team", "server", "account", "integration"];
    let integration = integration.iter().find_map(|name| setting(name));
    let target = match setting("targetType").and_then(Value::as_str) {
        Some("IssueOwners") => Some("issue_owners"),
        Some("Team") => Some("team"),
        Some("Member") => Some("user"),
        _ => None,
    };
    let identifier = ["targetIdentifier", "channel", "channel_id", "service"];
    let identifier = identifier.iter().find_map(|name| setting(name));
    let said = ["targetType", "targetIdentifier"];
    let data = action.settings.iter().filter(|(name, _)| !said.contains(&name.as_str()));
    let data: Map<String, Value> =
        data.map(|(name, value)| (name.clone(), value.clone())).collect();
    json!({
        "id": id,
        "type": kind,
        "integrationId": if action.channel == Channel::Mail { None } else { integration },
        "data": data,
        "config": {"targetType": target, "targetIdentifier": identifier, "targetDisplay": null},
        "status": "active",
    })
}
