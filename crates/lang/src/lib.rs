//! Questions: Sentry search parsed into one typed plan, and the trait that answers it.

pub mod ask;
pub mod search;
