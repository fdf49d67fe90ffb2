//! Questions about a small store, asked as `api` asks them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the functions that tables call are tests, too"
)]

mod agreement;
mod cells;
mod naive;
mod questions;
mod small_store;
mod span_agreement;
mod spans;
