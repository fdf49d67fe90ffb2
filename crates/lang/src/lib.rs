//! Questions: Sentry search parsed into one typed plan, and the trait that answers it.

pub mod ask;
pub mod data_set;
pub mod health;
pub mod matching;
pub mod pattern;
pub mod search;
