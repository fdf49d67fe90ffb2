//! Where a message goes: channels, and mail addresses of people.

use std::collections::BTreeSet;

use alarm::StoredChannel;
use alert::{Action, Channel, Policy, Recipient};
use meta::{IssueOwner, Meta, MetaError, Page};
use model::clock::Micros;
use model::id::{IssueId, OrganizationId, ProjectId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Mail addresses that one message goes to at most.
const ADDRESSES_MAX: usize = 500;

/// One place that a message goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Target {
    /// Somebody's mail.
    Mail {
        /// The address.
        to: String,
    },
    /// A channel.
    Channel {
        /// Which.
        id: u64,
        /// What it was called.
        name: String,
        /// What the rule's action says besides.
        action: Map<String, Value>,
    },
}

impl Target {
    /// Who is spoken to; never twice at a time. The mail server is one of its own for each organisation, and
    /// two, so that many mails of one do not hold those of others.
    pub fn peer(&self, organization: OrganizationId) -> String {
        match self {
            Self::Mail { to } => {
                let door = to.bytes().fold(0, u8::wrapping_add) % 2;
                format!("smtp:{organization}:{door}")
            }
            Self::Channel { id, .. } => format!("channel:{id}"),
        }
    }

    /// The conversation about a thread.
    pub(crate) fn lane(&self, organization: OrganizationId, thread: &str) -> String {
        match self {
            Self::Mail { to } => format!("{organization}|{thread}|mail:{to}"),
            Self::Channel { id, action, .. } => {
                let place = ["channel_id", "channel", "project"];
                let place = place.iter().find_map(|name| action.get(*name)?.as_str());
                let place = place.map_or(String::new(), |place| format!(":{place}"));
                format!("{organization}|{thread}|channel:{id}{place}")
            }
        }
    }
}

/// Who is to be told, as a rule or a receiver says it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum To {
    Recipient(Recipient),
    Action(Action),
}

/// What the facts of a message say about whom it concerns.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Concerned {
    pub(crate) issue: Option<IssueId>,
    pub(crate) project: Option<ProjectId>,
}

/// Finds targets.
#[derive(Debug)]
pub(crate) struct Finder<'f> {
    pub(crate) meta: &'f Meta,
    pub(crate) organization: OrganizationId,
    pub(crate) channels: &'f [StoredChannel],
    pub(crate) policy: &'f Policy,
    pub(crate) now: Micros,
}

impl Finder<'_> {
    /// Each place once, in the order in which they are named.
    pub(crate) fn find(&self, to: &[To], concerned: Concerned) -> Result<Vec<Target>, MetaError> {
        let mut found: Vec<Target> = Vec::new();
        for to in to {
            let more = match to {
                To::Recipient(recipient) => self.recipient(recipient)?,
                To::Action(action) => self.action(action, concerned)?,
            };
            for target in more {
                if !found.contains(&target) {
                    found.push(target);
                }
            }
        }
        found.truncate(ADDRESSES_MAX);
        Ok(found)
    }

    /// Whether it must hear of every single alert.
    pub(crate) fn is_alertmanager(&self, target: &Target) -> bool {
        let Target::Channel { id, .. } = target else { return false };
        let mut channels = self.channels.iter();
        channels.any(|channel| channel.id == *id && channel.says.kind == "alertmanager")
    }

    /// Places that were told before, without people who have left the organisation since.
    pub(crate) fn still(&self, told: Vec<Value>) -> Result<Vec<Target>, MetaError> {
        let mut still = Vec::new();
        for told in told {
            let Ok(target) = serde_json::from_value(told) else { continue };
            if let Target::Mail { to } = &target
                && let Some(user) = self.meta.user_by_email(to)?
                && self.meta.member(self.organization, user.id)?.is_none()
            {
                continue;
            }
            still.push(target);
        }
        Ok(still)
    }

    fn recipient(&self, recipient: &Recipient) -> Result<Vec<Target>, MetaError> {
        match recipient {
            Recipient::Channel(name) => Ok(self.channel(name, Map::new())),
            Recipient::Rotation(name) => {
                let rotation = self.policy.rotations.get(name);
                let person = rotation.and_then(|rotation| rotation.on_call(self.now));
                person.map_or(Ok(Vec::new()), |person| self.person(person))
            }
            Recipient::User(user) => self.person(user),
            Recipient::Mail(address) => Ok(mails([address.clone()])),
        }
    }

    /// A number of a user who is a member, or an address.
    fn person(&self, person: &str) -> Result<Vec<Target>, MetaError> {
        if person.contains('@') {
            return Ok(mails([person.to_owned()]));
        }
        let Ok(user) = person.trim_start_matches("user:").parse::<UserId>() else {
            return Ok(Vec::new());
        };
        let member = self.meta.member(self.organization, user)?;
        Ok(mails(member.map(|member| member.email)))
    }

    /// By name or number.
    fn channel(&self, name: &str, action: Map<String, Value>) -> Vec<Target> {
        let named = self.channels.iter().find(|channel| channel.says.name == name);
        let numbered = || self.channels.iter().find(|channel| channel.id.to_string() == name);
        named.or_else(numbered).map_or(Vec::new(), |channel| of_channel(channel, action))
    }

    fn action(&self, action: &Action, concerned: Concerned) -> Result<Vec<Target>, MetaError> {
        let setting = |name: &str| match action.settings.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        if action.channel == Channel::Mail {
            return self.mail(action, concerned);
        }
        // The names under which Sentry's actions name what was set up.
        let names = [
            "service",
            "integration",
            "workspace",
            "account",
            "server",
            "team",
            "sentryAppInstallationUuid",
        ];
        let named = names.iter().filter_map(|name| setting(name));
        let kind = channel_kind(action.channel);
        for name in named {
            let found = self.channel(&name, action.settings.clone());
            if !found.is_empty() {
                return Ok(found);
            }
        }
        // Where only one can be meant, it is.
        let mut alike =
            self.channels.iter().filter(|channel| Some(channel.says.kind.as_str()) == kind);
        match (alike.next(), alike.next()) {
            (Some(channel), None) => Ok(of_channel(channel, action.settings.clone())),
            _ => Ok(Vec::new()),
        }
    }

    fn mail(&self, action: &Action, concerned: Concerned) -> Result<Vec<Target>, MetaError> {
        let text = |name: &str| match action.settings.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let target = text("targetIdentifier");
        match text("targetType").as_str() {
            "Team" => match target.trim_start_matches("team:").parse() {
                Ok(team) => self.team(team),
                Err(_) => Ok(Vec::new()),
            },
            "Member" => self.person(&target),
            "Address" => Ok(mails([target])),
            _ => self.owners(&text("fallthroughType"), concerned),
        }
    }

    fn team(&self, team: u64) -> Result<Vec<Target>, MetaError> {
        let known = self.meta.team(team)?;
        if known.is_none_or(|known| known.organization != self.organization) {
            return Ok(Vec::new());
        }
        let users = self.meta.users(&self.meta.team_members(team)?)?;
        Ok(mails(users.into_iter().filter(|user| user.active).map(|user| user.email)))
    }

    /// Who has the issue; if nobody has, the project's people, or all.
    fn owners(&self, fallthrough: &str, concerned: Concerned) -> Result<Vec<Target>, MetaError> {
        let issue = concerned.issue.map(|issue| self.meta.issue(issue)).transpose()?.flatten();
        let owners = match issue.and_then(|issue| issue.state.owner) {
            Some(IssueOwner::User(user)) => self.person(&user.to_string())?,
            Some(IssueOwner::Team(team)) => self.team(team)?,
            None => Vec::new(),
        };
        if !owners.is_empty() || fallthrough == "NoOne" {
            return Ok(owners);
        }
        let mut people: BTreeSet<UserId> = BTreeSet::new();
        if let Some(project) = concerned.project {
            for team in self.meta.teams_of_project(project)? {
                people.extend(self.meta.team_members(team.id)?);
            }
        }
        let people: Vec<UserId> = people.into_iter().collect();
        let users = self.meta.users(&people)?;
        let found = mails(users.into_iter().filter(|user| user.active).map(|user| user.email));
        if !found.is_empty() {
            return Ok(found);
        }
        let members = self.meta.members(self.organization, "", Page::FIRST)?.rows;
        Ok(mails(members.into_iter().map(|member| member.email)))
    }
}

fn mails(addresses: impl IntoIterator<Item = String>) -> Vec<Target> {
    let addresses = addresses.into_iter().filter(|to| notify::is_mail_address(to));
    addresses.map(|to| Target::Mail { to }).collect()
}

fn of_channel(channel: &StoredChannel, action: Map<String, Value>) -> Vec<Target> {
    if channel.says.kind == "mail" {
        let to = channel.says.settings.get("to").and_then(Value::as_str).unwrap_or_default();
        return mails(to.split(',').map(|to| to.trim().to_owned()));
    }
    let name = channel.says.name.clone();
    vec![Target::Channel { id: channel.id, name, action }]
}

fn channel_kind(channel: Channel) -> Option<&'static str> {
    Some(match channel {
        Channel::Mail => "mail",
        Channel::Slack => "slack",
        Channel::MsTeams => "msteams",
        Channel::Discord => "discord",
        Channel::PagerDuty => "pagerduty",
        Channel::Opsgenie => "opsgenie",
        Channel::Jira | Channel::JiraServer => "jira",
        Channel::Service | Channel::SentryApp | Channel::Plugins => "webhook",
        Channel::GitHub | Channel::GitHubEnterprise | Channel::AzureDevops => return None,
    })
}
