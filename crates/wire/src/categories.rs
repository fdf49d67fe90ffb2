//! What an item is counted as.
//!
//! Source: Relay's `ItemExt::quantities`. Spans inside a transaction are not counted here, because
//! that takes reading the payload.

use model::category::Category;
use model::intake::ItemType;

use crate::envelope::ItemHeader;

/// The categories of an item with how much it adds to each.
pub fn quantities(
    header: &ItemHeader,
    payload_bytes: usize,
) -> impl Iterator<Item = (Category, u64)> {
    let bytes = u64::try_from(payload_bytes).unwrap_or(u64::MAX).max(1);
    let count = u64::from(header.item_count.max(1));
    let one = |category| [Some((category, 1)), None, None];
    let none = [None, None, None];
    let Some(item_type) = header.item_type else { return none.into_iter().flatten() };
    let list = match item_type {
        ItemType::Event | ItemType::Occurrence | ItemType::UnrealReport => one(Category::Error),
        ItemType::Transaction => one(Category::Transaction),
        ItemType::Security | ItemType::RawSecurity => one(Category::Security),
        ItemType::Attachment => [
            Some((Category::Attachment, bytes)),
            Some((Category::AttachmentItem, 1)),
            makes_an_event(header).then_some((Category::Error, 1)),
        ],
        ItemType::UserReport | ItemType::Feedback => one(Category::Feedback),
        ItemType::Session | ItemType::Sessions => one(Category::Session),
        ItemType::Profile => one(Category::Profile),
        ItemType::ProfileChunk if header.platform.is_none() => none,
        ItemType::ProfileChunk => one(Category::ProfileChunk),
        ItemType::ReplayEvent | ItemType::ReplayRecording | ItemType::ReplayVideo => {
            one(Category::Replay)
        }
        ItemType::CheckIn => one(Category::Monitor),
        ItemType::Log => [Some((Category::LogItem, count)), Some((Category::LogByte, bytes)), None],
        ItemType::Nel => one(Category::LogItem),
        ItemType::TraceMetric => [Some((Category::TraceMetric, count)), None, None],
        ItemType::Span | ItemType::OtlpTraces => [Some((Category::Span, count)), None, None],
        ItemType::MetricBuckets => one(Category::MetricBucket),
        ItemType::ClientReport | ItemType::FormData => none,
    };
    list.into_iter().flatten()
}

/// Whether the envelope's event comes out of this item: it then needs an event id.
pub fn makes_an_event(header: &ItemHeader) -> bool {
    match header.item_type {
        Some(
            ItemType::Event
            | ItemType::Transaction
            | ItemType::Security
            | ItemType::RawSecurity
            | ItemType::Feedback
            | ItemType::UnrealReport,
        ) => true,
        Some(ItemType::Attachment) => matches!(
            header.attachment_type.as_deref(),
            Some("event.minidump" | "event.applecrashreport" | "playstation.prosperodump")
        ),
        _ => false,
    }
}

/// Whether the item goes when the envelope's event goes.
pub fn depends_on_the_event(item_type: ItemType) -> bool {
    matches!(
        item_type,
        ItemType::Attachment | ItemType::FormData | ItemType::UserReport | ItemType::Profile
    )
}
