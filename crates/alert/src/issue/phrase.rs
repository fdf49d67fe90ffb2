//! Our own plain form, for rules that are written by hand: `new issue`, `error.type equals PaymentError`,
//! `mail team 7`.

use serde_json::{Map, Value};

use super::filter::{Age, Assignee, Comparison, Filter, Level, LevelIs, Subject, Test};
use super::{
    Action, Channel, Counted, IssueRule, IssueRuleError, Often, Quantifier, WINDOWS, When,
};
use crate::limits::RULE_PARTS_MAX;

/// A rule in plain form that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum PhraseError {
    #[error("a rule is an object with name, when, if, then, and perhaps match, every, environment")]
    Form,
    #[error("{0} is not a field of a rule")]
    Unknown(String),
    #[error("{field}: must be a list of text")]
    List { field: &'static str },
    #[error(
        "when: {0:?} is not known; write for example \"new issue\" or \"more than 100 events in 1h\""
    )]
    When(String),
    #[error("if: {0:?} is not known; write for example \"error.type equals PaymentError\"")]
    If(String),
    #[error(
        "then: {0:?} is not known; write for example \"mail team 7\" or \"slack workspace=1 channel=#alerts\""
    )]
    Then(String),
    #[error("every: {0:?} is not a time; write for example 30m, 1h, 1d")]
    Every(String),
    #[error("match: write all, any or none for when and if")]
    Match,
    #[error(transparent)]
    Rule(#[from] IssueRuleError),
}

const FIELDS: [&str; 8] =
    ["name", "environment", "when", "when_match", "if", "if_match", "then", "every"];

impl IssueRule {
    /// Reads a rule in plain form, as provisioning files hold it.
    ///
    /// # Errors
    /// [`PhraseError`], which shows the words that are not known.
    pub fn from_plain(plain: &Value) -> Result<Self, PhraseError> {
        let fields = plain.as_object().ok_or(PhraseError::Form)?;
        if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(PhraseError::Unknown(cut(unknown)));
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let rule = Self {
            name: text("name").ok_or(PhraseError::Form)?.to_owned(),
            environment: text("environment").map(str::to_owned),
            when: list(fields, "when", When::from_phrase)?,
            when_match: quantifier(text("when_match"), Quantifier::Any)?,
            filters: list(fields, "if", Filter::from_phrase)?,
            filter_match: quantifier(text("if_match"), Quantifier::All)?,
            actions: list(fields, "then", Action::from_phrase)?,
            every_minutes: match text("every") {
                None => 30,
                Some(every) => {
                    let minutes = minutes(every).and_then(|minutes| u32::try_from(minutes).ok());
                    minutes.ok_or_else(|| PhraseError::Every(cut(every)))?
                }
            },
        };
        rule.check()?;
        Ok(rule)
    }

    /// In plain form; [`IssueRule::from_plain`] reads it back. Settings of actions become words there: numbers
    /// are text, and spaces in them underscores; Sentry's form keeps them as they are.
    pub fn to_plain(&self) -> Value {
        let mut plain = Map::new();
        plain.insert("name".to_owned(), self.name.as_str().into());
        if let Some(environment) = &self.environment {
            plain.insert("environment".to_owned(), environment.as_str().into());
        }
        let texts = |phrases: Vec<String>| Value::from(phrases);
        let when = self.when.iter().map(ToString::to_string).collect();
        let filters = self.filters.iter().map(ToString::to_string).collect();
        let actions = self.actions.iter().map(Action::to_phrase).collect();
        plain.insert("when".to_owned(), texts(when));
        plain.insert("when_match".to_owned(), self.when_match.name().into());
        plain.insert("if".to_owned(), texts(filters));
        plain.insert("if_match".to_owned(), self.filter_match.name().into());
        plain.insert("then".to_owned(), texts(actions));
        plain.insert("every".to_owned(), format!("{}m", self.every_minutes).into());
        Value::Object(plain)
    }
}

impl When {
    /// Reads `new issue`, `more than 100 events in 1h`, `300% more users in 1h than 1d ago`.
    ///
    /// # Errors
    /// [`PhraseError::When`].
    pub fn from_phrase(phrase: &str) -> Result<Self, PhraseError> {
        let plain = [
            Self::New,
            Self::Regressed,
            Self::Escalating,
            Self::NewHighPriority,
            Self::BecameHighPriority,
            Self::EveryEvent,
        ];
        let text = phrase.trim();
        let known = plain.into_iter().find(|when| when.to_string().eq_ignore_ascii_case(text));
        let found = known.or_else(|| Often::from_phrase(text).map(Self::Often));
        found.ok_or_else(|| PhraseError::When(cut(phrase)))
    }
}

impl Often {
    fn from_phrase(text: &str) -> Option<Self> {
        let (more_than, rest) = match text.strip_prefix("more than ") {
            Some(rest) => rest.split_once(' ')?,
            None => text.split_once("% more ")?,
        };
        let is_growth = !text.starts_with("more than ");
        let counted = Counted::ALL.into_iter().find(|known| rest.starts_with(known.name()))?;
        let rest = rest.strip_prefix(counted.name())?.strip_prefix(" in ")?;
        let (within, ago) = match rest.split_once(" than ") {
            Some((within, ago)) if is_growth => (within, Some(ago.strip_suffix(" ago")?)),
            None if !is_growth => (rest, None),
            _ => return None,
        };
        let compared_minutes = match ago {
            Some(ago) => Some(window(ago)?),
            None => None,
        };
        let more_than = more_than.parse().ok().filter(|count: &f64| count.is_finite())?;
        Some(Self { counted, more_than, minutes: window(within)?, compared_minutes })
    }
}

impl Filter {
    /// Reads `error.type equals PaymentError`, `tag market is one of ES, PT`, `level at least error`,
    /// `issue newer than 2h`, `assigned to nobody`, `latest release`, …
    ///
    /// # Errors
    /// [`PhraseError::If`].
    pub fn from_phrase(phrase: &str) -> Result<Self, PhraseError> {
        read_filter(phrase.trim()).ok_or_else(|| PhraseError::If(cut(phrase)))
    }
}

fn read_filter(text: &str) -> Option<Filter> {
    let (first, rest) = text.split_once(' ')?;
    match first {
        "issue" => age(rest).map(Filter::IssueAge),
        "release" => age(rest).map(Filter::ReleaseAge),
        "seen" => {
            let count = rest.strip_prefix("at least ")?.strip_suffix(" times")?;
            count.parse().ok().map(Filter::SeenAtLeast)
        }
        "assigned" => match rest.strip_prefix("to ")?.split_once(' ') {
            None => (rest == "to nobody").then_some(Filter::Assigned(Assignee::Nobody)),
            Some(("team", id)) => Some(Filter::Assigned(Assignee::Team(id.to_owned()))),
            Some(("member", id)) => Some(Filter::Assigned(Assignee::Member(id.to_owned()))),
            Some(_) => None,
        },
        "latest" => (rest == "release").then_some(Filter::LatestRelease),
        "category" => rest.parse().ok().map(Filter::Category),
        "level" => {
            let is = LevelIs::ALL.into_iter().find(|is| rest.starts_with(is.words()))?;
            let level = Level::named(rest.strip_prefix(is.words())?.trim())?;
            Some(Filter::Level(is, level))
        }
        "tag" => {
            let (key, rest) = rest.split_once(' ')?;
            Some(Filter::Value(Subject::Tag(key.to_owned()), test(rest)?))
        }
        name => Some(Filter::Value(Subject::attribute(name)?, test(rest)?)),
    }
}

fn age(text: &str) -> Option<Age> {
    let (than, time) = text.split_once(" than ")?;
    let is_older = match than {
        "older" => true,
        "newer" | "younger" => false,
        _ => return None,
    };
    Some(Age { is_older, minutes: minutes(time)? })
}

/// The longest words that fit are meant: `is one of` before `is`.
fn test(text: &str) -> Option<Test> {
    let plain = Comparison::WORDS.into_iter();
    let words =
        plain.flat_map(|(known, said, denied)| [(said, known, false), (denied, known, true)]);
    let short = [("is", Comparison::Equals, false), ("is not", Comparison::Equals, true)];
    let starts = |words: &str| {
        text.strip_prefix(words).filter(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let fitting = words.chain(short).filter(|(words, ..)| starts(words).is_some());
    let (words, comparison, is_negated) = fitting.max_by_key(|(words, ..)| words.len())?;
    let value = starts(words)?.trim();
    let wants_value = comparison != Comparison::IsSet;
    (wants_value != value.is_empty()).then(|| Test {
        comparison,
        is_negated,
        value: value.to_owned(),
    })
}

impl Action {
    /// Reads `mail owners`, `mail team 7`, `mail member 3`, `service billing-hook`, and any other channel
    /// with its settings: `slack workspace=1 channel=#alerts`. Teams may also be named, and members by
    /// their address, as in `mail to jane@example.com`; see [`IssueRule::name_people`].
    ///
    /// # Errors
    /// [`PhraseError::Then`].
    pub fn from_phrase(phrase: &str) -> Result<Self, PhraseError> {
        read_action(phrase.trim()).ok_or_else(|| PhraseError::Then(cut(phrase)))
    }

    fn to_phrase(&self) -> String {
        let setting = |name: &str| self.settings.get(name).and_then(Value::as_str);
        let identifier = || setting("targetIdentifier").unwrap_or_default();
        let known = self.settings.iter().filter(|(_, value)| !value.is_null());
        let others =
            known.filter(|(name, _)| !["targetType", "targetIdentifier"].contains(&name.as_str()));
        let others = others.map(|(name, value)| format!("{name}={}", shown(value)));
        let target = match (self.channel, setting("targetType")) {
            (Channel::Mail, Some("IssueOwners")) => Some("owners".to_owned()),
            (Channel::Mail, Some("Team")) => Some(format!("team {}", identifier())),
            (Channel::Mail, Some("Member")) => Some(format!("member {}", identifier())),
            _ => None,
        };
        let words = std::iter::once(self.channel.name().to_owned()).chain(target).chain(others);
        words.collect::<Vec<_>>().join(" ")
    }
}

fn read_action(text: &str) -> Option<Action> {
    let mut words = text.split_ascii_whitespace();
    let name = words.next()?;
    let channel = Channel::ALL.into_iter().find(|channel| channel.name() == name)?;
    let mut words = words.peekable();
    let mut action = Action { channel, settings: Map::new() };
    if let Some(first) = words.next_if(|word| !word.contains('=')) {
        match (channel, first) {
            (Channel::Mail, "owners") => action = Action::mail("IssueOwners", None),
            (Channel::Mail, "team") => action = Action::mail("Team", Some(words.next()?)),
            (Channel::Mail, "member" | "to") => {
                action = Action::mail("Member", Some(words.next()?));
            }
            (Channel::Service, service) => {
                action.settings.insert("service".to_owned(), service.into());
            }
            _ => return None,
        }
    }
    for word in words {
        let (name, value) = word.split_once('=').filter(|(name, _)| !name.is_empty())?;
        if action.settings.len() >= RULE_PARTS_MAX {
            return None;
        }
        action.settings.insert(name.to_owned(), value.into());
    }
    Some(action)
}

/// Without spaces, which would end the value.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.split_ascii_whitespace().collect::<Vec<_>>().join("_")
}

impl Quantifier {
    /// As in JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Any => "any",
            Self::None => "none",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "all" => Some(Self::All),
            // Sentry's newer form says which kind of any.
            "any" | "any-short" => Some(Self::Any),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

fn quantifier(name: Option<&str>, default: Quantifier) -> Result<Quantifier, PhraseError> {
    name.map_or(Ok(default), |name| Quantifier::named(name).ok_or(PhraseError::Match))
}

fn list<T>(
    fields: &Map<String, Value>,
    field: &'static str,
    read: impl Fn(&str) -> Result<T, PhraseError>,
) -> Result<Vec<T>, PhraseError> {
    let refused = PhraseError::List { field };
    match fields.get(field) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![read(one)?]),
        Some(Value::Array(many)) if many.len() > RULE_PARTS_MAX => {
            Err(IssueRuleError::TooManyParts.into())
        }
        Some(Value::Array(many)) => {
            many.iter().map(|one| read(one.as_str().ok_or(refused.clone())?)).collect()
        }
        Some(_) => Err(refused),
    }
}

fn window(name: &str) -> Option<u32> {
    WINDOWS.iter().find(|(_, known)| *known == name).map(|(minutes, _)| *minutes)
}

/// `90m`, `2h`, `1d`, `1w`.
fn minutes(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 1_440,
        "w" => 10_080,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}
