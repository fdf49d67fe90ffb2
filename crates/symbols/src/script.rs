//! Scripts: where their functions start and end, and what those are called.
//!
//! This is not a parser. A scanner goes through the tokens once, remembers the open brackets, and tells
//! functions, classes, methods and arrows from what stands before their brackets. What it takes for
//! something else costs a name, no more. A parser of all of JavaScript (`swc`, on which Sentry's
//! `symbolic-sourcemapcache` builds) calls itself for each bracket: a script of 20 KB of `!` or `[`
//! ends the process that parses it, and scripts are uploads.

mod frame;
mod naming;
mod positions;
mod scanner;
mod tokens;

pub(crate) use positions::{Positions, line_starts};

/// A stretch of the script, as byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A part of a function's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A name in the script, for which the map may have another.
    Name(Span),
    /// What stands in the script and stays as it is.
    Verbatim(Span),
    /// What stands between and before the others.
    Fixed(&'static str),
}

/// A function, a method, an arrow, or a class with what it does when it is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    /// From its first token to its last.
    pub(crate) span: Span,
    first_part: u32,
    parts: u32,
}

/// The functions of a script.
#[derive(Debug, Default)]
pub(crate) struct Functions {
    /// Sorted by where they start, the outer one first.
    pub(crate) all: Vec<Function>,
    parts: Vec<Part>,
}

impl Functions {
    /// Finds the functions of a script of less than 4 GiB.
    pub(crate) fn of(script: &str) -> Self {
        let mut found = scanner::scan(script.as_bytes());
        found.all.sort_by_key(|function| (function.span.start, u32::MAX - function.span.end));
        found
    }

    /// The parts of a function's name; none when it has none.
    pub(crate) fn parts(&self, function: &Function) -> &[Part] {
        let first = usize::try_from(function.first_part).unwrap_or(usize::MAX);
        let count = usize::try_from(function.parts).unwrap_or(0);
        self.parts.get(first..first.saturating_add(count)).unwrap_or_default()
    }

    fn add(&mut self, span: Span, parts: &[Part]) {
        let (Ok(first_part), Ok(count)) =
            (u32::try_from(self.parts.len()), u32::try_from(parts.len()))
        else {
            return;
        };
        self.parts.extend_from_slice(parts);
        self.all.push(Function { span, first_part, parts: count });
    }
}

#[cfg(test)]
mod tests;
