//! The values of all attributes at once, in several sets of spans: counted while the rows stream by, the
//! newest first.

use std::cmp::Reverse;
use std::collections::HashMap;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, MapArray, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Float64Type, Int32Type};
use datafusion::logical_expr::{Expr, cast, ident};
use futures::TryStreamExt;
use lang::ask::{AskError, Filter, Scope, SpanFacet, SpanFacets, SpanFacetsQuestion, SpanField};
use store::spans::schema::{NUMBERS, TEXTS, text_column};
use store::spans::{SpanSnapshot, SpanStore, StoreError};

use crate::attribute::Attribute;
use crate::failed;
use crate::field::{Shape, StoredField};
use crate::filter::{condition, rows_of};
use crate::scan::{Source, is_empty, may_have, within};
use crate::session::{Session, asked};

/// Rows that are looked at; what is counted is counted in these.
const ROWS_MAX: usize = 1_000_000;
/// Attributes that are counted; rows of further ones are not.
const FACETS_MAX: usize = 1_000;
/// Values of one attribute that are counted apart, and of all: some 20 MB.
const VALUES_MAX: usize = 10_000;
const VALUES_OF_ALL_MAX: usize = 100_000;
/// Longer texts are nobody's frequent values.
const VALUE_BYTES_MAX: usize = 200;

/// Rows that are read together: those in memory, or those of a part.
pub(crate) struct Step {
    source: Source,
    /// The attributes that have columns.
    names: Vec<String>,
}

/// What there is to be read, the newest first.
pub(crate) fn steps(
    store: &SpanStore,
    scope: &Scope,
    attributes: &[Attribute],
) -> Result<Vec<Step>, StoreError> {
    if is_empty(scope) {
        return Ok(Vec::new());
    }
    let step = |snapshot: SpanSnapshot, names: Vec<String>| {
        let mut all = attributes.to_vec();
        let of_columns = names.iter().map(|name| Attribute::text(name.clone()));
        all.extend(of_columns.filter(|attribute| !attributes.contains(attribute)));
        let source = Source::of_spans(snapshot, scope, all, Attribute::in_part)?;
        Ok::<_, StoreError>(Step { source, names })
    };
    let SpanSnapshot { memory, mut parts } = store.snapshot_within(within(scope));
    let mut steps = vec![step(SpanSnapshot { memory, parts: Vec::new() }, Vec::new())?];
    parts.retain(|part| may_have(part.record(), scope));
    parts.sort_by_key(|part| Reverse(part.record().timestamp_max));
    for part in parts {
        let columns = part.columns()?;
        let mut names = columns.text_columns();
        names.extend(columns.number_columns());
        names.sort_unstable();
        names.dedup();
        steps.push(step(SpanSnapshot { memory: Vec::new(), parts: vec![part] }, names)?);
    }
    Ok(steps)
}

/// The most frequent values.
pub(crate) async fn answer(
    session: &Session,
    question: &SpanFacetsQuestion,
    steps: Vec<Step>,
) -> Result<SpanFacets, AskError> {
    let mut counts = Counts::new(question.sets.len());
    let mut left = ROWS_MAX;
    for step in steps {
        if left == 0 {
            break;
        }
        // The files of its parts must stay until all is read.
        let _parts = step.source.parts.clone();
        // A row in no set counts nowhere.
        let in_any = Filter::Or(question.sets.clone());
        let rows = rows_of(&in_any, step.source.rest_of_scope());
        let mut frame = session.read(step.source)?;
        if let Some(rows) = rows {
            frame = frame.filter(rows).map_err(asked)?;
        }
        let frame = frame.select(columns(question, &step.names)?).map_err(asked)?;
        let frame = frame.limit(0, Some(left)).map_err(asked)?;
        let mut stream = frame.execute_stream().await.map_err(asked)?;
        while let Some(batch) = stream.try_next().await.map_err(asked)? {
            left = left.saturating_sub(batch.num_rows());
            counts
                .add(&batch, question, &step.names)
                .ok_or_else(|| failed("attributes of unexpected types"))?;
        }
    }
    Ok(counts.finish(question))
}

/// The weight, whether the row is in each set, the fields, the attributes with columns, the maps.
fn columns(question: &SpanFacetsQuestion, names: &[String]) -> Result<Vec<Expr>, AskError> {
    let mut columns = vec![ident("weight")];
    for (place, set) in question.sets.iter().enumerate() {
        columns.push(condition(set).is_true().alias(format!("set {place}")));
    }
    for (place, field) in question.fields.iter().enumerate() {
        let text = match field.shape() {
            Shape::Text => field.value(),
            Shape::Whole | Shape::Truth => cast(field.value(), DataType::Utf8),
            _ => return Err(AskError::Invalid(format!("{field:?} has no frequent values"))),
        };
        columns.push(text.alias(format!("field {place}")));
    }
    columns.extend(names.iter().map(|name| ident(text_column(name))));
    columns.extend([ident(TEXTS), ident(NUMBERS)]);
    Ok(columns)
}

/// What was counted of one field or attribute, in each set.
#[derive(Default)]
struct Facet {
    totals: Vec<f64>,
    values: HashMap<String, Vec<f64>>,
}

struct Counts {
    totals: Vec<f64>,
    fields: HashMap<SpanField, Facet>,
    /// Attributes by name, which are looked up by names that are not ours.
    attributes: HashMap<String, Facet>,
    values: usize,
}

/// For each row what it adds to each set.
struct Weights {
    sets: usize,
    weights: Vec<f64>,
}

impl Weights {
    fn of(batch: &RecordBatch, sets: usize) -> Option<Self> {
        let rows: &Float64Array = batch.column(0).as_primitive_opt::<Float64Type>()?;
        let within = batch.columns().get(1..=sets)?;
        let within: Option<Vec<&BooleanArray>> =
            within.iter().map(|set| set.as_boolean_opt()).collect();
        let within = within?;
        let mut weights = Vec::with_capacity(rows.len() * sets);
        for (row, weight) in rows.values().iter().enumerate() {
            let counts = |set: &&BooleanArray| if set.value(row) { *weight } else { 0.0 };
            weights.extend(within.iter().map(counts));
        }
        Some(Self { sets, weights })
    }

    fn of_row(&self, row: usize) -> &[f64] {
        self.weights.get(row * self.sets..(row + 1) * self.sets).unwrap_or_default()
    }
}

fn add(totals: &mut [f64], weights: &[f64]) {
    for (total, weight) in totals.iter_mut().zip(weights) {
        *total += weight;
    }
}

impl Facet {
    fn new(sets: usize) -> Self {
        Self { totals: vec![0.0; sets], values: HashMap::new() }
    }

    /// `room` is how many further values may be counted apart.
    fn count(&mut self, text: &str, weights: &[f64], room: &mut usize) {
        if text.is_empty() {
            return;
        }
        add(&mut self.totals, weights);
        if let Some(known) = self.values.get_mut(text) {
            add(known, weights);
        } else if text.len() <= VALUE_BYTES_MAX && self.values.len() < VALUES_MAX && *room > 0 {
            *room -= 1;
            self.values.insert(text.to_owned(), weights.to_vec());
        }
    }
}

impl Counts {
    fn new(sets: usize) -> Self {
        Self {
            totals: vec![0.0; sets],
            fields: HashMap::new(),
            attributes: HashMap::new(),
            values: VALUES_OF_ALL_MAX,
        }
    }

    /// `None` when the batch does not look as it should.
    fn add(
        &mut self,
        batch: &RecordBatch,
        question: &SpanFacetsQuestion,
        names: &[String],
    ) -> Option<()> {
        let sets = question.sets.len();
        let weights = Weights::of(batch, sets)?;
        for row in 0..batch.num_rows() {
            add(&mut self.totals, weights.of_row(row));
        }
        let mut columns = batch.columns().iter().skip(1 + sets);
        for field in &question.fields {
            let facet = self.fields.entry(field.clone()).or_insert_with(|| Facet::new(sets));
            count_column(facet, columns.next()?, &weights, &mut self.values)?;
        }
        for name in names {
            let column = columns.next()?;
            if let Some(facet) = facet_of(&mut self.attributes, name, sets) {
                count_column(facet, column, &weights, &mut self.values)?;
            }
        }
        let (texts, numbers) = (columns.next()?.as_map_opt()?, columns.next()?.as_map_opt()?);
        self.add_texts(texts, names, &weights)?;
        self.add_numbers(numbers, names, &weights)
    }

    fn add_texts(&mut self, map: &MapArray, names: &[String], weights: &Weights) -> Option<()> {
        let values: &StringArray = map.values().as_string_opt()?;
        each_entry(map, names, &mut |row, name, place| {
            if let Some(facet) = facet_of(&mut self.attributes, name, weights.sets) {
                facet.count(values.value(place), weights.of_row(row), &mut self.values);
            }
        })
    }

    fn add_numbers(&mut self, map: &MapArray, names: &[String], weights: &Weights) -> Option<()> {
        let values: &Float64Array = map.values().as_primitive_opt::<Float64Type>()?;
        each_entry(map, names, &mut |row, name, place| {
            let written = values.value(place).to_string();
            if let Some(facet) = facet_of(&mut self.attributes, name, weights.sets) {
                facet.count(&written, weights.of_row(row), &mut self.values);
            }
        })
    }

    fn finish(self, question: &SpanFacetsQuestion) -> SpanFacets {
        let totals = self.totals;
        let share = |counts: &[f64]| {
            let shares = counts.iter().zip(&totals).map(|(count, total)| count / total.max(1.0));
            shares.fold(0.0, f64::max)
        };
        let attributes = self.attributes.into_iter();
        let attributes = attributes.map(|(name, facet)| (SpanField::Attribute(name), facet));
        let all = self.fields.into_iter().chain(attributes);
        let mut facets: Vec<SpanFacet> = all
            .map(|(field, facet)| {
                let mut values: Vec<(String, Vec<f64>)> = facet.values.into_iter().collect();
                values.sort_unstable_by(|(one, of_one), (other, of_other)| {
                    share(of_other).total_cmp(&share(of_one)).then_with(|| one.cmp(other))
                });
                values.truncate(question.values_max);
                SpanFacet { field, totals: facet.totals, values }
            })
            .filter(|facet| facet.totals.iter().any(|total| *total > 0.0))
            .collect();
        let rows = |facet: &SpanFacet| facet.totals.iter().sum::<f64>();
        facets.sort_by(|one, other| {
            let by_rows = rows(other).total_cmp(&rows(one));
            by_rows.then_with(|| name(&one.field).cmp(&name(&other.field)))
        });
        facets.truncate(question.facets_max);
        SpanFacets { totals, facets }
    }
}

/// What an order among equals is made by.
fn name(field: &SpanField) -> String {
    format!("{field:?}")
}

/// The attribute's counts; `None` when there are too many attributes.
fn facet_of<'a>(
    facets: &'a mut HashMap<String, Facet>,
    name: &str,
    sets: usize,
) -> Option<&'a mut Facet> {
    if !facets.contains_key(name) {
        if facets.len() >= FACETS_MAX {
            return None;
        }
        facets.insert(name.to_owned(), Facet::new(sets));
    }
    facets.get_mut(name)
}

/// Calls `visit` with row, name and place of each entry of an attribute that has no column.
fn each_entry(
    map: &MapArray,
    names: &[String],
    visit: &mut dyn FnMut(usize, &str, usize),
) -> Option<()> {
    let keys: &StringArray = map.keys().as_string_opt()?;
    let place = |end: &i32| usize::try_from(*end).unwrap_or_default();
    for (row, ends) in map.value_offsets().windows(2).enumerate() {
        let [start, end] = ends else { continue };
        for entry in place(start)..place(end) {
            let name = keys.value(entry);
            // Sorted when they were collected.
            if names.binary_search_by(|known| known.as_str().cmp(name)).is_err() {
                visit(row, name, entry);
            }
        }
    }
    Some(())
}

/// Adds up by the places in the dictionary, where there is one: each different text is looked up once.
fn count_column(
    facet: &mut Facet,
    column: &ArrayRef,
    weights: &Weights,
    room: &mut usize,
) -> Option<()> {
    let Some(texts) = column.as_dictionary_opt::<Int32Type>() else {
        let texts: &StringArray = column.as_string_opt()?;
        for (row, text) in texts.iter().enumerate() {
            facet.count(text.unwrap_or_default(), weights.of_row(row), room);
        }
        return Some(());
    };
    let values: &StringArray = texts.values().as_string_opt()?;
    let sets = weights.sets;
    let mut sums: Vec<Option<Vec<f64>>> = vec![None; values.len()];
    for (row, key) in texts.keys_iter().enumerate() {
        if let Some(sum) = key.and_then(|key| sums.get_mut(key)) {
            add(sum.get_or_insert_with(|| vec![0.0; sets]), weights.of_row(row));
        }
    }
    for (place, sum) in sums.into_iter().enumerate() {
        if let Some(sum) = sum.filter(|_| values.is_valid(place)) {
            facet.count(values.value(place), &sum, room);
        }
    }
    Some(())
}
