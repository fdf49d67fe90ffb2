//! A message to people, before it is known how it travels.

use jiff::Timestamp;
use model::clock::Micros;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cut::cut;

/// Everything a channel may show. All text may come from anybody: it is plain text, whatever it looks like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// What the other side knows it by: the same for all messages of one thread.
    pub key: String,
    /// Whether it begins, goes on or ends.
    pub phase: Phase,
    /// How bad.
    pub tone: Tone,
    /// In one line.
    pub title: String,
    /// In a few: an error's value, a metric's reading.
    pub text: String,
    /// Where in the code, or which service.
    pub place: String,
    /// The page about it.
    pub url: String,
    /// Slug of the project.
    pub project: String,
    /// Such as `CASINO-API-1`.
    pub short_id: String,
    /// The issue's number and the rule's, for the buttons.
    pub issue_and_rule: Option<(u64, u64)>,
    /// The rule that sent it.
    pub rule: Link,
    /// Tags and labels worth showing.
    pub facts: Vec<Fact>,
    /// Counts and states in words: `Events: 123`.
    pub details: Vec<Fact>,
    /// What the rule's author wants people to know.
    pub notes: String,
    /// What to do.
    pub runbook_url: Option<String>,
    /// When it happened.
    #[serde(with = "moment")]
    pub at: Micros,
    /// The same in full, for programs: an object.
    pub data: Value,
    /// All alerts, for Alertmanagers; `data` has the first of them. Empty when there is no Alertmanager.
    #[serde(default)]
    pub alerts: Vec<Value>,
}

/// A name with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Words that lead somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The words.
    pub text: String,
    /// Where they lead.
    pub url: String,
}

/// Whether something begins, goes on or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It began, or goes on.
    Trigger,
    /// Somebody is on it.
    Acknowledge,
    /// It is over.
    Resolve,
}

/// How bad, as colours show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Tone {
    Fatal,
    Error,
    Warning,
    Info,
    Debug,
}

impl Message {
    /// Red, green and so on, as 24 bits. Source: Sentry's colours.
    pub(crate) const fn color(&self) -> u32 {
        match (self.phase, self.tone) {
            (Phase::Resolve, _) => 0x4d_c771,
            (Phase::Acknowledge, _) => 0xed_eeef,
            (Phase::Trigger, Tone::Fatal) => 0xfa_4747,
            (Phase::Trigger, Tone::Error) => 0xe0_3e2f,
            (Phase::Trigger, Tone::Warning) => 0xff_c227,
            (Phase::Trigger, Tone::Info) => 0x27_88ce,
            (Phase::Trigger, Tone::Debug) => 0xfb_e14f,
        }
    }

    pub(crate) fn hex_color(&self) -> String {
        format!("#{:06X}", self.color())
    }

    /// `CASINO-API-1 via Payments`.
    pub(crate) fn footer(&self) -> String {
        format!("{} via {}", self.short_id, self.rule.text)
    }

    /// What happened, in one line of plain text.
    pub(crate) fn summary(&self) -> String {
        let prefix = match self.phase {
            Phase::Trigger => "",
            Phase::Acknowledge => "Acknowledged: ",
            Phase::Resolve => "Resolved: ",
        };
        let colon = if self.text.is_empty() { "" } else { ": " };
        one_line(&format!("{prefix}{}{colon}{}", self.title, self.text))
    }

    /// In a few lines of plain text.
    pub(crate) fn plain(&self) -> String {
        let facts = self.details.iter().chain(&self.facts).take(50);
        let facts = facts.map(|fact| {
            format!("{}: {}", one_line(&cut(&fact.name, 100)), one_line(&cut(&fact.value, 500)))
        });
        let lines =
            [self.summary(), cut(&self.text, 4_000), one_line(&self.place), safe_url(&self.url)];
        let lines: Vec<String> = lines.into_iter().chain(facts).collect();
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// As RFC 3339.
    pub(crate) fn time(&self) -> String {
        rfc3339(self.at)
    }
}

impl Tone {
    pub(crate) const fn level(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// A moment as RFC 3339, in seconds.
pub fn rfc3339(at: Micros) -> String {
    let seconds = i64::try_from(at.0 / 1_000_000).ok();
    let moment = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    moment.unwrap_or_default().to_string()
}

/// An address that a person may be sent to; nothing for `javascript:` and the like. What would end a link
/// early in some vendor's markup is percent-encoded.
pub(crate) fn safe_url(url: &str) -> String {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    if !(lower.starts_with("http://") || lower.starts_with("https://")) || url.len() > 2_000 {
        return String::new();
    }
    let mut safe = String::with_capacity(url.len());
    for char in url.chars() {
        match char {
            '<' => safe.push_str("%3C"),
            '>' => safe.push_str("%3E"),
            '|' => safe.push_str("%7C"),
            '"' => safe.push_str("%22"),
            '\'' => safe.push_str("%27"),
            '(' => safe.push_str("%28"),
            ')' => safe.push_str("%29"),
            '\\' => safe.push_str("%5C"),
            '{' => safe.push_str("%7B"),
            '}' => safe.push_str("%7D"),
            char if char.is_whitespace() || char.is_control() => safe.push_str("%20"),
            char => safe.push(char),
        }
    }
    safe
}

/// Without line breaks and other control characters, which would begin a new header or message.
pub(crate) fn one_line(text: &str) -> String {
    let spaced = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    spaced.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Moments as plain numbers; `model` does without serde.
mod moment {
    use model::clock::Micros;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(at: &Micros, serializer: S) -> Result<S::Ok, S::Error> {
        at.0.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Micros, D::Error> {
        u64::deserialize(deserializer).map(Micros)
    }
}
