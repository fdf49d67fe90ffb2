//! Chats: Discord, Telegram, Mattermost and Rocket.Chat, Microsoft Teams.

use serde_json::{Value, json};

use crate::cut::{cut, escaped, html, markdown, mentions};
use crate::message::{Message, safe_url};

const FACTS_MAX: usize = 10;

/// Body for a Discord channel or webhook. Limits: title 256, description 4,096, 25 fields of 256 and 1,024
/// characters, 6,000 in all. Mentions are off.
pub fn discord(message: &Message) -> Value {
    let fields = message.facts.iter().take(FACTS_MAX).filter(|fact| !fact.name.is_empty());
    let fields: Vec<Value> = fields
        .map(|fact| {
            let value = if fact.value.is_empty() { "-" } else { &fact.value };
            let (name, value) = (escaped(&fact.name, 100, markdown), escaped(value, 200, markdown));
            json!({"name": name, "value": value, "inline": true})
        })
        .collect();
    let url = safe_url(&message.url);
    let mut embed = json!({
        "title": escaped(&message.title, 250, markdown),
        "description": escaped(&message.text, 2_000, markdown),
        "color": message.color(),
        "timestamp": message.time(),
        "footer": {"text": cut(&message.footer(), 300)},
        "fields": fields,
    });
    let mut body = json!({"content": "", "allowed_mentions": {"parse": []}});
    if !url.is_empty() {
        embed["url"] = url.as_str().into();
        let button = json!({"type": 2, "style": 5, "label": "Open", "url": url});
        body["components"] = json!([{"type": 1, "components": [button]}]);
    }
    body["embeds"] = json!([embed]);
    body
}

/// Body for Telegram's `sendMessage`: at most 4,096 characters, in HTML.
pub fn telegram(message: &Message, chat: &str) -> Value {
    let title = escaped(&message.title, 500, html);
    let text = escaped(&message.text, 1_500, html);
    let place = escaped(&message.place, 300, html);
    let footer = escaped(&message.footer(), 300, html);
    let url = escaped(&safe_url(&message.url), 1_000, html);
    let footer = if url.is_empty() { footer } else { format!("<a href=\"{url}\">{footer}</a>") };
    let lines = [format!("<b>{title}</b>"), text, place, footer];
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    json!({
        "chat_id": chat,
        "text": lines.join("\n"),
        "parse_mode": "HTML",
        "disable_web_page_preview": true,
    })
}

/// Body for an incoming webhook of Mattermost or Rocket.Chat: at most 16,383 characters in all.
pub fn mattermost(message: &Message) -> Value {
    let fields: Vec<Value> = message
        .facts
        .iter()
        .take(FACTS_MAX)
        .map(|fact| {
            let (title, value) =
                (escaped(&fact.name, 100, markdown), escaped(&fact.value, 200, markdown));
            json!({"short": true, "title": title, "value": value})
        })
        .collect();
    let summary = escaped(&message.summary(), 1_000, markdown);
    json!({
        "username": "Pitwatch",
        "text": summary,
        "attachments": [{
            "fallback": summary,
            "color": message.hex_color(),
            "title": escaped(&message.title, 250, markdown),
            "title_link": safe_url(&message.url),
            "text": escaped(&message.text, 2_000, markdown),
            "fields": fields,
            "footer": escaped(&message.footer(), 300, mentions),
        }],
    })
}

/// Body for a workflow webhook of Microsoft Teams: an adaptive card, at most 28 KB.
pub fn microsoft_teams(message: &Message) -> Value {
    let title = escaped(&message.title, 500, markdown);
    let url = safe_url(&message.url);
    let title = if url.is_empty() { title } else { format!("[{title}]({url})") };
    let mut body = vec![
        json!({"type": "TextBlock", "size": "Large", "weight": "Bolder", "text": title, "wrap": true}),
    ];
    if !message.text.is_empty() {
        let text = escaped(&message.text, 2_000, markdown);
        body.push(json!({"type": "TextBlock", "text": text, "wrap": true}));
    }
    let facts: Vec<Value> = message
        .facts
        .iter()
        .take(FACTS_MAX)
        .map(|fact| {
            let (title, value) =
                (escaped(&fact.name, 100, markdown), escaped(&fact.value, 200, markdown));
            json!({"title": title, "value": value})
        })
        .collect();
    if !facts.is_empty() {
        body.push(json!({"type": "FactSet", "facts": facts}));
    }
    let time = message.time();
    let footer = escaped(&message.footer(), 300, markdown);
    let footer = format!("{footer} | {{{{DATE({time}, SHORT)}}}} {{{{TIME({time})}}}}");
    body.push(json!({
        "type": "TextBlock", "isSubtle": true, "size": "Small", "text": footer, "wrap": true,
    }));
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": body,
    });
    if !url.is_empty() {
        card["actions"] = json!([{"type": "Action.OpenUrl", "title": "Open", "url": url}]);
    }
    let attachment =
        json!({"contentType": "application/vnd.microsoft.card.adaptive", "content": card});
    json!({"type": "message", "attachments": [attachment]})
}
