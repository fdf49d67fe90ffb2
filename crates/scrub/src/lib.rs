//! Personal data out: detectors, rules, selectors; what was changed is noted.
//!
//! Two layers run on every field, in Relay's order: the rules a project wrote (its `piiConfig`),
//! then the default scrubber with its switches. Pitwatch adds a third, stricter one. A field is
//! reached only when the schema table in `schema` says so, and a detector runs only where one pass
//! over the text saw what it needs.

mod anchor;
mod builtin;
mod bytes;
mod card;
mod chunks;
mod clean;
mod config;
mod kind;
mod originals;
mod place;
mod profile;
mod rule;
mod schema;
mod scope;
mod selector;
mod span;
mod strict;
mod token;
mod user;
mod walk;

use std::borrow::Cow;

use model::event::Event;
use model::profile::Profile;
use model::span::SpanRow;

use crate::clean::Clean;
use crate::config::{PiiConfig, RuleSpec, RuleType};
use crate::place::Place;
use crate::rule::Rule;
use crate::scope::{Application, Scope};
use crate::selector::Selector;
use crate::walk::Walk;

pub use crate::builtin::{RuleInfo, describe};
pub use crate::selector::SelectorError;

/// What a project wants scrubbed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "switches that a person sets one by one")]
pub struct ScrubSettings {
    /// The master switch of everything but `scrub_ip_addresses` and `pii_config`.
    pub scrub_data: bool,
    /// The built-in rules.
    pub scrub_defaults: bool,
    /// Addresses of people's machines.
    pub scrub_ip_addresses: bool,
    /// Parts of names whose values are replaced.
    pub sensitive_fields: Vec<String>,
    /// Names or selectors that the built-in rules leave alone.
    pub exclude_fields: Vec<String>,
    /// Rules in Relay's rule language, as JSON.
    pub pii_config: Option<String>,
    /// Pitwatch's stricter defaults; without them the built-in rules are Relay's.
    pub strict: bool,
    /// E-mail addresses in free text; with `strict` only.
    pub scrub_emails: bool,
}

impl Default for ScrubSettings {
    fn default() -> Self {
        Self {
            scrub_data: true,
            scrub_defaults: true,
            scrub_ip_addresses: false,
            sensitive_fields: Vec::new(),
            exclude_fields: Vec::new(),
            pii_config: None,
            strict: true,
            scrub_emails: false,
        }
    }
}

/// Why rules were not accepted.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// Not the JSON of a rule configuration.
    #[error("reading scrubbing rules")]
    Json(#[source] serde_json::Error),
    /// A selector that is none.
    #[error("selector {selector:?}")]
    Selector {
        /// As written.
        selector: String,
        /// What is wrong with it.
        #[source]
        cause: SelectorError,
    },
    /// A regular expression that is none, or too big.
    #[error("regular expression of a scrubbing rule")]
    Pattern(#[source] regex::Error),
    /// More text than a project's rules may have.
    #[error("scrubbing rules are longer than {} bytes", model::limits::RULES_BYTES_MAX)]
    TooLong,
    /// Rules that name too many others, or each other in a circle.
    #[error("scrubbing rules name too many rules")]
    TooManyRules,
}

/// Takes personal data out of events and attachments of one project.
#[derive(Debug)]
pub struct Scrubber {
    /// Whether the project wrote rules of its own.
    has_selectors: bool,
    applications: Vec<Application>,
    safe: Vec<Selector>,
    strict_rules: Vec<Rule>,
    name_rules: Vec<Rule>,
}

impl Scrubber {
    /// Makes the rules ready to run. Takes milliseconds for the first, keep the scrubber.
    ///
    /// # Errors
    /// [`RuleError`] when `pii_config` cannot be used.
    pub fn new(settings: &ScrubSettings) -> Result<Self, RuleError> {
        let mut applications = Vec::new();
        if let Some(text) = &settings.pii_config {
            for (selector, rules) in PiiConfig::parse(text)?.compile()? {
                applications.push(Application::new(Scope::Selector(selector), rules));
            }
        }
        let defaults = settings.scrub_data && settings.scrub_defaults;
        let strict = defaults && settings.strict;
        applications.extend(default_applications(settings, strict)?);
        let (mut strict_rules, mut name_rules) = (Vec::new(), Vec::new());
        if strict {
            let emails = settings.scrub_emails.then_some("@email");
            strict_rules = in_order(strict::TEXT_RULES.iter().copied().chain(emails))?;
            name_rules = in_order(strict::NAME_RULES.iter().copied())?;
            applications.push(Application::new(Scope::Strict, strict_rules.clone()));
        }
        let safe = settings.exclude_fields.iter().map(|field| field.trim());
        let safe = safe.filter(|field| !field.is_empty()).map(Selector::parse_safe_field).collect();
        applications.retain(|application| !application.rules.is_empty());
        let has_selectors = settings.pii_config.is_some();
        Ok(Self { has_selectors, applications, safe, strict_rules, name_rules })
    }

    /// Takes personal data out of an event and notes what was changed.
    pub fn apply(&self, event: &mut Event<'_>) {
        if self.applications.is_empty() {
            return;
        }
        let address_was_valid = user::has_no_broken_address(event);
        let mut clean = Clean::default();
        let mut walk = Walk::new(self, &mut event.notes, &mut clean);
        walk.object(&mut event.root, &Place::root(&schema::EVENT));
        if address_was_valid {
            user::keep_redacted_address_as_id(event);
        }
        originals::scrub(self, event);
    }

    /// Takes personal data out of spans that did not come within an event. Selectors see their
    /// attributes as `$span.data.'name'` and as `$span.attributes.'name'.value`. Spans that came
    /// together have much in common: give all of them at once.
    ///
    /// Texts that are derived from others (description, group) must be made after this.
    pub fn apply_to_spans(&self, rows: &mut [SpanRow<'_>]) {
        if !self.applications.is_empty() {
            span::scrub(self, rows);
        }
    }

    /// Takes personal data out of the texts of a profile that people have made up: names of functions,
    /// modules, files, threads and transactions. Rules see them as they see the description of a span.
    pub fn apply_to_profile(&self, profile: &mut Profile<'_>) {
        if !self.applications.is_empty() {
            profile::scrub(self, profile);
        }
    }

    /// Takes personal data out of an attachment in place; its length does not change.
    ///
    /// Text is found in UTF-8 and, as far as it is ASCII, in UTF-16LE.
    pub fn scrub_bytes(&self, name: &str, bytes: &mut [u8]) {
        bytes::scrub(self, name, bytes);
    }

    fn is_strict(&self) -> bool {
        !self.strict_rules.is_empty()
    }
}

/// Checks the text of a selector.
///
/// # Errors
/// [`SelectorError`] with what is wrong with it.
pub fn check_selector(text: &str) -> Result<(), SelectorError> {
    Selector::parse(text).map(|_| ())
}

/// The switches as rules, in Relay's order.
fn default_applications(
    settings: &ScrubSettings,
    strict: bool,
) -> Result<Vec<Application>, RuleError> {
    let defaults = settings.scrub_data && settings.scrub_defaults;
    let mut everywhere = Vec::new();
    let mut applications = Vec::new();
    // Our own card detector checks what Relay's only guesses, so it takes its place.
    let relay_only = |rule: &&str| !strict || !rule.starts_with("@creditcard");
    if defaults {
        everywhere.extend(builtin::COMMON_FILTER.iter().filter(|rule| relay_only(rule)).copied());
    }
    if settings.scrub_ip_addresses {
        everywhere.push("@ip:replace");
    }
    let sensitive = sensitive_pattern(settings);
    if sensitive.is_some() {
        everywhere.push(STRIP_FIELDS);
    }
    let look_up = |id: &str| match &sensitive {
        Some(key_pattern) if id == STRIP_FIELDS => Some(RuleSpec {
            ty: RuleType::RedactPair { key_pattern: key_pattern.clone(), any_case: true },
            redaction: Some(chunks::Redaction::Replace(Cow::Borrowed("[Filtered]"))),
        }),
        _ => builtin::rule(id),
    };
    let mut add = |scope, ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        applications.push(Application::new(scope, config::rules(&ids, &look_up)?));
        Ok::<(), RuleError>(())
    };
    add(Scope::Defaults, &everywhere)?;
    if settings.scrub_ip_addresses {
        let known = Selector::parse(KNOWN_ADDRESSES)
            .map_err(|cause| RuleError::Selector { selector: KNOWN_ADDRESSES.to_owned(), cause })?;
        add(Scope::Selector(known), &["@anything:remove"])?;
    }
    if defaults {
        let parts: Vec<&str> = PARTS_ONLY.iter().filter(|rule| relay_only(rule)).copied().collect();
        add(Scope::PartsOnly, &parts)?;
        add(Scope::SensitiveCookies, &["@anything:filter"])?;
        add(Scope::CookieHeaders, &["@cookies:filter"])?;
    }
    Ok(applications)
}

/// The id of the rule made of `sensitive_fields`. Source: Relay.
const STRIP_FIELDS: &str = "strip-fields";

/// Fields that hold addresses whatever they look like. Source: Relay.
const KNOWN_ADDRESSES: &str = "$request.env.REMOTE_ADDR | $user.ip_address | $sdk.client_ip | $span.sentry_tags.'user.ip' \
     | $span.data.'client.address' | $span.data.'user.ip_address'";

/// The default rules for texts that must not be replaced whole. Source: Relay.
const PARTS_ONLY: &[&str] = &[
    "@bearer:replace",
    "@creditcard:replace",
    "@email:replace",
    "@iban:replace",
    "@usssn:replace",
];

fn sensitive_pattern(settings: &ScrubSettings) -> Option<String> {
    let fields = settings.sensitive_fields.iter().map(|field| field.trim());
    let fields: Vec<String> = fields.filter(|field| !field.is_empty()).map(regex::escape).collect();
    (settings.scrub_data && !fields.is_empty()).then(|| fields.join("|"))
}

/// Rules that run in the order they are named in, not in that of their ids.
fn in_order<'i>(ids: impl Iterator<Item = &'i str>) -> Result<Vec<Rule>, RuleError> {
    let mut rules = Vec::new();
    for id in ids {
        rules.extend(config::rules(&[id.to_owned()], &builtin::rule)?);
    }
    Ok(rules)
}
