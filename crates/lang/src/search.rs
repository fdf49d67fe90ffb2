//! Sentry's search language: from text to typed questions.
//!
//! [`syntax`] splits a text into terms without knowing any key; [`filter()`] and [`issue_query`] give
//! keys a meaning, the former in any data set that is a [`SearchField`]; [`names`] puts in what only
//! the caller knows.

mod column;
mod error;
mod event;
mod field;
mod filter;
mod formula;
mod issue;
mod moment;
pub mod names;
mod span;
pub mod suggest;
pub mod syntax;
mod value;

pub use column::{Display, Selected, Type, column, select, span_column};
pub use error::SearchError;
pub use field::{Kind, Role, SearchField};
pub use filter::{HavingText, event_filter, filter, span_filter};
pub use formula::{Arithmetic, EQUATION, Formula, place_of};
pub use issue::{
    IssueCondition, IssueSearch, IssueTest, Lookup, Person, Priority, Status, Substatus, TextMatch,
    issue_query,
};
pub use moment::{DAY, Moment, WindowText, interval, last, parse_moment, parse_span, time_window};
