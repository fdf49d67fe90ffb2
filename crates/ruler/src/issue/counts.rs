//! How often issues were seen, and by how many users.

use alert::{Counted, Often};
use lang::ask::{
    Aggregate, Ask, Cell, Column, Field, Filter, Operator, Scope, TableQuestion, Window,
};
use lang::health::{AskHealth, HealthBy, HealthQuestion, Names};
use meta::{Issue, Meta};
use model::clock::Micros;
use model::id::{EventId, IssueId};

use super::occasion::Occasion;
use crate::error::RulerError;

const MINUTE: u64 = 60_000_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Sessions in an hour without which a share of them says nothing. Source: Sentry, `MIN_SESSIONS_TO_FIRE`.
const SESSIONS_MIN: u64 = 50;

/// Whom is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counting<'a> {
    pub(super) meta: &'a Meta,
    pub(super) ask: &'a dyn Ask,
    pub(super) health: &'a dyn AskHealth,
    pub(super) now: Micros,
}

impl Counting<'_> {
    /// All counts that a rule asks for.
    pub(super) async fn of_rule(
        self,
        occasion: &Occasion,
        counts: impl Iterator<Item = Often>,
        environment: Option<&str>,
    ) -> Result<Vec<(Counted, u32, u32, Option<f64>)>, RulerError> {
        let mut known = Vec::new();
        for often in counts {
            let Often { counted, minutes, compared_minutes, .. } = often;
            if compared_minutes.is_none() && !self.may_exceed(&occasion.issue, often)? {
                known.push((counted, minutes, 0, Some(0.0)));
                continue;
            }
            for ago in std::iter::once(0).chain(compared_minutes) {
                let count = self.count(occasion, counted, (minutes, ago), environment).await?;
                known.push((counted, minutes, ago, count));
            }
        }
        Ok(known)
    }

    /// Whether there can be more, by what is known without asking the store: sums of all time, and of
    /// whole hours.
    fn may_exceed(self, issue: &Issue, often: Often) -> Result<bool, RulerError> {
        let exceeds = |count: u64| float(count) > often.more_than;
        Ok(match often.counted {
            Counted::Users => exceeds(issue.user_count),
            Counted::Events if !exceeds(issue.times_seen) => false,
            Counted::Events => {
                let start = self.now.0.saturating_sub(u64::from(often.minutes) * MINUTE) / HOUR;
                let hours = self.meta.hours(&[issue.id], start, self.now.0 / HOUR + 1)?;
                let hours = hours.get(&issue.id).into_iter().flatten();
                exceeds(hours.map(|(_, count)| count).sum())
            }
            Counted::SessionPercent => true,
        })
    }

    async fn count(
        self,
        occasion: &Occasion,
        counted: Counted,
        (minutes, ago): (u32, u32),
        environment: Option<&str>,
    ) -> Result<Option<f64>, RulerError> {
        let end = self.now.0.saturating_sub(u64::from(ago) * MINUTE);
        let start = end.saturating_sub(u64::from(minutes) * MINUTE);
        // What happens right now counts.
        let end = if ago == 0 { end + 1 } else { end };
        let window = Window { start: Micros(start), end: Micros(end) };
        let aggregate = match counted {
            Counted::Users => Aggregate::CountUnique(Field::User),
            Counted::Events | Counted::SessionPercent => Aggregate::Count,
        };
        let events = self.number(occasion, aggregate, window, (environment, Filter::All)).await?;
        if counted != Counted::SessionPercent {
            return Ok(Some(events));
        }
        let sessions = self.sessions(occasion, window, environment)?;
        Ok(sessions.map(|sessions| events / sessions * 100.0))
    }

    /// Events of an issue in an environment that arrived before that moment.
    pub(super) async fn before(
        self,
        occasion: &Occasion,
        environment: &str,
        received: Micros,
    ) -> Result<f64, RulerError> {
        let start = Micros(occasion.issue.first_seen.0.saturating_sub(DAY));
        let window = Window { start, end: Micros(self.now.0.saturating_add(DAY)) };
        let earlier = Filter::Compare(Field::Received, Operator::Less, Cell::Time(received));
        self.number(occasion, Aggregate::Count, window, (Some(environment), earlier)).await
    }

    async fn number(
        self,
        occasion: &Occasion,
        aggregate: Aggregate,
        window: Window,
        (environment, filter): (Option<&str>, Filter),
    ) -> Result<f64, RulerError> {
        let table = self.ask.table(TableQuestion {
            scope: Scope {
                projects: vec![occasion.issue.project],
                issues: Some(occasion.stored_under.clone()),
                environments: environment.map(str::to_owned).into_iter().collect(),
                window,
            },
            filter,
            columns: vec![Column::Aggregate(aggregate)],
            having: Vec::new(),
            order: Vec::new(),
            offset: 0,
            limit: 1,
        });
        let table = table.await?;
        Ok(match table.rows.first().and_then(|row| row.first()) {
            Some(Cell::U64(number)) => float(*number),
            Some(Cell::F64(number)) => *number,
            _ => 0.0,
        })
    }

    /// Sessions that began in a window, by what the hours around it had; `None` where there are too few.
    ///
    /// Source: Sentry's `EventFrequencyPercentCondition`.
    fn sessions(
        self,
        occasion: &Occasion,
        window: Window,
        environment: Option<&str>,
    ) -> Result<Option<f64>, RulerError> {
        // Sessions are counted by hours; the last whole one stands for those that are not over.
        let hour_end = (window.end.0 / HOUR).max(1);
        let hour_start = (window.start.0 / HOUR).min(hour_end - 1);
        let groups = self.health.health(&HealthQuestion {
            projects: vec![occasion.issue.project],
            releases: Names::default(),
            environments: environment.map(Names::one).unwrap_or_default(),
            hour_start,
            hour_end,
            step_hours: 0,
            group: HealthBy::default(),
            users: false,
        })?;
        let sessions: u64 = groups.iter().map(|group| group.total.sessions_total()).sum();
        let hours = hour_end - hour_start;
        if sessions < SESSIONS_MIN * hours {
            return Ok(None);
        }
        let minutes = float((window.end.0 - window.start.0) / MINUTE);
        Ok(Some(float(sessions) / float(hours) * minutes / 60.0))
    }
}

/// Events of these projects that arrived after that, oldest first.
pub(super) async fn arrived_since(
    ask: &dyn Ask,
    projects: Vec<model::id::ProjectId>,
    since: Micros,
    (now, limit): (Micros, usize),
) -> Result<Vec<(model::id::ProjectId, IssueId, EventId)>, RulerError> {
    let start = Micros(since.0.saturating_sub(DAY));
    let window = Window { start, end: Micros(now.0.saturating_add(DAY)) };
    let scope = Scope { projects, issues: None, environments: Vec::new(), window };
    let table = ask.table(TableQuestion {
        scope,
        filter: Filter::Compare(Field::Received, Operator::Greater, Cell::Time(since)),
        columns: [Field::Project, Field::Issue, Field::EventId, Field::Received]
            .map(Column::Field)
            .to_vec(),
        having: Vec::new(),
        order: vec![(3, lang::ask::Direction::Ascending)],
        offset: 0,
        limit,
    });
    let table = table.await?;
    let read = |row: &Vec<Cell>| {
        let project = model::id::ProjectId(number(row.first()?)?);
        Some((project, IssueId(number(row.get(1)?)?), event_id(row.get(2)?)?))
    };
    Ok(table.rows.iter().filter_map(read).collect())
}

/// The newest event of an issue.
pub(super) async fn newest_event(
    ask: &dyn Ask,
    issue: &Issue,
    stored_under: &[IssueId],
) -> Result<Option<EventId>, RulerError> {
    let window = Window {
        start: Micros(issue.last_seen.0.saturating_sub(HOUR)),
        end: Micros(issue.last_seen.0.saturating_add(1)),
    };
    let issues = Some(stored_under.to_vec());
    let scope = Scope { projects: vec![issue.project], issues, environments: Vec::new(), window };
    let table = ask.table(TableQuestion {
        scope,
        filter: Filter::All,
        columns: vec![Column::Field(Field::EventId), Column::Field(Field::Timestamp)],
        having: Vec::new(),
        order: vec![(1, lang::ask::Direction::Descending)],
        offset: 0,
        limit: 1,
    });
    let table = table.await?;
    Ok(table.rows.first().and_then(|row| event_id(row.first()?)))
}

pub(super) fn number(cell: &Cell) -> Option<u64> {
    match cell {
        Cell::U64(number) => Some(*number),
        Cell::Text(text) => text.parse().ok(),
        _ => None,
    }
}

pub(super) fn event_id(cell: &Cell) -> Option<EventId> {
    match cell {
        Cell::Text(text) => EventId::parse(text).ok(),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "compared with what people write in rules")]
pub(super) fn float(number: u64) -> f64 {
    number as f64
}
