//! Metric rules in Sentry's form: `/organizations/{}/alert-rules/`.

use serde_json::{Map, Value, json};

use super::{Condition, Levels, MetricRule, MetricRuleError, NoData, Side};
use crate::limits::{RULE_NAME_CHARS_MAX, RULE_PARTS_MAX};

const MINUTE: u64 = 60_000_000;

/// What is measured, as Sentry asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// `count()`, `p95(transaction.duration)`, …
    pub aggregate: String,
    /// Where: `events`, `transactions`, `events_analytics_platform`, …
    pub dataset: String,
    /// A search.
    pub query: String,
    /// Of one environment only.
    pub environment: Option<String>,
    /// Over how many minutes.
    pub window_minutes: u32,
    /// How many minutes before the compared time lies.
    pub compared_minutes: Option<u32>,
}

/// A rule as Sentry's clients know it.
#[derive(Debug, Clone, PartialEq)]
pub struct SentryMetricRule {
    /// What people call it.
    pub name: String,
    /// Slugs of its projects.
    pub projects: Vec<String>,
    /// Such as `team:7`.
    pub owner: Option<String>,
    /// What is measured.
    pub question: Question,
    /// What is wrong.
    pub rule: MetricRule,
    /// What is done when it is a warning, and when it is critical; as written.
    pub warning_actions: Vec<Value>,
    /// See `warning_actions`.
    pub critical_actions: Vec<Value>,
}

/// A rule that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SentryRuleError {
    #[error("{field}: {reason}")]
    Field { field: &'static str, reason: &'static str },
    #[error(transparent)]
    Rule(#[from] MetricRuleError),
}

impl SentryMetricRule {
    /// Reads what clients post.
    ///
    /// # Errors
    /// [`SentryRuleError`] for the first field that makes no sense.
    pub fn from_json(json: &Value) -> Result<Self, SentryRuleError> {
        let fields = json.as_object().ok_or(wrong("rule", "must be an object"))?;
        let name = text(fields, "name")?.ok_or(wrong("name", "is required"))?;
        if name.is_empty() || name.chars().count() > RULE_NAME_CHARS_MAX {
            return Err(wrong("name", "must have 1 to 256 characters"));
        }
        let aggregate = text(fields, "aggregate")?.ok_or(wrong("aggregate", "is required"))?;
        let window_minutes =
            minutes(fields, "timeWindow")?.ok_or(wrong("timeWindow", "is required"))?;
        let compared_minutes = minutes(fields, "comparisonDelta")?;
        let question = Question {
            aggregate,
            dataset: text(fields, "dataset")?.unwrap_or_else(|| "events".to_owned()),
            query: text(fields, "query")?.unwrap_or_default(),
            environment: text(fields, "environment")?,
            window_minutes,
            compared_minutes,
        };
        let triggers = fields.get("triggers").and_then(Value::as_array);
        let triggers = triggers.ok_or(wrong("triggers", "must be a list"))?;
        let (critical, critical_actions) = trigger(triggers, "critical")?.unzip();
        let (warning, warning_actions) = trigger(triggers, "warning")?.unzip();
        let side = match fields.get("thresholdType").and_then(Value::as_u64) {
            Some(0) => Side::Above,
            Some(1) => Side::Below,
            _ => return Err(wrong("thresholdType", "must be 0 (above) or 1 (below)")),
        };
        let recovery = number(fields, "resolveThreshold")?;
        let levels = Levels { side, warning, critical, recovery };
        let condition = match compared_minutes {
            Some(_) => Condition::Change(levels),
            None => Condition::Threshold(levels),
        };
        let rule = MetricRule {
            condition,
            wrong_for: 0,
            right_for: 0,
            no_data: NoData::Keep,
            no_data_after: u64::from(window_minutes) * MINUTE,
        };
        rule.check()?;
        let projects = fields.get("projects").and_then(Value::as_array).into_iter().flatten();
        Ok(Self {
            name,
            projects: projects.filter_map(|slug| slug.as_str().map(str::to_owned)).collect(),
            owner: text(fields, "owner")?,
            question,
            rule,
            warning_actions: warning_actions.unwrap_or_default(),
            critical_actions: critical_actions.unwrap_or_default(),
        })
    }

    /// The fields that describe the rule, as clients expect them back; ids and dates are the caller's.
    pub fn to_json(&self) -> Value {
        let (Condition::Threshold(levels) | Condition::Change(levels)) = &self.rule.condition
        else {
            return Value::Null;
        };
        let threshold_type = u8::from(levels.side == Side::Below);
        let sides = [
            ("critical", levels.critical, &self.critical_actions),
            ("warning", levels.warning, &self.warning_actions),
        ];
        let triggers: Vec<Value> = sides
            .into_iter()
            .filter_map(|(label, level, actions)| {
                Some(json!({
                    "label": label,
                    "thresholdType": threshold_type,
                    "alertThreshold": level?,
                    "resolveThreshold": levels.recovery,
                    "actions": actions,
                }))
            })
            .collect();
        json!({
            "name": self.name,
            "projects": self.projects,
            "owner": self.owner,
            "aggregate": self.question.aggregate,
            "dataset": self.question.dataset,
            "query": self.question.query,
            "environment": self.question.environment,
            "timeWindow": self.question.window_minutes,
            "comparisonDelta": self.question.compared_minutes,
            "detectionType": if self.question.compared_minutes.is_some() { "percent" } else { "static" },
            "thresholdType": threshold_type,
            "resolveThreshold": levels.recovery,
            "triggers": triggers,
        })
    }
}

fn trigger(
    triggers: &[Value],
    label: &'static str,
) -> Result<Option<(f64, Vec<Value>)>, SentryRuleError> {
    let named = |trigger: &&Value| trigger.get("label").and_then(Value::as_str) == Some(label);
    let Some(trigger) = triggers.iter().find(named) else { return Ok(None) };
    let level = trigger.get("alertThreshold").and_then(Value::as_f64);
    let level = level.ok_or(wrong("alertThreshold", "must be a number"))?;
    let actions = trigger.get("actions").and_then(Value::as_array).cloned().unwrap_or_default();
    if actions.len() > RULE_PARTS_MAX {
        return Err(wrong("actions", "must be at most 50"));
    }
    Ok(Some((level, actions)))
}

fn wrong(field: &'static str, reason: &'static str) -> SentryRuleError {
    SentryRuleError::Field { field, reason }
}

fn text(
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<String>, SentryRuleError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(field, "must be text")),
    }
}

fn number(
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<f64>, SentryRuleError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(wrong(field, "must be a number")),
    }
}

/// Minutes, up to four weeks.
fn minutes(
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<u32>, SentryRuleError> {
    let wrong = wrong(field, "must be whole minutes from 1 to 40320");
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let whole = value.as_u64().and_then(|minutes| u32::try_from(minutes).ok());
            whole.filter(|minutes| (1..=40_320).contains(minutes)).map(Some).ok_or(wrong)
        }
    }
}
