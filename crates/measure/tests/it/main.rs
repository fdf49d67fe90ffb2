//! What rules measure, and what they would have done, as their callers see it.

#![expect(
    clippy::unwrap_used,
    reason = "clippy does not know that the functions around the tests are tests too"
)]

mod given;
mod measures;
mod previews;
