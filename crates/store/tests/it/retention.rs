//! What is over or deleted goes: whole parts at once, single rows when their part is rewritten.

use std::collections::HashSet;

use model::clock::Micros;
use model::id::{IssueId, ProjectId};
use store::events::{NewEvent, Retention};

use crate::events::{World, check, keep_all};
use crate::fake_disk::FakeDisk;
use crate::samples::{Dice, START, event};

const DAY: u64 = 24 * 60 * 60 * 1_000_000;

fn of_project(dice: &mut Dice, project: u64, count: usize) -> Vec<NewEvent> {
    let mut events: Vec<NewEvent> = (0..count).map(|_| event(dice)).collect();
    for (row, _) in &mut events {
        row.project = ProjectId(project);
    }
    events
}

fn days(project: ProjectId) -> u32 {
    if project == ProjectId(1) { 7 } else { 30 }
}

#[test]
fn a_part_with_only_old_rows_is_dropped_whole() {
    let mut dice = Dice::new(1);
    let mut world = World::new(&FakeDisk::healthy());
    world.append(of_project(&mut dice, 1, 20));
    assert!(world.seal(true));
    let none = HashSet::new();
    let at = |now| Retention { now: Micros(now), days_of: &days, removed: &none };
    let store = world.store.as_ref().unwrap();
    assert_eq!(store.expired(&at(START + 6 * DAY)), []);
    let expired = store.expired(&at(START + 8 * DAY));
    assert_eq!(expired, [world.catalogue[0].id]);
    store.remove(&expired.into_iter().collect());
    check(store, &[]);
    assert_eq!(std::fs::read_dir(world.folder()).unwrap().count(), 0);
}

#[test]
fn a_part_with_old_and_young_rows_is_rewritten() {
    let mut dice = Dice::new(2);
    let mut world = World::new(&FakeDisk::healthy());
    world.append(of_project(&mut dice, 1, 20));
    world.append(of_project(&mut dice, 2, 20));
    assert!(world.seal(true));
    let none = HashSet::new();
    let retention = Retention { now: Micros(START + 8 * DAY), days_of: &days, removed: &none };
    assert_eq!(world.store.as_ref().unwrap().expired(&retention), []);
    assert!(world.compact(&retention, true));
    assert_eq!(world.catalogue[0].projects, [ProjectId(2)]);
    assert!(world.store.as_ref().unwrap().plan(&retention).is_none());
    check(world.store.as_ref().unwrap(), &world.events[20..]);
}

#[test]
fn a_merge_leaves_deleted_issues_out() {
    let mut dice = Dice::new(3);
    let mut world = World::new(&FakeDisk::healthy());
    for _ in 0..4 {
        world.append((0..30).map(|_| event(&mut dice)).collect());
        assert!(world.seal(true));
    }
    let removed = HashSet::from([IssueId(1), IssueId(3)]);
    assert!(world.compact(&keep_all(&removed), true));
    let left: Vec<NewEvent> =
        world.events.iter().filter(|(row, _)| !removed.contains(&row.issue)).cloned().collect();
    check(world.store.as_ref().unwrap(), &left);
}

#[test]
fn parts_with_a_deleted_issue_are_found_and_rewritten() {
    let mut dice = Dice::new(5);
    let mut world = World::new(&FakeDisk::healthy());
    for issue in [1, 2] {
        let mut events: Vec<NewEvent> = (0..20).map(|_| event(&mut dice)).collect();
        for (row, _) in &mut events {
            row.issue = IssueId(issue);
        }
        world.append(events);
        assert!(world.seal(true));
    }
    let removed = HashSet::from([IssueId(2)]);
    let store = world.store.as_ref().unwrap();
    let parts = store.parts_with(&removed).unwrap();
    assert_eq!(parts, [world.catalogue[1].id]);
    let plan = store.plan_rewrite(parts[0]).unwrap();
    let compacted = store.run(&plan, &keep_all(&removed)).unwrap();
    assert_eq!((compacted.change().added, compacted.change().removed), (vec![], parts));
    store.publish_compacted(compacted);
    assert_eq!(store.parts_with(&removed).unwrap(), []);
    check(store, &world.events[..20]);
}

#[test]
fn a_merge_of_only_unwanted_rows_leaves_no_part() {
    let mut dice = Dice::new(4);
    let mut world = World::new(&FakeDisk::healthy());
    for _ in 0..4 {
        world.append((0..5).map(|_| event(&mut dice)).collect());
        assert!(world.seal(true));
    }
    let removed = (0..9).map(IssueId).collect();
    assert!(world.compact(&keep_all(&removed), true));
    assert_eq!(world.catalogue, []);
    check(world.store.as_ref().unwrap(), &[]);
    assert_eq!(std::fs::read_dir(world.folder()).unwrap().count(), 0);
}
