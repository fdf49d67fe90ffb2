//! Prometheus' Alertmanager, both ways: alerts we send to one, alerts that are sent to us as if we were
//! one, and the webhooks that one sends.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::clock::Micros;
use serde_json::{Map, Value, json};

use crate::cut::cut;
use crate::message::{Message, Phase, rfc3339, safe_url};

/// Alerts in one request.
pub const ALERTS_PER_POST_MAX: usize = 10_000;
/// The annotation that names the servers of ours that an alert came by, with spaces between: their addresses.
pub const VIA: &str = "pitwatch_via";
const LABELS_MAX: usize = 64;
const TEXT_BYTES_MAX: usize = 64 * 1_024;

/// An alert that was posted to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// What makes it the one it is; none is empty.
    pub labels: BTreeMap<String, String>,
    /// What people should read.
    pub annotations: BTreeMap<String, String>,
    /// When it began; now, if it does not say.
    pub starts: Micros,
    /// When it is or was over; `None` if it does not say: then in five minutes, unless it comes again.
    pub ends: Option<Micros>,
    /// The page about it.
    pub generator_url: String,
}

/// What an Alertmanager's webhook says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Which group.
    pub group_key: String,
    /// Which of its receivers we are.
    pub receiver: String,
    /// How many alerts it left out.
    pub left_out: u64,
    /// Its alerts; those that are over have an end.
    pub alerts: Vec<Posted>,
}

/// What was posted cannot be taken. The words are Alertmanager's where it has some.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum PostedError {
    #[error("must be an array of alerts")]
    NotAList,
    #[error("more than {ALERTS_PER_POST_MAX} alerts")]
    TooMany,
    #[error("alert {0}: must be an object")]
    NotAnObject(usize),
    #[error("alert {0}: at least one label pair required")]
    NoLabels(usize),
    #[error(
        "alert {0}: more than {LABELS_MAX} labels or annotations, or longer than {TEXT_BYTES_MAX} bytes"
    )]
    TooLarge(usize),
    #[error("alert {place}: invalid label name {name:?}")]
    LabelName { place: usize, name: String },
    #[error("alert {place}: {field} must be text")]
    NotText { place: usize, field: &'static str },
    #[error("alert {place}: {field} must be a date and time as RFC 3339 has them")]
    Time { place: usize, field: &'static str },
    #[error("alert {0}: start time must be before end time")]
    Backwards(usize),
    #[error("only version 4 of Alertmanager's webhooks is known")]
    Version,
}

impl Posted {
    /// Whether it came by the server of that address before: then it knows better than who says it now.
    pub fn came_by(&self, public_url: &str) -> bool {
        let via = self.annotations.get(VIA).map(String::as_str).unwrap_or_default();
        via.split(' ').any(|one| one == public_url)
            || self.generator_url.strip_prefix(public_url).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// What [`VIA`] says when an alert leaves the server of that address.
pub fn via(before: Option<&str>, public_url: &str) -> String {
    match before {
        Some(before) if !before.is_empty() => format!("{before} {public_url}"),
        _ => public_url.to_owned(),
    }
}

/// Body for `POST /api/v2/alerts`. A firing alert must be sent again before `lapses`, or it is over.
pub fn alertmanager_alerts(
    message: &Message,
    labels: &BTreeMap<String, String>,
    lapses: Micros,
) -> Value {
    let ends = if message.phase == Phase::Resolve { message.at } else { lapses };
    let mut annotations = Map::new();
    annotations.insert("summary".to_owned(), cut(&message.summary(), 1_000).into());
    annotations.insert("description".to_owned(), cut(&message.text, 4_000).into());
    if let Some(runbook) = &message.runbook_url {
        annotations.insert("runbook_url".to_owned(), safe_url(runbook).into());
    }
    let labels: BTreeMap<&String, &String> =
        labels.iter().filter(|(name, value)| is_label_name(name) && !value.is_empty()).collect();
    json!([{
        "labels": labels,
        "annotations": annotations,
        "endsAt": rfc3339(ends),
        "generatorURL": safe_url(&message.url),
    }])
}

/// Reads the body of `POST /api/v2/alerts`, as Prometheus, vmalert and amtool send it.
///
/// # Errors
/// [`PostedError`] for the first alert that cannot be taken; then none is.
pub fn read_alerts(body: &Value, now: Micros) -> Result<Vec<Posted>, PostedError> {
    let list = body.as_array().ok_or(PostedError::NotAList)?;
    if list.len() > ALERTS_PER_POST_MAX {
        return Err(PostedError::TooMany);
    }
    list.iter().enumerate().map(|(place, alert)| posted(place, alert, now)).collect()
}

/// Reads what an Alertmanager's `webhook_configs` send.
///
/// # Errors
/// [`PostedError`].
pub fn read_hook(body: &Value, now: Micros) -> Result<Hook, PostedError> {
    if body.get("version").and_then(Value::as_str) != Some("4") {
        return Err(PostedError::Version);
    }
    let text = |field: &str| {
        let text = body.get(field).and_then(Value::as_str).unwrap_or_default();
        cut(text, 1_000)
    };
    Ok(Hook {
        group_key: text("groupKey"),
        receiver: text("receiver"),
        left_out: body.get("truncatedAlerts").and_then(Value::as_u64).unwrap_or(0),
        alerts: read_alerts(body.get("alerts").unwrap_or(&Value::Null), now)?,
    })
}

fn posted(place: usize, alert: &Value, now: Micros) -> Result<Posted, PostedError> {
    let fields = alert.as_object().ok_or(PostedError::NotAnObject(place))?;
    let mut labels = texts(place, fields, "labels")?;
    if let Some(name) = labels.keys().find(|name| !is_label_name(name)) {
        return Err(PostedError::LabelName { place, name: cut(name, 100) });
    }
    // An empty value is the same as none.
    labels.retain(|_, value| !value.is_empty());
    if labels.is_empty() {
        return Err(PostedError::NoLabels(place));
    }
    let annotations = texts(place, fields, "annotations")?;
    let pairs = labels.iter().chain(&annotations);
    let bytes: usize = pairs.map(|(name, value)| name.len() + value.len()).sum();
    if labels.len().max(annotations.len()) > LABELS_MAX || bytes > TEXT_BYTES_MAX {
        return Err(PostedError::TooLarge(place));
    }
    let ends = time(place, fields, "endsAt")?;
    let starts = match time(place, fields, "startsAt")? {
        Some(starts) => starts,
        None => ends.map_or(now, |ends| ends.min(now)),
    };
    if ends.is_some_and(|ends| ends < starts) {
        return Err(PostedError::Backwards(place));
    }
    let generator_url = fields.get("generatorURL").and_then(Value::as_str).unwrap_or_default();
    Ok(Posted { labels, annotations, starts, ends, generator_url: safe_url(generator_url) })
}

fn texts(
    place: usize,
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<BTreeMap<String, String>, PostedError> {
    let wrong = || PostedError::NotText { place, field };
    match fields.get(field) {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(pairs)) => {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| {
                    Ok((name.clone(), value.as_str().ok_or_else(wrong)?.to_owned()))
                })
                .collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// `None` also for the year 1, which is Go's way to say nothing.
fn time(
    place: usize,
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<Micros>, PostedError> {
    let wrong = PostedError::Time { place, field };
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => {
            let moment: Timestamp = text.parse().or(Err(wrong))?;
            Ok(u64::try_from(moment.as_microsecond()).ok().map(Micros))
        }
        Some(_) => Err(wrong),
    }
}

fn is_label_name(name: &str) -> bool {
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_word && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}
