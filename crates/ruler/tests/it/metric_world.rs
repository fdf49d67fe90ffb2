//! A worker of rules about numbers with an engine that says what it is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use alarm::{Alarms, NewRule, Report, Rule, RuleChange, RuleKind};
use alert::SentryMetricRule;
use lang::ask::{
    Answer, Ask, AskError, Cell, Column, Facet, FacetQuestion, Field, SpanField, StoredEvent,
    Table, TableQuestion, Trace, TraceQuestion,
};
use lang::health::{AskHealth, HealthGroup, HealthQuestion};
use meta::{Meta, ProvisionFile};
use model::clock::{Clock, FixedClock, Micros};
use model::id::{EventId, OrganizationId, ProjectId};
use ruler::{Bells, Metrics, Parts, Worker};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;

pub(crate) const MINUTE: u64 = 60_000_000;
/// A full day since 1970, so that days begin at a known minute.
pub(crate) const FIRST_MINUTE: u64 = 20_000 * 1_440;

/// What an engine is asked, whatever it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) projects: Vec<u64>,
    pub(crate) from: u64,
    pub(crate) until: u64,
    pub(crate) columns: usize,
    pub(crate) is_bucketed: bool,
}

type Says = dyn FnMut(&Asked) -> Result<Vec<Vec<Cell>>, AskError> + Send;

/// Says what it is told.
pub(crate) struct Engine {
    says: Mutex<Box<Says>>,
    pub(crate) asked: Mutex<Vec<Asked>>,
    pub(crate) rates: Mutex<Vec<HealthGroup>>,
    /// Questions about this project are answered when it is let go.
    pub(crate) held: Mutex<Option<u64>>,
    pub(crate) let_go: Notify,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Engine")
    }
}

impl Engine {
    pub(crate) fn say(
        &self,
        says: impl FnMut(&Asked) -> Result<Vec<Vec<Cell>>, AskError> + Send + 'static,
    ) {
        *self.says.lock().unwrap() = Box::new(says);
    }

    /// Counts of these projects; others have none.
    pub(crate) fn count(&self, counts: &[(u64, f64)]) {
        let rows: Vec<Vec<Cell>> = counts.iter().map(|(id, it)| row(*id, *it)).collect();
        self.say(move |_| Ok(rows.clone()));
    }

    fn answer<F>(&self, question: &TableQuestion<F>) -> Result<Table, AskError> {
        let scope = &question.scope;
        let asked = Asked {
            projects: scope.projects.iter().map(|project| project.0).collect(),
            from: scope.window.start.0 / MINUTE,
            until: scope.window.end.0 / MINUTE,
            columns: question.columns.len(),
            is_bucketed: matches!(question.columns.first(), Some(Column::Bucket(_))),
        };
        let rows = (self.says.lock().unwrap())(&asked);
        self.asked.lock().unwrap().push(asked);
        Ok(Table { rows: rows? })
    }

    fn answer_when_let_go<F>(&self, question: &TableQuestion<F>) -> Answer<'_, Table> {
        let held = *self.held.lock().unwrap();
        let is_held = question.scope.projects.iter().any(|project| Some(project.0) == held);
        let answer = self.answer(question);
        Box::pin(async move {
            if is_held {
                self.let_go.notified().await;
            }
            answer
        })
    }
}

pub(crate) fn row(project: u64, value: f64) -> Vec<Cell> {
    vec![Cell::U64(project), Cell::F64(value)]
}

impl Ask for Engine {
    fn table(&self, question: TableQuestion<Field>) -> Answer<'_, Table> {
        self.answer_when_let_go(&question)
    }

    fn spans(&self, question: TableQuestion<SpanField>) -> Answer<'_, Table> {
        self.answer_when_let_go(&question)
    }

    fn trace(&self, _: TraceQuestion) -> Answer<'_, Trace> {
        Box::pin(std::future::ready(Ok(Trace::default())))
    }

    fn event(&self, _: ProjectId, _: EventId) -> Answer<'_, Option<StoredEvent>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn facets(&self, _: FacetQuestion) -> Answer<'_, Vec<Facet>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

impl AskHealth for Engine {
    fn health(&self, _: &HealthQuestion) -> Result<Vec<HealthGroup>, AskError> {
        Ok(self.rates.lock().unwrap().clone())
    }
}

pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) parts: Parts,
    pub(crate) metrics: Metrics,
    seen: usize,
    _folder: TempDir,
}

impl World {
    /// An organisation with so many projects, `p1`, `p2` …
    pub(crate) fn with_projects(count: u64) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(FixedClock::at(Micros(FIRST_MINUTE * MINUTE + 58_000_000)));
        let meta = Meta::open(&folder.path().join("meta.sqlite"), Arc::clone(&clock) as _).unwrap();
        let mut file = String::from("[[organization]]\nslug = \"acme\"\n");
        for id in 1..=count {
            write!(file, "[[organization.project]]\nid = {id}\nslug = \"p{id}\"\n").unwrap();
        }
        meta.provision(&ProvisionFile::parse(&file).unwrap()).unwrap();
        let engine = Arc::new(Engine {
            says: Mutex::new(Box::new(|_| Ok(Vec::new()))),
            asked: Mutex::default(),
            rates: Mutex::default(),
            held: Mutex::default(),
            let_go: Notify::new(),
        });
        let parts = Parts {
            alarms: Alarms::open(&folder.path().join("alarm.sqlite")).unwrap(),
            meta,
            ask: Arc::clone(&engine) as _,
            health: Arc::clone(&engine) as _,
            arrivals: Arc::default(),
            clock: Arc::clone(&clock) as _,
            public_url: "http://pitwatch".into(),
            bells: Bells::default(),
        };
        let metrics = Metrics::new(parts.clone()).unwrap();
        Self { engine, clock, parts, metrics, seen: 0, _folder: folder }
    }

    /// As after a crash: what was in memory is gone.
    pub(crate) fn restart(&mut self) {
        self.metrics = Metrics::new(self.parts.clone()).unwrap();
    }

    /// Makes a rule: `count()` of errors in `p1` above 10, changed by these fields.
    pub(crate) fn rule(&self, fields: &Value) -> Rule {
        self.rule_of(OrganizationId(1), fields)
    }

    /// The same of an organisation.
    pub(crate) fn rule_of(&self, organization: OrganizationId, fields: &Value) -> Rule {
        let says = SentryMetricRule::from_json(&written(fields)).unwrap();
        let new = NewRule {
            organization,
            project: None,
            kind: RuleKind::Metric,
            says: change(&says, true),
            origin: String::new(),
            created_by: None,
        };
        self.parts.alarms.create_rule(&new, self.clock.now()).unwrap()
    }

    /// A minute goes by; what was told in it.
    pub(crate) async fn minute(&mut self) -> Vec<String> {
        self.clock.advance_micros(MINUTE);
        self.metrics.turn().await.unwrap();
        self.told()
    }

    /// What was told since the last time.
    pub(crate) fn told(&mut self) -> Vec<String> {
        let reports = self.reports();
        let new = reports.iter().skip(self.seen).map(short).collect();
        self.seen = reports.len();
        new
    }

    pub(crate) fn reports(&self) -> Vec<Report> {
        let reported = self.parts.alarms.reported(100_000).unwrap();
        reported.into_iter().map(|reported| reported.report).collect()
    }

    /// How many questions were asked since the last time.
    pub(crate) fn questions(&self) -> Vec<Asked> {
        std::mem::take(&mut self.engine.asked.lock().unwrap())
    }
}

pub(crate) fn change(says: &SentryMetricRule, is_enabled: bool) -> RuleChange {
    RuleChange {
        name: says.name.clone(),
        definition: says.to_json(),
        is_enabled,
        owner: None,
        is_symptom: says.is_symptom,
        causes: Vec::new(),
    }
}

pub(crate) fn written(fields: &Value) -> Value {
    let mut rule = json!({
        "name": "Errors", "projects": ["p1"], "aggregate": "count()", "dataset": "errors",
        "query": "", "timeWindow": 5, "thresholdType": 0,
        "triggers": [{"label": "critical", "alertThreshold": 10, "actions": []}],
    });
    for (name, value) in fields.as_object().unwrap() {
        rule[name] = value.clone();
    }
    rule
}

/// `+page p1` when it begins, `-page p1` when it is over.
fn short(report: &Report) -> String {
    let sign = if report.alert.is_firing { '+' } else { '-' };
    let label = |name: &str| report.alert.labels.get(name).cloned().unwrap_or_default();
    let own = ["alertname", "rule_id", "severity", "project", "service"];
    let others: BTreeMap<_, _> =
        report.alert.labels.iter().filter(|(name, _)| !own.contains(&name.as_str())).collect();
    let mut words = vec![label("severity"), label("project")];
    words.extend(others.into_values().cloned());
    format!("{sign}{}", words.join(" "))
}

/// Ten rules for each of so many projects: what a template makes for each of them.
pub(crate) fn ten_for_each(world: &World, projects: u64) {
    for id in 1..=projects {
        for rule in 0..10_u64 {
            let (dataset, aggregate) = match rule % 5 {
                0 => ("errors", "count()"),
                1 => ("errors", "count_unique(user)"),
                2 => ("transactions", "p95(transaction.duration)"),
                3 => ("transactions", "failure_rate()"),
                _ => ("spans", "avg(span.duration)"),
            };
            let window = if rule < 5 { 5 } else { 60 };
            world.rule(&json!({
                "name": format!("{aggregate} of {id}"), "projects": [format!("p{id}")],
                "dataset": dataset, "aggregate": aggregate, "timeWindow": window,
                "triggers": [{"label": "critical", "alertThreshold": 1000, "actions": []}],
            }));
        }
    }
}
