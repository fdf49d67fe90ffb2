//! The intake log: what was acknowledged is there, whatever happens to the disk.

use std::path::Path;
use std::sync::Arc;

use model::clock::Micros;
use model::intake::{Lane, Offset, Record};
use store::disk::Disk;
use store::log::{AppendError, Entry, IntakeLog, LaneSettings, LogSettings};

use crate::fake_disk::FakeDisk;
use crate::samples::{Dice, START, record};

const SMALL: LaneSettings =
    LaneSettings { segment_bytes: 4_000, disk_bytes_max: 1 << 30, tail_bytes_max: 20_000 };

fn open(folder: &Path, disk: &FakeDisk, lane: LaneSettings) -> Option<IntakeLog> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    IntakeLog::open(
        folder,
        &disk,
        LogSettings { errors: lane, traces: lane, sessions: lane, check_ins: lane, kept: lane },
    )
    .ok()
}

fn append(log: &IntakeLog, record: &Record) -> Result<Offset, AppendError> {
    block_on(log.append(Lane::Errors, record.clone()))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn read_all(log: &IntakeLog, from: Offset) -> Vec<Entry> {
    let mut reader = log.reader(Lane::Errors, from);
    let mut all = Vec::new();
    loop {
        let batch = reader.next_batch(7, 10_000).unwrap();
        if batch.is_empty() {
            assert_eq!(reader.position(), log.end(Lane::Errors));
            return all;
        }
        all.extend(batch);
    }
}

#[test]
fn what_is_appended_is_read_in_order_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(5);
    let records: Vec<Record> = (0..200).map(|number| record(&mut dice, number, 600)).collect();
    let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
    let ends: Vec<Offset> = records.iter().map(|record| append(&log, record).unwrap()).collect();
    let expected: Vec<Entry> = records
        .iter()
        .zip(&ends)
        .map(|(record, end)| Entry { end: *end, record: Arc::new(record.clone()) })
        .collect();
    assert_eq!(read_all(&log, Offset(0)), expected);
    assert_eq!(read_all(&log, ends[150]), expected[151..]);
    let stats = log.stats(Lane::Errors);
    assert_eq!((stats.records, stats.bytes, stats.disk_bytes), (200, ends[199].0, ends[199].0));
    drop(log);
    let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
    assert_eq!(log.end(Lane::Errors), ends[199]);
    assert_eq!(read_all(&log, Offset(0)), expected);
    assert_eq!(read_all(&log, ends[10]), expected[11..]);
}

#[test]
fn a_reader_waits_for_the_next_record() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
    let mut reader = log.reader(Lane::Errors, Offset(0));
    let record = record(&mut Dice::new(1), 1, 10);
    let ((), appended) =
        block_on(async { tokio::join!(reader.ready(), log.append(Lane::Errors, record.clone())) });
    appended.unwrap();
    assert_eq!(*reader.next_batch(9, 9).unwrap()[0].record, record);
}

#[test]
fn many_appenders_share_a_sync() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
    let mut dice = Dice::new(2);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let log = Arc::new(log);
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..500 {
            let (log, record) = (Arc::clone(&log), record(&mut dice, number, 100));
            tasks.spawn(async move { log.append(Lane::Errors, record).await });
        }
        while let Some(appended) = tasks.join_next().await {
            appended.unwrap().unwrap();
        }
    });
    assert_eq!(read_all(&log, Offset(0)).len(), 500);
    assert!(log.stats(Lane::Errors).fsyncs < 500);
}

/// A log that dies again and again; every acknowledged record must be there exactly once.
#[test]
fn acknowledged_records_survive_every_crash() {
    for seed in 0..80 {
        let folder = tempfile::tempdir().unwrap();
        let mut dice = Dice::new(seed + 1_000);
        let mut acknowledged: Vec<(Offset, Record)> = Vec::new();
        let mut number = 0;
        for life in 0..4 {
            let disk = FakeDisk::dying(seed * 10 + life, 4 + dice.below(60));
            if let Some(log) = open(folder.path(), &disk, SMALL) {
                while !disk.is_dead() {
                    number += 1;
                    let record = record(&mut dice, number, 900);
                    if let Ok(end) = append(&log, &record) {
                        let last = acknowledged.last().map_or(Offset(0), |(end, _)| *end);
                        assert!(end > last, "seed {seed}: offset {end:?} after {last:?}");
                        acknowledged.push((end, record));
                    }
                }
            }
            disk.crash();
            let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
            let there = read_all(&log, Offset(0));
            for (end, record) in &acknowledged {
                let same = there.iter().filter(|entry| *entry.record == *record);
                let ends: Vec<Offset> = same.map(|entry| entry.end).collect();
                assert_eq!(ends, [*end], "seed {seed}, life {life}");
            }
        }
    }
}

#[test]
fn a_full_disk_refuses_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let disk = FakeDisk::healthy();
    let log = open(folder.path(), &disk, SMALL).unwrap();
    let mut dice = Dice::new(3);
    let records: Vec<Record> = (0..30).map(|number| record(&mut dice, number, 900)).collect();
    let mut kept = Vec::new();
    for (number, record) in records.iter().enumerate() {
        disk.set_full(number % 3 == 1);
        match append(&log, record) {
            Ok(_) => kept.push(record.clone()),
            Err(error) => assert_eq!((number % 3, error), (1, AppendError::Full)),
        }
    }
    let there = |log: &IntakeLog| -> Vec<Record> {
        read_all(log, Offset(0)).iter().map(|entry| Record::clone(&entry.record)).collect()
    };
    assert_eq!(kept.len(), 20);
    assert_eq!(there(&log), kept);
    assert_eq!(log.stats(Lane::Errors).refused, 10);
    drop(log);
    assert_eq!(there(&open(folder.path(), &disk, SMALL).unwrap()), kept);
}

#[test]
fn a_lane_refuses_at_its_own_limit_until_it_is_trimmed() {
    let folder = tempfile::tempdir().unwrap();
    let lane = LaneSettings { disk_bytes_max: 10_000, ..SMALL };
    let log = open(folder.path(), &FakeDisk::healthy(), lane).unwrap();
    let mut dice = Dice::new(4);
    let mut next = |log: &IntakeLog, number| append(log, &record(&mut dice, number, 600));
    let refused = (0..100).find(|number| next(&log, *number) == Err(AppendError::Full)).unwrap();
    assert!(log.stats(Lane::Errors).disk_bytes <= 10_000);
    let end = log.end(Lane::Errors);
    log.trim(Lane::Errors, end);
    // The writer trims after the group of the wake-up, so one more append may still be refused.
    let appended = (0..10).find_map(|number| next(&log, refused + number).ok()).unwrap();
    assert!(appended > end, "offsets are never used again");
    assert_eq!(read_all(&log, Offset(0)).len(), 1);
    assert!(log.stats(Lane::Errors).disk_bytes < 1_000);
}

#[test]
fn old_records_are_trimmed_by_segment() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(6);
    let records: Vec<Record> = (0..100).map(|number| record(&mut dice, number, 600)).collect();
    let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
    for record in &records {
        append(&log, record).unwrap();
    }
    drop(log);
    // Also those whose ages are known from the files alone.
    let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
    log.trim_older_than(Lane::Errors, Micros(START + 60));
    drop(log);
    let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
    let there = read_all(&log, Offset(0));
    let first = there[0].record.received;
    assert!(first > Micros(START + 40) && first <= Micros(START + 60), "{first:?}");
    assert_eq!(there.len() as u64, START + 100 - first.0);
}

#[test]
fn damage_in_the_middle_costs_that_record_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(7);
    let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
    let ends: Vec<Offset> =
        (0..60).map(|number| append(&log, &record(&mut dice, number, 600)).unwrap()).collect();
    drop(log);
    let lane = folder.path().join("errors");
    let first = lane.join("0000000000000000.log");
    let mut bytes = std::fs::read(&first).unwrap();
    bytes[usize::try_from(ends[1].0).unwrap() - 3] ^= 1;
    std::fs::write(&first, bytes).unwrap();
    let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
    let there = read_all(&log, Offset(0));
    let numbers: Vec<u64> = there.iter().map(|entry| entry.record.project.0).collect();
    assert_eq!(numbers, [0].into_iter().chain(2..60).collect::<Vec<u64>>());
    assert_eq!(log.stats(Lane::Errors).damaged_bytes, ends[1].0 - ends[0].0);
    let aside = lane.join(format!("{:016x}.damaged", ends[0].0));
    assert_eq!(std::fs::metadata(aside).unwrap().len(), ends[1].0 - ends[0].0);
}

#[test]
fn random_bytes_as_segments_never_stop_a_start() {
    for seed in 0..200 {
        let folder = tempfile::tempdir().unwrap();
        let mut dice = Dice::new(seed);
        let lane = folder.path().join("errors");
        std::fs::create_dir_all(&lane).unwrap();
        for first in [0_u64, 500, 900] {
            let mut bytes: Vec<u8> =
                (0..dice.size(700)).map(|_| u8::try_from(dice.below(256)).unwrap()).collect();
            if dice.coin() {
                bytes.splice(0..0, *b"PWL\x01\x10\0\0\0");
            }
            std::fs::write(lane.join(format!("{first:016x}.log")), bytes).unwrap();
        }
        let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
        let record = record(&mut dice, 1, 100);
        append(&log, &record).unwrap();
        let there = read_all(&log, Offset(0));
        assert_eq!(*there.last().unwrap().record, record);
    }
}

#[test]
fn a_record_over_the_limit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), &FakeDisk::healthy(), SMALL).unwrap();
    let mut large = record(&mut Dice::new(1), 1, 10);
    large.body = vec![0; model::limits::LOG_RECORD_BYTES_MAX];
    assert_eq!(append(&log, &large), Err(AppendError::TooLarge));
}

#[test]
fn a_second_server_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ours = store::folder::DataFolder::lock(folder.path()).unwrap();
    let theirs = store::folder::DataFolder::lock(folder.path()).unwrap_err();
    assert!(theirs.to_string().starts_with("another server is using the data folder"));
    drop(ours);
    store::folder::DataFolder::lock(folder.path()).unwrap();
}
