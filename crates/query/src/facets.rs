//! Tags or feature flags with their most frequent values, counted while the rows stream by.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::logical_expr::ident;
use futures::TryStreamExt;
use lang::ask::{self, AskError, Facet, FacetQuestion, FacetValue};
use model::clock::Micros;

use crate::failed;
use crate::filter::{few_match, rows_of};
use crate::pattern::{Pairs, Pattern};
use crate::scan::Source;
use crate::session::{Session, asked};

/// Tags that are counted; rows of further ones are not.
const TAGS_MAX: usize = 1_000;
/// Values of one tag that are counted apart; further ones count only in its total.
const VALUES_MAX: usize = 10_000;
/// Values of all tags together that are counted apart, which bounds the memory to some 20 MB.
const VALUES_OF_ALL_MAX: usize = 100_000;

/// The pairs of the question's rows, the most frequent first.
pub(crate) async fn answer(
    session: &Session,
    question: &FacetQuestion,
    mut source: Source,
) -> Result<Vec<Facet>, AskError> {
    // The files of its parts must stay until all is read.
    let _parts = source.parts.clone();
    source.few_match |= few_match(&question.filter);
    let rows = rows_of(&question.filter, source.rest_of_scope());
    let mut frame = session.read(source)?;
    if let Some(rows) = rows {
        frame = frame.filter(rows).map_err(asked)?;
    }
    let pairs = match question.pairs {
        ask::Pairs::Tags => "tags",
        ask::Pairs::Flags => "flags",
    };
    let frame = frame.select(vec![ident(pairs), ident("timestamp")]).map_err(asked)?;
    let mut stream = frame.execute_stream().await.map_err(asked)?;
    let mut counts = Counts::new(question);
    while let Some(batch) = stream.try_next().await.map_err(asked)? {
        counts.add(&batch).ok_or_else(|| failed("pairs are not texts"))?;
    }
    Ok(counts.finish(question.values_max))
}

/// What was seen of one value.
struct Seen {
    count: u64,
    first: i64,
    last: i64,
}

#[derive(Default)]
struct Tag {
    total: u64,
    values: HashMap<String, Seen>,
}

struct Counts<'a> {
    key: Option<&'a str>,
    values_with: Option<Pattern>,
    tags: HashMap<String, Tag>,
    values: usize,
}

impl<'a> Counts<'a> {
    fn new(question: &'a FacetQuestion) -> Self {
        let part = question.value_contains.as_str();
        Self {
            key: question.key.as_deref(),
            values_with: (!part.is_empty()).then(|| Pattern::contains(part)),
            tags: HashMap::new(),
            values: 0,
        }
    }

    /// `None` when the batch does not look as it should.
    fn add(&mut self, batch: &RecordBatch) -> Option<()> {
        let pairs = Pairs::of(batch.columns().first()?.as_map_opt()?)?;
        let times = batch.column_by_name("timestamp")?.as_primitive_opt::<Int64Type>()?;
        for (row, time) in times.values().iter().enumerate() {
            for (key, value) in pairs.of_row(row) {
                if self.key.is_none_or(|wanted| wanted == key) {
                    self.count(key, value, *time);
                }
            }
        }
        Some(())
    }

    fn count(&mut self, key: &str, value: &str, time: i64) {
        if self.values_with.as_ref().is_some_and(|pattern| !pattern.fits_text(value)) {
            return;
        }
        // Looked up before a key is made, because nearly all are there already.
        if !self.tags.contains_key(key) {
            if self.tags.len() >= TAGS_MAX {
                return;
            }
            self.tags.insert(key.to_owned(), Tag::default());
        }
        let Some(tag) = self.tags.get_mut(key) else { return };
        tag.total += 1;
        if let Some(seen) = tag.values.get_mut(value) {
            seen.count += 1;
            seen.first = seen.first.min(time);
            seen.last = seen.last.max(time);
            return;
        }
        if tag.values.len() < VALUES_MAX
            && self.values < VALUES_OF_ALL_MAX
            && let Entry::Vacant(entry) = tag.values.entry(value.to_owned())
        {
            entry.insert(Seen { count: 1, first: time, last: time });
            self.values += 1;
        }
    }

    fn finish(self, values_max: usize) -> Vec<Facet> {
        let moment = |micros: i64| Micros(u64::try_from(micros).unwrap_or_default());
        let facet = |(key, tag): (String, Tag)| {
            let unique = tag.values.len() as u64;
            let mut values: Vec<FacetValue> = tag
                .values
                .into_iter()
                .map(|(value, seen)| FacetValue {
                    value,
                    count: seen.count,
                    first_seen: moment(seen.first),
                    last_seen: moment(seen.last),
                })
                .collect();
            values.sort_unstable_by(|left, right| {
                right.count.cmp(&left.count).then_with(|| left.value.cmp(&right.value))
            });
            values.truncate(values_max);
            Facet { key, total: tag.total, unique, values }
        };
        let mut facets: Vec<Facet> = self.tags.into_iter().map(facet).collect();
        facets.sort_unstable_by(|left, right| {
            right.total.cmp(&left.total).then_with(|| left.key.cmp(&right.key))
        });
        facets
    }
}
