//! Minidumps: what an event gets of one, with the debug files that say how to walk its stacks.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use model::event::Event;
use model::id::ProjectId;
use serde_json::Value;
use symbols::DebugId;

use super::{EventLookup, Symbolicator};
use crate::built::Job;
use crate::image::Wanted;
use crate::key::Key;
use crate::limits::{DUMP_BYTES_MAX, DUMP_UNWINDS_MAX};
use crate::patience::Waiting;

/// Why an event gets nothing of its minidump.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum DumpProblem {
    #[error(
        "the minidump has {bytes} bytes; it was not read, because {DUMP_BYTES_MAX} are allowed"
    )]
    TooLarge { bytes: usize },
    #[error("the minidump was not read, because those of this project take too long")]
    TooBusy,
    #[error("{reason}")]
    Unreadable { reason: String },
}

impl Symbolicator {
    /// What an event gets of a minidump: fields of an event as JSON. The stacks have addresses only. Blocks.
    ///
    /// # Errors
    /// Says why there is nothing.
    pub fn read_dump(&self, project: ProjectId, dump: &[u8]) -> Result<Vec<u8>, DumpProblem> {
        if dump.len() > DUMP_BYTES_MAX {
            return Err(DumpProblem::TooLarge { bytes: dump.len() });
        }
        let _turn = self.inner.dumps.lock().unwrap_or_else(PoisonError::into_inner);
        let clock = Arc::clone(&self.inner.clock);
        let mut patience = self.inner.dump_waits.begin(project, Waiting::Dump, &*clock);
        if patience.is_over() {
            return Err(DumpProblem::TooBusy);
        }
        let workshop = &self.inner.workshop;
        let fields = patience.spend(|left| workshop.read_dump(dump, &[], left));
        let fields = fields
            .map_err(|problem| DumpProblem::Unreadable { reason: problem.to_string() })
            .map(|fields| {
                // Now that the programs are known it is done better with their debug files.
                let unwinds = self.unwinds(project, &fields);
                if unwinds.is_empty() {
                    return fields;
                }
                let again = patience.spend(|left| workshop.read_dump(dump, &unwinds, left));
                again.unwrap_or(fields)
            });
        self.inner.dump_waits.end(project, Waiting::Dump, &patience);
        fields
    }

    /// The files that say how the programs of a minidump keep the stack, as far as there are any.
    fn unwinds(&self, project: ProjectId, fields: &[u8]) -> Vec<(DebugId, PathBuf)> {
        let fields: Value = serde_json::from_slice(fields).unwrap_or_default();
        let images = fields.pointer("/debug_meta/images").and_then(Value::as_array);
        let ids = images.into_iter().flatten().filter_map(|image| {
            image.get("debug_id")?.as_str()?.parse::<DebugId>().ok().filter(|id| !id.is_nil())
        });
        let clock = Arc::clone(&self.inner.clock);
        let mut lookup = self.lookup(project, &Event::default(), Waiting::Pipeline, &*clock);
        let found = ids
            .take(DUMP_UNWINDS_MAX)
            .filter_map(|debug_id| Some((debug_id, lookup.unwind(debug_id)?)))
            .collect();
        self.inner.waits.end(project, Waiting::Pipeline, &lookup.patience);
        found
    }
}

impl EventLookup<'_, '_> {
    /// Where it is said how the functions of a program keep the stack.
    fn unwind(&mut self, debug_id: DebugId) -> Option<PathBuf> {
        let answer = self.native(Wanted::Unwind { debug_id }).ok()?;
        answer.files.iter().find_map(|file| {
            let key = Key::of_unwind(file.blob, file.debug_id);
            let job = Job::Unwind { blob: file.blob, debug_id: file.debug_id };
            let built = self.inner.workshop.ask(key, &job, &mut self.patience).ok()?;
            // Of a program and its debug file, one may say nothing about stacks.
            if built.bytes() == 0 {
                return None;
            }
            self.renew(&answer.renewed, [file.used]);
            Some(self.inner.workshop.path(key))
        })
    }
}
