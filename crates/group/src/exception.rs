//! Exceptions: one, a chain of causes, or a group of several that happened together.

use std::collections::BTreeMap;

use model::event::Event;
use model::id::GroupHash;
use model::json::{Object, Value};
use model::limits;

use crate::component::{AnySink, HashSink, Sink, Verdict};
use crate::parametrize::parametrize;
use crate::stack::{Place, Stack, StackContext, Variant};
use crate::stack_rules::ErrorFacts;

/// One exception.
#[derive(Debug)]
pub(crate) struct Exception<'a> {
    pub(crate) kind: &'a str,
    pub(crate) value: &'a str,
    pub(crate) stack: Option<Stack<'a>>,
    is_synthetic: bool,
    /// Domain and code of an `NSError`.
    ns_error: Option<(&'a str, String)>,
    node: Node,
}

/// Its place in a tree of exception groups.
#[derive(Debug, Clone, Copy, Default)]
struct Node {
    id: Option<u64>,
    parent: Option<u64>,
    is_group: bool,
}

/// The exceptions that count, in the order they are hashed.
#[derive(Debug)]
pub(crate) struct Exceptions<'a> {
    pub(crate) all: Vec<Exception<'a>>,
    chosen: Vec<usize>,
    /// `exception_id` of the one that names the issue, if it is not the last.
    pub(crate) main_id: Option<u64>,
}

impl<'a> Exceptions<'a> {
    /// Reads the exceptions of an event; `None` if there are none. Takes what it uses off
    /// `frames_left`.
    pub(crate) fn read(
        event: &'a Event<'_>,
        context: StackContext<'a>,
        frames_left: &mut usize,
    ) -> Option<Self> {
        let values = event.at(&["exception", "values"])?.as_array()?;
        let values = values.iter().enumerate().rev().take(limits::EXCEPTIONS_MAX);
        let mut all: Vec<_> = values
            .filter_map(|(place, value)| {
                let object = value.as_object()?;
                let exception = Exception::read(object, place, context, *frames_left);
                *frames_left -= exception.stack.as_ref().map_or(0, |stack| stack.frames.len());
                Some(exception)
            })
            .collect();
        all.reverse();
        if all.is_empty() {
            return None;
        }
        let tree = all.iter().any(|exception| exception.node.is_group).then(|| Tree::new(&all));
        let (chosen, main_id) = match tree.flatten() {
            Some(tree) => tree.choose(&all),
            None => ((0..all.len()).collect(), None),
        };
        Some(Self { all, chosen, main_id })
    }

    fn chosen(&self) -> impl Iterator<Item = &Exception<'a>> {
        self.chosen.iter().filter_map(|place| self.all.get(*place))
    }

    /// Whether a stack trace goes into the hash of that variant.
    pub(crate) fn has_stack(&self, variant: Variant) -> bool {
        self.chosen().any(|exception| exception.stack_counts(variant))
    }

    /// Whether anything goes into the hash of that variant.
    pub(crate) fn counts(&self, variant: Variant) -> bool {
        let mut any = AnySink::default();
        self.walk(variant, &mut any);
        any.found
    }

    /// Walks the exceptions that count.
    pub(crate) fn walk(&self, variant: Variant, sink: &mut impl Sink) {
        if let [only] = *self.chosen
            && let Some(exception) = self.all.get(only)
        {
            exception.walk(variant, sink);
        } else if sink.open("chained-exception", Verdict::COUNTS) {
            for exception in self.chosen() {
                exception.walk(variant, sink);
            }
            sink.close();
        }
    }
}

impl<'a> Exception<'a> {
    fn read(
        object: &'a Object<'_>,
        place: usize,
        context: StackContext<'a>,
        frames_left: usize,
    ) -> Self {
        let text = |name| object.str(name).unwrap_or_default();
        let mechanism = object.get("mechanism").and_then(Value::as_object);
        let from = |name| mechanism.and_then(|mechanism| mechanism.get(name));
        let error = ErrorFacts {
            kind: text("type"),
            value: text("value"),
            mechanism: from("type").and_then(Value::as_str).unwrap_or_default(),
        };
        let is_true = |name| from(name).and_then(Value::as_bool).unwrap_or(false);
        Self {
            kind: error.kind,
            value: error.value,
            stack: Stack::new(object, Place::Exception(place), error, context, frames_left),
            is_synthetic: is_true("synthetic"),
            ns_error: from("meta").and_then(|meta| ns_error(meta.get("ns_error")?)),
            node: Node {
                id: from("exception_id").and_then(Value::as_u64),
                parent: from("parent_id").and_then(Value::as_u64),
                is_group: is_true("is_exception_group"),
            },
        }
    }

    fn stack_counts(&self, variant: Variant) -> bool {
        self.stack.as_ref().is_some_and(|stack| stack.counts(variant))
    }

    fn walk(&self, variant: Variant, sink: &mut impl Sink) {
        let has_stack = self.stack_counts(variant);
        let type_counts = !self.kind.is_empty() && !self.is_synthetic;
        let value_counts = !has_stack && self.ns_error.is_none() && !self.value.is_empty();
        let verdict = if type_counts || value_counts || has_stack || self.ns_error.is_some() {
            Verdict::COUNTS
        } else {
            Verdict::ignored("ignored because it says nothing")
        };
        if !sink.open("exception", verdict) {
            return;
        }
        if !self.kind.is_empty() {
            let verdict = if self.is_synthetic {
                Verdict::ignored("ignored because the SDK made the exception up")
            } else {
                Verdict::COUNTS
            };
            sink.leaf("type", self.kind, verdict);
        }
        if value_counts {
            sink.leaf("value", &parametrize(self.value), Verdict::COUNTS);
        } else if !self.value.is_empty() {
            sink.leaf(
                "value",
                self.value,
                Verdict::ignored(if has_stack {
                    "ignored because the stack trace takes precedence"
                } else {
                    "ignored because the error's domain and code take precedence"
                }),
            );
        }
        if let Some((domain, code)) = &self.ns_error
            && sink.open("ns-error", Verdict::COUNTS)
        {
            sink.leaf("domain", domain, Verdict::COUNTS);
            sink.leaf("code", code, Verdict::COUNTS);
            sink.close();
        }
        if let Some(stack) = &self.stack {
            stack.walk(variant, sink);
        }
        sink.close();
    }

    fn hash(&self) -> GroupHash {
        let mut sink = HashSink::default();
        for variant in Variant::ALL {
            self.walk(variant, &mut sink);
        }
        sink.finish()
    }
}

fn ns_error<'a>(value: &'a Value<'_>) -> Option<(&'a str, String)> {
    let domain = value.get("domain")?.as_str()?;
    let code = match value.get("code")? {
        Value::U64(code) => code.to_string(),
        Value::I64(code) => code.to_string(),
        _ => return None,
    };
    Some((domain, code))
}

/// A valid tree of exceptions, by position.
struct Tree {
    root: usize,
    children: Vec<Vec<usize>>,
}

impl Tree {
    /// `None` unless every exception has an id of its own, one has no parent, and all others
    /// descend from it.
    fn new(all: &[Exception<'_>]) -> Option<Self> {
        let mut places = BTreeMap::new();
        for (place, exception) in all.iter().enumerate() {
            if places.insert(exception.node.id?, place).is_some() {
                return None;
            }
        }
        let mut children = vec![Vec::new(); all.len()];
        let mut root = None;
        for (place, exception) in all.iter().enumerate() {
            match exception.node.parent {
                Some(parent) => children[*places.get(&parent)?].push(place),
                None if root.is_none() => root = Some(place),
                None => return None,
            }
        }
        // Children in the order of their ids, whichever way round the SDK sent them.
        for list in &mut children {
            list.sort_by_key(|place| all[*place].node.id);
        }
        let tree = Self { root: root?, children };
        // Each exception has one parent, so what the root does not reach is a cycle.
        (tree.reach().count() == all.len()).then_some(tree)
    }

    fn reach(&self) -> impl Iterator<Item = usize> {
        let mut waiting = vec![self.root];
        std::iter::from_fn(move || {
            let place = waiting.pop()?;
            waiting.extend(self.children[place].iter().rev());
            Some(place)
        })
    }

    /// The exceptions that are no groups and are reached only through groups.
    fn top_level(&self, all: &[Exception<'_>]) -> Vec<usize> {
        let (mut waiting, mut found) = (vec![self.root], Vec::new());
        while let Some(place) = waiting.pop() {
            if all[place].node.is_group && !self.children[place].is_empty() {
                waiting.extend(self.children[place].iter().rev());
            } else if place != self.root {
                found.push(place);
            }
        }
        found
    }

    /// Which exceptions count, and the one that names the issue.
    fn choose(&self, all: &[Exception<'_>]) -> (Vec<usize>, Option<u64>) {
        let mut distinct: Vec<_> =
            self.top_level(all).into_iter().map(|place| (all[place].hash(), place)).collect();
        distinct.sort_by(|(a_hash, a), (b_hash, b)| {
            all[*b].kind.cmp(all[*a].kind).then_with(|| a_hash.cmp(b_hash))
        });
        distinct.dedup_by_key(|(hash, _)| *hash);
        if let [(_, only)] = *distinct {
            let mut path = vec![only];
            while let Some(child) = path.last().and_then(|last| self.children[*last].first()) {
                path.push(*child);
            }
            return (path, all[only].node.id);
        }
        let mut chosen: Vec<_> = distinct.into_iter().map(|(_, place)| place).collect();
        chosen.push(self.root);
        (chosen, None)
    }
}
