//! Messages to render: an ordinary one, an empty one, and one that tries everything.

use model::clock::Micros;
use notify::{Fact, Link, Message, Phase, Tone};

pub(crate) fn fact(name: &str, value: &str) -> Fact {
    Fact { name: name.to_owned(), value: value.to_owned() }
}

pub(crate) fn declined() -> Message {
    Message {
        key: "CASINO-API-1".to_owned(),
        phase: Phase::Trigger,
        tone: Tone::Error,
        title: "PaymentDeclined".to_owned(),
        text: "limit".to_owned(),
        place: "app.pay in charge".to_owned(),
        url: "https://pitwatch.example/organizations/acme/issues/1001/".to_owned(),
        project: "casino-api".to_owned(),
        short_id: "CASINO-API-1".to_owned(),
        issue_and_rule: Some((1001, 7)),
        rule: Link {
            text: "Payments".to_owned(),
            url: "https://pitwatch.example/alerts/7".to_owned(),
        },
        facts: vec![fact("environment", "production"), fact("release", "api@1.0.0")],
        details: vec![fact("Events", "123"), fact("State", "New")],
        notes: String::new(),
        runbook_url: Some("https://runbooks.example/pay".to_owned()),
        at: Micros(1_795_255_200_000_000),
        data: serde_json::json!({}),
        alerts: Vec::new(),
    }
}

/// Every text is `text`.
pub(crate) fn filled(text: &str) -> Message {
    let own = || text.to_owned();
    Message {
        key: own(),
        title: own(),
        text: own(),
        place: own(),
        url: own(),
        project: own(),
        short_id: own(),
        rule: Link { text: own(), url: own() },
        facts: vec![fact(text, text); 100],
        details: vec![fact(text, text); 100],
        notes: own(),
        runbook_url: Some(own()),
        ..declined()
    }
}

/// What people would try: links, mentions, markup, macros, headers, other schemes.
pub(crate) const HOSTILE: [&str; 9] = [
    "<!channel> <https://evil.example|click> &amp;",
    "``` *bold* _x_ ~y~ `code` ```",
    "@everyone @here <@U123> <script>alert(1)</script>",
    "javascript:alert(1)",
    "https://x.example/\"><img src=x onerror=alert(1)>|x) [a](b)",
    "{{DATE(2026-01-01T00:00:00Z, SHORT)}} {{7*7}} ${7*7} #{7*7} <%= 7 %>",
    "a\r\nBcc: victim@example.com\r\n\r\nbody",
    "\u{202e}\u{0}\u{7}\u{1b}[31m",
    "",
];
