//! What goes wrong for one organisation is nothing to the others.

use alert::Alert;
use serde_json::json;

use crate::world::{SECOND, World, alert};

fn page(service: &str) -> Alert {
    alert(&[("alertname", "Down"), ("service", service), ("severity", "page")])
}

#[test]
fn an_organisation_whose_tick_failed_is_told_once_it_works_again() {
    let mut world = World::new();
    world.report(&[page("wallet")]);
    world.dispatch.step().unwrap();
    let file = rusqlite::Connection::open(world.database()).unwrap();
    let rename = |from: &str, to: &str| {
        file.execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
    };
    rename("notifications", "away");
    let mut failed = 0;
    for _ in 0..10 {
        world.clock.advance_micros(SECOND);
        failed += usize::from(world.dispatch.step().is_err());
    }
    assert!(failed > 0, "what was decided could not be written");
    rename("away", "notifications");
    world.pass(10 * SECOND, SECOND);
    assert_eq!(world.in_effect().len(), 1, "nobody reported it again");
}

#[test]
fn reports_of_one_that_fails_do_not_hide_those_of_others() {
    let world = World::new();
    let other = world.parts.meta.create_organization("other", "Other").unwrap().id;
    let report = |organization, service: &str| alarm::Report {
        organization,
        alert: page(service),
        about: json!({}),
    };
    let many: Vec<_> = (0..30).map(|at| report(other, &format!("s{at}"))).collect();
    world.parts.alarms.report(&many).unwrap();
    world.parts.alarms.report(&[report(world.organization, "wallet")]).unwrap();
    let waiting = world.parts.alarms.reported(10).unwrap();
    let of = |organization| {
        waiting.iter().filter(|known| known.report.organization == organization).count()
    };
    assert_eq!((of(other), of(world.organization)), (10, 1));
    assert!(waiting.is_sorted_by_key(|known| known.id));
}
