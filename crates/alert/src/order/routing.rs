//! Who is told what, in Alertmanager's form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::fields::{
    OrderError, Recipient, is_on, list, matchers, maybe_text, minutes, object, recipients, text,
    texts, weekly, wrong,
};
use crate::labels::is_label_name;
use crate::policy::Inhibition;
use crate::route::{Route, Routes, Timing};
use crate::window::Window;

const SECOND: u64 = 1_000_000;
/// Routes, receivers and inhibitions that one organisation may write.
const WRITTEN_MAX: usize = 1_000;
/// Levels of routes.
const DEPTH_MAX: usize = 8;
/// Longest time in seconds: a year.
const SECONDS_MAX: u64 = 366 * 86_400;

/// What an organisation wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Routing {
    /// The first route, which takes all alerts.
    pub root: Route,
    /// By name.
    pub receivers: BTreeMap<String, RoutingReceiver>,
    /// Alerts that quieten others.
    pub inhibitions: Vec<Inhibition>,
    /// What happens when nobody acknowledges what a rule about a symptom told: an escalation's name.
    pub rule_escalation: Option<String>,
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingReceiver {
    /// All of them.
    pub targets: Vec<Recipient>,
    /// Whether they want to know when all is over.
    pub wants_resolved: bool,
    /// An escalation's name.
    pub escalation: Option<String>,
    /// At most so many notifications in so many microseconds.
    pub limit: Option<(usize, u64)>,
}

/// Reads routing: `route`, `receivers`, `inhibit_rules`, `time_intervals` as in Alertmanager's file, but
/// receivers have `targets`, and time intervals are `weekly` with a `zone`.
///
/// # Errors
/// [`OrderError`].
pub fn read_routing(json: &Value) -> Result<Routing, OrderError> {
    let fields = object(json, "routing")?;
    let mut receivers = BTreeMap::new();
    for json in list(fields, "receivers", WRITTEN_MAX)? {
        let (name, receiver) = receiver(json)?;
        if name.contains(':') {
            return Err(wrong("receivers", "a name cannot contain a colon"));
        }
        if receivers.insert(name.clone(), receiver).is_some() {
            return Err(wrong("receivers", format!("{name:?} is there twice")));
        }
    }
    let intervals = intervals(fields)?;
    let root = fields.get("route").ok_or_else(|| wrong("route", "is required"))?;
    let root = route(root, &intervals, 0)?;
    let names: BTreeSet<String> = receivers.keys().cloned().collect();
    if count(&root) > WRITTEN_MAX {
        return Err(wrong("routes", format!("may be at most {WRITTEN_MAX}")));
    }
    Routes::new(&root, &names).map_err(|unfit| wrong("route", unfit.to_string()))?;
    let inhibitions = list(fields, "inhibit_rules", WRITTEN_MAX)?;
    Ok(Routing {
        root,
        receivers,
        inhibitions: inhibitions.iter().map(inhibition).collect::<Result<_, _>>()?,
        rule_escalation: maybe_text(fields, "rule_escalation")?,
    })
}

fn receiver(json: &Value) -> Result<(String, RoutingReceiver), OrderError> {
    let fields = object(json, "receivers")?;
    let limit = match fields.get("limit") {
        None | Some(Value::Null) => None,
        Some(limit) => {
            let limit = object(limit, "limit")?;
            let count = limit.get("count").and_then(Value::as_u64).filter(|count| *count > 0);
            let count = count.and_then(|count| usize::try_from(count).ok());
            let count = count.ok_or_else(|| wrong("limit", "count must be 1 or more"))?;
            Some((count, minutes(limit, "minutes")?))
        }
    };
    let receiver = RoutingReceiver {
        targets: recipients(fields, "targets")?,
        wants_resolved: is_on(fields, "send_resolved", true)?,
        escalation: maybe_text(fields, "escalation")?,
        limit,
    };
    Ok((text(fields, "name")?, receiver))
}

fn intervals(fields: &Map<String, Value>) -> Result<BTreeMap<String, Window>, OrderError> {
    let named = |json: &Value| {
        let fields = object(json, "time_intervals")?;
        Ok((text(fields, "name")?, weekly(fields)?))
    };
    list(fields, "time_intervals", WRITTEN_MAX)?.iter().map(named).collect()
}

fn route(
    json: &Value,
    intervals: &BTreeMap<String, Window>,
    depth: usize,
) -> Result<Route, OrderError> {
    if depth >= DEPTH_MAX {
        return Err(wrong("routes", format!("may be at most {DEPTH_MAX} below each other")));
    }
    let fields = object(json, "route")?;
    let windows = |field: &str| {
        let names = texts(fields, field)?;
        let known = |name: &String| {
            let known = intervals.get(name).cloned();
            known.ok_or_else(|| wrong(field, format!("{name:?} is not a time interval")))
        };
        names.iter().map(known).collect::<Result<Vec<Window>, OrderError>>()
    };
    let group_by = match fields.get("group_by") {
        None | Some(Value::Null) => None,
        Some(_) => Some(texts(fields, "group_by")?),
    };
    let is_odd = |name: &&String| *name != "..." && !is_label_name(name);
    if let Some(odd) = group_by.iter().flatten().find(is_odd) {
        return Err(wrong("group_by", format!("{odd:?} is not a name of a label")));
    }
    let below = list(fields, "routes", WRITTEN_MAX)?.iter();
    Ok(Route {
        matchers: matchers(fields, "matchers")?,
        receiver: maybe_text(fields, "receiver")?,
        group_by,
        goes_on: is_on(fields, "continue", false)?,
        timing: Timing {
            group_wait: duration(fields, "group_wait")?,
            group_interval: duration(fields, "group_interval")?,
            repeat_interval: duration(fields, "repeat_interval")?,
        },
        muted: windows("mute_time_intervals")?,
        active: windows("active_time_intervals")?,
        routes: below.map(|below| route(below, intervals, depth + 1)).collect::<Result<_, _>>()?,
    })
}

fn count(route: &Route) -> usize {
    1 + route.routes.iter().map(count).sum::<usize>()
}

fn inhibition(json: &Value) -> Result<Inhibition, OrderError> {
    let fields = object(json, "inhibit_rules")?;
    let inhibition = Inhibition {
        source: matchers(fields, "source_matchers")?,
        target: matchers(fields, "target_matchers")?,
        equal: texts(fields, "equal")?,
    };
    if inhibition.source.is_empty() || inhibition.target.is_empty() {
        return Err(wrong("inhibit_rules", "each needs source_matchers and target_matchers"));
    }
    Ok(inhibition)
}

/// `1h30m`, `30s`. Source: Prometheus' durations, without milliseconds and years.
fn duration(fields: &Map<String, Value>, field: &str) -> Result<Option<u64>, OrderError> {
    let Some(text) = maybe_text(fields, field)? else { return Ok(None) };
    let refused = || wrong(field, "must be a duration such as 30s, 5m or 1h30m");
    let mut seconds = 0_u64;
    let mut number = String::new();
    for char in text.chars() {
        if char.is_ascii_digit() {
            number.push(char);
            continue;
        }
        let unit = match char {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return Err(refused()),
        };
        let count: u64 = number.parse().or(Err(refused()))?;
        seconds = seconds.saturating_add(count.saturating_mul(unit));
        number.clear();
    }
    if !(number.is_empty() || number == "0") || seconds > SECONDS_MAX {
        return Err(refused());
    }
    Ok(Some(seconds * SECOND))
}
