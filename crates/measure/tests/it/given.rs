//! A directory with two projects, and an engine that says what it is told.

use std::sync::{Arc, Mutex};

use alert::SentryMetricRule;
use lang::ask::{
    Answer, Ask, Cell, Facet, FacetQuestion, SpanField, StoredEvent, Table, TableQuestion, Trace,
    TraceQuestion,
};
use measure::{MeasureError, Measured};
use meta::{Meta, NewProject, Project};
use model::clock::{FixedClock, Micros};
use model::id::{EventId, ProjectId};
use serde_json::{Value, json};

pub(crate) const MINUTE: u64 = 60_000_000;
pub(crate) const DAY: u64 = 1_440 * MINUTE;
pub(crate) const NOW: Micros = Micros(20_000 * DAY);

pub(crate) struct Given {
    pub(crate) meta: Meta,
    pub(crate) projects: Vec<Project>,
}

impl Given {
    pub(crate) fn new() -> Self {
        let meta = Meta::in_memory(Arc::new(FixedClock::at(NOW))).unwrap();
        let organization = meta.create_organization("acme", "Acme").unwrap().id;
        let project = |slug: &str| {
            let new = NewProject { slug: slug.into(), name: slug.into(), ..NewProject::default() };
            meta.create_project(organization, &new).unwrap()
        };
        let projects = ["shop", "bank"].map(project).into();
        Self { meta, projects }
    }

    pub(crate) fn measured(&self, fields: &Value) -> Result<Measured, MeasureError> {
        Measured::of(&self.meta, &self.projects, &rule(fields), NOW)
    }

    pub(crate) fn ids(&self) -> Vec<ProjectId> {
        self.projects.iter().map(|project| project.id).collect()
    }
}

pub(crate) fn rule(fields: &Value) -> SentryMetricRule {
    let mut rule = json!({
        "name": "Errors", "projects": ["shop"], "aggregate": "count()", "dataset": "errors",
        "query": "", "timeWindow": 5, "thresholdType": 0,
        "triggers": [{"label": "critical", "alertThreshold": 10, "actions": []}],
    });
    for (name, value) in fields.as_object().unwrap() {
        rule[name] = value.clone();
    }
    SentryMetricRule::from_json(&rule).unwrap()
}

/// Says these rows, whatever it is asked.
#[derive(Debug, Default)]
pub(crate) struct Engine {
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) asked: Mutex<Vec<TableQuestion>>,
}

fn ready<T: Send + 'static>(value: T) -> Answer<'static, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Ask for Engine {
    fn table(&self, question: TableQuestion) -> Answer<'_, Table> {
        self.asked.lock().unwrap().push(question);
        ready(Table { rows: self.rows.clone() })
    }

    fn spans(&self, _: TableQuestion<SpanField>) -> Answer<'_, Table> {
        ready(Table { rows: self.rows.clone() })
    }

    fn trace(&self, _: TraceQuestion) -> Answer<'_, Trace> {
        ready(Trace::default())
    }

    fn event(&self, _: ProjectId, _: EventId) -> Answer<'_, Option<StoredEvent>> {
        ready(None)
    }

    fn facets(&self, _: FacetQuestion) -> Answer<'_, Vec<Facet>> {
        ready(Vec::new())
    }
}
