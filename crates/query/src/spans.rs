//! What questions about spans read: the parts that may have such spans, the attributes that are named.

use std::collections::BTreeSet;

use lang::ask::{AskError, Cell, Filter, Operator, Scope, SpanField, TableQuestion};
use model::id::TraceId;
use store::spans::{SpanStore, StoreError};

use crate::attribute::Attribute;
use crate::field::{each_field, in_filter};
use crate::scan::{Source, is_empty, may_have, within};

/// Attributes that one question may name.
const ATTRIBUTES_MAX: usize = 128;

/// What a question needs to know of the store.
pub(crate) struct SpansAsked {
    scope: Scope,
    attributes: Vec<Attribute>,
    /// The traces that its spans are of; `None` when they may be of any.
    traces: Option<BTreeSet<TraceId>>,
}

impl SpansAsked {
    pub(crate) fn by(question: &TableQuestion<SpanField>) -> Result<Self, AskError> {
        let mut fields = Vec::new();
        each_field(question, &mut |field| fields.push(field));
        let attributes = named(fields)?;
        // Issues are no matter of spans.
        let scope = Scope { issues: None, ..question.scope.clone() };
        Ok(Self { scope, attributes, traces: traces(&question.filter) })
    }

    /// What there is of them; `None` when the scope is empty. Reads small files of parts that were never
    /// asked before.
    pub(crate) fn source(self, store: &SpanStore) -> Result<Option<Source>, StoreError> {
        if is_empty(&self.scope) {
            return Ok(None);
        }
        let mut snapshot = store.snapshot_within(within(&self.scope));
        let mut parts = Vec::with_capacity(snapshot.parts.len());
        for part in snapshot.parts {
            let has_trace = |traces: &BTreeSet<TraceId>| {
                for trace in traces {
                    if part.may_have(*trace)? {
                        return Ok(true);
                    }
                }
                Ok::<_, StoreError>(false)
            };
            if may_have(part.record(), &self.scope)
                && self.traces.as_ref().map_or(Ok(true), has_trace)?
            {
                parts.push(part);
            }
        }
        snapshot.parts = parts;
        let (scope, attributes) = (&self.scope, self.attributes);
        Source::of_spans(snapshot, scope, attributes, Attribute::in_part).map(Some)
    }
}

/// The attributes that filters name.
pub(crate) fn attributes<'a>(
    filters: impl Iterator<Item = &'a Filter<SpanField>>,
) -> Result<Vec<Attribute>, AskError> {
    let mut fields = Vec::new();
    for filter in filters {
        in_filter(filter, &mut |field| fields.push(field));
    }
    named(fields)
}

/// Each attribute once.
fn named(fields: Vec<&SpanField>) -> Result<Vec<Attribute>, AskError> {
    let mut attributes: Vec<Attribute> = Vec::new();
    for attribute in fields.into_iter().filter_map(Attribute::of) {
        if !attributes.contains(&attribute) {
            attributes.push(attribute);
        }
        if attributes.len() > ATTRIBUTES_MAX {
            let text = format!("Too many attributes in one question; use at most {ATTRIBUTES_MAX}");
            return Err(AskError::Invalid(text));
        }
    }
    Ok(attributes)
}

/// The traces that rows must be of to match; `None` when they may be of any.
fn traces(filter: &Filter<SpanField>) -> Option<BTreeSet<TraceId>> {
    let of_cell = |cell: &Cell| match cell {
        Cell::Text(text) => TraceId::parse(text).ok(),
        _ => None,
    };
    match filter {
        Filter::And(all) => {
            let each = all.iter().filter_map(traces);
            each.reduce(|one, other| one.intersection(&other).copied().collect())
        }
        Filter::Or(any) => {
            let each: Option<Vec<_>> = any.iter().map(traces).collect();
            each.map(|each| each.into_iter().flatten().collect())
        }
        Filter::Compare(SpanField::Trace, Operator::Equal, cell) => {
            Some(of_cell(cell).into_iter().collect())
        }
        Filter::In(SpanField::Trace, cells) => Some(cells.iter().filter_map(of_cell).collect()),
        Filter::Nothing => Some(BTreeSet::new()),
        _ => None,
    }
}
