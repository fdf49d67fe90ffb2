//! What is counted, limited and billed: data categories with their names on the wire.
//!
//! Source: Relay's `DataCategory`; numbers as there.

use std::fmt;

/// A data category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Category {
    /// Events without a kind of their own.
    Default = 0,
    /// Error events and messages.
    Error = 1,
    /// Transactions.
    Transaction = 2,
    /// CSP and other browser reports.
    Security = 3,
    /// Attachments, counted in bytes.
    Attachment = 4,
    /// Release-health sessions.
    Session = 5,
    /// Transaction profiles.
    Profile = 6,
    /// Session replays.
    Replay = 7,
    /// Check-ins of cron monitors.
    Monitor = 10,
    /// Spans.
    Span = 12,
    /// User feedback and reports.
    Feedback = 14,
    /// Legacy metric buckets.
    MetricBucket = 15,
    /// Chunks of continuous profiles.
    ProfileChunk = 18,
    /// Attachments, counted in pieces.
    AttachmentItem = 22,
    /// Log records.
    LogItem = 23,
    /// Log records, counted in bytes.
    LogByte = 24,
    /// Trace metrics.
    TraceMetric = 33,
    /// What an SDK reports about itself; never limited.
    Internal = 254,
    /// A category we do not know.
    Unknown = 255,
}

impl Category {
    /// Every category with its name on the wire.
    pub const ALL: [(Self, &'static str); 19] = [
        (Self::Default, "default"),
        (Self::Error, "error"),
        (Self::Transaction, "transaction"),
        (Self::Security, "security"),
        (Self::Attachment, "attachment"),
        (Self::Session, "session"),
        (Self::Profile, "profile"),
        (Self::Replay, "replay"),
        (Self::Monitor, "monitor"),
        (Self::Span, "span"),
        (Self::Feedback, "feedback"),
        (Self::MetricBucket, "metric_bucket"),
        (Self::ProfileChunk, "profile_chunk"),
        (Self::AttachmentItem, "attachment_item"),
        (Self::LogItem, "log_item"),
        (Self::LogByte, "log_byte"),
        (Self::TraceMetric, "trace_metric"),
        (Self::Internal, "internal"),
        (Self::Unknown, "unknown"),
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("unknown", |(_, name)| name)
    }

    /// The category of that name; [`Category::Unknown`] when there is none.
    pub fn from_name(name: &str) -> Self {
        let name = if name == "user_report_v2" { "feedback" } else { name };
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map_or(Self::Unknown, |(category, _)| *category)
    }

    /// The number in databases.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The category with that number; [`Category::Unknown`] when there is none.
    pub fn from_number(number: u8) -> Self {
        let found = Self::ALL.iter().find(|(known, _)| known.number() == number);
        found.map_or(Self::Unknown, |(category, _)| *category)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_lead_back() {
        for (category, name) in Category::ALL {
            assert_eq!(Category::from_name(name), category);
            assert_eq!(Category::from_number(category.number()), category);
        }
        assert_eq!(Category::from_name("user_report_v2"), Category::Feedback);
        assert_eq!(Category::from_name("?"), Category::Unknown);
    }
}
