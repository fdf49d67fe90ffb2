//! Very many updates, sent twice and in disorder.

use model::session::SessionHealth as H;

use crate::fixture::{Fixture, by, id, of, update};

const SESSIONS: u64 = 300_000;
const USERS: u64 = 20_000;
/// The updates are taken in steps of this many.
const STEP: usize = 5_000;

/// How a session ends; one that says nothing after it began stays healthy.
fn end(session: u64) -> H {
    match session % 20 {
        0 => H::Crashed,
        1 => H::Abnormal,
        2 => H::Unhandled,
        3..6 => H::Errored,
        _ => H::Healthy,
    }
}

/// The updates of a session: it begins, goes on, and ends; some lose the beginning, some the end's way.
fn updates(session: u64) -> impl Iterator<Item = (u64, u64, H)> {
    let last = 1 + session % 3;
    let lost = session % 7 == 3;
    let sequences = (0..=last).filter(move |sequence| *sequence > 0 || !lost);
    sequences.map(move |sequence| {
        (session, sequence, if sequence == last { end(session) } else { H::Healthy })
    })
}

#[test]
fn a_million_updates_are_counted_exactly() {
    let mut sent: Vec<(u64, u64, H)> = (0..SESSIONS).flat_map(updates).collect();
    // Every seventh is sent twice; then all are shuffled by what looks random.
    sent.extend((0..sent.len()).step_by(7).map(|place| sent[place]).collect::<Vec<_>>());
    assert!(sent.len() >= 900_000, "{}", sent.len());
    sent.resize(1_000_000, sent[0]);
    sent.sort_by_cached_key(|(session, sequence, _)| id(session * 31 + sequence * 1_000_003).0);
    let mut fixture = Fixture::new();
    for step in sent.chunks(STEP) {
        fixture.take(step.iter().map(|(session, sequence, health)| {
            let one = by(
                update(*session, *sequence, *health, session % 24),
                &(session % USERS).to_string(),
            );
            of(one, if session % 2 == 0 { "web@1" } else { "web@2" }, "prod")
        }));
    }
    let mut expected = [0; 5];
    for session in 0..SESSIONS {
        expected[end(session).index()] += 1;
    }
    assert_eq!(fixture.sessions(), expected);
    // A user's sessions all end alike, because 20 divides the number of users.
    let share = |count: u64| count * USERS / SESSIONS;
    assert_eq!(fixture.users(), expected.map(share));
}
