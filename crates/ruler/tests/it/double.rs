//! A stand-in for the query engine that answers from a list of events.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

use lang::ask::{
    Aggregate, Answer, Ask, AskError, Cell, Column, Direction, Facet, FacetQuestion, Field, Filter,
    Operator, SpanField, StoredEvent, Table, TableQuestion, Trace, TraceQuestion,
};
use lang::health::{AskHealth, HealthCounts, HealthGroup, HealthQuestion};
use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};
use serde_json::Value;

/// A stored event.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) project: ProjectId,
    pub(crate) issue: IssueId,
    pub(crate) event: EventId,
    pub(crate) at: Micros,
    pub(crate) payload: Value,
}

impl Row {
    fn text(&self, path: &str) -> String {
        self.payload.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// The stand-in.
#[derive(Debug, Default)]
pub(crate) struct Double {
    rows: Mutex<Vec<Row>>,
    /// Sessions in each hour.
    pub(crate) sessions: Mutex<u64>,
    /// How many tables were asked for.
    pub(crate) asked: Mutex<u64>,
    /// So many of the next questions for tables are not answered.
    pub(crate) is_busy_for: Mutex<u32>,
}

impl Double {
    pub(crate) fn store(&self, row: Row) {
        self.rows.lock().unwrap().push(row);
    }

    fn answer(&self, question: &TableQuestion) -> Table {
        *self.asked.lock().unwrap() += 1;
        let rows = self.rows.lock().unwrap();
        let mut found: Vec<&Row> = rows.iter().filter(|row| is_in(row, question)).collect();
        if let [Column::Aggregate(aggregate)] = question.columns.as_slice() {
            return Table { rows: vec![vec![count(&found, aggregate)]] };
        }
        if let [_, Column::Bucket(width), Column::Aggregate(aggregate), _] = &*question.columns {
            return buckets(&found, *width, aggregate);
        }
        found.sort_by_key(|row| row.at);
        if question.order.first().is_some_and(|(_, direction)| *direction == Direction::Descending)
        {
            found.reverse();
        }
        let cell = |row: &Row, column: &Column| match column {
            Column::Field(Field::Project) => Cell::U64(row.project.0),
            Column::Field(Field::Issue) => Cell::U64(row.issue.0),
            Column::Field(Field::EventId) => Cell::Text(row.event.to_string()),
            Column::Field(Field::Timestamp | Field::Received) => Cell::Time(row.at),
            other => unreachable!("{other:?} is not asked for here"),
        };
        let rows = found.into_iter().take(question.limit);
        let cells = |row: &Row| question.columns.iter().map(|column| cell(row, column)).collect();
        Table { rows: rows.map(cells).collect() }
    }
}

fn count(rows: &[&Row], aggregate: &Aggregate) -> Cell {
    let count = match aggregate {
        Aggregate::Count => rows.len(),
        Aggregate::CountUnique(Field::User) => {
            let users = rows.iter().map(|row| row.text("/user/id"));
            users.filter(|user| !user.is_empty()).collect::<HashSet<_>>().len()
        }
        other => unreachable!("{other:?} is not asked for here"),
    };
    Cell::U64(count as u64)
}

/// By issue and time, with the newest event of each.
fn buckets(rows: &[&Row], width: u64, aggregate: &Aggregate) -> Table {
    let mut buckets: BTreeMap<(IssueId, u64), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        buckets.entry((row.issue, row.at.0 / width)).or_default().push(row);
    }
    let cells = |((issue, bucket), rows): ((IssueId, u64), Vec<&Row>)| {
        let newest = rows.iter().max_by_key(|row| row.at).map(|row| row.event.to_string());
        vec![
            Cell::U64(issue.0),
            Cell::Time(Micros(bucket * width)),
            count(&rows, aggregate),
            newest.map_or(Cell::Null, Cell::Text),
        ]
    };
    Table { rows: buckets.into_iter().map(cells).collect() }
}

fn is_in(row: &Row, question: &TableQuestion) -> bool {
    let scope = &question.scope;
    let received = match &question.filter {
        Filter::All => true,
        Filter::Compare(Field::Received, Operator::Less, Cell::Time(than)) => row.at < *than,
        Filter::Compare(Field::Received, Operator::Greater, Cell::Time(than)) => row.at > *than,
        other => unreachable!("{other:?} is not asked for here"),
    };
    received
        && scope.projects.contains(&row.project)
        && scope.issues.as_ref().is_none_or(|issues| issues.contains(&row.issue))
        && (scope.environments.is_empty() || scope.environments.contains(&row.text("/environment")))
        && (scope.window.start..scope.window.end).contains(&row.at)
}

fn ready<T: Send + 'static>(value: T) -> Answer<'static, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Ask for Double {
    fn table(&self, question: TableQuestion) -> Answer<'_, Table> {
        let mut busy = self.is_busy_for.lock().unwrap();
        if *busy > 0 {
            *busy -= 1;
            return Box::pin(std::future::ready(Err(AskError::Busy)));
        }
        drop(busy);
        ready(self.answer(&question))
    }

    fn spans(&self, _: TableQuestion<SpanField>) -> Answer<'_, Table> {
        ready(Table::default())
    }

    fn trace(&self, _: TraceQuestion) -> Answer<'_, Trace> {
        ready(Trace::default())
    }

    fn event(&self, project: ProjectId, event: EventId) -> Answer<'_, Option<StoredEvent>> {
        let rows = self.rows.lock().unwrap();
        let found = rows.iter().find(|row| (row.project, row.event) == (project, event));
        ready(found.map(|row| StoredEvent {
            issue: row.issue,
            timestamp: row.at,
            received: row.at,
            payload: row.payload.to_string().into_bytes(),
        }))
    }

    fn facets(&self, _: FacetQuestion) -> Answer<'_, Vec<Facet>> {
        ready(Vec::new())
    }
}

impl AskHealth for Double {
    fn health(&self, question: &HealthQuestion) -> Result<Vec<HealthGroup>, AskError> {
        let hours = question.hour_end - question.hour_start;
        let sessions = [*self.sessions.lock().unwrap() * hours, 0, 0, 0, 0];
        let total = HealthCounts { sessions, ..HealthCounts::default() };
        Ok(vec![HealthGroup { total, ..HealthGroup::default() }])
    }
}
