//! One try to deliver: what is said, to whom, and what the answer means.

use std::time::Duration;

use alarm::{After, AlarmError, Attempt, Delivery, Relay, StoredChannel};
use deliver::{DeliverError, Transport};
use meta::Meta;
use model::clock::{Clock, Micros};
use notify::{Channel, ChannelKind, Given, Heard, Link, Message, Phase, Step, Tone};
use serde_json::{Map, Value, json};

use super::{RELAY_EVERY, patience};
use crate::dispatch::Target;
use crate::error::RulerError;
use crate::parts::Parts;

/// Requests of one try.
const REQUESTS_MAX: usize = 10;
/// Of a peer's words.
const ANSWER_CHARS_MAX: usize = 400;

/// What is to be done.
pub(super) struct Job {
    work: Work,
}

enum Work {
    Mail {
        to: String,
        message: Box<Message>,
        host: String,
    },
    Channel(Box<ToChannel>),
    /// There is nobody to tell any more, or nothing that can be told.
    Never(String),
}

struct ToChannel {
    id: u64,
    channel: Channel,
    action: Map<String, Value>,
    message: Message,
    reference: Option<String>,
}

/// How a try ended.
pub(super) struct Tried {
    pub(super) attempt: Attempt,
    pub(super) after: After,
}

/// What a try came to.
struct Came {
    status: Option<u16>,
    answer: String,
    end: End,
}

enum End {
    Delivered(Option<String>),
    Retry(Option<u64>),
    Refused,
}

/// A channel with its secrets, ready to be spoken to.
///
/// # Errors
/// A sentence for people.
fn channel(meta: &Meta, stored: &StoredChannel) -> Result<Channel, String> {
    let kind = ChannelKind::named(&stored.says.kind).ok_or("such channels are not known")?;
    let opened = meta.open_channel(stored.says.organization, &stored.says.sealed);
    let mut secrets = match opened {
        Ok(Some(secrets)) => secrets,
        Ok(None) => return Err("the key that its secrets were sealed with is lost".to_owned()),
        Err(problem) => return Err(problem.to_string()),
    };
    let mut settings = stored.says.settings.as_object().cloned().unwrap_or_default();
    kind.keep_secrets_apart(&mut settings, &mut secrets);
    Channel::new(kind, &settings, &secrets).map_err(|unfit| unfit.to_string())
}

/// What became of a test message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Whether the peer took it.
    pub is_delivered: bool,
    /// Of HTTP or SMTP; `None` when there was no answer.
    pub status: Option<u16>,
    /// The peer's words, or why there were none.
    pub answer: String,
    /// How long it took.
    pub millis: u64,
}

/// How long a mail server may take for a test message: somebody is looking at the button.
const TEST_MAIL_MAX: Duration = Duration::from_secs(20);

/// Sends a test message over a channel, once.
pub async fn test(parts: &Parts, transport: &dyn Transport, stored: &StoredChannel) -> Tested {
    let at = parts.clock.now();
    let message = test_message(&parts.public_url, &stored.says.name, at);
    let key = format!("test-{:x}-{}", at.0, stored.id);
    let came = match channel(&parts.meta, stored) {
        Err(why) => Came { status: None, answer: why, end: End::Refused },
        Ok(channel) if channel.kind == ChannelKind::Mail => {
            let mail = notify::mail(&message, &host(&parts.public_url));
            let mut came = Came::nobody();
            for (place, to) in channel.list("to").enumerate() {
                let id = format!("{key}-{place}");
                let mailed_to = tokio::time::timeout(TEST_MAIL_MAX, transport.mail(to, &mail, &id));
                let slow = Err(DeliverError::Slow(TEST_MAIL_MAX));
                came = mailed(mailed_to.await.unwrap_or(slow));
                if !matches!(came.end, End::Delivered(_)) {
                    break;
                }
            }
            came
        }
        Ok(channel) => {
            let (id, action) = (stored.id, Map::new());
            let to = ToChannel { id, channel, action, message, reference: None };
            to.tell(transport, (&key, false), at).await
        }
    };
    let millis = parts.clock.now().0.saturating_sub(at.0) / 1_000;
    let is_delivered = matches!(came.end, End::Delivered(_));
    Tested { is_delivered, status: came.status, answer: came.answer, millis }
}

fn test_message(public_url: &str, channel: &str, at: Micros) -> Message {
    let url = format!("{public_url}/");
    Message {
        key: format!("pitwatch-test-{:x}", at.0),
        phase: Phase::Trigger,
        tone: Tone::Info,
        title: "A test message".to_owned(),
        text: format!("Somebody tried the channel {channel:?}. It works if you read this."),
        place: String::new(),
        url: url.clone(),
        project: "alerts".to_owned(),
        short_id: "TEST".to_owned(),
        issue_and_rule: None,
        rule: Link { text: "test".to_owned(), url },
        facts: Vec::new(),
        details: Vec::new(),
        notes: String::new(),
        runbook_url: None,
        at,
        data: json!({
            "kind": "test",
            "alerts": [{
                "status": "firing",
                "labels": {"alertname": "PitwatchTest", "severity": "info"},
                "annotations": {"summary": "A test message"},
            }],
        }),
        alerts: Vec::new(),
    }
}

impl Came {
    fn nobody() -> Self {
        Self { status: None, answer: "there is nobody to tell".to_owned(), end: End::Refused }
    }

    fn heard(status: u16, heard: Heard) -> Self {
        let (answer, end) = match heard {
            Heard::Delivered(reference) => ("delivered".to_owned(), End::Delivered(reference)),
            Heard::Retry { after, why } => (why, End::Retry(after)),
            Heard::Refused(why) => (why, End::Refused),
            Heard::Next(_) => ("there is more to say".to_owned(), End::Retry(None)),
        };
        Self { status: Some(status), answer, end }
    }
}

impl Job {
    pub(super) fn of_delivery(parts: &Parts, delivery: &Delivery) -> Result<Self, RulerError> {
        let payload = match parts.alarms.payload(delivery.organization, delivery.notification) {
            Ok(payload) => payload,
            Err(AlarmError::Missing(_)) => return Ok(Self::never("its notification is gone")),
            Err(problem) => return Err(problem.into()),
        };
        let Ok(message) = serde_json::from_value::<Message>(payload) else {
            return Ok(Self::never("its message cannot be read"));
        };
        let Ok(target) = serde_json::from_value::<Target>(delivery.new.target.clone()) else {
            return Ok(Self::never("its target cannot be read"));
        };
        let work = match target {
            Target::Mail { to } => {
                Work::Mail { to, message: Box::new(message), host: host(&parts.public_url) }
            }
            Target::Channel { id, action, .. } => {
                let reference = parts.alarms.reference(&delivery.new.lane)?;
                let given = (id, action, message, reference);
                return Self::to_channel(parts, delivery.organization, given);
            }
        };
        Ok(Self { work })
    }

    /// `None` when there is nothing to repeat any more.
    pub(super) fn of_relay(parts: &Parts, relay: &Relay) -> Result<Option<Self>, RulerError> {
        let target = serde_json::from_value::<Target>(relay.target.clone());
        let message = serde_json::from_value::<Message>(relay.message.clone());
        let (Ok(Target::Channel { id, action, .. }), Ok(message)) = (target, message) else {
            return Ok(None);
        };
        let job = Self::to_channel(parts, relay.organization, (id, action, message, None))?;
        Ok(Some(job).filter(|job| !matches!(job.work, Work::Never(_))))
    }

    fn to_channel(
        parts: &Parts,
        organization: model::id::OrganizationId,
        (id, action, message, reference): (u64, Map<String, Value>, Message, Option<String>),
    ) -> Result<Self, RulerError> {
        let stored = match parts.alarms.channel(organization, id) {
            Ok(stored) => stored,
            Err(AlarmError::Missing(_)) => return Ok(Self::never("its channel was removed")),
            Err(problem) => return Err(problem.into()),
        };
        Ok(match channel(&parts.meta, &stored) {
            Ok(channel) => {
                let to = ToChannel { id, channel, action, message, reference };
                Self { work: Work::Channel(Box::new(to)) }
            }
            Err(why) => Self::never(&why),
        })
    }

    fn never(why: &str) -> Self {
        Self { work: Work::Never(why.to_owned()) }
    }

    pub(super) async fn deliver(
        self,
        delivery: Delivery,
        transport: &dyn Transport,
        clock: &dyn Clock,
    ) -> Tried {
        let at = clock.now();
        let key = &delivery.new.key;
        let came = match &self.work {
            Work::Never(why) => Came { status: None, answer: why.clone(), end: End::Refused },
            Work::Mail { to, message, host } => {
                let mail = notify::mail(message, host);
                mailed(transport.mail(to, &mail, key).await)
            }
            Work::Channel(to) => to.tell(transport, (key, delivery.attempts > 0), at).await,
        };
        let now = clock.now();
        let after = match &came.end {
            End::Delivered(reference) => self.delivered(reference.clone(), now),
            End::Refused => After::Dead,
            End::Retry(asked) => {
                let times = (delivery.waits_since, now);
                patience::next(delivery.attempts + 1, key, *asked, times)
                    .map_or(After::Dead, After::Again)
            }
        };
        let millis = now.0.saturating_sub(at.0) / 1_000;
        let answer = came.answer.chars().take(ANSWER_CHARS_MAX).collect();
        Tried { attempt: Attempt { at, status: came.status, answer, millis }, after }
    }

    fn delivered(&self, reference: Option<String>, now: Micros) -> After {
        let Work::Channel(to) = &self.work else {
            return After::Delivered { reference: None, channel: 0, repeats: None };
        };
        // When it fires again, that is another conversation.
        let goes_on = to.message.phase != Phase::Resolve;
        let repeats = goes_on && to.channel.kind == ChannelKind::Alertmanager;
        let message = serde_json::to_value(&to.message).ok().filter(|_| repeats);
        let repeats = message.map(|message| (message, Micros(now.0.saturating_add(RELAY_EVERY))));
        After::Delivered { reference: reference.filter(|_| goes_on), channel: to.id, repeats }
    }

    pub(super) async fn relay(self, transport: &dyn Transport, at: Micros) {
        if let Work::Channel(to) = &self.work {
            // That it failed is no loss: it comes again in a minute, and the delivery itself is noted.
            drop(to.tell(transport, ("relay", false), at).await);
        }
    }
}

impl ToChannel {
    /// Says one thing after the other, until it is done or cannot be.
    async fn tell(
        &self,
        transport: &dyn Transport,
        (key, is_again): (&str, bool),
        at: Micros,
    ) -> Came {
        let given = Given {
            channel: &self.channel,
            action: &self.action,
            message: &self.message,
            reference: self.reference.as_deref(),
            key,
            is_again,
            at,
        };
        let Some(mut request) = notify::first(&given) else {
            let answer = "it cannot be told over HTTP".to_owned();
            return Came { status: None, answer, end: End::Refused };
        };
        let mut others = Others::default();
        for _ in 0..REQUESTS_MAX {
            let step = request.step;
            let came = match transport.ask(&request).await {
                Ok(answer) => match notify::hear(&given, step, &answer) {
                    Heard::Next(next) => {
                        others.is_taken |= matches!(step, Step::Peer(_));
                        request = next;
                        continue;
                    }
                    heard => Came::heard(answer.status, heard),
                },
                Err(problem) => {
                    let end = if problem.is_final() { End::Refused } else { End::Retry(None) };
                    Came { status: None, answer: causes(&problem), end }
                }
            };
            let is_delivered = matches!(came.end, End::Delivered(_));
            match notify::without(&given, step).filter(|_| !is_delivered) {
                Some(next) => {
                    others.failed(came);
                    request = next;
                }
                None => return others.with(came),
            }
        }
        let answer = format!("not done after {REQUESTS_MAX} requests");
        others.with(Came { status: None, answer, end: End::Retry(None) })
    }
}

/// What became of those of several peers that were told before. It is delivered when one took it: they are
/// told the same again and again, and tell each other.
#[derive(Default)]
struct Others {
    is_taken: bool,
    problem: Option<Came>,
}

impl Others {
    /// One that may take it later outweighs one that never will.
    fn failed(&mut self, came: Came) {
        let is_worth_more =
            self.problem.as_ref().is_none_or(|known| matches!(known.end, End::Refused));
        if is_worth_more {
            self.problem = Some(came);
        }
    }

    fn with(mut self, last: Came) -> Came {
        match last.end {
            End::Delivered(reference) => {
                let answer = match self.problem {
                    Some(problem) => format!("delivered, but not to all: {}", problem.answer),
                    None => last.answer,
                };
                Came { status: last.status, answer, end: End::Delivered(reference) }
            }
            _ if self.is_taken => {
                let answer = format!("delivered, but not to all: {}", last.answer);
                Came { status: last.status, answer, end: End::Delivered(None) }
            }
            _ => {
                self.failed(last);
                self.problem.unwrap_or_else(Came::nobody)
            }
        }
    }
}

fn mailed(sent: Result<u16, DeliverError>) -> Came {
    match sent {
        Ok(status) => Came {
            status: Some(status),
            answer: "taken by the mail server".to_owned(),
            end: End::Delivered(None),
        },
        Err(problem) => {
            let end = if problem.is_final() { End::Refused } else { End::Retry(None) };
            Came { status: problem.status(), answer: causes(&problem), end }
        }
    }
}

/// The error with all its causes in one line.
fn causes(problem: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(problem), |problem| problem.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The name of our server, for ids of mails.
fn host(public_url: &str) -> String {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    if host.is_empty() { "localhost".to_owned() } else { host.to_owned() }
}
