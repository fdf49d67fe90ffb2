//! Turns, layers, overrides, and the nights when clocks change.

use alert::{Layer, Override, Rotation};
use model::clock::Micros;
use schedule::Zone;

fn layer(people: &[&str], zone: &str, starts: u64) -> Layer {
    Layer {
        people: people.iter().map(|&name| name.to_owned()).collect(),
        starts: Micros(starts * 1_000_000),
        zone: Zone::named(zone).unwrap(),
        hand_over: (9, 0),
        turn_days: 1,
        duty: Vec::new(),
    }
}

/// Seconds of 2026-03-27T08:00:00Z, a Friday, 09:00 in Madrid.
const FRIDAY: u64 = 1_774_598_400;
const HOUR: u64 = 3_600;

#[track_caller]
fn check(rotation: &Rotation, hours: u64, expected: Option<&str>) {
    rotation.check().unwrap();
    let found = rotation.on_call(Micros((FRIDAY + hours * HOUR) * 1_000_000));
    assert_eq!(found.map(String::as_str), expected, "{hours} hours later");
}

#[test]
fn hand_over_stays_at_nine_when_clocks_change() {
    let layers = vec![layer(&["ann", "bob", "eve"], "Europe/Madrid", FRIDAY)];
    let rotation = Rotation { layers, overrides: Vec::new() };
    check(&rotation, 0, Some("ann"));
    check(&rotation, 23, Some("ann"));
    check(&rotation, 24, Some("bob"));
    // Clocks are put forward in the night to Sunday: bob's turn has 23 hours.
    check(&rotation, 46, Some("bob"));
    check(&rotation, 47, Some("eve"));
    check(&rotation, 70, Some("eve"));
    check(&rotation, 71, Some("ann"));
    let before = Micros((FRIDAY - 1) * 1_000_000);
    assert_eq!(rotation.on_call(before), None);
}

#[test]
fn autumn_has_a_longer_turn() {
    // 2026-10-24T07:00:00Z is 09:00 in Madrid; clocks are put back in the following night.
    let saturday = 1_792_825_200;
    let layers = vec![layer(&["ann", "bob"], "Europe/Madrid", saturday)];
    let rotation = Rotation { layers, overrides: Vec::new() };
    let on_call = |hours: u64| rotation.on_call(Micros((saturday + hours * HOUR) * 1_000_000));
    assert_eq!(on_call(24).unwrap(), "ann");
    assert_eq!(on_call(25).unwrap(), "bob");
}

#[test]
fn layers_lie_on_top_of_each_other_and_overrides_above_all() {
    let mut office = layer(&["desk"], "Europe/Madrid", FRIDAY);
    office.duty = (0..5).map(|day| (day * 1_440 + 540, day * 1_440 + 1_080)).collect();
    let weekly = Layer { turn_days: 7, ..layer(&["ann", "bob"], "Europe/Madrid", FRIDAY) };
    let stand_in = Override {
        person: "zoe".to_owned(),
        from: Micros((FRIDAY + 10 * HOUR) * 1_000_000),
        until: Micros((FRIDAY + 12 * HOUR) * 1_000_000),
    };
    let rotation = Rotation { layers: vec![weekly, office], overrides: vec![stand_in] };
    check(&rotation, 0, Some("desk"));
    check(&rotation, 9, Some("ann"));
    check(&rotation, 10, Some("zoe"));
    check(&rotation, 12, Some("ann"));
    // A week later, minus the hour that was skipped.
    check(&rotation, 7 * 24 - 2, Some("ann"));
    check(&rotation, 7 * 24 - 1, Some("desk"));
    check(&rotation, 7 * 24 + 12, Some("bob"));
}

#[test]
fn rotations_that_cannot_be_followed_are_refused() {
    let refused = |layers: Vec<Layer>| {
        Rotation { layers, overrides: Vec::new() }.check().unwrap_err().to_string()
    };
    let good = || layer(&["ann"], "UTC", FRIDAY);
    assert_eq!(refused(Vec::new()), "a rotation needs 1 to 10 layers");
    assert_eq!(refused(vec![layer(&[], "UTC", 0)]), "a layer needs 1 to 100 people");
    assert_eq!(refused(vec![Layer { turn_days: 0, ..good() }]), "a turn takes 1 to 366 days");
    assert_eq!(
        refused(vec![Layer { hand_over: (24, 0), ..good() }]),
        "hand-over must be a time of day"
    );
    assert_eq!(
        refused(vec![Layer { duty: vec![(600, 500)], ..good() }]),
        "hours of duty must start before they end, within a week"
    );
}
