//! Questions grouped by project, and the rows of their answers.

use lang::ask::{Aggregate, Cell, Column, Direction, Filter, Scope, Table, TableQuestion};
use lang::data_set::Rows;
use model::clock::Micros;
use model::id::ProjectId;

/// A question for aggregates of what passes the filter, by project and group, and by time if buckets of so many
/// microseconds are asked for.
pub fn question<F: Rows>(
    scope: Scope,
    filter: &Filter<F>,
    (groups, columns): (&[F], &[Column<F>]),
    bucket: Option<u64>,
    limit: usize,
) -> TableQuestion<F> {
    let by = bucket.map(Column::Bucket).into_iter().chain([Column::Field(F::PROJECT)]);
    let by = by.chain(groups.iter().cloned().map(Column::Field));
    // The largest groups, if there are too many.
    let place = usize::from(bucket.is_some()) + 1 + groups.len();
    TableQuestion {
        scope,
        filter: filter.clone(),
        columns: by.chain(columns.iter().cloned()).collect(),
        having: Vec::new(),
        order: if groups.is_empty() { Vec::new() } else { vec![(place, Direction::Descending)] },
        offset: 0,
        limit,
    }
}

/// A row of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// When its bucket begins, if buckets were asked for.
    pub bucket: Option<Micros>,
    /// Its project.
    pub project: ProjectId,
    /// The values of the groups' fields as text.
    pub groups: Vec<String>,
    /// One cell for each column.
    pub cells: Vec<Cell>,
}

/// The rows of the answer to a [`question()`] with so many groups.
pub fn rows(table: Table, groups: usize, has_buckets: bool) -> impl Iterator<Item = Row> {
    table.rows.into_iter().filter_map(move |row| {
        let mut cells = row.into_iter();
        let bucket = if has_buckets { Some(moment(&cells.next()?)?) } else { None };
        let project = project(&cells.next()?)?;
        let groups = cells.by_ref().take(groups).map(|cell| text(&cell)).collect();
        Some(Row { bucket, project, groups, cells: cells.collect() })
    })
}

/// The cells of a group that has no row: there is nothing to count, and nothing else.
pub fn empty_cells<F>(columns: &[Column<F>]) -> Vec<Cell> {
    let cell = |column: &Column<F>| match column {
        Column::Aggregate(Aggregate::Count | Aggregate::CountIf(_) | Aggregate::CountUnique(_)) => {
            Cell::U64(0)
        }
        _ => Cell::Null,
    };
    columns.iter().map(cell).collect()
}

fn moment(cell: &Cell) -> Option<Micros> {
    match cell {
        Cell::Time(at) => Some(*at),
        Cell::U64(number) => Some(Micros(*number)),
        _ => None,
    }
}

fn project(cell: &Cell) -> Option<ProjectId> {
    match cell {
        Cell::U64(number) => Some(ProjectId(*number)),
        Cell::Text(text) => text.parse().ok().map(ProjectId),
        _ => None,
    }
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::U64(number) => number.to_string(),
        Cell::F64(number) => number.to_string(),
        Cell::Bool(value) => value.to_string(),
        Cell::Time(at) => at.0.to_string(),
        Cell::Null | Cell::Histogram(_) => String::new(),
    }
}
