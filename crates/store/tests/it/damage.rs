//! Bytes that changed on the disk are an error, or are made up for; never a panic, never a wrong answer.

use std::collections::HashSet;
use std::path::PathBuf;

use store::events::EventStore;

use crate::events::{World, keep_all};
use crate::fake_disk::FakeDisk;
use crate::samples::{Dice, event};

fn world(seed: u64) -> (World, Vec<PathBuf>) {
    let mut dice = Dice::new(seed);
    let mut world = World::new(&FakeDisk::healthy());
    for _ in 0..4 {
        world.append((0..40).map(|_| event(&mut dice)).collect());
        assert!(world.seal(true));
    }
    let parts = world.store.as_ref().unwrap().snapshot().parts;
    let folders = parts.iter().map(|part| part.rows_path().parent().unwrap().into()).collect();
    (world, folders)
}

/// Asks for every event; answers must be right or missing or errors. Counts the right ones.
fn right_answers(store: &EventStore, world: &World) -> usize {
    let ask = |(row, json): &&(_, Vec<u8>)| {
        let row: &model::error_row::ErrorRow = row;
        let stored = store.payload(row.project, row.event_id);
        stored.is_ok_and(|stored| stored.is_some_and(|stored| stored.json == *json))
    };
    world.events.iter().filter(ask).count()
}

#[test]
fn any_changed_byte_is_noticed() {
    for (seed, file) in (0..150).zip(["ids", "payloads", "rows.parquet"].iter().cycle()) {
        let (world, folders) = world(seed);
        let mut dice = Dice::new(seed + 500);
        let path = folders[1].join(file);
        let mut bytes = std::fs::read(&path).unwrap();
        match dice.below(4) {
            0 => bytes.truncate(dice.size(bytes.len())),
            1 => bytes.extend_from_slice(b"more"),
            _ => {
                let at = dice.size(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
        }
        std::fs::write(&path, bytes).unwrap();
        let store = world.store.as_ref().unwrap();
        let right = right_answers(store, &world);
        if *file == "payloads" {
            assert!(right >= 120, "seed {seed}: other parts are not touched: {right}");
        } else {
            assert_eq!(right, 160, "seed {seed}: payloads carry their own ids");
        }
        let none = HashSet::new();
        let retention = keep_all(&none);
        if let Some(plan) = store.plan(&retention)
            && store.run(&plan, &retention).is_err()
        {
            assert!(store.plan(&retention).is_none(), "seed {seed}: a damaged part is left alone");
        }
        assert_eq!(right_answers(store, &world), right);
    }
}

#[test]
fn a_part_without_files_is_reported_and_the_others_work() {
    let (world, folders) = world(1);
    let catalogue = world.catalogue.clone();
    std::fs::remove_dir_all(&folders[2]).unwrap();
    let disk = std::sync::Arc::new(FakeDisk::healthy());
    let settings = crate::events::small();
    let (store, found) = EventStore::open(world.folder(), disk, settings, catalogue).unwrap();
    assert_eq!(found.missing, [world.catalogue[2].id]);
    assert_eq!(store.snapshot().parts.len(), 3);
}
