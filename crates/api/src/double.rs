//! A stand-in for the query engine: says what it was told to say, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lang::ask::{
    Answer, Ask, Cell, Facet, FacetQuestion, Scope, SpanAttribute, SpanAttributesQuestion,
    SpanFacets, SpanFacetsQuestion, SpanField, StoredEvent, Table, TableQuestion, Trace,
    TraceQuestion, Window,
};
use model::id::{EventId, ProjectId};

type Rows = Vec<Vec<Cell>>;

/// The stand-in.
#[derive(Debug, Default)]
pub(crate) struct Double {
    said: Mutex<Said>,
}

/// What is left to say, and what was asked.
#[derive(Debug, Default)]
struct Said {
    tables: VecDeque<Rows>,
    spans: VecDeque<Rows>,
    facets: SpanFacets,
    attributes: Vec<SpanAttribute>,
    trace: Trace,
    asked_tables: Vec<TableQuestion>,
    asked_spans: Vec<TableQuestion<SpanField>>,
    asked_facets: Vec<SpanFacetsQuestion>,
}

impl Double {
    /// Says these rows when asked for spans, one after the other.
    pub(crate) fn with_spans<const N: usize>(answers: [Rows; N]) -> Self {
        let double = Self::default();
        double.said().spans.extend(answers);
        double
    }

    /// Says these rows when asked for events, one after the other.
    pub(crate) fn with_tables<const N: usize>(answers: [Rows; N]) -> Self {
        let double = Self::default();
        double.said().tables.extend(answers);
        double
    }

    /// Says that when asked for facets.
    pub(crate) fn with_facets(facets: SpanFacets) -> Self {
        let double = Self::default();
        double.said().facets = facets;
        double
    }

    /// Says that when asked for a trace, and these rows when asked for events.
    pub(crate) fn with_trace(trace: Trace, events: Rows) -> Self {
        let double = Self::default();
        double.said().trace = trace;
        double.said().tables.push_back(events);
        double
    }

    /// The questions for events.
    pub(crate) fn asked_tables(&self) -> Vec<TableQuestion> {
        self.said().asked_tables.clone()
    }

    /// The questions for spans.
    pub(crate) fn asked_spans(&self) -> Vec<TableQuestion<SpanField>> {
        self.said().asked_spans.clone()
    }

    /// The questions for facets.
    pub(crate) fn asked_facets(&self) -> Vec<SpanFacetsQuestion> {
        self.said().asked_facets.clone()
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ready<T: Send + 'static>(value: T) -> Answer<'static, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Ask for Double {
    fn table(&self, question: TableQuestion) -> Answer<'_, Table> {
        let mut said = self.said();
        said.asked_tables.push(question);
        ready(Table { rows: said.tables.pop_front().unwrap_or_default() })
    }

    fn spans(&self, question: TableQuestion<SpanField>) -> Answer<'_, Table> {
        let mut said = self.said();
        said.asked_spans.push(question);
        ready(Table { rows: said.spans.pop_front().unwrap_or_default() })
    }

    fn trace(&self, _: TraceQuestion) -> Answer<'_, Trace> {
        ready(self.said().trace.clone())
    }

    fn span_attributes(&self, _: SpanAttributesQuestion) -> Answer<'_, Vec<SpanAttribute>> {
        ready(self.said().attributes.clone())
    }

    fn span_facets(&self, question: SpanFacetsQuestion) -> Answer<'_, SpanFacets> {
        let mut said = self.said();
        said.asked_facets.push(question);
        ready(said.facets.clone())
    }

    fn event(&self, _: ProjectId, _: EventId) -> Answer<'_, Option<StoredEvent>> {
        ready(None)
    }

    fn facets(&self, _: FacetQuestion) -> Answer<'_, Vec<Facet>> {
        ready(Vec::new())
    }
}

/// Rows of one project in that time.
pub(crate) fn scope(window: Window) -> Scope {
    Scope { projects: vec![ProjectId(1)], issues: None, environments: Vec::new(), window }
}
