//! What is said to a channel over HTTP, and what its answer means: one request after the other, until the
//! message is delivered or will not be.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use model::clock::Micros;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::alertmanager::{VIA, alertmanager_alerts};
use crate::channel::{Channel, ChannelKind};
use crate::chat::{discord, mattermost, microsoft_teams, telegram};
use crate::cut::cut;
use crate::hook::hook;
use crate::message::{Message, Phase, safe_url};
use crate::paging::{opsgenie, opsgenie_alias, pagerduty};
use crate::request::{Request, Step};
use crate::sign::{hex, sentry_signature, signature};
use crate::slack::{slack, slack_webhook};

const SECOND: u64 = 1_000_000;
/// A peer that asks for more patience does not get it.
const RETRY_AFTER_SECONDS_MAX: u64 = 3_600;
/// Of what a peer answered, for people to read.
const REASON_CHARS_MAX: usize = 300;
/// How long a firing alert is believed by an Alertmanager that does not hear of it again.
const ALERTMANAGER_BELIEVES: u64 = 240 * SECOND;

/// What a request is made of.
#[derive(Debug, Clone, Copy)]
pub struct Given<'g> {
    /// Whom it is for.
    pub channel: &'g Channel,
    /// What a rule's action says besides, such as another `channel` of Slack.
    pub action: &'g Map<String, Value>,
    /// What is told.
    pub message: &'g Message,
    /// What the channel answered to the first message of the thread: a message's or an issue's id.
    pub reference: Option<&'g str>,
    /// The same for every attempt to deliver this message.
    pub key: &'g str,
    /// Whether there was an attempt before, of which nobody knows how it ended.
    pub is_again: bool,
    /// When it is sent.
    pub at: Micros,
}

/// What a peer answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The message arrived; later messages of the thread refer to this.
    Delivered(Option<String>),
    /// There is more to say.
    Next(Request),
    /// Not now.
    Retry {
        /// How long the peer wants to be left alone, in microseconds.
        after: Option<u64>,
        /// Its words.
        why: String,
    },
    /// Not ever: the same request would be refused again.
    Refused(String),
}

/// The first request; `None` for channels that do not speak HTTP.
pub fn first(given: &Given<'_>) -> Option<Request> {
    let request = match given.channel.kind {
        ChannelKind::Mail => return None,
        ChannelKind::Slack => slack_request(given),
        ChannelKind::PagerDuty => {
            let key = given.secret("routing_key");
            let url = format!("{}/v2/enqueue", given.base("https://events.pagerduty.com"));
            Request::post(Step::Tell, url, &pagerduty(given.message, key))
        }
        ChannelKind::Jira => jira_first(given),
        ChannelKind::Alertmanager => alertmanager_request(given, 0),
        ChannelKind::MsTeams => given.hook(&microsoft_teams(given.message)),
        ChannelKind::Mattermost => given.hook(&mattermost(given.message)),
        ChannelKind::Discord => discord_request(given),
        ChannelKind::Telegram => {
            let token = given.secret("token");
            let url = format!("{}/bot{token}/sendMessage", given.base("https://api.telegram.org"));
            let chat = given.channel.get("chat_id").unwrap_or_default();
            Request::post(Step::Tell, url, &telegram(given.message, chat))
        }
        ChannelKind::Opsgenie => opsgenie_request(given),
        ChannelKind::Webhook => webhook_request(given),
    };
    Some(request.with("idempotency-key", given.key))
}

/// What the answer to a request means.
pub fn hear(given: &Given<'_>, step: Step, answer: &Answer) -> Heard {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let heard = match (given.channel.kind, step) {
        (ChannelKind::Jira, step) => jira_heard(given, step, (answer, &body)),
        (ChannelKind::Slack, step) if given.channel.get("token").is_some() => {
            slack_heard(given, step, (answer, &body))
        }
        (ChannelKind::Alertmanager, Step::Peer(next)) => {
            judged(answer, &body).unwrap_or_else(|| {
                if given.channel.list("urls").nth(next).is_some() {
                    Heard::Next(alertmanager_request(given, next))
                } else {
                    Heard::Delivered(None)
                }
            })
        }
        // What is to be acknowledged or closed there is gone already.
        (ChannelKind::Opsgenie, _)
            if answer.status == 404 && given.message.phase != Phase::Trigger =>
        {
            Heard::Delivered(None)
        }
        (ChannelKind::Telegram, _) => {
            let after = body.pointer("/parameters/retry_after").and_then(Value::as_u64);
            let retry_after = answer.retry_after.or(after);
            let answer = Answer { retry_after, ..answer.clone() };
            judged(&answer, &body).unwrap_or_else(|| match body.get("ok") {
                Some(Value::Bool(true)) => Heard::Delivered(None),
                _ => odd(&answer),
            })
        }
        _ => judged(answer, &body).unwrap_or(Heard::Delivered(None)),
    };
    match heard {
        Heard::Next(request) => Heard::Next(request.with("idempotency-key", given.key)),
        Heard::Retry { after, why } => Heard::Retry { after, why: given.hidden(&why) },
        Heard::Refused(why) => Heard::Refused(given.hidden(&why)),
        Heard::Delivered(reference) => Heard::Delivered(reference),
    }
}

/// What can still be said when the peer of a step does not answer, or not now: an Alertmanager's others hear
/// of it all the same. `None` when that was the last one.
pub fn without(given: &Given<'_>, step: Step) -> Option<Request> {
    let Step::Peer(next) = step else { return None };
    given.channel.list("urls").nth(next)?;
    Some(alertmanager_request(given, next).with("idempotency-key", given.key))
}

impl<'g> Given<'g> {
    fn secret(&self, name: &str) -> &'g str {
        self.channel.get(name).unwrap_or_default()
    }

    fn base(&self, default: &'g str) -> &'g str {
        self.channel.get("base_url").unwrap_or(default).trim_end_matches('/')
    }

    fn hook(&self, body: &Value) -> Request {
        Request::post(Step::Tell, self.secret("webhook_url").to_owned(), body)
    }

    /// What the action says, or else the channel.
    fn setting(&self, names: &[&str]) -> Option<&'g str> {
        let said = names.iter().find_map(|name| self.action.get(*name)?.as_str());
        let said = said.filter(|value| !value.is_empty());
        said.or_else(|| names.iter().find_map(|name| self.channel.get(name)))
    }

    /// A peer may answer with what it was sent.
    fn hidden(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.channel.secrets() {
            text = text.replace(secret, "[secret]");
        }
        cut(&text, REASON_CHARS_MAX)
    }
}

/// What every peer's status says; `None` when it took the message.
///
/// Source: RFC 9110, sections 15.5.9 and 15.6; RFC 6585, section 4.
fn judged(answer: &Answer, body: &Value) -> Option<Heard> {
    let status = answer.status;
    let why = || {
        let said = ["errorMessages", "errors", "error", "message", "description", "title"];
        let said = said.iter().find_map(|field| body.get(*field).filter(|said| !said.is_null()));
        let said = match said {
            Some(Value::String(said)) => said.clone(),
            Some(said) => said.to_string(),
            None => String::from_utf8_lossy(&answer.body).trim().to_owned(),
        };
        let colon = if said.is_empty() { "" } else { ": " };
        cut(&format!("answered {status}{colon}{said}"), REASON_CHARS_MAX)
    };
    match status {
        200..=299 => None,
        300..=399 => Some(Heard::Refused(format!("answered {status}: redirects are not followed"))),
        408 | 425 | 429 | 500..=599 => Some(Heard::Retry { after: patience(answer), why: why() }),
        _ => Some(Heard::Refused(why())),
    }
}

fn patience(answer: &Answer) -> Option<u64> {
    answer.retry_after.map(|seconds| seconds.min(RETRY_AFTER_SECONDS_MAX) * SECOND)
}

/// A peer that says yes, but not as the one that it should be would.
fn odd(answer: &Answer) -> Heard {
    let said = String::from_utf8_lossy(&answer.body);
    let said = cut(said.trim(), REASON_CHARS_MAX);
    Heard::Retry {
        after: None,
        why: format!("answered {} but not as expected: {said}", answer.status),
    }
}

fn slack_request(given: &Given<'_>) -> Request {
    let Some(token) = given.channel.get("token") else {
        return given.hook(&slack_webhook(given.message));
    };
    let known = given.reference.and_then(|reference| reference.split_once('|'));
    let channel = given.setting(&["channel_id", "channel"]).unwrap_or_default();
    let (channel, thread) = known.map_or((channel, None), |(channel, ts)| (channel, Some(ts)));
    let url = format!("{}/chat.postMessage", given.base("https://slack.com/api"));
    let body = slack(given.message, (channel, thread), hears_buttons(given));
    Request::post(Step::Tell, url, &body).with("authorization", format!("Bearer {token}"))
}

/// Without the secret nobody could prove which button was pressed.
fn hears_buttons(given: &Given<'_>) -> bool {
    given.channel.get("signing_secret").is_some()
}

/// The first message of a thread shows how it stands now.
fn slack_recoloured(given: &Given<'_>, channel: &str, ts: &str) -> Request {
    let url = format!("{}/chat.update", given.base("https://slack.com/api"));
    let mut body = slack(given.message, (channel, None), hears_buttons(given));
    body["ts"] = ts.into();
    let token = format!("Bearer {}", given.secret("token"));
    Request::post(Step::Recolour, url, &body).with("authorization", token)
}

/// Source: Slack's Web API: what went wrong is in the body, with status 200.
fn slack_heard(given: &Given<'_>, step: Step, (answer, body): (&Answer, &Value)) -> Heard {
    if let Some(judged) = judged(answer, body) {
        return judged;
    }
    let known = given.reference.map(str::to_owned);
    match (body.get("ok").and_then(Value::as_bool), step) {
        (Some(true), Step::Recolour) => Heard::Delivered(known),
        (Some(true), _) => {
            if let Some((channel, ts)) = given.reference.and_then(|known| known.split_once('|')) {
                return match given.message.phase {
                    Phase::Trigger => Heard::Delivered(known),
                    _ => Heard::Next(slack_recoloured(given, channel, ts)),
                };
            }
            let text = |field| body.get(field).and_then(Value::as_str);
            let place = text("channel").zip(text("ts"));
            Heard::Delivered(place.map(|(channel, ts)| format!("{channel}|{ts}")))
        }
        (Some(false), step) => {
            let error = body.get("error").and_then(Value::as_str).unwrap_or("unknown error");
            let passing = [
                "ratelimited",
                "rate_limited",
                "internal_error",
                "fatal_error",
                "service_unavailable",
                "request_timeout",
            ];
            if passing.contains(&error) {
                Heard::Retry { after: patience(answer), why: error.to_owned() }
            } else if step == Step::Recolour {
                // The message itself is there; the first one was deleted, or is too old to be changed.
                Heard::Delivered(known)
            } else {
                Heard::Refused(error.to_owned())
            }
        }
        (None, _) => odd(answer),
    }
}

fn discord_request(given: &Given<'_>) -> Request {
    let body = discord(given.message);
    let Some(token) = given.channel.get("token") else { return given.hook(&body) };
    let channel = given.setting(&["channel_id"]).unwrap_or_default();
    let channel = utf8_percent_encode(channel, NON_ALPHANUMERIC);
    let base = given.base("https://discord.com/api/v10");
    let url = format!("{base}/channels/{channel}/messages");
    Request::post(Step::Tell, url, &body).with("authorization", format!("Bot {token}"))
}

fn opsgenie_request(given: &Given<'_>) -> Request {
    let base = given.base("https://api.opsgenie.com");
    let alias = opsgenie_alias(given.message);
    let alias = utf8_percent_encode(&alias, NON_ALPHANUMERIC);
    let (url, body) = match given.message.phase {
        Phase::Trigger => (format!("{base}/v2/alerts"), opsgenie(given.message)),
        Phase::Acknowledge => (
            format!("{base}/v2/alerts/{alias}/acknowledge?identifierType=alias"),
            json!({"source": "Pitwatch"}),
        ),
        Phase::Resolve => (
            format!("{base}/v2/alerts/{alias}/close?identifierType=alias"),
            json!({"source": "Pitwatch"}),
        ),
    };
    let key = format!("GenieKey {}", given.secret("api_key"));
    Request::post(Step::Tell, url, &body).with("authorization", key)
}

fn alertmanager_request(given: &Given<'_>, place: usize) -> Request {
    let channel = given.channel;
    let base = channel.list("urls").nth(place).unwrap_or_default().trim_end_matches('/');
    let lapses = Micros(given.at.0.saturating_add(ALERTMANAGER_BELIEVES));
    let carried = given.message.data.get("alerts").and_then(Value::as_array);
    let all = &given.message.alerts;
    let told = if all.is_empty() { carried } else { Some(all) };
    let mut alerts = Vec::new();
    for alert in told.into_iter().flatten() {
        let labels = alert.get("labels").cloned().unwrap_or_default();
        let labels = serde_json::from_value(labels).unwrap_or_default();
        let one = alertmanager_alerts(given.message, &labels, lapses);
        let is_over = alert.get("status").and_then(Value::as_str) == Some("resolved");
        for mut one in one.as_array().cloned().unwrap_or_default() {
            if let Some(via) = alert.pointer(&format!("/annotations/{VIA}")) {
                one["annotations"][VIA] = via.clone();
            }
            if is_over {
                one["endsAt"] = alert.get("endsAt").cloned().unwrap_or_default();
            }
            alerts.push(one);
        }
    }
    let url = format!("{base}/api/v2/alerts");
    let request = Request::post(Step::Peer(place + 1), url, &Value::Array(alerts));
    match (channel.get("token"), channel.get("user")) {
        (Some(token), _) => request.with("authorization", format!("Bearer {token}")),
        (None, Some(user)) => request.with("authorization", basic(user, given.secret("password"))),
        (None, None) => request,
    }
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{user}:{password}")))
}

fn webhook_request(given: &Given<'_>) -> Request {
    let url = given.channel.get("url").unwrap_or_default().to_owned();
    let (resource, body) = hook(given.message, given.key);
    let request = Request::post(Step::Tell, url, &body);
    let digest = Sha256::digest(given.key.as_bytes());
    let id = hex(&digest[..16]);
    let seconds = (given.at.0 / SECOND).to_string();
    let signed = given.channel.get("secret").map(|secret| {
        (sentry_signature(secret, &request.body), signature(secret, given.at, &request.body))
    });
    let request = request
        .with("request-id", id)
        .with("sentry-hook-resource", resource)
        .with("sentry-hook-timestamp", seconds);
    match signed {
        Some((sentry, ours)) => request
            .with("x-servicehook-signature", sentry.clone())
            .with("sentry-hook-signature", sentry)
            .with("x-pitwatch-signature", ours),
        None => request,
    }
}

/// What Jira's issues of a thread are found by.
fn jira_label(message: &Message) -> String {
    let digest = Sha256::digest(message.key.as_bytes());
    format!("pitwatch-{}", hex(&digest[..8]))
}

/// Jira's markup knows macros and mentions; in this frame it is not read.
fn jira_text(message: &Message) -> String {
    let plain = message.plain().replace('{', "(").replace('}', ")");
    format!("{}\n{{noformat}}\n{plain}\n{{noformat}}", safe_url(&message.url))
}

fn jira(given: &Given<'_>, request: Request) -> Request {
    let token = given.secret("token");
    // Jira Cloud knows people by their mail; Jira Server by the token alone.
    let proof = match given.channel.get("email") {
        Some(email) => basic(email, token),
        None => format!("Bearer {token}"),
    };
    request.with("authorization", proof)
}

fn jira_url(given: &Given<'_>, path: &str) -> String {
    format!("{}/rest/api/2/{path}", given.base(""))
}

fn jira_first(given: &Given<'_>) -> Request {
    match (given.reference, given.message.phase) {
        (Some(issue), Phase::Resolve) => {
            let url = jira_url(given, &format!("issue/{issue}/transitions"));
            jira(given, Request::get(Step::Transitions, url))
        }
        (Some(issue), _) => jira_comment(given, issue),
        (None, _) if given.is_again => {
            let path = if given.channel.get("email").is_some() { "search/jql" } else { "search" };
            // Not one of an earlier time that it fired.
            let label = jira_label(given.message);
            let jql = format!(
                "labels = \"{label}\" AND statusCategory != Done AND created >= -25h \
                 ORDER BY created DESC"
            );
            let jql = utf8_percent_encode(&jql, NON_ALPHANUMERIC);
            let url = jira_url(given, &format!("{path}?jql={jql}&maxResults=1&fields=key"));
            jira(given, Request::get(Step::Search, url))
        }
        (None, _) => jira_create(given),
    }
}

fn jira_comment(given: &Given<'_>, issue: &str) -> Request {
    let url = jira_url(given, &format!("issue/{issue}/comment"));
    let body = json!({"body": jira_text(given.message)});
    jira(given, Request::post(Step::Comment, url, &body))
}

fn jira_create(given: &Given<'_>) -> Request {
    let message = given.message;
    let named = |name: &str| {
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { json!({"id": name}) } else { json!({"name": name}) }
    };
    let project = given.setting(&["project"]).unwrap_or_default();
    let is_number = project.bytes().all(|byte| byte.is_ascii_digit());
    let project = if is_number { json!({"id": project}) } else { json!({"key": project}) };
    let kind = given.setting(&["issuetype", "issue_type"]).unwrap_or("Bug");
    let mut fields = json!({
        "project": project,
        "issuetype": named(kind),
        "summary": cut(&message.summary(), 250),
        "description": jira_text(message),
        "labels": ["pitwatch", jira_label(message)],
    });
    if let Some(priority) = given.setting(&["priority"]) {
        fields["priority"] = named(priority);
    }
    let body = json!({"fields": fields});
    jira(given, Request::post(Step::Create, jira_url(given, "issue"), &body))
}

fn jira_heard(given: &Given<'_>, step: Step, (answer, body): (&Answer, &Value)) -> Heard {
    let known = given.reference.map(str::to_owned);
    // Somebody deleted the issue: what is over needs none, what goes on needs another.
    if answer.status == 404 && matches!(step, Step::Comment | Step::Transitions) {
        return match given.message.phase {
            Phase::Resolve => Heard::Delivered(None),
            Phase::Trigger | Phase::Acknowledge => Heard::Next(jira_create(given)),
        };
    }
    if let Some(judged) = judged(answer, body) {
        return judged;
    }
    match step {
        Step::Search => match body.pointer("/issues/0/key").and_then(Value::as_str) {
            Some(issue) if is_issue_key(issue) => Heard::Delivered(Some(issue.to_owned())),
            _ => Heard::Next(jira_create(given)),
        },
        Step::Create => match body.get("key").and_then(Value::as_str) {
            Some(issue) if is_issue_key(issue) => Heard::Delivered(Some(issue.to_owned())),
            _ => odd(answer),
        },
        Step::Transitions => {
            let issue = given.reference.unwrap_or_default();
            match done_transition(body) {
                Some(id) => {
                    let url = jira_url(given, &format!("issue/{issue}/transitions"));
                    let body = json!({"transition": {"id": id}});
                    Heard::Next(jira(given, Request::post(Step::Transition, url, &body)))
                }
                // Closed already, or closed by people only: a comment says the same.
                None => Heard::Next(jira_comment(given, issue)),
            }
        }
        _ => Heard::Delivered(known),
    }
}

fn done_transition(body: &Value) -> Option<&str> {
    let transitions = body.get("transitions")?.as_array()?;
    let leads_to_done = |transition: &&Value| {
        let category = transition.pointer("/to/statusCategory/key").and_then(Value::as_str);
        category == Some("done")
    };
    transitions.iter().find(leads_to_done)?.get("id")?.as_str()
}

/// It becomes a part of addresses, so it must be one.
fn is_issue_key(text: &str) -> bool {
    let is_word = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    !text.is_empty() && text.len() <= 255 && text.chars().all(is_word)
}
