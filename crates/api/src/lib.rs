//! The way out over HTTP: the Sentry-compatible API and our own.

pub mod error;
pub mod event;
pub mod page;
pub mod time;
