//! What waited in the kept lane for a pipeline moves to its lane once there is one.
//!
//! A server of an older version kept transactions, spans, sessions and check-ins beside all else it could not work
//! up. They are moved once, when the new version starts, and then take the way of those that arrive.

use meta::{Meta, MetaError};
use model::intake::{Item, Lane, Offset, Record};
use model::limits;
use store::log::IntakeLog;

use crate::step::PipelineError;

/// Stands for the end of the lane, wherever that will be: nothing arrives there any more that has another
/// lane. A version with a new lane adds a [`Move`].
const DONE: Offset = Offset(i64::MAX as u64);

/// What became movable in one version.
struct Move {
    lanes: &'static [Lane],
    from: Offset,
    note: fn(&Meta, Offset) -> Result<(), MetaError>,
}

/// Moves everything that has a lane of its own out of the kept lane, once for each version. Blocks; not
/// to be called where futures run. What was moved stays in the kept lane, unread, until its time is over.
///
/// # Errors
/// When the log or the database fails; the next call goes on from there.
pub fn rehome(meta: &Meta, log: &IntakeLog) -> Result<(), PipelineError> {
    let offsets = meta.offsets()?;
    let traces = Move {
        lanes: &[Lane::Errors, Lane::Traces],
        from: offsets.rehomed,
        note: Meta::set_rehomed,
    };
    let sessions = Move {
        lanes: &[Lane::Sessions],
        from: offsets.rehomed_sessions,
        note: Meta::set_rehomed_sessions,
    };
    let check_ins = Move {
        lanes: &[Lane::CheckIns],
        from: offsets.rehomed_check_ins,
        note: Meta::set_rehomed_check_ins,
    };
    [traces, sessions, check_ins].iter().try_for_each(|step| step.run(meta, log))
}

impl Move {
    fn run(&self, meta: &Meta, log: &IntakeLog) -> Result<(), PipelineError> {
        let end = log.end(Lane::Kept);
        let mut reader = log.reader(Lane::Kept, self.from);
        while self.from < end && reader.position() < end {
            let records = limits::PIPELINE_BATCH_EVENTS_MAX;
            let entries = reader.next_batch(records, limits::PIPELINE_BATCH_BYTES_MAX)?;
            let Some(last) = entries.last() else { break };
            for lane in self.lanes {
                let moved = entries.iter().filter_map(|entry| part_for(&entry.record, *lane));
                log.append_blocking(*lane, moved.collect())?;
            }
            (self.note)(meta, last.end)?;
        }
        if self.from < DONE { Ok((self.note)(meta, DONE)?) } else { Ok(()) }
    }
}

/// The record with only the items that belong to that lane. Its body stays whole, as it is compressed.
fn part_for(record: &Record, lane: Lane) -> Option<Record> {
    let items = record.items.iter().filter(|item| item.item_type.lane() == lane);
    let items: Vec<Item> = items.cloned().collect();
    (!items.is_empty()).then(|| Record { items, ..record.clone() })
}
