//! Channels as people set them up: what each kind needs, checked.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

/// Characters of one setting.
const VALUE_CHARS_MAX: usize = 2_000;

/// A way to tell somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ChannelKind {
    Mail,
    Slack,
    PagerDuty,
    Jira,
    Alertmanager,
    MsTeams,
    Discord,
    Telegram,
    Mattermost,
    Opsgenie,
    Webhook,
}

/// One thing that a kind of channel may be told.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Whether it is kept sealed and never shown.
    pub is_secret: bool,
    /// Whether the channel cannot do without.
    pub is_needed: bool,
    /// Whether it is an address of the web.
    pub is_url: bool,
    /// What people should know.
    pub about: &'static str,
}

/// A channel, with its secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Channel {
    /// How it tells.
    pub kind: ChannelKind,
    /// What is not secret, and what is.
    values: BTreeMap<String, String>,
}

/// A channel that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct ChannelError {
    /// Which setting.
    pub field: String,
    /// Why.
    pub reason: &'static str,
}

const fn text(name: &'static str, about: &'static str) -> Field {
    Field { name, is_secret: false, is_needed: false, is_url: false, about }
}

const fn needed(field: Field) -> Field {
    Field { is_needed: true, ..field }
}

const fn secret(field: Field) -> Field {
    Field { is_secret: true, ..field }
}

const fn url(name: &'static str, about: &'static str) -> Field {
    Field { is_url: true, ..text(name, about) }
}

const HOOK: Field = needed(secret(url("webhook_url", "address of the incoming webhook")));

impl ChannelKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Mail,
        Self::Slack,
        Self::PagerDuty,
        Self::Jira,
        Self::Alertmanager,
        Self::MsTeams,
        Self::Discord,
        Self::Telegram,
        Self::Mattermost,
        Self::Opsgenie,
        Self::Webhook,
    ];

    /// As in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Slack => "slack",
            Self::PagerDuty => "pagerduty",
            Self::Jira => "jira",
            Self::Alertmanager => "alertmanager",
            Self::MsTeams => "msteams",
            Self::Discord => "discord",
            Self::Telegram => "telegram",
            Self::Mattermost => "mattermost",
            Self::Opsgenie => "opsgenie",
            Self::Webhook => "webhook",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What it may be told.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Mail => const { &[needed(text("to", "addresses, with commas between them"))] },
            Self::Slack => {
                const {
                    &[
                        secret(url("webhook_url", "address of an incoming webhook; or a token")),
                        secret(text("token", "a bot's, xoxb-…; with a channel")),
                        text("channel", "where a bot writes: #alerts, or an id"),
                        secret(text("signing_secret", "what Slack signs with, for buttons")),
                        url("base_url", "instead of https://slack.com/api"),
                    ]
                }
            }
            Self::PagerDuty => {
                const {
                    &[
                        needed(secret(text("routing_key", "integration key, Events API v2"))),
                        url("base_url", "instead of https://events.pagerduty.com"),
                    ]
                }
            }
            Self::Jira => {
                const {
                    &[
                        needed(url("base_url", "such as https://acme.atlassian.net")),
                        text("email", "of the token's owner in Jira Cloud; empty for Jira Server"),
                        needed(secret(text("token", "API token, or personal access token"))),
                        needed(text("project", "key of the project: OPS")),
                        text("issue_type", "name of the type; Bug, if empty"),
                        secret(text("hook_secret", "for what Jira tells us of its issues")),
                    ]
                }
            }
            Self::Alertmanager => {
                const {
                    &[
                        needed(text("urls", "addresses of all instances, with commas between")),
                        text("user", "for basic authentication, with a password"),
                        secret(text("password", "for basic authentication")),
                        secret(text("token", "for bearer authentication")),
                    ]
                }
            }
            Self::MsTeams | Self::Mattermost => const { &[HOOK] },
            Self::Discord => {
                const {
                    &[
                        secret(url("webhook_url", "address of a webhook; or a token")),
                        secret(text("token", "a bot's; with a channel_id")),
                        text("channel_id", "where a bot writes"),
                        url("base_url", "instead of https://discord.com/api/v10"),
                    ]
                }
            }
            Self::Telegram => {
                const {
                    &[
                        needed(secret(text("token", "a bot's"))),
                        needed(text("chat_id", "where it writes")),
                        url("base_url", "instead of https://api.telegram.org"),
                    ]
                }
            }
            Self::Opsgenie => {
                const {
                    &[
                        needed(secret(text("api_key", "of an API integration"))),
                        url("base_url", "instead of https://api.opsgenie.com"),
                    ]
                }
            }
            Self::Webhook => {
                const {
                    &[
                        needed(secret(url("url", "where messages are posted"))),
                        secret(text("secret", "what we sign with")),
                    ]
                }
            }
        }
    }
}

impl ChannelKind {
    /// Moves secrets that were said among the settings to where secrets are sealed: an address that was
    /// pasted into the wrong place is no reason to show it to everybody. One that is said there stays.
    pub fn keep_secrets_apart(
        self,
        settings: &mut Map<String, Value>,
        secrets: &mut Map<String, Value>,
    ) {
        for field in self.fields().iter().filter(|field| field.is_secret) {
            if let Some(value) = settings.remove(field.name) {
                secrets.entry(field.name).or_insert(value);
            }
        }
    }
}

impl Channel {
    /// Checks what people say: `settings` in the clear, and `secrets`.
    ///
    /// # Errors
    /// [`ChannelError`] for the first setting that cannot be.
    pub fn new(
        kind: ChannelKind,
        settings: &Map<String, Value>,
        secrets: &Map<String, Value>,
    ) -> Result<Self, ChannelError> {
        let mut values = BTreeMap::new();
        for (given, is_secret) in [(settings, false), (secrets, true)] {
            for (name, value) in given {
                let wrong = |reason| ChannelError { field: name.clone(), reason };
                let known = kind.fields().iter().find(|field| field.name == name);
                let field = known.ok_or(wrong("is not a setting of such a channel"))?;
                if field.is_secret && !is_secret {
                    return Err(wrong("is a secret: say it in \"secrets\""));
                }
                if !field.is_secret && is_secret {
                    return Err(wrong("is no secret: say it in \"settings\""));
                }
                let value = match value {
                    Value::Null => continue,
                    Value::String(value) => value.trim().to_owned(),
                    Value::Number(value) => value.to_string(),
                    _ => return Err(wrong("must be text")),
                };
                if value.chars().count() > VALUE_CHARS_MAX || value.chars().any(char::is_control) {
                    return Err(wrong("must be one line of at most 2,000 characters"));
                }
                if field.is_url && !value.is_empty() && !is_web_address(&value) {
                    return Err(wrong("must be an http or https address"));
                }
                if !value.is_empty() {
                    values.insert(name.clone(), value);
                }
            }
        }
        let channel = Self { kind, values };
        channel.check()?;
        Ok(channel)
    }

    fn check(&self) -> Result<(), ChannelError> {
        let wrong = |field: &str, reason| Err(ChannelError { field: field.to_owned(), reason });
        let fields = self.kind.fields();
        if let Some(missing) =
            fields.iter().find(|field| field.is_needed && self.get(field.name).is_none())
        {
            return wrong(missing.name, "is required");
        }
        let has = |name| self.get(name).is_some();
        match self.kind {
            ChannelKind::Slack if !has("webhook_url") && !has("token") => {
                wrong("webhook_url", "is required, or a token")
            }
            ChannelKind::Discord
                if !has("webhook_url") && (!has("token") || !has("channel_id")) =>
            {
                wrong("webhook_url", "is required, or a token and a channel_id")
            }
            ChannelKind::Alertmanager if !self.list("urls").all(is_web_address) => {
                wrong("urls", "must be http or https addresses")
            }
            ChannelKind::Mail if !self.list("to").all(is_mail_address) => {
                wrong("to", "must be mail addresses")
            }
            _ => Ok(()),
        }
    }

    /// A setting or secret.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A setting that has several parts.
    pub fn list<'c>(&'c self, name: &str) -> impl Iterator<Item = &'c str> {
        let parts = self.get(name).unwrap_or_default().split(',').map(str::trim);
        parts.filter(|part| !part.is_empty())
    }

    /// The first setting that is an address on the server that has this one: same host, same port.
    pub fn leads_to(&self, public_url: &str) -> Option<&'static str> {
        let own = origin(public_url)?;
        let places = self.kind.fields().iter().filter(|field| field.is_url || field.name == "urls");
        let leads =
            |field: &&Field| self.list(field.name).any(|url| origin(url) == Some(own.clone()));
        let mut leading = places.filter(leads);
        leading.next().map(|field| field.name)
    }

    /// Which secrets must not be seen anywhere.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let secret = self.kind.fields().iter().filter(|field| field.is_secret);
        secret.filter_map(|field| self.get(field.name))
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Channel({})", self.kind.name())
    }
}

fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && !host.contains('@') && !text.chars().any(char::is_whitespace)
    })
}

/// Host and port, in one way to write them.
fn origin(url: &str) -> Option<(String, u16)> {
    let url = url.to_ascii_lowercase();
    let (usual, rest) = match url.strip_prefix("https://") {
        Some(rest) => (443, rest),
        None => (80, url.strip_prefix("http://")?),
    };
    let host = rest.split(['/', '?', '#']).next()?;
    // The last colon of an address of IPv6 in brackets is one of its own.
    let (host, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()?),
        _ => (host, usual),
    };
    Some((host.trim_end_matches('.').to_owned(), port))
}

/// Whether mail may be sent there. What a mail server refuses is no matter of ours.
pub fn is_mail_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    let is_plain = |part: &str| {
        let is_odd =
            |char: char| char.is_whitespace() || char.is_control() || "<>,;\"()".contains(char);
        !part.is_empty() && !part.chars().any(is_odd)
    };
    text.len() <= 254 && parts.is_some_and(|(name, host)| is_plain(name) && is_plain(host))
}
