//! The reference's alarm storm, through the real workers and a real database.

use serde_json::{Value, json};

use crate::world::{MINUTE, SECOND, World, alert, over};

fn kinds(world: &World) -> Vec<String> {
    let heard = world.in_effect();
    let reason = |(_, body): &(String, Value)| {
        body.pointer("/pitwatch/facts/reason").unwrap().as_str().unwrap().to_owned()
    };
    heard.iter().map(reason).collect()
}

#[test]
fn of_231_alerts_at_most_four_notifications_are_sent() {
    let mut world = World::new();
    world.route(json!({
        "route": {"receiver": "team", "group_by": ["alertname", "service"], "group_wait": "2s"},
        "receivers": [{"name": "team", "targets": [{"channel": "hook"}]}],
        "inhibit_rules": [{
            "source_matchers": ["severity=\"page\"", "kind=\"slo\""],
            "target_matchers": ["severity=\"warning\""],
            "equal": ["service"],
        }],
    }));
    let page = |service| {
        alert(&[
            ("alertname", "FastBurn"),
            ("service", service),
            ("severity", "page"),
            ("kind", "slo"),
        ])
    };
    let mut burst = Vec::new();
    for cause in 0..5 {
        for instance in 0..40 {
            let (name, instance) = (format!("Cause{cause}"), format!("i{instance}"));
            let labels = [
                ("alertname", name.as_str()),
                ("service", "payments"),
                ("severity", "warning"),
                ("instance", instance.as_str()),
            ];
            burst.push(alert(&labels));
        }
    }
    burst.push(page("payments"));
    for instance in 0..30 {
        let instance = format!("i{instance}");
        let labels = [
            ("alertname", "GameLag"),
            ("service", "games"),
            ("severity", "warning"),
            ("instance", instance.as_str()),
        ];
        burst.push(alert(&labels));
    }
    assert_eq!(burst.len(), 231);
    for _ in 0..5 {
        world.report(&burst);
        world.pass(1_500_000, 500_000);
    }
    world.pass(5 * MINUTE, 10 * SECOND);
    assert_eq!(kinds(&world), ["firing", "firing"]);
    world.report(&[over(&page("payments"))]);
    world.pass(60 * MINUTE, 30 * SECOND);
    assert_eq!(kinds(&world), ["firing", "firing", "resolved", "digest"]);
    let span = (model::clock::Micros(0), world.now());
    let noise = world.parts.alarms.noise(world.organization, span).unwrap();
    assert_eq!((noise.all.raw, noise.messages), (231, 3));
    let (incidents, _) = world.parts.alarms.measures(world.organization, span).unwrap();
    assert_eq!(incidents.to_acknowledge, None);
    assert!(incidents.to_resolve.unwrap() >= 5 * MINUTE);
}

/// Six defects within 24 hours: a symptom each, and 36 causes that begin before it and end after it.
#[test]
fn of_a_day_with_over_200_alerts_at_most_ten_are_told_and_no_true_one_is_missed() {
    let mut world = World::new();
    let services = ["payments", "games", "login", "withdrawals", "odds", "wallet"];
    world.route(json!({
        "route": {"receiver": "team", "group_by": ["service"], "group_wait": "3m"},
        "receivers": [{"name": "team", "targets": [{"channel": "hook"}], "send_resolved": false}],
        "inhibit_rules": [{
            "source_matchers": ["severity=\"page\""],
            "target_matchers": ["severity=\"warning\""],
            "equal": ["service"],
        }],
    }));
    let hour = 60 * MINUTE;
    for service in services {
        let page = alert(&[("alertname", "Failing"), ("service", service), ("severity", "page")]);
        let mut causes = Vec::new();
        for instance in 0..36 {
            let instance = format!("i{instance}");
            let labels = [
                ("alertname", "Cause"),
                ("service", service),
                ("severity", "warning"),
                ("instance", instance.as_str()),
            ];
            causes.push(alert(&labels));
        }
        world.report(&causes);
        world.pass(2 * MINUTE, MINUTE);
        let began = world.now();
        world.report(std::slice::from_ref(&page));
        world.pass(5 * MINUTE, MINUTE);
        let heard = world.in_effect();
        let told = heard.iter().filter(|(_, body)| body.to_string().contains(service));
        assert!(told.count() >= 1, "{service} is told within five minutes of {began:?}");
        world.pass(30 * MINUTE, MINUTE);
        let mut ends: Vec<_> = causes.iter().map(over).collect();
        ends.push(over(&page));
        world.report(&ends);
        world.pass(4 * hour - 37 * MINUTE, 5 * MINUTE);
    }
    let kinds = kinds(&world);
    assert!(kinds.len() <= 10, "{kinds:?}");
    let span = (model::clock::Micros(0), world.now());
    let noise = world.parts.alarms.noise(world.organization, span).unwrap();
    assert_eq!(noise.all.raw, 6 * 37);
    let (measures, incidents) = world.parts.alarms.measures(world.organization, span).unwrap();
    assert_eq!(incidents, 6);
    // The page comes two minutes after the first cause, and is taken a tick of a minute later.
    assert_eq!(measures.to_detect.map(|micros| micros / SECOND), Some(180));
}
