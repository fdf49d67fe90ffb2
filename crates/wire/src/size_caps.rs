//! How big and how many the items of an envelope may be. One item over its cap refuses them all.
//!
//! Source: Relay's `check_envelope_size_limits`.

use model::intake::ItemType;
use model::limits;

use crate::envelope::{Item, ItemHeader};

/// An item, or all items of a kind together, are over their cap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "envelope exceeded size limits for type '{item}' (https://develop.sentry.dev/sdk/envelopes/#size-limits)"
)]
pub struct TooLarge {
    /// The item as discard reasons name it, such as `event` or `attachment:attachment`.
    pub item: &'static str,
}

impl TooLarge {
    /// The reason for the accounts.
    pub fn reason(&self) -> String {
        format!("too_large:{}", self.item)
    }
}

/// Which budget an item draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Budget {
    Event,
    Attachment,
    ReplayRecording,
    ReplayVideo,
    Session,
    ClientReport,
    Profile,
    CheckIn,
    Log,
    TraceMetric,
    Span,
    LegacySpan,
    MetricBuckets,
}

/// How much a budget holds.
struct Cap {
    /// Bytes of one item; of one contained item on average where containers are meant.
    one: usize,
    count: usize,
    total: usize,
}

impl Budget {
    const COUNT: usize = 13;

    fn of(header: &ItemHeader) -> Option<Self> {
        Some(match header.item_type? {
            ItemType::Event
            | ItemType::Transaction
            | ItemType::Security
            | ItemType::RawSecurity
            | ItemType::ReplayEvent
            | ItemType::Feedback
            | ItemType::FormData => Self::Event,
            ItemType::Attachment | ItemType::UnrealReport | ItemType::UserReport => {
                Self::Attachment
            }
            ItemType::ReplayRecording => Self::ReplayRecording,
            ItemType::ReplayVideo => Self::ReplayVideo,
            ItemType::Session | ItemType::Sessions => Self::Session,
            ItemType::ClientReport => Self::ClientReport,
            ItemType::Profile | ItemType::ProfileChunk => Self::Profile,
            ItemType::CheckIn => Self::CheckIn,
            ItemType::Log => Self::Log,
            ItemType::TraceMetric => Self::TraceMetric,
            ItemType::Span if is_container(header) => Self::Span,
            ItemType::Span => Self::LegacySpan,
            ItemType::MetricBuckets => Self::MetricBuckets,
            ItemType::Nel | ItemType::OtlpTraces | ItemType::Occurrence => return None,
        })
    }

    fn cap(self) -> Cap {
        let cap = |one, count, total| Cap { one, count, total };
        let container = limits::CONTAINER_BYTES_MAX;
        match self {
            Self::Event => cap(limits::EVENT_BYTES_MAX, 1, limits::EVENT_BYTES_MAX),
            Self::Attachment => {
                let bytes = limits::ATTACHMENTS_BYTES_MAX;
                cap(bytes, limits::ATTACHMENTS_MAX, bytes)
            }
            Self::ReplayRecording | Self::ReplayVideo => {
                cap(limits::REPLAY_BYTES_MAX, 1, limits::REPLAY_BYTES_MAX)
            }
            Self::Session => {
                let bytes = limits::SESSION_BYTES_MAX;
                cap(bytes, limits::SESSION_ITEMS_MAX, bytes)
            }
            Self::ClientReport => {
                let bytes = limits::CLIENT_REPORT_BYTES_MAX;
                cap(bytes, limits::SESSION_ITEMS_MAX, bytes)
            }
            Self::Profile => cap(limits::PROFILE_BYTES_MAX, 1, limits::PROFILE_BYTES_MAX),
            Self::CheckIn => cap(limits::CHECK_IN_BYTES_MAX, 1, limits::CHECK_IN_BYTES_MAX),
            Self::Log => cap(limits::LOG_BYTES_MAX, 1, container),
            Self::TraceMetric => cap(limits::TRACE_METRIC_BYTES_MAX, 1, container),
            Self::Span => cap(limits::SPAN_BYTES_MAX, 1, container),
            Self::LegacySpan => cap(limits::SPAN_BYTES_MAX, limits::LEGACY_SPANS_MAX, container),
            Self::MetricBuckets => cap(limits::EVENT_BYTES_MAX, 1, limits::EVENT_BYTES_MAX),
        }
    }
}

/// Checks the items that are left after rate limits took theirs.
///
/// # Errors
/// [`TooLarge`] names the first item over a cap.
pub fn check<'a>(items: impl IntoIterator<Item = &'a Item<'a>>) -> Result<(), TooLarge> {
    let mut used = [(0_usize, 0_usize); Budget::COUNT];
    for item in items {
        let Some(budget) = Budget::of(&item.header) else { continue };
        let cap = budget.cap();
        let contained = usize::try_from(item.header.item_count).unwrap_or(1).max(1);
        let (count, total) = &mut used[budget as usize];
        *count += 1;
        *total = total.saturating_add(item.payload.len());
        if item.payload.len() / contained > cap.one || *count > cap.count || *total > cap.total {
            return Err(TooLarge { item: name(&item.header) });
        }
    }
    Ok(())
}

fn name(header: &ItemHeader) -> &'static str {
    match (header.item_type, header.attachment_type.as_deref()) {
        (Some(ItemType::Attachment), Some("event.minidump")) => "attachment:minidump",
        (Some(ItemType::Attachment), _) => "attachment:attachment",
        (item_type, _) => item_type.map_or("unknown", ItemType::name),
    }
}

/// Whether spans come in a container, rather than one to an item.
fn is_container(header: &ItemHeader) -> bool {
    let media_type = header.content_type.as_deref().unwrap_or_default();
    media_type.eq_ignore_ascii_case("application/vnd.sentry.items.span.v2+json")
}
