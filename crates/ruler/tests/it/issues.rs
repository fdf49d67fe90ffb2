//! Rules about issues.

use meta::{IssueAction, IssueChange, Resolving};
use model::clock::Clock as _;
use serde_json::{Value, json};

use crate::fixture::{Fixture, HOUR, MINUTE, SECOND};

const NONE: [&str; 0] = [];

fn plain(name: &str, when: &Value, filters: &Value) -> Value {
    json!({"name": name, "when": when, "if": filters, "then": "mail owners", "every": "30m"})
}

fn resolve(fixture: &Fixture, issue: model::id::IssueId) {
    let action = IssueAction::Resolve(Resolving::Now);
    let change = IssueChange { issues: vec![issue], actor: None, actions: vec![action] };
    fixture.parts.meta.change_issues(&change).unwrap();
}

/// The guide's example.
#[test]
fn a_new_payment_error_is_reported_at_once_and_as_what_it_is() {
    let mut fixture = Fixture::new();
    let rule = fixture.rule(
        &json!({"name": "Payments", "when": "new issue", "if": "error.type equals PaymentError",
            "then": "mail to jane@example.com"}),
    );
    fixture.turn();
    fixture.send(1, &json!({"release": "api@1.0", "tags": [["service", "cashier"]]}));
    fixture.send(2, &json!({"exception": {"values": [{"type": "KeyError"}]}}));
    fixture.wait(50_000);
    fixture.turn_now().unwrap();
    assert_eq!(fixture.reported(), ["+Payments API-1"]);
    let report = fixture.reports().remove(0);
    let labels: Vec<_> =
        report.alert.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        labels,
        [
            "alertname=Payments",
            "environment=production",
            "issue=API-1",
            "project=api",
            &format!("rule_id={}", rule.id),
            "service=cashier",
            "severity=warning",
        ]
    );
    assert_eq!(report.alert.at, fixture.clock.now());
    let lapses = report.alert.lapses_at.unwrap().0 - report.alert.at.0;
    assert_eq!(lapses, 30 * MINUTE - 30 * SECOND);
    report.alert.check().unwrap();
    let told = |name: &str| report.about[name].clone();
    assert_eq!(told("kind"), "issue");
    assert_eq!(told("happened"), "new");
    assert_eq!(told("title"), "PaymentError: declined");
    assert_eq!(told("release"), "api@1.0");
    assert_eq!(told("url"), "http://localhost:9000/acme/issues/API-1");
    assert_eq!(told("tags"), json!({"service": "cashier"}));
    assert_eq!(
        fixture.parts.alarms.rule(fixture.organization, rule.id).unwrap().triggered,
        Some(report.alert.at)
    );
}

#[test]
fn each_condition_has_its_moment() {
    let mut fixture = Fixture::new();
    for (name, when) in [
        ("new", "new issue"),
        ("back", "regression"),
        ("high", "new high priority issue"),
        ("every", "every event"),
        ("often", "more than 2 events in 1h"),
        ("users", "more than 1 users in 1h"),
    ] {
        fixture.rule(&plain(name, &json!(when), &json!([])));
    }
    fixture.turn();
    let warning = json!({"level": "warning", "user": {"id": "1"}});
    let issue = fixture.send(1, &warning);
    fixture.turn();
    assert_eq!(fixture.reported(), ["+new API-1", "+every API-1"]);
    fixture.send(1, &warning);
    fixture.wait(10 * SECOND);
    fixture.turn();
    assert_eq!(fixture.reported().len(), 2, "two events, one user");
    fixture.send(1, &json!({"level": "warning", "user": {"id": "2"}}));
    fixture.wait(10 * SECOND);
    fixture.turn();
    assert_eq!(fixture.reported()[2..], ["+often API-1", "+users API-1"]);
    fixture.wait(HOUR);
    resolve(&fixture, issue);
    fixture.turn();
    fixture.send(1, &warning);
    fixture.turn();
    let seen = fixture.reported().split_off(4);
    let ends = ["-new API-1", "-every API-1", "-often API-1", "-users API-1"];
    assert_eq!(seen[..4], ends, "also of what lapsed within the hour");
    assert_eq!(seen[4..], ["+back API-1", "+every API-1"]);
    fixture.send(2, &json!({}));
    fixture.turn();
    assert_eq!(fixture.reported().split_off(10), ["+new API-2", "+high API-2", "+every API-2"]);
}

#[test]
fn about_one_issue_a_rule_fires_once_in_its_time_also_after_restarts() {
    let mut fixture = Fixture::new();
    fixture.rule(&plain("every", &json!("every event"), &json!([])));
    for step in 0..61 {
        fixture.send(1, &json!({}));
        fixture.turn();
        if step % 7 == 0 {
            fixture = fixture.restarted();
            fixture.turn();
        }
        fixture.wait(58 * SECOND);
    }
    assert_eq!(fixture.reported().len(), 2, "in nearly an hour, every half hour");
    fixture.send(2, &json!({}));
    fixture.turn();
    assert_eq!(fixture.reported()[2], "+every API-2", "another issue is another matter");
}

#[test]
fn an_event_that_is_not_stored_yet_is_waited_for() {
    let mut fixture = Fixture::new();
    fixture.rule(&plain("es", &json!("new issue"), &json!("tag market equals ES")));
    let (_, _, row) = fixture.place(1, &json!({}));
    let rest = {
        fixture.wait(SECOND);
        fixture.turn_now().unwrap()
    };
    assert!(rest.as_millis() <= 20, "{rest:?}");
    assert_eq!(fixture.reported(), NONE);
    fixture.double.store(row);
    fixture.turn();
    assert_eq!(fixture.reported(), ["+es API-1"]);
    // One that never comes holds nobody up for long; what needs no event fires all the same.
    fixture.rule(&plain("new", &json!("new issue"), &json!([])));
    fixture.place(2, &json!({}));
    fixture.turn();
    fixture.wait(10 * SECOND);
    fixture.turn();
    assert_eq!(fixture.reported()[1..], ["+new API-2"]);
}

/// Ends the process after each of the steps in which a transition is worked up.
#[test]
fn each_change_fires_exactly_once_wherever_the_process_ends() {
    // Before the turn.
    let mut fixture = Fixture::new();
    fixture.rule(&plain("new", &json!("new issue"), &json!([])));
    fixture.send(1, &json!({}));
    fixture = fixture.restarted();
    fixture.turn();
    assert_eq!(fixture.reported(), ["+new API-1"]);
    // After it fired, before `meta` knew that it was read: as if somebody else had read in between.
    fixture.send(2, &json!({}));
    let unread = fixture.parts.meta.unread_transitions("alerts", 10).unwrap();
    assert_eq!(unread.transitions.len(), 1);
    let place = unread.transitions[0].id;
    let turn = alarm::IssueTurn { transitions: Some(place), ..alarm::IssueTurn::default() };
    fixture.parts.alarms.fire(&turn).unwrap();
    fixture = fixture.restarted();
    fixture.turn();
    assert_eq!(fixture.reported(), ["+new API-1"], "it was worked up already");
    // After all of it.
    fixture = fixture.restarted();
    fixture.turn();
    fixture.send(3, &json!({}));
    fixture.turn();
    assert_eq!(fixture.reported(), ["+new API-1", "+new API-3"]);
}

#[test]
fn what_arrived_while_nobody_looked_is_caught_up_with() {
    let mut fixture = Fixture::new();
    fixture.rule(&plain("es", &json!("every event"), &json!("tag market equals ES")));
    fixture.send(1, &json!({"tags": [["market", "PT"]]}));
    fixture.turn();
    assert_eq!(fixture.reported(), NONE);
    fixture.wait(10 * SECOND);
    fixture.turn();
    // Stored, but the process ends before a turn; the one that began it all is not the newest.
    fixture.send(1, &json!({}));
    fixture.send(1, &json!({"tags": [["market", "PT"]]}));
    fixture = fixture.restarted();
    fixture.turn();
    assert_eq!(fixture.reported(), ["+es API-1"]);
}

#[test]
fn an_issue_is_new_once_in_each_environment() {
    let mut fixture = Fixture::new();
    let mut rule = plain("production", &json!("new issue"), &json!([]));
    rule["environment"] = "production".into();
    rule["every"] = "1m".into();
    fixture.rule(&rule);
    fixture.send(1, &json!({"environment": "staging"}));
    fixture.turn();
    assert_eq!(fixture.reported(), NONE);
    fixture.wait(HOUR);
    fixture.send(1, &json!({}));
    fixture.turn();
    assert_eq!(fixture.reported(), ["+production API-1"]);
    for _ in 0..3 {
        fixture.wait(HOUR);
        fixture.send(1, &json!({}));
        fixture = fixture.restarted();
        fixture.turn();
    }
    assert_eq!(fixture.reported().len(), 1);
}

#[test]
fn counts_are_those_of_the_environment_and_of_merged_issues() {
    let mut fixture = Fixture::new();
    let mut rule = plain("often", &json!("more than 2 events in 5m"), &json!([]));
    rule["environment"] = "production".into();
    fixture.rule(&rule);
    let first = fixture.send(1, &json!({}));
    fixture.send(1, &json!({"environment": "staging"}));
    fixture.send(1, &json!({"environment": "staging"}));
    fixture.send(1, &json!({}));
    fixture.turn();
    assert_eq!(fixture.reported(), NONE, "two of four");
    let second = fixture.send(2, &json!({}));
    fixture.parts.meta.merge_issues(&[first, second], None).unwrap();
    fixture.wait(10 * SECOND);
    fixture.turn();
    assert_eq!(fixture.reported(), ["+often API-1"]);
}

#[test]
fn a_rise_is_measured_against_the_time_before() {
    let mut fixture = Fixture::new();
    fixture.rule(&plain("rise", &json!("100% more events in 1h than 1h ago"), &json!([])));
    for _ in 0..2 {
        fixture.send(1, &json!({}));
    }
    fixture.turn();
    assert_eq!(fixture.reported(), NONE, "from nothing there is no percentage");
    fixture.wait(HOUR);
    for _ in 0..4 {
        fixture.send(1, &json!({}));
    }
    fixture.turn();
    assert_eq!(fixture.reported(), NONE, "twice as many are 100 % more, not more than that");
    fixture.send(1, &json!({}));
    fixture.wait(10 * SECOND);
    fixture.turn();
    assert_eq!(fixture.reported(), ["+rise API-1"]);
}

#[test]
fn a_share_of_sessions_needs_sessions() {
    let mut fixture = Fixture::new();
    fixture.rule(&plain("share", &json!("more than 5 percent of sessions in 1h"), &json!([])));
    for _ in 0..6 {
        fixture.send(1, &json!({}));
    }
    *fixture.double.sessions.lock().unwrap() = 49;
    fixture.turn();
    assert_eq!(fixture.reported(), NONE, "too few to say anything");
    *fixture.double.sessions.lock().unwrap() = 100;
    fixture.send(1, &json!({}));
    fixture.wait(10 * SECOND);
    fixture.turn();
    assert_eq!(fixture.reported(), ["+share API-1"]);
}

#[test]
fn a_question_that_fails_loses_nothing_that_was_decided_before() {
    let mut fixture = Fixture::new();
    fixture.rule(&plain("new", &json!("new issue"), &json!([])));
    let mut loud = plain(
        "loud",
        &json!(["new issue", "more than 0 events in 1h"]),
        &json!("level equals fatal"),
    );
    loud["when_match"] = json!("all");
    fixture.rule(&loud);
    fixture.send(1, &json!({}));
    fixture.send(2, &json!({"level": "fatal"}));
    *fixture.double.is_busy_for.lock().unwrap() = 1;
    fixture.wait(SECOND);
    assert!(fixture.turn_now().is_err());
    assert_eq!(fixture.reported(), ["+new API-1"]);
    fixture.turn();
    let mut reported = fixture.reported();
    reported.sort();
    assert_eq!(reported, ["+loud API-2", "+new API-1", "+new API-2"]);
}

#[test]
fn a_question_that_always_fails_does_not_stop_other_rules() {
    let mut fixture = Fixture::new();
    let mut loud = plain("loud", &json!(["new issue", "more than 0 events in 1h"]), &json!([]));
    loud["when_match"] = json!("all");
    fixture.rule(&loud);
    fixture.rule(&plain("new", &json!("new issue"), &json!([])));
    *fixture.double.is_busy_for.lock().unwrap() = u32::MAX;
    fixture.send(1, &json!({}));
    fixture.send(2, &json!({}));
    for _ in 0..30 {
        fixture.wait(SECOND);
        // It fails until it is given up.
        drop(fixture.turn_now());
    }
    assert_eq!(fixture.reported(), ["+new API-1", "+new API-2"]);
}

#[test]
fn an_issue_that_is_resolved_before_anybody_looks_is_over_after_it_fired() {
    let mut fixture = Fixture::new();
    fixture.rule(&plain("new", &json!("new issue"), &json!([])));
    let issue = fixture.send(1, &json!({}));
    fixture.wait(3 * SECOND);
    resolve(&fixture, issue);
    fixture.wait(6 * SECOND);
    fixture.turn();
    assert_eq!(fixture.reported(), ["+new API-1", "-new API-1"]);
    let [began, ended] = &*fixture.reports() else { unreachable!("there are two") };
    assert!(began.alert.at <= ended.alert.at);
}

#[test]
fn what_fired_lapses_well_before_it_may_fire_again_and_is_not_kept_for_days() {
    for (every, lapses) in [("5m", 5 * MINUTE - 30 * SECOND), ("7d", 30 * MINUTE - 30 * SECOND)] {
        let mut fixture = Fixture::new();
        let mut rule = plain("new", &json!("new issue"), &json!([]));
        rule["every"] = json!(every);
        fixture.rule(&rule);
        fixture.send(1, &json!({}));
        fixture.turn();
        let alert = &fixture.reports()[0].alert;
        assert_eq!(alert.lapses_at.unwrap().0 - alert.at.0, lapses, "{every}");
    }
}

#[test]
fn the_end_of_an_issue_ends_what_fires_for_it() {
    let mut fixture = Fixture::new();
    fixture.rule(&plain("new", &json!("new issue"), &json!([])));
    let first = fixture.send(1, &json!({}));
    let second = fixture.send(2, &json!({}));
    fixture.turn();
    resolve(&fixture, first);
    fixture.turn();
    assert_eq!(fixture.reported(), ["+new API-1", "+new API-2", "-new API-1"]);
    let [began, _, ended] = &*fixture.reports() else { unreachable!("there are three") };
    assert_eq!(began.alert.labels, ended.alert.labels);
    fixture.wait(HOUR);
    resolve(&fixture, second);
    fixture.turn();
    assert_eq!(fixture.reported()[3..], ["-new API-2"], "also when it lapsed before");
}

#[test]
fn rules_that_are_changed_quiet_or_gone_do_what_they_say_from_then_on() {
    let mut fixture = Fixture::new();
    let rule = fixture.rule(&plain("new", &json!("new issue"), &json!([])));
    let alarms = fixture.parts.alarms.clone();
    fixture.send(1, &json!({}));
    fixture.turn();
    assert_eq!(fixture.reported(), ["+new API-1"]);
    let until = model::clock::Micros(fixture.clock.now().0 + HOUR);
    let created = fixture.clock.now();
    let snooze = alarm::Snooze { until: Some(until), by: None, created };
    alarms.snooze_rule(rule.id, &snooze).unwrap();
    fixture.send(2, &json!({}));
    fixture.turn();
    assert_eq!(fixture.reported().len(), 1, "quiet");
    fixture.wait(HOUR);
    fixture.send(3, &json!({}));
    fixture.turn();
    assert_eq!(fixture.reported()[1..], ["+new API-3"], "not any more");
    let mut says = rule.says.clone();
    says.is_enabled = false;
    alarms.change_rule(rule.id, &says, fixture.clock.now()).unwrap();
    fixture.send(4, &json!({}));
    fixture.turn();
    assert_eq!(fixture.reported().len(), 2, "switched off");
    says.is_enabled = true;
    alarms.change_rule(rule.id, &says, fixture.clock.now()).unwrap();
    fixture.send(5, &json!({}));
    alarms.delete_rule(rule.id).unwrap();
    fixture.turn();
    assert_eq!(fixture.reported().len(), 2, "deleted");
}

#[test]
fn the_rules_of_a_project_that_is_gone_go_too() {
    let mut fixture = Fixture::new();
    fixture.rule(&plain("new", &json!("new issue"), &json!([])));
    fixture.send(1, &json!({}));
    fixture.parts.meta.delete_project(fixture.project).unwrap();
    fixture.turn();
    assert_eq!((fixture.reported(), fixture.rules()), (Vec::new(), Vec::new()));
    // Also without any event.
    let mut fixture = Fixture::new();
    fixture.rule(&plain("new", &json!("new issue"), &json!([])));
    fixture.parts.meta.delete_project(fixture.project).unwrap();
    fixture.wait(2 * HOUR);
    fixture.turn();
    assert_eq!(fixture.rules(), []);
}

#[test]
fn a_new_project_hears_of_issues_of_high_priority() {
    let mut fixture = Fixture::new();
    let new = meta::NewProject { slug: "web".into(), name: "Web".into(), ..Default::default() };
    fixture.project = fixture.parts.meta.create_project(fixture.organization, &new).unwrap().id;
    fixture.send(1, &json!({"level": "info"}));
    fixture.send(2, &json!({}));
    fixture.turn();
    assert_eq!(fixture.reported(), ["+Send a notification for high priority issues WEB-2"]);
    let rule = fixture.rules().remove(0);
    fixture.parts.alarms.delete_rule(rule.id).unwrap();
    fixture = fixture.restarted();
    fixture.send(3, &json!({}));
    fixture.turn();
    assert_eq!(fixture.rules(), [], "people do not want it");
}

#[test]
fn issues_that_are_hopeless_are_not_counted_in_the_store() {
    let mut fixture = Fixture::new();
    fixture.rule(&plain("often", &json!("more than 100 events in 1h"), &json!([])));
    for hash in 0..50 {
        fixture.send(hash, &json!({}));
    }
    fixture.turn();
    assert_eq!(*fixture.double.asked.lock().unwrap(), 0);
    assert_eq!(fixture.reported(), NONE);
}

#[test]
fn a_rehearsal_fires_as_the_rule_would_have() {
    let mut fixture = Fixture::new();
    let since = fixture.clock.now();
    for minute in 0..90 {
        fixture.send(1, &json!({"user": {"id": (minute / 10).to_string()}}));
        if minute % 30 == 0 {
            fixture.send(2, &json!({"tags": [["market", "PT"]]}));
        }
        fixture.wait(MINUTE);
    }
    let rehearse = |when: &str, filters: Value| {
        let rule = plain("rehearsed", &json!(when), &filters);
        let rule = alert::IssueRule::from_plain(&rule).unwrap();
        let (firings, notes) = fixture.rehearse(&rule, since);
        let shown: Vec<String> = firings
            .iter()
            .map(|fired| {
                let minutes = (fired.at.0 - since.0) / MINUTE;
                format!("{} {} {minutes}", fired.reason, fired.issue)
            })
            .collect();
        (shown, notes.len())
    };
    let new = ["new 1 0".to_owned(), "new 2 0".to_owned()];
    assert_eq!(rehearse("new issue", json!([])), (new.to_vec(), 0), "exactly so");
    let (fired, notes) = rehearse("new issue", json!("tag market equals PT"));
    assert_eq!((fired, notes), (new[1..].to_vec(), 1));
    let (fired, notes) = rehearse("more than 20 events in 30m", json!([]));
    let of_first: Vec<_> = fired.iter().filter(|line| line.starts_with("seen 1")).collect();
    assert_eq!((fired.len(), of_first.len(), notes), (3, 3, 1), "{fired:?}");
    let (fired, _) = rehearse("more than 2 users in 30m", json!([]));
    assert!((2..=3).contains(&fired.len()), "{fired:?}");
    let (fired, _) = rehearse("more than 90 events in 1h", json!([]));
    assert_eq!(fired, NONE);
    let (fired, notes) = rehearse("300% more events in 1h than 1d ago", json!([]));
    assert_eq!((fired.len(), notes), (0, 2), "it is said that this is left out");
}

#[test]
fn a_rule_that_waits_to_count_again_holds_up_no_other() {
    let mut fixture = Fixture::new();
    fixture.rule(&plain("often", &json!("100% more events in 1h than 1h ago"), &json!([])));
    fixture.rule(&plain("es", &json!("every event"), &json!("tag market equals ES")));
    let pt = json!({"tags": [["market", "PT"]]});
    fixture.send(1, &pt);
    fixture.wait(HOUR);
    fixture.turn();
    fixture.send(1, &pt);
    fixture.turn();
    for _ in 0..3 {
        fixture.send(1, &json!({}));
    }
    fixture.turn();
    assert_eq!(fixture.reported(), ["+es API-1"], "the other has just counted");
    fixture.wait(10 * SECOND);
    fixture.turn();
    assert_eq!(fixture.reported()[1..], ["+often API-1"], "also without another event");
}

/// Source: Sentry's `IssueCategoryFilter`: an issue has the number of its category, and findings in traces
/// also the one that all of them had before there were kinds.
#[test]
fn issues_have_the_categories_that_sentry_gives_them() {
    let finding = |kind: &str| json!({"type": "generic", "contexts": {"performance_issue": {"issue_type": kind}}});
    let cases: [(Value, &[&str]); 12] = [
        (json!({"type": "error"}), &["1"]),
        (json!({"type": "default"}), &["1"]),
        (json!({"type": "csp"}), &["1"]),
        (json!({"type": "feedback"}), &["6"]),
        (json!({"type": "outage"}), &["10"]),
        (finding("performance_n_plus_one_db_queries"), &["2", "12"]),
        (finding("performance_slow_db_query"), &["2", "12"]),
        (finding("performance_n_plus_one_api_calls"), &["2", "13"]),
        (finding("performance_large_http_payload"), &["2", "13"]),
        (finding("performance_uncompressed_assets"), &["2", "14"]),
        (finding("profile_regex_main_thread"), &["2", "15"]),
        (finding("of_a_newer_server"), &["2"]),
    ];
    let categories = ["1", "2", "6", "10", "11", "12", "13", "14", "15"];
    for (event, expected) in cases {
        let mut fixture = Fixture::new();
        for category in categories {
            let filter = json!([format!("category {category}")]);
            fixture.rule(&plain(category, &json!("new issue"), &filter));
        }
        fixture.turn();
        fixture.send(1, &event);
        fixture.turn();
        let expected: Vec<String> =
            expected.iter().map(|category| format!("+{category} API-1")).collect();
        assert_eq!(fixture.reported(), expected, "{event}");
    }
}
