//! Stores with the same rows in different places, and the rows themselves.

use std::sync::Arc;

use lang::ask::{Scope, Window};
use model::clock::Micros;
use model::error_row::ErrorRow;
use model::id::{EventId, IssueId, ProjectId, SpanId, TraceId};
use model::intake::Offset;
use query::Engine;
use store::disk::MachineDisk;
use store::events::{EventSettings, EventStore};
use tempfile::TempDir;

/// Where the rows of a store are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Memory,
    Parts,
    Both,
}

pub(crate) const PLACES: [Place; 3] = [Place::Memory, Place::Parts, Place::Both];

/// An engine over a store with rows. The folder goes when it is dropped.
pub(crate) struct SmallStore {
    pub(crate) engine: Engine,
    _folder: TempDir,
}

impl SmallStore {
    /// Puts the rows into three portions; those that are not for memory become a part each.
    pub(crate) fn with(rows: &[ErrorRow], place: Place) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = Arc::new(MachineDisk);
        let settings = EventSettings::default();
        let (store, _) = EventStore::open(folder.path(), disk, settings, Vec::new()).unwrap();
        let portions = rows.chunks(rows.len().div_ceil(3).max(1)).enumerate();
        for (number, portion) in portions {
            let events = portion.iter().map(|row| (row.clone(), payload(row)));
            store.append(events.collect(), Offset(number as u64 + 1)).unwrap();
            let to_part = place == Place::Parts || (place == Place::Both && number != 1);
            if to_part && let Some(sealed) = store.seal().unwrap() {
                store.publish(sealed);
            }
        }
        Self { engine: Engine::new(Arc::new(store)).unwrap(), _folder: folder }
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
        window: Window { start: Micros(0), end: Micros(1 << 40) },
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
