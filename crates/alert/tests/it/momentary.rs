//! Alerts that tell of a moment, such as a new issue.

use alert::{About, Acknowledgement, Alert, Kind, Receiver, Route, RuleId, Timing};

use crate::given::{MINUTE, World, after, alert, policy_with};

/// A rule about issues: told at once, about each issue apart.
fn world() -> World {
    let timing = Timing { group_wait: Some(0), group_interval: Some(0), repeat_interval: None };
    let root = Route {
        receiver: Some("team".to_owned()),
        group_by: Some(vec!["rule_id".to_owned(), "issue".to_owned()]),
        timing,
        ..Route::default()
    };
    let mut policy = policy_with(&root, &["team"]);
    policy.momentary.insert(RuleId(7));
    World::new(policy)
}

fn new_issue(world: &World) -> Alert {
    let alert = alert(7, &[("rule_id", "7"), ("issue", "CASINO-1")]);
    Alert { lapses_at: Some(after(world.time + 4 * MINUTE)), ..alert }
}

#[test]
fn it_is_told_each_time_and_its_lapse_is_not() {
    let mut world = world();
    for _ in 0..12 {
        let issue = new_issue(&world);
        world.fire(&issue);
        world.pass(5 * MINUTE);
    }
    let kinds: Vec<Kind> = world.sent.iter().map(|sent| sent.kind).collect();
    assert_eq!(kinds, [Kind::Firing; 12], "an hour, every five minutes: no flapping, no end");
}

#[test]
fn it_is_told_when_the_issue_is_resolved() {
    let mut world = world();
    let issue = new_issue(&world);
    world.fire(&issue);
    world.pass(MINUTE);
    world.end(&issue);
    world.pass(MINUTE);
    let kinds: Vec<Kind> = world.sent.iter().map(|sent| sent.kind).collect();
    assert_eq!(kinds, [Kind::Firing, Kind::Resolved]);
}

/// The receiver hears of nothing when an alert lapses, and a pager waits for the end.
#[test]
fn a_conversation_that_lapsed_may_be_told_its_end_later() {
    let mut world = world();
    let issue = new_issue(&world);
    world.fire(&issue);
    let thread = world.sent[0].thread.clone();
    world.pass(10 * MINUTE);
    for late in [1, 0] {
        let over = Alert { is_firing: false, ..issue.clone() };
        let outcome = world.report(&[over]);
        assert_eq!((outcome.late.len(), outcome.taken.idle), (late, 1));
        // Once it is forgotten altogether, whether it was told is for the history to say.
        world.pass(MINUTE);
    }
    world.pass(60 * MINUTE);
    assert!(world.dispatcher.is_idle());
    let outcome = world.report(&[Alert { is_firing: false, ..issue.clone() }]);
    assert_eq!(outcome.late.len(), 1);
    let now = after(world.time);
    let before = world.sent[0].id;
    let told = world.dispatcher.tell_late(&world.policy, thread.clone(), &[&issue], now).unwrap();
    assert!(told.id > before, "numbers never come twice");
    assert_eq!((told.kind, told.resolved), (Kind::Resolved, vec![issue.fingerprint()]));
    let again = new_issue(&world);
    world.fire(&again);
    let told = world.dispatcher.tell_late(&world.policy, thread.clone(), &[&issue], now);
    assert_eq!(told, None, "the conversation goes on");
    world.policy.receivers.insert("team".to_owned(), Receiver::default());
    world.end(&again);
    let told = world.dispatcher.tell_late(&world.policy, thread, &[&issue], now);
    assert_eq!(told, None, "it does not want to know");
}

#[test]
fn all_who_were_told_hear_that_somebody_is_on_it() {
    let mut world = world();
    let issue = new_issue(&world);
    world.fire(&issue);
    let about: About = world.sent[0].thread.about.clone();
    let (at, until) = (after(world.time), after(world.time + MINUTE));
    let acknowledgement = Acknowledgement { by: "ana".to_owned(), at, until };
    assert!(world.dispatcher.acknowledge(&about, &acknowledgement));
    let told = world.dispatcher.tell_acknowledged(&world.policy, &about, at);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind, &told[0].alerts), (Kind::Acknowledged, &vec![issue.fingerprint()]));
    assert!(told[0].id > world.sent[0].id, "numbers never come twice");
}

/// Routes of rules that are gone, or that come and go with their alerts, have other places in the tree.
#[test]
fn a_tree_that_changes_does_not_leave_conversations_without_a_route() {
    let mut world = world();
    let issue = new_issue(&world);
    world.fire(&issue);
    world.end(&issue);
    let small = Route { receiver: Some("other".to_owned()), ..Route::default() };
    let mut policy = policy_with(&small, &["other", "team"]);
    policy.receivers.insert("team".to_owned(), Receiver::default());
    world.policy = policy;
    world.pass(30 * MINUTE);
    assert_eq!(world.dispatcher.threads().count(), 0);
}
