//! Who is told of alerts: channels, what was sent and what was not and why, silences, people on call,
//! incidents.

use std::collections::BTreeMap;

use alarm::Alarms;
use meta::Scope;
use model::clock::Micros;
use model::id::OrganizationId;
use serde_json::{Map, Value};

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;

pub mod alert;
pub mod alertmanager;
pub mod around;
pub mod channel;
pub mod delivery;
pub mod history;
pub mod hook;
pub mod incident;
pub mod order;
mod quiet;
pub mod reason;
pub mod routing;
pub mod silence;

/// Rows of what people set up that are shown when nobody says how many.
const PAGE: usize = 100;
/// Time that is shown when none is asked for.
const DEFAULT_PERIOD: u64 = 30 * lang::search::DAY;

/// Enters to look. Alerts say what happened in events, so to know the organisation is not enough. Blocks.
fn enter(api: &Api, caller: &Caller, organization: &str) -> Result<Access, ApiError> {
    let scopes = [Scope::AlertsRead, Scope::OrgRead];
    let access = caller.enter_with_any(&api.database, organization, &scopes)?;
    access.need(Scope::AlertsRead).or_else(|_| access.need(Scope::EventRead))?;
    Ok(access)
}

/// Enters to change something. Blocks.
fn enter_to_change(api: &Api, caller: &Caller, organization: &str) -> Result<Access, ApiError> {
    let scopes = [Scope::AlertsWrite, Scope::OrgWrite];
    caller.enter_with_any(&api.database, organization, &scopes)
}

fn fields(body: &Value) -> Result<&Map<String, Value>, ApiError> {
    body.as_object().ok_or_else(|| ApiError::Invalid("The body must be an object.".to_owned()))
}

/// A name: 1 to 100 characters on one line.
fn name(fields: &Map<String, Value>) -> Result<String, ApiError> {
    let name = fields.get("name").and_then(Value::as_str).unwrap_or_default().trim();
    let fits = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits {
        Ok(name.to_owned())
    } else {
        Err(ApiError::field("name", "A name has 1 to 100 characters on one line."))
    }
}

fn number(text: &str) -> Result<u64, ApiError> {
    text.parse().or(Err(ApiError::NotFound))
}

/// The asked time, from and until.
fn span(api: &Api, params: &Params) -> Result<(Micros, Micros), ApiError> {
    let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
    Ok((window.start, window.end))
}

/// Only where one is asked for.
fn asked_span(api: &Api, params: &Params) -> Result<Option<(Micros, Micros)>, ApiError> {
    let is_asked = ["statsPeriod", "start", "end"].iter().any(|name| params.get(name).is_some());
    is_asked.then(|| span(api, params)).transpose()
}

/// Names of rules by number.
fn rule_names(
    alarms: &Alarms,
    organization: OrganizationId,
    rules: impl Iterator<Item = u64>,
) -> BTreeMap<u64, String> {
    let mut names = BTreeMap::new();
    for rule in rules {
        if let std::collections::btree_map::Entry::Vacant(vacant) = names.entry(rule) {
            // A rule that is gone has no name.
            let known = alarms.rule(organization, rule);
            vacant.insert(known.map(|known| known.says.name).unwrap_or_default());
        }
    }
    names
}

impl From<::alert::OrderError> for ApiError {
    fn from(error: ::alert::OrderError) -> Self {
        Self::field(&error.field, error.reason)
    }
}
