//! From an event to its hashes.

use std::borrow::Cow;

use md5::{Digest, Md5};
use model::event::Event;
use model::id::GroupHash;
use model::json::{Object, Value};
use model::limits;

use crate::analysis::{Analysis, Strategy, View};
use crate::component::HashSink;
use crate::fingerprint_rules::{FingerprintRule, FingerprintRules};
use crate::rules::GroupingRules;
use crate::stack::FrameChange;
use crate::variable;

/// Names the way of grouping, so that hashes of another one can be told apart later.
pub const CONFIG: &str = "pitwatch:2026-11";

/// What an event is grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// At least one. The first that belongs to an issue decides; the others are attached to it.
    pub hashes: Vec<GroupHash>,
    /// The title a fingerprint rule gives the issue.
    pub title_override: Option<String>,
}

/// Groups an event by a project's rules.
///
/// The event keeps what was found out on the way: `in_app` of frames, with `data.orig_in_app` and
/// `data.category`; `fingerprint` with the SDK's own in `client_fingerprint`, if a rule replaced
/// it; `main_exception_id`, if not the last exception names the issue.
pub fn group(event: &mut Event<'_>, rules: &GroupingRules) -> Grouping {
    let (grouping, effect) = {
        let analysis = Analysis::new(event, rules);
        let plan = Plan::new(&analysis, rules);
        let hashes = plan.hashes(&analysis);
        let title_override = plan.title(&analysis);
        (Grouping { hashes, title_override }, plan.effect(&analysis))
    };
    effect.apply(&mut event.root);
    grouping
}

/// Which of the ways to a hash an event takes, decided before anything is hashed.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) fingerprint: Fingerprint<'a>,
    /// The fingerprint rule that matched, and whether it is built in.
    pub(crate) rule: Option<(&'a FingerprintRule, bool)>,
    sdk_fingerprint: Vec<Cow<'a, str>>,
}

#[derive(Debug)]
pub(crate) enum Fingerprint<'a> {
    /// The sender knows the hash.
    Checksum(&'a str),
    /// What the event consists of.
    Default,
    /// Only these values.
    Custom(Vec<Cow<'a, str>>),
    /// These values, with what the event consists of in the place of `{{ default }}`.
    Hybrid(Vec<Cow<'a, str>>),
}

impl<'a> Plan<'a> {
    pub(crate) fn new(analysis: &'a Analysis<'a>, rules: &'a GroupingRules) -> Self {
        let event = analysis.event;
        let sdk_fingerprint = sdk_fingerprint(event);
        let sdk_decides = !is_default(&sdk_fingerprint);
        let built_in = || {
            // What an app asks for is more than what we guess.
            let found = FingerprintRules::built_in().find(analysis).filter(|_| !sdk_decides);
            found.map(|rule| (rule, true))
        };
        let own = rules.fingerprints.find(analysis).map(|rule| (rule, false));
        let rule = own.or_else(built_in);
        let values: Vec<_> = match rule {
            Some((rule, _)) => rule.values.iter().map(|v| Cow::Borrowed(v.as_str())).collect(),
            None => sdk_fingerprint.clone(),
        };
        let fingerprint = match event.root.str("checksum").filter(|sum| !sum.is_empty()) {
            Some(checksum) => Fingerprint::Checksum(checksum),
            None => Fingerprint::new(values, analysis),
        };
        Self { fingerprint, rule, sdk_fingerprint }
    }

    fn title(&self, analysis: &Analysis<'_>) -> Option<String> {
        let template = self.rule?.0.title.as_deref()?;
        Some(variable::expand(template, analysis)).filter(|title| !title.is_empty())
    }

    fn hashes(&self, analysis: &Analysis<'_>) -> Vec<GroupHash> {
        match &self.fingerprint {
            Fingerprint::Checksum(checksum) => vec![checksum_hash(checksum)],
            Fingerprint::Custom(values) => vec![hash_of(values)],
            Fingerprint::Default | Fingerprint::Hybrid(_) => {
                let Some((strategy, views)) = analysis.decisive() else {
                    return vec![self.fallback()];
                };
                let views = views.into_iter().map(|view| self.hash(analysis, strategy, view));
                let mut hashes: Vec<_> = views.collect();
                hashes.dedup();
                hashes
            }
        }
    }

    /// The hash of one view of the event.
    pub(crate) fn hash(
        &self,
        analysis: &Analysis<'_>,
        strategy: Strategy,
        view: View,
    ) -> GroupHash {
        let mut sink = HashSink::default();
        match &self.fingerprint {
            Fingerprint::Hybrid(values) => {
                for value in values {
                    if variable::is_default(value) {
                        analysis.walk(strategy, view.variant, &mut sink);
                    } else {
                        sink.text(value);
                    }
                }
            }
            _ => analysis.walk(strategy, view.variant, &mut sink),
        }
        sink.finish()
    }

    /// When the event says nothing at all.
    pub(crate) fn fallback(&self) -> GroupHash {
        match &self.fingerprint {
            Fingerprint::Hybrid(values) => {
                let others = values.iter().filter(|value| !variable::is_default(value));
                hash_of(&others.cloned().collect::<Vec<_>>())
            }
            _ => hash_of(&[]),
        }
    }

    fn effect(&self, analysis: &Analysis<'_>) -> Effect {
        let fingerprints = self.rule.map(|(rule, _)| {
            let own = self.sdk_fingerprint.iter().map(ToString::to_string).collect();
            (rule.values.clone(), own)
        });
        Effect {
            frames: analysis.changes(),
            main_exception: analysis.exceptions.as_ref().and_then(|list| list.main_id),
            fingerprints,
        }
    }
}

impl<'a> Fingerprint<'a> {
    fn new(values: Vec<Cow<'a, str>>, analysis: &'a Analysis<'a>) -> Self {
        if is_default(&values) {
            return Self::Default;
        }
        let mut has_default = false;
        let resolved = values.into_iter().map(|value| match variable::name(&value) {
            Some("default") => {
                has_default = true;
                value
            }
            Some(name) => Cow::Owned(variable::value(name, analysis).into_owned()),
            None => value,
        });
        let resolved = resolved.collect();
        if has_default { Self::Hybrid(resolved) } else { Self::Custom(resolved) }
    }
}

/// What the SDK asked for, also if a rule has replaced it since.
fn sdk_fingerprint<'a>(event: &'a Event<'_>) -> Vec<Cow<'a, str>> {
    let list = |name| event.root.get(name).and_then(Value::as_array);
    let values = list("client_fingerprint").or_else(|| list("fingerprint"));
    let values = values.into_iter().flatten().take(limits::FINGERPRINT_VALUES_MAX);
    let text = |value: &'a Value<'_>| match value {
        Value::Str(text) => Some(Cow::Borrowed(text.as_ref())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        scalar => Some(Cow::Owned(model::json_text::to_string(scalar))),
    };
    values.filter_map(text).collect()
}

fn is_default(values: &[Cow<'_, str>]) -> bool {
    match values {
        [] => true,
        [only] => variable::is_default(only),
        _ => false,
    }
}

pub(crate) fn hash_of(values: &[Cow<'_, str>]) -> GroupHash {
    let mut sink = HashSink::default();
    for value in values {
        sink.text(value);
    }
    sink.finish()
}

/// 32 hex digits in lower case are a hash already.
pub(crate) fn checksum_hash(checksum: &str) -> GroupHash {
    let is_hash = checksum.len() == 32
        && checksum.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let hash = is_hash.then(|| GroupHash::parse(checksum).ok()).flatten();
    hash.unwrap_or_else(|| GroupHash(Md5::digest(checksum).into()))
}

/// What grouping leaves in the event.
struct Effect {
    frames: Vec<FrameChange>,
    main_exception: Option<u64>,
    /// The rule's and the SDK's.
    fingerprints: Option<(Vec<String>, Vec<String>)>,
}

impl Effect {
    fn apply(self, event: &mut Object<'_>) {
        for change in self.frames {
            change.apply(event);
        }
        if let Some(id) = self.main_exception {
            event.insert("main_exception_id", id);
        }
        if let Some((rule, mut sdk)) = self.fingerprints {
            let list =
                |values: Vec<String>| values.into_iter().map(Value::from).collect::<Vec<_>>();
            if sdk.is_empty() {
                sdk.push("{{ default }}".to_owned());
            }
            event.insert("fingerprint", list(rule));
            event.insert("client_fingerprint", list(sdk));
        }
    }
}
