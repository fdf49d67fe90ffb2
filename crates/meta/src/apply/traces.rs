//! What a batch of spans, sessions or check-ins changes: releases, environments, first transactions, profiles, routes,
//! accounts.

use model::intake::Offset;

use super::Step;
use super::side::Sighting;
use crate::batch::{Deployment, SessionBatch, TraceBatch};
use crate::catalogue;
use crate::database::{Durability, Meta};
use crate::error::MetaError;
use crate::page::execute;
use crate::{profile, route};

impl Meta {
    /// Takes note of a batch of spans, as a whole or not at all. One that was applied before a crash
    /// changes nothing.
    ///
    /// The commit may be lost when the machine loses power; then the offset is lost with it.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when the batch is partly applied: it must be cut at the applied offset.
    pub fn apply_traces(&self, batch: &TraceBatch) -> Result<(), MetaError> {
        let directory = self.directory();
        let now = self.now();
        self.write_cached(Durability::Replayable, |transaction, caches| {
            let applied = catalogue::offset(transaction, "applied_traces")?;
            if batch.start < applied && applied < batch.end {
                let reason = format!("the batch must be cut at offset {}", applied.0);
                return Err(MetaError::invalid("start", reason));
            }
            if batch.end <= applied && batch.end > Offset(0) {
                return Ok(());
            }
            let mut step = Step { transaction, caches, directory: &directory, events: &[], now };
            step.releases(batch.deployments.iter().map(Sighting::of_deployment))?;
            step.environments(batch.deployments.iter().map(Sighting::of_deployment))?;
            for (project, received) in &batch.projects {
                let sql = "UPDATE projects SET first_transaction = ?
                           WHERE id = ? AND first_transaction IS NULL";
                execute(transaction, sql, [received.0, project.0])?;
            }
            profile::insert(transaction, &batch.profiles)?;
            route::insert(transaction, &batch.routes, now)?;
            step.outcomes(&batch.outcomes)?;
            catalogue::set_offset(transaction, "applied_traces", batch.end)
        })
    }
}

impl Meta {
    /// Takes note of a batch of sessions, as a whole or not at all. One that was applied before a crash
    /// changes nothing.
    ///
    /// The commit may be lost when the machine loses power; then the offset is lost with it.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when the batch is partly applied: it must be cut at the applied offset.
    pub fn apply_sessions(&self, batch: &SessionBatch) -> Result<(), MetaError> {
        self.apply_sightings("applied_sessions", batch)
    }

    /// The same for a batch of check-ins.
    ///
    /// # Errors
    /// As [`Meta::apply_sessions`].
    pub fn apply_check_ins(&self, batch: &SessionBatch) -> Result<(), MetaError> {
        self.apply_sightings("applied_check_ins", batch)
    }

    fn apply_sightings(&self, offset: &'static str, batch: &SessionBatch) -> Result<(), MetaError> {
        let directory = self.directory();
        let now = self.now();
        self.write_cached(Durability::Replayable, |transaction, caches| {
            let applied = catalogue::offset_or_zero(transaction, offset)?;
            if batch.start < applied && applied < batch.end {
                let reason = format!("the batch must be cut at offset {}", applied.0);
                return Err(MetaError::invalid("start", reason));
            }
            if batch.end <= applied {
                return Ok(());
            }
            let mut step = Step { transaction, caches, directory: &directory, events: &[], now };
            step.releases(batch.deployments.iter().map(Sighting::of_deployment))?;
            step.environments(batch.deployments.iter().map(Sighting::of_deployment))?;
            step.outcomes(&batch.outcomes)?;
            catalogue::put_offset(transaction, offset, batch.end)
        })
    }
}

impl<'a> Sighting<'a> {
    fn of_deployment(deployment: &'a Deployment) -> Self {
        Self {
            project: deployment.project,
            release: &deployment.release,
            environment: &deployment.environment,
            first: deployment.first,
            last: deployment.last,
            events: 0,
        }
    }
}
