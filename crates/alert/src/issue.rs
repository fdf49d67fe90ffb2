//! Issue rules: when something happens to an issue, if it looks like this, then tell somebody.

mod category;
mod decide;
mod event;
mod filter;
mod people;
mod phrase;
mod sentry;
mod template;
mod text;
mod workflow;

use serde_json::{Map, Value};

pub use category::Category;
pub use decide::{Change as IssueChange, Decision, Facts, Seen, Skipped};
pub use event::EventView;
pub use filter::{ATTRIBUTES, Age, Assignee, Comparison, Filter, Level, LevelIs, Subject, Test};
pub use people::Named;
pub use phrase::PhraseError;
pub use sentry::SentryFormError;
pub use template::{TEMPLATES, Template};

use crate::limits::{
    ENVIRONMENT_BYTES_MAX, FILTER_VALUE_CHARS_MAX, RULE_EVERY_MINUTES_MAX, RULE_NAME_CHARS_MAX,
    RULE_PARTS_MAX,
};

/// A rule about the issues of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueRule {
    /// What people call it.
    pub name: String,
    /// Only events of this environment.
    pub environment: Option<String>,
    /// What must have happened; nothing means any event.
    pub when: Vec<When>,
    /// How many of them.
    pub when_match: Quantifier,
    /// What it must look like.
    pub filters: Vec<Filter>,
    /// How many of them.
    pub filter_match: Quantifier,
    /// What is done.
    pub actions: Vec<Action>,
    /// About one issue it is done once in so many minutes.
    pub every_minutes: u32,
}

/// How many of several conditions must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Quantifier {
    /// Each of them; fulfilled if there are none.
    #[default]
    All,
    /// One is enough; also fulfilled if there are none.
    Any,
    /// None may.
    None,
}

/// What happens to an issue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// It is new.
    New,
    /// It was resolved, and came back.
    Regressed,
    /// It was archived, and came back because it got worse.
    Escalating,
    /// It is new and of high priority.
    NewHighPriority,
    /// It was known and became of high priority.
    BecameHighPriority,
    /// Any event.
    EveryEvent,
    /// It is seen often.
    Often(Often),
}

/// More than so many of something, in so many minutes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Often {
    /// What is counted.
    pub counted: Counted,
    /// More than this; with `compared_minutes`, more percent than before.
    pub more_than: f64,
    /// In the last so many minutes.
    pub minutes: u32,
    /// Compared with as many minutes that ended so many minutes ago.
    pub compared_minutes: Option<u32>,
}

/// What [`Often`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Events of the issue.
    Events,
    /// Users who saw it.
    Users,
    /// Events of the issue for each hundred sessions of the project.
    SessionPercent,
}

/// What a rule does. Delivery knows what its settings mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// How.
    pub channel: Channel,
    /// As in Sentry's form, without the id.
    pub settings: Map<String, Value>,
}

/// How a rule tells somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Channel {
    Mail,
    Slack,
    MsTeams,
    Discord,
    PagerDuty,
    Opsgenie,
    Jira,
    JiraServer,
    GitHub,
    GitHubEnterprise,
    AzureDevops,
    /// All legacy integrations.
    Plugins,
    /// A webhook or another channel of ours, by the name it was set up with.
    Service,
    SentryApp,
}

/// Minutes that windows may have.
const WINDOWS: [(u32, &str); 10] = [
    (1, "1m"),
    (5, "5m"),
    (10, "10m"),
    (15, "15m"),
    (30, "30m"),
    (60, "1h"),
    (1_440, "1d"),
    (10_080, "1w"),
    (20_160, "2w"),
    (43_200, "30d"),
];

/// A rule that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum IssueRuleError {
    #[error("a rule's name must have 1 to {RULE_NAME_CHARS_MAX} characters")]
    Name,
    #[error("a rule must do something: add an action")]
    NoAction,
    #[error("a rule has at most {RULE_PARTS_MAX} conditions, filters and actions each")]
    TooManyParts,
    #[error("a rule may act every 1 to {RULE_EVERY_MINUTES_MAX} minutes")]
    Every,
    #[error("the value of a filter has 1 to {FILTER_VALUE_CHARS_MAX} characters")]
    Value,
    #[error("a count must be a number from 0 up")]
    Count,
    #[error("a window of {0} minutes is not known")]
    Window(u32),
    #[error("{channel} needs {setting}")]
    Setting { channel: &'static str, setting: &'static str },
    #[error("the rule would never fire: {0} and {1} exclude each other")]
    Never(String, String),
    #[error("the rule would never fire: {0} and {1} exclude each other")]
    NeverFiltered(String, String),
    #[error("no error has an environment of more than {ENVIRONMENT_BYTES_MAX} bytes")]
    Environment,
    #[error("the rule would never fire: {0} is never true")]
    NeverTrue(String),
}

impl IssueRuleError {
    /// Which field of a rule it is about, by its name in Sentry's form.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NoAction | Self::Setting { .. } => "actions",
            Self::Every => "frequency",
            Self::Environment => "environment",
            Self::Value | Self::NeverFiltered(..) => "filters",
            Self::TooManyParts
            | Self::Count
            | Self::Window(_)
            | Self::Never(..)
            | Self::NeverTrue(_) => "conditions",
        }
    }
}

impl IssueRule {
    /// Checks it.
    ///
    /// # Errors
    /// [`IssueRuleError`], also for rules that could never fire.
    pub fn check(&self) -> Result<(), IssueRuleError> {
        if !(1..=RULE_NAME_CHARS_MAX).contains(&self.name.chars().count()) {
            return Err(IssueRuleError::Name);
        }
        if self.actions.is_empty() {
            return Err(IssueRuleError::NoAction);
        }
        let parts = [self.when.len(), self.filters.len(), self.actions.len()];
        if parts.into_iter().any(|count| count > RULE_PARTS_MAX) {
            return Err(IssueRuleError::TooManyParts);
        }
        if !(1..=RULE_EVERY_MINUTES_MAX).contains(&self.every_minutes) {
            return Err(IssueRuleError::Every);
        }
        let is_long = |name: &String| name.len() > ENVIRONMENT_BYTES_MAX;
        if self.environment.as_ref().is_some_and(is_long) {
            return Err(IssueRuleError::Environment);
        }
        self.actions.iter().try_for_each(Action::check)?;
        self.when.iter().try_for_each(When::check)?;
        self.filters.iter().try_for_each(Filter::check)?;
        self.check_may_fire()
    }

    /// Whether it can fire when the state of an issue changes.
    pub fn waits_for_changes(&self) -> bool {
        self.when.iter().any(When::is_change)
    }

    /// Whether it can fire with an event that changes no state. One that is about one environment can:
    /// there, an issue is new with its first event of that environment.
    pub fn waits_for_events(&self) -> bool {
        let is_new = |when: &When| matches!(when, When::New | When::NewHighPriority);
        self.when.iter().any(|when| !when.is_change())
            || self.when.is_empty()
            || self.when_match == Quantifier::None
            || (self.environment.is_some() && self.when.iter().any(is_new))
    }

    /// What it counts.
    pub fn counts(&self) -> impl Iterator<Item = Often> {
        self.when.iter().filter_map(|when| match when {
            When::Often(often) => Some(*often),
            _ => None,
        })
    }

    /// Refuses what cannot be true together.
    fn check_may_fire(&self) -> Result<(), IssueRuleError> {
        let never = |one: String, other: String| Err(IssueRuleError::Never(one, other));
        if self.when_match == Quantifier::All {
            let mut changes = self.when.iter().filter(|when| when.is_change());
            if let Some(first) = changes.next()
                && let Some(other) = changes.find(|other| !first.goes_with(**other))
            {
                return never(first.to_string(), other.to_string());
            }
        }
        if self.when_match == Quantifier::None && self.when.contains(&When::EveryEvent) {
            return Err(IssueRuleError::NeverTrue("no event at all".to_owned()));
        }
        if self.filter_match != Quantifier::All {
            return Ok(());
        }
        // If only new issues are looked at, there was one event, just now.
        let is_new = |when: &When| matches!(when, When::New | When::NewHighPriority);
        let only_new = match self.when_match {
            Quantifier::Any => !self.when.is_empty() && self.when.iter().all(is_new),
            Quantifier::All => self.when.iter().any(is_new),
            Quantifier::None => false,
        };
        if let Some(when) = self.when.iter().find(|when| only_new && is_new(when))
            && let Some(filter) = self.filters.iter().find(|filter| filter.excludes_new())
        {
            return Err(IssueRuleError::NeverFiltered(when.to_string(), filter.to_string()));
        }
        for (place, one) in self.filters.iter().enumerate() {
            let mut later = self.filters.iter().skip(place + 1);
            if let Some(other) = later.find(|other| one.excludes(other)) {
                return Err(IssueRuleError::NeverFiltered(one.to_string(), other.to_string()));
            }
        }
        Ok(())
    }
}

impl When {
    fn is_change(&self) -> bool {
        !matches!(self, Self::EveryEvent | Self::Often(_))
    }

    /// Whether both may happen with one event.
    fn goes_with(self, other: Self) -> bool {
        let is_known = |when| !matches!(when, Self::New | Self::NewHighPriority);
        match (self, other) {
            (one, other) if one == other => true,
            (Self::BecameHighPriority, other) | (other, Self::BecameHighPriority) => {
                is_known(other)
            }
            (one, other) => !is_known(one) && !is_known(other),
        }
    }

    fn check(&self) -> Result<(), IssueRuleError> {
        let Self::Often(often) = self else { return Ok(()) };
        if !(often.more_than.is_finite() && often.more_than >= 0.0) {
            return Err(IssueRuleError::Count);
        }
        for minutes in [Some(often.minutes), often.compared_minutes].into_iter().flatten() {
            if !WINDOWS.iter().any(|(known, _)| *known == minutes) {
                return Err(IssueRuleError::Window(minutes));
            }
        }
        Ok(())
    }
}

impl Action {
    /// Somebody's mail, as `team` or `member` and their number, or whoever owns the issue.
    pub fn mail(target: &str, id: Option<&str>) -> Self {
        let mut settings = Map::new();
        settings.insert("targetType".to_owned(), target.into());
        settings.insert("targetIdentifier".to_owned(), id.into());
        Self { channel: Channel::Mail, settings }
    }

    fn check(&self) -> Result<(), IssueRuleError> {
        let needed = self.channel.needs();
        let is_given = |name: &&str| {
            self.settings.get(*name).is_some_and(|value| !value.is_null() && *value != "")
        };
        let missing = needed.iter().find(|name| !is_given(name));
        let channel = self.channel.name();
        if let Some(setting) = missing {
            return Err(IssueRuleError::Setting { channel, setting });
        }
        let is_personal = matches!(
            self.settings.get("targetType").and_then(Value::as_str),
            Some("Team" | "Member")
        );
        if self.channel == Channel::Mail && is_personal && !is_given(&"targetIdentifier") {
            return Err(IssueRuleError::Setting { channel, setting: "targetIdentifier" });
        }
        Ok(())
    }
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Mail,
        Self::Slack,
        Self::MsTeams,
        Self::Discord,
        Self::PagerDuty,
        Self::Opsgenie,
        Self::Jira,
        Self::JiraServer,
        Self::GitHub,
        Self::GitHubEnterprise,
        Self::AzureDevops,
        Self::Plugins,
        Self::Service,
        Self::SentryApp,
    ];

    /// In our own form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Slack => "slack",
            Self::MsTeams => "msteams",
            Self::Discord => "discord",
            Self::PagerDuty => "pagerduty",
            Self::Opsgenie => "opsgenie",
            Self::Jira => "jira",
            Self::JiraServer => "jira_server",
            Self::GitHub => "github",
            Self::GitHubEnterprise => "github_enterprise",
            Self::AzureDevops => "vsts",
            Self::Plugins => "plugins",
            Self::Service => "service",
            Self::SentryApp => "sentry_app",
        }
    }

    /// Settings without which nothing can be delivered.
    const fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Mail => &["targetType"],
            Self::Slack => &["workspace", "channel"],
            Self::MsTeams => &["team", "channel"],
            Self::Discord => &["server", "channel_id"],
            Self::PagerDuty => &["account", "service"],
            Self::Opsgenie => &["account", "team"],
            Self::Jira
            | Self::JiraServer
            | Self::GitHub
            | Self::GitHubEnterprise
            | Self::AzureDevops => &["integration"],
            Self::Plugins => &[],
            Self::Service => &["service"],
            Self::SentryApp => &["sentryAppInstallationUuid"],
        }
    }
}
