//! Counting a batch.

use std::collections::BTreeMap;

use model::clock::Micros;
use model::id::{EventId, ProjectId};
use model::session::SessionHealth;
use wire::session::{Anr, Bucket, Update};

use crate::batch::{Batch, Content, Verdict};
use crate::database::{Change, Health};
use crate::error::HealthError;
use crate::rows;
use crate::sessions::{Deltas, Origin, State};
use crate::users::{Hours, UserDay};
use crate::{DAY_HOURS, HOUR_MICROS};

/// What a batch says, before it meets what is known.
#[derive(Debug, Default)]
struct News {
    sessions: BTreeMap<(ProjectId, EventId), State>,
    users: BTreeMap<UserDay, Hours>,
    deltas: Deltas,
}

/// Where and when something counts.
#[derive(Debug, Clone, Copy)]
struct Place {
    project: ProjectId,
    series: u64,
    hour: u64,
}

impl Health {
    /// Counts a batch, as a whole or not at all, and says what became of each report. One that was counted
    /// before changes nothing. On disk when the call returns.
    ///
    /// # Errors
    /// [`HealthError::Uncut`] when only a part of the batch was counted before.
    pub fn apply(&self, batch: &Batch) -> Result<Vec<Verdict>, HealthError> {
        self.write(|change| {
            let applied = rows::number(change.transaction, "applied")?;
            if batch.start.0 < applied && applied < batch.end.0 {
                return Err(HealthError::Uncut(applied));
            }
            let is_new = batch.end.0 > applied;
            let mut news = News::default();
            let mut verdicts = Vec::with_capacity(batch.reports.len());
            for report in &batch.reports {
                let attributes = report.content.attributes();
                let series = change.series(report.project, attributes, is_new)?;
                verdicts.push(series.map_or(Verdict::TooManySeries, |_| Verdict::Counted));
                if let Some(series) = series.filter(|_| is_new) {
                    news.take(change, report.project, series, &report.content)?;
                }
            }
            if is_new {
                change.sessions(news.sessions, &mut news.deltas)?;
                change.counts(news.deltas)?;
                change.users(news.users)?;
                rows::set_number(change.transaction, "applied", batch.end.0)?;
                let newest = rows::number(change.transaction, "newest")?;
                let newest = batch.received.map_or(newest, |received| newest.max(received.0));
                rows::set_number(change.transaction, "newest", newest)?;
            }
            Ok(verdicts)
        })
    }
}

impl News {
    fn take(
        &mut self,
        change: &Change<'_>,
        project: ProjectId,
        series: u64,
        content: &Content,
    ) -> Result<(), HealthError> {
        let place = |started: Micros| Place { project, series, hour: started.0 / HOUR_MICROS };
        match content {
            Content::Update(session, update) => {
                self.update(change, place(update.started), *session, update)
            }
            Content::Aggregates(aggregates) => {
                let mut buckets = aggregates.buckets.iter();
                buckets.try_for_each(|bucket| self.bucket(change, place(bucket.started), bucket))
            }
        }
    }

    fn update(
        &mut self,
        change: &Change<'_>,
        place: Place,
        session: EventId,
        update: &Update,
    ) -> Result<(), HealthError> {
        let Place { project, series, hour } = place;
        // SQLite's numbers end earlier than ours.
        let sequence = update.sequence.min(i64::MAX.unsigned_abs());
        let origin = Origin { sequence, hour, series };
        let new = State { origin, health: update.health };
        let state = self.sessions.entry((project, session)).or_insert(new);
        *state = state.join(new);
        let hours = Hours::one(hour, update.health, update.anr);
        self.user(change, place, update.user.as_deref(), hours)
    }

    fn bucket(
        &mut self,
        change: &Change<'_>,
        place: Place,
        bucket: &Bucket,
    ) -> Result<(), HealthError> {
        let counts = self.deltas.entry((place.series, place.hour)).or_default();
        for (count, more) in counts.iter_mut().zip(bucket.counts) {
            *count += i64::from(more);
        }
        let levels = SessionHealth::ALL.into_iter().zip(bucket.counts);
        let worst = levels.rev().find(|(_, count)| *count > 0);
        let Some(((worst, _), _)) = worst else { return Ok(()) };
        let hours = Hours::one(place.hour, worst, Anr::None);
        self.user(change, place, bucket.user.as_deref(), hours)
    }

    fn user(
        &mut self,
        change: &Change<'_>,
        place: Place,
        user: Option<&str>,
        hours: Hours,
    ) -> Result<(), HealthError> {
        let Some(user) = user else { return Ok(()) };
        let Place { project, series, hour } = place;
        let user = change.key.hash(project, user)?;
        let key = UserDay { series, day: hour / DAY_HOURS, user };
        let known = self.users.entry(key).or_default();
        *known = known.join(hours);
        Ok(())
    }
}
