//! From columns by their text to what the store is asked for, and back to rows of values.

use std::cmp::Ordering;

use lang::ask::{
    Ask, Cell, Column, Direction, Filter, Having, Operator, Scope as AskScope, TableQuestion,
    Window,
};
use lang::data_set::Rows;
use lang::search::{EQUATION, Formula, HavingText, Selected, select};

use crate::cell;
use crate::error::ApiError;
use crate::page::Page;

/// Groups that are put in order here, where the order is that of a value made of several columns.
const GROUPS_MAX: usize = 10_000;

/// A condition on a value made of several columns.
#[derive(Debug, Clone, PartialEq)]
struct Condition {
    formula: Formula,
    operator: Operator,
    value: f64,
}

/// The columns to ask for, those to show, and the order of rows.
#[derive(Debug)]
pub(crate) struct Plan<F> {
    /// What is shown, and under which text; formulas are about `columns`.
    pub(crate) shown: Vec<(String, Selected<F>)>,
    /// What is asked for.
    pub(crate) columns: Vec<Column<F>>,
    having: Vec<Having>,
    /// Conditions that can only be checked here.
    conditions: Vec<Condition>,
    /// Formulas of `shown`.
    order: Vec<(Formula, Direction)>,
}

impl<F: Rows> Plan<F> {
    /// Reads columns, conditions on groups and order.
    pub(crate) fn new(
        fields: &[String],
        having: &[HavingText],
        sort: &[&str],
        window: Window,
    ) -> Result<Self, ApiError> {
        let selected = fields.iter().map(|field| Ok((field.clone(), select::<F>(field)?)));
        let mut shown = selected.collect::<Result<Vec<_>, ApiError>>()?;
        let first_aggregate = shown.iter().position(|(_, selected)| selected.is_aggregate());
        if first_aggregate.is_none() && having.is_empty() {
            for name in F::LINKS.into_iter().filter(|name| !fields.iter().any(|it| it == name)) {
                shown.push((name.to_owned(), select(name)?));
            }
        }
        let mut columns = Vec::new();
        for (_, selected) in &mut shown {
            selected.formula = selected.placed(&mut columns);
        }
        let mut plan =
            Self { shown, columns, having: Vec::new(), conditions: Vec::new(), order: Vec::new() };
        for condition in having {
            plan.compare(condition, window)?;
        }
        for sort in sort.iter().filter(|sort| !sort.is_empty()) {
            let (place, direction) = sorted_by(fields, sort)?;
            plan.order_by(place, direction);
        }
        if let (true, Some(place)) = (plan.order.is_empty(), first_aggregate) {
            plan.order_by(place, Direction::Descending);
        }
        Ok(plan)
    }

    fn order_by(&mut self, shown: usize, direction: Direction) {
        if let Some((_, selected)) = self.shown.get(shown) {
            self.order.push((selected.formula.clone(), direction));
        }
    }

    /// A condition on groups; its column is asked for even if nobody wants to see it.
    fn compare(&mut self, condition: &HavingText, window: Window) -> Result<(), ApiError> {
        let selected = select::<F>(&condition.function)?;
        let formula = selected.placed(&mut self.columns);
        let micros = window.end.0.saturating_sub(window.start.0);
        let value = condition.value * selected.display.units(micros);
        let operator = condition.operator;
        match formula {
            Formula::Column(column) => self.having.push(Having { column, operator, value }),
            formula => self.conditions.push(Condition { formula, operator, value }),
        }
        Ok(())
    }

    /// The order in which the store can answer, if it can.
    fn stored_order(&self) -> Option<Vec<(usize, Direction)>> {
        let order = self.order.iter();
        order.map(|(formula, direction)| Some((formula.ordered_as()?, *direction))).collect()
    }

    /// Asks for rows and answers the shown values of those on that page.
    pub(crate) async fn run(
        &self,
        ask: &dyn Ask,
        scope: &AskScope,
        filter: &Filter<F>,
        page: Page,
    ) -> Result<Vec<Vec<Cell>>, ApiError> {
        let order = self.stored_order().filter(|_| self.conditions.is_empty());
        let (is_here, question_order) = match order {
            Some(order) => (false, order),
            // The largest groups: the rest could not be shown anyway.
            None => (true, self.largest_first()),
        };
        let question = TableQuestion {
            scope: scope.clone(),
            filter: filter.clone(),
            columns: self.columns.clone(),
            having: self.having.clone(),
            order: question_order,
            offset: if is_here { 0 } else { page.offset },
            limit: if is_here { GROUPS_MAX } else { page.limit },
        };
        let mut rows = F::ask(ask, question).await?.rows;
        let formulas = self.shown.iter().map(|(_, selected)| &selected.formula);
        let totals = totals(ask, scope, filter, &self.columns, formulas).await?;
        if is_here {
            rows.retain(|row| self.conditions.iter().all(|it| it.holds(row, &totals)));
            rows.sort_by(|left, right| self.compare_rows(left, right, &totals));
            rows = rows.into_iter().skip(page.offset).take(page.limit).collect();
        }
        let values = |row: &Vec<Cell>| {
            let formulas = self.shown.iter().map(|(_, selected)| &selected.formula);
            formulas.map(|formula| formula.cell(row, &totals)).collect()
        };
        Ok(rows.iter().map(values).collect())
    }

    fn largest_first(&self) -> Vec<(usize, Direction)> {
        let is_aggregate = |column: &Column<F>| matches!(column, Column::Aggregate(_));
        let place = self.columns.iter().position(is_aggregate);
        place.map(|place| (place, Direction::Descending)).into_iter().collect()
    }

    fn compare_rows(&self, left: &[Cell], right: &[Cell], totals: &[Cell]) -> Ordering {
        let orders = self.order.iter().map(|(formula, direction)| {
            let order = cell::compare(&formula.cell(left, totals), &formula.cell(right, totals));
            match direction {
                Direction::Ascending => order,
                Direction::Descending => order.reverse(),
            }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

impl Condition {
    fn holds(&self, row: &[Cell], totals: &[Cell]) -> bool {
        let Some(value) = self.formula.value(row, totals) else { return false };
        match self.operator {
            Operator::Equal => (value - self.value).abs() < f64::EPSILON,
            Operator::NotEqual => (value - self.value).abs() >= f64::EPSILON,
            Operator::Less => value < self.value,
            Operator::LessOrEqual => value <= self.value,
            Operator::Greater => value > self.value,
            Operator::GreaterOrEqual => value >= self.value,
        }
    }
}

/// The aggregates among these columns over all rows, if a formula needs them; the other cells are empty.
pub(crate) async fn totals<'f, F: Rows>(
    ask: &dyn Ask,
    scope: &AskScope,
    filter: &Filter<F>,
    columns: &[Column<F>],
    mut formulas: impl Iterator<Item = &'f Formula>,
) -> Result<Vec<Cell>, ApiError> {
    if !formulas.any(Formula::needs_totals) {
        return Ok(Vec::new());
    }
    let is_aggregate = |column: &&Column<F>| matches!(column, Column::Aggregate(_));
    let question = TableQuestion {
        scope: scope.clone(),
        filter: filter.clone(),
        columns: columns.iter().filter(is_aggregate).cloned().collect(),
        having: Vec::new(),
        order: Vec::new(),
        offset: 0,
        limit: 1,
    };
    let mut found =
        F::ask(ask, question).await?.rows.into_iter().next().unwrap_or_default().into_iter();
    let cell = |column| {
        if is_aggregate(&column) { found.next().unwrap_or(Cell::Null) } else { Cell::Null }
    };
    Ok(columns.iter().map(cell).collect())
}

/// The place of what is sorted by. `-` turns the order around; old clients write `count_unique_user`
/// for `count_unique(user)`, and `equation[0]` for the first equation.
fn sorted_by(fields: &[String], sort: &str) -> Result<(usize, Direction), ApiError> {
    let (name, direction) = match sort.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (sort, Direction::Ascending),
    };
    let unknown =
        || ApiError::Invalid(format!("Cannot sort by a field that is not selected: {name}"));
    place_by_name(fields, name).map(|place| (place, direction)).ok_or_else(unknown)
}

/// The place of the field that an order names.
pub(crate) fn place_by_name(fields: &[String], name: &str) -> Option<usize> {
    let number = name.strip_prefix("equation[").and_then(|rest| rest.strip_suffix(']'));
    if let Some(number) = number.and_then(|number| number.parse::<usize>().ok()) {
        let is_equation = |(_, field): &(usize, &String)| field.starts_with(EQUATION);
        let mut equations = fields.iter().enumerate().filter(is_equation);
        return equations.nth(number).map(|(place, _)| place);
    }
    let is_meant = |field: &String| {
        field == name || alias(field) == name || field.strip_prefix(EQUATION) == Some(name)
    };
    fields.iter().position(is_meant)
}

fn alias(field: &str) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    let alias: String = field.chars().map(plain).collect();
    alias.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use lang::ask::{Aggregate, Field, SpanField};
    use model::clock::Micros;

    use super::*;
    use crate::double::{Double, scope};

    const HOUR: Window = Window { start: Micros(0), end: Micros(3_600_000_000) };

    fn owned(fields: &[&str]) -> Vec<String> {
        fields.iter().map(|field| (*field).to_owned()).collect()
    }

    fn having(function: &str, value: f64) -> HavingText {
        HavingText { function: function.to_owned(), operator: Operator::Greater, value }
    }

    #[test]
    fn rows_carry_what_links_need() {
        let plan = Plan::<Field>::new(&owned(&["title", "id"]), &[], &["-title"], HOUR).unwrap();
        let names: Vec<_> = plan.shown.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["title", "id", "project.name"]);
        assert_eq!(plan.stored_order().unwrap(), [(0, Direction::Descending)]);
    }

    #[test]
    fn groups_are_compared_also_with_what_is_not_shown() {
        let plan =
            Plan::<Field>::new(&owned(&["title"]), &[having("epm()", 2.0)], &[], HOUR).unwrap();
        assert_eq!(plan.columns.last(), Some(&Column::Aggregate(Aggregate::Count)));
        let expected = Having { column: 1, operator: Operator::Greater, value: 120.0 };
        assert_eq!((plan.shown.len(), plan.having), (1, vec![expected]));
    }

    #[test]
    fn orders_have_old_forms() {
        let fields = owned(&["title", "count_unique(user)", "equation|count() * 2"]);
        let by = |name| sorted_by(&fields, name).unwrap();
        assert_eq!(by("-count_unique_user"), (1, Direction::Descending));
        assert_eq!(by("equation[0]"), (2, Direction::Ascending));
        assert_eq!(by("-equation|count() * 2"), (2, Direction::Descending));
        assert!(sorted_by(&fields, "count()").is_err());
    }

    #[tokio::test]
    async fn groups_are_ordered_by_what_several_columns_make() {
        let fields = owned(&["transaction", "failure_rate()", "count()"]);
        let plan = Plan::<SpanField>::new(
            &fields,
            &[having("failure_rate()", 0.1)],
            &["-failure_rate()"],
            HOUR,
        )
        .unwrap();
        assert_eq!(plan.columns.len(), 3);
        let row = |name: &str, failed, all| {
            vec![Cell::Text(name.to_owned()), Cell::U64(failed), Cell::U64(all)]
        };
        let ask = Double::with_spans([vec![
            row("a", 1, 4),
            row("b", 3, 4),
            row("few", 0, 9),
            row("c", 1, 2),
        ]]);
        let rows = plan
            .run(&ask, &scope(HOUR), &Filter::All, Page { offset: 1, limit: 10 })
            .await
            .unwrap();
        let shown = |name: &str, rate, count| {
            vec![Cell::Text(name.to_owned()), Cell::F64(rate), Cell::U64(count)]
        };
        assert_eq!(rows, [shown("c", 0.5, 2), shown("a", 0.25, 4)]);
        let asked = &ask.asked_spans()[0];
        assert_eq!((asked.offset, asked.limit), (0, GROUPS_MAX));
    }

    #[tokio::test]
    async fn shares_of_all_groups_need_one_more_question() {
        let fields = owned(&["transaction", "time_spent_percentage(span.duration)"]);
        let sort = ["-time_spent_percentage(span.duration)"];
        let plan = Plan::<SpanField>::new(&fields, &[], &sort, HOUR).unwrap();
        let name = Cell::Text("a".to_owned());
        let ask = Double::with_spans([
            vec![vec![name.clone(), Cell::F64(25.0)]],
            vec![vec![Cell::F64(100.0)]],
        ]);
        let rows = plan
            .run(&ask, &scope(HOUR), &Filter::All, Page { offset: 0, limit: 10 })
            .await
            .unwrap();
        assert_eq!(rows, [vec![name, Cell::F64(0.25)]]);
        let asked = ask.asked_spans();
        assert_eq!((asked[0].limit, asked[0].order.len()), (10, 1));
        assert_eq!(asked[1].columns.len(), 1);
    }
}
