//! Why an event belongs to its issue, for people.

use std::borrow::Cow;
use std::collections::BTreeSet;

use model::event::Event;
use model::id::GroupHash;
use model::json::{Object, Value};

use crate::analysis::{Analysis, Strategy, View};
use crate::component::TreeSink;
use crate::grouping::{CONFIG, Fingerprint, Plan, checksum_hash, hash_of};
use crate::rules::GroupingRules;
use crate::stack::Stack;

/// Explains the grouping of an event, as it was sent or as [`crate::group`] left it:
///
/// * `config`: the way of grouping;
/// * `fingerprint`: `{source: default|sdk|rule|checksum, values, rule, builtIn}`;
/// * `stackRules`: the stack trace rules that did something;
/// * `variants`: `{key, type, description, contributes, hint, hash, component}` each, those that
///   contribute first and in order; `component` is a tree of `{id, contributes, hint, values}`
///   whose leaves have one text in `values`.
pub fn explain(event: &Event<'_>, rules: &GroupingRules) -> Value<'static> {
    let analysis = Analysis::new(event, rules);
    let plan = Plan::new(&analysis, rules);
    let mut out = Object::new();
    out.push("config", CONFIG);
    out.push("fingerprint", fingerprint(&plan));
    let matched: BTreeSet<_> = analysis.stacks().flat_map(Stack::matched_rules).collect();
    let matched = matched.into_iter().map(|rule| Value::from(rule.to_owned()));
    out.push("stackRules", matched.collect::<Vec<_>>());
    out.push("variants", variants(&analysis, &plan));
    Value::Object(out)
}

fn fingerprint(plan: &Plan<'_>) -> Object<'static> {
    let (source, values): (_, &[Cow<'_, str>]) = match &plan.fingerprint {
        Fingerprint::Checksum(checksum) => ("checksum", &[Cow::Borrowed(*checksum)]),
        Fingerprint::Default => ("default", &[]),
        Fingerprint::Custom(values) | Fingerprint::Hybrid(values) => {
            (if plan.rule.is_some() { "rule" } else { "sdk" }, values)
        }
    };
    let mut out = Object::new();
    out.push("source", source);
    out.push("values", texts(values));
    out.push("rule", plan.rule.map(|(rule, _)| rule.text.clone()));
    out.push("builtIn", plan.rule.is_some_and(|(_, built_in)| built_in));
    out
}

fn texts(values: &[Cow<'_, str>]) -> Vec<Value<'static>> {
    values.iter().map(|value| Value::from(value.to_string())).collect()
}

fn variants(analysis: &Analysis<'_>, plan: &Plan<'_>) -> Vec<Value<'static>> {
    let mut out = Vec::new();
    let mut taken: Option<&'static str> = None;
    match &plan.fingerprint {
        Fingerprint::Checksum(checksum) => {
            out.push(plain("checksum", "the checksum the sender gave", checksum_hash(checksum)));
            taken = Some("the checksum takes precedence");
        }
        Fingerprint::Custom(values) => {
            out.push(plain("custom-fingerprint", "a custom fingerprint", hash_of(values)));
            taken = Some("the custom fingerprint takes precedence");
        }
        Fingerprint::Default | Fingerprint::Hybrid(_) => {}
    }
    for strategy in Strategy::ORDER {
        let mut first_hash = None;
        for view in analysis.views(strategy) {
            let hash = plan.hash(analysis, strategy, view);
            let is_double = first_hash == Some(hash);
            let hint = taken.or(is_double.then_some("the same frames as the variant before"));
            first_hash = first_hash.or(Some(hash));
            let verdict = hint.map_or(Ok(hash), Err);
            out.push(component(analysis, plan, strategy, view, verdict));
        }
        if first_hash.is_some() && taken.is_none() {
            taken = Some(precedence(strategy));
        }
    }
    if taken.is_none() {
        out.push(plain("fallback", "nothing to group by", plan.fallback()));
    }
    out
}

fn precedence(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Exceptions => "the exception takes precedence",
        Strategy::Threads => "the thread takes precedence",
        Strategy::Stacktrace => "the stack trace takes precedence",
        Strategy::Template => "the template takes precedence",
        Strategy::Csp => "the security report takes precedence",
        Strategy::Message => "the message takes precedence",
    }
}

/// A variant without a tree.
fn plain(key: &'static str, description: &'static str, hash: GroupHash) -> Value<'static> {
    let mut out = Object::new();
    out.push("key", key);
    out.push("type", key);
    out.push("description", description);
    out.push("contributes", true);
    out.push("hint", Value::Null);
    out.push("hash", hash.to_string());
    out.push("component", Value::Null);
    Value::Object(out)
}

/// A variant with its tree; `verdict` is its hash, or why it does not count.
fn component(
    analysis: &Analysis<'_>,
    plan: &Plan<'_>,
    strategy: Strategy,
    view: View,
    verdict: Result<GroupHash, &'static str>,
) -> Value<'static> {
    let mut tree = TreeSink::default();
    analysis.walk(strategy, view.variant, &mut tree);
    let mut root = Object::new();
    root.push("id", view.name);
    root.push("contributes", verdict.is_ok());
    root.push("hint", verdict.err());
    root.push("values", tree.finish());

    let which = match view.name {
        "app" => "in-app ",
        _ => "",
    };
    let is_hybrid = matches!(plan.fingerprint, Fingerprint::Hybrid(_));
    let addition = if is_hybrid { " with a custom fingerprint" } else { "" };
    let mut out = Object::new();
    out.push("key", view.name);
    out.push("type", if is_hybrid { "salted-component" } else { "component" });
    out.push("description", format!("{which}{}{addition}", strategy.name()));
    out.push("contributes", verdict.is_ok());
    out.push("hint", verdict.err());
    out.push("hash", verdict.ok().map(|hash| hash.to_string()));
    out.push("component", root);
    Value::Object(out)
}
