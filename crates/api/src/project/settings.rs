//! Project settings under Sentry's names, to show and to change.

use group::GroupingRules;
use meta::{ProjectSettings, QuotaSetting};
use serde_json::{Map, Value, json};

use crate::error::ApiError;

/// Settings as Sentry's project detail names them.
pub fn show(settings: &ProjectSettings) -> Map<String, Value> {
    let filters = &settings.filters;
    let value = json!({
        "allowedDomains": settings.allowed_domains,
        "resolveAge": settings.resolve_age,
        "dataScrubber": settings.data_scrubber,
        "dataScrubberDefaults": settings.data_scrubber_defaults,
        "dataScrubberStrict": settings.data_scrubber_strict,
        "scrubEmails": settings.scrub_emails,
        "scrubIPAddresses": settings.scrub_ip_addresses,
        "sensitiveFields": settings.sensitive_fields,
        "safeFields": settings.safe_fields,
        "relayPiiConfig": text_or_null(&settings.relay_pii_config),
        "groupingConfig": group::CONFIG,
        "groupingEnhancements": settings.grouping_enhancements,
        "fingerprintingRules": settings.fingerprinting_rules,
        "retentionDays": settings.retention_days,
        "quotas": settings.quotas,
        "options": {
            "filters:blacklisted_ips": filters.blacklisted_ips.join("\n"),
            "filters:releases": filters.releases.join("\n"),
            "filters:error_messages": filters.error_messages.join("\n"),
            "filters:transactions": filters.transactions.join("\n"),
            "filters:csp_disallowed_sources": filters.csp_disallowed_sources.join("\n"),
        },
        "securityToken": "",
        "verifySSL": true,
        "scrapeJavaScript": false,
        "storeCrashReports": null,
        "highlightTags": [],
        "highlightContext": {},
        "dynamicSamplingBiases": biases(&settings.sampling),
        "symbolSources": "[]",
        "builtinSymbolSources": [],
        "processingIssues": 0,
        "eventProcessing": {"symbolicationDegraded": false},
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The nearest of Sentry's biases; they are changed at `sampling/`.
fn biases(sampling: &sample::Settings) -> Value {
    let drops = sampling.rules.iter().any(|rule| rule.sample_rate <= 0.0);
    let biases = [
        ("boostLatestRelease", sampling.new_release.rate > 0.0),
        ("boostLowVolumeTransactions", sampling.rare.count > 0),
        ("ignoreHealthChecks", drops),
    ];
    let bias = |(id, active)| json!({"id": id, "active": active && sampling.enabled});
    biases.into_iter().map(bias).collect()
}

fn text_or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::from(text) }
}

/// Takes over what a `PUT` says. True when anything was said about settings.
///
/// # Errors
/// The first field whose value has the wrong type or whose rules cannot be read.
pub fn merge(settings: &mut ProjectSettings, body: &Map<String, Value>) -> Result<bool, ApiError> {
    let mut said = false;
    for (key, value) in body {
        said |= set(settings, key, value)?;
    }
    if said {
        check_rules(settings)?;
    }
    Ok(said)
}

/// Sets one field; false when it is no setting.
fn set(settings: &mut ProjectSettings, key: &str, value: &Value) -> Result<bool, ApiError> {
    match key {
        "allowedDomains" => settings.allowed_domains = lines(key, value)?,
        "sensitiveFields" => settings.sensitive_fields = lines(key, value)?,
        "safeFields" => settings.safe_fields = lines(key, value)?,
        "dataScrubber" => settings.data_scrubber = switch(key, value)?,
        "dataScrubberDefaults" => settings.data_scrubber_defaults = switch(key, value)?,
        "dataScrubberStrict" => settings.data_scrubber_strict = switch(key, value)?,
        "scrubEmails" => settings.scrub_emails = switch(key, value)?,
        "scrubIPAddresses" => settings.scrub_ip_addresses = switch(key, value)?,
        "relayPiiConfig" => settings.relay_pii_config = text(key, value)?,
        "groupingEnhancements" => settings.grouping_enhancements = text(key, value)?,
        "fingerprintingRules" => settings.fingerprinting_rules = text(key, value)?,
        "resolveAge" => settings.resolve_age = number(key, value)?,
        "retentionDays" => settings.retention_days = number(key, value)?,
        "quotas" => settings.quotas = quotas(value)?,
        "options" => return options(settings, value),
        _ => return Ok(false),
    }
    Ok(true)
}

fn options(settings: &mut ProjectSettings, value: &Value) -> Result<bool, ApiError> {
    let options =
        value.as_object().ok_or_else(|| ApiError::field("options", "Expected an object."))?;
    let mut said = false;
    for (key, value) in options {
        let filters = &mut settings.filters;
        let place = match key.as_str() {
            "filters:blacklisted_ips" => &mut filters.blacklisted_ips,
            "filters:releases" => &mut filters.releases,
            "filters:error_messages" => &mut filters.error_messages,
            "filters:transactions" => &mut filters.transactions,
            "filters:csp_disallowed_sources" => &mut filters.csp_disallowed_sources,
            _ => continue,
        };
        *place = lines(key, value)?;
        said = true;
    }
    Ok(said)
}

/// Rules are refused here, where a person can mend them, not in the pipeline.
fn check_rules(settings: &ProjectSettings) -> Result<(), ApiError> {
    GroupingRules::new(&settings.grouping_enhancements, "")
        .map_err(|problem| ApiError::field("groupingEnhancements", problem.to_string()))?;
    GroupingRules::new("", &settings.fingerprinting_rules)
        .map_err(|problem| ApiError::field("fingerprintingRules", problem.to_string()))?;
    Ok(())
}

fn switch(key: &str, value: &Value) -> Result<bool, ApiError> {
    value.as_bool().ok_or_else(|| ApiError::field(key, "Must be true or false."))
}

fn number(key: &str, value: &Value) -> Result<u32, ApiError> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(|| ApiError::field(key, "A valid integer is required."))
}

fn text(key: &str, value: &Value) -> Result<String, ApiError> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        _ => Err(ApiError::field(key, "Not a valid string.")),
    }
}

/// A list, or a text with one entry a line.
fn lines(key: &str, value: &Value) -> Result<Vec<String>, ApiError> {
    let wrong = || ApiError::field(key, "Expected a list of texts.");
    let all: Vec<String> = match value {
        Value::Null => Vec::new(),
        Value::String(text) => text.lines().map(str::to_owned).collect(),
        Value::Array(items) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().ok_or_else(wrong)?
        }
        _ => return Err(wrong()),
    };
    Ok(all.into_iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
}

fn quotas(value: &Value) -> Result<Vec<QuotaSetting>, ApiError> {
    serde_json::from_value(value.clone())
        .map_err(|problem| ApiError::field("quotas", problem.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(body: &Value) -> Result<ProjectSettings, ApiError> {
        let mut settings = ProjectSettings::default();
        merge(&mut settings, body.as_object().unwrap()).map(|_| settings)
    }

    #[test]
    fn lists_come_as_lists_and_as_lines() {
        assert_eq!(merged(&json!({"allowedDomains": ["a", " "]})).unwrap().allowed_domains, ["a"]);
        assert_eq!(
            merged(&json!({"options": {"filters:releases": "a\nb"}})).unwrap().filters.releases,
            ["a", "b"]
        );
    }

    #[test]
    fn rules_that_cannot_be_read_are_refused() {
        let problem = merged(&json!({"fingerprintingRules": "nonsense"})).unwrap_err();
        assert!(
            matches!(problem, ApiError::Fields(fields) if fields.contains_key("fingerprintingRules"))
        );
        assert!(merged(&json!({"dataScrubber": "yes"})).is_err());
    }
}
