//! Spans into durable parts: rows a second, bytes a span, how long an append waits, how long a trace
//! takes by its id. Run by hand: `cargo bench -p store --bench spans -- 20000000`.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement on the machine's clock, whose result is printed"
)]

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model::clock::Micros;
use model::id::{ProjectId, TraceId};
use model::intake::Offset;
use model::limits;
use store::disk::MachineDisk;
use store::spans::{
    AppendError, Retention, SpanBuilder, SpanSettings, SpanStore, TraceWanted, spans_of,
};
use workload::{Texts, Workload};

mod workload;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows of a batch.
const BATCH_ROWS: u64 = 5_000;
/// One in so many traces is looked up.
const TRACES_ASKED: usize = 200;

fn main() {
    let numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let rows: u64 = numbers.max().unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let disk = Arc::new(MachineDisk);
    let settings = SpanSettings { unsampled_parts_max: 0, ..SpanSettings::default() };
    let (store, _) = SpanStore::open(folder.path(), disk, settings, Vec::new()).unwrap();
    let traces = ingest(&store, rows);
    report_disk("as flushed", &store, folder.path(), rows);
    ask(&store, &traces);
    merge(&store, rows);
    report_disk("merged", &store, folder.path(), rows);
    ask(&store, &traces);
}

/// One thread makes and appends batches, the other seals.
fn ingest(store: &SpanStore, rows: u64) -> Vec<TraceId> {
    let texts = Texts::new();
    let start = Instant::now();
    let cpu = cpu_seconds();
    let is_over = AtomicBool::new(false);
    let mut traces = HashSet::new();
    let mut waits = Vec::new();
    std::thread::scope(|scope| {
        let sealer = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                if store.is_full() {
                    seal(store);
                } else {
                    std::thread::park_timeout(Duration::from_millis(5));
                }
            }
        });
        let mut workload = Workload::new(&texts, rows);
        let mut builder = SpanBuilder::new();
        for batch in 0..rows.div_ceil(BATCH_ROWS) {
            for row in 0..BATCH_ROWS {
                let span = workload.next();
                if row == 0 && batch % 100 == 0 {
                    traces.insert(span.trace);
                }
                builder.push(&span);
            }
            let mut batches = vec![builder.finish().unwrap()];
            let before = Instant::now();
            while let Err(error) = store.append(batches, Offset(batch)) {
                let AppendError::Full(back) = error else { panic!("{error:?}") };
                batches = back;
                std::thread::park_timeout(Duration::from_millis(1));
            }
            waits.push(before.elapsed());
        }
        is_over.store(true, Ordering::Relaxed);
        sealer.join().unwrap();
        seal(store);
    });
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    waits.sort_unstable();
    let count = f64::from(u32::try_from(rows).unwrap());
    println!(
        "ingest: {:.0} rows/s wall, {:.2} CPU-us a row, append p50 {:?} p99 {:?} max {:?}, peak memory {} MB",
        count / wall,
        cpu * 1e6 / count,
        waits[waits.len() / 2],
        waits[waits.len() * 99 / 100],
        waits[waits.len() - 1],
        peak_memory_bytes() >> 20,
    );
    traces.into_iter().take(TRACES_ASKED).collect()
}

fn seal(store: &SpanStore) {
    if let Some(sealed) = store.seal().unwrap() {
        store.publish(sealed);
    }
}

fn merge(store: &SpanStore, rows: u64) {
    let keep = Retention { now: Micros(0), days_of: &|_| 90, weigh: &|_, _| Some(1.0) };
    let (start, cpu, mut merged) = (Instant::now(), cpu_seconds(), 0);
    while let Some(plan) = store.plan(&keep) {
        let compacted = store.run(&plan, &keep).unwrap();
        merged += compacted.change().added.iter().map(|part| part.rows).sum::<u64>();
        drop(plan);
        store.publish_compacted(compacted);
    }
    let count = f64::from(u32::try_from(merged.max(1)).unwrap());
    println!(
        "merge: {merged} of {rows} rows, {:.0} rows/s, {:.2} CPU-us a row, peak memory {} MB",
        count / start.elapsed().as_secs_f64(),
        (cpu_seconds() - cpu) * 1e6 / count,
        peak_memory_bytes() >> 20,
    );
}

fn ask(store: &SpanStore, traces: &[TraceId]) {
    let time = |trace: TraceId| {
        let start = Instant::now();
        let wanted = TraceWanted {
            trace,
            projects: &(1..=8).map(ProjectId).collect::<Vec<_>>(),
            rows_max: limits::TRACE_SPANS_MAX,
            bytes_max: limits::TRACE_BYTES_MAX,
        };
        let found = store.trace(&wanted).unwrap().batches;
        let spans: usize = found.iter().map(|rows| spans_of(rows).unwrap().len()).sum();
        (start.elapsed(), spans)
    };
    let middle = |mut times: Vec<Duration>| {
        times.sort_unstable();
        (times[times.len() / 2], times[times.len() - 1])
    };
    time(TraceId([1; 16]));
    let missing = (0..100).map(|number| time(TraceId([number; 16])).0).collect();
    let found: Vec<_> = traces.iter().map(|trace| time(*trace)).collect();
    assert!(found.iter().all(|(_, spans)| *spans > 0));
    println!(
        "trace by id, p50 and max: there {:?}, missing {:?}",
        middle(found.into_iter().map(|(time, _)| time).collect()),
        middle(missing),
    );
}

fn report_disk(what: &str, store: &SpanStore, folder: &Path, rows: u64) {
    let snapshot = store.snapshot();
    let mut files = std::collections::BTreeMap::<String, u64>::new();
    for folder in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().to_string_lossy().into_owned();
            *files.entry(name).or_default() += file.metadata().unwrap().len();
        }
    }
    let count = f64::from(u32::try_from(rows).unwrap());
    let a_span = |bytes: u64| f64::from(u32::try_from(bytes / 1024).unwrap()) * 1024.0 / count;
    println!(
        "{what}: {} parts, {:.1} bytes a span",
        snapshot.parts.len(),
        a_span(files.values().sum()),
    );
    let files = files.iter().map(|(name, bytes)| format!("{name} {:.2}", a_span(*bytes)));
    println!("  {}", files.collect::<Vec<_>>().join(", "));
    let Some(part) = snapshot.parts.iter().max_by_key(|part| part.record().rows) else { return };
    report_columns(&part.rows_path(), part.record().rows);
    report_columns(&part.cells_path(), part.record().rows);
}

/// Bytes a span of each column in a file of a part with so many.
fn report_columns(file: &Path, spans: u64) {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let file = std::fs::File::open(file).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let mut columns = std::collections::BTreeMap::<String, i64>::new();
    for group in reader.metadata().row_groups() {
        for column in group.columns() {
            *columns.entry(column.column_path().string()).or_default() += column.compressed_size();
        }
    }
    let rows = i64::try_from(spans).unwrap();
    let mut columns: Vec<(i64, String)> =
        columns.into_iter().map(|(name, bytes)| (bytes * 100 / rows, name)).collect();
    columns.sort_unstable_by(|one, other| other.cmp(one));
    let texts = columns.iter().filter(|(bytes, _)| *bytes > 4);
    let texts: Vec<String> =
        texts.map(|(bytes, name)| format!("{name} {}.{:02}", bytes / 100, bytes % 100)).collect();
    println!("  {}", texts.join(", "));
}

/// Linux only; elsewhere 0.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Linux only; elsewhere 0.
fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}
