//! What people decided about notifications, put together for one tick: the policy, and who is behind the
//! names of receivers.

use std::collections::{BTreeMap, BTreeSet};

use alarm::{Alarms, Order, OrderKind, Rule, RuleKind};
use alert::{
    Action, Channel, Dispatcher, Escalation, Policy, Receiver, Recipient, Route, Routes, Routing,
    RuleId, Severity, Step, Timing,
};
use model::clock::Micros;
use model::id::OrganizationId;
use serde_json::{Map, Value};

use super::target::To;
use crate::error::RulerError;

const SECOND: u64 = 1_000_000;
/// Rules about issues repeat themselves by firing again.
const NEVER: u64 = 366 * 86_400 * SECOND;
const AT_ONCE: Timing =
    Timing { group_wait: Some(0), group_interval: Some(0), repeat_interval: Some(NEVER) };
/// A moment for the other groups of one rule to join.
const METRIC_WAIT: u64 = 5 * SECOND;
const METRIC_INTERVAL: u64 = 60 * SECOND;
/// Who is told what no route leads to anybody.
pub(crate) const NOBODY: &str = "nobody";

/// A policy, and who is behind its receivers.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) policy: Policy,
    /// By the name of the receiver; those of rules have one list for each severity.
    receivers: BTreeMap<String, Vec<(Option<Severity>, To)>>,
    /// Rules of alerts that are known.
    pub(crate) rules: BTreeMap<u64, Rule>,
    /// Rules of such alerts that are gone.
    pub(crate) gone: BTreeSet<u64>,
}

impl Plan {
    /// Who is told when a receiver is.
    pub(crate) fn to(&self, receiver: &str, severity: Severity) -> Vec<To> {
        let all = self.receivers.get(receiver).map(Vec::as_slice).unwrap_or_default();
        let fits = |only: &Option<Severity>| only.is_none_or(|only| only == severity);
        let fitting = all.iter().filter(|(only, _)| fits(only));
        fitting.map(|(_, to)| to.clone()).collect()
    }
}

/// The name of a rule's own receiver.
pub(crate) fn receiver_of(rule: u64) -> String {
    format!("rule:{rule}")
}

fn rule_of(receiver: &str) -> Option<u64> {
    receiver.strip_prefix("rule:")?.parse().ok()
}

/// Puts the plan together: for rules whose alerts are known or were just reported.
pub(crate) fn plan(
    alarms: &Alarms,
    organization: OrganizationId,
    (dispatcher, reported): (&Dispatcher, &BTreeSet<u64>),
    now: Micros,
) -> Result<Plan, RulerError> {
    let mut live: BTreeSet<u64> = dispatcher.alerts().map(|alert| alert.rule.0).collect();
    live.extend(reported);
    live.extend(dispatcher.threads().filter_map(|thread| rule_of(&thread.receiver)));
    live.remove(&0);
    let mut rules = BTreeMap::new();
    let mut gone = BTreeSet::new();
    for id in live {
        match alarms.rule(organization, id) {
            Ok(rule) => drop(rules.insert(id, rule)),
            Err(alarm::AlarmError::Missing(_)) => drop(gone.insert(id)),
            Err(problem) => return Err(problem.into()),
        }
    }
    let orders = |kind| alarms.orders(organization, kind, now);
    let routing = orders(OrderKind::Routing)?
        .pop()
        .and_then(|order| read(&order, |order| alert::read_routing(&order.says.definition)));
    let mut writing = Writing { receivers: BTreeMap::new(), policy: BTreeMap::new() };
    writing.receivers.insert(NOBODY.to_owned(), Vec::new());
    writing.policy.insert(NOBODY.to_owned(), Receiver::default());
    let escalations = writing.escalations(&orders(OrderKind::Escalation)?);
    let mut root = Route { receiver: Some(NOBODY.to_owned()), ..Route::default() };
    let rule_escalation = routing.as_ref().and_then(|routing| routing.rule_escalation.as_ref());
    let rule_escalation = rule_escalation.and_then(|name| escalations.get(name));
    for rule in rules.values() {
        root.routes.push(writing.rule(rule, rule_escalation));
    }
    root.routes.extend(gone.iter().map(|rule| writing.gone(*rule)));
    let mut inhibitions = Vec::new();
    if let Some(routing) = routing {
        writing.routing(&routing, &escalations);
        root.routes.push(routing.root);
        inhibitions = routing.inhibitions;
    }
    let names = writing.policy.keys().cloned().collect();
    let routes = Routes::new(&root, &names).map_err(|unfit| RulerError::Plan(unfit.to_string()))?;
    let mut policy = Policy::new(routes, writing.policy);
    policy.inhibitions = inhibitions;
    for (symptom, causes) in alarms.symptoms(organization)? {
        let causes: BTreeSet<RuleId> =
            causes.into_iter().filter(|cause| *cause != symptom).map(RuleId).collect();
        policy.causes.insert(RuleId(symptom), causes);
    }
    let of_issues = rules.values().filter(|rule| rule.kind == RuleKind::Issue);
    policy.momentary = of_issues.map(|rule| RuleId(rule.id)).collect();
    // What a rule left open that is gone is closed, however long ago its alerts lapsed.
    policy.momentary.extend(gone.iter().copied().map(RuleId));
    for order in orders(OrderKind::Silence)? {
        let silence = read(&order, |order| alert::read_silence(order.id, &order.says.definition));
        policy.silences.extend(silence);
    }
    for order in orders(OrderKind::Maintenance)? {
        let work =
            |order: &Order| alert::read_maintenance(&order.says.name, &order.says.definition);
        policy.maintenance.extend(read(&order, work));
    }
    for order in orders(OrderKind::Rotation)? {
        let rotation = read(&order, |order| alert::read_rotation(&order.says.definition));
        policy.rotations.extend(rotation.map(|rotation| (order.says.name.clone(), rotation)));
    }
    let rotations: BTreeSet<String> = policy.rotations.keys().cloned().collect();
    for receiver in policy.receivers.values_mut() {
        receiver.rotation = receiver.rotation.take().filter(|known| rotations.contains(known));
    }
    policy.check().map_err(|unfit| RulerError::Plan(unfit.to_string()))?;
    Ok(Plan { policy, receivers: writing.receivers, rules, gone })
}

/// What was checked when it was written; if it cannot be read any more, the rest goes on without it.
fn read<T>(order: &Order, read: impl FnOnce(&Order) -> Result<T, alert::OrderError>) -> Option<T> {
    read(order)
        .inspect_err(|unfit| {
            let (id, kind) = (order.id, order.says.kind.name());
            tracing::warn!(id, kind, %unfit, "what somebody asked for cannot be followed");
        })
        .ok()
}

/// Receivers as they come together.
struct Writing {
    receivers: BTreeMap<String, Vec<(Option<Severity>, To)>>,
    policy: BTreeMap<String, Receiver>,
}

impl Writing {
    /// Each step is a receiver of its own.
    fn escalations(&mut self, orders: &[Order]) -> BTreeMap<String, (Vec<Step>, u32)> {
        let mut known = BTreeMap::new();
        for order in orders {
            let definition = |order: &Order| alert::read_escalation(&order.says.definition);
            let Some(Escalation { steps, repeats }) = read(order, definition) else { continue };
            let mut named = Vec::new();
            for (place, (wait, targets)) in steps.into_iter().enumerate() {
                let receiver = format!("escalation:{}:{place}", order.id);
                self.add(
                    &receiver,
                    &targets,
                    Receiver { wants_resolved: true, ..Receiver::default() },
                );
                named.push(Step { wait, receiver });
            }
            known.insert(order.says.name.clone(), (named, repeats));
        }
        known
    }

    fn add(&mut self, name: &str, targets: &[Recipient], mut receiver: Receiver) {
        receiver.rotation = targets.iter().find_map(|target| match target {
            Recipient::Rotation(name) => Some(name.clone()),
            _ => None,
        });
        let to = targets.iter().map(|target| (None, To::Recipient(target.clone())));
        self.receivers.insert(name.to_owned(), to.collect());
        self.policy.insert(name.to_owned(), receiver);
    }

    fn routing(&mut self, routing: &Routing, escalations: &BTreeMap<String, (Vec<Step>, u32)>) {
        for (name, written) in &routing.receivers {
            let escalation = written.escalation.as_ref().and_then(|name| escalations.get(name));
            let (escalation, escalation_repeats) = escalation.cloned().unwrap_or_default();
            let receiver = Receiver {
                wants_resolved: written.wants_resolved,
                limit: written.limit,
                rotation: None,
                escalation,
                escalation_repeats,
            };
            self.add(name, &written.targets, receiver);
        }
    }

    /// A rule's own receiver, and the route to it.
    fn rule(&mut self, rule: &Rule, escalation: Option<&(Vec<Step>, u32)>) -> Route {
        let name = receiver_of(rule.id);
        let escalation = escalation.filter(|_| rule.says.is_symptom);
        let (escalation, escalation_repeats) = escalation.cloned().unwrap_or_default();
        let receiver = Receiver {
            wants_resolved: true,
            escalation,
            escalation_repeats,
            ..Receiver::default()
        };
        self.policy.insert(name.clone(), receiver);
        self.receivers.insert(name, actions(rule));
        let (group_by, timing) = match rule.kind {
            RuleKind::Issue => (by_issue(), AT_ONCE),
            RuleKind::Metric => (
                vec!["rule_id".to_owned()],
                Timing {
                    group_wait: Some(METRIC_WAIT),
                    group_interval: Some(METRIC_INTERVAL),
                    repeat_interval: None,
                },
            ),
        };
        route(rule.id, group_by, timing)
    }

    /// Of a rule that is gone: nobody is told anything new, and those who were told hear that it is over.
    fn gone(&mut self, rule: u64) -> Route {
        let receiver = Receiver { wants_resolved: true, ..Receiver::default() };
        self.policy.insert(receiver_of(rule), receiver);
        // Where alerts have no issue they are grouped as those of a rule about numbers.
        route(rule, by_issue(), AT_ONCE)
    }
}

fn by_issue() -> Vec<String> {
    vec!["rule_id".to_owned(), "issue".to_owned()]
}

fn route(rule: u64, group_by: Vec<String>, timing: Timing) -> Route {
    Route {
        matchers: vec![alert::Matcher::is("rule_id", &rule.to_string())],
        receiver: Some(receiver_of(rule)),
        group_by: Some(group_by),
        timing,
        ..Route::default()
    }
}

/// What a rule does; of rules about numbers, some for warnings and some for what is critical.
fn actions(rule: &Rule) -> Vec<(Option<Severity>, To)> {
    let definition = &rule.says.definition;
    match rule.kind {
        RuleKind::Issue => match rule.issue_rule() {
            Ok(read) => read.actions.into_iter().map(|action| (None, To::Action(action))).collect(),
            Err(unfit) => {
                tracing::warn!(rule = rule.id, %unfit, "the actions of a rule cannot be read");
                Vec::new()
            }
        },
        RuleKind::Metric => {
            let triggers = definition.get("triggers").and_then(Value::as_array);
            let triggers = triggers.into_iter().flatten().flat_map(|trigger| {
                let only = match trigger.get("label").and_then(Value::as_str) {
                    Some("critical") => Some(Severity::Critical),
                    Some("warning") => Some(Severity::Warning),
                    _ => None,
                };
                listed(trigger).map(move |action| (only, To::Action(action)))
            });
            triggers.chain(listed(definition).map(|action| (None, To::Action(action)))).collect()
        }
    }
}

fn listed(of: &Value) -> impl Iterator<Item = Action> {
    let actions = of.get("actions").and_then(Value::as_array).into_iter().flatten();
    actions.filter_map(metric_action)
}

/// An action of a rule about numbers, as Sentry's clients write it. Source: Sentry's `alert-rules`.
fn metric_action(json: &Value) -> Option<Action> {
    let text = |name: &str| match json.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let channel = match json.get("type")?.as_str()? {
        "email" => {
            let target = text("targetIdentifier");
            let kind = match text("targetType").as_deref() {
                Some("team") => "Team",
                Some("user") => "Member",
                _ => "Address",
            };
            return Some(Action::mail(kind, target.as_deref()));
        }
        "slack" => Channel::Slack,
        "pagerduty" => Channel::PagerDuty,
        "msteams" => Channel::MsTeams,
        "opsgenie" => Channel::Opsgenie,
        "discord" => Channel::Discord,
        "sentry_app" | "webhook" | "service" => Channel::Service,
        _ => return None,
    };
    let mut settings = Map::new();
    let named = ["integrationId", "sentryAppId", "service", "channel"];
    if let Some(named) = named.into_iter().find_map(text) {
        settings.insert("service".to_owned(), named.into());
    } else if let Some(named) = text("targetIdentifier") {
        settings.insert("service".to_owned(), named.into());
    }
    let place = text("inputChannelId").or_else(|| text("targetIdentifier"));
    let is_place = matches!(channel, Channel::Slack | Channel::Discord);
    if let Some(place) = place.filter(|_| is_place) {
        let name = if channel == Channel::Slack { "channel" } else { "channel_id" };
        settings.insert(name.to_owned(), place.into());
    }
    Some(Action { channel, settings })
}
