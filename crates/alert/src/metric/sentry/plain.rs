//! Metric rules as files have them: `window_minutes = 5`, `above = 0.05`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::read::wrong;
use super::{SentryMetricRule, SentryRuleError};

/// Fields of files, and what they are called in Sentry's form.
const FIELDS: [(&str, &str); 16] = [
    ("name", "name"),
    ("description", "description"),
    ("dataset", "dataset"),
    ("aggregate", "aggregate"),
    ("query", "query"),
    ("environment", "environment"),
    ("window_minutes", "timeWindow"),
    ("compare_minutes", "comparisonDelta"),
    ("resolve", "resolveThreshold"),
    ("for_minutes", "forMinutes"),
    ("recover_minutes", "recoverMinutes"),
    ("no_data", "noData"),
    ("no_data_minutes", "noDataMinutes"),
    ("group_by", "groupBy"),
    ("symptom", "symptom"),
    ("runbook_url", "runbookUrl"),
];
/// Fields that mean something else than their value.
const OTHERS: [&str; 6] = ["side", "warning", "critical", "anomaly", "causes", "then"];

/// A rule of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct PlainMetricRule {
    /// What it says, without actions and causes.
    pub rule: SentryMetricRule,
    /// Names of rules.
    pub causes: Vec<String>,
    /// What is done, in plain words.
    pub then: Vec<String>,
}

impl PlainMetricRule {
    /// Reads a rule about one project.
    ///
    /// # Errors
    /// [`SentryRuleError`] for the first field that makes no sense, in the words of Sentry's form.
    pub fn read(plain: &BTreeMap<String, Value>, project: &str) -> Result<Self, SentryRuleError> {
        let mut fields = Map::new();
        for (name, value) in plain {
            if let Some((_, known)) = FIELDS.iter().find(|(known, _)| known == name) {
                fields.insert((*known).to_owned(), value.clone());
            } else if !OTHERS.contains(&name.as_str()) {
                return Err(SentryRuleError::Unknown(name.chars().take(100).collect()));
            }
        }
        fields.insert("projects".to_owned(), json!([project]));
        let side = match plain.get("side").map(|side| side.as_str().unwrap_or_default()) {
            None | Some("above") => 0,
            Some("below") => 1,
            Some(_) => return Err(wrong("side", "must be above or below")),
        };
        fields.insert("thresholdType".to_owned(), json!(side));
        if let Some(Value::Object(anomaly)) = plain.get("anomaly") {
            let anomaly = anomaly.iter().map(|(name, value)| (camel(name), value.clone()));
            fields.insert("anomaly".to_owned(), Value::Object(anomaly.collect()));
        } else if plain.contains_key("anomaly") {
            return Err(wrong("anomaly", "must be a table"));
        }
        let triggers = ["critical", "warning"].into_iter().filter_map(|label| {
            let level = plain.get(label)?;
            Some(json!({"label": label, "alertThreshold": level}))
        });
        fields.insert("triggers".to_owned(), triggers.collect());
        Ok(Self {
            rule: SentryMetricRule::from_json(&Value::Object(fields))?,
            causes: texts(plain, "causes")?,
            then: texts(plain, "then")?,
        })
    }
}

/// A text or a list of texts.
fn texts(
    plain: &BTreeMap<String, Value>,
    field: &'static str,
) -> Result<Vec<String>, SentryRuleError> {
    let wrong = wrong(field, "must be a list of texts");
    match plain.get(field) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Array(all)) => {
            let text = |value: &Value| value.as_str().map(str::to_owned).ok_or(wrong.clone());
            all.iter().map(text).collect()
        }
        Some(_) => Err(wrong),
    }
}

/// `in_a_row` is `inARow`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut all, word| {
        let mut letters = word.chars();
        all.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        all.push_str(letters.as_str());
        all
    })
}
