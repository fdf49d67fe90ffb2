//! Which rows a question is about, by Sentry's names of data sets.

use crate::ask::{Answer, Ask, Cell, Field, Filter, Operator, SpanField, Table, TableQuestion};
use crate::search::{SearchError, SearchField, column};

/// A kind of rows that can be asked for.
pub trait Rows: SearchField {
    /// Columns that rows carry unasked, because links are made of them.
    const LINKS: [&'static str; 2] = ["id", "project.name"];

    /// Asks for them.
    fn ask(ask: &dyn Ask, question: TableQuestion<Self>) -> Answer<'_, Table>;

    /// What a search that is nothing but 32 hex digits means.
    fn by_id(digits: &str) -> Filter<Self>;
}

impl Rows for Field {
    fn ask(ask: &dyn Ask, question: TableQuestion) -> Answer<'_, Table> {
        ask.table(question)
    }

    fn by_id(digits: &str) -> Filter {
        is(Self::EventId, digits)
    }
}

impl Rows for SpanField {
    fn ask(ask: &dyn Ask, question: TableQuestion<Self>) -> Answer<'_, Table> {
        ask.spans(question)
    }

    fn by_id(digits: &str) -> Filter<Self> {
        let event = Self::Attribute("sentry.event_id".to_owned());
        Filter::Or(vec![is(Self::Trace, digits), is(event, digits)])
    }
}

/// Rows whose text is that one.
pub fn is<F>(field: F, text: &str) -> Filter<F> {
    Filter::Compare(field, Operator::Equal, Cell::Text(text.to_owned()))
}

/// Rows that are top spans of their service: what Sentry calls transactions.
pub fn is_segment() -> Filter<SpanField> {
    SpanField::IsSegment.truth("", true)
}

/// Both conditions.
pub fn both<F>(left: Filter<F>, right: Filter<F>) -> Filter<F> {
    match (left, right) {
        (Filter::All, only) | (only, Filter::All) => only,
        (left, right) => Filter::And(vec![left, right]),
    }
}

/// Where the rows of a data set come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Error events.
    Errors,
    /// Spans.
    Spans,
    /// Spans that are transactions.
    Transactions,
    /// Nowhere: nothing of the kind is stored. Pages made for it stay empty instead of failing.
    Nowhere,
}

/// Sentry's names.
const NAMES: [(&str, Source); 15] = [
    ("errors", Source::Errors),
    ("discover", Source::Errors),
    ("spans", Source::Spans),
    ("spansMetrics", Source::Spans),
    ("transactions", Source::Transactions),
    ("metricsEnhanced", Source::Transactions),
    ("logs", Source::Nowhere),
    ("ourlogs", Source::Nowhere),
    ("tracemetrics", Source::Nowhere),
    ("profile_functions", Source::Nowhere),
    ("profileFunctions", Source::Nowhere),
    ("uptime_results", Source::Nowhere),
    ("issuePlatform", Source::Nowhere),
    ("profiles", Source::Nowhere),
    ("metrics", Source::Nowhere),
];

impl Source {
    /// All names of data sets.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// The data set of that name.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, source)| *source)
    }

    /// The spans that belong to it besides what is asked.
    pub fn spans(self, filter: Filter<SpanField>) -> Filter<SpanField> {
        match self {
            Self::Transactions => both(is_segment(), filter),
            Self::Errors | Self::Spans | Self::Nowhere => filter,
        }
    }
}

/// Beginnings of keys that only transactions have.
const OF_TRANSACTIONS: [&str; 5] =
    ["transaction.duration", "transaction.op", "transaction.status", "measurements.", "spans."];

/// Whether a question about errors or transactions is one about transactions: what is asked tells.
pub fn asks_transactions<'a>(mut columns: impl Iterator<Item = &'a str>, query: &str) -> bool {
    let is_key = |text: &str| OF_TRANSACTIONS.iter().any(|known| text.starts_with(known));
    let by_columns =
        columns.any(|name| is_key(name) || matches!(column(name), Err(SearchError::Column { .. })));
    by_columns
        || query.split_ascii_whitespace().any(|word| {
            let word = word.trim_start_matches(['!', '(']);
            word.starts_with("event.type:transaction") || is_key(word)
        })
}
