//! Slack: `chat.postMessage` with a bot's token, and incoming webhooks.
//!
//! Limits: 50 blocks, 3,000 characters in a section, 255 in a `block_id`, 10 elements in a context.

use serde_json::{Value, json};

use crate::cut::{cut, escaped, slack as plain, slack_code};
use crate::message::{Message, Phase, Tone, safe_url};
use crate::request::{Method, Request, Step};

const SECTION_MAX: usize = 3_000;
const TEXT_MAX: usize = 3_000;
/// Of the title, so that the link around it fits.
const TITLE_MAX: usize = 500;
const VALUE_MAX: usize = 256;
const FACTS_MAX: usize = 20;

/// Body for `chat.postMessage`; `thread` continues the thread of an earlier message. Buttons are for those whose app
/// tells us when they are pressed.
pub fn slack(
    message: &Message,
    (channel, thread): (&str, Option<&str>),
    has_buttons: bool,
) -> Value {
    let mut blocks = blocks(message);
    if has_buttons && message.phase == Phase::Trigger && message.issue_and_rule.is_some() {
        blocks.push(buttons());
    }
    let mut body = json!({
        "channel": channel,
        "text": fallback(message),
        "blocks": blocks,
        "unfurl_links": false,
        "unfurl_media": false,
    });
    if let Some(thread) = thread {
        body["thread_ts"] = thread.into();
    }
    body
}

/// Body for an incoming webhook, which knows no buttons but links.
pub fn slack_webhook(message: &Message) -> Value {
    let mut blocks = blocks(message);
    let url = safe_url(&message.url);
    if !url.is_empty() {
        let label = json!({"type": "plain_text", "text": "Open"});
        let button = json!({"type": "button", "text": label, "url": url, "action_id": "open"});
        blocks.push(json!({"type": "actions", "elements": [button]}));
    }
    json!({"text": fallback(message), "blocks": blocks})
}

/// Where Slack wants to be told what a press of a button did. Source: Slack's "Handling user interaction".
const REPLY_ADDRESSES: [&str; 2] = ["https://hooks.slack.com/", "https://hooks.slack-gov.com/"];

/// What becomes of a button, said under the message, at the address that Slack gave when it was pressed.
/// `None` when that address is neither Slack's nor below the `base_url` that the channel has instead.
pub fn slack_reply(response_url: &str, base_url: Option<&str>, text: &str) -> Option<Request> {
    let base_url = base_url.map(|base| format!("{}/", base.trim_end_matches('/')));
    let mut known = REPLY_ADDRESSES.into_iter().chain(base_url.as_deref());
    if !known.any(|known| response_url.starts_with(known)) {
        return None;
    }
    let text = escaped(text, TEXT_MAX, plain);
    let body = json!({"response_type": "in_channel", "replace_original": false, "text": text});
    Some(Request {
        method: Method::Post,
        url: response_url.to_owned(),
        headers: vec![("Content-Type", "application/json; charset=utf-8".to_owned())],
        body: body.to_string().into_bytes(),
        step: Step::Tell,
    })
}

/// What telephones and screen readers say.
fn fallback(message: &Message) -> String {
    escaped(&format!("[{}] {}", message.project, message.summary()), TEXT_MAX, plain)
}

fn blocks(message: &Message) -> Vec<Value> {
    let title = link(&message.url, &escaped(&message.title, TITLE_MAX, plain), true);
    let mut head = section(&format!("{} {title}", emoji(message)));
    if let Some((issue, rule)) = message.issue_and_rule {
        head["block_id"] = json!({"issue": issue, "rule": rule}).to_string().into();
    }
    let mut blocks = vec![head];
    if !message.place.is_empty() {
        blocks.push(context(&escaped(&message.place, VALUE_MAX, plain)));
    }
    if !message.text.is_empty() {
        let text = escaped(&message.text, VALUE_MAX, slack_code);
        blocks.push(section(&format!("```{text}```")));
    }
    let facts = message.facts.iter().take(FACTS_MAX).map(|fact| {
        let (name, value) = (escaped(&fact.name, 40, plain), escaped(&fact.value, 60, slack_code));
        format!("{name}: `{value}`  ")
    });
    let facts: String = facts.collect();
    if !facts.is_empty() {
        blocks.push(section(&facts));
    }
    let details = message.details.iter().take(FACTS_MAX).map(|fact| {
        format!("{}: *{}*", escaped(&fact.name, 40, plain), escaped(&fact.value, 60, plain))
    });
    let details: Vec<String> = details.collect();
    if !details.is_empty() {
        blocks.push(context(&details.join("   ")));
    }
    if !message.notes.is_empty() {
        blocks.push(section(&format!("notes: {}", escaped(&message.notes, 1_000, plain))));
    }
    if let Some(runbook) = &message.runbook_url {
        blocks.push(context(&link(runbook, "Runbook", false)));
    }
    let rule = link(&message.rule.url, &escaped(&message.rule.text, 256, plain), false);
    let project = escaped(&message.project, 100, plain);
    let short_id = escaped(&message.short_id, 100, plain);
    blocks.push(context(&format!("Project: {project}    Alert: {rule}    Short ID: {short_id}")));
    blocks.push(json!({"type": "divider"}));
    blocks
}

fn buttons() -> Value {
    let button = |label: &str, action: &str| {
        let text = json!({"type": "plain_text", "text": label});
        json!({"type": "button", "text": text, "action_id": action, "value": action})
    };
    let assign = json!({
        "type": "external_select",
        "placeholder": {"type": "plain_text", "text": "Select Assignee...", "emoji": true},
        "action_id": "assign",
    });
    let elements = [
        button("Resolve", "resolve_dialog"),
        button("Archive", "archive_dialog"),
        button("Silence 1 h", "silence"),
        assign,
    ];
    json!({"type": "actions", "elements": elements})
}

fn emoji(message: &Message) -> &'static str {
    match (message.phase, message.tone) {
        (Phase::Resolve, _) => ":green_circle:",
        (Phase::Acknowledge, _) => ":white_circle:",
        (Phase::Trigger, Tone::Fatal | Tone::Error) => ":red_circle:",
        (Phase::Trigger, Tone::Warning) => ":large_yellow_circle:",
        (Phase::Trigger, Tone::Info) => ":large_blue_circle:",
        (Phase::Trigger, Tone::Debug) => ":bug:",
    }
}

/// `text` is escaped already; without a safe address only the words stay.
fn link(url: &str, text: &str, is_bold: bool) -> String {
    let star = if is_bold { "*" } else { "" };
    let url = escaped(&safe_url(url), 2_000, plain);
    let text = text.replace('|', "/");
    if url.is_empty() {
        format!("{star}{text}{star}")
    } else {
        format!("<{url}|{star}{text}{star}>")
    }
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": markup(text)})
}

fn context(text: &str) -> Value {
    json!({"type": "context", "elements": [markup(text)]})
}

/// Verbatim: names and addresses that somebody else wrote become neither mentions nor links.
fn markup(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": cut(text, SECTION_MAX), "verbatim": true})
}
