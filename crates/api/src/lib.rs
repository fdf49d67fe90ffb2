//! The way out over HTTP: the Sentry-compatible API and our own.

pub mod account;
pub mod auth;
pub mod cell;
pub mod error;
pub mod event;
pub mod issue;
pub mod key;
pub mod live;
pub mod member;
pub mod organization;
pub mod page;
pub mod params;
pub mod person;
pub mod project;
pub mod session;
pub mod state;
pub mod team;
pub mod time;
