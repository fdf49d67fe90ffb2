//! Which issues the events of monitors are in: one question for a whole page.

use std::collections::{BTreeSet, HashMap};

use lang::ask::{Ask, Cell, Column, Field, Filter, Scope, TableQuestion, Window};
use lang::search::DAY;
use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};

use crate::cell;
use crate::error::ApiError;
use crate::state::Api;

/// An event that a monitor made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    pub(super) project: ProjectId,
    pub(super) event: EventId,
    /// When what it tells of began. The event lies after it, but clocks differ.
    pub(super) began: Micros,
}

/// An issue by its number in its project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) id: IssueId,
    pub(super) number: u64,
}

/// The issues of these events; an event that is in none yet, or any more, has none.
pub(super) async fn issues_of(
    api: &Api,
    made: &[Made],
) -> Result<HashMap<EventId, Numbered>, ApiError> {
    let stored = stored(api.ask.as_ref(), made, api.clock.now()).await?;
    if stored.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: BTreeSet<IssueId> = stored.values().copied().collect();
    let ids: Vec<IssueId> = ids.into_iter().collect();
    let known = api.meta(move |database| database.numbered(&ids)).await?;
    let numbered = |(event, issue)| {
        let (id, number) = known.get(&issue).copied()?;
        Some((event, Numbered { id, number }))
    };
    Ok(stored.into_iter().filter_map(numbered).collect())
}

/// Under which issues they are stored.
async fn stored(
    ask: &dyn Ask,
    made: &[Made],
    now: Micros,
) -> Result<HashMap<EventId, IssueId>, ApiError> {
    let Some(began) = made.iter().map(|one| one.began.0).min() else { return Ok(HashMap::new()) };
    let projects: BTreeSet<ProjectId> = made.iter().map(|one| one.project).collect();
    let events = made.iter().map(|one| Cell::Text(one.event.to_string())).collect();
    let question = TableQuestion {
        scope: Scope {
            projects: projects.into_iter().collect(),
            issues: None,
            environments: Vec::new(),
            window: Window {
                start: Micros(began.saturating_sub(DAY)),
                end: Micros(now.0.saturating_add(DAY)),
            },
        },
        filter: Filter::In(Field::EventId, events),
        columns: vec![Column::Field(Field::EventId), Column::Field(Field::Issue)],
        having: Vec::new(),
        order: Vec::new(),
        offset: 0,
        limit: made.len(),
    };
    let rows = ask.table(question).await?.rows;
    let pair = |row: &Vec<Cell>| {
        let [event, issue] = row.as_slice() else { return None };
        Some((EventId::parse(cell::text(event)).ok()?, IssueId(cell::number(issue)?)))
    };
    Ok(rows.iter().filter_map(pair).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double::Double;

    fn made(number: u8) -> Made {
        Made {
            project: ProjectId(1),
            event: EventId([number; 16]),
            began: Micros(u64::from(number)),
        }
    }

    #[tokio::test]
    async fn a_page_is_one_question_and_an_empty_one_is_none() {
        let row = |number: u8| {
            vec![Cell::Text(EventId([number; 16]).to_string()), Cell::U64(u64::from(number) + 100)]
        };
        let ask = Double::with_tables([vec![row(1), row(3)]]);
        let page: Vec<Made> = (1..=100).map(made).collect();
        let found = stored(&ask, &page, Micros(1_000)).await.unwrap();
        let issue = |number: u8| found.get(&EventId([number; 16])).copied();
        assert_eq!((issue(1), issue(2), issue(3)), (Some(IssueId(101)), None, Some(IssueId(103))));
        assert!(stored(&ask, &[], Micros(1_000)).await.unwrap().is_empty());
        let asked = ask.asked_tables();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].limit, 100);
        let Filter::In(Field::EventId, cells) = &asked[0].filter else { unreachable!("{asked:?}") };
        assert_eq!(cells.len(), 100);
    }
}
