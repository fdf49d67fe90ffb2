//! Sentry's search language: from text to typed questions.
//!
//! [`syntax`] splits a text into terms without knowing any key; [`filter`] and [`issue`] give keys a
//! meaning for events and for issues; [`names`] puts in what only the caller knows.

mod column;
mod error;
mod field;
mod filter;
mod issue;
mod moment;
pub mod names;
pub mod suggest;
pub mod syntax;
mod value;

pub use column::{Display, Selected, Type, column};
pub use error::SearchError;
pub use field::Kind;
pub use filter::{HavingText, event_filter};
pub use issue::{
    IssueCondition, IssueSearch, IssueTest, Lookup, Person, Priority, Status, Substatus, TextMatch,
    issue_query,
};
pub use moment::{DAY, Moment, WindowText, interval, last, parse_moment, parse_span, time_window};
