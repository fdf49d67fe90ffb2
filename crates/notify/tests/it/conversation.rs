//! What channels are asked, and what their answers mean.

use model::clock::Micros;
use notify::{
    Answer, Channel, ChannelKind, Given, Heard, Message, Phase, Request, first, hear, slack_reply,
    without,
};
use serde_json::{Map, Value, json};

use crate::given::declined;

fn channel(kind: ChannelKind, settings: Value, secrets: Value) -> Result<Channel, String> {
    let (Value::Object(settings), Value::Object(secrets)) = (settings, secrets) else {
        unreachable!()
    };
    Channel::new(kind, &settings, &secrets).map_err(|unfit| unfit.to_string())
}

fn slack() -> Channel {
    channel(ChannelKind::Slack, json!({"channel": "#a"}), json!({"token": "xoxb-secret"})).unwrap()
}

fn jira() -> Channel {
    let settings = json!({"base_url": "https://jira.example/", "project": "OPS"});
    channel(ChannelKind::Jira, settings, json!({"token": "t"})).unwrap()
}

struct Talk {
    channel: Channel,
    message: Message,
    reference: Option<&'static str>,
    is_again: bool,
}

impl Talk {
    fn with<T>(&self, talk: impl FnOnce(&Given<'_>) -> T) -> T {
        talk(&Given {
            channel: &self.channel,
            action: &Map::new(),
            message: &self.message,
            reference: self.reference,
            key: "k-1",
            is_again: self.is_again,
            at: Micros(1_795_255_200_000_000),
        })
    }

    /// Requests and answers, one after the other; what was asked, and what came of it.
    fn run(&self, answers: &[(u16, Value)]) -> (Vec<String>, Heard) {
        self.with(|given| {
            let mut asked = Vec::new();
            let mut request = first(given).unwrap();
            for (status, body) in answers {
                asked.push(line(&request));
                let body = body.to_string().into_bytes();
                match hear(
                    given,
                    request.step,
                    &Answer { status: *status, retry_after: None, body },
                ) {
                    Heard::Next(next) => request = next,
                    heard => return (asked, heard),
                }
            }
            unreachable!("there is more to say: {}", line(&request))
        })
    }
}

fn line(request: &Request) -> String {
    let key = request.headers.iter().find(|(name, _)| *name == "idempotency-key");
    assert_eq!(key.map(|(_, key)| key.as_str()), Some("k-1"));
    let path = request.url.split_once("://").unwrap().1;
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    format!("{:?} {path}", request.method)
}

fn resolved() -> Message {
    Message { phase: Phase::Resolve, ..declined() }
}

#[test]
fn slack_continues_a_thread_and_shows_its_end_at_the_top() {
    let posted = json!({"ok": true, "channel": "C1", "ts": "1.5"});
    let mut talk = Talk { channel: slack(), message: declined(), reference: None, is_again: false };
    let (asked, heard) = talk.run(&[(200, posted.clone())]);
    assert_eq!(asked, ["Post slack.com/api/chat.postMessage"]);
    assert_eq!(heard, Heard::Delivered(Some("C1|1.5".to_owned())));
    talk.reference = Some("C1|1.5");
    talk.message = resolved();
    let reply = talk.with(|given| first(given).unwrap());
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((&body["channel"], &body["thread_ts"]), (&json!("C1"), &json!("1.5")));
    let (asked, heard) = talk.run(&[(200, posted), (200, json!({"ok": true}))]);
    assert_eq!(asked[1], "Post slack.com/api/chat.update");
    assert_eq!(heard, Heard::Delivered(Some("C1|1.5".to_owned())));
}

#[test]
fn jira_makes_one_issue_comments_on_it_and_closes_it() {
    let mut talk = Talk { channel: jira(), message: declined(), reference: None, is_again: false };
    let made = json!({"id": "1", "key": "OPS-7"});
    let delivered = Heard::Delivered(Some("OPS-7".to_owned()));
    let (asked, heard) = talk.run(&[(201, made.clone())]);
    assert_eq!(
        (asked, heard),
        (vec!["Post jira.example/rest/api/2/issue".to_owned()], delivered.clone())
    );
    // Nobody knows how the first try ended: it may have made the issue.
    talk.is_again = true;
    let (asked, heard) = talk.run(&[(200, json!({"issues": [{"key": "OPS-7"}]}))]);
    assert_eq!(
        (asked, heard),
        (vec!["Get jira.example/rest/api/2/search".to_owned()], delivered.clone())
    );
    let (asked, _) = talk.run(&[(200, json!({"issues": []})), (201, made.clone())]);
    assert_eq!(asked[1], "Post jira.example/rest/api/2/issue");
    talk.reference = Some("OPS-7");
    let (asked, heard) = talk.run(&[(201, json!({}))]);
    assert_eq!(asked, ["Post jira.example/rest/api/2/issue/OPS-7/comment"]);
    assert_eq!(heard, delivered);
    let (asked, _) = talk.run(&[(404, json!({})), (201, made)]);
    assert_eq!(asked[1], "Post jira.example/rest/api/2/issue", "somebody deleted it");
    talk.message = resolved();
    let ways = json!({"transitions": [
        {"id": "11", "to": {"statusCategory": {"key": "new"}}},
        {"id": "31", "to": {"statusCategory": {"key": "done"}}},
    ]});
    let (asked, heard) = talk.run(&[(200, ways), (204, Value::Null)]);
    assert_eq!(asked[1], "Post jira.example/rest/api/2/issue/OPS-7/transitions");
    assert_eq!(heard, delivered);
}

#[test]
fn the_alertmanagers_after_one_that_is_down_are_asked_too() {
    let urls = json!({"urls": "https://am1.example, https://am2.example/"});
    let channel = channel(ChannelKind::Alertmanager, urls, json!({})).unwrap();
    let talk = Talk { channel, message: declined(), reference: None, is_again: false };
    talk.with(|given| {
        let one = first(given).unwrap();
        assert_eq!(line(&one), "Post am1.example/api/v2/alerts");
        let two = without(given, one.step).unwrap();
        assert_eq!(line(&two), "Post am2.example/api/v2/alerts");
        assert_eq!(without(given, two.step), None, "there are only two");
    });
    let talk = Talk { channel: slack(), message: declined(), reference: None, is_again: false };
    talk.with(|given| assert_eq!(without(given, first(given).unwrap().step), None));
}

#[test]
fn answers_mean_what_vendors_say_they_do() {
    let hook = || {
        let url = "https://hooks.example/?key=in-the-clear";
        let secrets = json!({"url": url, "secret": "hush-hush"});
        channel(ChannelKind::Webhook, json!({}), secrets).unwrap()
    };
    let telegram = || {
        channel(ChannelKind::Telegram, json!({"chat_id": "1"}), json!({"token": "1:hush"})).unwrap()
    };
    let retry = |after, why: &str| Heard::Retry { after, why: why.to_owned() };
    let refused = |why: &str| Heard::Refused(why.to_owned());
    for (channel, status, body, expected) in [
        (hook(), 204, Value::Null, Heard::Delivered(None)),
        (hook(), 302, Value::Null, refused("answered 302: redirects are not followed")),
        (hook(), 404, json!({"error": "no hush-hush"}), refused("answered 404: no [secret]")),
        (hook(), 408, json!({"message": "slow"}), retry(None, "answered 408: slow")),
        (hook(), 503, json!("x"), retry(None, "answered 503: \"x\"")),
        (slack(), 200, json!({"ok": false, "error": "ratelimited"}), retry(None, "ratelimited")),
        (slack(), 200, json!({"ok": false, "error": "is_archived"}), refused("is_archived")),
        (
            slack(),
            200,
            json!("<html>"),
            retry(None, "answered 200 but not as expected: \"<html>\""),
        ),
        (
            telegram(),
            429,
            json!({"ok": false, "description": "later", "parameters": {"retry_after": 7}}),
            retry(Some(7_000_000), "answered 429: later"),
        ),
    ] {
        let message = declined();
        let talk = Talk { channel, message, reference: None, is_again: false };
        let (_, heard) = talk.run(&[(status, body)]);
        assert_eq!(heard, expected);
    }
}

#[test]
fn channels_that_cannot_work_are_refused() {
    let none = || json!({});
    for (kind, settings, secrets, expected) in [
        (ChannelKind::Slack, none(), none(), "webhook_url: is required, or a token"),
        (ChannelKind::PagerDuty, none(), none(), "routing_key: is required"),
        (
            ChannelKind::Webhook,
            none(),
            json!({"url": "file:///etc/passwd"}),
            "url: must be an http or https address",
        ),
        (
            ChannelKind::Webhook,
            none(),
            json!({"url": "https://user:password@example.com/"}),
            "url: must be an http or https address",
        ),
        (
            ChannelKind::Opsgenie,
            json!({"api_key": "x"}),
            none(),
            "api_key: is a secret: say it in \"secrets\"",
        ),
        (ChannelKind::Mail, json!({"to": "a@b, c"}), none(), "to: must be mail addresses"),
        (
            ChannelKind::Mail,
            json!({"to": "a@b\r\nBcc: c@d"}),
            none(),
            "to: must be one line of at most 2,000 characters",
        ),
        (ChannelKind::Mail, json!({"cc": "a@b"}), none(), "cc: is not a setting of such a channel"),
    ] {
        assert_eq!(channel(kind, settings, secrets).unwrap_err(), expected);
    }
    let shown = format!("{:?}", slack());
    assert_eq!(shown, "Channel(slack)", "no secret in a log");
}

#[test]
fn a_press_is_answered_where_slack_said_and_nowhere_else() {
    let own = Some("http://127.0.0.1:9/api/");
    for (address, base_url, is_slack) in [
        ("https://hooks.slack.com/actions/T1/2/x", None, true),
        ("https://hooks.slack-gov.com/actions/T1/2/x", None, true),
        ("http://127.0.0.1:9/api/actions/T1", own, true),
        ("http://127.0.0.1:9/other", own, false),
        ("http://127.0.0.1:9/api/actions/T1", None, false),
        ("http://hooks.slack.com/actions/T1/2/x", None, false),
        ("https://hooks.slack.com.evil.example/actions", None, false),
        ("https://hooks.slack.com@evil.example/actions", None, false),
        ("", None, false),
    ] {
        let reply = slack_reply(address, base_url, "ann <!channel> has resolved it.");
        assert_eq!(reply.is_some(), is_slack, "{address}");
        let Some(reply) = reply else { continue };
        assert_eq!(reply.url, address);
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(body["text"], "ann &lt;!channel&gt; has resolved it.");
        assert_eq!(body["replace_original"], false);
    }
}

#[test]
fn an_address_among_the_settings_is_kept_as_the_secret_it_is() {
    let said = json!({"url": "https://hooks.example/s3cret", "other": "x"});
    let mut settings = said.as_object().unwrap().clone();
    let mut secrets = Map::new();
    ChannelKind::Webhook.keep_secrets_apart(&mut settings, &mut secrets);
    assert_eq!(json!(settings), json!({"other": "x"}));
    assert_eq!(json!(secrets), json!({"url": "https://hooks.example/s3cret"}));
    // What was stored there long ago does not undo what is said now.
    let mut stored = said.as_object().unwrap().clone();
    let now = json!({"url": "https://hooks.example/new"});
    let mut secrets = now.as_object().unwrap().clone();
    ChannelKind::Webhook.keep_secrets_apart(&mut stored, &mut secrets);
    assert_eq!(json!(secrets), now);
}
