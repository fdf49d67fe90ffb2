//! The rules of each project, compiled once per revision of its settings.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use group::GroupingRules;
use group::performance::{SettingValue, Thresholds};
use meta::{DetectorValue, Meta, ProjectSettings};
use model::id::ProjectId;
use scrub::{ScrubSettings, Scrubber};
use wire::filters::{FilterSettings, Filters, LegacyBrowser};

/// Projects whose compiled rules are kept. Rules take some hundred kilobytes.
const PROJECTS_MAX: usize = 256;

/// What a project wants done with its events.
#[derive(Debug)]
pub struct Rules {
    /// Which events it lets go.
    pub filters: Filters,
    /// What must not be kept.
    pub scrubber: Scrubber,
    /// What belongs together.
    pub grouping: GroupingRules,
    /// From where on something in a trace is wrong.
    pub performance: Thresholds,
    /// Which traces stay.
    pub sampling: sample::Rules,
    /// Whether addresses are kept at all.
    pub scrub_ip: bool,
    /// Days events are kept; older ones are dated now.
    pub retention_days: u32,
    revision: u64,
}

impl Rules {
    /// The rules of a project that nobody has set anything for.
    pub(crate) fn of_defaults() -> Self {
        compile(ProjectId(0), &ProjectSettings::default())
    }
}

/// Compiled rules by project.
#[derive(Debug)]
pub(crate) struct Projects {
    meta: Meta,
    compiled: Mutex<HashMap<ProjectId, Arc<Rules>>>,
}

impl Projects {
    /// Rules come from the settings in `meta`.
    pub(crate) fn new(meta: Meta) -> Self {
        Self { meta, compiled: Mutex::new(HashMap::new()) }
    }

    /// Everything else that is known of projects.
    pub(crate) fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The rules of a project; `None` when there is no such project any more.
    pub(crate) fn rules(&self, project: ProjectId) -> Option<Arc<Rules>> {
        let settings = self.meta.project_settings(project)?;
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) =
            compiled.get(&project).filter(|rules| rules.revision == settings.revision)
        {
            return Some(Arc::clone(rules));
        }
        if compiled.len() >= PROJECTS_MAX {
            compiled.clear();
        }
        let rules = Arc::new(compile(project, &settings));
        compiled.insert(project, Arc::clone(&rules));
        Some(rules)
    }
}

/// Rules that cannot be read were refused when they were saved. If they are there nevertheless, what is
/// personal stays protected and the rest falls back to the defaults.
fn compile(project: ProjectId, settings: &ProjectSettings) -> Rules {
    let scrub = ScrubSettings {
        scrub_data: settings.data_scrubber,
        scrub_defaults: settings.data_scrubber_defaults,
        scrub_ip_addresses: settings.scrub_ip_addresses,
        sensitive_fields: settings.sensitive_fields.clone(),
        exclude_fields: settings.safe_fields.clone(),
        pii_config: Some(settings.relay_pii_config.clone()).filter(|config| !config.is_empty()),
        strict: settings.data_scrubber_strict,
        scrub_emails: settings.scrub_emails,
    };
    let scrubber = Scrubber::new(&scrub).unwrap_or_else(|problem| {
        tracing::error!(%project, %problem, "scrubbing rules cannot be read; the defaults apply");
        let defaults = ScrubSettings { pii_config: None, ..scrub };
        Scrubber::new(&defaults).unwrap_or_else(|problem| unreachable_defaults(&problem))
    });
    let grouping =
        GroupingRules::new(&settings.grouping_enhancements, &settings.fingerprinting_rules);
    let grouping = grouping.unwrap_or_else(|problem| {
        tracing::error!(%project, %problem, "grouping rules cannot be read; the defaults apply");
        GroupingRules::default()
    });
    let performance = Thresholds::with(detectors(settings)).unwrap_or_else(|(name, problem)| {
        tracing::error!(%project, name, %problem, "a detector cannot be set; the defaults apply");
        Thresholds::default()
    });
    Rules {
        filters: Filters::new(&filter_settings(settings)),
        scrubber,
        grouping,
        performance,
        sampling: sample::Rules::new(&settings.sampling),
        scrub_ip: settings.scrub_ip_addresses,
        retention_days: settings.retention_days,
        revision: settings.revision,
    }
}

#[expect(clippy::panic, reason = "the built-in rules are checked by scrub's own tests")]
fn unreachable_defaults(problem: &scrub::RuleError) -> Scrubber {
    panic!("the built-in scrubbing rules cannot be read: {problem}")
}

fn detectors(settings: &ProjectSettings) -> impl Iterator<Item = (&str, SettingValue)> {
    settings.performance.iter().map(|(name, value)| {
        let value = match value {
            DetectorValue::Switch(is_on) => SettingValue::Switch(*is_on),
            DetectorValue::Number(number) => SettingValue::Number(*number),
        };
        (name.as_str(), value)
    })
}

fn filter_settings(settings: &ProjectSettings) -> FilterSettings {
    let filters = &settings.filters;
    let legacy = filters.legacy_browsers.iter().filter_map(|name| LegacyBrowser::from_name(name));
    FilterSettings {
        browser_extensions: filters.browser_extensions,
        localhost: filters.localhost,
        web_crawlers: filters.web_crawlers,
        react_hydration_errors: filters.react_hydration_errors,
        chunk_load_errors: filters.chunk_load_error,
        legacy_browsers: legacy.collect(),
        releases: filters.releases.clone(),
        error_messages: filters.error_messages.clone(),
        ip_addresses: filters.blacklisted_ips.clone(),
        csp_disallowed_sources: filters.csp_disallowed_sources.clone(),
        ignored_transactions: filters.transactions.clone(),
    }
}
