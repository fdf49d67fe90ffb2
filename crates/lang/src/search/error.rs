//! What is wrong with a search, in the words that Sentry's clients know.

/// A search, a column or a time range that has no meaning; the text is for the person who wrote it.
///
/// Source: the messages of Sentry's own parser, which clients show as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SearchError {
    #[error("Search is too long. Use at most {} characters.", model::limits::SEARCH_CHARS_MAX)]
    TooLong,
    #[error(
        "Search is nested too deeply. Use at most {} parentheses within each other.",
        super::syntax::NESTING_MAX
    )]
    TooDeep,
    #[error(
        "Parse error at '{at}' (column {column}). This is commonly caused by unmatched parentheses. Enclose any text in double quotes."
    )]
    Unmatched { at: String, column: usize },
    #[error("Invalid quote at '{at}': quotes must enclose text or be escaped.")]
    Quote { at: String },
    #[error("Empty string after '{key}:'")]
    EmptyValue { key: String },
    #[error("Lists should not have empty values")]
    EmptyListItem,
    #[error(
        "{key}: Invalid date: {value}. Expected +/-duration (e.g. +1h) or ISO 8601-like (e.g. 2026-11-21T10:00:00)."
    )]
    Date { key: String, value: String },
    #[error(
        "{key}: Invalid number: {value}. Expected number then optional k, m, or b suffix (e.g. 500k)."
    )]
    Number { key: String, value: String },
    #[error("{key}: Invalid boolean: {value}. Expected true, 1, false, or 0.")]
    Boolean { key: String, value: String },
    #[error("{key}: Invalid value: {value}. Expected one of {expected}.")]
    Choice { key: String, value: String, expected: String },
    #[error("Invalid value for \"is\" search, valid values are {expected}")]
    Is { expected: String },
    #[error("\"in\" syntax invalid for \"is\" search")]
    IsList,
    #[error("\"is:\" queries are not supported in this search.")]
    IsNotHere,
    #[error("Invalid format for \"has\" search: was expecting a field or tag instead")]
    Has,
    #[error("Invalid key for this search: {key}")]
    Key { key: String },
    #[error("Boolean statements containing \"OR\" or \"AND\" are not supported in this search")]
    BooleanNotHere,
    #[error("Aggregate filters ({function}) are not supported in issue searches.")]
    AggregateNotHere { function: String },
    #[error("Aggregate filters ({function}) cannot be combined with OR.")]
    AggregateInOr { function: String },
    #[error("Condition is missing on the {side} side of '{operator}' operator")]
    MissingSide { side: &'static str, operator: &'static str },
    #[error("Missing condition in between two condition operators: '{left} {right}'")]
    MissingBetween { left: &'static str, right: &'static str },
    #[error("{function} is not a valid function")]
    Function { function: String },
    #[error("{column} is not a valid column: {reason}")]
    Column { column: String, reason: &'static str },
    #[error("'{equation}' is not a valid equation")]
    Equation { equation: String },
    #[error("start and end are both required")]
    HalfWindow,
    #[error("start must be before end")]
    EmptyWindow,
    #[error("Invalid statsPeriod: '{0}'")]
    Period(String),
    #[error("Invalid interval: '{0}'")]
    Interval(String),
    #[error(
        "Your interval and date range would create too many results. Use a larger interval, or a smaller date range."
    )]
    TooManyPoints,
    #[error("Invalid date: '{0}'. Expected an ISO 8601 date or time.")]
    Moment(String),
}
