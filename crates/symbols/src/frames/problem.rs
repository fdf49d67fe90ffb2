//! Why a frame is not readable.

use model::json::{Object, Value};

use crate::debug_id::DebugId;
use crate::limits;

/// Why a frame is not readable, or not as readable as it could be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The frame has a line and no column, and a minified script has few lines.
    #[error("the frame has no column, without which its place in a script is not known")]
    NoColumn,
    /// Nothing with the id was uploaded.
    #[error("no map was uploaded for debug id {debug_id}{}", uploaded_are(.uploaded))]
    NoMapForDebugId {
        /// The id of the script.
        debug_id: DebugId,
        /// What was uploaded for the project, the newest first.
        uploaded: Vec<String>,
    },
    /// The script has no id, and was not uploaded for the release.
    #[error("{url} was not uploaded for this release and distribution{}", uploaded_are(.uploaded))]
    NoScript {
        /// Its address.
        url: String,
        /// What was uploaded for the release.
        uploaded: Vec<String>,
    },
    /// The script was found, and does not say where its map is.
    #[error("{url} names no source map")]
    NoReference {
        /// The script.
        url: String,
    },
    /// The script says where its map is, and the map was not uploaded.
    #[error("the source map {url} was not uploaded")]
    NoMap {
        /// The map.
        url: String,
    },
    /// The map is broken.
    #[error("the source map {url} is malformed: {reason}")]
    MalformedMap {
        /// The map.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The map is in the script, and cannot be decoded.
    #[error("the source map in {url} is not valid base64")]
    InvalidInlineMap {
        /// The script.
        url: String,
    },
    /// The bundle with the files is broken, or gone.
    #[error("what was uploaded cannot be read: {reason}")]
    Unreadable {
        /// Why.
        reason: String,
    },
    /// The map says nothing about the place.
    #[error("the source map {url} knows nothing about {line}:{column}")]
    InvalidLocation {
        /// The map.
        url: String,
        /// The frame's line.
        line: u64,
        /// The frame's column.
        column: u64,
    },
    /// The source is known, and not what is written in it.
    #[error("{source_url} is neither in the source map nor uploaded")]
    NoSource {
        /// Its address.
        source_url: String,
    },
    /// Nothing says which map is the script's own.
    #[error(
        "{url} has no debug id and the event has no release, by which its source map could be found"
    )]
    NoIdentity {
        /// The script.
        url: String,
    },
    /// The map is there, and was not read yet.
    #[error("the source map of {url} is still being read; it will be used when it is")]
    NotYet {
        /// The script.
        url: String,
    },
    /// More scripts than are looked up for one event.
    #[error("the event has frames of more than {} scripts", limits::EVENT_SCRIPTS_MAX)]
    TooManyScripts,
}

/// What [`Problem::kind`] answers.
pub(super) const KINDS: &[&str] = &[
    "js_no_column",
    "js_no_source",
    "js_missing_sourcemap",
    "js_invalid_source",
    "js_invalid_sourcemap_location",
    "js_missing_sources_content",
    "js_too_many_sources",
    "fetch_timeout",
];

fn uploaded_are(uploaded: &[String]) -> String {
    let Some((last, others)) = uploaded.split_last() else { return String::new() };
    let mut shown: Vec<&str> = others.iter().map(String::as_str).collect();
    shown.push(last);
    let more = shown.len().saturating_sub(limits::UPLOADED_SHOWN_MAX);
    shown.truncate(limits::UPLOADED_SHOWN_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("; uploaded are {}{more}", shown.join(", "))
}

impl Problem {
    /// As Sentry calls it in an event's `errors`.
    ///
    /// Source: `EventError` of Sentry.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoColumn => "js_no_column",
            Self::NoMapForDebugId { .. }
            | Self::NoScript { .. }
            | Self::NoIdentity { .. }
            | Self::Unreadable { .. } => "js_no_source",
            Self::NotYet { .. } => "fetch_timeout",
            Self::NoReference { .. } | Self::NoMap { .. } => "js_missing_sourcemap",
            Self::MalformedMap { .. } | Self::InvalidInlineMap { .. } => "js_invalid_source",
            Self::InvalidLocation { .. } => "js_invalid_sourcemap_location",
            Self::NoSource { .. } => "js_missing_sources_content",
            Self::TooManyScripts => "js_too_many_sources",
        }
    }

    /// The address that it is about.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::NoScript { url, .. }
            | Self::NoIdentity { url }
            | Self::NotYet { url }
            | Self::NoReference { url }
            | Self::NoMap { url }
            | Self::MalformedMap { url, .. }
            | Self::InvalidInlineMap { url }
            | Self::InvalidLocation { url, .. }
            | Self::NoSource { source_url: url } => Some(url),
            Self::NoColumn
            | Self::NoMapForDebugId { .. }
            | Self::Unreadable { .. }
            | Self::TooManyScripts => None,
        }
    }

    /// As it is listed in an event's `errors`: `type`, `url` and `message`.
    pub(super) fn to_object(&self) -> Object<'static> {
        let mut object = Object::with_capacity(3);
        object.push("type", self.kind());
        if let Some(url) = self.url() {
            object.push("url", Value::text(url.to_owned()));
        }
        object.push("message", self.to_string());
        object
    }
}
