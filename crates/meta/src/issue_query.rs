//! Questions for issues, as plain values: which, in what order, which page.

use model::clock::Micros;
use model::id::{IssueId, ProjectId, UserId};

use crate::issue::Issue;
use crate::issue_state::{IssueStatus, Level, Priority, Substatus};

/// A question for a page of issues.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssueQuery {
    /// Issues of these projects; none means no issues.
    pub projects: Vec<ProjectId>,
    /// Issues that fit all of these.
    pub predicates: Vec<IssuePredicate>,
    /// Only these, because a question about events found them; `None` means all.
    pub ids: Option<Vec<IssueId>>,
    /// In which order.
    pub sort: IssueSort,
    /// Which page; `None` is the first.
    pub cursor: Option<IssueCursor>,
    /// Issues on a page.
    pub limit: usize,
}

/// A test, or its opposite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuePredicate {
    /// True when the test must fail.
    pub negated: bool,
    /// The test.
    pub test: IssueTest,
}

impl From<IssueTest> for IssuePredicate {
    fn from(test: IssueTest) -> Self {
        Self { negated: false, test }
    }
}

/// What an issue must be. Lists mean "one of"; an empty list fits nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssueTest {
    /// Its status.
    Status(Vec<IssueStatus>),
    /// Its substatus.
    Substatus(Vec<Substatus>),
    /// New, regressed or escalating, and nobody has taken it up.
    ForReview,
    /// Who looks after it.
    Assigned(Vec<Assignee>),
    /// A person keeps it.
    Bookmarked(UserId),
    /// A person wants to hear of it.
    Subscribed(UserId),
    /// A person has looked at it.
    SeenBy(UserId),
    /// When its first event happened.
    FirstSeen(Compare, Micros),
    /// When its newest event happened.
    LastSeen(Compare, Micros),
    /// Events of all time.
    TimesSeen(Compare, u64),
    /// People hit.
    UserCount(Compare, u64),
    /// The release it began in.
    FirstRelease(Vec<String>),
    /// The release it was last seen in.
    LastRelease(Vec<String>),
    /// Its priority.
    Priority(Vec<Priority>),
    /// Level of its newest event.
    Level(Vec<Level>),
    /// Its platform.
    Platform(Vec<String>),
    /// Type of its events: `error`, `default`, `csp`, `feedback`.
    EventType(Vec<String>),
    /// Its type: `error`, `feedback`, or what was found in a trace, such as `performance_slow_db_query`.
    Type(Vec<String>),
    /// Its logger.
    Logger(Vec<String>),
    /// The app did not catch one of its events.
    Unhandled,
    /// Which issue. Ids of merged issues fit nothing.
    Id(Vec<IssueId>),
    /// Its project and number: what its short id says.
    Number(Vec<(ProjectId, u64)>),
    /// Its project.
    Project(Vec<ProjectId>),
    /// Title, culprit or message have this text within them, without regard to case.
    Text(TextPattern),
}

/// Who looks after an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// Nobody.
    Nobody,
    /// Anybody.
    Anybody,
    /// A person.
    User(UserId),
    /// A team.
    Team(u64),
}

/// How a number or a moment compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Compare {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A text to look for: pieces that follow each other with anything between two neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPattern {
    /// The pieces.
    pub pieces: Vec<String>,
}

/// The order of a list; largest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IssueSort {
    /// By the newest event.
    #[default]
    Date,
    /// By the first event.
    New,
    /// By events of all time.
    Frequency,
    /// By people hit.
    Users,
    /// By priority, then by the newest event.
    Priority,
}

/// A place in a list: between two issues, so that it stays where it is when others are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssueCursor {
    /// What the list is sorted by, of the issue at the border.
    pub value: u64,
    /// The issue at the border, which is not on the page itself.
    pub id: IssueId,
    /// True for the page before the border.
    pub backwards: bool,
}

/// A page of issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuePage {
    /// The issues.
    pub issues: Vec<Issue>,
    /// How many issues fit in total, up to [`IssuePage::HITS_MAX`].
    pub hits: usize,
    /// The page before; `None` when this is the first.
    pub previous: Option<IssueCursor>,
    /// The page after; `None` when this is the last.
    pub next: Option<IssueCursor>,
}

impl IssuePage {
    /// Issues are counted up to here. Source: Sentry's `X-Max-Hits`.
    pub const HITS_MAX: usize = 1_000;
}
