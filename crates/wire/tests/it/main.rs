//! What callers of `wire` see, as tables of input and answer, and properties of every parser.
#![expect(clippy::unwrap_used, reason = "tests may be blunt, and so may what they call")]

mod auth;
mod check_in;
mod description;
mod dsn;
mod envelope;
mod event;
mod json;
mod origin;
mod otlp;
mod profile;
mod rate_limit_header;
mod routes;
mod security;
mod session;
mod sizes;
mod span;
