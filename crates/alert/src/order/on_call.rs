//! Rotations and escalations.

use serde_json::{Map, Value};

use super::fields::{
    OrderError, Recipient, clock, list, maybe_text, minutes, moment, object, recipients, spans,
    text, wrong, zone,
};
use crate::limits::{ESCALATION_STEPS_MAX, ROTATION_LAYERS_MAX, ROTATION_PEOPLE_MAX};
use crate::on_call::{Layer, Override, Rotation};

/// Overrides of one rotation.
const OVERRIDES_MAX: usize = 1_000;
/// How often an escalation may be gone through again.
const REPEATS_MAX: u64 = 10;

/// What happens when nobody acknowledges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// How long after the step before, in microseconds, and who is told then.
    pub steps: Vec<(u64, Vec<Recipient>)>,
    /// How often all steps are gone through after the first time.
    pub repeats: u32,
}

/// Reads a rotation: `{"layers": [{"people", "starts", "zone", "handOver", "turnDays", "duty"}],
/// "overrides": [{"person", "from", "until"}]}`.
///
/// # Errors
/// [`OrderError`].
pub fn read_rotation(json: &Value) -> Result<Rotation, OrderError> {
    let fields = object(json, "rotation")?;
    let layers = list(fields, "layers", ROTATION_LAYERS_MAX)?;
    let overrides = list(fields, "overrides", OVERRIDES_MAX)?;
    let rotation = Rotation {
        layers: layers.iter().map(layer).collect::<Result<_, _>>()?,
        overrides: overrides.iter().map(read_override).collect::<Result<_, _>>()?,
    };
    rotation.check().map_err(|unfit| wrong("layers", unfit.to_string()))?;
    Ok(rotation)
}

/// Reads who stands in: `{"person", "from", "until"}`.
///
/// # Errors
/// [`OrderError`].
pub fn read_override(json: &Value) -> Result<Override, OrderError> {
    let fields = object(json, "overrides")?;
    let (from, until) = (moment(fields, "from")?, moment(fields, "until")?);
    if until <= from {
        return Err(wrong("until", "must be after from"));
    }
    Ok(Override { person: text(fields, "person")?, from, until })
}

fn layer(json: &Value) -> Result<Layer, OrderError> {
    let fields = object(json, "layers")?;
    let people = list(fields, "people", ROTATION_PEOPLE_MAX)?.iter();
    let person = |value: &Value| match value {
        Value::String(person) if !person.is_empty() => Some(person.clone()),
        Value::Number(person) => Some(person.to_string()),
        _ => None,
    };
    let reason = "must be a list of numbers of users, or of mail addresses";
    let hand_over = maybe_text(fields, "handOver")?.unwrap_or_else(|| "09:00".to_owned());
    Ok(Layer {
        people: people
            .map(|value| person(value).ok_or_else(|| wrong("people", reason)))
            .collect::<Result<_, _>>()?,
        starts: moment(fields, "starts")?,
        zone: zone(fields)?,
        hand_over: clock(&hand_over)
            .ok_or_else(|| wrong("handOver", "must be a time such as 09:00"))?,
        turn_days: turn_days(fields)?,
        duty: spans(fields, "duty")?,
    })
}

fn turn_days(fields: &Map<String, Value>) -> Result<u16, OrderError> {
    match fields.get("turnDays") {
        None | Some(Value::Null) => Ok(7),
        Some(days) => {
            let days = days.as_u64().and_then(|days| u16::try_from(days).ok());
            days.ok_or_else(|| wrong("turnDays", "must be a whole number of days"))
        }
    }
}

/// Reads an escalation: `{"repeats": 0, "steps": [{"waitMinutes": 15, "targets": [..]}]}`.
///
/// # Errors
/// [`OrderError`].
pub fn read_escalation(json: &Value) -> Result<Escalation, OrderError> {
    let fields = object(json, "escalation")?;
    let mut steps = Vec::new();
    for step in list(fields, "steps", ESCALATION_STEPS_MAX)? {
        let step = object(step, "steps")?;
        let targets = recipients(step, "targets")?;
        if targets.is_empty() {
            return Err(wrong("targets", "each step needs at least one"));
        }
        steps.push((minutes(step, "waitMinutes")?, targets));
    }
    if steps.is_empty() {
        return Err(wrong("steps", "needs at least one"));
    }
    let repeats = fields.get("repeats").filter(|repeats| !repeats.is_null());
    let repeats = repeats.map_or(Some(0), Value::as_u64).filter(|known| *known <= REPEATS_MAX);
    let repeats = repeats.and_then(|repeats| u32::try_from(repeats).ok());
    let reason = format!("must be a whole number up to {REPEATS_MAX}");
    Ok(Escalation { steps, repeats: repeats.ok_or_else(|| wrong("repeats", reason))? })
}
