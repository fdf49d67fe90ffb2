//! Issue rules: read, written, refused, and followed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use alert::{
    Assignee, Counted, Decision, EventView, Facts, IssueChange, IssueRule, Level, Named, Seen,
    Skipped, TEMPLATES,
};
use model::clock::Micros;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::given::{HOUR, MINUTE};

/// An event: a payment that failed in production.
#[derive(Default)]
struct Event {
    tags: BTreeMap<&'static str, &'static str>,
    /// Events in the last hour, and in the hour a day ago.
    counts: (f64, f64),
}

impl Facts for Event {
    fn tag(&self, key: &str) -> Option<Cow<'_, str>> {
        self.tags.get(key).copied().map(Cow::Borrowed)
    }

    fn attribute(&self, name: &str) -> Vec<Cow<'_, str>> {
        match name {
            "exception.type" => vec!["PaymentError".into(), "TimeoutError".into()],
            "message" => vec!["limit exceeded".into()],
            _ => Vec::new(),
        }
    }

    fn count(&self, counted: Counted, minutes: u32, ago: u32) -> Option<f64> {
        assert_eq!(minutes, 60);
        match (counted, ago) {
            (Counted::SessionPercent, _) => None,
            (_, 0) => Some(self.counts.0),
            _ => Some(self.counts.1),
        }
    }
}

fn seen() -> Seen<'static> {
    Seen {
        change: IssueChange::New,
        became_high_priority: false,
        environment: "production",
        level: Level::Error,
        events: 1,
        first_seen: Micros(100 * HOUR),
        assignee: Assignee::Nobody,
        category: alert::Category::Error,
        is_latest_release: true,
        release_seen: Some(Micros(99 * HOUR)),
    }
}

fn plain(rule: &Value) -> IssueRule {
    let mut rule = rule.clone();
    rule["name"] = "a rule".into();
    if rule["then"].is_null() {
        rule["then"] = "mail owners".into();
    }
    IssueRule::from_plain(&rule).unwrap()
}

fn decide(rule: &Value, seen: &Seen<'_>) -> Decision {
    let event = Event { tags: [("market", "ES"), ("empty", "")].into(), counts: (120.0, 40.0) };
    plain(rule).decide(seen, &event, None, Micros(100 * HOUR))
}

#[track_caller]
fn fires(rule: &Value) {
    assert_eq!(decide(rule, &seen()), Decision::Fire, "{rule}");
}

#[track_caller]
fn skips(rule: &Value, why: Skipped) {
    assert_eq!(decide(rule, &seen()), Decision::Skip(why), "{rule}");
}

/// The guide's example, as written there.
#[test]
fn the_guides_example_works_as_written() {
    let rule = json!({
        "when": ["new issue"],
        "if": ["error.type equals PaymentError"],
        "then": ["mail team 7"],
    });
    fires(&rule);
    let known = Seen { change: IssueChange::None, events: 7, ..seen() };
    assert_eq!(decide(&rule, &known), Decision::Skip(Skipped::When));
    let other = json!({"when": ["new issue"], "if": ["error.type equals LoginError"]});
    skips(&other, Skipped::Filters);
}

#[test]
fn conditions_and_their_quantifiers() {
    fires(&json!({}));
    fires(&json!({"when": ["regression", "new issue"]}));
    skips(&json!({"when": ["regression", "escalating"]}), Skipped::When);
    skips(
        &json!({"when": ["new issue", "more than 120 events in 1h"], "when_match": "all"}),
        Skipped::When,
    );
    fires(&json!({"when": ["new issue", "more than 119 events in 1h"], "when_match": "all"}));
    fires(&json!({"when": ["regression", "more than 119 users in 1h"]}));
    fires(&json!({"when": ["regression", "more than 120 events in 1h"], "when_match": "none"}));
    skips(&json!({"when": ["new issue"], "when_match": "none"}), Skipped::When);
    fires(&json!({"when": "199% more events in 1h than 1d ago"}));
    skips(&json!({"when": "200% more events in 1h than 1d ago"}), Skipped::When);
    // Where nothing is known, nothing fires.
    skips(&json!({"when": "more than 0 percent of sessions in 1h"}), Skipped::When);
    skips(&json!({"environment": "staging"}), Skipped::Environment);
}

#[test]
fn filters_look_at_events_and_issues() {
    for filter in [
        "level equals error",
        "level at least warning",
        "level at most fatal",
        "tag market equals es",
        "tag market is ES",
        "tag market is one of PT, ES",
        "tag market is not one of PT, FR",
        "tag market starts with e",
        "tag market is set",
        "tag empty is set",
        "tag provider is not set",
        "tag provider does not equal acme",
        "error.type equals TimeoutError",
        "exception.type contains payment",
        "error.type does not contain login",
        "message ends with exceeded",
        "message does not start with x",
        "issue newer than 1h",
        "release older than 30m",
        "release newer than 2h",
        "seen at least 1 times",
        "assigned to nobody",
        "latest release",
        "category 1",
    ] {
        fires(&json!({"if": filter}));
    }
    for filter in [
        "level equals fatal",
        "level at most info",
        "tag market does not equal es",
        "tag market is not set",
        "tag provider is set",
        "tag provider contains a",
        // None of several values may be the one that is denied.
        "error.type does not equal TimeoutError",
        "issue older than 1m",
        "release older than 1d",
        "seen at least 2 times",
        "assigned to team 7",
        "assigned to member 3",
        "category 6",
        "user.email is set",
    ] {
        skips(&json!({"if": filter}), Skipped::Filters);
    }
    let two = ["level equals fatal", "tag market is ES"];
    skips(&json!({"if": two}), Skipped::Filters);
    fires(&json!({"if": two, "if_match": "any"}));
    skips(&json!({"if": two, "if_match": "none"}), Skipped::Filters);
}

#[test]
fn once_in_a_while_is_enough() {
    let rule = plain(&json!({"every": "30m"}));
    let fired = Some(Micros(100 * HOUR));
    let decide = |now| rule.decide(&seen(), &Event::default(), fired, Micros(now));
    let until = Micros(100 * HOUR + 30 * MINUTE);
    assert_eq!(decide(100 * HOUR + MINUTE), Decision::Skip(Skipped::TooSoon { until }));
    assert_eq!(decide(until.0), Decision::Fire);
}

#[track_caller]
fn refused(rule: &Value, expected: &str) {
    let mut rule = rule.clone();
    rule["name"] = "a rule".into();
    if rule["then"].is_null() {
        rule["then"] = "mail owners".into();
    }
    assert_eq!(IssueRule::from_plain(&rule).unwrap_err().to_string(), expected);
}

#[test]
fn rules_that_can_never_fire_are_refused() {
    let never = |one: &str, other: &str| {
        format!("the rule would never fire: {one} and {other} exclude each other")
    };
    for [one, other] in [
        ["level equals error", "level equals fatal"],
        ["level at least error", "level at most warning"],
        ["tag market equals ES", "tag market equals PT"],
        ["tag market equals ES", "tag market does not equal es"],
        ["tag market is set", "tag market is not set"],
        ["tag market is not set", "tag market starts with E"],
        ["assigned to nobody", "assigned to team 7"],
        ["category 1", "category 6"],
    ] {
        refused(&json!({"if": [one, other]}), &never(one, other));
        // Any of them may be true.
        assert!(
            IssueRule::from_plain(
                &json!({"name": "a", "if": [one, other], "if_match": "any", "then": "plugins"})
            )
            .is_ok()
        );
    }
    refused(
        &json!({"if": ["issue older than 60m", "issue newer than 30m"]}),
        &never("issue older than 60m", "issue newer than 30m"),
    );
    refused(
        &json!({"when": ["new issue", "regression"], "when_match": "all"}),
        &never("new issue", "regression"),
    );
    refused(
        &json!({"when": ["new issue"], "if": ["seen at least 10 times"]}),
        &never("new issue", "seen at least 10 times"),
    );
    refused(
        &json!({"when": ["new issue"], "if": ["issue older than 5m"]}),
        &never("new issue", "issue older than 5m"),
    );
    refused(
        &json!({"when": ["every event"], "when_match": "none"}),
        "the rule would never fire: no event at all is never true",
    );
    // Exceptions have several types.
    fires(&json!({"if": ["error.type equals PaymentError", "error.type equals TimeoutError"]}));
}

#[test]
fn words_that_are_not_known_are_shown() {
    refused(
        &json!({"when": "on fire"}),
        "when: \"on fire\" is not known; write for example \"new issue\" or \"more than 100 events in 1h\"",
    );
    let example = "is not known; write for example \"error.type equals PaymentError\"";
    for filter in [
        "weather is bad",
        "level is loud",
        "tag market",
        "tag market equals",
        "tag market is set x",
        "seen at least x times",
        "assigned to the dog",
        "x",
    ] {
        refused(&json!({"if": filter}), &format!("if: {filter:?} {example}"));
    }
    refused(
        &json!({"then": "shout"}),
        "then: \"shout\" is not known; write for example \"mail team 7\" or \"slack workspace=1 channel=#alerts\"",
    );
    refused(&json!({"then": "slack channel=#alerts"}), "slack needs workspace");
    refused(
        &json!({"every": "soon"}),
        "every: \"soon\" is not a time; write for example 30m, 1h, 1d",
    );
    refused(&json!({"every": "0m"}), "a rule may act every 1 to 43200 minutes");
    refused(&json!({"if_match": "most"}), "match: write all, any or none for when and if");
    refused(&json!({"unless": "x"}), "unless is not a field of a rule");
    refused(&json!({"if": [1]}), "if: must be a list of text");
    refused(
        &json!({"if": vec!["latest release"; 51]}),
        "a rule has at most 50 conditions, filters and actions each",
    );
    refused(
        &json!({"if": format!("tag a equals {}", "x".repeat(2_000))}),
        "the value of a filter has 1 to 1024 characters",
    );
    let no_action = IssueRule::from_plain(&json!({"name": "a"})).unwrap_err();
    assert_eq!(no_action.to_string(), "a rule must do something: add an action");
}

/// As Sentry's UI and Terraform post it.
fn sentry() -> Value {
    json!({
        "name": "Payments", "environment": "production", "actionMatch": "any", "filterMatch": "all",
        "frequency": 30,
        "conditions": [
            {"id": "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition"},
            {"id": "sentry.rules.conditions.regression_event.RegressionEventCondition"},
            {"id": "sentry.rules.conditions.reappeared_event.ReappearedEventCondition"},
            {"id": "sentry.rules.conditions.event_frequency.EventFrequencyCondition",
                "value": 100, "interval": "1h", "comparisonType": "count"},
            {"id": "sentry.rules.conditions.event_frequency.EventUniqueUserFrequencyCondition",
                "value": 50, "interval": "15m", "comparisonType": "percent", "comparisonInterval": "1d"},
            {"id": "sentry.rules.conditions.event_frequency.EventFrequencyPercentCondition",
                "value": 2.5, "interval": "1h", "comparisonType": "count"},
        ],
        "filters": [
            {"id": "sentry.rules.filters.age_comparison.AgeComparisonFilter",
                "comparison_type": "newer", "value": 2, "time": "hour"},
            {"id": "sentry.rules.filters.issue_occurrences.IssueOccurrencesFilter", "value": 1},
            {"id": "sentry.rules.filters.assigned_to.AssignedToFilter",
                "targetType": "Team", "targetIdentifier": "7"},
            {"id": "sentry.rules.filters.latest_release.LatestReleaseFilter"},
            {"id": "sentry.rules.filters.issue_category.IssueCategoryFilter", "value": "1"},
            {"id": "sentry.rules.filters.level.LevelFilter", "match": "gte", "level": "40"},
            {"id": "sentry.rules.filters.event_attribute.EventAttributeFilter",
                "attribute": "exception.type", "match": "eq", "value": "PaymentError"},
            {"id": "sentry.rules.filters.tagged_event.TaggedEventFilter",
                "key": "market", "match": "nc", "value": "test"},
        ],
        "actions": [
            {"id": "sentry.mail.actions.NotifyEmailAction", "targetType": "IssueOwners",
                "targetIdentifier": null, "fallthroughType": "ActiveMembers"},
            {"id": "sentry.integrations.slack.notify_action.SlackNotifyServiceAction",
                "workspace": "1", "channel": "#alerts", "channel_id": "C1", "tags": "market", "notes": "look"},
            {"id": "sentry.rules.actions.notify_event_service.NotifyEventServiceAction", "service": "hook"},
        ],
    })
}

#[test]
fn sentrys_form_comes_back_as_it_went() {
    let rule = IssueRule::from_sentry(&sentry()).unwrap();
    assert_eq!(rule.to_sentry(), sentry());
    // Numbers as text, as the UI sends them.
    let mut sent = sentry();
    sent["conditions"][3]["value"] = "100".into();
    sent["filters"][0]["value"] = "2".into();
    sent["frequency"] = "30".into();
    assert_eq!(IssueRule::from_sentry(&sent), Ok(rule.clone()));
    // Both forms say the same.
    let written = rule.to_plain();
    let read = IssueRule::from_plain(&written).unwrap();
    assert_eq!((read.when, read.filters), (rule.when, rule.filters));
}

#[test]
fn what_sentrys_form_may_not_say_is_named() {
    let with = |path: &str, value: Value| {
        let mut sent = sentry();
        *sent.pointer_mut(path).unwrap() = value;
        IssueRule::from_sentry(&sent).unwrap_err().to_string()
    };
    assert_eq!(
        with("/conditions/0/id", "sentry.rules.conditions.Unheard".into()),
        "\"sentry.rules.conditions.Unheard\" is not a condition, filter or action that is known"
    );
    assert_eq!(
        with("/conditions/3/interval", "3h".into()),
        "interval: is not an interval that is known"
    );
    assert_eq!(with("/conditions/3/value", "many".into()), "value: must be a number");
    assert_eq!(with("/filters/0/value", json!(u64::MAX)), "value: is too large");
    assert_eq!(with("/filters/0/time", "aeon".into()), "time: must be minute, hour, day or week");
    assert_eq!(with("/filters/5/level", "41".into()), "level: is not a level");
    assert_eq!(
        with("/filters/6/attribute", "mood".into()),
        "attribute: is not an attribute that is known"
    );
    assert_eq!(with("/filters/7/match", "like".into()), "match: is not a match that is known");
    assert_eq!(with("/actions/1/workspace", "".into()), "slack needs workspace");
    assert_eq!(with("/actions", json!([])), "a rule must do something: add an action");
    assert_eq!(with("/actionMatch", "some".into()), "actionMatch: must be all, any or none");
    assert_eq!(with("/frequency", json!(50_000)), "a rule may act every 1 to 43200 minutes");
    assert_eq!(with("/name", "".into()), "a rule's name must have 1 to 256 characters");
}

fn any_phrases() -> impl Strategy<Value = Value> {
    let when = prop::sample::subsequence(
        vec![
            "new issue",
            "regression",
            "escalating",
            "new high priority issue",
            "every event",
            "more than 2.5 events in 5m",
            "3% more users in 1w than 30d ago",
            "more than 1 percent of sessions in 30m",
        ],
        0..4,
    );
    let filters = prop::sample::subsequence(
        vec![
            "level at least error",
            "tag a.b starts with x y",
            "error.handled equals no",
            "http.url is not set",
            "release newer than 90m",
            "issue newer than 15m",
            "assigned to member 3",
            "latest release",
            "category 6",
        ],
        0..5,
    );
    (when, filters, 1_u32..43_200).prop_map(|(when, filters, every)| {
        json!({"name": "x", "when": when, "if": filters, "then": ["mail team 7", "discord server=1 channel_id=2"],
            "every": format!("{every}m")})
    })
}

proptest! {
    #[test]
    fn every_form_reads_what_it_wrote(plain in any_phrases()) {
        let rule = IssueRule::from_plain(&plain).unwrap();
        prop_assert_eq!(&IssueRule::from_plain(&rule.to_plain()).unwrap(), &rule);
        prop_assert_eq!(&IssueRule::from_sentry(&rule.to_sentry()).unwrap(), &rule);
    }

    #[test]
    fn any_phrase_is_read_or_refused(phrase in "\\PC{0,60}", words in "(tag|level|issue|is|not|set|older|than|at|least|more|in|1h|%| ){1,12}") {
        for text in [phrase, words] {
            for field in ["when", "if", "then", "every"] {
                let rule = json!({"name": "x", "then": "plugins", field: text.as_str()});
                if let Ok(rule) = IssueRule::from_plain(&rule) {
                    prop_assert_eq!(IssueRule::from_plain(&rule.to_plain()), Ok(rule));
                }
            }
        }
    }
}

#[test]
fn events_are_looked_at_as_sentry_does() {
    let event = json!({
        "level": "warning", "environment": "production", "type": "error", "platform": "python",
        "tags": [["market", "ES"], ["broken"], null],
        "logentry": {"formatted": "card declined", "message": "card %s"},
        "exception": {"values": [
            {"type": "KeyError", "value": "id", "mechanism": {"handled": true}},
            {"type": "PaymentError", "value": "declined", "mechanism": {"handled": false},
                "thread_id": 7, "stacktrace": {"frames": [
                    {"module": "pay.cards", "filename": "cards.py", "context_line": "charge()"},
                    {"module": "pay.core"}, 5]}},
        ]},
        "threads": {"values": [{"id": 7, "main": true}]},
        "request": {"url": "https://api/payment", "method": "POST"},
        "contexts": {"response": {"status_code": 503}, "app": {"in_foreground": true}},
        "user": {"id": "3", "email": null},
    });
    let view = EventView::new(&event);
    assert_eq!((view.tag("market"), view.tag("broken")), (Some("ES"), None));
    assert_eq!(
        (view.level(), view.environment(), view.release()),
        (Level::Warning, "production", "")
    );
    for (name, expected) in [
        ("message", &["card declined"][..]),
        ("exception.type", &["KeyError", "PaymentError"]),
        ("exception.value", &["id", "declined"]),
        ("error.handled", &["false"]),
        ("error.unhandled", &["true"]),
        ("error.main_thread", &["true"]),
        ("stacktrace.module", &["pay.cards", "pay.core"]),
        ("stacktrace.code", &["charge()"]),
        ("http.status_code", &["503"]),
        ("http.method", &["POST"]),
        ("app.in_foreground", &["true"]),
        ("user.id", &["3"]),
        ("user.email", &[]),
        ("unreal.crash_type", &[]),
        ("weather", &[]),
    ] {
        assert_eq!(view.attribute(name), expected, "{name}");
    }
    for broken in [json!(null), json!([]), json!({"tags": 5, "exception": {"values": {}}})] {
        let view = EventView::new(&broken);
        assert_eq!((view.tag("a"), view.level(), view.message()), (None, Level::Error, None));
    }
    let bare = json!({"exception": {"values": [{"type": "KeyError", "value": "id"}]}});
    assert_eq!(EventView::new(&bare).message().unwrap(), "KeyError: id");
}

#[test]
fn all_templates_are_rules() {
    for template in TEMPLATES {
        let rule = template.rule();
        rule.check().unwrap();
        // A phrase that could not be read would be missing.
        let phrases = (template.when.len(), template.if_any.len());
        assert_eq!((rule.when.len(), rule.filters.len()), phrases, "{}", template.id);
        assert_eq!(IssueRule::from_plain(&rule.to_plain()).as_ref(), Ok(&rule), "{}", template.id);
    }
    let first = IssueRule::of_new_project();
    first.check().unwrap();
    assert!(first.waits_for_changes() && !first.waits_for_events());
}

#[test]
fn people_are_written_as_one_knows_them() {
    let mut rule = IssueRule::from_plain(&json!({
        "name": "a", "if": ["assigned to team payments", "assigned to member 9"], "if_match": "any",
        "then": ["mail to jane@example.com", "mail team payments", "mail team 4", "mail owners"],
    }))
    .unwrap();
    let number = |named: Named<'_>| match named {
        Named::Team("payments") => Ok(7),
        Named::Member("jane@example.com") => Ok(3),
        other => Err(format!("{other:?}")),
    };
    rule.name_people(number).unwrap();
    let plain = rule.to_plain();
    assert_eq!(plain["if"], json!(["assigned to team 7", "assigned to member 9"]));
    assert_eq!(
        plain["then"],
        json!(["mail member 3", "mail team 7", "mail team 4", "mail owners"])
    );
    let mut unknown =
        IssueRule::from_plain(&json!({"name": "a", "then": "mail to who@example.com"})).unwrap();
    let refused = unknown.name_people(number).unwrap_err();
    assert_eq!(refused, "Member(\"who@example.com\")");
}

#[test]
fn errors_say_which_field_they_are_about() {
    let with = |place: &str, value: Value| {
        let mut form = sentry();
        *form.pointer_mut(place).unwrap() = value;
        IssueRule::from_sentry(&form).unwrap_err().field().to_owned()
    };
    for (place, value, field) in [
        ("/name", json!(""), "name"),
        ("/conditions/3/value", json!("many"), "conditions"),
        ("/filters/0/time", json!("aeon"), "filters"),
        ("/actions/1/id", json!("shout"), "actions"),
        ("/actions", json!([]), "actions"),
        ("/frequency", json!("soon"), "frequency"),
        ("/actionMatch", json!("some"), "actionMatch"),
    ] {
        assert_eq!(with(place, value), field, "{place}");
    }
}

#[test]
fn rules_are_shown_as_workflows() {
    let rule = IssueRule::from_sentry(&sentry()).unwrap();
    let workflow = rule.to_workflow(7);
    let types = |path: &str| -> Vec<String> {
        let parts = workflow.pointer(path).and_then(Value::as_array).unwrap();
        parts.iter().map(|part| part["type"].as_str().unwrap().to_owned()).collect()
    };
    let triggers = ["first_seen_event", "regression_event", "reappeared_event"];
    assert_eq!(types("/triggers/conditions"), triggers);
    let filters = types("/actionFilters/0/conditions");
    let counts =
        ["event_frequency_count", "event_unique_user_frequency_percent", "percent_sessions_count"];
    assert_eq!(filters[..3], counts);
    assert_eq!(filters.len(), 3 + rule.filters.len());
    let compared = &workflow["actionFilters"][0]["conditions"][1]["comparison"];
    assert_eq!(*compared, json!({"value": 50.0, "interval": "15min", "comparisonInterval": "1d"}));
    assert_eq!(types("/actionFilters/0/actions").len(), rule.actions.len());
    let mut ids: Vec<&str> = ["/triggers/conditions", "/actionFilters/0/conditions"]
        .iter()
        .flat_map(|path| workflow.pointer(path).and_then(Value::as_array).unwrap())
        .filter_map(|part| part["id"].as_str())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "each has an id of its own");
}
