//! Items become records: quotas take theirs, caps are checked, the rest is packed for its lane and
//! made durable.

use std::borrow::Cow;

use futures::future::try_join_all;
use model::category::Category;
use model::id::EventId;
use model::intake::{self, BodyCoding, ItemType, Lane, Record};
use model::outcome::{Fate, Reason};
use wire::categories::{depends_on_the_event, makes_an_event, quantities};
use wire::envelope::Item;
use wire::rate_limit_header::RateLimit;
use wire::size_caps;

use crate::admission::Visitor;
use crate::refusal::Refusal;
use crate::state::Inner;

/// Bodies below this are not worth compressing.
const COMPRESS_BYTES_MIN: usize = 4096;
/// Fast and good enough: what the disk saves, the processor must pay.
const ZSTD_LEVEL: i32 = 1;

/// What a request holds, whatever route it came by.
#[derive(Debug)]
pub(crate) struct Load<'a> {
    /// The event that the items belong to.
    pub(crate) event_id: Option<EventId>,
    /// The envelope header as sent: an object of JSON.
    pub(crate) header_line: Cow<'a, str>,
    /// The items, those of unknown types too.
    pub(crate) items: Vec<Item<'a>>,
    /// The body as it came and its decompressed length, if it is one gzip member.
    pub(crate) gzip: Option<(&'a [u8], usize)>,
}

/// What is to be kept of a request, and what the client is told.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) event_id: Option<EventId>,
    pub(crate) limits: Vec<RateLimit>,
    records: Vec<(Lane, Record)>,
    /// Counts of the items that no pipeline will count.
    kept: Vec<(Category, u64)>,
}

/// Decides item by item and packs what is left.
///
/// # Errors
/// [`Refusal::ItemTooLarge`] when an item is over its cap, which refuses all of them.
pub(crate) fn plan(ingest: &Inner, visitor: &Visitor, load: Load<'_>) -> Result<Plan, Refusal> {
    let sent = load.items.len();
    let (items, limits) = apply_quotas(ingest, visitor, load.items);
    if let Err(error) = size_caps::check(&items) {
        let reason = Reason::Owned(error.reason());
        for item in &items {
            visitor.account(&*ingest.accounts, counted(item), Fate::Invalid, &reason);
        }
        return Err(error.into());
    }

    let needs_id = items.iter().any(|item| makes_an_event(&item.header));
    let generated = || EventId::from_random(rand::random());
    let event_id = load.event_id.or_else(|| needs_id.then(generated));
    let header = match (load.event_id, event_id) {
        (None, Some(event_id)) => with_event_id(&load.header_line, event_id),
        _ => load.header_line.into_owned(),
    };

    // The compressed body is kept only if it holds nothing that was taken out.
    let gzip = load.gzip.filter(|_| items.len() == sent);
    let mut records = Vec::with_capacity(1);
    let mut kept = Vec::new();
    for lane in Lane::ALL {
        let (of_lane, others): (Vec<_>, Vec<_>) = items
            .iter()
            .partition(|item| item.header.item_type.is_some_and(|it| it.lane() == lane));
        if of_lane.is_empty() {
            continue;
        }
        let record = match gzip.filter(|_| others.is_empty()) {
            Some((body, body_len)) => whole(visitor, header.clone(), &of_lane, body, body_len)?,
            None => packed(visitor, header.clone(), &of_lane)?,
        };
        records.push((lane, record));
        if lane == Lane::Kept {
            kept.extend(of_lane.into_iter().flat_map(counted));
        }
    }
    Ok(Plan { event_id, limits, records, kept })
}

/// Makes the records durable, then says what there is to say about limits.
///
/// # Errors
/// [`Refusal::Sink`] when a record was not kept; [`Refusal::RateLimited`] when all that is left was
/// kept, but some items were over a quota.
pub(crate) async fn keep(
    ingest: &Inner,
    visitor: &Visitor,
    plan: Plan,
) -> Result<Option<EventId>, Refusal> {
    let appended = plan.records.into_iter().map(|(lane, record)| ingest.sink.append(lane, record));
    try_join_all(appended).await?;
    visitor.account(&*ingest.accounts, plan.kept.into_iter(), Fate::Accepted, &Reason::default());
    if plan.limits.is_empty() { Ok(plan.event_id) } else { Err(Refusal::RateLimited(plan.limits)) }
}

/// Takes out what is over a quota, and what depends on an event that is. Items of unknown types
/// go without a word.
fn apply_quotas<'a>(
    ingest: &Inner,
    visitor: &Visitor,
    mut items: Vec<Item<'a>>,
) -> (Vec<Item<'a>>, Vec<RateLimit>) {
    items.retain(|item| item.header.item_type.is_some());
    let mut limits: Vec<RateLimit> = Vec::new();
    if visitor.door.quotas.is_empty() {
        return (items, limits);
    }
    // A minidump beside an event is the same event.
    let has_event = items.iter().any(|item| item.header.item_type == Some(ItemType::Event));
    let is_counted = |item: &Item<'_>, category| {
        let is_beside = has_event && item.header.item_type == Some(ItemType::Attachment);
        !(is_beside && category == Category::Error)
    };
    let mut event_limit: Option<RateLimit> = None;
    for of_events in [true, false] {
        items.retain(|item| {
            if makes_an_event(&item.header) != of_events {
                return true;
            }
            let quantities: Vec<(Category, u64)> =
                counted(item).filter(|(category, _)| is_counted(item, *category)).collect();
            let depends = item.header.item_type.is_some_and(depends_on_the_event);
            let taken = match event_limit.clone().filter(|_| depends) {
                Some(limit) => Err(limit),
                None => ingest.quotas.take(&visitor.door.quotas, &quantities, visitor.received),
            };
            let Err(limit) = taken else { return true };
            let reason = Reason::Owned(limit.reason.clone());
            visitor.account(&*ingest.accounts, quantities.into_iter(), Fate::RateLimited, &reason);
            if of_events {
                event_limit = Some(limit.clone());
            }
            if !limits.contains(&limit) {
                limits.push(limit);
            }
            false
        });
    }
    (items, limits)
}

fn counted(item: &Item<'_>) -> impl Iterator<Item = (Category, u64)> {
    quantities(&item.header, item.payload.len())
}

/// The body as it came, with the places of its items.
fn whole(
    visitor: &Visitor,
    header: String,
    items: &[&Item<'_>],
    body: &[u8],
    body_len: usize,
) -> Result<Record, Refusal> {
    let places = items.iter().map(|item| place(item, item.start)).collect::<Result<_, _>>()?;
    let mut record = visitor.record(header, places);
    record.coding = BodyCoding::Gzip;
    record.body_len = number(body_len)?;
    record.body = body.to_vec();
    Ok(record)
}

/// The payloads one after the other, compressed if that is worth it.
fn packed(visitor: &Visitor, header: String, items: &[&Item<'_>]) -> Result<Record, Refusal> {
    let mut places = Vec::with_capacity(items.len());
    let mut body = Vec::with_capacity(items.iter().map(|item| item.payload.len()).sum());
    for item in items {
        places.push(place(item, body.len())?);
        body.extend_from_slice(item.payload);
    }
    let mut record = visitor.record(header, places);
    record.body_len = number(body.len())?;
    let compressed = (body.len() >= COMPRESS_BYTES_MIN)
        .then(|| zstd::bulk::compress(&body, ZSTD_LEVEL).ok())
        .flatten()
        .filter(|compressed| compressed.len() < body.len());
    if let Some(compressed) = compressed {
        record.coding = BodyCoding::Zstd;
        record.body = compressed;
    } else {
        record.body = body;
    }
    Ok(record)
}

fn place(item: &Item<'_>, start: usize) -> Result<intake::Item, Refusal> {
    Ok(intake::Item {
        item_type: item.header.item_type.unwrap_or(ItemType::Event),
        start: number(start)?,
        len: number(item.payload.len())?,
        count: item.header.item_count.max(1),
        header: item.header_line.clone().into_owned(),
    })
}

/// Bodies are capped far below 4 GiB.
fn number(bytes: usize) -> Result<u32, Refusal> {
    u32::try_from(bytes).or(Err(Refusal::BodyTooLarge))
}

/// The header line with an event id at its end, where it counts even if there was a `null` one.
fn with_event_id(line: &str, event_id: EventId) -> String {
    let fields = line.trim().strip_suffix('}').unwrap_or("{").trim_end();
    let comma = if fields.ends_with('{') { "" } else { "," };
    format!("{fields}{comma}\"event_id\":\"{event_id}\"}}")
}
