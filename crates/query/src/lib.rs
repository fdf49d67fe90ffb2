//! Answers: a typed plan run by DataFusion over the store. The only crate that builds DataFusion.
//!
//! [`Engine`] implements `lang::ask::Ask`. A question becomes a DataFusion plan (`filter`, `column`)
//! over one snapshot of the store (`scan`); rows in order of time are looked for part by part
//! (`rows`), groups in one go (`groups`), tags in a stream (`facets`, `span_facets`). All of this is the
//! same for error events and spans, which differ in their fields (`field`); spans also differ among
//! themselves, in their attributes (`attribute`). What cells have counted is not counted again (`cells`). Traces are read without DataFusion (`trace`). No type
//! of DataFusion or Arrow leaves this crate.

mod attribute;
mod cell;
mod cells;
mod check;
mod column;
mod facets;
mod field;
mod filter;
mod groups;
mod memo;
mod pattern;
mod rows;
mod scan;
mod session;
mod sketch;
mod span_facets;
mod span_names;
mod spans;
mod stand_in;
mod trace;

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use lang::ask::{
    Answer, Ask, AskError, Column, Facet, FacetQuestion, Scope, SpanAttribute,
    SpanAttributesQuestion, SpanFacets, SpanFacetsQuestion, SpanField, StoredEvent, Table,
    TableQuestion, Trace, TraceQuestion,
};
use model::clock::Clock;
use model::id::{EventId, IssueId, ProjectId};
use model::limits;
use store::events::EventStore;
use store::spans::{SpanStore, StoreError};
use tokio::sync::Semaphore;

use cells::CellsAsked;
use check::{check, check_filter};
use column::OverRows;
use field::StoredField;
use scan::Source;
pub use session::EngineError;
use session::Session;
use spans::SpansAsked;

/// Answers questions about stored telemetry.
pub struct Engine {
    events: Arc<EventStore>,
    spans: Arc<SpanStore>,
    clock: Arc<dyn Clock>,
    session: Session,
    permits: Semaphore,
    /// Of those who read on threads of their own, who cannot be stopped when nobody waits any more.
    readers: Arc<Semaphore>,
    /// Issues that were deleted while their rows still wait for compaction.
    removed: RwLock<Arc<HashSet<IssueId>>>,
}

impl Engine {
    /// An engine over these stores. Its answers are worked out on the runtime they are awaited on.
    ///
    /// # Errors
    /// When DataFusion cannot be set up.
    pub fn new(
        events: Arc<EventStore>,
        spans: Arc<SpanStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            events,
            spans,
            clock,
            session: Session::new()?,
            permits: Semaphore::new(limits::QUERIES_AT_ONCE_MAX),
            readers: Arc::new(Semaphore::new(limits::QUERIES_AT_ONCE_MAX)),
            removed: RwLock::default(),
        })
    }

    /// From now on events of these issues, and of no others, are not seen in any answer.
    pub fn hide_issues(&self, issues: HashSet<IssueId>) {
        *self.removed.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(issues);
    }

    fn removed(&self) -> Arc<HashSet<IssueId>> {
        Arc::clone(&self.removed.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Works an answer out when it is its turn, and not for longer than the limit, waiting included.
    async fn in_turn<T>(
        &self,
        work: impl Future<Output = Result<T, AskError>> + Send,
    ) -> Result<T, AskError> {
        let limit = Duration::from_millis(limits::QUERY_MILLIS_MAX);
        let in_turn = async {
            let half = tokio::time::timeout(limit / 2, self.permits.acquire());
            let _permit = half.await.or(Err(AskError::Busy))?.or(Err(AskError::Busy))?;
            let alone = self.permits.available_permits() + 1 == limits::QUERIES_AT_ONCE_MAX;
            match work.await {
                // It would not go better later.
                Err(AskError::Busy) if alone => Err(AskError::TooLong),
                answer => answer,
            }
        };
        tokio::time::timeout(limit, in_turn).await.or(Err(AskError::TooLong))?
    }

    /// Asks the store for spans on a thread that may block.
    async fn read_spans<T: Send + 'static>(
        &self,
        read: impl FnOnce(&SpanStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AskError> {
        let permit = Arc::clone(&self.readers).acquire_owned().await.or(Err(AskError::Busy))?;
        let store = Arc::clone(&self.spans);
        let read = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            read(&store)
        });
        read.await.map_err(failed)?.map_err(failed)
    }

    /// The rows or groups of a question; `None` has no rows.
    async fn rows<F: StoredField>(
        &self,
        question: &TableQuestion<F>,
        source: Option<Source>,
    ) -> Result<Table, AskError> {
        let Some(source) = source else { return Ok(groups::of_nothing(question)) };
        let is_aggregate = |column: &Column<F>| matches!(column, Column::Aggregate(_));
        let rows = if question.columns.iter().any(is_aggregate) {
            groups::answer(&self.session, question, source, OverRows::value).await?
        } else {
            rows::answer(&self.session, question, source).await?
        };
        Ok(Table { rows })
    }

    /// The groups of a question that cells answer; `None` when rows must be read.
    async fn counted(
        &self,
        question: &TableQuestion<SpanField>,
    ) -> Result<Option<Table>, AskError> {
        let Some(asked) = CellsAsked::by(question, self.clock.now()) else { return Ok(None) };
        let Some(source) = self.read_spans(move |store| asked.source(store)).await? else {
            return Ok(None);
        };
        let rows = groups::answer(&self.session, question, source, cells::value).await?;
        Ok(Some(Table { rows }))
    }

    async fn find_event(
        &self,
        project: ProjectId,
        event: EventId,
    ) -> Result<Option<StoredEvent>, AskError> {
        let store = Arc::clone(&self.events);
        let read = tokio::task::spawn_blocking(move || store.payload(project, event)).await;
        let found = read.map_err(failed)?.map_err(failed)?;
        let found = found.filter(|found| !self.removed().contains(&found.facts.issue));
        Ok(found.map(|found| StoredEvent {
            issue: found.facts.issue,
            timestamp: found.facts.timestamp,
            received: found.facts.received,
            payload: found.json,
        }))
    }
}

impl Ask for Engine {
    fn table(&self, question: TableQuestion) -> Answer<'_, Table> {
        Box::pin(async move {
            check(&question)?;
            let source = Source::of_errors(&self.events, &question.scope, self.removed());
            self.in_turn(self.rows(&question, source)).await
        })
    }

    fn spans(&self, question: TableQuestion<SpanField>) -> Answer<'_, Table> {
        Box::pin(async move {
            check(&question)?;
            let asked = SpansAsked::by(&question)?;
            let answer = async {
                if let Some(table) = self.counted(&question).await? {
                    return Ok(table);
                }
                let source = self.read_spans(|store| asked.source(store)).await?;
                self.rows(&question, source).await
            };
            Box::pin(self.in_turn(answer)).await
        })
    }

    fn trace(&self, question: TraceQuestion) -> Answer<'_, Trace> {
        Box::pin(self.in_turn(self.read_spans(move |store| trace::read(store, &question))))
    }

    fn span_attributes(&self, question: SpanAttributesQuestion) -> Answer<'_, Vec<SpanAttribute>> {
        Box::pin(self.in_turn(async move {
            let scope = Scope { issues: None, ..question.scope.clone() };
            let known = self.read_spans(move |store| span_names::known(store, &scope)).await?;
            span_names::answer(&self.session, &question, known).await
        }))
    }

    fn span_facets(&self, question: SpanFacetsQuestion) -> Answer<'_, SpanFacets> {
        Box::pin(async move {
            question.sets.iter().try_for_each(check_filter)?;
            let attributes = spans::attributes(question.sets.iter())?;
            let answer = async {
                let scope = Scope { issues: None, ..question.scope.clone() };
                let steps = move |store: &SpanStore| span_facets::steps(store, &scope, &attributes);
                let steps = self.read_spans(steps).await?;
                span_facets::answer(&self.session, &question, steps).await
            };
            self.in_turn(answer).await
        })
    }

    fn event(&self, project: ProjectId, event: EventId) -> Answer<'_, Option<StoredEvent>> {
        Box::pin(self.find_event(project, event))
    }

    fn facets(&self, question: FacetQuestion) -> Answer<'_, Vec<Facet>> {
        Box::pin(async move {
            check_filter(&question.filter)?;
            let source = Source::of_errors(&self.events, &question.scope, self.removed());
            let Some(source) = source else { return Ok(Vec::new()) };
            self.in_turn(facets::answer(&self.session, &question, source)).await
        })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Engine")
            .field("events", &self.events)
            .field("spans", &self.spans)
            .finish_non_exhaustive()
    }
}

fn failed(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AskError {
    AskError::Failed(cause.into())
}
