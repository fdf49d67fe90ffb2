//! Rules evaluated on what is past, for the API.

use std::sync::Arc;

use alert::IssueRule;
use api::error::ApiError;
use api::rule::preview::{Firing, Rehearsal, Rehearse};
use futures::future::BoxFuture;
use lang::ask::AskError;
use model::clock::Micros;
use model::id::ProjectId;
use ruler::{Parts, Rehearsed, RulerError};
use tokio::sync::Semaphore;

/// Rehearsals at once: each asks hundreds of questions, and whoever types a rule starts one after the other.
const AT_ONCE_MAX: usize = 2;

/// Evaluates with what alerting works with.
#[derive(Debug)]
pub struct Rehearser {
    parts: Parts,
    places: Arc<Semaphore>,
}

impl Rehearser {
    /// Evaluates with these.
    pub fn new(parts: Parts) -> Self {
        Self { parts, places: Arc::new(Semaphore::new(AT_ONCE_MAX)) }
    }
}

impl Rehearse for Rehearser {
    fn rehearse(
        &self,
        project: ProjectId,
        rule: IssueRule,
        since: Micros,
    ) -> BoxFuture<'_, Result<Rehearsal, ApiError>> {
        let parts = self.parts.clone();
        let place = Arc::clone(&self.places).try_acquire_owned();
        Box::pin(async move {
            let place = place.or(Err(AskError::Busy))?;
            let runtime = tokio::runtime::Handle::current();
            // It asks databases, which block, between questions that do not.
            let work = move || {
                let done = runtime.block_on(ruler::rehearse(&parts, project, &rule, since));
                // Whoever asked may have gone long ago; the work is done only now.
                drop(place);
                done
            };
            let done = tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?;
            let (firings, notes) = done.map_err(|problem| match problem {
                RulerError::Alarm(cause) => ApiError::from(cause),
                RulerError::Meta(cause) => ApiError::from(cause),
                RulerError::Ask(cause) => ApiError::from(cause),
                cause => ApiError::internal(cause),
            })?;
            Ok(Rehearsal { firings: firings.iter().map(firing).collect(), notes })
        })
    }
}

fn firing(found: &Rehearsed) -> Firing {
    Firing { at: found.at, reason: found.reason, issue: found.issue, event: found.event }
}
