//! Distinct users: exact, without knowing who they are.

use health::HealthLimits;
use lang::health::{HealthBy, HealthCounts, HealthQuestion};
use model::session::SessionHealth::{Abnormal, Crashed, Errored, Healthy, Unhandled};
use wire::session::Anr;

use crate::fixture::{Fixture, MIDNIGHT, but, by, counts, of, question, update};

#[test]
fn a_user_counts_once_as_the_worst_that_happened() {
    let mut fixture = Fixture::new();
    fixture.take([
        by(update(1, 0, Healthy, 0), "ann"),
        by(update(2, 0, Errored, 1), "ann"),
        by(update(3, 0, Healthy, 25), "ann"),
        by(update(4, 0, Crashed, 0), "bob"),
        by(update(5, 0, Healthy, 30), "bob"),
        of(by(update(6, 0, Abnormal, 3), "cid"), "web@2", "prod"),
        by(update(7, 0, Unhandled, 3), "cid"),
        update(8, 0, Crashed, 0),
        counts(2, Some("dan"), [5, 0, 1, 0, 0]),
        counts(2, Some("dan"), [5, 0, 0, 0, 0]),
        counts(2, None, [5, 0, 0, 0, 9]),
    ]);
    fixture.again();
    assert_eq!(fixture.users(), [0, 1, 1, 1, 1]);
    assert_eq!(fixture.total().total.user_crash_rate(), Some(0.25));
}

#[test]
fn users_by_hour_day_and_release() {
    let mut fixture = Fixture::new();
    fixture.take([
        by(update(1, 0, Healthy, 0), "ann"),
        by(update(2, 0, Crashed, 23), "ann"),
        of(by(update(3, 0, Healthy, 23), "ann"), "web@2", "prod"),
        by(update(4, 0, Healthy, 24), "bob"),
    ]);
    let window = |start, end, step_hours| {
        let (hour_start, hour_end) = (MIDNIGHT + start, MIDNIGHT + end);
        let question = HealthQuestion { hour_start, hour_end, step_hours, ..question() };
        fixture.ask(&question).pop().unwrap()
    };
    assert_eq!(window(0, 23, 0).total.users, [1, 0, 0, 0, 0]);
    assert_eq!(window(1, 23, 0).total.users, [0; 5]);
    assert_eq!(window(1, 24, 0).total.users, [0, 0, 0, 0, 1]);
    assert_eq!(window(23, 25, 0).total.users, [1, 0, 0, 0, 1]);
    let hours = window(22, 25, 1).series;
    let hours: Vec<_> = hours.iter().map(HealthCounts::users_total).collect();
    assert_eq!(hours, [0, 1, 1]);
    let days: Vec<_> = window(0, 48, 24).series.iter().map(|counts| counts.users).collect();
    assert_eq!(days, [[0, 0, 0, 0, 1], [1, 0, 0, 0, 0]]);
    let group = HealthBy { release: true, ..HealthBy::default() };
    let groups = fixture.ask(&HealthQuestion { group, ..question() });
    let users: Vec<_> = groups.iter().map(|group| group.total.users).collect();
    assert_eq!(users, [[1, 0, 0, 0, 1], [1, 0, 0, 0, 0]]);
}

#[test]
fn users_whose_app_hung() {
    let mut fixture = Fixture::new();
    let hung = |session, user, anr| {
        but(by(update(session, 0, Abnormal, 0), user), |update| update.anr = anr)
    };
    fixture.take([
        hung(1, "ann", Anr::Background),
        hung(2, "ann", Anr::Foreground),
        hung(3, "bob", Anr::Background),
        hung(4, "cid", Anr::None),
    ]);
    let total = fixture.total().total;
    assert_eq!((total.users_anr, total.users_anr_foreground), (2, 1));
}

#[test]
fn names_are_nowhere_in_the_file() {
    let mut fixture = Fixture::new();
    fixture.take([by(update(1, 0, Healthy, 0), "ann.secret@example.com")]);
    assert_eq!(fixture.users(), [1, 0, 0, 0, 0]);
    for name in ["health.sqlite", "health.sqlite-wal"] {
        let bytes = std::fs::read(fixture.path().with_file_name(name)).unwrap_or_default();
        let found = bytes.windows(10).any(|bytes| bytes == b"ann.secret");
        assert!(!found, "{name}");
    }
}

#[test]
fn of_too_many_users_some_stand_for_the_others() {
    let limits = HealthLimits { users_per_day: 1_000, ..HealthLimits::default() };
    let mut fixture = Fixture::with(limits);
    for round in 0..2 {
        for part in 0..10 {
            fixture.take((0..2_000).map(|user| {
                let user = part * 2_000 + user;
                let health = if user % 4 == 0 { Crashed } else { Healthy };
                by(update(user + round * 50_000, 0, health, 0), &format!("user {user}"))
            }));
        }
    }
    let total = fixture.total().total;
    assert_eq!(total.sessions, [30_000, 0, 0, 0, 10_000], "sessions stay exact");
    // Of 20,000, of which a thirty-second stands for all: five standard deviations.
    assert!((16_000..24_000).contains(&total.users_total()), "{:?}", total.users);
    let rate = total.user_crash_rate().unwrap();
    assert!((0.15..0.35).contains(&rate), "{rate}");
    let file = rusqlite::Connection::open(fixture.path()).unwrap();
    let kept: u64 = file.query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap();
    let noted: u64 = file.query_row("SELECT users FROM user_days", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, noted);
    assert!(kept <= 1_000, "{kept}");
}
