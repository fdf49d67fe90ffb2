//! One stored error event as a row: what can be searched, filtered and counted.
//!
//! The payload itself lies beside the rows, see `docs/formats/parts.md`.

use crate::clock::Micros;
use crate::id::{EventId, IssueId, ProjectId, SpanId, TraceId};

/// The searchable part of an error event. Empty text means "not there".
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "columns are named as in the search language; units are said where there are any"
)]
pub struct ErrorRow {
    pub project: ProjectId,
    pub issue: IssueId,
    pub event_id: EventId,
    /// When it happened.
    pub timestamp: Micros,
    /// When it arrived.
    pub received: Micros,
    /// `debug`, `info`, `warning`, `error`, `fatal`.
    pub level: String,
    /// `error`, `default`, `csp`, `feedback`.
    pub event_type: String,
    pub platform: String,
    pub environment: String,
    pub release: String,
    pub dist: String,
    pub transaction: String,
    pub server_name: String,
    pub logger: String,
    pub title: String,
    pub message: String,
    pub culprit: String,
    /// `id:…`, `username:…`, `email:…` or `ip:…`: who was hit, counted as one person.
    pub user: String,
    pub user_id: String,
    pub user_email: String,
    pub user_username: String,
    pub user_ip: String,
    pub geo_country: String,
    pub sdk_name: String,
    pub sdk_version: String,
    pub http_method: String,
    pub http_url: String,
    /// Of the main exception.
    pub error_type: String,
    pub error_value: String,
    pub error_mechanism: String,
    /// `None` when the SDK did not say.
    pub error_handled: Option<bool>,
    /// Of all frames of the main exception, outermost first, one a line.
    pub stack_functions: String,
    pub stack_modules: String,
    pub stack_filenames: String,
    pub trace: Option<TraceId>,
    pub span: Option<SpanId>,
    /// Id of the replay that was running, 32 hex digits.
    pub replay: String,
    /// The event's tags and those the server derived (`browser`, `os`, `runtime`, …), by name.
    pub tags: Vec<(String, String)>,
    /// Feature flags at the time, `(name, result)`.
    pub flags: Vec<(String, String)>,
    /// Bytes of the payload as JSON.
    pub size: u32,
    /// Attachments that came with it.
    pub attachments: u32,
}
