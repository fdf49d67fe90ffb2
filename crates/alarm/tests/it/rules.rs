//! Rules, and what they report.

use std::collections::BTreeMap;

use alarm::{
    AlarmError, IssueStep, IssueTurn, NewRule, Report, RuleChange, RuleKind, RuleQuery, Snooze,
};
use alert::{Alert, Role, RuleId, Severity};
use model::clock::Micros;
use model::id::{IssueId, OrganizationId, ProjectId, UserId};
use serde_json::json;

use crate::fixture::Fixture;

const OURS: OrganizationId = OrganizationId(1);

fn new(name: &str, project: u64) -> NewRule {
    NewRule {
        organization: OURS,
        project: Some(ProjectId(project)),
        kind: RuleKind::Issue,
        says: RuleChange {
            name: name.to_owned(),
            definition: json!({ "when": "new" }),
            is_enabled: true,
            owner: None,
            is_symptom: false,
            causes: vec![3, 4],
        },
        origin: String::new(),
        created_by: None,
    }
}

fn report(rule: u64) -> Report {
    let labels = BTreeMap::from([("rule".to_owned(), rule.to_string())]);
    Report {
        organization: OURS,
        alert: Alert {
            labels,
            rule: RuleId(rule),
            role: Role::Other,
            severity: Severity::default(),
            is_firing: true,
            at: Micros(5),
            lapses_at: None,
            annotations: BTreeMap::new(),
        },
        about: json!({ "issue": 9 }),
    }
}

#[test]
fn rules_are_found_by_whose_they_are_and_stay() {
    let fixture = Fixture::new();
    let first = fixture.alarms.create_rule(&new("payment", 7), Micros(1)).unwrap();
    let other = fixture.alarms.create_rule(&new("login", 8), Micros(2)).unwrap();
    let mut changed = first.clone();
    changed.says.name = "payments".to_owned();
    changed.says.is_enabled = false;
    changed.changed = Micros(3);
    fixture.alarms.change_rule(first.id, &changed.says, Micros(3)).unwrap();
    let fixture = fixture.opened_again();
    assert_eq!(fixture.alarms.rule(OURS, first.id).unwrap(), changed);
    let all = fixture.alarms.rules(&RuleQuery::default()).unwrap();
    assert_eq!(all, [changed, other.clone()]);
    let enabled = RuleQuery { enabled_only: true, ..RuleQuery::default() };
    assert_eq!(fixture.alarms.rules(&enabled).unwrap(), [other]);
    let theirs = fixture.alarms.rule(OrganizationId(2), first.id);
    assert!(matches!(theirs, Err(AlarmError::Missing("rule"))), "somebody else's");
}

#[test]
fn firing_is_one_step_with_what_it_reports() {
    let fixture = Fixture::new();
    let rule = fixture.alarms.create_rule(&new("payment", 7), Micros(1)).unwrap();
    let fired =
        |rule: u64| IssueStep::Fired { rule, issue: IssueId(9), report: Box::new(report(rule)) };
    // One that is deleted in between fires no more, and is in nobody's way.
    let steps = vec![fired(rule.id), fired(rule.id + 1)];
    let turn = IssueTurn { steps, transitions: Some(40), arrivals: Some(Micros(4)) };
    fixture.alarms.fire(&turn).unwrap();
    let fixture = fixture.opened_again();
    assert_eq!(fixture.alarms.fired(rule.id, &[IssueId(8), IssueId(9)]).unwrap(), Some(Micros(5)));
    assert_eq!(fixture.alarms.transitions_place().unwrap(), Some(40));
    assert_eq!(fixture.alarms.arrivals_place().unwrap(), Some(Micros(4)));
    let waiting = fixture.alarms.reported(10).unwrap();
    let reports: Vec<_> = waiting.into_iter().map(|reported| reported.report).collect();
    assert_eq!(reports, [report(rule.id)]);
    fixture.alarms.delete_rule(rule.id).unwrap();
    assert_eq!(fixture.alarms.fired(rule.id, &[IssueId(9)]).unwrap(), None);
}

#[test]
fn what_fires_for_an_issue_ends_with_the_labels_it_began_with() {
    let fixture = Fixture::new();
    let rule = fixture.alarms.create_rule(&new("payment", 7), Micros(1)).unwrap();
    let mut began = report(rule.id);
    began.alert.lapses_at = Some(Micros(100));
    let fired = |issue| IssueStep::Fired {
        rule: rule.id,
        issue: IssueId(issue),
        report: Box::new(began.clone()),
    };
    let over = |issue, at| IssueStep::Over { issue: IssueId(issue), at: Micros(at) };
    let steps = vec![fired(1), fired(2), over(1, 50), over(1, 60), over(2, 200), over(3, 50)];
    fixture.alarms.fire(&IssueTurn { steps, ..IssueTurn::default() }).unwrap();
    let ended = |at| {
        let over =
            Alert { is_firing: false, at: Micros(at), lapses_at: None, ..began.alert.clone() };
        Report { alert: over, ..began.clone() }
    };
    let waiting = fixture.alarms.reported(10).unwrap();
    let reports: Vec<_> = waiting.into_iter().map(|reported| reported.report).collect();
    let both = [began.clone(), began.clone(), ended(50), ended(200)];
    assert_eq!(reports, both, "once, and also what lapsed before");
    fixture.alarms.forget_fired(Micros(5)).unwrap();
    assert_eq!(fixture.alarms.fired(rule.id, &[IssueId(1)]).unwrap(), Some(Micros(5)));
    fixture.alarms.forget_fired(Micros(6)).unwrap();
    assert_eq!(fixture.alarms.fired(rule.id, &[IssueId(1)]).unwrap(), None);
    let of = |step| IssueTurn { steps: vec![step], ..IssueTurn::default() };
    fixture.alarms.fire(&of(fired(4))).unwrap();
    fixture.alarms.forget_fired(Micros(101)).unwrap();
    fixture.alarms.fire(&of(over(4, 300))).unwrap();
    assert_eq!(fixture.alarms.reported(10).unwrap().len(), 5, "it lapsed too long ago");
}

#[test]
fn a_file_s_rules_are_those_of_the_file() {
    let fixture = Fixture::new();
    let by_hand = fixture.alarms.create_rule(&new("payment", 7), Micros(1)).unwrap();
    let of_file = |name: &str| NewRule { origin: "acme.toml".to_owned(), ..new(name, 7) };
    let apply = |wanted: &[NewRule]| {
        let changes =
            fixture.alarms.provision_rules("acme.toml", RuleKind::Issue, wanted, Micros(2));
        changes.map_err(|problem| problem.to_string())
    };
    let wanted = [of_file("payment"), of_file("login")];
    assert_eq!(apply(&wanted).unwrap(), ["rule payment: created", "rule login: created"]);
    let version = fixture.alarms.rules_version().unwrap();
    assert_eq!(apply(&wanted).unwrap(), [""; 0]);
    assert_eq!(fixture.alarms.rules_version().unwrap(), version);
    let mut other = of_file("login");
    other.says.definition = json!({ "when": "regressed" });
    let twice = [other.clone(), other.clone()];
    assert_eq!(apply(&twice).unwrap_err(), "there is a rule of that name already");
    assert_eq!(apply(&[other]).unwrap(), ["rule login: changed", "rule payment: deleted"]);
    assert!(fixture.alarms.rules_version().unwrap() > version);
    assert_eq!(apply(&[]).unwrap(), ["rule login: deleted"]);
    assert_eq!(fixture.alarms.rules(&RuleQuery::default()).unwrap(), [by_hand]);
}

#[test]
fn a_project_gets_its_first_rule_once() {
    let fixture = Fixture::new();
    let begin = |project, rule: Option<NewRule>| {
        let projects = [(ProjectId(project), rule)];
        fixture.alarms.begin_projects(&projects, Micros(1)).unwrap() == 1
    };
    assert!(begin(7, Some(new("first", 7))));
    assert!(!begin(7, Some(new("first", 7))), "also when people deleted it");
    assert!(begin(8, None));
    assert!(!begin(8, Some(new("first", 8))));
    let found = fixture.alarms.projects_with_rules(RuleKind::Issue).unwrap();
    assert_eq!(found, [(OURS, ProjectId(7))]);
    fixture.alarms.forget_project(ProjectId(7)).unwrap();
    assert_eq!(fixture.alarms.projects_with_rules(RuleKind::Issue).unwrap(), []);
    assert!(begin(7, None), "the number may be given to another");
}

#[test]
fn a_rule_is_quiet_until_it_is_woken() {
    let fixture = Fixture::new();
    let rule = fixture.alarms.create_rule(&new("payment", 7), Micros(1)).unwrap().id;
    let snooze = Snooze { until: Some(Micros(9)), by: Some(UserId(3)), created: Micros(2) };
    fixture.alarms.snooze_rule(rule, &snooze).unwrap();
    let found = fixture.alarms.snoozes(OURS).unwrap();
    assert_eq!(found.get(&rule), Some(&snooze));
    assert!(snooze.holds(Micros(8)) && !snooze.holds(Micros(9)));
    assert!(Snooze { until: None, ..snooze }.holds(Micros(u64::MAX)));
    assert_eq!(fixture.alarms.snoozes(OrganizationId(2)).unwrap().len(), 0, "of others");
    fixture.alarms.wake_rule(rule).unwrap();
    assert!(matches!(fixture.alarms.wake_rule(rule), Err(AlarmError::Missing("snooze"))));
    assert!(matches!(
        fixture.alarms.snooze_rule(rule + 1, &snooze),
        Err(AlarmError::Missing("rule"))
    ));
}
