//! What people ask for in JSON.

use alert::{
    DEFINITION_BYTES_MAX, Definition, Recipient, read_escalation, read_maintenance, read_rotation,
    read_routing, read_silence,
};
use model::clock::Micros;
use serde_json::{Value, json};

fn micros(text: &str) -> Micros {
    let moment: jiff::Timestamp = text.parse().unwrap();
    Micros(u64::try_from(moment.as_microsecond()).unwrap())
}

#[test]
fn what_makes_no_sense_is_refused_with_the_field() {
    let silence = |json: Value| read_silence(1, &json).unwrap_err().to_string();
    let times = json!({"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-02T00:00:00Z"});
    let with = |matchers: Value| {
        let mut json = times.clone();
        json["matchers"] = matchers;
        json
    };
    assert_eq!(silence(json!([])), "silence: must be an object");
    assert_eq!(silence(with(json!([]))), "matchers: a silence needs at least one matcher");
    assert_eq!(
        silence(with(json!(["a=~\".*\""]))),
        "matchers: at least one matcher must not match the empty string, or all alerts would be silenced"
    );
    assert_eq!(
        silence(with(json!(["a=~\"(\""]))),
        "matchers: the regular expression of a is too large or broken"
    );
    assert_eq!(
        silence(json!({"matchers": ["a=b"], "startsAt": "yesterday"})),
        "startsAt: must be a date and time as RFC 3339 has them: 2026-11-22T20:00:00Z"
    );
    let routing = |json: Value| read_routing(&json).unwrap_err().to_string();
    assert_eq!(routing(json!({})), "route: is required");
    assert_eq!(routing(json!({"route": {"receiver": "x"}})), "route: receiver \"x\" is not known");
    assert_eq!(
        routing(json!({"route": {"receiver": "x"}, "receivers": [{"name": "rule:1"}]})),
        "receivers: a name cannot contain a colon"
    );
    assert_eq!(
        routing(
            json!({"route": {"receiver": "x", "group_wait": "soon"}, "receivers": [{"name": "x"}]})
        ),
        "group_wait: must be a duration such as 30s, 5m or 1h30m"
    );
    let mut deep = json!({});
    for _ in 0..20 {
        deep = json!({"routes": [deep]});
    }
    deep["receiver"] = "x".into();
    assert_eq!(
        routing(json!({"route": deep, "receivers": [{"name": "x"}]})),
        "routes: may be at most 8 below each other"
    );
    let steps = json!({"steps": [{"waitMinutes": 5, "targets": [{"pigeon": "x"}]}]});
    assert_eq!(
        read_escalation(&steps).unwrap_err().to_string(),
        "targets: each must name a channel, rotation, user or mail address"
    );
}

#[test]
fn a_week_may_end_in_the_middle_of_a_span() {
    let json = json!({
        "matchers": ["service=\"batch\""],
        "window": {"weekly": [["Sun 22:00", "Mon 06:00"]], "zone": "Europe/Madrid"},
    });
    let work = read_maintenance("night", &json).unwrap();
    for (at, expected) in [
        ("2026-11-22T20:59:00Z", false),
        ("2026-11-22T21:00:00Z", true),
        ("2026-11-23T04:59:00Z", true),
        ("2026-11-23T05:00:00Z", false),
    ] {
        assert_eq!(work.window.is_open(micros(at)), expected, "{at}");
    }
}

#[test]
fn rotations_and_escalations_are_read() {
    let json = json!({
        "layers": [{
            "people": [3, "b@example.com"], "starts": "2026-11-02T09:00:00Z", "zone": "UTC",
            "handOver": "09:00", "turnDays": 7, "duty": [["Mon 00:00", "Fri 24:00"]],
        }],
        "overrides": [
            {"person": "7", "from": "2026-11-10T00:00:00Z", "until": "2026-11-11T00:00:00Z"},
        ],
    });
    let rotation = read_rotation(&json).unwrap();
    for (at, expected) in [
        ("2026-11-03T10:00:00Z", Some("3")),
        ("2026-11-09T10:00:00Z", Some("b@example.com")),
        ("2026-11-10T10:00:00Z", Some("7")),
        ("2026-11-14T10:00:00Z", None),
    ] {
        assert_eq!(rotation.on_call(micros(at)).map(String::as_str), expected, "{at}");
    }
    let json = json!({"repeats": 1, "steps": [
        {"waitMinutes": 15, "targets": [{"rotation": "second"}, {"user": 4}]},
    ]});
    let escalation = read_escalation(&json).unwrap();
    let targets = vec![Recipient::Rotation("second".to_owned()), Recipient::User("4".to_owned())];
    assert_eq!(escalation.steps, [(900_000_000, targets)]);
}

#[test]
fn fields_that_nobody_reads_are_refused_by_name() {
    let target = json!([{"mail": "a@b.example", "cc": "c"}]);
    let cases = [
        (Definition::Routing, json!({"route": {"reciever": "a"}}), "route.reciever"),
        (Definition::Routing, json!({"route": {"routes": [{"x": 1}]}}), "route.routes.x"),
        (Definition::Routing, json!({"global": {}}), "global"),
        (Definition::Routing, json!({"receivers": [{"targets": target}]}), "receivers.targets.cc"),
        (
            Definition::Rotation,
            json!({"layers": [{"people": [], "handover": 1}]}),
            "layers.handover",
        ),
        (Definition::Override, json!({"person": "a", "til": 1}), "til"),
        (Definition::Escalation, json!({"steps": [{"wait": 1}]}), "steps.wait"),
        (Definition::Maintenance, json!({"window": {"until": 1}}), "window.until"),
    ];
    for (kind, json, field) in cases {
        let problem = kind.fits(&json).unwrap_err();
        assert_eq!(problem.to_string(), format!("{field}: is not a known field"));
    }
    let known =
        json!({"route": {"receiver": "a", "routes": [{"group_wait": "0s"}]}, "receivers": null});
    assert_eq!(Definition::Routing.fits(&known), Ok(()));
    let long = json!({"rule_escalation": "x".repeat(DEFINITION_BYTES_MAX)});
    assert_eq!(Definition::Routing.fits(&long).unwrap_err().field, "definition");
}
