//! Fingerprints of SDKs and of a project's rules.

use group::GroupingRules;
use serde_json::{Value as Json, json};

use crate::given;

fn event() -> Json {
    json!({
        "platform": "python", "level": "error", "logger": "wallet", "transaction": "/spin",
        "release": "casino@1.2.3", "sdk": {"name": "sentry.python"},
        "tags": [["provider", "evolution"], ["market", "DE"]],
        "logentry": {"formatted": "Payment provider X timeout"},
        "threads": {"values": [{"id": 7, "name": "Main", "crashed": true, "state": "RUNNABLE"}]},
        "exception": {"values": [
            {"type": "KeyError", "value": "no wallet"},
            {"type": "DatabaseError", "value": "Lost connection", "stacktrace": {"frames": [
                {"function": "main", "module": "app", "filename": "app.py", "abs_path": "/srv/app.py", "in_app": true},
                {"function": "place_bet", "module": "app.bets", "filename": "bets.py", "abs_path": "/srv/app/bets.py", "in_app": true},
                {"function": "execute", "module": "sqlalchemy", "in_app": false, "package": "/usr/lib/Sql.so"},
            ]}},
        ]},
    })
}

/// The resolved fingerprint.
#[track_caller]
fn values(event: &Json, rules: &GroupingRules) -> String {
    let event = given::event(event);
    given::group(&event, rules);
    let explanation = given::text(&group::explain(&event, rules));
    let values = explanation["fingerprint"]["values"].as_array().unwrap();
    let values: Vec<_> = values.iter().map(|value| value.as_str().unwrap()).collect();
    format!("{}: {}", explanation["fingerprint"]["source"].as_str().unwrap(), values.join("|"))
}

#[test]
fn what_sdks_ask_for() {
    let with = |fingerprint: Json| {
        let mut event = event();
        event["fingerprint"] = fingerprint;
        event
    };
    let rules = GroupingRules::default();
    for (fingerprint, expected) in [
        (json!(null), "default: "),
        (json!([]), "default: "),
        (json!(["{{ default }}"]), "default: "),
        (json!(["{{default}}"]), "default: "),
        (json!(["a", "b"]), "sdk: a|b"),
        (json!(["a", 7, true, null]), "sdk: a|7|true"),
        (json!(["{{ default }}", "a"]), "sdk: {{ default }}|a"),
        (json!(["{{ transaction }}", "{{level}}"]), "sdk: /spin|error"),
    ] {
        assert_eq!(values(&with(fingerprint), &rules), expected);
    }
    let hash = |fingerprint: Json| given::group(&given::event(&with(fingerprint)), &rules).hashes;
    let default = hash(json!(null));
    assert_eq!(hash(json!(["{{ default }}"])), default);
    let evolution = hash(json!(["{{ default }}", "evolution"]));
    assert_eq!(evolution.len(), default.len());
    assert_ne!(evolution, default);
    assert_ne!(evolution, hash(json!(["{{ default }}", "netent"])));
    assert_eq!(hash(json!(["a"])).len(), 1);
}

#[test]
fn variables() {
    for (name, expected) in [
        ("transaction", "/spin"),
        ("message", "Payment provider X timeout"),
        ("type", "DatabaseError"),
        ("error.type", "DatabaseError"),
        ("value", "Lost connection"),
        ("error.value", "Lost connection"),
        ("function", "place_bet"),
        ("stack.function", "place_bet"),
        ("path", "/srv/app/bets.py"),
        ("stack.abs_path", "/srv/app/bets.py"),
        ("stack.filename", "bets.py"),
        ("module", "app.bets"),
        ("stack.module", "app.bets"),
        ("package", "<no-package>"),
        ("level", "error"),
        ("logger", "wallet"),
        ("tags.provider", "evolution"),
        ("tags.none", "<no-value-for-tag-none>"),
        ("colour", "<unrecognized-variable-colour>"),
    ] {
        let rules = given::fingerprint_rules(&format!("type:* -> {{{{ {name} }}}}"));
        assert_eq!(values(&event(), &rules), format!("rule: {expected}"));
    }
    let rules = given::fingerprint_rules(
        "level:* -> {{transaction}} {{message}}, {{type}} {{value}}, {{function}} {{path}} {{stack.filename}} {{module}} {{logger}}",
    );
    assert_eq!(
        values(&json!({"level": "info"}), &rules),
        "rule: <no-transaction>|<no-message>|<no-type>|<no-value>|<no-function>|<no-abs-path>|<no-filename>|<no-module>|<no-logger>"
    );
}

#[test]
fn matchers() {
    for (matcher, matched) in [
        ("error.type:DatabaseError", true),
        ("type:databaseerror", false),
        ("type:KeyError", true),
        ("error.value:\"LOST *\"", true),
        ("value:lost", false),
        // One exception must fit both.
        ("type:KeyError value:\"no wallet\"", true),
        ("type:KeyError value:\"lost*\"", false),
        ("!type:Other", true),
        ("message:\"payment provider * timeout\"", true),
        ("message:\"no wallet\"", true),
        ("message:nothing", false),
        ("stack.function:place_bet", true),
        ("function:place_bet module:app.bets", true),
        ("function:place_bet module:app", false),
        ("path:**/app/bets.py", true),
        ("stack.package:**/sql.so", true),
        ("app:no function:execute", true),
        ("app:yes function:execute", false),
        ("[ function:main ] | function:place_bet", true),
        ("[ function:execute ] | function:place_bet", false),
        ("function:place_bet | [ function:execute ]", true),
        ("family:other", true),
        ("family:native,javascript", false),
        ("logger:wallet", true),
        ("logger:Wallet", false),
        ("level:ERROR", true),
        ("release:CASINO@1.*", true),
        ("sdk:sentry.python,other", true),
        ("sdk:sentry", false),
        ("tags.provider:evo*", true),
        ("tags.\"provider\":evo*", true),
        ("tags.none:*", false),
        ("!tags.none:*", true),
        ("thread.name:main thread.crashed:true", true),
        ("thread.id:7 thread.state:runnable", true),
        ("thread.current:true", false),
        ("type:KeyError level:error function:main tags.market:DE", true),
    ] {
        let rules = given::fingerprint_rules(&format!("{matcher} -> x"));
        let expected = if matched { "rule: x" } else { "default: " };
        assert_eq!(values(&event(), &rules), expected, "{matcher}");
    }
}

#[test]
fn the_first_rule_wins_and_may_give_a_title() {
    let rules = given::fingerprint_rules(
        "type:Nothing -> a\ntype:DatabaseError -> psp, \"two words\", {{ tags.provider }} title=\"PSP {{ tags.provider }} down\"\ntype:* -> z",
    );
    let mut json = event();
    json["fingerprint"] = json!(["theirs"]);
    assert_eq!(values(&json, &rules), "rule: psp|two words|evolution");
    let mut event = given::event(&json);
    let grouping = group::group(&mut event, &rules);
    assert_eq!(grouping.title_override.as_deref(), Some("PSP evolution down"));
    assert_eq!(
        group::title(&event, grouping.title_override.as_deref()).title,
        "PSP evolution down"
    );
    assert_eq!(given::text(event.root.get("client_fingerprint").unwrap()), json!(["theirs"]));
    assert_eq!(
        given::text(event.root.get("fingerprint").unwrap()),
        json!(["psp", "two words", "{{ tags.provider }}"])
    );
}

#[test]
fn built_in_rules_give_way_to_the_app() {
    let chunk = |kind: &str, value: &str| json!({"platform": "javascript", "exception": {"values": [{"type": kind, "value": value}]}});
    let rules = GroupingRules::default();
    assert_eq!(values(&chunk("ChunkLoadError", "Loading chunk 7"), &rules), "rule: chunkloaderror");
    assert_eq!(values(&chunk("Error", "ChunkLoadError: 7"), &rules), "rule: chunkloaderror");
    let mut own = chunk("ChunkLoadError", "x");
    own["fingerprint"] = json!(["ours"]);
    assert_eq!(values(&own, &rules), "sdk: ours");
    let mut hydration = chunk("Error", "Hydration failed because of x");
    assert_eq!(values(&hydration, &rules), "default: ");
    hydration["tags"] = json!([["transaction", "/lobby"]]);
    assert_eq!(values(&hydration, &rules), "rule: hydrationerror|/lobby");
    hydration["platform"] = json!("python");
    assert_eq!(values(&hydration, &rules), "default: ");
}

#[test]
fn what_is_no_rule() {
    for (rule, part) in [
        ("-> a", "a matcher"),
        ("type:a", "`->`"),
        ("type:a ->", "a fingerprint"),
        ("type:a -> title=\"x\"", "a fingerprint"),
        ("colour:a -> x", "`colour`"),
        ("type:a -> {{ x", "not closed"),
        ("type:a -> \"x", "not closed"),
        ("type:a -> x title=\"y", "not closed"),
        ("[ function:a ] | type:b -> x", "frame matcher"),
        ("[ type:a ] | function:b -> x", "`type`"),
    ] {
        let error = GroupingRules::new("", &format!("# c\n{rule}")).unwrap_err();
        assert_eq!(error.line, 2, "{rule}");
        assert!(error.message.contains(part), "{rule}: {}", error.message);
    }
}
