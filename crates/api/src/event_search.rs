//! From the text of a search to the filter that the store is asked with.

use std::collections::HashMap;

use lang::ask::{Cell, Field, Filter, Operator};
use lang::search::names::{Names, resolve};
use lang::search::{self, HavingText};
use meta::{Meta, Project};
use model::id::{EventId, IssueId, ProjectId};

use crate::discover::data_set::Rows;
use crate::error::ApiError;
use crate::state::Api;

/// Reads a search for events of these projects: which rows, and which groups of them. An event id on
/// its own means that event. Blocks.
///
/// # Errors
/// [`ApiError::Invalid`] with a sentence that says what is wrong.
pub fn read(
    api: &Api,
    projects: &[Project],
    text: &str,
) -> Result<(Filter, Vec<HavingText>), ApiError> {
    read_rows(api, projects, text)
}

/// Reads a search in any data set. Blocks.
///
/// # Errors
/// [`ApiError::Invalid`] with a sentence that says what is wrong.
pub(crate) fn read_rows<F: Rows>(
    api: &Api,
    projects: &[Project],
    text: &str,
) -> Result<(Filter<F>, Vec<HavingText>), ApiError> {
    if EventId::parse(text.trim()).is_ok() {
        return Ok((F::by_id(&text.trim().to_ascii_lowercase()), Vec::new()));
    }
    let (filter, having) = search::filter(text, api.clock.now())?;
    let filter = resolve(filter, &Known { database: &api.database, projects });
    Ok((F::widened(api, filter)?, having))
}

/// The filter with every issue standing for what was merged into it, too. Blocks.
pub(crate) fn with_merged_issues(api: &Api, filter: Filter) -> Result<Filter, ApiError> {
    let mut issues = Vec::new();
    collect_issues(&filter, &mut issues);
    if issues.is_empty() {
        return Ok(filter);
    }
    let merged = api.database.merged(&issues)?;
    Ok(with_merged(filter, &merged))
}

/// That event and no other.
pub fn one_event(event: EventId) -> Filter {
    Filter::Compare(Field::EventId, Operator::Equal, Cell::Text(event.to_string()))
}

/// Both conditions.
pub fn both<F>(left: Filter<F>, right: Filter<F>) -> Filter<F> {
    match (left, right) {
        (Filter::All, only) | (only, Filter::All) => only,
        (left, right) => Filter::And(vec![left, right]),
    }
}

/// Names as `meta` knows them.
struct Known<'a> {
    database: &'a Meta,
    projects: &'a [Project],
}

impl Names for Known<'_> {
    fn projects(&self) -> Vec<(ProjectId, String)> {
        self.projects.iter().map(|project| (project.id, project.slug.clone())).collect()
    }

    fn issue(&self, short_id: &str) -> Option<IssueId> {
        let (slug, number) = meta::short_id::parse(short_id)?;
        let project = self.projects.iter().find(|it| it.slug.eq_ignore_ascii_case(&slug))?;
        let found = self.database.issue_by_number(project.id, number);
        found.inspect_err(warn).ok()?.map(|issue| issue.id)
    }

    fn latest_releases(&self) -> Vec<String> {
        let newest = |project: &Project| {
            self.database.newest_release(project.id).inspect_err(warn).ok().flatten()
        };
        self.projects.iter().filter_map(newest).collect()
    }

    fn releases(&self) -> Vec<String> {
        let ids: Vec<ProjectId> = self.projects.iter().map(|project| project.id).collect();
        let found = self.database.releases(&ids, "", meta::Page::FIRST).inspect_err(warn);
        let found = found.map(|found| found.rows).unwrap_or_default();
        found.into_iter().map(|release| release.version).collect()
    }
}

/// A name that cannot be looked up matches nothing, as one that does not exist.
fn warn(problem: &meta::MetaError) {
    tracing::warn!(%problem, "a name in a search could not be looked up");
}

/// The issues that a filter names. Recursion ends at the grammar's depth limit, here and below.
fn collect_issues(filter: &Filter, found: &mut Vec<IssueId>) {
    match filter {
        Filter::And(inner) | Filter::Or(inner) => {
            for filter in inner {
                collect_issues(filter, found);
            }
        }
        Filter::Not(inner) => collect_issues(inner, found),
        Filter::Compare(Field::Issue, Operator::Equal, cell) => found.extend(issue_of(cell)),
        Filter::In(Field::Issue, cells) => found.extend(cells.iter().filter_map(issue_of)),
        _ => {}
    }
}

/// Events keep the id of the issue they came into, so a survivor also means what was merged into it.
fn with_merged(filter: Filter, merged: &HashMap<IssueId, Vec<IssueId>>) -> Filter {
    let all = |filters: Vec<Filter>| {
        filters.into_iter().map(|filter| with_merged(filter, merged)).collect()
    };
    match filter {
        Filter::And(inner) => Filter::And(all(inner)),
        Filter::Or(inner) => Filter::Or(all(inner)),
        Filter::Not(inner) => Filter::Not(Box::new(with_merged(*inner, merged))),
        Filter::Compare(Field::Issue, Operator::Equal, cell) => {
            Filter::In(Field::Issue, stored_under(&[cell], merged))
        }
        Filter::In(Field::Issue, cells) => Filter::In(Field::Issue, stored_under(&cells, merged)),
        other => other,
    }
}

fn stored_under(cells: &[Cell], merged: &HashMap<IssueId, Vec<IssueId>>) -> Vec<Cell> {
    let named = cells.iter().filter_map(issue_of);
    let ids = named.flat_map(|issue| merged.get(&issue).cloned().unwrap_or_else(|| vec![issue]));
    ids.map(|issue| Cell::U64(issue.0)).collect()
}

fn issue_of(cell: &Cell) -> Option<IssueId> {
    crate::cell::number(cell).map(IssueId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survivor_means_what_was_merged_into_it() {
        let is = |id| Filter::Compare(Field::Issue, Operator::Equal, Cell::U64(id));
        let filter = Filter::And(vec![is(1), Filter::Not(Box::new(is(2))), Filter::All]);
        let mut issues = Vec::new();
        collect_issues(&filter, &mut issues);
        assert_eq!(issues, [IssueId(1), IssueId(2)]);
        let merged = HashMap::from([(IssueId(1), vec![IssueId(1), IssueId(7)])]);
        let among =
            |ids: &[u64]| Filter::In(Field::Issue, ids.iter().map(|id| Cell::U64(*id)).collect());
        let expected =
            Filter::And(vec![among(&[1, 7]), Filter::Not(Box::new(among(&[2]))), Filter::All]);
        assert_eq!(with_merged(filter, &merged), expected);
    }
}
