//! Each vendor's schema and limits, as published, written down as checks; run on ordinary, hostile, empty
//! and huge messages.

use notify::{
    Message, Phase, Tone, discord, mail, mattermost, microsoft_teams, opsgenie, pagerduty, slack,
    slack_webhook, telegram,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::given::{HOSTILE, declined, filled};

fn units(value: &Value) -> usize {
    value.as_str().unwrap().encode_utf16().count()
}

/// Block Kit reference: <https://docs.slack.dev/reference/block-kit/blocks>.
fn check_slack(body: &Value, knows_buttons: bool) {
    assert!(!body["text"].as_str().unwrap().is_empty());
    let blocks = body["blocks"].as_array().unwrap();
    assert!((1..=50).contains(&blocks.len()));
    for block in blocks {
        if let Some(id) = block.get("block_id") {
            assert!(units(id) <= 255);
        }
        match block["type"].as_str().unwrap() {
            "section" => check_mrkdwn(&block["text"]),
            "context" => {
                let elements = block["elements"].as_array().unwrap();
                assert!((1..=10).contains(&elements.len()));
                elements.iter().for_each(check_mrkdwn);
            }
            "actions" => {
                for element in block["elements"].as_array().unwrap() {
                    let kind = element["type"].as_str().unwrap();
                    assert!(knows_buttons || (kind == "button" && element["url"].is_string()));
                    if let Some(url) = element.get("url") {
                        assert!(units(url) <= 3_000);
                    }
                    assert!(element["action_id"].is_string());
                }
            }
            other => assert_eq!(other, "divider"),
        }
    }
}

/// 1 to 3,000 characters; whatever stands in angle brackets is a link of ours.
fn check_mrkdwn(text: &Value) {
    assert_eq!(text["type"], "mrkdwn");
    // Or else Slack makes links and mentions of what only looks like some.
    assert_eq!(text["verbatim"], true);
    assert!((1..=3_000).contains(&units(&text["text"])), "{text}");
    let words = text["text"].as_str().unwrap();
    for inside in words.split('<').skip(1) {
        assert!(inside.starts_with("http") && inside.contains('>'), "{words}");
    }
    assert!(!words.contains("<!") && !words.contains("<@"), "{words}");
}

/// Events API v2: <https://developer.pagerduty.com/docs/events-api-v2/trigger-events/>.
fn check_pagerduty(body: &Value) {
    assert_eq!(units(&body["routing_key"]), 32);
    assert!(units(&body["dedup_key"]) <= 255);
    let action = body["event_action"].as_str().unwrap();
    assert!(["trigger", "acknowledge", "resolve"].contains(&action));
    if action == "trigger" {
        let payload = &body["payload"];
        assert!((1..=1_024).contains(&units(&payload["summary"])));
        assert!((1..=1_024).contains(&units(&payload["source"])));
        let severity = payload["severity"].as_str().unwrap();
        assert!(["critical", "error", "warning", "info"].contains(&severity));
        assert!(payload["custom_details"].is_object());
        for link in body["links"].as_array().into_iter().flatten() {
            assert!(link["href"].as_str().unwrap().starts_with("http"));
        }
        assert!(body.to_string().len() <= 512 * 1_024);
    } else {
        assert!(body.get("payload").is_none());
    }
}

/// Alert API: <https://docs.opsgenie.com/docs/alert-api>.
fn check_opsgenie(body: &Value) {
    assert!(units(&body["message"]) <= 130);
    assert!(units(&body["alias"]) <= 512);
    assert!(units(&body["description"]) <= 15_000);
    assert!(units(&body["source"]) <= 100);
    assert!(units(&body["entity"]) <= 512);
    assert!(["P1", "P2", "P3", "P4", "P5"].contains(&body["priority"].as_str().unwrap()));
    let tags = body["tags"].as_array().unwrap();
    assert!(tags.len() <= 20 && tags.iter().all(|tag| units(tag) <= 50));
    let details = body["details"].as_object().unwrap();
    let bytes: usize = details.iter().map(|(name, value)| name.len() + units(value)).sum();
    assert!(bytes <= 8_000, "{bytes}");
}

/// Embeds: <https://discord.com/developers/docs/resources/message#embed-object>.
fn check_discord(body: &Value) {
    assert_eq!(body["allowed_mentions"], json!({"parse": []}));
    let embed = &body["embeds"][0];
    let fields = embed["fields"].as_array().unwrap();
    assert!(fields.len() <= 25);
    let mut sum =
        units(&embed["title"]) + units(&embed["description"]) + units(&embed["footer"]["text"]);
    for field in fields {
        assert!((1..=256).contains(&units(&field["name"])));
        assert!((1..=1_024).contains(&units(&field["value"])));
        sum += units(&field["name"]) + units(&field["value"]);
    }
    assert!(units(&embed["title"]) <= 256 && units(&embed["description"]) <= 4_096);
    assert!(units(&embed["footer"]["text"]) <= 2_048 && sum <= 6_000, "{sum}");
    assert!(embed["color"].as_u64().unwrap() <= 0xff_ffff);
    if let Some(url) = embed.get("url") {
        assert!(url.as_str().unwrap().starts_with("http"));
    }
}

/// `sendMessage`: <https://core.telegram.org/bots/api#sendmessage>.
fn check_telegram(body: &Value) {
    assert!((1..=4_096).contains(&units(&body["text"])));
    let text = body["text"].as_str().unwrap();
    for tag in text.split('<').skip(1) {
        let known = ["b>", "/b>", "a href=\"http", "/a>"];
        assert!(known.iter().any(|known| tag.starts_with(known)), "{text}");
    }
}

/// <https://developers.mattermost.com/integrate/reference/message-attachments/>.
fn check_mattermost(body: &Value) {
    assert!(units(&body["text"]) <= 16_383);
    assert!(!body.to_string().contains("@here") && !body.to_string().contains("@everyone"));
    let color = body["attachments"][0]["color"].as_str().unwrap();
    assert!(color.len() == 7 && color.starts_with('#'));
}

/// Adaptive cards 1.2 in a message of at most 28 KB.
fn check_teams(body: &Value) {
    assert!(body.to_string().len() <= 28 * 1_024, "{}", body.to_string().len());
    let card = &body["attachments"][0]["content"];
    assert_eq!((&card["type"], &card["version"]), (&json!("AdaptiveCard"), &json!("1.2")));
    let texts = card["body"].as_array().unwrap();
    // The only macros are ours, at the end.
    let macros = texts.iter().filter(|block| block.to_string().contains("{{"));
    assert_eq!(macros.count(), 1);
    for action in card["actions"].as_array().into_iter().flatten() {
        assert!(action["url"].as_str().unwrap().starts_with("http"));
    }
}

/// RFC 5322: headers of one line; and HTML without anything that runs or loads.
fn check_mail(message: &Message) {
    let mail = mail(message, "pitwatch.example");
    assert!(
        !mail.subject.chars().any(char::is_control) && units(&mail.subject.as_str().into()) <= 200
    );
    for (name, value) in &mail.headers {
        assert!(!value.chars().any(char::is_control), "{name}: {value}");
        assert!(value.is_ascii() && value.len() < 998);
    }
    for tag in mail.html.split('<').skip(1) {
        let known = [
            "!doctype",
            "html>",
            "/html>",
            "body style",
            "/body>",
            "h2 style",
            "/h2>",
            "p>",
            "/p>",
            "pre>",
            "/pre>",
            "table>",
            "/table>",
            "tr>",
            "/tr>",
            "th align",
            "/th>",
            "td>",
            "/td>",
            "a href=\"http",
            "/a>",
        ];
        assert!(known.iter().any(|known| tag.starts_with(known)), "<{tag}");
    }
}

/// What wakes a whole channel has something invisible in it.
#[test]
fn nobody_is_woken_by_an_error_message() {
    for body in
        [mattermost, discord, microsoft_teams].map(|render| render(&filled("@channel @all")))
    {
        let shown = body.to_string();
        assert!(
            !shown.contains("@channel") || body["allowed_mentions"]["parse"] == json!([]),
            "{shown}"
        );
    }
}

fn check_all(message: &Message) {
    let to = ("C0123456789", Some("1.2"));
    check_slack(&slack(message, to, true), true);
    check_slack(&slack(message, to, false), false);
    check_slack(&slack_webhook(message), false);
    check_pagerduty(&pagerduty(message, &"R".repeat(32)));
    check_opsgenie(&opsgenie(message));
    check_discord(&discord(message));
    check_telegram(&telegram(message, "-100123"));
    check_mattermost(&mattermost(message));
    check_teams(&microsoft_teams(message));
    check_mail(message);
}

#[test]
fn all_vendors_take_ordinary_empty_and_huge_messages() {
    for phase in [Phase::Trigger, Phase::Acknowledge, Phase::Resolve] {
        for tone in [Tone::Fatal, Tone::Error, Tone::Warning, Tone::Info, Tone::Debug] {
            check_all(&Message { phase, tone, ..declined() });
        }
    }
    for text in ["", "x", "é", "𝄞", "&", "<", "*", "\"", "@", "{"] {
        for length in [1, 100, 20_000] {
            check_all(&filled(&text.repeat(length)));
        }
    }
    check_all(&filled(&format!("https://x.example/{}", "a".repeat(10_000))));
}

#[test]
fn what_is_hostile_stays_plain_text() {
    for text in HOSTILE {
        check_all(&filled(text));
        check_all(&Message { title: text.to_owned(), text: text.to_owned(), ..declined() });
    }
    let tried = filled(HOSTILE[4]);
    assert!(!slack(&tried, ("C1", None), true).to_string().contains("<img"));
    assert!(!mail(&tried, "x.example").html.contains("<img"));
    let bcc = mail(&filled(HOSTILE[6]), "x.example");
    assert!(!bcc.headers.iter().any(|(_, value)| value.contains('\n')));
    let scheme = microsoft_teams(&filled("javascript:alert(1)"));
    assert!(scheme["attachments"][0]["content"].get("actions").is_none());
}

/// The reference's samples, field by field.
#[test]
fn an_issue_looks_as_expected() {
    let message = declined();
    let slack = slack(&message, ("C0123456789", None), true);
    assert_eq!(slack["text"], "[casino-api] PaymentDeclined: limit");
    assert_eq!(
        slack["blocks"][0],
        json!({
            "type": "section",
            "block_id": "{\"issue\":1001,\"rule\":7}",
            "text": {"type": "mrkdwn", "text": ":red_circle: <https://pitwatch.example/organizations/acme/issues/1001/|*PaymentDeclined*>", "verbatim": true}
        })
    );
    assert_eq!(slack["blocks"][2]["text"]["text"], "```limit```");
    let pager = pagerduty(&message, &"R".repeat(32));
    assert_eq!(pager["dedup_key"], "CASINO-API-1");
    assert_eq!(pager["payload"]["summary"], "[CASINO-API-1] PaymentDeclined: limit");
    assert_eq!(pager["payload"]["timestamp"], "2026-11-21T10:00:00Z");
    let over = Message { phase: Phase::Resolve, ..declined() };
    assert_eq!(
        pagerduty(&over, &"R".repeat(32)),
        json!({"routing_key": "R".repeat(32), "event_action": "resolve", "dedup_key": "CASINO-API-1"})
    );
    assert_eq!(discord(&message)["embeds"][0]["color"], 14_695_983);
    assert_eq!(
        telegram(&message, "-1001234567890")["text"],
        "<b>PaymentDeclined</b>\nlimit\napp.pay in charge\n<a href=\"https://pitwatch.example/organizations/acme/issues/1001/\">CASINO-API-1 via Payments</a>"
    );
    assert_eq!(mattermost(&message)["attachments"][0]["color"], "#E03E2F");
    assert_eq!(opsgenie(&message)["priority"], "P2");
    assert_eq!(mail(&message, "pitwatch.example").subject, "[casino-api] ERROR: PaymentDeclined");
}

proptest! {
    #[test]
    fn any_text_is_contained(text in "\\PC{0,80}", markup in "[<>&|`*_@{}()\\[\\]\"'\\\\:/!\\n\\ra-c]{0,80}") {
        check_all(&filled(&text));
        check_all(&filled(&markup));
        check_all(&filled(&format!("https://{markup}")));
    }
}
