//! A part: immutable files in a folder of their own. Opened when first asked for a payload.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::UInt64Type;
use model::id::{EventId, IssueId, ProjectId};
use model::part::{PartId, PartRecord};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::ids::{IdEntry, Ids, Place};
use super::payload::{Block, Facts};
use super::{StoreError, StoredPayload};
use crate::fields::Fields;
use crate::parts::{PartFolder, ROWS_FILE, StoredPart, damaged, lock};

/// Version of the files described in `docs/formats/parts.md`.
pub(crate) const FORMAT: u16 = 1;
pub(crate) const PAYLOADS_FILE: &str = "payloads";
pub(crate) const IDS_FILE: &str = "ids";
/// The last bytes of the payload file: its kind and version.
pub(crate) const PAYLOADS_MAGIC: [u8; 8] = *b"PWPAY\0\0\x01";
/// Runs of one part; more means damage.
const RUNS_MAX: u32 = 65_536;

/// Rows and payloads that were flushed or merged together. Its files are deleted when it is not wanted
/// any more and the last snapshot that uses it is gone.
#[derive(Debug)]
pub struct Part {
    folder: PartFolder,
    opened: Mutex<Option<Arc<Opened>>>,
}

#[derive(Debug)]
struct Opened {
    ids: Ids,
    payloads: File,
}

/// From which byte to which a sorted run of payloads reaches.
pub(crate) type Run = (u64, u64);

impl Part {
    /// What the catalogue knows of it.
    pub fn record(&self) -> &PartRecord {
        self.folder.record()
    }

    /// Its number.
    pub fn id(&self) -> PartId {
        self.folder.id()
    }

    /// The Parquet file with its rows, sorted by project, issue, timestamp, event id. The file never
    /// changes, and is there as long as this part is held.
    pub fn rows_path(&self) -> PathBuf {
        self.folder.file(ROWS_FILE)
    }

    pub(crate) fn mark_damaged(&self) {
        self.folder.mark_damaged();
    }

    pub(crate) fn contains(&self, project: ProjectId, event: EventId) -> Result<bool, StoreError> {
        Ok(self.find(project, event)?.is_some())
    }

    pub(crate) fn payload(
        &self,
        project: ProjectId,
        event: EventId,
    ) -> Result<Option<StoredPayload>, StoreError> {
        let Some((place, opened)) = self.find(project, event)? else { return Ok(None) };
        let (block, _) = Block::read(&opened.payloads, place.block)
            .map_err(|cause| self.folder.failed(cause))?;
        let entry = block.get(usize::from(place.index));
        let ours = entry.filter(|(facts, _)| facts.event_id == event && facts.project == project);
        let (facts, json) = ours.ok_or_else(|| self.folder.failed(damaged()))?;
        Ok(Some(StoredPayload { facts, json: json.to_vec() }))
    }

    /// The payload file and the sorted runs in it.
    pub(crate) fn runs(&self) -> Result<(File, Vec<Run>), StoreError> {
        let read = || {
            let file = File::open(self.folder.file(PAYLOADS_FILE))?;
            let runs = read_runs(&file)?;
            Ok((file, runs))
        };
        read().map_err(|cause| self.folder.failed(cause))
    }

    /// Hands out what [`crate::schema::traces`] needs of its rows.
    pub(crate) fn traces(&self, mut each: impl FnMut(&RecordBatch)) -> Result<(), StoreError> {
        let file = File::open(self.rows_path()).map_err(|cause| self.folder.failed(cause))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        let columns = ["project", "received", "trace"];
        let columns = ProjectionMask::columns(builder.parquet_schema(), columns);
        for rows in builder.with_projection(columns).build()? {
            each(&rows?);
        }
        Ok(())
    }

    /// Whether it has a row of one of these issues.
    pub(crate) fn has_issue_of(&self, issues: &HashSet<IssueId>) -> Result<bool, StoreError> {
        let file = File::open(self.rows_path()).map_err(|cause| self.folder.failed(cause))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        let only_issue = ProjectionMask::columns(builder.parquet_schema(), ["issue"]);
        for rows in builder.with_projection(only_issue).build()? {
            let rows = rows?;
            let column = rows.column_by_name("issue");
            let numbers = column.and_then(|column| column.as_primitive_opt::<UInt64Type>());
            let numbers = numbers.map(|numbers| numbers.values().as_ref()).unwrap_or_default();
            if numbers.iter().any(|number| issues.contains(&IssueId(*number))) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn find(
        &self,
        project: ProjectId,
        event: EventId,
    ) -> Result<Option<(Place, Arc<Opened>)>, StoreError> {
        let opened = self.opened()?;
        let found = match opened.ids.find(event, project) {
            Ok(place) => return Ok(place.map(|place| (place, opened))),
            Err(cause) => {
                tracing::error!(part = self.id().0, %cause, "id index is damaged");
                let rebuilt = self.rebuild()?;
                rebuilt.ids.find(event, project).map(|place| place.map(|place| (place, rebuilt)))
            }
        };
        found.map_err(|cause| self.folder.failed(cause))
    }

    fn opened(&self) -> Result<Arc<Opened>, StoreError> {
        if let Some(opened) = lock(&self.opened).as_ref() {
            return Ok(Arc::clone(opened));
        }
        let ids = match Ids::open(&self.folder.file(IDS_FILE)) {
            Ok(ids) => ids,
            Err(cause) => {
                tracing::error!(part = self.id().0, %cause, "id index is damaged");
                return self.rebuild();
            }
        };
        let payloads = File::open(self.folder.file(PAYLOADS_FILE));
        let payloads = payloads.map_err(|cause| self.folder.failed(cause))?;
        Ok(self.remember(Opened { ids, payloads }))
    }

    fn remember(&self, opened: Opened) -> Arc<Opened> {
        let opened = Arc::new(opened);
        *lock(&self.opened) = Some(Arc::clone(&opened));
        opened
    }

    /// Finds the ids in the payload blocks themselves, as far as they can be read.
    fn rebuild(&self) -> Result<Arc<Opened>, StoreError> {
        self.mark_damaged();
        let (payloads, runs) = self.runs()?;
        let mut entries = Vec::new();
        for (start, end) in runs {
            let mut at = start;
            while at < end {
                let Ok((block, next)) = Block::read(&payloads, at) else { break };
                entries.extend(block.entries().zip(0..).map(|((facts, _), index)| {
                    let Facts { event_id, project, .. } = facts;
                    IdEntry { event_id, project, place: Place { block: at, index } }
                }));
                at = next;
            }
        }
        Ok(self.remember(Opened { ids: Ids::rebuilt(entries), payloads }))
    }
}

impl StoredPart for Part {
    fn stored(folder: PartFolder) -> Self {
        Self { folder, opened: Mutex::default() }
    }

    fn folder(&self) -> &PartFolder {
        &self.folder
    }
}

fn read_runs(file: &File) -> io::Result<Vec<Run>> {
    let len = file.metadata()?.len();
    let mut tail = [0; 16];
    let tail_start = len.checked_sub(16).ok_or_else(damaged)?;
    file.read_exact_at(&mut tail, tail_start)?;
    let mut fields = Fields(&tail);
    let (count, checksum, magic) = (fields.u32(), fields.u32(), fields.take::<8>());
    let count = count.filter(|count| *count <= RUNS_MAX).ok_or_else(damaged)?;
    let runs_start = tail_start.checked_sub(u64::from(count) * 16).ok_or_else(damaged)?;
    let mut bytes = vec![0; usize::try_from(count).unwrap_or_default() * 16];
    file.read_exact_at(&mut bytes, runs_start)?;
    if magic != Some(PAYLOADS_MAGIC) || checksum != Some(crc32fast::hash(&bytes)) {
        return Err(damaged());
    }
    let mut fields = Fields(&bytes);
    let runs = std::iter::from_fn(|| Some((fields.u64()?, fields.u64()?)));
    Ok(runs.collect())
}
