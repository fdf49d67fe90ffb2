//! What holds for any history.

use std::collections::BTreeMap;

use alert::{Alert, Dispatcher, EpisodeId, Kind, Reason, Role, RuleId, Severity, Standing};
use proptest::prelude::*;

use crate::given::{MINUTE, World, after, alert, policy};

/// Few names, so that things meet.
fn any_alert() -> impl Strategy<Value = Alert> {
    (0_u64..5, 0_u8..3, 0_u8..3, any::<bool>(), any::<bool>()).prop_map(
        |(rule, service, instance, is_symptom, is_firing)| {
            let (name, service) = (format!("R{rule}"), format!("s{service}"));
            let labels = [
                ("alertname", name.as_str()),
                ("service", service.as_str()),
                ("instance", &format!("i{instance}")),
            ];
            // What a rule looks at does not change.
            let role = if is_symptom && rule == 0 { Role::Symptom } else { Role::Other };
            let severity = if rule == 0 { Severity::Critical } else { Severity::Warning };
            Alert { role, severity, is_firing, ..alert(rule, &labels) }
        },
    )
}

fn any_history() -> impl Strategy<Value = Vec<(u64, Vec<Alert>)>> {
    prop::collection::vec((1_u64..20, prop::collection::vec(any_alert(), 0..8)), 0..40)
}

fn world() -> World {
    let mut policy = policy();
    policy.causes.insert(RuleId(0), [RuleId(1), RuleId(2)].into());
    World::new(policy)
}

fn run(history: &[(u64, Vec<Alert>)]) -> World {
    let mut world = world();
    for (minutes, alerts) in history {
        world.time += minutes * MINUTE;
        world.report(alerts);
        world.pass(2 * MINUTE);
    }
    world
}

proptest! {
    // A history is hours of ticks.
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Every raw alert has exactly one fate, and is never both sent and suppressed.
    #[test]
    fn every_raw_alert_is_accounted_for_once(history in any_history()) {
        let mut world = run(&history);
        // All that still fires ends, and the books are closed.
        let firing: Vec<Alert> =
            world.dispatcher.firing().map(|(alert, _)| alert.clone()).collect();
        for alert in firing {
            world.end(&alert);
        }
        world.pass(60 * MINUTE);
        let fates = world.fates();
        prop_assert_eq!(fates.len(), world.begun);
        let mut sent: BTreeMap<EpisodeId, usize> = BTreeMap::new();
        for ((episode, _), fate) in &fates {
            prop_assert!(!matches!(fate, Standing::Held(_)), "{:?} {:?}", episode, fate);
            if let Standing::Sent(id) = fate {
                *sent.entry(*episode).or_default() += 1;
                prop_assert!(world.sent.iter().any(|known| known.id == *id));
            }
        }
        prop_assert!(sent.values().all(|count| *count == 1));
        // Nothing is remembered for ever.
        prop_assert_eq!(world.dispatcher.clone(), {
            let mut empty = world.dispatcher.clone();
            empty.tick(&world.policy, &[], after(world.time + 600 * MINUTE));
            empty
        });
        prop_assert_eq!(world.dispatcher.incidents().count(), 0);
    }

    /// What is told has an episode that says so, or tells that a part is over; the same news is not told twice.
    #[test]
    fn told_and_accounted_are_the_same(history in any_history()) {
        let world = run(&history);
        for sent in world.sent.iter().filter(|sent| matches!(sent.kind, Kind::Firing | Kind::Update | Kind::Digest)) {
            let news = world.changes.iter().filter(|change| change.standing == Standing::Sent(sent.id));
            prop_assert!(news.count() > 0 || !sent.resolved.is_empty(), "{:?}", sent);
            prop_assert!(sent.alerts.iter().all(|alert| !sent.lines.contains(alert)));
            prop_assert!(sent.alerts.iter().all(|alert| !sent.resolved.contains(alert)));
        }
    }

    /// Symptoms are told within the group's waiting time, unless they end, come and go, or were told.
    #[test]
    fn symptoms_are_not_missed(history in any_history()) {
        let mut world = run(&history);
        world.pass(6 * MINUTE);
        for (alert, _) in world.dispatcher.firing().filter(|(alert, _)| alert.role == Role::Symptom) {
            let standing = world.dispatcher.standings(alert.fingerprint())["team"].clone();
            let is_fine = matches!(
                standing,
                Standing::Sent(_) | Standing::Held(Reason::Flapping | Reason::AlreadyTold(_))
            );
            prop_assert!(is_fine && world.told(alert.fingerprint()), "{:?}", standing);
        }
    }

    /// Within one tick, order does not matter.
    #[test]
    fn order_does_not_matter(history in any_history(), seed in any::<u64>()) {
        let one = run(&history);
        let shuffled: Vec<_> = history.iter().map(|(minutes, alerts)| {
            let mut alerts = alerts.clone();
            let mut key = seed;
            alerts.sort_by_cached_key(|_| {
                key = key.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                key >> 32
            });
            (*minutes, alerts)
        }).collect();
        let other = run(&shuffled);
        prop_assert_eq!(&one.sent, &other.sent);
        prop_assert_eq!(&one.changes, &other.changes);
        prop_assert_eq!(&one.dispatcher, &other.dispatcher);
    }

    /// Silence tells nobody anything, and everything is suppressed by it.
    #[test]
    fn any_silence_is_kept(history in any_history()) {
        let mut silenced = world();
        silenced.policy.silences.push(alert::Silence {
            id: 1,
            matchers: vec![alert::Matcher::parse("alertname=~\".+\"").unwrap()],
            starts: after(0),
            ends: model::clock::Micros(u64::MAX),
            author: String::new(),
            comment: String::new(),
        });
        for (minutes, alerts) in &history {
            silenced.time += minutes * MINUTE;
            silenced.report(alerts);
        }
        prop_assert!(silenced.sent.is_empty());
    }

    #[test]
    fn what_is_written_is_read_back(history in any_history()) {
        let world = run(&history);
        let written = serde_json::to_string(&world.dispatcher).unwrap();
        let read: Dispatcher = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(read, world.dispatcher);
    }
}
