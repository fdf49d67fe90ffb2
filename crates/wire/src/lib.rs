//! What arrives: envelopes, legacy store bodies, security reports; parsed leniently, with notes on what was broken.
//!
//! Values in, values out: nothing here reads a file, a socket or a clock.

pub mod auth;
pub mod categories;
pub mod check_in;
pub mod check_in_query;
pub mod client_report;
pub mod dsn;
pub mod envelope;
pub mod event;
pub mod filters;
pub mod form_data;
pub mod glob;
pub mod json;
pub mod message_pack;
pub mod origin;
pub mod otlp;
pub mod profile;
pub mod query_string;
pub mod rate_limit_header;
pub mod release;
pub mod row;
pub mod security;
pub mod session;
pub mod size_caps;
pub mod span;
pub mod store_body;
pub mod user_agent;
