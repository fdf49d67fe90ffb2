//! Which rows a request is about, by Sentry's names of data sets.

use lang::ask::{Filter, SpanField};
pub(crate) use lang::data_set::Source;
use lang::data_set::asks_transactions;

use crate::error::ApiError;
use crate::params::Params;

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
        let Some(source) = Source::named(name.unwrap_or("discover")) else {
            let names: Vec<&str> = Source::names().collect();
            let sentence = format!("dataset must be one of: {}", names.join(", "));
            return Err(ApiError::Invalid(sentence));
        };
        let is_open = name.is_none_or(|name| name == "discover");
        let columns = params.all("field").chain(params.all("yAxis"));
        let query = params.get("query").unwrap_or_default();
        let source = match source {
            Source::Errors if is_open && asks_transactions(columns, query) => Source::Transactions,
            source => source,
        };
        Ok(Self { name: name.unwrap_or("errors").to_owned(), source })
    }

    /// The rows that belong to it besides what is asked.
    pub(crate) fn spans(&self, filter: Filter<SpanField>) -> Filter<SpanField> {
        self.source.spans(filter)
    }
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
