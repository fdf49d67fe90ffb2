//! A trace as it is found: its spans in order, and the events that belong to it.

use std::collections::HashMap;

use lang::ask::{
    Ask, Cell, Column, Direction, Field, Scope, TableQuestion, Trace, TraceQuestion, Window,
};
use lang::data_set::is;
use lang::search::DAY;
use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId, SpanId, TraceId};
use model::span::SpanRow;

use super::tree::{Node, Tree};
use crate::cell;
use crate::error::ApiError;

/// Events of one trace.
const EVENTS_MAX: usize = 1_000;

/// Fields of an event; [`Event::read`] reads them in this order.
const FIELDS: [Field; 11] = [
    Field::EventId,
    Field::Timestamp,
    Field::Project,
    Field::Issue,
    Field::EventType,
    Field::Level,
    Field::Title,
    Field::Message,
    Field::Culprit,
    Field::Transaction,
    Field::Span,
];

/// An event that happened in a trace.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) timestamp: Micros,
    pub(super) project: ProjectId,
    /// The issue it is stored under.
    pub(super) issue: IssueId,
    pub(super) event_type: String,
    pub(super) level: String,
    pub(super) title: String,
    pub(super) message: String,
    pub(super) culprit: String,
    pub(super) transaction: String,
    /// In which span it happened.
    pub(super) span: Option<SpanId>,
}

impl Event {
    fn read(cells: &[Cell]) -> Option<Self> {
        let [id, at, project, issue, kind, level, title, message, culprit, transaction, span] =
            cells
        else {
            return None;
        };
        let text = |cell: &Cell| cell::text(cell).to_owned();
        Some(Self {
            id: EventId::parse(cell::text(id)).ok()?.to_string(),
            timestamp: cell::moment(at),
            project: ProjectId(cell::number(project)?),
            issue: IssueId(cell::number(issue)?),
            event_type: text(kind),
            level: text(level),
            title: text(title),
            message: text(message),
            culprit: text(culprit),
            transaction: text(transaction),
            span: SpanId::parse(cell::text(span)).ok(),
        })
    }

    /// Whether we found it ourselves in the spans, such as slow queries.
    pub(super) fn is_occurrence(&self) -> bool {
        self.event_type == "generic"
    }
}

/// A trace.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) spans: Vec<SpanRow<'static>>,
    /// More spans are stored than are here.
    pub(super) is_cut: bool,
    pub(super) tree: Tree,
    pub(super) events: Vec<Event>,
    /// The places of events in each span.
    pub(super) events_of: Vec<Vec<usize>>,
    /// The places of events whose span is not here.
    pub(super) lost_events: Vec<usize>,
}

/// Reads a trace, its first `spans_max` spans at most. Events are looked for around its spans; without
/// spans, in `window`.
pub(super) async fn read(
    ask: &dyn Ask,
    question: TraceQuestion,
    window: Window,
    spans_max: usize,
) -> Result<Found, ApiError> {
    let (projects, trace) = (question.projects.clone(), question.trace);
    let Trace { mut spans, mut is_cut } = ask.trace(question).await?;
    is_cut |= spans.len() > spans_max;
    spans.truncate(spans_max);
    let events = events(ask, projects, trace, around(&spans).unwrap_or(window)).await?;
    let node =
        |row: &SpanRow<'_>| Node { span: row.span, parent: row.parent, start: row.timestamp.0 };
    let tree = Tree::of(&spans.iter().map(node).collect::<Vec<_>>());
    let mut places = HashMap::with_capacity(spans.len());
    for (place, span) in spans.iter().enumerate() {
        places.entry(span.span).or_insert(place);
    }
    let mut found =
        Found { events_of: vec![Vec::new(); spans.len()], is_cut, tree, ..Found::default() };
    for (place, event) in events.iter().enumerate() {
        match event.span.and_then(|span| places.get(&span)) {
            Some(span) => found.events_of[*span].push(place),
            None => found.lost_events.push(place),
        }
    }
    Ok(Found { spans, events, ..found })
}

/// The time of all spans and a day on both sides, because clocks differ.
fn around(spans: &[SpanRow<'_>]) -> Option<Window> {
    let start = spans.iter().map(|span| span.timestamp.0).min()?;
    let end = spans.iter().map(|span| span.end().0).max()?;
    Some(Window { start: Micros(start.saturating_sub(DAY)), end: Micros(end.saturating_add(DAY)) })
}

async fn events(
    ask: &dyn Ask,
    projects: Vec<ProjectId>,
    trace: TraceId,
    window: Window,
) -> Result<Vec<Event>, ApiError> {
    let question = TableQuestion {
        scope: Scope { projects, issues: None, environments: Vec::new(), window },
        filter: is(Field::Trace, &trace.to_string()),
        columns: FIELDS.into_iter().map(Column::Field).collect(),
        having: Vec::new(),
        // Newest first. Only in order of time alone would parts be looked into one after the other, to stop
        // when there are enough; the events of a trace are few, and all parts together are quicker.
        order: vec![(1, Direction::Descending), (0, Direction::Ascending)],
        offset: 0,
        limit: EVENTS_MAX,
    };
    let rows = ask.table(question).await?.rows;
    Ok(rows.iter().filter_map(|row| Event::read(row)).collect())
}
