//! What people ask for: rotations, routing.

use std::sync::Barrier;

use alarm::{AlarmError, NewOrder, OrderKind};
use model::clock::Micros;
use model::id::OrganizationId;
use serde_json::{Value, json};

use crate::fixture::Fixture;

const OURS: OrganizationId = OrganizationId(1);

fn order(kind: OrderKind, name: &str) -> NewOrder {
    NewOrder {
        organization: OURS,
        kind,
        name: name.to_owned(),
        definition: json!({"overrides": []}),
        ends: None,
        created_by: None,
    }
}

#[test]
fn everybody_who_edits_at_once_is_heard() {
    const PEOPLE: usize = 8;
    let fixture = Fixture::new();
    let new = order(OrderKind::Rotation, "primary");
    let id = fixture.alarms.create_order(&new, Micros(1)).unwrap().id;
    let place = (OURS, OrderKind::Rotation, id);
    let start = Barrier::new(PEOPLE);
    std::thread::scope(|scope| {
        for person in 0..PEOPLE {
            let (alarms, start) = (&fixture.alarms, &start);
            scope.spawn(move || {
                start.wait();
                let edit = |says: &mut NewOrder| -> Result<(), AlarmError> {
                    says.definition["overrides"].as_array_mut().unwrap().push(json!(person));
                    Ok(())
                };
                alarms.edit_order(place, Micros(2), edit).unwrap();
            });
        }
    });
    let known = fixture.alarms.order(OURS, OrderKind::Rotation, id).unwrap();
    let overrides = known.says.definition["overrides"].as_array().unwrap();
    let mut people: Vec<u64> = overrides.iter().filter_map(Value::as_u64).collect();
    people.sort_unstable();
    assert_eq!(people, (0..8).collect::<Vec<_>>());
    assert_eq!((known.created, known.changed), (Micros(1), Micros(2)));
}

#[test]
fn what_is_refused_changes_nothing() {
    let fixture = Fixture::new();
    let new = order(OrderKind::Rotation, "primary");
    let id = fixture.alarms.create_order(&new, Micros(1)).unwrap().id;
    let edit = |place| {
        fixture.alarms.edit_order(place, Micros(2), |says| {
            says.name = "other".to_owned();
            Err(AlarmError::Taken { what: "rotation" })
        })
    };
    assert!(matches!(edit((OURS, OrderKind::Rotation, id)), Err(AlarmError::Taken { .. })));
    assert_eq!(fixture.alarms.order(OURS, OrderKind::Rotation, id).unwrap().says, new);
    let theirs = OrganizationId(2);
    assert!(matches!(edit((theirs, OrderKind::Rotation, id)), Err(AlarmError::Missing(_))));
    assert!(matches!(edit((OURS, OrderKind::Escalation, id)), Err(AlarmError::Missing(_))));
}

#[test]
fn routing_can_be_taken_away() {
    let fixture = Fixture::new();
    fixture.alarms.set_order(&order(OrderKind::Routing, ""), Micros(1)).unwrap();
    let count = || fixture.alarms.orders(OURS, OrderKind::Routing, Micros(0)).unwrap().len();
    fixture.alarms.unset_order(OrganizationId(2), OrderKind::Routing).unwrap();
    assert_eq!(count(), 1, "that of others stays");
    for _ in 0..2 {
        fixture.alarms.unset_order(OURS, OrderKind::Routing).unwrap();
        assert_eq!(count(), 0);
    }
}
