//! Alerts and silences as Alertmanager shows them.

use alarm::{Entry, KnownAlert};
use alert::{Labels, Reason, Silence, Standing};
use model::clock::Micros;
use serde_json::{Value, json};

use super::LAPSES;
use crate::dispatch::silence::status;
use crate::error::ApiError;
use crate::time;

/// What stands before a silence's number, which makes it look like the UUID that clients expect.
const UUID: &str = "00000000-0000-4000-8000-";

/// An alert that fires.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) labels: Labels,
    pub(super) receivers: Vec<String>,
    pub(super) silenced_by: Vec<String>,
    inhibited_by: Vec<String>,
    muted_by: Vec<String>,
    known: KnownAlert,
    now: Micros,
}

impl Shown {
    pub(super) fn of(
        known: KnownAlert,
        standings: &[Entry],
        silences: &[Silence],
        now: Micros,
    ) -> Self {
        let covering = silences.iter().filter(|silence| silence.covers(&known.alert.labels, now));
        let mut inhibited_by = Vec::new();
        let mut muted_by = Vec::new();
        for entry in standings {
            match &entry.standing {
                Some(Standing::Held(
                    Reason::Inhibited { by } | Reason::RidesAlong { symptom: by },
                )) => inhibited_by.push(by.to_string()),
                Some(Standing::Held(Reason::Maintenance(name))) => muted_by.push(name.clone()),
                Some(Standing::Held(Reason::Muted)) => muted_by.push("time interval".to_owned()),
                _ => {}
            }
        }
        Self {
            labels: known.alert.labels.clone(),
            receivers: standings.iter().map(|entry| entry.receiver.clone()).collect(),
            silenced_by: covering.map(|silence| silence_name(silence.id)).collect(),
            inhibited_by,
            muted_by,
            known,
            now,
        }
    }

    pub(super) fn state(&self) -> &'static str {
        let by = [&self.silenced_by, &self.inhibited_by, &self.muted_by];
        if by.iter().all(|by| by.is_empty()) { "active" } else { "suppressed" }
    }

    pub(super) fn json(&self) -> Value {
        let receivers = self.receivers.iter().map(|name| json!({"name": name}));
        let alert = &self.known.alert;
        let ends = alert.lapses_at.unwrap_or(Micros(self.now.0.saturating_add(LAPSES)));
        json!({
            "fingerprint": self.known.fingerprint,
            "labels": self.labels,
            "annotations": alert.annotations,
            "receivers": receivers.collect::<Vec<_>>(),
            "startsAt": time::iso(self.known.began),
            "endsAt": time::iso(ends),
            "updatedAt": time::iso(self.known.updated),
            "generatorURL": self.known.about.get("url").and_then(Value::as_str).unwrap_or_default(),
            "status": {
                "state": self.state(),
                "silencedBy": self.silenced_by,
                "inhibitedBy": self.inhibited_by,
                "mutedBy": self.muted_by,
            },
        })
    }
}

/// As clients know it.
pub(super) fn silence_name(id: u64) -> String {
    format!("{UUID}{id:012}")
}

pub(super) fn silence_id(name: &str) -> Option<u64> {
    name.strip_prefix(UUID)?.parse().ok()
}

pub(super) fn silence(silence: &Silence, updated: Micros, now: Micros) -> Value {
    let matchers = silence.matchers.iter().map(|matcher| {
        let (name, operator, value) = matcher.parts();
        json!({
            "name": name,
            "value": value,
            "isRegex": operator.ends_with('~'),
            "isEqual": operator.starts_with('='),
        })
    });
    json!({
        "id": silence_name(silence.id),
        "status": {"state": status(silence, now)},
        "matchers": matchers.collect::<Vec<_>>(),
        "startsAt": time::iso(silence.starts),
        "endsAt": time::iso(silence.ends),
        "updatedAt": time::iso(updated),
        "createdBy": silence.author,
        "comment": silence.comment,
    })
}

/// What a silence's matchers ask for, as if it was an alert: what `filter` looks at.
pub(super) fn equalities(silence: &Silence) -> Labels {
    let parts = silence.matchers.iter().map(alert::Matcher::parts);
    let parts = parts.filter(|(_, operator, _)| operator.starts_with('='));
    parts.map(|(name, _, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A silence as it is kept, from what clients post.
pub(super) fn definition(body: &Value) -> Result<Value, ApiError> {
    let wrong = |sentence: &str| ApiError::Invalid(sentence.to_owned());
    let matchers = body.get("matchers").and_then(Value::as_array);
    let matchers = matchers.ok_or_else(|| wrong("matchers must be a list"))?;
    let mut texts = Vec::new();
    for matcher in matchers {
        let text = |field: &str| matcher.get(field).and_then(Value::as_str);
        let is_on = |field: &str, default: bool| {
            matcher.get(field).and_then(Value::as_bool).unwrap_or(default)
        };
        let (Some(name), Some(value)) = (text("name"), text("value")) else {
            return Err(wrong("each matcher needs a name and a value"));
        };
        let operator = match (is_on("isEqual", true), is_on("isRegex", false)) {
            (true, false) => "=",
            (true, true) => "=~",
            (false, false) => "!=",
            (false, true) => "!~",
        };
        let matcher = alert::Matcher::new(name, operator, value.to_owned())
            .map_err(|unfit| ApiError::Invalid(unfit.to_string()))?;
        texts.push(matcher.to_string());
    }
    Ok(json!({
        "matchers": texts,
        "startsAt": body.get("startsAt"),
        "endsAt": body.get("endsAt"),
        "createdBy": body.get("createdBy"),
        "comment": body.get("comment"),
    }))
}
