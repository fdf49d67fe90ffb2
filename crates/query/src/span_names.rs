//! The names of attributes: of parts whose spans may all be seen from their lists, otherwise counted in
//! the newest rows.

use std::cmp::Reverse;
use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, MapArray, RecordBatch, StringArray};
use arrow::datatypes::Int32Type;
use datafusion::logical_expr::{Expr, ident};
use futures::TryStreamExt;
use lang::ask::{
    AskError, AttributeKind, Filter, Scope, SpanAttribute, SpanAttributesQuestion, SpanField,
};
use store::spans::schema::{
    NUMBER_PREFIX, NUMBERS, TEXT_PREFIX, TEXTS, number_column, text_column,
};
use store::spans::{PartColumns, SpanSnapshot, SpanStore, StoreError};

use crate::attribute::{Attribute, Reading};
use crate::failed;
use crate::filter::rows_of;
use crate::scan::{Source, is_empty, may_have, within};
use crate::session::{Session, asked};

/// Rows that are looked at in one place, and in all.
const ROWS_MAX: usize = 100_000;
const ROWS_OF_ALL_MAX: usize = 400_000;
/// Rows that show whether texts are truth values.
const SAMPLE_ROWS: usize = 8_192;
/// Names that are counted; further ones are not.
const NAMES_MAX: usize = 10_000;

/// What is known without looking at rows, and the rows to look at.
#[derive(Default)]
pub(crate) struct Known {
    names: Names,
    scans: Vec<Scan>,
}

struct Scan {
    source: Source,
    columns: Vec<String>,
    /// Only what kinds of values there are is not known yet.
    is_sample: bool,
}

/// Reads the lists of the parts, the newest first.
pub(crate) fn known(store: &SpanStore, scope: &Scope) -> Result<Known, StoreError> {
    let mut known = Known::default();
    if is_empty(scope) {
        return Ok(known);
    }
    let SpanSnapshot { memory, mut parts } = store.snapshot_within(within(scope));
    let scan = |snapshot: SpanSnapshot, columns: &PartColumns, is_sample| {
        let (texts, numbers) = (columns.text_columns(), columns.number_columns());
        let names = texts.iter().map(|name| text_column(name));
        let names = names.chain(numbers.iter().map(|name| number_column(name))).collect();
        let texts = texts.into_iter().map(Attribute::text);
        let attributes = texts.chain(numbers.into_iter().map(Attribute::number)).collect();
        let source = Source::of_spans(snapshot, scope, attributes, |_, _| Reading::Column)?;
        Ok::<_, StoreError>(Scan { source, columns: names, is_sample })
    };
    let in_memory = SpanSnapshot { memory, parts: Vec::new() };
    known.scans.push(scan(in_memory, &PartColumns::default(), false)?);
    parts.retain(|part| may_have(part.record(), scope));
    parts.sort_by_key(|part| Reverse(part.record().timestamp_max));
    let mut has_sample = false;
    for part in parts {
        let columns = part.columns()?;
        // Other people's names are none of the asker's business.
        let is_all_seen =
            part.record().projects.iter().all(|project| scope.projects.contains(project));
        if is_all_seen {
            known.names.add_list(&columns);
        }
        if !is_all_seen || !has_sample {
            let snapshot = SpanSnapshot { memory: Vec::new(), parts: vec![part] };
            known.scans.push(scan(snapshot, &columns, is_all_seen)?);
            has_sample |= is_all_seen;
        }
    }
    Ok(known)
}

/// The most frequent names.
pub(crate) async fn answer(
    session: &Session,
    question: &SpanAttributesQuestion,
    known: Known,
) -> Result<Vec<SpanAttribute>, AskError> {
    let mut names = known.names;
    let mut left = ROWS_OF_ALL_MAX;
    for scan in known.scans {
        // The files of its parts must stay until all is read.
        let _parts = scan.source.parts.clone();
        let rows = rows_of::<SpanField>(&Filter::All, scan.source.rest_of_scope());
        let mut frame = session.read(scan.source)?;
        if let Some(rows) = rows {
            frame = frame.filter(rows).map_err(asked)?;
        }
        let columns: Vec<Expr> =
            scan.columns.iter().map(String::as_str).chain([TEXTS, NUMBERS]).map(ident).collect();
        let rows_max = if scan.is_sample { SAMPLE_ROWS } else { ROWS_MAX.min(left) };
        let frame = frame.select(columns).and_then(|frame| frame.limit(0, Some(rows_max)));
        let mut stream = frame.map_err(asked)?.execute_stream().await.map_err(asked)?;
        while let Some(batch) = stream.try_next().await.map_err(asked)? {
            names
                .add(&batch, !scan.is_sample)
                .ok_or_else(|| failed("attributes of unexpected types"))?;
            left = left.saturating_sub(batch.num_rows());
        }
    }
    Ok(names.answer(question))
}

/// What was seen of a name.
#[derive(Default)]
struct Name {
    texts: u64,
    numbers: u64,
    kinds: TextKinds,
}

/// What the texts that were looked at are.
#[derive(Debug, Clone, Copy, Default)]
struct TextKinds {
    has_truth: bool,
    has_other: bool,
}

#[derive(Default)]
struct Names(HashMap<String, Name>);

impl Names {
    /// Changes what is known of the name, unless there are too many.
    fn change(&mut self, name: &str, change: impl FnOnce(&mut Name)) {
        if let Some(known) = self.0.get_mut(name) {
            change(known);
        } else if self.0.len() < NAMES_MAX {
            change(self.0.entry(name.to_owned()).or_default());
        }
    }

    fn add_list(&mut self, columns: &PartColumns) {
        for (name, rows) in columns.texts() {
            self.change(name, |known| known.texts += rows);
        }
        for (name, rows) in columns.numbers() {
            self.change(name, |known| known.numbers += rows);
        }
    }

    /// `None` when the batch does not look as it should.
    fn add(&mut self, batch: &RecordBatch, is_counted: bool) -> Option<()> {
        for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            let values = column.len() - column.null_count();
            let rows = if is_counted { values as u64 } else { 0 };
            if values == 0 {
                continue;
            }
            if let Some(name) = field.name().strip_prefix(TEXT_PREFIX) {
                let kinds = TextKinds::of(column)?;
                self.change(name, |known| known.add_texts(rows, kinds));
            } else if let Some(name) = field.name().strip_prefix(NUMBER_PREFIX) {
                self.change(name, |known| known.numbers += rows);
            }
        }
        let weight = u64::from(is_counted);
        let texts = batch.column_by_name(TEXTS)?.as_map_opt()?;
        let values: &StringArray = texts.values().as_string_opt()?;
        for place in entries(texts) {
            let name = texts.keys().as_string_opt::<i32>()?.value(place);
            let kinds = TextKinds::of_text(values.value(place));
            self.change(name, |known| known.add_texts(weight, kinds));
        }
        let numbers = batch.column_by_name(NUMBERS)?.as_map_opt()?;
        for place in entries(numbers) {
            let name = numbers.keys().as_string_opt::<i32>()?.value(place);
            self.change(name, |known| known.numbers += weight);
        }
        Some(())
    }

    fn answer(self, question: &SpanAttributesQuestion) -> Vec<SpanAttribute> {
        let part = question.name_contains.to_lowercase();
        let named = self.0.into_iter().filter(|(name, known)| {
            known.texts + known.numbers > 0 && name.to_lowercase().contains(&part)
        });
        let mut found: Vec<SpanAttribute> = named
            .map(|(name, known)| SpanAttribute {
                name,
                kind: known.kind(),
                count: known.texts + known.numbers,
            })
            .collect();
        found.sort_unstable_by(|one, other| {
            other.count.cmp(&one.count).then_with(|| one.name.cmp(&other.name))
        });
        found.truncate(question.limit);
        found
    }
}

impl Name {
    fn add_texts(&mut self, rows: u64, kinds: TextKinds) {
        self.texts += rows;
        self.kinds.has_truth |= kinds.has_truth;
        self.kinds.has_other |= kinds.has_other;
    }

    fn kind(&self) -> AttributeKind {
        if self.numbers > self.texts {
            AttributeKind::Number
        } else if self.kinds.has_truth && !self.kinds.has_other {
            AttributeKind::Bool
        } else {
            AttributeKind::Text
        }
    }
}

/// The places of the entries that the rows of a map have: a part of a batch may share those of others.
fn entries(map: &MapArray) -> std::ops::Range<usize> {
    let end = |end: Option<&i32>| end.and_then(|end| usize::try_from(*end).ok()).unwrap_or(0);
    let ends = map.value_offsets();
    end(ends.first())..end(ends.last())
}

impl TextKinds {
    fn of_text(text: &str) -> Self {
        let has_truth = matches!(text, "true" | "false");
        Self { has_truth, has_other: !has_truth }
    }

    /// `None` when the column has no repeated texts.
    fn of(column: &ArrayRef) -> Option<Self> {
        let texts = column.as_dictionary_opt::<Int32Type>()?;
        let values: &StringArray = texts.values().as_string_opt()?;
        let kinds: Vec<Self> =
            values.iter().map(|text| Self::of_text(text.unwrap_or_default())).collect();
        let mut all = Self::default();
        for kind in texts.keys_iter().flatten().filter_map(|key| kinds.get(key)) {
            all.has_truth |= kind.has_truth;
            all.has_other |= kind.has_other;
            if all.has_other {
                break;
            }
        }
        Some(all)
    }
}
