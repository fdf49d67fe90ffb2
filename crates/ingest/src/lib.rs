//! The way in over HTTP: keys, quotas, size limits, decompression; accepts items into the intake log.
//!
//! One request goes like this: [`path`] says what it is for, [`admission`] whose it is, [`body`] and
//! [`coding`] bring its bytes in, `routes` turn them into items, [`accept`] decides item by item and
//! makes records, and the answer is given when the records are durable. Payloads are not read.
//!
//! Source: Relay's ingest endpoints and the SDKs' development documentation.

mod accept;
mod admission;
mod answer;
mod body;
mod client_address;
mod coding;
mod form;
mod grpc;
mod neighbours;
mod otlp;
mod path;
mod quotas;
mod refusal;
mod routes;
mod rpc_status;
mod state;

pub use body::{Budget, Share};
pub use client_address::ForwardedFrom;
pub use coding::{CodingError, ContentCoding, Decoded, decode};
pub use grpc::grpc_routes;
pub use neighbours::{Accounts, Door, Doors, Quota, Sink, SinkError};
pub use routes::{is_ingest_path, routes, routes_before};
pub use state::{Ingest, Neighbours, Settings};
pub use wire::rate_limit_header::Scope;
