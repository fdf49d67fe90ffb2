//! Monitors and uptime checks that come from files.

use alarm::{AlarmError, Alarms, AuditQuery, MonitorChange, MonitorQuery, UptimeChange, Wanted};
use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use schedule::Config;
use serde_json::json;

use crate::fixture::Fixture;
use crate::uptime;

const OURS: OrganizationId = OrganizationId(1);
const FILE: &str = "acme.toml";
const NOW: Micros = Micros(1_795_255_200_000_000);

fn job(project: u64, slug: &str, crontab: &str) -> Wanted<MonitorChange> {
    let config = json!({"schedule_type": "crontab", "schedule": crontab});
    let says = MonitorChange {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        config: Config::from_json(&config).unwrap(),
        is_enabled: true,
        is_muted: false,
        owner: None,
    };
    Wanted { organization: OURS, project: ProjectId(project), says }
}

fn site(name: &str, threshold: u32) -> Wanted<UptimeChange> {
    let says = UptimeChange { name: name.to_owned(), ..uptime::says(threshold, 1) };
    Wanted { organization: OURS, project: ProjectId(7), says }
}

fn monitors(alarms: &Alarms) -> Vec<(String, String)> {
    let query = MonitorQuery { page: (0, 100), ..MonitorQuery::default() };
    let (found, _) = alarms.monitors(OURS, &query).unwrap();
    found.into_iter().map(|known| (known.says.slug, known.origin)).collect()
}

fn sites(alarms: &Alarms) -> Vec<(String, String)> {
    let (found, _) = alarms.uptimes(&[ProjectId(7)], "", (0, 100)).unwrap();
    found.into_iter().map(|known| (known.says.name, known.origin)).collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, origin)| ((*name).to_owned(), (*origin).to_owned())).collect()
}

#[test]
fn monitors_become_what_the_file_says() {
    let fixture = Fixture::new();
    let apply = |origin: &str, wanted: &[Wanted<MonitorChange>]| {
        fixture.alarms.provision_monitors(origin, wanted, NOW)
    };
    let by_hand = job(7, "by-hand", "@daily");
    fixture.alarms.create_monitor(OURS, ProjectId(7), &by_hand.says, NOW).unwrap();
    let (one, two) = (job(7, "one", "@daily"), job(8, "one", "@daily"));
    let first = apply(FILE, &[one.clone(), two.clone()]).unwrap();
    assert_eq!(first, ["monitor one: created", "monitor one: created"]);
    assert_eq!(apply(FILE, &[one.clone(), two]).unwrap(), Vec::<String>::new(), "again");

    let other = job(7, "one", "@hourly");
    let changes = apply(FILE, std::slice::from_ref(&other)).unwrap();
    assert_eq!(changes, ["monitor one: changed", "monitor one: deleted"]);
    let known = fixture.alarms.monitor(OURS, Some(ProjectId(7)), "one").unwrap();
    assert_eq!(known.says, other.says);

    // Nothing is done by halves.
    let twice = [job(7, "new", "@daily"), one.clone(), one];
    assert!(matches!(apply(FILE, &twice), Err(AlarmError::Taken { .. })));
    assert!(matches!(apply("other.toml", &[other]), Err(AlarmError::Taken { .. })));
    assert_eq!(monitors(&fixture.alarms), pairs(&[("by-hand", ""), ("one", FILE)]));

    let changes = apply(FILE, &[by_hand]).unwrap();
    assert_eq!(
        changes,
        ["monitor by-hand: changed", "monitor one: deleted"],
        "it is the file's now"
    );
    assert_eq!(monitors(&fixture.alarms), pairs(&[("by-hand", FILE)]));
    assert_eq!(apply(FILE, &[]).unwrap(), ["monitor by-hand: deleted"]);
    assert_eq!(monitors(&fixture.alarms), []);
}

#[test]
fn uptime_checks_become_what_the_file_says() {
    let fixture = Fixture::new();
    let apply = |wanted: &[Wanted<UptimeChange>]| {
        fixture.alarms.provision_uptimes(FILE, wanted, |known, says| known.says == *says, NOW)
    };
    fixture.alarms.create_uptime(OURS, ProjectId(7), &site("Shop", 1).says, NOW).unwrap();
    let (shop, bank) = (site("Shop", 1), site("Bank", 1));
    let first = apply(&[shop.clone(), bank.clone()]).unwrap();
    assert_eq!(first, ["uptime check Shop: created", "uptime check Bank: created"]);
    assert_eq!(apply(&[shop.clone(), bank.clone()]).unwrap(), Vec::<String>::new(), "again");
    assert!(matches!(apply(&[bank.clone(), bank]), Err(AlarmError::Taken { .. })));

    let changes = apply(&[site("Shop", 2)]).unwrap();
    assert_eq!(changes, ["uptime check Shop: changed", "uptime check Bank: deleted"]);
    assert_eq!(apply(&[]).unwrap(), ["uptime check Shop: deleted"]);
    assert_eq!(sites(&fixture.alarms), pairs(&[("Shop", "")]), "what people made stays");
}

#[test]
fn a_database_of_a_format_before_is_taken_over() {
    let to_2 = "DROP TABLE audit; ALTER TABLE notifications DROP COLUMN places;
                PRAGMA user_version = 2;";
    let to_1 = "ALTER TABLE monitors DROP COLUMN origin; ALTER TABLE uptime DROP COLUMN origin;
                DROP TABLE audit; ALTER TABLE notifications DROP COLUMN places;
                PRAGMA user_version = 1;";
    for back in [to_2, to_1] {
        take_over(back);
    }
}

fn take_over(back: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alarm.sqlite");
    let alarms = Alarms::open(&path).unwrap();
    alarms.create_monitor(OURS, ProjectId(7), &job(7, "one", "@daily").says, NOW).unwrap();
    drop(alarms);
    let before = rusqlite::Connection::open(&path).unwrap();
    before.execute_batch(back).unwrap();
    drop(before);
    assert_eq!(monitors(&Alarms::open(&path).unwrap()), pairs(&[("one", "")]));
    let alarms = Alarms::open(&path).unwrap();
    assert_eq!(monitors(&alarms), pairs(&[("one", "")]), "once");
    assert_eq!(alarms.audit(OURS, &AuditQuery::default()).unwrap(), []);
}

#[test]
fn a_slug_says_which_projects_have_it() {
    let fixture = Fixture::new();
    let wanted = [job(8, "one", "@daily"), job(7, "one", "@daily"), job(7, "two", "@daily")];
    fixture.alarms.provision_monitors(FILE, &wanted, NOW).unwrap();
    let projects =
        |organization, slug| fixture.alarms.projects_of_slug(organization, slug).unwrap();
    assert_eq!(projects(OURS, "one"), [ProjectId(8), ProjectId(7)]);
    assert_eq!(projects(OURS, "two"), [ProjectId(7)]);
    assert_eq!(projects(OrganizationId(2), "one"), []);
}
