//! Answers: a typed plan run by DataFusion over the store. The only crate that builds DataFusion.
//!
//! [`Engine`] implements `lang::ask::Ask`. A question becomes a DataFusion plan (`filter`, `column`)
//! over one snapshot of the store (`scan`); rows in order of time are looked for part by part
//! (`rows`), groups in one go (`groups`), tags in a stream (`facets`). No type of DataFusion or Arrow
//! leaves this crate.

mod cell;
mod column;
mod facets;
mod filter;
mod groups;
mod pattern;
mod rows;
mod scan;
mod session;

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use lang::ask::{
    Aggregate, Answer, Ask, AskError, Column, Facet, FacetQuestion, Filter, SpanField, StoredEvent,
    Table, TableQuestion, Trace, TraceQuestion,
};
use model::id::{EventId, IssueId, ProjectId};
use model::limits;
use store::events::EventStore;
use tokio::sync::Semaphore;

pub use session::EngineError;
use session::Session;

/// Answers questions about one store.
pub struct Engine {
    store: Arc<EventStore>,
    session: Session,
    permits: Semaphore,
    /// Issues that were deleted while their rows still wait for compaction.
    removed: RwLock<Arc<HashSet<IssueId>>>,
}

impl Engine {
    /// An engine over `store`. Its answers are worked out on the runtime they are awaited on.
    ///
    /// # Errors
    /// When DataFusion cannot be set up.
    pub fn new(store: Arc<EventStore>) -> Result<Self, EngineError> {
        Ok(Self {
            store,
            session: Session::new()?,
            permits: Semaphore::new(limits::QUERIES_AT_ONCE_MAX),
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

    async fn find_event(
        &self,
        project: ProjectId,
        event: EventId,
    ) -> Result<Option<StoredEvent>, AskError> {
        let store = Arc::clone(&self.store);
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
            let has_aggregate =
                question.columns.iter().any(|column| matches!(column, Column::Aggregate(_)));
            let source = scan::Source::of(&self.store, &question.scope, self.removed());
            let Some(source) = source else { return Ok(groups::of_nothing(&question)) };
            let rows = if has_aggregate {
                self.in_turn(groups::answer(&self.session, &question, source)).await?
            } else {
                self.in_turn(rows::answer(&self.session, &question, source)).await?
            };
            Ok(Table { rows })
        })
    }

    fn spans(&self, _question: TableQuestion<SpanField>) -> Answer<'_, Table> {
        Box::pin(async { Err(AskError::Invalid("spans cannot be asked for yet".to_owned())) })
    }

    fn trace(&self, _question: TraceQuestion) -> Answer<'_, Trace> {
        Box::pin(async { Err(AskError::Invalid("traces cannot be asked for yet".to_owned())) })
    }

    fn event(&self, project: ProjectId, event: EventId) -> Answer<'_, Option<StoredEvent>> {
        Box::pin(self.find_event(project, event))
    }

    fn facets(&self, question: FacetQuestion) -> Answer<'_, Vec<Facet>> {
        Box::pin(async move {
            check_filter(&question.filter)?;
            let source = scan::Source::of(&self.store, &question.scope, self.removed());
            let Some(source) = source else { return Ok(Vec::new()) };
            self.in_turn(facets::answer(&self.session, &question, source)).await
        })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Engine").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Refuses questions that contradict themselves or ask for too much.
fn check(question: &TableQuestion) -> Result<(), AskError> {
    check_filter(&question.filter)?;
    for column in &question.columns {
        if let Column::Aggregate(Aggregate::CountIf(filter)) = column {
            check_filter(filter)?;
        }
    }
    let columns = question.columns.len();
    let invalid = |text: &str| Err(AskError::Invalid(text.to_owned()));
    let has_width_0 = question.columns.contains(&Column::Bucket(0));
    let ordered = question.order.iter().all(|(place, _)| *place < columns);
    let compared = question
        .having
        .iter()
        .all(|having| matches!(question.columns.get(having.column), Some(Column::Aggregate(_))));
    match () {
        () if columns == 0 => invalid("No columns selected"),
        () if columns > limits::QUERY_COLUMNS_MAX => invalid("Too many columns selected"),
        () if has_width_0 => invalid("A time bucket must be longer than nothing"),
        () if !ordered => invalid("Only selected columns can be sorted by"),
        () if !compared => invalid("Only selected aggregates can be compared"),
        () if question.offset.saturating_add(question.limit) > limits::QUERY_ROWS_MAX => {
            invalid("Too many rows; narrow the search or the time range")
        }
        () => Ok(()),
    }
}

fn check_filter(filter: &Filter) -> Result<(), AskError> {
    let max = limits::QUERY_CONDITIONS_MAX;
    if filter::conditions(filter) <= max {
        return Ok(());
    }
    Err(AskError::Invalid(format!("Too many conditions in one search; use at most {max}")))
}

fn failed(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AskError {
    AskError::Failed(cause.into())
}
