//! What is too old, and what nobody has any more.

use model::clock::Micros;
use model::id::ProjectId;
use rusqlite::params;

use crate::database::{Change, Health};
use crate::error::HealthError;
use crate::{DAY_HOURS, HOUR_MICROS, rows};

/// How long after a session began updates of it may arrive: what `wire::session` accepts, and a day for
/// clocks and waits.
const UPDATES_HOURS: u64 = wire::session::PAST_MAX.0 / HOUR_MICROS + DAY_HOURS;
/// Counts stay at least as long as sessions can be updated.
const DAYS_MIN: u32 = 7;
/// Sessions forgotten between two looks at the lock.
const SESSIONS_AT_ONCE: u64 = 10_000;

impl Health {
    /// Forgets counts and users after the days of their project, everything of projects with none, and
    /// sessions that no update is accepted for any more.
    ///
    /// # Errors
    /// When the database cannot be written; what was forgotten so far stays so.
    pub fn forget(
        &self,
        now: Micros,
        days_of: &dyn Fn(ProjectId) -> u32,
    ) -> Result<(), HealthError> {
        let newest = self.read(|connection| rows::number(connection, "newest"))?;
        // What waits in the log was accepted by the time it arrived at.
        let before = (newest.min(now.0) / HOUR_MICROS).saturating_sub(UPDATES_HOURS);
        while self.write(|change| change.forget_sessions(before, SESSIONS_AT_ONCE))? > 0 {}
        let projects = self.read(|connection| {
            let mut projects = connection.prepare_cached("SELECT DISTINCT project FROM series")?;
            let found = projects.query_map([], |row| row.get(0).map(ProjectId))?;
            Ok(found.collect::<Result<Vec<ProjectId>, _>>()?)
        })?;
        for project in projects {
            match days_of(project) {
                0 => self.write(|change| change.forget_project(project))?,
                days => {
                    let hours = u64::from(days.max(DAYS_MIN)) * DAY_HOURS;
                    let before = (now.0 / HOUR_MICROS).saturating_sub(hours);
                    self.write(|change| change.forget_counts(project, before))?;
                }
            }
        }
        Ok(())
    }
}

impl Change<'_> {
    fn forget_counts(&mut self, project: ProjectId, before: u64) -> Result<(), HealthError> {
        const OF_PROJECT: &str = "series IN (SELECT id FROM series WHERE project = ?)";
        let day = before / DAY_HOURS;
        for (table, column, before) in
            [("counts", "hour", before), ("users", "day", day), ("user_days", "day", day)]
        {
            let sql = format!("DELETE FROM {table} WHERE {OF_PROJECT} AND {column} < ?");
            rows::execute(self.transaction, &sql, [project.0, before])?;
        }
        let sql = "DELETE FROM series WHERE project = ?
                   AND NOT EXISTS (SELECT 1 FROM counts WHERE counts.series = series.id)
                   AND NOT EXISTS (SELECT 1 FROM user_days WHERE user_days.series = series.id)";
        if rows::execute(self.transaction, sql, [project.0])? > 0 {
            self.cache.clear();
        }
        Ok(())
    }

    fn forget_project(&mut self, project: ProjectId) -> Result<(), HealthError> {
        self.forget_counts(project, i64::MAX.unsigned_abs())?;
        let sql = "DELETE FROM sessions WHERE project = ?";
        let gone = rows::execute(self.transaction, sql, params![project.0])?;
        let known = rows::number(self.transaction, "sessions")?;
        rows::set_number(self.transaction, "sessions", known.saturating_sub(gone))
    }
}
