//! What lies in the intake log: one record per accepted request, payloads as the client sent them.

use crate::clock::Micros;
use crate::id::{KeyId, OrganizationId, ProjectId};

/// The header of requests that notify somebody, whoever they are told to notify.
pub const NOTIFICATION_HEADER: &str = "x-pitwatch-notification";

/// Which intake log a record is in. Offsets count within a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// What the pipeline takes at once: errors, messages, security reports, attachments, reports.
    Errors,
    /// What becomes spans: transactions, streamed spans, OTLP traces; and profiles, which belong to them.
    Traces,
    /// Sessions and counts of them.
    Sessions,
    /// What cron jobs report.
    CheckIns,
    /// What is kept for the retention time until a pipeline for it exists: logs, metrics, replays.
    Kept,
}

impl Lane {
    /// All lanes.
    pub const ALL: [Self; 5] =
        [Self::Errors, Self::Traces, Self::Sessions, Self::CheckIns, Self::Kept];

    /// The name of its folder and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Traces => "traces",
            Self::Sessions => "sessions",
            Self::CheckIns => "check_ins",
            Self::Kept => "kept",
        }
    }
}

/// A place in a lane: the number of bytes before it since the lane began. Never reused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(pub u64);

/// How [`Record::body`] is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum BodyCoding {
    /// Not at all.
    Identity = 0,
    /// RFC 1952, as most SDKs send it.
    Gzip = 1,
    /// Zstandard; what ingest uses when it must compress itself.
    Zstd = 2,
}

impl BodyCoding {
    /// The coding with that number.
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::Identity, Self::Gzip, Self::Zstd].into_iter().find(|coding| *coding as u8 == number)
    }
}

/// What kind of item it is; names as in an envelope's item header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the protocol's own")]
pub enum ItemType {
    Event = 0,
    Transaction = 1,
    Security = 2,
    RawSecurity = 3,
    Attachment = 4,
    FormData = 5,
    UserReport = 6,
    Feedback = 7,
    Session = 8,
    Sessions = 9,
    ClientReport = 10,
    Profile = 11,
    ProfileChunk = 12,
    ReplayEvent = 13,
    ReplayRecording = 14,
    ReplayVideo = 15,
    CheckIn = 16,
    Log = 17,
    TraceMetric = 18,
    Span = 19,
    MetricBuckets = 20,
    Nel = 21,
    UnrealReport = 22,
    /// An `ExportTraceServiceRequest` of OTLP; its header's `content_type` says protobuf or JSON.
    OtlpTraces = 23,
    /// An error event that we made of something else: a finding in a trace, an exception on a span.
    Occurrence = 24,
}

impl ItemType {
    /// Every type with its name in an item header.
    pub const ALL: [(Self, &'static str); 25] = [
        (Self::Event, "event"),
        (Self::Transaction, "transaction"),
        (Self::Security, "security"),
        (Self::RawSecurity, "raw_security"),
        (Self::Attachment, "attachment"),
        (Self::FormData, "form_data"),
        (Self::UserReport, "user_report"),
        (Self::Feedback, "feedback"),
        (Self::Session, "session"),
        (Self::Sessions, "sessions"),
        (Self::ClientReport, "client_report"),
        (Self::Profile, "profile"),
        (Self::ProfileChunk, "profile_chunk"),
        (Self::ReplayEvent, "replay_event"),
        (Self::ReplayRecording, "replay_recording"),
        (Self::ReplayVideo, "replay_video"),
        (Self::CheckIn, "check_in"),
        (Self::Log, "log"),
        (Self::TraceMetric, "trace_metric"),
        (Self::Span, "span"),
        (Self::MetricBuckets, "metric_buckets"),
        (Self::Nel, "nel"),
        (Self::UnrealReport, "unreal_report"),
        (Self::OtlpTraces, "otlp_traces"),
        (Self::Occurrence, "occurrence"),
    ];

    /// The name in an item header.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// The type of that name; `None` for types we do not know, which are dropped silently.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = if name == "profile_chunk_ui" { "profile_chunk" } else { name };
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(item_type, _)| *item_type).filter(|item_type| !item_type.is_ours())
    }

    /// True for profiles and chunks of them.
    pub fn is_profile(self) -> bool {
        matches!(self, Self::Profile | Self::ProfileChunk)
    }

    /// True for types that no client may put into an envelope.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::OtlpTraces | Self::Occurrence)
    }

    /// The type with that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known as u8 == number).map(|(item_type, _)| *item_type)
    }

    /// The lane its records go to.
    pub fn lane(self) -> Lane {
        match self {
            Self::Event
            | Self::Security
            | Self::RawSecurity
            | Self::Attachment
            | Self::FormData
            | Self::UserReport
            | Self::Feedback
            | Self::ClientReport
            | Self::Occurrence => Lane::Errors,
            Self::Transaction
            | Self::Span
            | Self::OtlpTraces
            | Self::Profile
            | Self::ProfileChunk => Lane::Traces,
            Self::Session | Self::Sessions => Lane::Sessions,
            Self::CheckIn => Lane::CheckIns,
            _ => Lane::Kept,
        }
    }
}

/// One item of a record: what its header said, and where its payload lies in the decompressed body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its type.
    pub item_type: ItemType,
    /// First byte of the payload in the decompressed body.
    pub start: u32,
    /// Bytes of the payload.
    pub len: u32,
    /// Items inside a container (`item_count`), else 1.
    pub count: u32,
    /// The item header as sent: one line of JSON. Attachments need its `filename` and more.
    pub header: String,
}

/// One accepted request, or the part of it that belongs to one lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When it arrived.
    pub received: Micros,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Whose it is.
    pub project: ProjectId,
    /// The key it came with.
    pub key: KeyId,
    /// Address of the client as text; empty when unknown.
    pub client_ip: String,
    /// The `User-Agent` header; used for security reports only.
    pub user_agent: String,
    /// `name/version` of the SDK from the auth header; empty when not said.
    pub sdk: String,
    /// The envelope header as sent: one line of JSON; `{}` for other routes. Its `event_id` is set
    /// whenever the record holds an item that makes an event.
    pub header: String,
    /// The items that were accepted.
    pub items: Vec<Item>,
    /// How `body` is compressed.
    pub coding: BodyCoding,
    /// Bytes of the body after decompression.
    pub body_len: u32,
    /// The body, compressed.
    pub body: Vec<u8>,
}
