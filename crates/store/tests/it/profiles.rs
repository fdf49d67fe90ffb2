//! Profiles in packs.

use std::path::Path;
use std::sync::Arc;

use model::clock::Micros;
use model::id::ProjectId;
use store::profiles::{NewProfile, Packer, ProfileStore};

use crate::fake_disk::FakeDisk;

const DAY: u64 = 86_400_000_000;

fn open(folder: &Path) -> ProfileStore {
    ProfileStore::open(folder, Arc::new(FakeDisk::healthy())).unwrap()
}

fn new(project: u64, day: u64, text: &str) -> NewProfile {
    let packed = Packer::new().unwrap().pack(text.as_bytes()).unwrap();
    NewProfile { project: ProjectId(project), received: Micros(day * DAY + 7), packed }
}

#[test]
fn profiles_are_read_back_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let all = [new(1, 3, "one"), new(1, 3, "two"), new(2, 3, "three"), new(1, 4, "four")];
    let store = open(folder.path());
    let mut places = store.append(&all[..2]).unwrap();
    drop(store);
    let store = open(folder.path());
    places.extend(store.append(&all[2..]).unwrap());
    places.extend(store.append(&[new(1, 3, "five")]).unwrap());
    for (text, (project, place)) in
        ["one", "two", "three", "four", "five"].iter().zip([1, 1, 2, 1, 1].iter().zip(&places))
    {
        assert_eq!(store.read(ProjectId(*project), *place).unwrap(), text.as_bytes());
    }
    assert_eq!(
        (places[0].pack, places[4].pack),
        (1, 2),
        "a pack is never added to after a restart"
    );
}

#[test]
fn what_is_too_old_goes_with_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let places = store.append(&[new(1, 3, "a"), new(1, 5, "b"), new(2, 3, "c")]).unwrap();
    let days_of = |project: ProjectId| if project == ProjectId(1) { 2 } else { 9 };
    store.forget(Micros(6 * DAY), &days_of).unwrap();
    assert!(store.read(ProjectId(1), places[0]).is_err());
    assert_eq!(store.read(ProjectId(1), places[1]).unwrap(), b"b");
    assert_eq!(store.read(ProjectId(2), places[2]).unwrap(), b"c");
}

#[test]
fn a_damaged_profile_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let place = store.append(&[new(1, 3, &"stack ".repeat(100))]).unwrap()[0];
    let path = folder.path().join("1/3/1");
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&path, bytes).unwrap();
        assert!(store.read(ProjectId(1), place).is_err(), "byte {at}");
    }
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(store.read(ProjectId(1), place).is_err());
}

#[test]
fn a_stored_profile_survives_every_crash() {
    for steps in 1..40 {
        let folder = tempfile::tempdir().unwrap();
        let disk = FakeDisk::dying(steps, steps);
        let stored = ProfileStore::open(folder.path(), Arc::new(disk.clone())).and_then(|store| {
            let mut places = store.append(&[new(1, 3, "evidence")])?;
            places.extend(store.append(&[new(1, 3, "more")])?);
            Ok(places)
        });
        disk.crash();
        if let Ok(places) = stored {
            let store = open(folder.path());
            for (place, text) in places.iter().zip(["evidence", "more"]) {
                let found = store.read(ProjectId(1), *place).unwrap();
                assert_eq!(found, text.as_bytes(), "steps {steps}");
            }
        }
    }
}
