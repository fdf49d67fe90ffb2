//! What is remembered of each open bracket.

use super::{Part, Span};

/// What a bracket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// The script itself, and `{…}` with statements.
    Block,
    /// `{…}` with keys and values.
    Object,
    /// `{…}` of a class.
    Class(Class),
    /// `(…)`. Behind `if` and its like it holds a condition.
    Paren { is_condition: bool },
    /// `(…)` with the parameters of a function.
    Parameters(Pending),
    /// `[…]`.
    List,
    /// `${…}`.
    Template,
    /// `{…}` of a function.
    Body(Pending),
    /// What follows `=>` when it is no `{…}`. Has no bracket of its own.
    Arrow(Pending),
}

/// A function whose end was not seen yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) start: u32,
    pub(super) name: Vec<Part>,
    /// It stands where a statement does.
    pub(super) is_declaration: bool,
}

/// A class whose end was not seen yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) start: u32,
    pub(super) own_name: Option<Span>,
    pub(super) name: Vec<Part>,
    pub(super) is_declaration: bool,
}

/// What was read of a function or a class before its first bracket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Opening {
    /// `function`, perhaps with a name.
    Function { start: u32, own_name: Option<Span>, is_declaration: bool },
    /// All but the body.
    Body(Pending),
    /// `class`, perhaps with a name and with what it extends.
    Class { start: u32, own_name: Option<Span>, is_declaration: bool, is_extended: bool },
}

/// Where in a member of an object or a class the scanner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    /// Before or in its key.
    Key,
    /// Behind its `:` or `=`.
    Value,
}

/// What a member of an object or a class is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// A name.
    Name(Span),
    /// A name with `#` in front, which the span leaves out.
    Private(Span),
    /// A text or a number, as written.
    Literal(Span),
    /// `[…]`.
    Computed,
}

/// How a method is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Call,
    Get,
    Set,
}

/// An open bracket, and what was read in it.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// Its first byte.
    pub(super) opened: u32,
    /// What the value that is being read is assigned to.
    pub(super) target: Option<Span>,
    /// Where the names and dots started that end at the last token: `a.b[c]`.
    pub(super) chain: Option<u32>,
    pub(super) opening: Option<Opening>,
    /// `?` without their `:`.
    pub(super) ternaries: u32,
    pub(super) member: Member,
    pub(super) key: Option<Key>,
    pub(super) access: Access,
}

impl Frame {
    pub(super) fn new(kind: Kind, opened: u32) -> Self {
        Self {
            kind,
            opened,
            target: None,
            chain: None,
            opening: None,
            ternaries: 0,
            member: Member::Key,
            key: None,
            access: Access::Call,
        }
    }

    /// Statements stand in it.
    pub(super) const fn holds_statements(&self) -> bool {
        matches!(self.kind, Kind::Block | Kind::Body(_))
    }

    /// Members stand in it.
    pub(super) const fn holds_members(&self) -> bool {
        matches!(self.kind, Kind::Object | Kind::Class(_))
    }

    /// The key of a member is being read.
    pub(super) fn is_at_key(&self) -> bool {
        self.holds_members() && self.member == Member::Key
    }

    /// The next thing in it has nothing to do with what was before.
    pub(super) fn start_over(&mut self) {
        self.target = None;
        self.chain = None;
        self.opening = None;
        self.ternaries = 0;
        self.member = Member::Key;
        self.key = None;
        self.access = Access::Call;
    }
}
