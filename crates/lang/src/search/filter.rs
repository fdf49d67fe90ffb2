//! Searches for events: terms with a meaning, joined by AND and OR.

use model::clock::Micros;

use super::column::{self, Type};
use super::error::SearchError;
use super::field::{Kind, SearchField};
use super::syntax::{Key, KeyValue, Term, TermKind, Text, Value, parse};
use super::value::{self, Pattern, opposite, split_operator};
use crate::ask::{Cell, Filter, Operator, SpanField};

/// A condition on groups, still named by its text, because only the caller knows the columns.
#[derive(Debug, Clone, PartialEq)]
pub struct HavingText {
    /// The aggregate as written, such as `count()`.
    pub function: String,
    /// How to compare.
    pub operator: Operator,
    /// With what. Moments are microseconds, percentages are shares of one.
    pub value: f64,
}

/// Reads a search for events: which rows, and which groups of them.
///
/// # Errors
/// When it has no meaning; the error's text says why.
pub fn event_filter(text: &str, now: Micros) -> Result<(Filter, Vec<HavingText>), SearchError> {
    filter(text, now)
}

/// Reads a search for spans: which rows, and which groups of them.
///
/// # Errors
/// When it has no meaning; the error's text says why.
pub fn span_filter(
    text: &str,
    now: Micros,
) -> Result<(Filter<SpanField>, Vec<HavingText>), SearchError> {
    filter(text, now)
}

/// Reads a search in any data set: which rows, and which groups of them.
///
/// # Errors
/// When it has no meaning; the error's text says why.
pub fn filter<F: SearchField>(
    text: &str,
    now: Micros,
) -> Result<(Filter<F>, Vec<HavingText>), SearchError> {
    let terms = parse(text)?;
    check_form(&terms, text)?;
    let mut having = Vec::new();
    let may_have = !terms.iter().any(|term| term.kind == TermKind::Or);
    let filter = joined(&terms, now, may_have.then_some(&mut having))?;
    Ok((filter, having))
}

/// Refuses what the lenient grammar lets through and has no sure meaning.
pub(super) fn check_form(terms: &[Term<'_>], text: &str) -> Result<(), SearchError> {
    for (place, term) in terms.iter().enumerate() {
        match &term.kind {
            TermKind::Unmatched => return Err(unmatched(text, term.start)),
            TermKind::Group(inner) => check_form(inner, text)?,
            TermKind::Filter(KeyValue { value: Value::One(value), .. }) => {
                let next = terms.get(place + 1);
                let glued = next.filter(|next| {
                    next.start == term.end && !matches!(next.kind, TermKind::Group(_))
                });
                if value.quoted
                    && let Some(next) = glued
                {
                    let at = text.get(term.start..next.end).unwrap_or_default().to_owned();
                    return Err(SearchError::Quote { at });
                }
                if !value.quoted && has_bare_quote(value.raw) {
                    return Err(SearchError::Quote { at: value.raw.to_owned() });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn has_bare_quote(raw: &str) -> bool {
    let mut escaped = false;
    raw.bytes().any(|byte| {
        let bare = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        bare
    })
}

/// Names the place by the five characters before and after it.
fn unmatched(text: &str, place: usize) -> SearchError {
    let (before, after) = text.split_at_checked(place).unwrap_or((text, ""));
    let column = before.chars().count();
    let at = before.chars().skip(column.saturating_sub(5)).chain(after.chars().take(5)).collect();
    SearchError::Unmatched { at, column: column + 1 }
}

/// AND binds tighter than OR. Without `having`, aggregates are refused. Recursion ends at the
/// grammar's own depth limit.
fn joined<F: SearchField>(
    terms: &[Term<'_>],
    now: Micros,
    mut having: Option<&mut Vec<HavingText>>,
) -> Result<Filter<F>, SearchError> {
    let mut alternatives = Vec::new();
    let mut all = Vec::new();
    let mut operator: Option<&'static str> = None;
    let mut first = true;
    for term in terms {
        let word = match term.kind {
            TermKind::And => Some("AND"),
            TermKind::Or => Some("OR"),
            _ => None,
        };
        if let Some(word) = word {
            match operator {
                Some(left) => return Err(SearchError::MissingBetween { left, right: word }),
                None if first => {
                    return Err(SearchError::MissingSide { side: "left", operator: word });
                }
                None => operator = Some(word),
            }
            if word == "OR" {
                alternatives.push(and(std::mem::take(&mut all)));
            }
            continue;
        }
        (operator, first) = (None, false);
        match &term.kind {
            TermKind::Group(inner) => all.push(joined(inner, now, None)?),
            TermKind::FreeText(text) => all.extend(free_text(*text)),
            TermKind::Filter(KeyValue { key: Key::Function(function), negated, value, .. }) => {
                let Some(having) = having.as_deref_mut() else {
                    return Err(SearchError::AggregateInOr { function: (*function).to_owned() });
                };
                having.extend(aggregate::<F>(function, *negated, value, now)?);
            }
            TermKind::Filter(condition) => all.push(condition_of(condition, now)?),
            TermKind::And | TermKind::Or | TermKind::Unmatched => {}
        }
    }
    if let Some(operator) = operator {
        return Err(SearchError::MissingSide { side: "right", operator });
    }
    alternatives.push(and(all));
    Ok(or(alternatives))
}

/// All of them; the one if there is only one.
pub(super) fn and<F: PartialEq>(mut filters: Vec<Filter<F>>) -> Filter<F> {
    filters.retain(|filter| *filter != Filter::All);
    if filters.len() > 1 { Filter::And(filters) } else { filters.pop().unwrap_or(Filter::All) }
}

/// One of them; the one if there is only one.
pub(super) fn or<F: PartialEq>(mut filters: Vec<Filter<F>>) -> Filter<F> {
    if filters.contains(&Filter::All) {
        return Filter::All;
    }
    if filters.len() > 1 { Filter::Or(filters) } else { filters.pop().unwrap_or(Filter::Nothing) }
}

/// Rows whose field is exactly this; the empty text means those that have none.
pub(super) fn equals<F>(field: F, text: &str) -> Filter<F> {
    if text.is_empty() {
        return Filter::Not(Box::new(Filter::Has(field)));
    }
    Filter::Compare(field, Operator::Equal, Cell::Text(text.to_owned()))
}

/// Words without a key: within what a person reads of an event. `None` for nothing but spaces.
fn free_text<F: SearchField>(text: Text<'_>) -> Option<Filter<F>> {
    let trimmed = Text { raw: text.raw.trim(), ..text };
    if trimmed.raw.is_empty() {
        return None;
    }
    let pattern = loose(Pattern::parse(trimmed, None));
    Some(Filter::Or(F::WORDS.iter().map(|field| pattern.on(field.clone())).collect()))
}

/// Text that people remember a part of is found by a part of it.
pub(super) fn loose(pattern: Pattern) -> Pattern {
    match pattern {
        Pattern::Exact(text) if !text.is_empty() => Pattern::Contains(text),
        other => other,
    }
}

/// The rows a `key:value` means.
pub(super) fn condition_of<F: SearchField>(
    condition: &KeyValue<'_>,
    now: Micros,
) -> Result<Filter<F>, SearchError> {
    let (field, kind) = match condition.key {
        Key::Plain("has") => return has(condition),
        Key::Plain("is") => return Err(SearchError::IsNotHere),
        Key::Plain(name) | Key::Quoted(name) | Key::Includes(name) => F::named(name),
        Key::Tag(name, tag_type) => F::tag(name, tag_type),
        Key::Flag(name) => (F::flag(name), Kind::Text),
        Key::Function(function) => {
            return Err(SearchError::AggregateNotHere { function: function.to_owned() });
        }
    };
    let key = key_text(condition.key);
    check_not_empty(&key, &condition.value)?;
    if let Some(filter) = F::condition(&key, &condition.value) {
        return Ok(negate_if(condition.negated, filter));
    }
    match kind {
        Kind::Text => text_condition(condition, &key, field),
        Kind::Date => Ok(within(&field, date_range(condition, &key, now)?)),
        Kind::Boolean => boolean_condition(condition, &key, field),
        Kind::Number | Kind::Duration | Kind::Size => {
            number_condition(condition, &key, field, kind)
        }
    }
}

/// The key as the person wrote it.
pub(super) fn key_text(key: Key<'_>) -> String {
    match key {
        Key::Plain(name) | Key::Quoted(name) | Key::Function(name) => name.to_owned(),
        Key::Tag(name, _) => format!("tags[{name}]"),
        Key::Flag(name) => format!("flags[{name}]"),
        Key::Includes(name) => format!("{name}[*]"),
    }
}

/// Refuses `key:` and lists with holes in them; `key:""` is a value.
pub(super) fn check_not_empty(key: &str, value: &Value<'_>) -> Result<(), SearchError> {
    let empty = |text: &Text<'_>| text.raw.is_empty() && !text.quoted;
    match value {
        Value::One(text) if empty(text) => Err(SearchError::EmptyValue { key: key.to_owned() }),
        Value::List(items) if items.iter().any(empty) => Err(SearchError::EmptyListItem),
        _ => Ok(()),
    }
}

/// The value's texts: one, or those of a list.
pub(super) fn texts<'v, 'a>(value: &'v Value<'a>) -> &'v [Text<'a>] {
    match value {
        Value::One(text) => std::slice::from_ref(text),
        Value::List(items) => items,
    }
}

pub(super) fn negate_if<F>(negated: bool, filter: Filter<F>) -> Filter<F> {
    if negated { Filter::Not(Box::new(filter)) } else { filter }
}

fn has<F: SearchField>(condition: &KeyValue<'_>) -> Result<Filter<F>, SearchError> {
    let Value::One(text) = &condition.value else { return Err(SearchError::Has) };
    check_not_empty("has", &condition.value)?;
    // A key is one when it could stand before a colon.
    let as_filter = format!("{}:x", text.raw);
    let quoted = format!("\"{}\":x", text.raw);
    let key =
        [&as_filter, &quoted].into_iter().find_map(|text| match parse(text).ok()?.as_slice() {
            [Term { kind: TermKind::Filter(KeyValue { negated: false, key, .. }), .. }] => {
                match *key {
                    Key::Plain(name) | Key::Quoted(name) | Key::Includes(name) => {
                        Some(F::named(name).0)
                    }
                    Key::Tag(name, of) => Some(F::tag(name, of).0),
                    Key::Flag(name) => Some(F::flag(name)),
                    Key::Function(_) => None,
                }
            }
            _ => None,
        });
    let field = key.ok_or(SearchError::Has)?;
    Ok(negate_if(condition.negated, Filter::Has(field)))
}

fn text_condition<F: SearchField>(
    condition: &KeyValue<'_>,
    key: &str,
    field: F,
) -> Result<Filter<F>, SearchError> {
    if let Some(filter) = super::names::condition(condition, key)? {
        return Ok(filter);
    }
    if let Some(filter) = untyped_number(condition, &field) {
        return Ok(filter);
    }
    let items = texts(&condition.value);
    let patterns = items.iter().map(|text| Pattern::parse(*text, condition.wildcard));
    let patterns: Vec<Pattern> =
        if F::is_loose(key) { patterns.map(loose).collect() } else { patterns.collect() };
    let fields = field.searched(key);
    let filter = or(fields.into_iter().map(|field| one_of(field, &patterns)).collect());
    Ok(negate_if(condition.negated, filter))
}

/// `key:>5` where only the values tell whether `key` holds numbers.
fn untyped_number<F: SearchField>(condition: &KeyValue<'_>, field: &F) -> Option<Filter<F>> {
    let Value::One(Text { raw, quoted: false }) = condition.value else { return None };
    let (operator, rest) = split_operator(raw);
    let operator = operator.filter(|it| !matches!(it, Operator::Equal | Operator::NotEqual))?;
    let number = value::number(rest)
        .or_else(|| value::duration_millis(rest))
        .or_else(|| value::size_bytes(rest))?;
    let operator = if condition.negated { opposite(operator) } else { operator };
    Some(Filter::Compare(field.as_number()?, operator, number_cell(number)))
}

/// Rows whose field fits one of the patterns; plain texts become one set.
fn one_of<F: SearchField>(field: F, patterns: &[Pattern]) -> Filter<F> {
    let mut exact = Vec::new();
    let mut filters = Vec::new();
    for pattern in patterns {
        match pattern {
            Pattern::Exact(text) if !text.is_empty() => exact.push(Cell::Text(text.clone())),
            other => filters.push(other.on(field.clone())),
        }
    }
    if exact.len() > 1 {
        filters.push(Filter::In(field, exact));
    } else if let Some(cell) = exact.pop() {
        filters.push(Filter::Compare(field, Operator::Equal, cell));
    }
    or(filters)
}

/// Rows whose field holds a moment in that range.
fn within<F: SearchField>(field: &F, range: value::Between) -> Filter<F> {
    let compare = |operator, at| Filter::Compare(field.clone(), operator, Cell::Time(at));
    let start = range.start.map(|at| compare(Operator::GreaterOrEqual, at));
    let end = range.end.map(|at| compare(Operator::Less, at));
    and(start.into_iter().chain(end).collect())
}

/// The range of moments a `key:value` means. Dates have neither lists nor negation.
pub(super) fn date_range(
    condition: &KeyValue<'_>,
    key: &str,
    now: Micros,
) -> Result<value::Between, SearchError> {
    let [text] = texts(&condition.value) else {
        return Err(SearchError::Date { key: key.to_owned(), value: "list".to_owned() });
    };
    let range = value::between(text.raw, now).filter(|_| !condition.negated);
    range.ok_or_else(|| SearchError::Date { key: key.to_owned(), value: text.raw.to_owned() })
}

fn boolean_condition<F: SearchField>(
    condition: &KeyValue<'_>,
    key: &str,
    field: F,
) -> Result<Filter<F>, SearchError> {
    let [text] = texts(&condition.value) else {
        return Err(SearchError::Boolean { key: key.to_owned(), value: "list".to_owned() });
    };
    if text.quoted && text.raw.is_empty() {
        return Ok(negate_if(!condition.negated, Filter::Has(field)));
    }
    let wanted = value::boolean(text.raw);
    let wanted = wanted
        .ok_or_else(|| SearchError::Boolean { key: key.to_owned(), value: text.raw.to_owned() })?;
    Ok(field.truth(key, wanted != condition.negated))
}

/// Reads a value that has to be a number of that kind.
fn number_of(kind: Kind, text: &str) -> Option<f64> {
    match kind {
        Kind::Duration => value::duration_millis(text).or_else(|| value::number(text)),
        Kind::Size => value::number(text).or_else(|| value::size_bytes(text)),
        _ => value::number(text),
    }
}

fn number_condition<F: SearchField>(
    condition: &KeyValue<'_>,
    key: &str,
    field: F,
    kind: Kind,
) -> Result<Filter<F>, SearchError> {
    let cell = |text: &str| {
        let number = number_of(kind, text).map(number_cell);
        number.ok_or_else(|| SearchError::Number { key: key.to_owned(), value: text.to_owned() })
    };
    match &condition.value {
        Value::List(items) => {
            let cells: Result<_, _> = items.iter().map(|item| cell(item.raw)).collect();
            Ok(negate_if(condition.negated, Filter::In(field, cells?)))
        }
        Value::One(text) => {
            let (operator, rest) = split_operator(text.raw);
            let cell = cell(rest)?;
            Ok(match operator {
                None | Some(Operator::Equal) => {
                    negate_if(condition.negated, Filter::Compare(field, Operator::Equal, cell))
                }
                Some(operator) if condition.negated => {
                    Filter::Compare(field, opposite(operator), cell)
                }
                Some(operator) => Filter::Compare(field, operator, cell),
            })
        }
    }
}

/// Ids and counts are whole; they keep all their digits.
fn number_cell(number: f64) -> Cell {
    let whole = format!("{number}").parse::<u64>();
    whole.map_or(Cell::F64(number), Cell::U64)
}

/// The conditions on groups that `function:value` means.
fn aggregate<F: SearchField>(
    function: &str,
    negated: bool,
    value: &Value<'_>,
    now: Micros,
) -> Result<Vec<HavingText>, SearchError> {
    check_not_empty(function, value)?;
    // An unknown function is refused later, together with the columns.
    let kind = column::select::<F>(function).map_or(Type::Number, |selected| selected.kind);
    let [text] = texts(value) else {
        return Err(SearchError::Number { key: function.to_owned(), value: "list".to_owned() });
    };
    let having = |operator, value| HavingText { function: function.to_owned(), operator, value };
    if kind == Type::Date {
        let range = value::between(text.raw, now).filter(|_| !negated);
        let range = range.ok_or_else(|| SearchError::Date {
            key: function.to_owned(),
            value: text.raw.to_owned(),
        })?;
        let start = range.start.map(|at| having(Operator::GreaterOrEqual, approximate(at.0)));
        let end = range.end.map(|at| having(Operator::Less, approximate(at.0)));
        return Ok(start.into_iter().chain(end).collect());
    }
    let (operator, rest) = split_operator(text.raw);
    // `5m` are minutes of a duration and millions of anything else.
    let number = value::duration_millis(rest)
        .filter(|_| kind == Type::Duration)
        .or_else(|| value::number(rest))
        .or_else(|| value::percentage(rest))
        .or_else(|| value::duration_millis(rest))
        .or_else(|| value::size_bytes(rest));
    let number = number
        .ok_or_else(|| SearchError::Number { key: function.to_owned(), value: rest.to_owned() })?;
    let operator = operator.unwrap_or(Operator::Equal);
    Ok(vec![having(if negated { opposite(operator) } else { operator }, number)])
}

/// Exact for moments before the year 2255.
#[expect(clippy::cast_precision_loss, reason = "microseconds of our times have fewer than 53 bits")]
fn approximate(whole: u64) -> f64 {
    whole as f64
}
