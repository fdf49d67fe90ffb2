//! Searches whose names `meta` knows: slugs, short ids, `latest`, what was merged into an issue.

use std::collections::HashMap;

use lang::ask::{Cell, Filter, Operator};
use lang::data_set::Rows;
use lang::search::names::{Names, resolve};
use lang::search::{HavingText, Role, SearchError, SearchField, filter};
use meta::{Meta, MetaError, Project};
use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};

/// A search could not be read.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SearchTextError {
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error("looking up the names in a search")]
    Meta(#[from] MetaError),
}

/// Reads a search for rows of these projects: which rows, and which groups of them. 32 hex digits on their
/// own mean the event or trace of that id. Blocks.
///
/// # Errors
/// [`SearchTextError::Search`] with a sentence that says what is wrong.
pub fn search<F: Rows>(
    database: &Meta,
    projects: &[Project],
    text: &str,
    now: Micros,
) -> Result<(Filter<F>, Vec<HavingText>), SearchTextError> {
    if EventId::parse(text.trim()).is_ok() {
        return Ok((F::by_id(&text.trim().to_ascii_lowercase()), Vec::new()));
    }
    let (filter, having) = filter(text, now)?;
    let filter = resolve(filter, &Known { database, projects });
    Ok((with_merged_issues(database, filter)?, having))
}

/// The filter with every issue standing for what was merged into it, too.
fn with_merged_issues<F: SearchField>(
    database: &Meta,
    filter: Filter<F>,
) -> Result<Filter<F>, MetaError> {
    let mut issues = Vec::new();
    collect_issues(&filter, &mut issues);
    if issues.is_empty() {
        return Ok(filter);
    }
    let merged = database.merged(&issues)?;
    Ok(with_merged(filter, &merged))
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
fn warn(problem: &MetaError) {
    tracing::warn!(%problem, "a name in a search could not be looked up");
}

/// The issues that a filter names. Recursion ends at the grammar's depth limit, here and below.
fn collect_issues<F: SearchField>(filter: &Filter<F>, found: &mut Vec<IssueId>) {
    match filter {
        Filter::And(inner) | Filter::Or(inner) => {
            for filter in inner {
                collect_issues(filter, found);
            }
        }
        Filter::Not(inner) => collect_issues(inner, found),
        Filter::Compare(field, Operator::Equal, cell) if field.role() == Role::Issue => {
            found.extend(number(cell).map(IssueId));
        }
        Filter::In(field, cells) if field.role() == Role::Issue => {
            found.extend(cells.iter().filter_map(number).map(IssueId));
        }
        _ => {}
    }
}

/// Events keep the id of the issue they came into, so a survivor also means what was merged into it.
fn with_merged<F: SearchField>(
    filter: Filter<F>,
    merged: &HashMap<IssueId, Vec<IssueId>>,
) -> Filter<F> {
    let all = |filters: Vec<Filter<F>>| {
        filters.into_iter().map(|filter| with_merged(filter, merged)).collect()
    };
    match filter {
        Filter::And(inner) => Filter::And(all(inner)),
        Filter::Or(inner) => Filter::Or(all(inner)),
        Filter::Not(inner) => Filter::Not(Box::new(with_merged(*inner, merged))),
        Filter::Compare(field, Operator::Equal, cell) if field.role() == Role::Issue => {
            let cells = stored_under(&[cell], merged);
            Filter::In(field, cells)
        }
        Filter::In(field, cells) if field.role() == Role::Issue => {
            let cells = stored_under(&cells, merged);
            Filter::In(field, cells)
        }
        other => other,
    }
}

fn stored_under(cells: &[Cell], merged: &HashMap<IssueId, Vec<IssueId>>) -> Vec<Cell> {
    let named = cells.iter().filter_map(number).map(IssueId);
    let ids = named.flat_map(|issue| merged.get(&issue).cloned().unwrap_or_else(|| vec![issue]));
    ids.map(|issue| Cell::U64(issue.0)).collect()
}

fn number(cell: &Cell) -> Option<u64> {
    match cell {
        Cell::U64(number) => Some(*number),
        Cell::Text(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use lang::ask::Field;

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
