//! A day at the casino: six defects, hundreds of raw alerts, ten notifications.

use std::collections::BTreeMap;

use alert::{Alert, Kind, RuleId, report};

use crate::given::{HOUR, MINUTE, World, alert, policy, symptom};

struct Defect {
    service: &'static str,
    /// Hours after midnight, and minutes it lasts.
    begins: u64,
    lasts: u64,
    /// Instances on which each cause's rule fires.
    instances: usize,
    causes: [&'static str; 3],
}

const DEFECTS: [Defect; 6] = [
    Defect {
        service: "payments",
        begins: 2,
        lasts: 40,
        instances: 12,
        causes: ["Pool", "Timeouts", "Retries"],
    },
    Defect { service: "games", begins: 6, lasts: 25, instances: 10, causes: ["Lag", "Gc", "Heap"] },
    Defect {
        service: "login",
        begins: 9,
        lasts: 90,
        instances: 8,
        causes: ["Cpu", "Errors", "Cache"],
    },
    Defect {
        service: "withdrawals",
        begins: 13,
        lasts: 30,
        instances: 15,
        causes: ["Queue", "Locks", "Disk"],
    },
    Defect {
        service: "odds",
        begins: 17,
        lasts: 55,
        instances: 9,
        causes: ["Feed", "Stale", "Drops"],
    },
    Defect {
        service: "wallet",
        begins: 21,
        lasts: 35,
        instances: 14,
        causes: ["Slow", "Conn", "Wal"],
    },
];

/// Symptoms come a few minutes after their first causes, and causes end one by one.
#[test]
fn of_more_than_200_alerts_at_most_ten_are_told_and_no_true_one_is_missed() {
    let mut policy = policy();
    for (number, _) in (0_u64..).zip(&DEFECTS) {
        let causes = (1..=3).map(|cause| RuleId(100 + number * 10 + cause)).collect();
        policy.causes.insert(RuleId(100 + number * 10), causes);
    }
    let mut world = World::new(policy);
    let mut plan: BTreeMap<u64, Vec<Alert>> = BTreeMap::new();
    let mut pages = Vec::new();
    for (number, defect) in (0_u64..).zip(&DEFECTS) {
        let begins = defect.begins * HOUR;
        let rule = 100 + number * 10;
        let page = symptom(rule, &[("alertname", "Failing"), ("service", defect.service)]);
        let mut put = |from: u64, until: u64, alert: &Alert| {
            plan.entry(from).or_default().push(alert.clone());
            let end = Alert { is_firing: false, ..alert.clone() };
            plan.entry(until).or_default().push(end);
        };
        let ends = begins + defect.lasts * MINUTE;
        put(begins + 2 * MINUTE, ends, &page);
        pages.push((begins + 2 * MINUTE, page));
        for (cause, name) in (1_u64..).zip(defect.causes) {
            for instance in 0..defect.instances {
                let labels = [
                    ("alertname", name),
                    ("service", defect.service),
                    ("instance", &format!("i{instance}")),
                ];
                let from = begins + (instance as u64 % 4) * MINUTE;
                put(from, ends + (instance as u64 % 4) * MINUTE, &alert(rule + cause, &labels));
            }
        }
    }
    // One alert comes and goes all afternoon, one is somebody's job for tomorrow.
    let restless = alert(90, &[("alertname", "Replica"), ("service", "reports")]);
    for minute in 0..60 {
        let is_firing = minute % 2 == 0;
        let at = 15 * HOUR + minute * 2 * MINUTE;
        plan.entry(at).or_default().push(Alert { is_firing, ..restless.clone() });
    }
    let certificate = alert(91, &[("alertname", "Certificate"), ("service", "cdn")]);
    plan.entry(23 * HOUR).or_default().push(certificate.clone());

    for minute in 0..24 * 60 {
        world.time = minute * MINUTE;
        world.report(plan.get(&world.time).map_or(&[][..], Vec::as_slice));
    }
    let messages: Vec<_> = world.sent.iter().filter(|sent| sent.kind != Kind::Resolved).collect();
    assert!(world.begun > 200, "{} raw alerts", world.begun);
    assert!(messages.len() <= 10, "{}: {:#?}", messages.len(), world.log());
    for (from, page) in &pages {
        let told = messages.iter().find(|sent| sent.alerts.contains(&page.fingerprint())).unwrap();
        let seconds = (told.at.0 - crate::given::after(*from).0) / 1_000_000;
        assert!(seconds <= 300, "{:?} after {seconds} s", page.labels);
    }
    assert!(world.told(certificate.fingerprint()));

    // Each raw alert has one fate.
    let fates = world.fates();
    assert_eq!(fates.len(), world.begun);
    let acted = [world.sent[0].id].into();
    let report_without = |unheard| report(&world.changes, &world.sent, &acted, &unheard);
    let report = report_without([].into());
    assert_eq!(report.all.raw, world.begun as u64);
    assert_eq!(report.messages, messages.len() as u64);
    assert_eq!((report.all.acted, report.rules[&100].acted), (1, 1));
    assert!(report.all.compression().unwrap() > 20.0);
    let suppressed: u64 = report.all.suppressed.values().sum();
    let sent = fates.values().filter(|fate| matches!(fate, alert::Standing::Sent(_))).count();
    let ended = fates.values().filter(|fate| !matches!(fate, alert::Standing::Held(_))).count();
    assert_eq!(suppressed + sent as u64, ended as u64);

    // What went to nobody is raw, and no notification.
    let first = report_without([world.sent[0].id].into());
    let unheard = first.all.suppressed["no_receiver"];
    assert!(unheard >= 1);
    assert_eq!(first.all.suppressed.values().sum::<u64>(), suppressed + unheard);
    assert_eq!((first.all.raw, first.all.acted), (report.all.raw, 0));
    assert_eq!(
        (first.all.notified, first.messages),
        (report.all.notified - 1, report.messages - 1)
    );
    let nobody = report_without(world.sent.iter().map(|sent| sent.id).collect());
    assert_eq!((nobody.all.raw, nobody.all.notified, nobody.messages), (report.all.raw, 0, 0));
}
