//! The way of spans after they were acknowledged: from records of the intake log to rows in the memory
//! table, and from there into a part. CPU time of one thread, without HTTP. Run by hand with a file that
//! the load generator made (`pitbench gen --kind transaction` or `otlp`):
//! `cargo bench -p pipeline --bench traces -- FILE`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement, whose result is printed"
)]

use std::path::Path;
use std::sync::Arc;

use alarm::Alarms;
use health::{Health, HealthLimits};
use meta::{Meta, NewProject};
use model::clock::{Clock, MachineClock};
use model::id::{KeyId, OrganizationId, ProjectId};
use model::intake::{BodyCoding, Item, ItemType, Lane, Record};
use pipeline::{Keeper, KeeperParts, NewestParts, Steps, Threads, TraceParts, TracePipeline};
use store::blobs::BlobStore;
use store::disk::{Disk, MachineDisk};
use store::events::{EventSettings, EventStore};
use store::log::{IntakeLog, LogSettings};
use store::profiles::ProfileStore;
use store::spans::{SpanSettings, SpanStore};
use wire::envelope::Envelope;

/// The server's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Records appended before the pipeline is let at them: what it reads in one step.
const RECORDS_AT_ONCE: usize = 256;
/// A payload in the generator's file: bytes of the raw and of the compressed body, an id, the body.
const PAYLOAD_HEADER_BYTES: usize = 4 + 4 + 32;

fn main() {
    let Some(file) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let house = House::new(folder.path());
    let parts = TraceParts {
        meta: house.parts.meta.clone(),
        log: Arc::clone(&house.parts.log),
        spans: Arc::clone(&house.parts.spans),
        profiles: Arc::clone(&house.parts.profiles),
        threads: Threads { count: 1, begin: || {} },
    };
    let keeper = Arc::new(Keeper::new(house.parts.clone()).unwrap());
    let mut pipeline = TracePipeline::new(parts, Arc::clone(&keeper)).unwrap();
    let (mut worked, mut written, mut rows) = (0.0, 0.0, 0);
    for payloads in payloads(&std::fs::read(file).unwrap()).chunks(RECORDS_AT_ONCE) {
        let records = payloads.iter().map(|payload| house.record(payload)).collect();
        house.parts.log.append_blocking(Lane::Traces, records).unwrap();
        let before = cpu_seconds();
        while pipeline.step().unwrap() {}
        worked += cpu_seconds() - before;
        if house.parts.spans.is_full() {
            rows += house.parts.spans.memory_use().0;
            let before = cpu_seconds();
            keeper.flush().unwrap();
            written += cpu_seconds() - before;
        }
    }
    rows += house.parts.spans.memory_use().0;
    let before = cpu_seconds();
    keeper.flush().unwrap();
    written += cpu_seconds() - before;
    let parts = house.parts.spans.snapshot().parts;
    let bytes: u64 = parts.iter().map(|part| part.record().bytes).sum();
    let count = f64::from(u32::try_from(rows).unwrap());
    println!(
        "{rows} spans: {:.2} CPU-us a span worked up, {:.2} written; {:.1} bytes a span in {} parts",
        worked * 1e6 / count,
        written * 1e6 / count,
        f64::from(u32::try_from(bytes).unwrap()) / count,
        parts.len(),
    );
}

/// Everything a pipeline needs.
struct House {
    parts: KeeperParts,
    organization: OrganizationId,
    project: ProjectId,
}

impl House {
    fn new(folder: &Path) -> Self {
        let disk: Arc<dyn Disk> = Arc::new(MachineDisk);
        let clock: Arc<dyn Clock> = Arc::new(MachineClock::default());
        let meta = Meta::open(&folder.join("meta.sqlite"), Arc::clone(&clock)).unwrap();
        let organization = meta.create_organization("acme", "Acme").unwrap().id;
        let new = NewProject { slug: "bench".to_owned(), ..NewProject::default() };
        let project = meta.create_project(organization, &new).unwrap().id;
        let open = |name: &str| (folder.join(name), Arc::clone(&disk));
        let (path, own) = open("events");
        let events = EventStore::open(&path, own, EventSettings::default(), Vec::new()).unwrap().0;
        let (path, own) = open("spans");
        let spans = SpanStore::open(&path, own, SpanSettings::default(), Vec::new()).unwrap().0;
        let (path, own) = open("blobs");
        let blobs = BlobStore::open(&path, own).unwrap();
        let (path, own) = open("artifacts");
        let artifacts = BlobStore::open(&path, own).unwrap();
        let (path, own) = open("profiles");
        let profiles = ProfileStore::open(&path, own).unwrap();
        let log = IntakeLog::open(&folder.join("intake"), &disk, LogSettings::default()).unwrap();
        let health = folder.join("health.sqlite");
        let parts = KeeperParts {
            health: Health::open(&health, HealthLimits::default()).unwrap(),
            alarms: Alarms::open(&folder.join("alarm.sqlite")).unwrap(),
            meta,
            log: Arc::new(log),
            events: Arc::new(events),
            spans: Arc::new(spans),
            blobs: Arc::new(blobs),
            artifacts: Arc::new(artifacts),
            profiles: Arc::new(profiles),
            clock,
            kept_days: 1,
            newest: NewestParts { minutes: 60, bytes_max: u64::MAX },
        };
        Self { parts, organization, project }
    }

    /// What ingest makes of a request with that body: the generator compresses with gzip.
    fn record(&self, compressed: &[u8]) -> Record {
        let mut body = Vec::new();
        let mut gzip = flate2::read::GzDecoder::new(compressed);
        std::io::Read::read_to_end(&mut gzip, &mut body).unwrap();
        let (header, item) = if let Ok(envelope) = Envelope::parse(&body) {
            let first = &envelope.items[0];
            let (item_type, len) = (first.header.item_type.unwrap(), first.payload.len());
            let item = item(item_type, first.start, len, first.header_line.to_string());
            (envelope.header_line.to_string(), item)
        } else {
            let header = r#"{"content_type":"application/x-protobuf"}"#.to_owned();
            ("{}".to_owned(), item(ItemType::OtlpTraces, 0, body.len(), header))
        };
        Record {
            received: self.parts.clock.now(),
            organization: self.organization,
            project: self.project,
            key: KeyId(1),
            client_ip: "127.0.0.1".to_owned(),
            user_agent: String::new(),
            sdk: "pitbench/0.1".to_owned(),
            header,
            items: vec![item],
            coding: BodyCoding::Gzip,
            body_len: u32::try_from(body.len()).unwrap(),
            body: compressed.to_vec(),
        }
    }
}

fn item(item_type: ItemType, start: usize, len: usize, header: String) -> Item {
    let [start, len] = [start, len].map(|number| u32::try_from(number).unwrap());
    Item { item_type, start, len, count: 1, header }
}

fn payloads(mut file: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while let Some((header, rest)) = file.split_at_checked(PAYLOAD_HEADER_BYTES) {
        let len = u32::from_le_bytes(*header[4..].first_chunk().unwrap());
        let (payload, rest) = rest.split_at(usize::try_from(len).unwrap());
        found.push(payload);
        file = rest;
    }
    found
}

/// Of the calling thread. Linux only; elsewhere 0.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = stat.split(' ').next().and_then(|text| text.parse::<f64>().ok());
    nanos.unwrap_or_default() / 1e9
}
