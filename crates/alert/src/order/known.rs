//! Which fields a definition may have. What is stored is read leniently, so that it never stops working; what
//! somebody writes now is not, so that a misspelt field is no surprise later.

use serde_json::Value;

use super::fields::{OrderError, wrong};
use crate::limits::DEFINITION_BYTES_MAX;

/// Names of fields, and what is below them: an object, or each of a list.
#[derive(Debug)]
struct Shape(&'static [(&'static str, Option<&'static Shape>)]);

static TARGET: Shape =
    Shape(&[("channel", None), ("rotation", None), ("user", None), ("mail", None)]);
static LIMIT: Shape = Shape(&[("count", None), ("minutes", None)]);
static RECEIVER: Shape = Shape(&[
    ("name", None),
    ("targets", Some(&TARGET)),
    ("send_resolved", None),
    ("escalation", None),
    ("limit", Some(&LIMIT)),
]);
static ROUTE: Shape = Shape(&[
    ("matchers", None),
    ("receiver", None),
    ("group_by", None),
    ("continue", None),
    ("group_wait", None),
    ("group_interval", None),
    ("repeat_interval", None),
    ("mute_time_intervals", None),
    ("active_time_intervals", None),
    ("routes", Some(&ROUTE)),
]);
static INHIBITION: Shape =
    Shape(&[("source_matchers", None), ("target_matchers", None), ("equal", None)]);
static INTERVAL: Shape = Shape(&[("name", None), ("weekly", None), ("zone", None)]);
static ROUTING: Shape = Shape(&[
    ("route", Some(&ROUTE)),
    ("receivers", Some(&RECEIVER)),
    ("inhibit_rules", Some(&INHIBITION)),
    ("time_intervals", Some(&INTERVAL)),
    ("rule_escalation", None),
]);
static LAYER: Shape = Shape(&[
    ("people", None),
    ("starts", None),
    ("zone", None),
    ("handOver", None),
    ("turnDays", None),
    ("duty", None),
]);
static OVERRIDE: Shape = Shape(&[("person", None), ("from", None), ("until", None)]);
static ROTATION: Shape = Shape(&[("layers", Some(&LAYER)), ("overrides", Some(&OVERRIDE))]);
static STEP: Shape = Shape(&[("waitMinutes", None), ("targets", Some(&TARGET))]);
static ESCALATION: Shape = Shape(&[("repeats", None), ("steps", Some(&STEP))]);
static WINDOW: Shape = Shape(&[
    ("once", None),
    ("crontab", None),
    ("minutes", None),
    ("weekly", None),
    ("zone", None),
]);
static MAINTENANCE: Shape = Shape(&[("matchers", None), ("window", Some(&WINDOW))]);

/// What somebody writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Definition {
    /// As [`super::read_routing`] reads it.
    Routing,
    /// As [`super::read_rotation`] reads it.
    Rotation,
    /// As [`super::read_override`] reads it.
    Override,
    /// As [`super::read_escalation`] reads it.
    Escalation,
    /// As [`super::read_maintenance`] reads it.
    Maintenance,
}

impl Definition {
    /// Refuses fields that nobody reads, and more than [`DEFINITION_BYTES_MAX`] bytes of JSON.
    ///
    /// # Errors
    /// [`OrderError`], whose field is the unknown one with its place, such as `route.reciever`.
    pub fn fits(self, json: &Value) -> Result<(), OrderError> {
        if json.to_string().len() > DEFINITION_BYTES_MAX {
            let reason = format!("may have at most {DEFINITION_BYTES_MAX} bytes");
            return Err(wrong("definition", reason));
        }
        let shape = match self {
            Self::Routing => &ROUTING,
            Self::Rotation => &ROTATION,
            Self::Override => &OVERRIDE,
            Self::Escalation => &ESCALATION,
            Self::Maintenance => &MAINTENANCE,
        };
        fits(shape, json, "")
    }
}

/// As deep as the shapes are, and routes below each other, which a reader of JSON bounds.
fn fits(shape: &'static Shape, json: &Value, place: &str) -> Result<(), OrderError> {
    match json {
        Value::Array(list) => list.iter().try_for_each(|json| fits(shape, json, place)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            match shape.0.iter().find(|(known, _)| known == name) {
                None => Err(wrong(&place, "is not a known field")),
                Some((_, None)) => Ok(()),
                Some((_, Some(below))) => fits(below, value, &place),
            }
        }),
        // What it should be instead is said by who reads it.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}
