//! Metric rules in Sentry's form: `/organizations/{}/alert-rules/`, with fields of ours that its clients
//! leave out.

mod anomaly;
mod plain;
mod read;

use serde_json::{Map, Value, json};

pub use self::plain::PlainMetricRule;
use self::read::{list, minutes, number, strings, text, truth, wrong};
use super::{Condition, Levels, MetricRule, MetricRuleError, NoData, Side};
use crate::limits::{GROUP_FIELDS_MAX, RULE_NAME_CHARS_MAX, RULE_PARTS_MAX, RULE_TEXT_CHARS_MAX};

const MINUTE: u64 = 60_000_000;

/// What is measured, as Sentry asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// Each value of these fields is judged for itself.
    pub group_by: Vec<String>,
    /// What a share counts, where one is judged.
    pub share: Share,
    /// The fields that hold what was staked and what was won, where these are judged.
    pub wagers: Option<WagerFields>,
}

/// What a share counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Share {
    /// What went well; a fall is wrong.
    #[default]
    Good,
    /// What went wrong; a rise is wrong.
    Bad,
}

/// Fields that hold numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WagerFields {
    /// What was staked.
    pub staked: String,
    /// What was won.
    pub won: String,
}

/// A rule as Sentry's clients know it.
#[derive(Debug, Clone, PartialEq)]
pub struct SentryMetricRule {
    /// What people call it.
    pub name: String,
    /// What people should know about it.
    pub description: String,
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
    /// Whether it looks at what users feel.
    pub is_symptom: bool,
    /// Rules whose alerts ride along while this one fires.
    pub causes: Vec<u64>,
    /// What to do when it fires.
    pub runbook_url: Option<String>,
}

/// A rule that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SentryRuleError {
    #[error("{field}: {reason}")]
    Field { field: &'static str, reason: &'static str },
    #[error("{0}: is not a field of a rule")]
    Unknown(String),
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
        if name.trim().is_empty() || name.chars().count() > RULE_NAME_CHARS_MAX {
            return Err(wrong("name", "must have 1 to 256 characters"));
        }
        let triggers = fields.get("triggers").and_then(Value::as_array);
        let triggers = triggers.ok_or(wrong("triggers", "must be a list"))?;
        let (critical, critical_actions) = trigger(triggers, "critical")?.unzip();
        let (warning, warning_actions) = trigger(triggers, "warning")?.unzip();
        let mut question = question(fields)?;
        let condition = match anomaly::read(fields, &mut question)? {
            Some(condition) => condition,
            None => levels(fields, &question, warning.flatten(), critical.flatten())?,
        };
        let rule = MetricRule {
            condition,
            wrong_for: micros(minutes(fields, "forMinutes", 0)?),
            right_for: micros(minutes(fields, "recoverMinutes", 0)?),
            no_data: no_data(fields)?,
            no_data_after: micros(
                minutes(fields, "noDataMinutes", 0)?.or(Some(question.window_minutes)),
            ),
        };
        rule.check()?;
        let (is_symptom, runbook_url) = (truth(fields, "symptom")?, runbook_url(fields)?);
        if is_symptom && runbook_url.is_none() {
            return Err(wrong("runbookUrl", "is required of a symptom: it wakes people"));
        }
        Ok(Self {
            name,
            description: text(fields, "description")?.unwrap_or_default(),
            projects: strings(fields, "projects", RULE_PROJECTS_MAX)?,
            owner: text(fields, "owner")?,
            question,
            rule,
            warning_actions: warning_actions.unwrap_or_default(),
            critical_actions: critical_actions.unwrap_or_default(),
            is_symptom,
            causes: causes(fields)?,
            runbook_url,
        })
    }

    /// The fields that describe the rule, as clients expect them back; ids and dates are the caller's.
    pub fn to_json(&self) -> Value {
        let levels = match &self.rule.condition {
            Condition::Threshold(levels) | Condition::Change(levels) => *levels,
            // Clients of Sentry expect a threshold; detectors have none that people set.
            Condition::Ratio(_) | Condition::Cusum(_) | Condition::ReturnToPlayer(_) => {
                let warning = (!self.warning_actions.is_empty()).then_some(0.0);
                Levels { side: Side::Below, warning, critical: Some(0.0), recovery: None }
            }
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
        let question = &self.question;
        json!({
            "name": self.name,
            "description": self.description,
            "projects": self.projects,
            "owner": self.owner,
            "aggregate": question.aggregate,
            "dataset": question.dataset,
            "query": question.query,
            "environment": question.environment,
            "timeWindow": question.window_minutes,
            "comparisonDelta": question.compared_minutes,
            "detectionType": self.detection_type(),
            "thresholdType": threshold_type,
            "resolveThreshold": levels.recovery,
            "triggers": triggers,
            "anomaly": anomaly::to_json(&self.rule.condition, question),
            "groupBy": question.group_by,
            "forMinutes": self.rule.wrong_for / MINUTE,
            "recoverMinutes": self.rule.right_for / MINUTE,
            "noData": self.rule.no_data,
            "noDataMinutes": self.rule.no_data_after / MINUTE,
            "symptom": self.is_symptom,
            "causes": self.causes,
            "runbookUrl": self.runbook_url,
        })
    }

    fn detection_type(&self) -> &'static str {
        match self.rule.condition {
            Condition::Threshold(_) => "static",
            Condition::Change(_) => "percent",
            Condition::Ratio(_) | Condition::Cusum(_) | Condition::ReturnToPlayer(_) => "dynamic",
        }
    }
}

/// Slugs of projects of one rule.
const RULE_PROJECTS_MAX: usize = 1_000;

fn question(fields: &Map<String, Value>) -> Result<Question, SentryRuleError> {
    let aggregate = text(fields, "aggregate")?.ok_or(wrong("aggregate", "is required"))?;
    let window_minutes =
        minutes(fields, "timeWindow", 1)?.ok_or(wrong("timeWindow", "is required"))?;
    let query = text(fields, "query")?.unwrap_or_default();
    if aggregate.len().max(query.len()) > RULE_TEXT_CHARS_MAX {
        return Err(wrong("query", "and aggregate must have at most 4096 characters each"));
    }
    Ok(Question {
        aggregate,
        dataset: text(fields, "dataset")?.unwrap_or_else(|| "events".to_owned()),
        query,
        environment: text(fields, "environment")?,
        window_minutes,
        compared_minutes: minutes(fields, "comparisonDelta", 1)?,
        group_by: strings(fields, "groupBy", GROUP_FIELDS_MAX)?,
        ..Question::default()
    })
}

fn levels(
    fields: &Map<String, Value>,
    question: &Question,
    warning: Option<f64>,
    critical: Option<f64>,
) -> Result<Condition, SentryRuleError> {
    let side = match fields.get("thresholdType").and_then(Value::as_u64) {
        Some(0) => Side::Above,
        Some(1) => Side::Below,
        _ => return Err(wrong("thresholdType", "must be 0 (above) or 1 (below)")),
    };
    let levels = Levels { side, warning, critical, recovery: number(fields, "resolveThreshold")? };
    Ok(match question.compared_minutes {
        Some(_) => Condition::Change(levels),
        None => Condition::Threshold(levels),
    })
}

/// A trigger: its threshold, if it has one, and what is done.
type Trigger = (Option<f64>, Vec<Value>);

fn trigger(triggers: &[Value], label: &'static str) -> Result<Option<Trigger>, SentryRuleError> {
    let named = |trigger: &&Value| trigger.get("label").and_then(Value::as_str) == Some(label);
    let Some(trigger) = triggers.iter().find(named) else { return Ok(None) };
    let level = match trigger.get("alertThreshold") {
        None | Some(Value::Null) => None,
        Some(level) => Some(level.as_f64().ok_or(wrong("alertThreshold", "must be a number"))?),
    };
    let actions = trigger.get("actions").and_then(Value::as_array).cloned().unwrap_or_default();
    if actions.len() > RULE_PARTS_MAX {
        return Err(wrong("actions", "must be at most 50"));
    }
    Ok(Some((level, actions)))
}

fn no_data(fields: &Map<String, Value>) -> Result<NoData, SentryRuleError> {
    match text(fields, "noData")?.as_deref() {
        None | Some("keep") => Ok(NoData::Keep),
        Some("ok") => Ok(NoData::Ok),
        Some("alert") => Ok(NoData::Alert),
        Some(_) => Err(wrong("noData", "must be keep, ok or alert")),
    }
}

fn runbook_url(fields: &Map<String, Value>) -> Result<Option<String>, SentryRuleError> {
    let url = text(fields, "runbookUrl")?.filter(|url| !url.is_empty());
    let is_web = |url: &String| url.starts_with("https://") || url.starts_with("http://");
    match url {
        Some(url) if !is_web(&url) || url.len() > RULE_TEXT_CHARS_MAX => {
            Err(wrong("runbookUrl", "must begin with http:// or https://"))
        }
        url => Ok(url),
    }
}

/// Numbers of rules; clients may write them as text, as all ids.
fn causes(fields: &Map<String, Value>) -> Result<Vec<u64>, SentryRuleError> {
    let all = list(fields, "causes", RULE_CAUSES_MAX)?.iter();
    let id = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    all.map(|value| id(value).ok_or(wrong("causes", "must be ids of rules"))).collect()
}

/// Rules that one names as causes.
const RULE_CAUSES_MAX: usize = 100;

fn micros(minutes: Option<u32>) -> u64 {
    u64::from(minutes.unwrap_or(0)) * MINUTE
}
