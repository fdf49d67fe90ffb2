//! What goes, and what does not.

use health::{Batch, HealthLimits, Report};
use model::clock::Micros;
use model::id::ProjectId;
use model::intake::Offset;
use model::session::SessionHealth::{Crashed, Healthy};

use crate::fixture::{Fixture, HOUR, MIDNIGHT, PROJECT, by, counts, question, update};

fn rows(fixture: &Fixture, table: &str) -> u64 {
    let file = rusqlite::Connection::open(fixture.path()).unwrap();
    let sql = format!("SELECT count(*) FROM {table}");
    file.query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn counts_go_after_their_days_and_sessions_after_their_updates() {
    let mut fixture = Fixture::new();
    fixture.take([
        by(update(1, 0, Healthy, 0), "ann"),
        by(update(2, 0, Healthy, 30), "ann"),
        counts(0, None, [5, 0, 0, 0, 0]),
    ]);
    let forget = |fixture: &Fixture, day: u64, days: u32| {
        let now = Micros((MIDNIGHT + day * 24) * HOUR);
        fixture.health.forget(now, &move |_| days).unwrap();
    };
    // Nothing newer has arrived, so what waits in the log may still update these.
    forget(&fixture, 7, 1);
    assert_eq!((rows(&fixture, "sessions"), fixture.sessions()[0]), (2, 7));
    let received = Some(Micros((MIDNIGHT + 24 * 7) * HOUR));
    let batch = Batch { start: Offset(10), end: Offset(20), received, reports: Vec::new() };
    fixture.health.apply(&batch).unwrap();
    forget(&fixture, 7, 1);
    assert_eq!((rows(&fixture, "sessions"), fixture.sessions()[0]), (1, 7));
    forget(&fixture, 8, 8);
    assert_eq!(fixture.sessions()[0], 7);
    forget(&fixture, 9, 8);
    assert_eq!((fixture.sessions()[0], fixture.users()[0]), (1, 1));
    assert_eq!((rows(&fixture, "users"), rows(&fixture, "user_days")), (1, 1));
    let received = Some(Micros((MIDNIGHT + 24 * 90) * HOUR));
    let batch = Batch { start: Offset(20), end: Offset(30), received, reports: Vec::new() };
    fixture.health.apply(&batch).unwrap();
    forget(&fixture, 90, 8);
    assert_eq!(fixture.ask(&question()), []);
    for table in ["sessions", "counts", "users", "user_days", "series"] {
        assert_eq!(rows(&fixture, table), 0, "{table}");
    }
}

#[test]
fn a_project_goes_as_a_whole() {
    let mut fixture = Fixture::new();
    fixture.take([by(update(1, 0, Healthy, 0), "ann")]);
    let reports =
        vec![Report { project: ProjectId(8), content: by(update(1, 0, Crashed, 0), "ann") }];
    let batch = Batch { start: Offset(10), end: Offset(20), received: None, reports };
    fixture.health.apply(&batch).unwrap();
    let now = Micros(MIDNIGHT * HOUR);
    fixture.health.forget(now, &|project| if project == PROJECT { 0 } else { 30 }).unwrap();
    assert_eq!(fixture.ask(&question()), []);
    for table in ["sessions", "counts", "users", "user_days", "series"] {
        assert_eq!(rows(&fixture, table), 1, "{table}");
    }
    // The number of its releases may be given again.
    fixture.again();
    let batch = Batch {
        start: Offset(20),
        end: Offset(30),
        received: None,
        reports: vec![Report { project: PROJECT, content: update(1, 0, Healthy, 0) }],
    };
    fixture.health.apply(&batch).unwrap();
    assert_eq!(fixture.sessions(), [1, 0, 0, 0, 0]);
}

#[test]
fn the_oldest_states_go_first_when_there_are_too_many() {
    let limits = HealthLimits { sessions: 100, ..HealthLimits::default() };
    let mut fixture = Fixture::with(limits);
    for hour in 0..40 {
        fixture.take((0..10).map(|number| update(hour * 10 + number, 0, Healthy, hour)));
    }
    assert_eq!(rows(&fixture, "sessions"), 100);
    assert_eq!(fixture.sessions(), [400, 0, 0, 0, 0], "counts stay");
    // One of the newest is still known.
    fixture.take([update(395, 1, Crashed, 39)]);
    assert_eq!(fixture.sessions(), [399, 0, 0, 0, 1]);
}
