//! Who is told what, and who is not and why.

use alert::{
    About, Acknowledgement, Alert, Inhibition, Maintenance, Matcher, Receiver, Refused, Route,
    Severity, Silence, Step, Timing, Window,
};
use model::clock::Micros;
use schedule::{Crontab, Zone};

use crate::given::{
    HOUR, MINUTE, SECOND, World, after, alert, labels, policy, policy_with, symptom,
};

/// The reference's run with Alertmanager: it sends 2 notifications, one when the page is over, and then
/// five with the 200 causes that it releases.
#[test]
fn of_231_alerts_at_most_four_notifications_are_sent() {
    let mut policy = policy();
    policy.inhibitions.push(Inhibition {
        source: vec![Matcher::is("severity", "page"), Matcher::is("kind", "slo")],
        target: vec![Matcher::is("severity", "warning")],
        equal: vec!["service".to_owned()],
    });
    let mut world = World::new(policy);
    let page = symptom(
        1,
        &[
            ("alertname", "DepositFastBurn"),
            ("service", "payments"),
            ("severity", "page"),
            ("kind", "slo"),
        ],
    );
    let mut burst = Vec::new();
    for cause in 0..5 {
        for instance in 0..40 {
            let (name, instance) = (format!("Cause{cause}"), format!("i{instance}"));
            let cause = [
                ("alertname", name.as_str()),
                ("service", "payments"),
                ("severity", "warning"),
                ("instance", instance.as_str()),
            ];
            burst.push(alert(10 + cause.len() as u64, &cause));
        }
    }
    burst.push(page.clone());
    for instance in 0..30 {
        let instance = format!("i{instance}");
        let lag = [
            ("alertname", "GameLag"),
            ("service", "games"),
            ("severity", "warning"),
            ("instance", instance.as_str()),
        ];
        burst.push(alert(20, &lag));
    }
    assert_eq!(burst.len(), 231);
    for _ in 0..5 {
        world.report(&burst);
        world.pass(1_500_000);
    }
    world.pass(30 * SECOND);
    assert_eq!(
        world.log(),
        [
            "37 s firing: 1 alerts, 200 lines, 0 resolved",
            "37 s firing: 30 alerts, 0 lines, 0 resolved"
        ]
    );
    world.pass(10 * MINUTE);
    world.end(&page);
    world.pass(HOUR);
    assert_eq!(
        world.log()[2..],
        [
            "637 s resolved: 0 alerts, 0 lines, 1 resolved",
            "937 s digest: 200 alerts, 0 lines, 0 resolved"
        ]
    );
    assert_eq!(world.begun, 231);
    assert_eq!(world.fates().len(), 231);
}

#[test]
fn causes_that_end_with_their_symptom_are_never_told() {
    let mut policy = policy();
    policy.causes.insert(alert::RuleId(1), [alert::RuleId(2)].into());
    let mut world = World::new(policy);
    let page = symptom(1, &[("alertname", "Deposits"), ("service", "payments")]);
    // Another service, but named by the symptom's rule.
    let cause = alert(2, &[("alertname", "PoolFull"), ("service", "db")]);
    world.fire(&cause);
    world.pass(2 * MINUTE);
    assert!(world.sent.is_empty(), "a cause waits for its symptom");
    world.fire(&page);
    world.pass(10 * MINUTE);
    world.end(&page);
    world.pass(2 * MINUTE);
    assert!(world.standing(&cause).starts_with("Held(Grace"));
    world.end(&cause);
    world.pass(HOUR);
    assert_eq!(
        world.log(),
        [
            "150 s firing: 1 alerts, 1 lines, 0 resolved",
            "720 s resolved: 0 alerts, 0 lines, 1 resolved"
        ]
    );
    let incident = &world.closed[0];
    assert_eq!((incident.began, incident.opened), (after(0), after(2 * MINUTE)));
    assert_eq!(incident.resolved, Some(after(12 * MINUTE)));
}

#[test]
fn a_cause_is_a_line_of_its_symptom_whoever_is_told_of_the_cause() {
    let database = Route {
        receiver: Some("database".to_owned()),
        matchers: vec![Matcher::is("service", "db")],
        ..Route::default()
    };
    let root =
        Route { receiver: Some("payments".to_owned()), routes: vec![database], ..Route::default() };
    let mut policy = policy_with(&root, &["payments", "database"]);
    policy.causes.insert(alert::RuleId(1), [alert::RuleId(2)].into());
    let mut world = World::new(policy);
    let page = symptom(1, &[("alertname", "Deposits"), ("service", "payments")]);
    world.fire(&alert(2, &[("alertname", "PoolFull"), ("service", "db")]));
    world.pass(MINUTE);
    world.fire(&page);
    world.pass(5 * MINUTE);
    let told: Vec<(&str, usize)> =
        world.sent.iter().map(|sent| (&*sent.thread.receiver, sent.lines.len())).collect();
    assert_eq!(told, [("payments", 1)]);
}

#[test]
fn a_cause_without_its_symptom_is_told_after_a_while() {
    let mut policy = policy();
    policy.causes.insert(alert::RuleId(1), [alert::RuleId(2)].into());
    let mut world = World::new(policy);
    world.fire(&alert(2, &[("alertname", "PoolFull"), ("service", "db")]));
    world.pass(10 * MINUTE);
    assert_eq!(world.log(), ["180 s firing: 1 alerts, 0 lines, 0 resolved"]);
}

#[test]
fn symptoms_of_one_service_share_one_thread() {
    let mut world = World::new(policy());
    let pages = ["Errors", "Latency", "Deposits"]
        .map(|name| symptom(1, &[("alertname", name), ("service", "payments")]));
    let elsewhere = symptom(1, &[("alertname", "Errors"), ("service", "games")]);
    world.report(&pages);
    world.fire(&elsewhere);
    world.pass(MINUTE);
    assert_eq!(
        world.log(),
        [
            "30 s firing: 3 alerts, 0 lines, 0 resolved",
            "30 s firing: 1 alerts, 0 lines, 0 resolved"
        ]
    );
    assert_eq!(world.dispatcher.incidents().count(), 2);
}

#[test]
fn a_symptom_is_never_taken_for_a_cause() {
    let mut world = World::new(policy());
    let first = symptom(1, &[("alertname", "Deposits"), ("service", "payments")]);
    let second = symptom(2, &[("alertname", "Withdrawals"), ("service", "payments")]);
    let as_bad = Alert {
        severity: Severity::Critical,
        ..alert(3, &[("alertname", "Disk"), ("service", "payments")])
    };
    world.fire(&first);
    world.pass(MINUTE);
    world.fire(&second);
    world.fire(&as_bad);
    world.pass(HOUR);
    assert_eq!(
        world.log(),
        [
            "30 s firing: 1 alerts, 0 lines, 0 resolved",
            "330 s update: 3 alerts, 0 lines, 0 resolved"
        ]
    );
}

#[test]
fn repeats_and_ends() {
    let mut world = World::new(policy());
    let disk = alert(1, &[("alertname", "Disk"), ("service", "db")]);
    world.fire(&disk);
    for _ in 0..5 {
        world.pass(HOUR);
        world.fire(&disk);
    }
    world.end(&disk);
    world.pass(MINUTE);
    assert_eq!(
        world.log(),
        [
            "30 s firing: 1 alerts, 0 lines, 0 resolved",
            "14430 s repeat: 1 alerts, 0 lines, 0 resolved",
            "18000 s resolved: 0 alerts, 0 lines, 1 resolved",
        ]
    );
}

/// As from Alertmanager; what comes back within that time is no news.
#[test]
fn what_is_over_while_others_go_on_is_told() {
    let mut world = World::new(policy());
    let of = |country: &str| {
        alert(1, &[("alertname", "Deposits"), ("service", "pay"), ("country", country)])
    };
    let [spain, france, italy] = ["ES", "FR", "IT"].map(of);
    world.report(&[spain.clone(), france.clone(), italy.clone()]);
    world.pass(HOUR);
    world.end(&spain);
    world.pass(2 * MINUTE);
    world.fire(&spain);
    world.pass(10 * MINUTE);
    assert_eq!(world.sent.len(), 1, "it came back soon");
    world.end(&spain);
    world.pass(2 * MINUTE);
    world.end(&france);
    world.pass(HOUR);
    let update = world.sent[1].clone();
    let over = [spain.fingerprint(), france.fingerprint()].into();
    let resolved: std::collections::BTreeSet<_> = update.resolved.iter().copied().collect();
    assert_eq!((update.alerts.clone(), resolved), (vec![italy.fingerprint()], over));
    world.fire(&spain);
    world.pass(MINUTE);
    world.end(&italy);
    world.end(&spain);
    world.pass(HOUR);
    assert_eq!(
        world.log(),
        [
            "30 s firing: 3 alerts, 0 lines, 0 resolved",
            "4620 s update: 1 alerts, 0 lines, 2 resolved",
            "8070 s update: 2 alerts, 0 lines, 0 resolved",
            "8370 s resolved: 0 alerts, 0 lines, 2 resolved",
        ]
    );
}

#[test]
fn what_is_not_reported_again_lapses() {
    let mut world = World::new(policy());
    let disk = Alert {
        lapses_at: Some(after(5 * MINUTE)),
        ..alert(1, &[("alertname", "Disk"), ("service", "db")])
    };
    world.fire(&disk);
    world.pass(10 * MINUTE);
    assert_eq!(
        world.log(),
        [
            "30 s firing: 1 alerts, 0 lines, 0 resolved",
            "330 s resolved: 0 alerts, 0 lines, 1 resolved"
        ]
    );
}

#[test]
fn what_ends_while_it_waits_is_accounted_for() {
    let mut world = World::new(policy());
    let disk = alert(1, &[("alertname", "Disk"), ("service", "db")]);
    world.fire(&disk);
    world.pass(10 * SECOND);
    world.end(&disk);
    let last = world.changes.last().unwrap();
    assert_eq!(
        format!("{:?}", last.standing),
        format!("Suppressed(Waiting {{ until: {:?} }})", after(30 * SECOND))
    );
    world.pass(HOUR);
    assert!(world.sent.is_empty());
}

#[test]
fn silences_maintenance_and_hours_hold_back() {
    let mut policy = policy();
    policy.silences.push(Silence {
        id: 7,
        matchers: vec![Matcher::parse("service=~\"d.\"").unwrap()],
        starts: after(0),
        ends: after(HOUR),
        author: "ann@example.com".to_owned(),
        comment: "moving disks".to_owned(),
    });
    policy.maintenance.push(Maintenance {
        name: "upgrade".to_owned(),
        matchers: vec![Matcher::is("service", "games")],
        window: Window::Repeated {
            opens: Crontab::parse("0 1 * * MON").unwrap(),
            zone: Zone::named("Europe/Madrid").unwrap(),
            duration: 2 * HOUR,
        },
    });
    let mut world = World::new(policy);
    let disk = alert(1, &[("alertname", "Disk"), ("service", "db")]);
    let lag = alert(2, &[("alertname", "Lag"), ("service", "games")]);
    world.report(&[disk.clone(), lag.clone()]);
    world.pass(50 * MINUTE);
    assert_eq!(world.standing(&disk), "Held(Silenced(7))");
    assert_eq!(world.standing(&lag), "Held(Maintenance(\"upgrade\"))");
    world.end(&lag);
    world.pass(2 * HOUR);
    assert_eq!(world.log(), ["3630 s firing: 1 alerts, 0 lines, 0 resolved"]);
    let suppressed = world.changes.iter().filter(|change| {
        change.standing
            == alert::Standing::Suppressed(alert::Reason::Maintenance("upgrade".to_owned()))
    });
    assert_eq!(suppressed.count(), 1);
}

#[test]
fn routes_may_be_quiet_at_night_and_lead_to_several() {
    let office = Window::Weekly {
        minutes: (0..5).map(|day| (day * 1_440 + 540, day * 1_440 + 1_080)).collect(),
        zone: Zone::named("Europe/Madrid").unwrap(),
    };
    let root = Route {
        receiver: Some("team".to_owned()),
        routes: vec![
            Route {
                matchers: vec![Matcher::is("severity", "page")],
                receiver: Some("pager".to_owned()),
                goes_on: true,
                ..Route::default()
            },
            Route { active: vec![office], ..Route::default() },
        ],
        ..Route::default()
    };
    let mut world = World::new(policy_with(&root, &["team", "pager"]));
    let page = alert(1, &[("alertname", "Down"), ("severity", "page")]);
    world.fire(&page);
    world.pass(HOUR);
    assert_eq!(world.standing(&page), "Held(Muted)");
    assert_eq!(world.sent.len(), 1);
    assert_eq!(world.sent[0].thread.receiver, "pager");
    // Madrid's offices open at 08:00 UTC in winter.
    world.pass(7 * HOUR + MINUTE);
    let team = world.sent.iter().find(|sent| sent.thread.receiver == "team").unwrap();
    assert_eq!(team.at, after(8 * HOUR + 30 * SECOND));
}

#[test]
fn restless_alerts_are_told_once_until_they_are_calm() {
    let mut world = World::new(policy());
    let lag = alert(1, &[("alertname", "Lag"), ("service", "games")]);
    for _ in 0..20 {
        world.fire(&lag);
        world.pass(MINUTE);
        world.end(&lag);
        world.pass(MINUTE);
    }
    world.pass(HOUR);
    assert_eq!(
        world.log(),
        [
            "30 s firing: 1 alerts, 0 lines, 0 resolved",
            "330 s flapping: 1 alerts, 0 lines, 0 resolved",
            "3240 s resolved: 0 alerts, 0 lines, 1 resolved",
        ]
    );
    assert_eq!(world.begun, 20);
    assert_eq!(world.fates().len(), 20);
}

#[test]
fn acknowledged_threads_are_quiet_unless_it_gets_worse() {
    let mut policy = policy();
    let receiver = Receiver {
        escalation: vec![Step { wait: 10 * MINUTE, receiver: "lead".to_owned() }],
        escalation_repeats: 1,
        ..policy.receivers["team"].clone()
    };
    policy
        .receivers
        .insert("lead".to_owned(), Receiver { wants_resolved: true, ..Receiver::default() });
    policy.receivers.insert("team".to_owned(), receiver);
    let mut world = World::new(policy);
    let slow = symptom(1, &[("alertname", "Slow"), ("service", "payments")]);
    let slow = Alert { severity: Severity::Warning, ..slow };
    let down = symptom(2, &[("alertname", "Down"), ("service", "payments")]);
    world.fire(&slow);
    world.pass(15 * MINUTE);
    let about = world.sent[0].thread.about.clone();
    assert!(matches!(about, About::Incident(_)));
    let acknowledgement = Acknowledgement {
        by: "ann".to_owned(),
        at: after(world.time),
        until: after(world.time + 8 * HOUR),
    };
    assert!(world.dispatcher.acknowledge(&about, &acknowledgement));
    world.pass(5 * HOUR);
    let other = Alert {
        severity: Severity::Warning,
        ..symptom(3, &[("alertname", "Queue"), ("service", "payments")])
    };
    world.fire(&other);
    world.pass(10 * MINUTE);
    assert_eq!(world.standing(&other), "Held(Acknowledged { by: \"ann\" })");
    world.fire(&down);
    world.pass(10 * MINUTE);
    for gone in [&slow, &other, &down] {
        world.end(gone);
    }
    world.pass(HOUR);
    assert_eq!(
        world.log(),
        [
            "30 s firing: 1 alerts, 0 lines, 0 resolved",
            "630 s escalation 0 to lead: 1 alerts, 0 lines, 0 resolved",
            "19530 s update: 2 alerts, 0 lines, 0 resolved",
            "20100 s resolved: 0 alerts, 0 lines, 2 resolved",
            "20100 s resolved: 0 alerts, 0 lines, 2 resolved",
        ]
    );
    let measures = alert::Measures::of(&world.closed);
    assert_eq!(measures.to_acknowledge, Some(14 * MINUTE + 30 * SECOND));
    assert_eq!(measures.to_detect, Some(0));
    assert_eq!(measures.to_resolve, Some(5 * HOUR + 35 * MINUTE));
}

#[test]
fn nobody_is_told_more_than_the_limit_and_the_worst_comes_first() {
    let mut policy = policy();
    let receiver = Receiver { limit: Some((3, HOUR)), ..policy.receivers["team"].clone() };
    policy.receivers.insert("team".to_owned(), receiver);
    let mut world = World::new(policy);
    let mut many: Vec<Alert> = (0..9)
        .map(|number| alert(1, &[("alertname", format!("A{number}").as_str()), ("service", "x")]))
        .collect();
    let worst = Alert {
        severity: Severity::Critical,
        ..alert(2, &[("alertname", "Zed"), ("service", "y")])
    };
    many.push(worst.clone());
    world.report(&many);
    world.pass(MINUTE);
    assert_eq!(world.sent.len(), 3);
    assert!(world.told(worst.fingerprint()));
    assert_eq!(world.standing(&many[8]), "Held(ReceiverLimit)");
    world.pass(4 * HOUR - 2 * MINUTE);
    assert!(many.iter().all(|alert| world.told(alert.fingerprint())), "late, but told");
    assert_eq!(world.sent.len(), 10);
}

#[test]
fn a_policy_that_changes_leaves_nothing_open() {
    let mut world = World::new(policy());
    let disk = alert(1, &[("alertname", "Disk"), ("service", "db")]);
    world.fire(&disk);
    let root = Route { receiver: Some("others".to_owned()), ..Route::default() };
    world.policy = policy_with(&root, &["others"]);
    world.pass(HOUR);
    assert_eq!(world.standing(&disk), "Suppressed(Unrouted)");
    assert_eq!(world.sent.len(), 1);
    assert_eq!(world.sent[0].thread.receiver, "others");
}

#[test]
fn what_cannot_be_taken_is_refused_by_name() {
    let mut world = World::new(policy());
    let large = [("a", "x".repeat(70_000))].map(|(name, value)| (name, value));
    let large = alert(1, &[(large[0].0, large[0].1.as_str())]);
    let wrong = alert(1, &[("not a name", "x")]);
    let many: Vec<String> = (0..65).map(|number| format!("l{number}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "x")).collect();
    let outcome = world.report(&[alert(1, &[]), large, wrong, alert(1, &many)]);
    let mut refused = outcome.refused;
    refused.sort();
    assert_eq!(
        refused,
        [
            (0, Refused::NoLabels),
            (1, Refused::TooLarge),
            (2, Refused::LabelName),
            (3, Refused::TooManyLabels)
        ]
    );
    assert_eq!(outcome.taken.refused, 4);
}

#[test]
fn state_survives_being_written_down() {
    let mut world = World::new(policy());
    let page = symptom(1, &[("alertname", "Deposits"), ("service", "payments")]);
    world.report(&[page, alert(2, &[("alertname", "Disk"), ("service", "db")])]);
    world.pass(MINUTE);
    let written = serde_json::to_string(&world.dispatcher).unwrap();
    let read: alert::Dispatcher = serde_json::from_str(&written).unwrap();
    assert_eq!(read, world.dispatcher);
}

#[test]
fn matchers_are_alertmanagers() {
    let of =
        |text: &str| Matcher::parse(text).unwrap().matches(&labels(&[("a", "xy"), ("b", "q\"\n")]));
    for text in ["a=xy", "a = \"xy\"", "a=~x.", "a!=x", "a!~x", "c=\"\"", "c=~.*", "b=\"q\\\"\\n\""]
    {
        assert!(of(text), "{text}");
    }
    for text in ["a=x", "a=~x", "a!~x.", "c!=\"\"", "c=~.+"] {
        assert!(!of(text), "{text}");
    }
    for text in ["", "a", "=x", "a=\"x", "1a=x", "a=~(", "a=~x{1000000}"] {
        assert!(Matcher::parse(text).is_err(), "{text}");
    }
    let silence = |text: &str| Silence {
        id: 1,
        matchers: vec![Matcher::parse(text).unwrap()],
        starts: Micros(1),
        ends: Micros(2),
        author: String::new(),
        comment: String::new(),
    };
    assert!(silence("a=~.*").check().is_err());
    assert!(silence("a=~.+").check().is_ok());
}

#[test]
fn trees_that_cannot_be_followed_are_refused() {
    let refused = |root: Route| {
        let names = ["team".to_owned()].into();
        alert::Routes::new(&root, &names).unwrap_err().to_string()
    };
    let team = || Some("team".to_owned());
    assert_eq!(refused(Route::default()), "the first route needs a receiver");
    assert_eq!(
        refused(Route {
            receiver: team(),
            matchers: vec![Matcher::is("a", "b")],
            ..Route::default()
        }),
        "the first route takes all alerts and cannot have matchers"
    );
    let below = Route { receiver: Some("nobody".to_owned()), ..Route::default() };
    assert_eq!(
        refused(Route { receiver: team(), routes: vec![below], ..Route::default() }),
        "receiver \"nobody\" is not known"
    );
    let mut deep = Route::default();
    for _ in 0..12 {
        deep = Route { routes: vec![deep], ..Route::default() };
    }
    assert_eq!(
        refused(Route { receiver: team(), ..deep }),
        "more than 25000 routes, or 10 below each other"
    );
    let night = Window::Once(Micros(1), Micros(2));
    let never = Route { active: vec![night.clone()], muted: vec![night], ..Route::default() };
    assert_eq!(
        refused(Route { receiver: team(), routes: vec![never], ..Route::default() }),
        "a route is muted while it is active: it would never tell anybody"
    );
    let timing = Timing { group_wait: Some(0), ..Timing::default() };
    let mut world =
        World::new(policy_with(&Route { receiver: team(), timing, ..Route::default() }, &["team"]));
    world.fire(&alert(1, &[("alertname", "Now")]));
    assert_eq!(world.log(), ["0 s firing: 1 alerts, 0 lines, 0 resolved"]);
}

/// A pager that is drawn in waits for the end, whatever the first receiver wants.
#[test]
fn who_was_drawn_in_by_escalation_hears_that_it_is_over() {
    let mut policy = policy();
    let step = Step { wait: 10 * MINUTE, receiver: "pager".to_owned() };
    let mail = Receiver { escalation: vec![step], ..Receiver::default() };
    let pager = Receiver { wants_resolved: true, ..Receiver::default() };
    policy.receivers.extend([("team".to_owned(), mail), ("pager".to_owned(), pager)]);
    let mut world = World::new(policy);
    let disk = alert(1, &[("alertname", "Disk"), ("service", "db")]);
    world.fire(&disk);
    world.pass(20 * MINUTE);
    world.end(&disk);
    world.pass(HOUR);
    let told: Vec<&str> = world.sent.iter().map(|sent| sent.thread.receiver.as_str()).collect();
    assert_eq!(told, ["team", "pager", "pager"]);
    assert_eq!(
        world.log()[1..],
        [
            "630 s escalation 0 to pager: 1 alerts, 0 lines, 0 resolved",
            "1200 s resolved: 0 alerts, 0 lines, 1 resolved"
        ]
    );
    assert_eq!(world.dispatcher.threads().count(), 0);
}

/// By an operator, while the server was down.
#[test]
fn a_clock_that_was_set_back_repeats_nothing_and_ends_nothing() {
    let mut policy = policy();
    let step = Step { wait: 10 * MINUTE, receiver: "team".to_owned() };
    let limit = Some((100, HOUR));
    let team =
        Receiver { wants_resolved: true, escalation: vec![step], limit, ..Receiver::default() };
    policy.receivers.insert("team".to_owned(), team);
    let mut world = World::new(policy);
    world.time = 10 * HOUR;
    let page = symptom(1, &[("alertname", "Down"), ("service", "pay")]);
    let disk = alert(2, &[("alertname", "Disk"), ("service", "db")]);
    let lag = alert(3, &[("alertname", "Lag"), ("service", "games")]);
    world.report(&[page.clone(), disk.clone(), lag.clone()]);
    world.pass(MINUTE);
    assert_eq!(world.sent.len(), 3);
    world.end(&page);
    for _ in 0..3 {
        world.end(&lag);
        world.fire(&lag);
    }
    world.time = 9 * HOUR;
    let before = world.sent.len();
    world.report(&[]);
    assert_eq!((world.sent.len(), world.closed.len()), (before, 0));
    world.end(&disk);
    world.pass(3 * HOUR);
    assert!(world.sent.iter().any(|sent| sent.resolved.contains(&disk.fingerprint())), "later");
}
