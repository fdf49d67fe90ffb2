//! Which rows a question is about, by Sentry's names of data sets.

use lang::ask::{Answer, Ask, Field, Filter, SpanField, Table, TableQuestion};
use lang::search::{SearchError, SearchField, column};

use crate::error::ApiError;
use crate::event_search::{both, with_merged_issues};
use crate::params::Params;
use crate::state::Api;

/// A kind of rows that can be asked for.
pub(crate) trait Rows: SearchField {
    /// Columns that rows carry unasked, because links are made of them.
    const LINKS: [&'static str; 2] = ["id", "project.name"];

    /// Asks for them.
    fn ask(ask: &dyn Ask, question: TableQuestion<Self>) -> Answer<'_, Table>;

    /// What a search that is nothing but 32 hex digits means.
    fn by_id(digits: &str) -> Filter<Self>;

    /// A filter on what people see as one, on all that is stored apart. Blocks.
    fn widened(_api: &Api, filter: Filter<Self>) -> Result<Filter<Self>, ApiError> {
        Ok(filter)
    }
}

impl Rows for Field {
    fn ask(ask: &dyn Ask, question: TableQuestion) -> Answer<'_, Table> {
        ask.table(question)
    }

    fn by_id(digits: &str) -> Filter {
        is(Self::EventId, digits)
    }

    fn widened(api: &Api, filter: Filter) -> Result<Filter, ApiError> {
        with_merged_issues(api, filter)
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
pub(crate) fn is<F>(field: F, text: &str) -> Filter<F> {
    let cell = lang::ask::Cell::Text(text.to_owned());
    Filter::Compare(field, lang::ask::Operator::Equal, cell)
}

/// Rows that are top spans of their service: what Sentry calls transactions.
pub(crate) fn is_segment() -> Filter<SpanField> {
    SpanField::IsSegment.truth("", true)
}

/// Where the rows of a data set come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
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

/// Beginnings of keys that only transactions have.
const OF_TRANSACTIONS: [&str; 5] =
    ["transaction.duration", "transaction.op", "transaction.status", "measurements.", "spans."];

/// The data set a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataSet {
    /// As it was asked for.
    pub(crate) name: String,
    /// Where its rows come from.
    pub(crate) source: Source,
}

impl DataSet {
    /// Reads `dataset`. `discover`, which is also meant by nothing, holds errors and transactions; what
    /// is asked about them tells which.
    pub(crate) fn read(params: &Params) -> Result<Self, ApiError> {
        let name = params.get("dataset").filter(|name| !name.is_empty());
        let known = NAMES.iter().find(|(known, _)| *known == name.unwrap_or("discover"));
        let Some((_, source)) = known else {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            let sentence = format!("dataset must be one of: {}", names.join(", "));
            return Err(ApiError::Invalid(sentence));
        };
        let is_open = name.is_none_or(|name| name == "discover");
        let source = match source {
            Source::Errors if is_open && asks_transactions(params) => Source::Transactions,
            source => *source,
        };
        Ok(Self { name: name.unwrap_or("errors").to_owned(), source })
    }

    /// The rows that belong to it besides what is asked.
    pub(crate) fn spans(&self, filter: Filter<SpanField>) -> Filter<SpanField> {
        match self.source {
            Source::Transactions => both(is_segment(), filter),
            Source::Errors | Source::Spans | Source::Nowhere => filter,
        }
    }
}

/// Whether a question about errors or transactions is one about transactions.
fn asks_transactions(params: &Params) -> bool {
    let is_key = |text: &str| OF_TRANSACTIONS.iter().any(|known| text.starts_with(known));
    let mut columns = params.all("field").chain(params.all("yAxis"));
    let by_columns =
        columns.any(|name| is_key(name) || matches!(column(name), Err(SearchError::Column { .. })));
    let mut words = params.get("query").unwrap_or_default().split_ascii_whitespace();
    by_columns
        || words.any(|word| {
            let word = word.trim_start_matches(['!', '(']);
            word.starts_with("event.type:transaction") || is_key(word)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_sets_are_known_by_name() {
        let read = |query: &str| DataSet::read(&Params::parse(query)).map(|set| set.source).ok();
        assert_eq!(read(""), Some(Source::Errors));
        assert_eq!(read("dataset=discover&field=title&field=count()"), Some(Source::Errors));
        assert_eq!(read("dataset=spans"), Some(Source::Spans));
        assert_eq!(read("dataset=transactions"), Some(Source::Transactions));
        assert_eq!(read("dataset=logs"), Some(Source::Nowhere));
        assert_eq!(read("dataset=nonsense"), None);
    }

    #[test]
    fn what_is_asked_tells_errors_from_transactions() {
        let read = |query: &str| DataSet::read(&Params::parse(query)).unwrap().source;
        assert_eq!(read("query=event.type:transaction"), Source::Transactions);
        assert_eq!(read("query=level:error (transaction.duration:>1s)"), Source::Transactions);
        assert_eq!(read("yAxis=p95()"), Source::Transactions);
        assert_eq!(read("field=transaction.duration"), Source::Transactions);
        assert_eq!(read("dataset=errors&query=transaction.op:x"), Source::Errors);
    }
}
