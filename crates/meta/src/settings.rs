//! What can be set for a project and for an organisation. Names in JSON are those of Sentry's API.

use std::collections::BTreeMap;

use model::category::Category;
use model::limits;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::MetaError;

/// Entries of any list in the settings.
const LIST_MAX: usize = 1_000;
/// Bytes of all settings of a project together.
const SETTINGS_BYTES_MAX: usize = 512 * 1024;

/// Settings of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "switches that people turn one by one")]
pub struct ProjectSettings {
    /// Grows with every change, so that compiled rules can be kept until it does.
    #[serde(skip)]
    pub revision: u64,
    /// Origins browsers may send from; `*` is any.
    pub allowed_domains: Vec<String>,
    /// Scrub personal data at all.
    pub data_scrubber: bool,
    /// Scrub what the built-in rules find.
    pub data_scrubber_defaults: bool,
    /// Scrub what only Pitwatch's stricter rules find, see `scrub`.
    pub data_scrubber_strict: bool,
    /// Scrub e-mail addresses in free text.
    pub scrub_emails: bool,
    /// Do not keep IP addresses.
    #[serde(rename = "scrubIPAddresses")]
    pub scrub_ip_addresses: bool,
    /// Keys whose values are scrubbed in addition.
    pub sensitive_fields: Vec<String>,
    /// Keys whose values are never scrubbed.
    pub safe_fields: Vec<String>,
    /// Advanced scrubbing rules, JSON as a text; empty when there are none.
    pub relay_pii_config: String,
    /// Stack trace rules.
    pub grouping_enhancements: String,
    /// Fingerprint rules.
    pub fingerprinting_rules: String,
    /// Inbound filters.
    pub filters: FilterSettings,
    /// Days events are kept.
    pub retention_days: u32,
    /// Hours without events after which an issue resolves itself; 0 is never.
    pub resolve_age: u32,
    /// Limits of what is taken in.
    pub quotas: Vec<QuotaSetting>,
    /// Which traces stay.
    pub sampling: sample::Settings,
    /// What detectors of performance issues shall do otherwise than by default.
    pub performance: BTreeMap<String, DetectorValue>,
    /// Settings we only keep and give back.
    pub options: Map<String, Value>,
}

/// What a setting of a detector says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DetectorValue {
    /// Whether it looks.
    Switch(bool),
    /// From where on something is wrong.
    Number(f64),
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self {
            revision: 0,
            allowed_domains: vec!["*".to_owned()],
            data_scrubber: true,
            data_scrubber_defaults: true,
            data_scrubber_strict: true,
            scrub_emails: false,
            scrub_ip_addresses: false,
            sensitive_fields: Vec::new(),
            safe_fields: Vec::new(),
            relay_pii_config: String::new(),
            grouping_enhancements: String::new(),
            fingerprinting_rules: String::new(),
            filters: FilterSettings::default(),
            retention_days: 90,
            resolve_age: 0,
            quotas: Vec::new(),
            sampling: sample::Settings::default(),
            performance: BTreeMap::new(),
            options: Map::new(),
        }
    }
}

/// Which events a project lets go at the door of the pipeline. All off by default: nothing a newcomer
/// sends may be missing without their doing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "switches that people turn one by one")]
pub struct FilterSettings {
    /// Errors of browser extensions.
    pub browser_extensions: bool,
    /// Events from a developer's own machine.
    pub localhost: bool,
    /// Events of crawlers.
    pub web_crawlers: bool,
    /// Chunks that did not load after a deploy.
    pub chunk_load_error: bool,
    /// React hydration errors.
    pub react_hydration_errors: bool,
    /// Legacy browsers by their names in the reference: `default`, `ie_pre_9`, `ie`, …
    pub legacy_browsers: Vec<String>,
    /// Globs of releases.
    pub releases: Vec<String>,
    /// Globs of messages and `Type: value`.
    pub error_messages: Vec<String>,
    /// Globs of transaction names.
    pub transactions: Vec<String>,
    /// Addresses and CIDR ranges.
    pub blacklisted_ips: Vec<String>,
    /// Sources that CSP reports may not name.
    pub csp_disallowed_sources: Vec<String>,
}

/// A limit on what is taken in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct QuotaSetting {
    /// Names of categories as on the wire; none means all.
    pub categories: Vec<String>,
    /// Length of the window in seconds.
    pub window: u32,
    /// Items in a window; 0 takes nothing in.
    pub limit: u64,
    /// What the client is told; `project_quota` or the like when empty.
    pub reason: String,
}

impl QuotaSetting {
    /// The categories as values.
    pub fn categories(&self) -> Vec<Category> {
        self.categories.iter().map(|name| Category::from_name(name)).collect()
    }
}

/// Settings of an organisation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OrganizationSettings {
    /// Limits of what all projects together take in.
    pub quotas: Vec<QuotaSetting>,
    /// Settings we only keep and give back.
    pub options: Map<String, Value>,
}

/// Checks sizes and ranges. Whether rules can be read is for their own crates to say.
pub(crate) fn check(settings: &ProjectSettings) -> Result<(), MetaError> {
    let lists = [
        ("allowedDomains", &settings.allowed_domains),
        ("sensitiveFields", &settings.sensitive_fields),
        ("safeFields", &settings.safe_fields),
        ("filters:releases", &settings.filters.releases),
        ("filters:errorMessages", &settings.filters.error_messages),
        ("filters:transactions", &settings.filters.transactions),
        ("filters:blacklistedIps", &settings.filters.blacklisted_ips),
        ("filters:cspDisallowedSources", &settings.filters.csp_disallowed_sources),
    ];
    if let Some((field, _)) = lists.into_iter().find(|(_, list)| list.len() > LIST_MAX) {
        return Err(MetaError::invalid(field, format!("must have at most {LIST_MAX} entries")));
    }
    let rules = [
        ("groupingEnhancements", &settings.grouping_enhancements),
        ("fingerprintingRules", &settings.fingerprinting_rules),
        ("relayPiiConfig", &settings.relay_pii_config),
    ];
    if let Some((field, _)) =
        rules.into_iter().find(|(_, text)| text.len() > limits::RULES_BYTES_MAX)
    {
        let reason = format!("must have at most {} bytes", limits::RULES_BYTES_MAX);
        return Err(MetaError::invalid(field, reason));
    }
    if !(1..=3_650).contains(&settings.retention_days) {
        return Err(MetaError::invalid("retentionDays", "must be between 1 and 3650"));
    }
    settings
        .sampling
        .check()
        .map_err(|problem| MetaError::invalid("sampling", problem.to_string()))?;
    if settings.performance.len() > LIST_MAX {
        return Err(MetaError::invalid(
            "performance",
            format!("must have at most {LIST_MAX} entries"),
        ));
    }
    check_quotas(&settings.quotas)
}

pub(crate) fn check_quotas(quotas: &[QuotaSetting]) -> Result<(), MetaError> {
    if quotas.len() > 100 {
        return Err(MetaError::invalid("quotas", "must have at most 100 entries"));
    }
    for quota in quotas {
        let unknown =
            quota.categories.iter().find(|name| Category::from_name(name) == Category::Unknown);
        if let Some(name) = unknown {
            return Err(MetaError::invalid("quotas", format!("{name} is not a category")));
        }
        if quota.window == 0 && quota.limit > 0 {
            return Err(MetaError::invalid("quotas", "a window must have at least one second"));
        }
    }
    Ok(())
}

/// Refuses settings that are too large as a whole, before they are written.
pub(crate) fn check_size(json: &str) -> Result<(), MetaError> {
    if json.len() > SETTINGS_BYTES_MAX {
        return Err(MetaError::invalid("options", "must have at most 512 KiB in total"));
    }
    Ok(())
}
