//! Who was told that something fires is told that it is over, whatever became of its rule.

use alarm::{
    DeliveryQuery, Heard, HistoryQuery, IncidentChange, NewChannel, NewRule, Rule, RuleChange,
    RuleKind, TroubleQuery,
};
use alert::{About, Acknowledgement, Alert, RuleId, Severity};
use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use serde_json::{Value, json};

use crate::world::{HOUR, MINUTE, Mood, SECOND, World, alert, over};

/// One that tells a webhook and all members, of whom there is one.
fn issue_rule(world: &World) -> Rule {
    let jane = world.parts.meta.create_user("jane@example.com", "Jane", None).unwrap();
    world.parts.meta.add_member(world.organization, jane.id, meta::Role::Member).unwrap();
    let plain = json!({"name": "Payments", "when": "new issue", "every": "30m",
        "then": ["service hook", "mail owners"]});
    let rule = alert::IssueRule::from_plain(&plain).unwrap();
    let new = NewRule::of_issues(world.organization, ProjectId(1), &rule);
    world.parts.alarms.create_rule(&new, world.now()).unwrap()
}

fn metric_rule(world: &World, definition: Value) -> Rule {
    let new = NewRule {
        organization: world.organization,
        project: None,
        kind: RuleKind::Metric,
        says: says(definition),
        origin: String::new(),
        created_by: None,
    };
    world.parts.alarms.create_rule(&new, world.now()).unwrap()
}

fn says(definition: Value) -> RuleChange {
    RuleChange {
        name: "Payments".to_owned(),
        definition,
        is_enabled: true,
        owner: None,
        is_symptom: false,
        causes: Vec::new(),
    }
}

fn alert_of(rule: &Rule, more: &[(&str, &str)]) -> Alert {
    let id = rule.id.to_string();
    let labels: Vec<(&str, &str)> =
        [("rule_id", id.as_str())].iter().chain(more).copied().collect();
    Alert { rule: RuleId(rule.id), ..alert(&labels) }
}

/// An issue's, which lapses after half an hour.
fn issue_of(world: &World, rule: &Rule) -> Alert {
    let lapses = Micros(world.now().0 + 30 * MINUTE);
    Alert { lapses_at: Some(lapses), ..alert_of(rule, &[("issue", "API-1")]) }
}

/// What went where, oldest first.
fn told(world: &World) -> Vec<String> {
    let query = DeliveryQuery { page: (0, 1_000), ..DeliveryQuery::default() };
    let mut sent = world.parts.alarms.deliveries(world.organization, &query).unwrap();
    sent.reverse();
    let line = |sent: &alarm::Delivery| {
        let payload = world.parts.alarms.payload(world.organization, sent.notification).unwrap();
        let target = &sent.new.target;
        let place = target.get("name").or(target.get("to")).unwrap();
        let reason = payload["data"]["reason"].as_str().unwrap();
        format!("{reason} {}", place.as_str().unwrap())
    };
    sent.iter().map(line).collect()
}

#[test]
fn an_issue_that_is_resolved_long_after_its_alert_lapsed_is_closed_at_pagers() {
    let mut world = World::new();
    let rule = issue_rule(&world);
    let issue = issue_of(&world, &rule);
    world.report(std::slice::from_ref(&issue));
    world.pass(45 * MINUTE, MINUTE);
    assert_eq!(told(&world), ["firing hook", "firing jane@example.com"], "a lapse is no end");
    world = world.killed();
    world.report(&[over(&issue)]);
    world.pass(MINUTE, SECOND);
    let all = ["firing hook", "firing jane@example.com", "resolved hook"];
    assert_eq!(told(&world), all, "and nobody wants a mail for each old issue");
    let keys: Vec<Value> = {
        let heard = world.peer.heard.lock().unwrap();
        heard.iter().map(|(_, body)| body["pitwatch"]["thread"].clone()).collect()
    };
    assert_eq!(keys[0], keys[1], "in the same conversation");
    world.report(&[over(&issue)]);
    world.pass(MINUTE, SECOND);
    assert_eq!(told(&world).len(), 3, "once");
}

#[test]
fn what_was_never_told_is_not_told_to_be_over() {
    let mut world = World::new();
    let rule = issue_rule(&world);
    let silence = json!({"matchers": ["issue=API-1"], "comment": "known",
        "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2036-01-01T00:00:00Z", "createdBy": "ana"});
    alert::read_silence(1, &silence).unwrap();
    let silence = world.order(alarm::OrderKind::Silence, silence);
    world.parts.alarms.create_order(&silence, world.now()).unwrap();
    let issue = issue_of(&world, &rule);
    world.report(std::slice::from_ref(&issue));
    world.pass(45 * MINUTE, MINUTE);
    world.report(&[over(&issue)]);
    world.pass(MINUTE, SECOND);
    assert_eq!(told(&world), Vec::<String>::new());
}

#[test]
fn a_rule_that_is_deleted_while_it_fires_leaves_no_pager_open() {
    let mut world = World::new();
    let hook = json!([{"type": "webhook", "service": "hook"}]);
    let rule = metric_rule(&world, json!({"actions": hook}));
    world.report(&[alert_of(&rule, &[("country", "DE")]), alert_of(&rule, &[("country", "FR")])]);
    world.pass(MINUTE, SECOND);
    world.parts.alarms.delete_rule(rule.id).unwrap();
    world.pass(2 * MINUTE, MINUTE);
    assert_eq!(told(&world), ["firing hook", "resolved hook"]);
    world.pass(40 * MINUTE, MINUTE);
    assert!(world.parts.alarms.dispatcher(world.organization).unwrap().unwrap().is_idle());
}

#[test]
fn a_rule_that_is_deleted_after_its_alert_lapsed_leaves_no_pager_open() {
    closes_its_pager(&|world, rule| world.parts.alarms.delete_rule(rule.id).unwrap());
}

#[test]
fn rules_of_a_project_that_is_gone_leave_no_pager_open() {
    closes_its_pager(&|world, rule| {
        world.parts.alarms.forget_project(rule.project.unwrap()).unwrap();
    });
}

fn closes_its_pager(delete: &dyn Fn(&World, &Rule)) {
    let mut world = World::new();
    let rule = issue_rule(&world);
    let other = alert_of(&rule, &[("issue", "API-2")]);
    let ended = issue_of(&world, &rule);
    let lapsing = Alert { lapses_at: ended.lapses_at, ..other };
    world.report(&[ended.clone(), lapsing]);
    world.pass(45 * MINUTE, MINUTE);
    world.report(&[over(&ended)]);
    world.pass(MINUTE, SECOND);
    let firing = ["firing hook", "firing jane@example.com"];
    assert_eq!(told(&world)[..], [&firing[..], &firing[..], &["resolved hook"]].concat());
    delete(&world, &rule);
    world = world.killed();
    world.pass(MINUTE, SECOND);
    assert_eq!(told(&world)[5..], ["resolved hook"], "what is over was told before, once");
    world.pass(HOUR, MINUTE);
    assert_eq!(told(&world).len(), 6);
}

/// Of the newest episode: towards whom it was sent, and how far that came.
fn heard(world: &World, alert: &Alert) -> Vec<(String, Heard)> {
    let (organization, fingerprint) = (world.organization, alert.fingerprint().to_string());
    let known = world.parts.alarms.alert(organization, &fingerprint).unwrap();
    let entries = world.parts.alarms.standings(organization, &fingerprint, known.episode).unwrap();
    let of_some = world.parts.alarms.standings_of(organization, &[known]).unwrap();
    assert_eq!(of_some, [(fingerprint.clone(), entries.clone())].into());
    let of_all = world.parts.alarms.standings_of_firing(organization).unwrap();
    assert_eq!(of_all.get(&fingerprint), Some(&entries), "asked for all, it is the same");
    let sent = entries.iter().inspect(|entry| {
        assert!(matches!(entry.standing, Some(alert::Standing::Sent(_))), "{entry:?}");
    });
    sent.map(|entry| (entry.receiver.clone(), entry.heard)).collect()
}

#[test]
fn what_is_sent_to_nobody_is_known_to_be_heard_by_nobody() {
    let hook = json!([{"type": "webhook", "service": "hook"}]);
    let gone = json!([{"type": "slack", "integrationId": "gone"}]);
    let (somewhere, nowhere) = (Heard::Somewhere, Heard::Nowhere);
    for (actions, came) in [(json!([]), nowhere), (gone, nowhere), (hook, somewhere)] {
        let mut world = World::new();
        let rule = metric_rule(&world, json!({"actions": actions}));
        let alert = alert_of(&rule, &[]);
        world.report(std::slice::from_ref(&alert));
        world.pass(MINUTE, SECOND);
        let expected = (format!("rule:{}", rule.id), came);
        assert_eq!(heard(&world, &alert), [expected], "{actions}");
    }
    let mut world = World::new();
    let mut routes = crate::world::routing();
    routes["receivers"][0]["targets"] = json!([{"channel": "gone"}]);
    world.route(routes);
    let unrouted = alert(&[("alertname", "Down")]);
    world.report(std::slice::from_ref(&unrouted));
    world.pass(MINUTE, SECOND);
    assert_eq!(heard(&world, &unrouted), [("team".to_owned(), nowhere)]);
    world.channel("webhook", "gone", json!({"url": "https://hooks.example/2"}), json!({}));
    world.pass(5 * HOUR, MINUTE);
    assert_eq!(heard(&world, &unrouted), [("team".to_owned(), somewhere)], "it was told again");
}

#[test]
fn what_nobody_took_is_known_not_to_have_arrived() {
    let mut world = World::new();
    let hook = json!([{"type": "webhook", "service": "hook"}]);
    let rule = metric_rule(&world, json!({"actions": hook}));
    let alert = alert_of(&rule, &[]);
    let receiver = format!("rule:{}", rule.id);
    *world.peer.mood.lock().unwrap() = Mood::Down;
    world.report(std::slice::from_ref(&alert));
    world.pass(MINUTE, SECOND);
    assert_eq!(heard(&world, &alert), [(receiver.clone(), Heard::NotYet)]);
    let query = HistoryQuery { page: (0, 9), ..HistoryQuery::default() };
    let history = world.parts.alarms.history(world.organization, &query).unwrap();
    assert!(history.iter().any(|entry| entry.heard == Heard::NotYet), "{history:?}");
    *world.peer.mood.lock().unwrap() = Mood::Well;
    world.pass(10 * MINUTE, SECOND);
    assert_eq!(heard(&world, &alert), [(receiver, Heard::Somewhere)]);
}

#[test]
fn a_message_about_a_number_leads_to_its_rule_in_its_organisation() {
    let mut world = World::new();
    let actions = json!([{"type": "webhook", "service": "hook"}]);
    let triggers = json!([{"label": "warning", "actions": actions}]);
    let rule = metric_rule(&world, json!({"triggers": triggers}));
    world.report(&[alert_of(&rule, &[])]);
    world.pass(MINUTE, SECOND);
    let heard = world.in_effect();
    let url = heard[0].1.pointer("/data/event/web_url").and_then(Value::as_str);
    let expected = format!("https://pitwatch.example/acme/alerts/rules/{}", rule.id);
    assert_eq!(url, Some(expected.as_str()));
}

#[test]
fn an_end_goes_to_those_who_were_told_and_to_nobody_else() {
    let mut world = World::new();
    let url = json!({"url": "https://hooks.example/2"});
    world.channel("webhook", "other", url, json!({}));
    let action = |service: &str| json!([{"type": "webhook", "service": service}]);
    let trigger = |label: &str, service: &str| json!({"label": label, "actions": action(service)});
    let triggers = json!([trigger("warning", "hook"), trigger("critical", "other")]);
    let rule = metric_rule(&world, json!({"triggers": triggers}));
    let warning = alert_of(&rule, &[]);
    world.report(std::slice::from_ref(&warning));
    world.pass(MINUTE, SECOND);
    world.report(&[over(&warning)]);
    world.pass(2 * MINUTE, SECOND);
    assert_eq!(told(&world), ["firing hook", "resolved hook"], "it never was critical");
    let critical = Alert { severity: Severity::Critical, ..warning };
    world.report(std::slice::from_ref(&critical));
    world.pass(MINUTE, SECOND);
    let changed = says(json!({"triggers": [trigger("critical", "hook")]}));
    world.parts.alarms.change_rule(rule.id, &changed, world.now()).unwrap();
    world.report(&[over(&critical)]);
    world.pass(2 * MINUTE, SECOND);
    assert_eq!(told(&world)[2..], ["firing other", "resolved other"], "another one is named now");
}

#[test]
fn who_has_left_is_not_told_the_end() {
    let mut world = World::new();
    let rule = issue_rule(&world);
    let issue = issue_of(&world, &rule);
    world.report(std::slice::from_ref(&issue));
    world.pass(MINUTE, SECOND);
    let meta = &world.parts.meta;
    let ann = meta.create_user("ann@example.com", "Ann", None).unwrap();
    meta.add_member(world.organization, ann.id, meta::Role::Owner).unwrap();
    let jane = meta.user_by_email("jane@example.com").unwrap().unwrap();
    meta.remove_member(world.organization, jane.id).unwrap();
    world.report(&[over(&issue)]);
    world.pass(MINUTE, SECOND);
    assert_eq!(told(&world), ["firing hook", "firing jane@example.com", "resolved hook"]);
}

#[test]
fn an_incident_that_somebody_resolved_pages_nobody_until_it_is_over() {
    let mut world = World::new();
    let page = alert(&[("alertname", "Down"), ("service", "pay"), ("severity", "page")]);
    world.report(std::slice::from_ref(&page));
    world.pass(MINUTE, SECOND);
    let incident = world.parts.alarms.incidents(world.organization, &all()).unwrap().remove(0);
    let change = IncidentChange {
        title: None,
        assignee: None,
        resolved_by: Some("ana@example.com".to_owned()),
        entries: Vec::new(),
        author: None,
    };
    let (id, now) = (incident.incident.id, world.now());
    world.parts.alarms.change_incident(world.organization, id, &change, now).unwrap();
    world.pass(20 * HOUR, 10 * MINUTE);
    assert_eq!(told(&world), ["firing hook", "acknowledged hook"]);
    world.pass(5 * HOUR, 10 * MINUTE);
    assert_eq!(told(&world)[2..], ["repeat hook"], "after a day it was not resolved");
    world.report(&[over(&page)]);
    world.pass(10 * MINUTE, MINUTE);
    assert_eq!(told(&world)[3..], ["resolved hook"]);
}

#[test]
fn that_somebody_is_on_it_is_told_once_for_each_person() {
    let mut world = World::new();
    let page = alert(&[("alertname", "Down"), ("service", "pay"), ("severity", "page")]);
    world.report(&[page]);
    world.pass(MINUTE, SECOND);
    let incident = world.parts.alarms.incidents(world.organization, &all()).unwrap().remove(0);
    let about = About::Incident(incident.incident.id);
    for (by, told_of) in [("ana", 1), ("ana", 1), ("ben", 2)] {
        let (at, by) = (world.now(), format!("{by}@example.com"));
        let acknowledgement = Acknowledgement { by, at, until: Micros(at.0 + HOUR) };
        world.parts.alarms.acknowledge(world.organization, &about, &acknowledgement).unwrap();
        world.pass(MINUTE, SECOND);
        let acknowledged = told(&world).into_iter().filter(|line| line == "acknowledged hook");
        assert_eq!(acknowledged.count(), told_of, "{}", acknowledgement.by);
    }
    // An hour later nobody is on it any more, so it is news again.
    world.pass(2 * HOUR, 10 * MINUTE);
    let at = world.now();
    let by = "ben@example.com".to_owned();
    let acknowledgement = Acknowledgement { by, at, until: Micros(at.0 + HOUR) };
    world.parts.alarms.acknowledge(world.organization, &about, &acknowledgement).unwrap();
    world.pass(MINUTE, SECOND);
    assert_eq!(told(&world).last().map(String::as_str), Some("acknowledged hook"));
}

fn all() -> TroubleQuery {
    TroubleQuery { page: (0, 10), ..TroubleQuery::default() }
}

/// Nothing happens for it any more, and its channels have secrets.
#[test]
fn an_organisation_that_is_gone_is_forgotten_and_rules_of_projects_that_are() {
    let mut world = World::new();
    let new = meta::NewProject { slug: "web".into(), name: "Web".into(), ..Default::default() };
    let project = world.parts.meta.create_project(world.organization, &new).unwrap().id;
    let of_project = |project| NewRule {
        organization: world.organization,
        project: Some(project),
        kind: RuleKind::Metric,
        says: says(json!({})),
        origin: String::new(),
        created_by: None,
    };
    let alarms = world.parts.alarms.clone();
    let lives = alarms.create_rule(&of_project(project), world.now()).unwrap();
    let gone = alarms.create_rule(&of_project(ProjectId(99)), world.now()).unwrap();
    let theirs = OrganizationId(99);
    let channel = NewChannel {
        organization: theirs,
        kind: "webhook".to_owned(),
        name: "theirs".to_owned(),
        settings: json!({}),
        sealed: Vec::new(),
        created_by: None,
    };
    alarms.create_channel(&channel, world.now()).unwrap();
    world.pass(2 * HOUR, 30 * MINUTE);
    assert_eq!(alarms.channels(theirs).unwrap(), []);
    assert_eq!(alarms.channels(world.organization).unwrap().len(), 1);
    alarms.rule(world.organization, gone.id).unwrap_err();
    alarms.rule(world.organization, lives.id).unwrap();
}
