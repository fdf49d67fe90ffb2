//! The way out over HTTP: the Sentry-compatible API and our own.
#![expect(
    clippy::missing_errors_doc,
    reason = "comments of handlers are the API's description; all fail with an `ApiError`"
)]

pub mod account;
pub mod audit;
pub mod auth;
pub mod cell;
pub mod code_link;
pub mod code_mapping;
pub mod detectors;
pub mod discover;
pub mod dispatch;
#[cfg(test)]
mod double;
pub mod endpoints;
pub mod error;
pub mod event;
pub mod event_search;
pub mod events;
pub mod filters;
pub mod flag;
pub mod health;
pub mod issue;
pub mod key;
pub mod live;
pub mod member;
pub mod metric_alert;
pub mod monitor;
pub mod org_token;
pub mod organization;
pub mod page;
pub mod params;
pub mod person;
pub mod profile;
pub mod project;
pub mod release;
pub mod release_compare;
pub mod repository;
pub mod router;
pub mod rule;
pub mod session;
pub mod span_compare;
pub mod state;
pub mod stats;
pub mod suspect;
pub mod team;
pub mod time;
pub mod trace;
pub mod upload;
pub mod uptime;
