//! Functions of a script with the names that its map has for them.
//!
//! Source: `NameResolver` of Sentry's `js-source-scopes`, and `symbolic-sourcemapcache` for what is
//! special about Flutter.

use std::borrow::Cow;

use super::decode::{Decoded, Mapping, NONE};
use crate::script::{Function, Functions, Part, Positions, Span};
use crate::{bounded, limits};

/// A point from which on another function is around, and which one.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) scope: Around<'a>,
}

/// What is around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Around<'a> {
    Function(Cow<'a, str>),
    Anonymous,
    Nothing,
}

/// Looks names up.
struct Resolver<'a> {
    script: &'a str,
    positions: Positions<'a>,
    decoded: &'a Decoded<'a>,
}

/// Where in the script which function is around, in order.
pub(super) fn in_script<'a>(script: &'a str, decoded: &'a Decoded<'a>) -> Vec<Change<'a>> {
    let functions = Functions::of(script);
    let resolver = Resolver { script, positions: Positions::new(script), decoded };
    let mut nesting = Nesting::default();
    for function in &functions.all {
        nesting.close(&resolver, function.span.start);
        let scope = resolver.scope(&functions, function);
        nesting.change(&resolver, function.span.start, scope.clone());
        // One that was not closed in the right order ends with what is around it.
        let around = nesting.open.last().map_or(u32::MAX, |(end, _)| *end);
        nesting.open.push((function.span.end.min(around), scope));
    }
    nesting.close(&resolver, u32::MAX);
    nesting.changes
}

/// Functions within functions, made into a list of changes.
#[derive(Default)]
struct Nesting<'a> {
    changes: Vec<Change<'a>>,
    /// What is around, and where it ends.
    open: Vec<(u32, Around<'a>)>,
}

impl<'a> Nesting<'a> {
    fn change(&mut self, resolver: &Resolver<'a>, offset: u32, scope: Around<'a>) {
        let (line, column) = resolver.positions.at(offset);
        // What starts where something else ends covers that.
        if self.changes.last().is_some_and(|last| (last.line, last.column) == (line, column)) {
            self.changes.pop();
        }
        self.changes.push(Change { line, column, scope });
    }

    /// Ends what ends at or before a place.
    fn close(&mut self, resolver: &Resolver<'a>, until: u32) {
        while let Some((end, _)) = self.open.pop_if(|(end, _)| *end <= until) {
            let around = self.open.last().map_or(Around::Nothing, |(_, scope)| scope.clone());
            self.change(resolver, end, around);
        }
    }
}

/// The same for bytecode, whose map says which function each place is in.
pub(super) fn in_map<'a>(decoded: &'a Decoded<'a>) -> Vec<Change<'a>> {
    let mut changes: Vec<Change<'a>> = Vec::new();
    for Mapping { line, column, target } in &decoded.mappings {
        let source = usize::try_from(target.source).ok().and_then(|at| decoded.sources.get(at));
        let functions = source.and_then(|source| source.functions.as_ref());
        let name = functions.and_then(|functions| functions.around(target.line, target.column));
        let scope = match name {
            // Metro calls what is outside all functions so.
            None | Some("<global>") => Around::Nothing,
            Some("<anonymous>") => Around::Anonymous,
            Some(name) => Around::Function(Cow::Borrowed(bounded::name(name))),
        };
        if changes.last().is_none_or(|last| last.scope != scope) {
            changes.push(Change { line: *line, column: *column, scope });
        }
    }
    changes
}

impl<'a> Resolver<'a> {
    fn scope(&self, functions: &Functions, function: &Function) -> Around<'a> {
        let parts = functions.parts(function);
        let mut name = String::new();
        let mut is_known = false;
        for part in parts {
            if name.len() >= limits::FUNCTION_NAME_BYTES_MAX {
                break;
            }
            match part {
                Part::Fixed(text) => name.push_str(bounded::name(text)),
                Part::Verbatim(span) => name.push_str(self.slice(*span)),
                Part::Name(span) => {
                    let original = self.original(*span);
                    is_known |= original.is_some_and(|original| original != self.slice(*span));
                    name.push_str(original.unwrap_or_else(|| self.slice(*span)));
                }
            }
        }
        if !is_known && let Some(closing) = self.closing_name(function.span) {
            closing.clone_into(&mut name);
        }
        name.truncate(bounded::name(&name).len());
        if name.is_empty() { Around::Anonymous } else { Around::Function(Cow::Owned(name)) }
    }

    fn slice(&self, span: Span) -> &'a str {
        let range = usize::try_from(span.start).ok().zip(usize::try_from(span.end).ok());
        let text = range.and_then(|(start, end)| self.script.get(start..end));
        bounded::name(text.unwrap_or_default())
    }

    fn original(&self, span: Span) -> Option<&'a str> {
        // terser puts the names of private methods on the bracket behind them.
        self.name_at(span.start).or_else(|| self.name_at(span.end))
    }

    fn name_at(&self, offset: u32) -> Option<&'a str> {
        let (line, column) = self.positions.at(offset);
        let found = self.decoded.at_or_before(line, column)?;
        if found.line != line || found.column < column.saturating_sub(1) {
            return None;
        }
        if found.target.name != NONE {
            return self.decoded.name(found.target.name);
        }
        // TypeScript puts the name on the keyword `function`, with the place of the name.
        let before = self.decoded.at_or_before(line, found.column.checked_sub(1)?)?.target;
        let at = found.target;
        let is_same =
            (before.source, before.line, before.column) == (at.source, at.line, at.column);
        if is_same { self.decoded.name(before.name) } else { None }
    }

    /// The compiler of Dart puts the name of a function on its last bracket.
    fn closing_name(&self, span: Span) -> Option<&'a str> {
        let (line, column) = self.positions.at(span.end.checked_sub(1)?);
        let found = self.decoded.at_or_before(line, column)?;
        let (next_line, next_column) = self.positions.at(span.end);
        let next = self.decoded.at_or_before(next_line, next_column)?;
        let is_exact = (found.line, found.column) == (line, column) && next != found;
        if is_exact { self.decoded.name(found.target.name) } else { None }
    }
}
