//! Asking a batch's questions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lang::ask::{Ask, AskError, Cell, Scope, Window};
use lang::data_set::Rows;
use lang::health::AskHealth;
use measure::{Row, Sessions};
use model::clock::Micros;
use model::limits::QUERY_ROWS_MAX;

use super::MINUTE;
use super::plan::{Asked, Batch, RowsAsked};

/// After so long an answer would be late, and others wait.
const ANSWER_MAX: Duration = Duration::from_secs(12);
/// When there are too many questions, the second try comes after so long.
const BUSY_FOR: Duration = Duration::from_millis(800);

/// Who answers.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    pub(super) ask: Arc<dyn Ask>,
    pub(super) health: Arc<dyn AskHealth>,
}

/// Rows, or why there are none.
pub(super) type Answer = Result<Vec<Row>, AskError>;

/// The answers to a batch.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) now: Answer,
    /// The same so many minutes before.
    pub(super) before: BTreeMap<u32, Answer>,
}

impl Answers {
    pub(super) fn took_too_long(&self) -> bool {
        let mut all = std::iter::once(&self.now).chain(self.before.values());
        all.any(|answer| matches!(answer, Err(AskError::TooLong)))
    }
}

impl Sources {
    /// Asks for the minutes up to that one, and for the same before where a rule compares.
    pub(super) async fn ask(&self, batch: &Batch, minute: u64) -> Answers {
        let now = self.ask_until(batch, minute).await;
        let mut before = BTreeMap::new();
        for back in &batch.backs {
            let then = minute.saturating_sub(u64::from(*back));
            before.insert(*back, self.ask_until(batch, then).await);
        }
        Answers { now, before }
    }

    async fn ask_until(&self, batch: &Batch, minute: u64) -> Answer {
        let start = minute.saturating_sub(batch.minutes());
        self.rows(batch, start, minute).await
    }

    /// The rows of some minutes.
    pub(super) async fn rows(&self, batch: &Batch, from: u64, until: u64) -> Answer {
        let window = Window { start: Micros(from * MINUTE), end: Micros(until * MINUTE) };
        let mut answer = self.once(batch, window).await;
        if matches!(answer, Err(AskError::Busy)) {
            tokio::time::sleep(BUSY_FOR).await;
            answer = self.once(batch, window).await;
        }
        if let Err(AskError::Failed(cause)) = &answer {
            tracing::warn!(%cause, "a question of alerting failed");
        }
        answer
    }

    async fn once(&self, batch: &Batch, window: Window) -> Result<Vec<Row>, AskError> {
        let answer = async {
            match &batch.asked {
                Asked::Errors(asked) => self.rows_of(batch, asked, window).await,
                Asked::Spans(asked) => self.rows_of(batch, asked, window).await,
                Asked::Sessions(sessions) => self.sessions(batch, sessions, window).await,
            }
        };
        tokio::time::timeout(ANSWER_MAX, answer).await.unwrap_or(Err(AskError::TooLong))
    }

    async fn rows_of<F: Rows>(
        &self,
        batch: &Batch,
        asked: &RowsAsked<F>,
        window: Window,
    ) -> Result<Vec<Row>, AskError> {
        let scope = Scope {
            projects: batch.projects.iter().copied().collect(),
            issues: None,
            environments: batch.environments.clone(),
            window,
        };
        let bucket = batch.by_minute.then_some(MINUTE);
        let question = measure::question(
            scope,
            &asked.filter,
            (&asked.groups, &asked.columns),
            bucket,
            QUERY_ROWS_MAX,
        );
        let table = F::ask(self.ask.as_ref(), question).await?;
        Ok(measure::rows(table, asked.groups.len(), batch.by_minute).collect())
    }

    async fn sessions(
        &self,
        batch: &Batch,
        sessions: &Sessions,
        window: Window,
    ) -> Result<Vec<Row>, AskError> {
        let (health, sessions) = (Arc::clone(&self.health), sessions.clone());
        let projects = batch.projects.iter().copied().collect();
        let asked = tokio::task::spawn_blocking(move || {
            sessions.ask(health.as_ref(), projects, (window.start, window.end))
        });
        let rates = asked.await.map_err(|cause| AskError::Failed(cause.into()))??;
        let row = |(project, rate): (_, Option<f64>)| {
            let cells = vec![rate.map_or(Cell::Null, Cell::F64)];
            Row { bucket: None, project, groups: Vec::new(), cells }
        };
        Ok(rates.into_iter().map(row).collect())
    }
}
