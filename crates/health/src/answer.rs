//! Answers about sessions and users.

use std::collections::HashMap;

use lang::ask::AskError;
use lang::health::{AskHealth, HealthCounts, HealthGroup, HealthQuestion};
use model::id::ProjectId;
use model::limits;
use model::session::SessionHealth;
use rusqlite::{Connection, params};

use crate::DAY_HOURS;
use crate::database::Health;
use crate::error::HealthError;
use crate::users::{Hours, others};

impl AskHealth for Health {
    fn health(&self, question: &HealthQuestion) -> Result<Vec<HealthGroup>, AskError> {
        let groups = self.read(|connection| {
            let mut answer = Drafted::of(connection, question)?;
            let points = answer.groups.len().saturating_mul(answer.buckets.max(1));
            if points > limits::SERIES_POINTS_MAX {
                return Ok(None);
            }
            answer.count_sessions(connection)?;
            if question.users {
                answer.count_users(connection)?;
            }
            Ok(Some(answer.groups))
        });
        let groups = groups.map_err(|problem| AskError::Failed(Box::new(problem)))?;
        let too_many = "the answer has too many groups and intervals; ask for a shorter time, \
                        longer intervals or fewer groups";
        groups.ok_or_else(|| AskError::Invalid(too_many.to_owned()))
    }
}

/// An answer while it is counted.
struct Drafted<'q> {
    question: &'q HealthQuestion,
    groups: Vec<HealthGroup>,
    /// To which group each series belongs.
    group_of: HashMap<u64, usize>,
    /// The series, as a JSON list.
    series: String,
    buckets: usize,
}

impl<'q> Drafted<'q> {
    /// Groups without counts.
    fn of(connection: &Connection, question: &'q HealthQuestion) -> Result<Self, HealthError> {
        let hours = question.hour_end.saturating_sub(question.hour_start);
        let buckets = match question.step_hours {
            0 => 0,
            step => usize::try_from(hours.div_ceil(step)).unwrap_or(usize::MAX),
        };
        let projects: Vec<u64> = question.projects.iter().map(|project| project.0).collect();
        let sql = "SELECT id, project, release, environment FROM series
                   WHERE project IN (SELECT value FROM json_each(?))
                   ORDER BY project, release, environment";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([list(&projects)])?;
        let (mut groups, mut group_of, mut series) = (Vec::new(), HashMap::new(), Vec::new());
        let mut places = HashMap::new();
        while let Some(row) = rows.next()? {
            let (id, project) = (row.get::<_, u64>(0)?, ProjectId(row.get(1)?));
            let (release, environment): (String, String) = (row.get(2)?, row.get(3)?);
            if !question.releases.fit(&release) || !question.environments.fit(&environment) {
                continue;
            }
            let by = question.group;
            let names = (
                by.project.then_some(project),
                by.release.then_some(release),
                by.environment.then_some(environment),
            );
            let place = *places.entry(names.clone()).or_insert(groups.len());
            if place == groups.len() {
                let (project, release, environment) = names;
                let group = HealthGroup { project, release, environment, ..HealthGroup::default() };
                groups.push(group);
            }
            group_of.insert(id, place);
            series.push(id);
        }
        if buckets.saturating_mul(groups.len()) <= limits::SERIES_POINTS_MAX {
            for group in &mut groups {
                group.series = vec![HealthCounts::default(); buckets];
            }
        }
        Ok(Self { question, groups, group_of, series: list(&series), buckets })
    }

    /// The bucket of an hour; zero without buckets.
    fn bucket(&self, hour: u64) -> usize {
        let place = hour.saturating_sub(self.question.hour_start);
        usize::try_from(place.checked_div(self.question.step_hours).unwrap_or(0)).unwrap_or(0)
    }

    fn count_sessions(&mut self, connection: &Connection) -> Result<(), HealthError> {
        let sql = "SELECT series, hour, healthy, errored, unhandled, abnormal, crashed FROM counts
                   WHERE series IN (SELECT value FROM json_each(?)) AND hour >= ? AND hour < ?";
        let mut statement = connection.prepare_cached(sql)?;
        let HealthQuestion { hour_start, hour_end, .. } = *self.question;
        let mut rows = statement.query(params![self.series, whole(hour_start), whole(hour_end)])?;
        while let Some(row) = rows.next()? {
            let bucket = self.bucket(row.get(1)?);
            let place = self.group_of.get(&row.get(0)?).copied();
            let group = place.and_then(|place| self.groups.get_mut(place));
            let group = group.ok_or(HealthError::Damaged("counts of no series"))?;
            for index in 0..SessionHealth::ALL.len() {
                let count: u64 = row.get(2 + index)?;
                group.total.sessions[index] += count;
                if let Some(counts) = group.series.get_mut(bucket) {
                    counts.sessions[index] += count;
                }
            }
        }
        Ok(())
    }

    /// One pass over all users in the order of their hashes, so that no more than one is in memory.
    fn count_users(&mut self, connection: &Connection) -> Result<(), HealthError> {
        let HealthQuestion { hour_start, hour_end, .. } = *self.question;
        let days = [whole(hour_start / DAY_HOURS), whole(hour_end.div_ceil(DAY_HOURS))];
        let sql = "SELECT max(thinned) FROM user_days
                   WHERE series IN (SELECT value FROM json_each(?)) AND day >= ? AND day < ?";
        let mut statement = connection.prepare_cached(sql)?;
        let thinned = statement
            .query_row(params![self.series, days[0], days[1]], |row| row.get::<_, Option<u32>>(0))?
            .unwrap_or(0);
        let sql = "SELECT user, series, day, seen, errored, unhandled, abnormal, crashed,
                          anr, anr_foreground FROM users
                   WHERE series IN (SELECT value FROM json_each(?)) AND day >= ? AND day < ?
                     AND user & ? = 0
                   ORDER BY user";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.series, days[0], days[1], others(thinned)])?;
        let (mut user, mut seen) = (None, Seen::default());
        while let Some(row) = rows.next()? {
            let next: i64 = row.get(0)?;
            if user.replace(next) != Some(next) {
                seen.count(&mut self.groups, thinned);
            }
            let place = self.group_of.get(&row.get(1)?).copied();
            let place = place.ok_or(HealthError::Damaged("users of no series"))?;
            let midnight = row.get::<_, u64>(2)? * DAY_HOURS;
            let hours = Hours::read(row, 3)?;
            for of_day in 0..DAY_HOURS {
                let (hour, bit) = (midnight + of_day, 1_u32 << of_day);
                if hours.at_least[0] & bit != 0 && (hour_start..hour_end).contains(&hour) {
                    let fared = Fared::in_hour(&hours, bit);
                    seen.note(place, None, fared);
                    if self.buckets > 0 {
                        seen.note(place, Some(self.bucket(hour)), fared);
                    }
                }
            }
        }
        seen.count(&mut self.groups, thinned);
        Ok(())
    }
}

/// How one user fared.
#[derive(Debug, Clone, Copy, Default)]
struct Fared {
    worst: usize,
    anr: [bool; 2],
}

impl Fared {
    fn in_hour(hours: &Hours, bit: u32) -> Self {
        let worst = hours.at_least.iter().rposition(|hours| hours & bit != 0);
        Self { worst: worst.unwrap_or(0), anr: hours.anr.map(|hours| hours & bit != 0) }
    }
}

/// How one user fared in each group, in total and in each bucket.
#[derive(Debug, Default)]
struct Seen(HashMap<(usize, Option<usize>), Fared>);

impl Seen {
    fn note(&mut self, group: usize, bucket: Option<usize>, fared: Fared) {
        let known = self.0.entry((group, bucket)).or_default();
        known.worst = known.worst.max(fared.worst);
        known.anr = [known.anr[0] || fared.anr[0], known.anr[1] || fared.anr[1]];
    }

    /// Counts the user for as many as it stands for, and forgets it.
    fn count(&mut self, groups: &mut [HealthGroup], thinned: u32) {
        let weight = 1_u64 << thinned;
        for ((group, bucket), fared) in self.0.drain() {
            let Some(group) = groups.get_mut(group) else { continue };
            let counts = match bucket {
                None => Some(&mut group.total),
                Some(bucket) => group.series.get_mut(bucket),
            };
            let Some(counts) = counts else { continue };
            counts.users[fared.worst] += weight;
            counts.users_anr += weight * u64::from(fared.anr[0]);
            counts.users_anr_foreground += weight * u64::from(fared.anr[1]);
        }
    }
}

fn list(ids: &[u64]) -> String {
    serde_json::json!(ids).to_string()
}

/// SQLite's numbers end earlier than ours.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
