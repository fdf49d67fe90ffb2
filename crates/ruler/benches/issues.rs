//! What rules about issues cost: 10,000 rules over 1,000 projects: `cargo bench -p ruler`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement for people")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use alarm::{Alarms, NewRule};
use alert::IssueRule;
use lang::ask::{
    Answer, Ask, AskError, Cell, Facet, FacetQuestion, SpanField, StoredEvent, Table,
    TableQuestion, Trace, TraceQuestion,
};
use lang::health::{AskHealth, HealthGroup, HealthQuestion};
use meta::{Batch, EventFacts, Meta, NewProject, Placement};
use model::clock::{Clock as _, FixedClock, Micros};
use model::id::{EventId, GroupHash, IssueId, ProjectId};
use model::intake::Offset;
use ruler::{Arrival, Arrivals, Bells, IssueRules, Parts, Worker as _};
use serde_json::json;

const PROJECTS: u64 = 1_000;
const RULES_OF_PROJECT: u64 = 10;
const SECOND: u64 = 1_000_000;

/// Any event is there at once, and counts are what they are.
#[derive(Debug)]
struct Store(Vec<u8>);

impl Ask for Store {
    fn table(&self, _: TableQuestion) -> Answer<'_, Table> {
        Box::pin(std::future::ready(Ok(Table { rows: vec![vec![Cell::U64(5)]] })))
    }

    fn spans(&self, _: TableQuestion<SpanField>) -> Answer<'_, Table> {
        Box::pin(std::future::ready(Ok(Table::default())))
    }

    fn trace(&self, _: TraceQuestion) -> Answer<'_, Trace> {
        Box::pin(std::future::ready(Ok(Trace::default())))
    }

    fn event(&self, _: ProjectId, _: EventId) -> Answer<'_, Option<StoredEvent>> {
        let at = Micros(u64::MAX);
        let payload = self.0.clone();
        let event = StoredEvent { issue: IssueId(1), timestamp: at, received: at, payload };
        Box::pin(std::future::ready(Ok(Some(event))))
    }

    fn facets(&self, _: FacetQuestion) -> Answer<'_, Vec<Facet>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

impl AskHealth for Store {
    fn health(&self, _: &HealthQuestion) -> Result<Vec<HealthGroup>, AskError> {
        Ok(Vec::new())
    }
}

struct Bench {
    parts: Parts,
    clock: Arc<FixedClock>,
    worker: IssueRules,
    runtime: tokio::runtime::Runtime,
    projects: Vec<ProjectId>,
    offset: u64,
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(&folder);
    println!("{PROJECTS} projects with {RULES_OF_PROJECT} rules each");
    bench.turn("the first turn, which reads nothing");
    bench.place(0, &[1]);
    bench.turn("1,000 new issues, one in each project, whose rules are read");
    bench.place(1, &[1]);
    bench.turn("1,000 new issues, rules are known");
    for hash in 2..4 {
        let arrivals = bench.place(hash, &[1]);
        bench.turn("1,000 new issues");
        bench.note(&arrivals);
        bench.turn("1,000 issues with an event each");
        bench.note(&arrivals);
        bench.turn("1,000 issues with one more event each, a second later");
    }
    let rules = bench.parts.alarms.rules(&alarm::RuleQuery::default()).unwrap();
    let says = rules[0].says.clone();
    bench.parts.alarms.change_rule(rules[0].id, &says, bench.clock.now()).unwrap();
    bench.place(5, &[1]);
    bench.turn("1,000 new issues after a rule was changed");
    bench.turn("nothing to do");
}

impl Bench {
    fn new(folder: &tempfile::TempDir) -> Self {
        let clock = Arc::new(FixedClock::at(Micros(480_000 * 3_600 * SECOND)));
        let meta = Meta::open(&folder.path().join("meta.sqlite"), Arc::clone(&clock) as _).unwrap();
        let alarms = Alarms::open(&folder.path().join("alarm.sqlite")).unwrap();
        let organization = meta.create_organization("acme", "Acme").unwrap().id;
        let event = json!({
            "level": "error", "environment": "production",
            "exception": {"values": [{"type": "KeyError", "value": "id"}]},
            "tags": [["market", "ES"]],
        });
        let mut projects = Vec::new();
        let mut rules = Vec::new();
        for number in 0..PROJECTS {
            let slug = format!("project-{number}");
            let new = NewProject { slug: slug.clone(), name: slug, ..NewProject::default() };
            let project = meta.create_project(organization, &new).unwrap().id;
            projects.push(project);
            for number in 0..RULES_OF_PROJECT {
                let when = ["new issue", "every event", "more than 100 events in 1h"];
                let when = when[usize::try_from(number % 3).unwrap()];
                let plain = json!({
                    "name": format!("rule {number}"), "when": when,
                    "if": ["error.type equals PaymentError", "tag market equals ES"],
                    "then": "mail owners",
                });
                let rule = IssueRule::from_plain(&plain).unwrap();
                let new = NewRule::of_issues(organization, project, &rule);
                rules.push(NewRule { origin: "bench".to_owned(), ..new });
            }
        }
        let begun: Vec<_> = projects.iter().map(|project| (*project, None)).collect();
        alarms.begin_projects(&begun, clock.now()).unwrap();
        alarms.provision_rules("bench", alarm::RuleKind::Issue, &rules, clock.now()).unwrap();
        let store = Arc::new(Store(event.to_string().into_bytes()));
        let parts = Parts {
            alarms,
            meta,
            ask: Arc::clone(&store) as _,
            health: store,
            arrivals: Arc::new(Arrivals::default()),
            clock: Arc::clone(&clock) as _,
            public_url: "http://localhost:9000".into(),
            bells: Bells::default(),
        };
        let worker = IssueRules::new(parts.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { parts, clock, worker, runtime, projects, offset: 0 }
    }

    /// An event of each kind in each project.
    fn place(&mut self, hash: u8, users: &[u8]) -> Vec<Arrival> {
        let now = self.clock.now();
        let facts = |project: &ProjectId, user: &u8| {
            let mut id = [hash; 16];
            id[..8].copy_from_slice(&project.0.to_be_bytes());
            EventFacts {
                project: *project,
                event_id: EventId(id),
                received: now,
                timestamp: now,
                hashes: vec![GroupHash(id)],
                title: "KeyError: id".into(),
                culprit: String::new(),
                message: String::new(),
                level: "error".into(),
                platform: "python".into(),
                event_type: "error".into(),
                logger: String::new(),
                metadata: "{}".into(),
                release: String::new(),
                environment: "production".into(),
                user: user.to_string(),
                handled: None,
            }
        };
        let pairs =
            self.projects.iter().flat_map(|project| users.iter().map(move |user| (project, user)));
        let events: Vec<EventFacts> = pairs.map(|(project, user)| facts(project, user)).collect();
        let start = Offset(self.offset);
        self.offset += 1;
        let batch = Batch { start, end: Offset(self.offset), events, ..Batch::default() };
        let applied = self.parts.meta.apply(&batch).unwrap();
        let placed = batch.events.iter().zip(&applied.placements);
        let arrival = |(facts, placement): (&EventFacts, &Placement)| {
            let Placement::Issue { issue, new, .. } = *placement else { return None };
            let (project, events) = (facts.project, vec![facts.event_id]);
            Some(Arrival { project, issue, is_new: new, events })
        };
        placed.filter_map(arrival).collect()
    }

    fn note(&self, arrivals: &[Arrival]) {
        for arrival in arrivals {
            self.parts.arrivals.note(arrival.clone());
        }
    }

    fn turn(&mut self, what: &str) {
        self.clock.advance_micros(2 * SECOND);
        #[expect(clippy::disallowed_methods, reason = "it measures time")]
        let start = Instant::now();
        self.runtime.block_on(self.worker.turn()).unwrap();
        let took: Duration = start.elapsed();
        println!("{:>8.1} ms  {what}", took.as_secs_f64() * 1_000.0);
    }
}
