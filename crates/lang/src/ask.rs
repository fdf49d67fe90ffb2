//! The typed plan every question becomes, and the trait that answers it.
//!
//! `api` and `alert` know only this; neither sees Arrow, Parquet or SQL.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};

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
    /// Rows, groups or time buckets.
    fn table(&self, question: TableQuestion) -> Answer<'_, Table>;

    /// The payload of one event: JSON as it was stored, `_meta` included. `None` when there is no
    /// such event in that project.
    fn event(&self, project: ProjectId, event: EventId) -> Answer<'_, Option<StoredEvent>>;

    /// Tag names with their most frequent values.
    fn facets(&self, question: FacetQuestion) -> Answer<'_, Vec<Facet>>;
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
pub struct TableQuestion {
    /// Which rows.
    pub scope: Scope,
    /// Which of these rows.
    pub filter: Filter,
    /// What to answer, in this order.
    pub columns: Vec<Column>,
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
pub enum Column {
    /// A field as it is.
    Field(Field),
    /// The start of the time bucket of that many microseconds in which `timestamp` lies.
    Bucket(u64),
    /// A value over all rows of a group.
    Aggregate(Aggregate),
}

/// A value over rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Aggregate {
    /// Rows.
    Count,
    /// Rows that match.
    CountIf(Filter),
    /// Different values, exactly; empty ones do not count.
    CountUnique(Field),
    /// The smallest value.
    Min(Field),
    /// The largest value.
    Max(Field),
    /// The sum of a numeric field.
    Sum(Field),
    /// The mean of a numeric field.
    Average(Field),
    /// The value of one field in the newest row.
    Latest(Field),
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
}

/// Which rows match. Text compares without regard to case only in [`Filter::Contains`] and
/// [`Filter::Glob`].
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Every row.
    All,
    /// No row.
    Nothing,
    /// Rows that match all of them.
    And(Vec<Filter>),
    /// Rows that match one of them.
    Or(Vec<Filter>),
    /// Rows that do not match. A row without the field matches `Not(Compare(… Equal …))`.
    Not(Box<Filter>),
    /// Rows whose field has a value, which is not the empty text.
    Has(Field),
    /// Rows whose field compares so with the value.
    Compare(Field, Operator, Cell),
    /// Rows whose field is one of the values.
    In(Field, Vec<Cell>),
    /// Rows whose text has this within it.
    Contains(Field, String),
    /// Rows whose whole text fits the pattern. Of the multi-line stack fields: one of the lines does.
    Glob(Field, Glob),
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

/// A question for tags.
#[derive(Debug, Clone, PartialEq)]
pub struct FacetQuestion {
    /// Which rows.
    pub scope: Scope,
    /// Which of these rows.
    pub filter: Filter,
    /// Only this tag; `None` means all.
    pub key: Option<String>,
    /// Only values with this within them, without regard to case; empty means all.
    pub value_contains: String,
    /// Values per tag at most, the most frequent first.
    pub values_max: usize,
}

/// A tag with its most frequent values.
#[derive(Debug, Clone, PartialEq)]
pub struct Facet {
    /// The tag's name.
    pub key: String,
    /// Rows that have the tag.
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
