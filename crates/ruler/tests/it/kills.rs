//! Nothing is lost, whenever the process is killed and however long the peer is down.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alarm::{DeliveryQuery, DeliveryState, HistoryQuery};
use ruler::Worker as _;
use serde_json::json;

use crate::world::{MINUTE, Mood, SECOND, World, alert, block_on, over};

const KILLS: u32 = 1_000;
/// Worlds that share the kills.
const SEEDS: u32 = 10;

/// A linear congruential generator: the same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[test]
fn of_a_thousand_kills_none_loses_or_reorders_a_notification() {
    for seed in 0..SEEDS {
        println!("seed {seed}");
        run(seed);
    }
}

fn run(seed: u32) {
    let mut dice = Dice(u64::from(seed) + 1);
    let mut world = World::new();
    let services = ["pay", "play", "login"];
    let mut firing: BTreeMap<usize, bool> = BTreeMap::new();
    let mut begun = 0;
    let mut kills = 0;
    while kills < KILLS / SEEDS {
        let which = usize::try_from(dice.roll(3)).unwrap();
        let one = alert(&[("alertname", "Slow"), ("service", services[which])]);
        match dice.roll(10) {
            0 | 1 => {
                let fires = firing.entry(which).or_default();
                *fires = !*fires;
                begun += usize::from(*fires);
                world.report(&[if *fires { one } else { over(&one) }]);
                // Both are taken, so that each that begins is seen to begin.
                world.dispatch.step().unwrap();
            }
            2 | 3 => drop(world.dispatch.step().unwrap()),
            4 | 5 => world.clock.advance_micros(dice.roll(120) * SECOND),
            6 => {
                *world.peer.mood.lock().unwrap() = Mood::Down;
                block_on(world.courier.round()).unwrap();
                *world.peer.mood.lock().unwrap() = Mood::Well;
            }
            7 => drop(block_on(world.courier.round()).unwrap()),
            8 => {
                world = world.killed();
                kills += 1;
            }
            _ => {
                let takes = dice.roll(2) == 0;
                let mood = if takes { Mood::TakesAndDies } else { Mood::Dies };
                *world.peer.mood.lock().unwrap() = mood;
                block_on(async {
                    let round =
                        tokio::time::timeout(Duration::from_millis(2), world.courier.round());
                    drop(round.await);
                });
                world = world.killed();
                *world.peer.mood.lock().unwrap() = Mood::Well;
                kills += 1;
            }
        }
    }
    world.pass(3 * 3_600 * SECOND, 10 * MINUTE);
    check(&world, begun);
}

fn check(world: &World, begun: usize) {
    let query = DeliveryQuery { page: (0, 10_000), ..DeliveryQuery::default() };
    let mut deliveries = world.parts.alarms.deliveries(world.organization, &query).unwrap();
    deliveries.reverse();
    assert!(deliveries.len() > 10, "{} deliveries", deliveries.len());
    for delivery in &deliveries {
        assert_eq!(delivery.state, DeliveryState::Delivered, "{delivery:?}");
    }
    let heard = world.in_effect();
    let heard_keys: BTreeSet<&str> = heard.iter().map(|(key, _)| key.as_str()).collect();
    let sent_keys: BTreeSet<&str> = deliveries.iter().map(|sent| sent.new.key.as_str()).collect();
    assert_eq!(heard_keys, sent_keys, "at least once each, and nothing else");
    let mut lanes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for delivery in &deliveries {
        lanes.entry(&delivery.new.lane).or_default().push(&delivery.new.key);
    }
    for (lane, sent) in lanes {
        let order: Vec<&str> =
            heard.iter().map(|(key, _)| key.as_str()).filter(|key| sent.contains(key)).collect();
        assert_eq!(order, sent, "in the order of {lane}");
    }
    let query = HistoryQuery { page: (0, 100_000), ..HistoryQuery::default() };
    let history = world.parts.alarms.history(world.organization, &query).unwrap();
    let began = history.iter().filter(|entry| entry.standing.is_none() && !entry.is_end).count();
    assert_eq!(began, begun, "each that began is in the history");
}

#[test]
fn what_is_refused_is_given_up_and_may_be_asked_for_again() {
    let mut world = World::new();
    *world.peer.mood.lock().unwrap() = Mood::Says(400, "no s3cret such thing");
    world.report(&[alert(&[("alertname", "Slow")])]);
    world.pass(20 * SECOND, SECOND);
    let query = DeliveryQuery { page: (0, 10), ..DeliveryQuery::default() };
    let dead = world.parts.alarms.deliveries(world.organization, &query).unwrap().remove(0);
    assert_eq!((dead.state, dead.attempts), (DeliveryState::Dead, 1));
    let attempts = world.parts.alarms.attempts(dead.id).unwrap();
    assert_eq!(attempts[0].answer, "answered 400: no [secret] such thing");
    *world.peer.mood.lock().unwrap() = Mood::Well;
    world.parts.alarms.revive(world.organization, dead.id, world.now()).unwrap();
    world.pass(SECOND, SECOND);
    let state = world.parts.alarms.delivery(world.organization, dead.id).unwrap().state;
    assert_eq!(state, DeliveryState::Delivered);
}

#[test]
fn a_peer_that_is_down_for_a_day_is_given_up() {
    let mut world = World::new();
    *world.peer.mood.lock().unwrap() = Mood::Down;
    world.report(&[alert(&[("alertname", "Slow")])]);
    world.pass(25 * 3_600 * SECOND, 5 * MINUTE);
    let query = DeliveryQuery { page: (0, 100), ..DeliveryQuery::default() };
    let deliveries = world.parts.alarms.deliveries(world.organization, &query).unwrap();
    let dead = deliveries.iter().min_by_key(|delivery| delivery.id).unwrap();
    assert_eq!(dead.state, DeliveryState::Dead);
    assert!((100..400).contains(&dead.attempts), "{} tries", dead.attempts);
}

#[test]
fn a_peer_that_does_not_answer_holds_nobody_else() {
    let mut world = World::new();
    let url = json!({"url": "https://stuck.example/"});
    world.channel("webhook", "stuck", url, json!({}));
    world.route(json!({
        "route": {"receiver": "team", "group_by": ["alertname"], "group_wait": "0s"},
        "receivers": [{"name": "team", "targets": [{"channel": "stuck"}, {"channel": "hook"}]}],
    }));
    *world.peer.stuck.lock().unwrap() = Some("stuck.example");
    for name in ["One", "Two", "Three"] {
        world.report(&[alert(&[("alertname", name)])]);
        world.dispatch.step().unwrap();
    }
    block_on(async {
        let turn = tokio::time::timeout(Duration::from_millis(500), world.courier.turn());
        turn.await.unwrap_err();
    });
    assert_eq!(world.peer.heard.lock().unwrap().len(), 3);
}
