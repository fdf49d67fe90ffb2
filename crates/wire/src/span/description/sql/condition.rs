//! Conditions: what is said twice is said once, and parentheses that change nothing go.
//!
//! A condition is a list of runs joined by `OR`; a run is a list of terms joined by `AND`. Both lists
//! forget repetitions as they grow, so a thousand `(a = %s AND b = %s)` never pile up.

use super::keyword::Role;
use super::piece::Piece;

/// How many of the last terms a new one is compared with, so that the work stays linear.
const WINDOW: usize = 8;

/// What joins terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    And,
    Or,
}

/// What is in parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// One term.
    Single,
    /// Terms joined by `AND`.
    Run,
    /// Runs joined by `OR`.
    Runs,
    /// Something else: a query, a list.
    Other,
}

/// A condition that is being read.
#[derive(Debug)]
pub(super) struct Chain {
    /// Where the whole begins, among the pieces.
    start: usize,
    /// Where the run begins that is being read.
    run_start: usize,
    /// Where the term begins that is being read.
    term_start: usize,
    terms: Seen,
    runs: Seen,
    dropped: bool,
}

/// The last few ranges of pieces, and how many there were.
#[derive(Debug, Default)]
struct Seen {
    last: [(usize, usize); WINDOW],
    count: usize,
}

impl Seen {
    /// Remembers a range; false when one of the last says the same.
    fn add(&mut self, start: usize, pieces: &[Piece<'_>]) -> bool {
        let new = pieces.get(start..).unwrap_or_default();
        let known = self.last.iter().take(self.count);
        if known.filter_map(|(start, end)| pieces.get(*start..*end)).any(|known| known == new) {
            return false;
        }
        if let Some(slot) = self.last.get_mut(self.count % WINDOW) {
            *slot = (start, pieces.len());
        }
        self.count += 1;
        true
    }
}

impl Chain {
    /// A condition whose first piece will be at `start`.
    pub(super) fn new(start: usize) -> Self {
        Self {
            start,
            run_start: start,
            term_start: start,
            terms: Seen::default(),
            runs: Seen::default(),
            dropped: false,
        }
    }

    /// Whether nothing of the current term has been read yet, given how many pieces there are.
    pub(super) fn is_at_term(&self, pieces: usize) -> bool {
        self.term_start == pieces
    }

    /// An `AND` or `OR` follows.
    pub(super) fn join(&mut self, operator: Operator, pieces: &mut Vec<Piece<'_>>) {
        self.end_term(Some(operator), pieces);
        match operator {
            Operator::And => pieces.push(Piece::And),
            Operator::Or => {
                pieces.push(Piece::Or);
                self.run_start = pieces.len();
            }
        }
        self.term_start = pieces.len();
    }

    /// The condition is over. Whoever is `in_parentheses` needs no second pair.
    pub(super) fn end(mut self, in_parentheses: bool, pieces: &mut Vec<Piece<'_>>) {
        self.end_term(None, pieces);
        if (in_parentheses || self.dropped)
            && inside(pieces, self.start).is_some_and(|inside| inside != Inside::Other)
        {
            strip(self.start, pieces);
        }
    }

    fn end_term(&mut self, next: Option<Operator>, pieces: &mut Vec<Piece<'_>>) {
        if self.term_start < pieces.len() {
            let is_run = self.terms.count > 0 || next == Some(Operator::And);
            if is_run && inside(pieces, self.term_start) == Some(Inside::Run) {
                self.splice(Operator::And, pieces);
            } else if !self.terms.add(self.term_start, pieces) {
                self.drop_from(self.term_start, pieces);
            }
        }
        if next != Some(Operator::And) && self.run_start < pieces.len() {
            self.end_run(next, pieces);
        }
    }

    fn end_run(&mut self, next: Option<Operator>, pieces: &mut Vec<Piece<'_>>) {
        let is_one_of_many = self.runs.count > 0 || next == Some(Operator::Or);
        if is_one_of_many && inside(pieces, self.run_start) == Some(Inside::Runs) {
            self.splice(Operator::Or, pieces);
        } else if !self.runs.add(self.run_start, pieces) {
            self.drop_from(self.run_start, pieces);
        }
        self.terms = Seen::default();
    }

    /// Forgets what begins there, and the operator before it.
    fn drop_from(&mut self, start: usize, pieces: &mut Vec<Piece<'_>>) {
        pieces.truncate(start - 1);
        self.dropped = true;
    }

    /// Takes the parentheses at the end away and what is in them as terms (or runs) of our own.
    fn splice(&mut self, operator: Operator, pieces: &mut Vec<Piece<'_>>) {
        let start = if operator == Operator::And { self.term_start } else { self.run_start };
        let inner = pieces.get(start + 1..pieces.len() - 1).unwrap_or_default().to_vec();
        // The operator before the parentheses is written again before the first one that is new.
        let is_first =
            if operator == Operator::And { self.terms.count == 0 } else { self.runs.count == 0 };
        let joint = if operator == Operator::And { Piece::And } else { Piece::Or };
        pieces.truncate(if is_first { start } else { start - 1 });
        let mut needs_joint = !is_first;
        for part in split(&inner, joint) {
            let before = pieces.len();
            if needs_joint {
                pieces.push(joint);
            }
            let start = pieces.len();
            pieces.extend_from_slice(part);
            let seen = if operator == Operator::And { &mut self.terms } else { &mut self.runs };
            if seen.add(start, pieces) {
                needs_joint = true;
            } else {
                pieces.truncate(before);
                self.dropped = true;
            }
        }
    }
}

/// The parts between `joint`s that are in no parentheses.
fn split<'p, 'a>(
    pieces: &'p [Piece<'a>],
    joint: Piece<'a>,
) -> impl Iterator<Item = &'p [Piece<'a>]> {
    let mut depth = 0_usize;
    pieces.split(move |piece| {
        match piece {
            Piece::Open | Piece::OpenBracket => depth += 1,
            Piece::Close | Piece::CloseBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *piece == joint
    })
}

/// What is in the one pair of parentheses that all pieces from `start` are in; `None` when they are not.
fn inside(pieces: &[Piece<'_>], start: usize) -> Option<Inside> {
    let (Piece::Open, middle @ [first, ..], Piece::Close) =
        pieces.get(start..).and_then(|pieces| match pieces {
            [first, middle @ .., last] => Some((*first, middle, *last)),
            _ => None,
        })?
    else {
        return None;
    };
    let mut found = if first.has_role(Role::Values) || first.is_keyword("WITH") {
        Inside::Other
    } else {
        Inside::Single
    };
    let mut depth = 0_usize;
    for piece in middle {
        match piece {
            Piece::Open | Piece::OpenBracket => depth += 1,
            Piece::Close | Piece::CloseBracket => depth = depth.checked_sub(1)?,
            _ if depth > 0 => {}
            Piece::Comma | Piece::Semicolon => found = Inside::Other,
            Piece::Keyword(keyword) if ends_condition(keyword.role) => found = Inside::Other,
            Piece::And if found == Inside::Single => found = Inside::Run,
            Piece::Or if found != Inside::Other => found = Inside::Runs,
            _ => {}
        }
    }
    Some(found)
}

fn ends_condition(role: Role) -> bool {
    matches!(
        role,
        Role::Select
            | Role::From
            | Role::Join
            | Role::Into
            | Role::Where
            | Role::Set
            | Role::Values
            | Role::Clause
    )
}

/// Takes the parentheses away that begin at `start` and end at the end.
fn strip(start: usize, pieces: &mut Vec<Piece<'_>>) {
    pieces.pop();
    pieces.remove(start);
}
