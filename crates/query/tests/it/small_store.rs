//! Stores with the same rows in different places, and the rows themselves.

use std::path::Path;
use std::sync::Arc;

use lang::ask::{Scope, Window};
use model::clock::{FixedClock, Micros};
use model::error_row::ErrorRow;
use model::id::{EventId, IssueId, ProjectId, SpanId, TraceId};
use model::intake::Offset;
use model::span::SpanRow;
use query::Engine;
use store::disk::MachineDisk;
use store::events::{EventSettings, EventStore};
use store::spans::{Due, Retention, SpanBuilder, SpanSettings, SpanStore};
use tempfile::TempDir;

/// What the engine's clock shows.
pub(crate) const NOW: Micros = Micros(1 << 40);

/// Where the rows of a store are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Memory,
    Parts,
    Both,
}

impl Place {
    /// Where portions go; the last of three stays in memory if both places are wanted.
    fn is_part(self, number: u64) -> bool {
        self == Self::Parts || (self == Self::Both && number < 2)
    }
}

pub(crate) const PLACES: [Place; 3] = [Place::Memory, Place::Parts, Place::Both];

/// An engine over a store with rows. The folder goes when it is dropped.
pub(crate) struct SmallStore {
    pub(crate) engine: Engine,
    folder: TempDir,
}

impl SmallStore {
    /// With error events and no spans.
    pub(crate) fn with(rows: &[ErrorRow], place: Place) -> Self {
        Self::with_both(rows, &[], place)
    }

    /// With spans and no error events.
    pub(crate) fn with_spans(spans: &[SpanRow<'_>], place: Place) -> Self {
        Self::with_both(&[], spans, place)
    }

    /// Puts the rows into three portions; those that are not for memory become a part each.
    fn with_both(rows: &[ErrorRow], spans: &[SpanRow<'_>], place: Place) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (path, disk) = (folder.path().join("parts"), Arc::new(MachineDisk));
        let (store, _) =
            EventStore::open(&path, disk, EventSettings::default(), Vec::new()).unwrap();
        for (number, portion) in portions(rows) {
            let events = portion.iter().map(|row| (row.clone(), payload(row)));
            store.append(events.collect(), Offset(number + 1)).unwrap();
            if place.is_part(number)
                && let Some(sealed) = store.seal().unwrap()
            {
                store.publish(sealed);
            }
        }
        let span_store = empty_spans(folder.path());
        for (number, portion) in portions(spans) {
            append(&span_store, portion);
            if place.is_part(number) {
                seal(&span_store);
            }
        }
        Self::over(store, span_store, folder)
    }

    /// With spans, the portions in parts one by one, the last ones in memory.
    pub(crate) fn with_parts(parts: &[&[SpanRow<'_>]], memory: &[SpanRow<'_>]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (path, disk) = (folder.path().join("parts"), Arc::new(MachineDisk));
        let (store, _) =
            EventStore::open(&path, disk, EventSettings::default(), Vec::new()).unwrap();
        let span_store = empty_spans(folder.path());
        for part in parts {
            append(&span_store, part);
            seal(&span_store);
        }
        append(&span_store, memory);
        Self::over(store, span_store, folder)
    }

    /// With spans in one part, from which all traces were let go.
    pub(crate) fn with_spans_thinned(spans: &[SpanRow<'_>]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (path, disk) = (folder.path().join("parts"), Arc::new(MachineDisk));
        let (store, _) =
            EventStore::open(&path, disk, EventSettings::default(), Vec::new()).unwrap();
        let span_store = empty_spans(folder.path());
        append(&span_store, spans);
        seal(&span_store);
        let weigh = |_, _| None;
        let retention = Retention { now: NOW, days_of: &|_| 90, weigh: &weigh };
        let end = Micros(u64::MAX);
        let due = Due { newest: end, patience: end, bytes_max: u64::MAX };
        let plan = span_store.plan_thinning(&due).unwrap();
        let compacted = span_store.run(&plan, &retention).unwrap();
        span_store.publish_compacted(compacted);
        Self::over(store, span_store, folder)
    }

    /// Deletes what the parts have counted.
    pub(crate) fn remove_cells(&self) {
        for part in std::fs::read_dir(self.folder.path().join("spans")).unwrap() {
            std::fs::remove_file(part.unwrap().path().join("cells.parquet")).unwrap();
        }
    }

    fn over(events: EventStore, spans: SpanStore, folder: TempDir) -> Self {
        let clock = FixedClock::at(NOW);
        let engine = Engine::new(Arc::new(events), Arc::new(spans), Arc::new(clock)).unwrap();
        Self { engine, folder }
    }
}

fn portions<T>(rows: &[T]) -> impl Iterator<Item = (u64, &[T])> {
    (0..).zip(rows.chunks(rows.len().div_ceil(3).max(1)))
}

fn empty_spans(folder: &Path) -> SpanStore {
    let (path, disk) = (folder.join("spans"), Arc::new(MachineDisk));
    SpanStore::open(&path, disk, SpanSettings::default(), Vec::new()).unwrap().0
}

fn append(store: &SpanStore, spans: &[SpanRow<'_>]) {
    let mut builder = SpanBuilder::new();
    for span in spans {
        builder.push(span);
    }
    store.append(vec![builder.finish().unwrap()], Offset(1)).unwrap();
}

fn seal(store: &SpanStore) {
    if let Some(sealed) = store.seal().unwrap() {
        store.publish(sealed);
    }
}

/// What is stored beside a row.
pub(crate) fn payload(row: &ErrorRow) -> Vec<u8> {
    format!("{{\"event_id\":\"{}\"}}", row.event_id).into_bytes()
}

/// Runs one question to its end.
pub(crate) fn wait<T>(answer: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(answer)
}

/// All rows of projects 1 to 3.
pub(crate) fn everything() -> Scope {
    Scope {
        projects: vec![ProjectId(1), ProjectId(2), ProjectId(3)],
        issues: None,
        environments: Vec::new(),
        window: Window { start: Micros(0), end: NOW },
    }
}

/// A row with nothing in it but ids and a time.
pub(crate) fn row(number: u8, timestamp: u64) -> ErrorRow {
    let text = String::new;
    ErrorRow {
        project: ProjectId(1),
        issue: IssueId(1),
        event_id: EventId([number; 16]),
        timestamp: Micros(timestamp),
        received: Micros(timestamp + 5),
        level: "error".to_owned(),
        event_type: "error".to_owned(),
        platform: "python".to_owned(),
        environment: text(),
        release: text(),
        dist: text(),
        transaction: text(),
        server_name: text(),
        logger: text(),
        title: text(),
        message: text(),
        culprit: text(),
        user: text(),
        user_id: text(),
        user_email: text(),
        user_username: text(),
        user_ip: text(),
        geo_country: text(),
        sdk_name: text(),
        sdk_version: text(),
        http_method: text(),
        http_url: text(),
        error_type: text(),
        error_value: text(),
        error_mechanism: text(),
        error_handled: None,
        stack_functions: text(),
        stack_modules: text(),
        stack_filenames: text(),
        trace: None,
        span: None,
        replay: text(),
        tags: Vec::new(),
        flags: Vec::new(),
        size: 100,
        attachments: 0,
    }
}

/// Sixty rows over sixty thousand microseconds, out of order.
pub(crate) fn shop() -> Vec<ErrorRow> {
    let number = |number: u8| {
        let spread = u64::from(number) * 37 % 60;
        let n = usize::from(number);
        let pick = |texts: &[&str]| texts[n % texts.len()].to_owned();
        let mut row = row(number, 1_000 * spread + 7);
        row.project = ProjectId(1 + u64::from(number) % 2);
        row.issue = IssueId(10 + u64::from(number) % 4);
        row.level = pick(&["error", "fatal", "error", "info", "warning"]);
        row.environment = pick(&["production", "staging", ""]);
        row.release = pick(&["shop@1.0", "shop@2.0", ""]);
        row.title = pick(&["TimeoutError: no answer", "Payment declined", "Ставка отклонена"]);
        row.transaction = pick(&["/api/pay", "/api/play", "/login"]);
        row.user = pick(&["id:1", "id:2", "id:3", "", "id:1"]);
        row.error_handled = [None, Some(true), Some(false)][n % 3];
        row.stack_functions = pick(&["main\npay\ncall", "main\nplay", ""]);
        row.trace = number.is_multiple_of(4).then_some(TraceId([number; 16]));
        row.span = number.is_multiple_of(4).then_some(SpanId([number; 8]));
        row.tags = vec![("browser".to_owned(), pick(&["Firefox", "Chrome"]))];
        if number.is_multiple_of(3) {
            row.tags.push(("amount".to_owned(), format!("{}", n * 10)));
        }
        row.flags = vec![("new-ui".to_owned(), pick(&["true", "false"]))];
        row.size = 100 + u32::from(number);
        row
    };
    (0..60).map(number).collect()
}
