//! The typed plan every question becomes, and the trait that answers it.
//!
//! `api` and `alert` know only this; neither sees Arrow, Parquet or SQL.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId, TraceId};
use model::sketch::Sketch;
use model::span::{NO_FAILURES, SpanRow};

/// A question could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The question itself is wrong; the text tells the asker why.
    #[error("{0}")]
    Invalid(String),
    /// It took longer than `model::limits::QUERY_MILLIS_MAX`.
    #[error("the question took too long; ask for a shorter time range or fewer columns")]
    TooLong,
    /// Too many heavy questions, or too little memory, right now.
    #[error("too many questions at the moment; try again in a few seconds")]
    Busy,
    /// The engine failed.
    #[error("answering the question")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An answer that is being worked on.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, AskError>> + Send + 'a>>;

/// Answers questions about stored telemetry.
pub trait Ask: Debug + Send + Sync {
    /// Error events: rows, groups or time buckets.
    fn table(&self, question: TableQuestion) -> Answer<'_, Table>;

    /// Spans: rows, groups or time buckets. `Scope::issues` is not asked for here. Aggregates count each
    /// row as often as its weight says. Questions for counts, failures and durations by project,
    /// environment, release, transaction, operation or what was done, over some time, count all spans
    /// there were before sampling; their window begins and ends at full minutes, of long and old ones at
    /// full hours.
    fn spans(&self, question: TableQuestion<SpanField>) -> Answer<'_, Table>;

    /// All stored spans of a trace in these projects, by start, `model::limits::TRACE_SPANS_MAX` at
    /// most; a span that was sent twice is there once. No time is needed to find them.
    fn trace(&self, question: TraceQuestion) -> Answer<'_, Trace>;

    /// Names of attributes that spans have, the most frequent first.
    fn span_attributes(&self, question: SpanAttributesQuestion) -> Answer<'_, Vec<SpanAttribute>> {
        let _ = question;
        Box::pin(std::future::ready(Err(not_here("names of attributes"))))
    }

    /// The most frequent values of attributes of spans, counted apart for several sets of spans in one
    /// pass. Counts go by weight. Facets with the most rows first; values that are most frequent in any
    /// of the sets first.
    fn span_facets(&self, question: SpanFacetsQuestion) -> Answer<'_, SpanFacets> {
        let _ = question;
        Box::pin(std::future::ready(Err(not_here("values of attributes"))))
    }

    /// The payload of one event: JSON as it was stored, `_meta` included. `None` when there is no
    /// such event in that project.
    fn event(&self, project: ProjectId, event: EventId) -> Answer<'_, Option<StoredEvent>>;

    /// Names of tags or feature flags with their most frequent values.
    fn facets(&self, question: FacetQuestion) -> Answer<'_, Vec<Facet>>;
}

fn not_here(what: &str) -> AskError {
    AskError::Invalid(format!("{what} cannot be asked for here"))
}

/// An event with the issue it is in.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// The issue it was grouped into. Merged issues: look the survivor up in `meta`.
    pub issue: IssueId,
    /// When it happened.
    pub timestamp: Micros,
    /// When it arrived.
    pub received: Micros,
    /// The normalised, scrubbed event as JSON.
    pub payload: Vec<u8>,
}

/// From when to when, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First moment that counts.
    pub start: Micros,
    /// First moment that does not count any more.
    pub end: Micros,
}

/// Which rows a question may see at all. The caller has checked the right to see them.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// Rows of these projects; none means no rows.
    pub projects: Vec<ProjectId>,
    /// Rows of these issues only; `None` means all. Merged issues must be listed with their survivor.
    pub issues: Option<Vec<IssueId>>,
    /// Rows of these environments only; empty means all; an empty text stands for "none given".
    pub environments: Vec<String>,
    /// Rows whose `timestamp` lies here.
    pub window: Window,
}

/// A question for rows (no aggregate in `columns`) or groups (at least one aggregate: the other
/// columns are what is grouped by).
#[derive(Debug, Clone, PartialEq)]
pub struct TableQuestion<F = Field> {
    /// Which rows.
    pub scope: Scope,
    /// Which of these rows.
    pub filter: Filter<F>,
    /// What to answer, in this order.
    pub columns: Vec<Column<F>>,
    /// Which groups; compares the aggregates at these places of `columns`.
    pub having: Vec<Having>,
    /// By which columns (places in `columns`) to sort.
    pub order: Vec<(usize, Direction)>,
    /// Rows or groups to skip.
    pub offset: usize,
    /// Rows or groups to answer at most.
    pub limit: usize,
}

/// Which way to sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// One column of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Column<F = Field> {
    /// A field as it is.
    Field(F),
    /// The start of the time bucket of that many microseconds in which `timestamp` lies.
    Bucket(u64),
    /// A value over all rows of a group.
    Aggregate(Aggregate<F>),
}

/// A value over rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Aggregate<F = Field> {
    /// Rows. Of spans: how many there were before sampling.
    Count,
    /// Rows that match.
    CountIf(Filter<F>),
    /// Different values, exactly; empty ones do not count.
    CountUnique(F),
    /// The smallest value.
    Min(F),
    /// The largest value.
    Max(F),
    /// The sum of a numeric field.
    Sum(F),
    /// The mean of a numeric field.
    Average(F),
    /// The value below which that share of the values of a numeric field lies, from 0 to 1, to within
    /// 1 % of the value.
    Quantile(F, f64),
    /// The values of a numeric field, counted: a [`Cell::Histogram`].
    Histogram(F),
    /// The sum of the squares of a numeric field.
    Squares(F),
    /// The value of one field in the newest row.
    Latest(F),
}

/// A condition on groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Having {
    /// Place in [`TableQuestion::columns`].
    pub column: usize,
    /// How to compare.
    pub operator: Operator,
    /// With what.
    pub value: f64,
}

/// A field of an error event. Names in comments are those of the search language.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named as the columns of `model::error_row::ErrorRow`")]
pub enum Field {
    Project,
    Issue,
    EventId,
    Timestamp,
    Received,
    Level,
    EventType,
    Platform,
    Environment,
    Release,
    Dist,
    Transaction,
    ServerName,
    Logger,
    Title,
    Message,
    Culprit,
    User,
    UserId,
    UserEmail,
    UserUsername,
    UserIp,
    GeoCountry,
    SdkName,
    SdkVersion,
    HttpMethod,
    HttpUrl,
    ErrorType,
    ErrorValue,
    ErrorMechanism,
    /// A truth value or nothing.
    ErrorHandled,
    StackFunctions,
    StackModules,
    StackFilenames,
    Trace,
    Span,
    Replay,
    Size,
    Attachments,
    /// The tag of that name.
    Tag(String),
    /// The feature flag of that name.
    Flag(String),
}

/// A field of a span. Names in comments are those of the search language.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named as the fields of `model::span::SpanRow`")]
pub enum SpanField {
    Project,
    Trace,
    Span,
    Parent,
    Segment,
    IsSegment,
    Timestamp,
    /// Milliseconds.
    Duration,
    /// Milliseconds.
    SelfTime,
    Received,
    Op,
    Category,
    Name,
    Description,
    /// 16 hex digits.
    Group,
    Transaction,
    Status,
    Environment,
    Release,
    Platform,
    User,
    /// How many spans the row stands for.
    Weight,
    /// The attribute of that name as text, whatever it is.
    Attribute(String),
    /// The attribute of that name as a number; nothing where it is none.
    Number(String),
}

/// A question for a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceQuestion {
    /// Which projects the asker may see.
    pub projects: Vec<ProjectId>,
    /// Which trace.
    pub trace: TraceId,
}

/// The spans of a trace.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// By start.
    pub spans: Vec<SpanRow<'static>>,
    /// True when there are more than are answered.
    pub is_cut: bool,
}

/// A question for the names of attributes.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanAttributesQuestion {
    /// Which rows; a sample of the newest is enough.
    pub scope: Scope,
    /// Only names with this within them, without regard to case; empty means all.
    pub name_contains: String,
    /// Names to answer at most.
    pub limit: usize,
}

/// A name of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanAttribute {
    /// The name.
    pub name: String,
    /// What most of its values are.
    pub kind: AttributeKind,
    /// Spans that have it, as far as was looked.
    pub count: u64,
}

/// What the values of an attribute are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AttributeKind {
    Text,
    Number,
    Bool,
}

/// A question for the values of many attributes at once.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanFacetsQuestion {
    /// Which rows.
    pub scope: Scope,
    /// The sets that are counted apart; a row may be in none or in several.
    pub sets: Vec<Filter<SpanField>>,
    /// Fields that are counted besides the attributes; never [`SpanField::Attribute`] or
    /// [`SpanField::Number`].
    pub fields: Vec<SpanField>,
    /// Facets at most.
    pub facets_max: usize,
    /// Values per facet at most.
    pub values_max: usize,
}

/// The values of attributes in several sets of spans.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpanFacets {
    /// Spans of each set.
    pub totals: Vec<f64>,
    /// Fields and attributes.
    pub facets: Vec<SpanFacet>,
}

/// A field or attribute with its most frequent values.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanFacet {
    /// What has the values; [`SpanField::Attribute`] for attributes, whatever they are.
    pub field: SpanField,
    /// For each set the spans that have it.
    pub totals: Vec<f64>,
    /// The values, each with the spans of each set that have it.
    pub values: Vec<(String, Vec<f64>)>,
}

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value in a filter or an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing there.
    Null,
    /// Text; ids are written as in the API.
    Text(String),
    /// A whole number.
    U64(u64),
    /// Any number.
    F64(f64),
    /// A truth value.
    Bool(bool),
    /// A moment.
    Time(Micros),
    /// Numbers, counted. Only in answers.
    Histogram(Sketch),
}

/// Which rows match. Text compares without regard to case only in [`Filter::Contains`] and
/// [`Filter::Glob`].
#[derive(Debug, Clone, PartialEq)]
pub enum Filter<F = Field> {
    /// Every row.
    All,
    /// No row.
    Nothing,
    /// Rows that match all of them.
    And(Vec<Filter<F>>),
    /// Rows that match one of them.
    Or(Vec<Filter<F>>),
    /// Rows that do not match. A row without the field matches `Not(Compare(… Equal …))`.
    Not(Box<Filter<F>>),
    /// Rows whose field has a value, which is not the empty text.
    Has(F),
    /// Rows whose field compares so with the value.
    Compare(F, Operator, Cell),
    /// Rows whose field is one of the values.
    In(F, Vec<Cell>),
    /// Rows whose text has this within it.
    Contains(F, String),
    /// Rows whose whole text fits the pattern. Of the multi-line stack fields: one of the lines does.
    Glob(F, Glob),
}

impl Filter<SpanField> {
    /// Spans whose work failed.
    pub fn is_failure() -> Self {
        let statuses = NO_FAILURES.iter().filter(|status| !status.is_empty());
        let cells = statuses.map(|&status| Cell::Text(status.to_owned())).collect();
        let is_fine = Self::Not(Box::new(Self::In(SpanField::Status, cells)));
        Self::And(vec![Self::Has(SpanField::Status), is_fine])
    }
}

/// A pattern: literal pieces with any text between two neighbours. `a*` is `["a", ""]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    /// The pieces, at least two.
    pub pieces: Vec<String>,
}

/// Rows of an answer; each has one cell per asked column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// What pairs of a name and a value an event has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairs {
    /// Its tags.
    Tags,
    /// The feature flags that were evaluated before it, with their results.
    Flags,
}

/// A question for tags or feature flags.
#[derive(Debug, Clone, PartialEq)]
pub struct FacetQuestion {
    /// Which rows.
    pub scope: Scope,
    /// Which of these rows.
    pub filter: Filter,
    /// Which pairs of these rows.
    pub pairs: Pairs,
    /// Only this name; `None` means all.
    pub key: Option<String>,
    /// Only values with this within them, without regard to case; empty means all.
    pub value_contains: String,
    /// Values per name at most, the most frequent first.
    pub values_max: usize,
}

/// A tag or feature flag with its most frequent values.
#[derive(Debug, Clone, PartialEq)]
pub struct Facet {
    /// Its name.
    pub key: String,
    /// Rows that have it.
    pub total: u64,
    /// Different values of it.
    pub unique: u64,
    /// The most frequent values.
    pub values: Vec<FacetValue>,
}

/// A value of a tag.
#[derive(Debug, Clone, PartialEq)]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// Rows that have it.
    pub count: u64,
    /// When it was first seen in the window.
    pub first_seen: Micros,
    /// When it was last seen in the window.
    pub last_seen: Micros,
}
