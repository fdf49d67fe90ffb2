//! Goes through a script once and finds its functions.

use super::frame::{Access, Class, Frame, Key, Kind, Member, Opening, Pending};
use super::naming;
use super::tokens::{Token, Tokens};
use super::{Functions, Part, Span};
use crate::limits;

/// What the last token leaves to be expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// A statement.
    Statement,
    /// A value.
    Operand,
    /// Something that goes on from a value, or ends it.
    Continuation,
    /// The name behind a dot.
    Property,
}

struct Scanner<'a> {
    text: &'a [u8],
    tokens: Tokens<'a>,
    frames: Vec<Frame>,
    expected: Expected,
    /// The next `(` holds a condition: `if`, `while`, `for`, …
    is_condition_next: bool,
    /// The token being looked at, and where the one before it ended.
    token: Span,
    before: u32,
    /// Where what stands before `=>` started.
    last_start: u32,
    found: Functions,
}

/// The functions of a script, in the order of their ends.
pub(super) fn scan(text: &[u8]) -> Functions {
    let mut scanner = Scanner {
        text,
        tokens: Tokens::new(text),
        frames: vec![Frame::new(Kind::Block, 0)],
        expected: Expected::Statement,
        is_condition_next: false,
        token: Span { start: 0, end: 0 },
        before: 0,
        last_start: 0,
        found: Functions::default(),
    };
    while scanner.step().is_some() {}
    scanner.before = scanner.token.end;
    scanner.close_arrows();
    scanner.found
}

impl Scanner<'_> {
    /// `None` at the end of the script, and where it is too much to go on.
    fn step(&mut self) -> Option<()> {
        self.tokens.is_new_line = false;
        self.tokens.skip_blank();
        let start = u32::try_from(self.tokens.at).ok()?;
        let token = self.tokens.next(self.expected != Expected::Continuation)?;
        self.before = self.token.end;
        self.token = Span { start, end: u32::try_from(self.tokens.at).ok()? };
        if self.frames.len() > limits::SCRIPT_DEPTH_MAX
            || self.found.all.len() > limits::SCRIPT_FUNCTIONS_MAX
        {
            return None;
        }
        if self.tokens.is_new_line {
            self.end_statement_without_semicolon(token);
        }
        self.take(token);
        Some(())
    }

    fn take(&mut self, token: Token) {
        match token {
            Token::Word if self.expected == Expected::Property => self.property(),
            Token::Word if self.top().is_at_key() => self.key_word(),
            Token::Word => self.word(),
            Token::Private if self.top().is_at_key() => {
                let name = Span { start: self.token.start + 1, ..self.token };
                self.top().key = Some(Key::Private(name));
            }
            Token::Private => self.property(),
            Token::Number | Token::Text if self.top().is_at_key() => {
                self.top().key = Some(Key::Literal(self.token));
            }
            Token::Number | Token::Text | Token::Regex | Token::Template { ends: true } => {
                self.operand();
            }
            Token::Template { ends: false } => self.open(Kind::Template, Expected::Operand),
            Token::Arrow => self.arrow(),
            Token::Assign => self.assign(),
            Token::Step if self.expected == Expected::Continuation => self.top().chain = None,
            Token::Dot => self.expected = Expected::Property,
            Token::Spread => {
                self.top().member = Member::Value;
                self.expected = Expected::Operand;
            }
            Token::Mark(b'*') if self.top().is_at_key() || self.awaits_function_name() => {}
            Token::Mark(mark) => self.mark(mark),
            Token::Step | Token::Operator => self.expected = Expected::Operand,
        }
    }

    fn mark(&mut self, mark: u8) {
        match mark {
            b'(' => self.open_paren(),
            b')' => self.close_paren(),
            b'[' => self.open_list(),
            b']' => self.close_list(),
            b'{' => self.open_brace(),
            b'}' => self.close_brace(),
            b',' => self.comma(),
            b';' => self.semicolon(),
            b':' => self.colon(),
            b'?' => {
                self.top().ternaries += 1;
                self.expected = Expected::Operand;
            }
            _ => self.expected = Expected::Operand,
        }
    }

    /// The innermost frame. There always is one: the script's own is never closed.
    fn top(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(Kind::Block, 0));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn slice(&self, span: Span) -> &[u8] {
        let range = usize::try_from(span.start).ok().zip(usize::try_from(span.end).ok());
        range.and_then(|(start, end)| self.text.get(start..end)).unwrap_or_default()
    }

    fn operand(&mut self) {
        self.last_start = self.token.start;
        self.top().chain = None;
        self.expected = Expected::Continuation;
    }

    fn property(&mut self) {
        self.expected = Expected::Continuation;
    }

    fn awaits_function_name(&mut self) -> bool {
        matches!(self.top().opening, Some(Opening::Function { own_name: None, .. }))
    }

    /// A line that ends behind a value ends the statement when what follows cannot go on from it.
    fn end_statement_without_semicolon(&mut self, token: Token) {
        let starts_one = match token {
            Token::Word => !matches!(self.slice(self.token), b"in" | b"instanceof" | b"of" | b"as"),
            Token::Number | Token::Text | Token::Private | Token::Step => true,
            Token::Mark(mark) => mark == b'{' && self.top().opening.is_none(),
            _ => false,
        };
        if self.expected != Expected::Continuation || !starts_one || self.top().opening.is_some() {
            // A field of a class without a value.
            let is_class = matches!(self.top().kind, Kind::Class(_));
            let ends_field = is_class && self.top().is_at_key() && self.top().key.is_some();
            if ends_field && matches!(token, Token::Word | Token::Private) {
                self.top().start_over();
            }
            return;
        }
        self.close_arrows();
        let is_class = matches!(self.top().kind, Kind::Class(_));
        if self.top().holds_statements() || is_class {
            self.top().start_over();
            self.expected = Expected::Statement;
        }
    }

    /// A word where the key of a member stands.
    fn key_word(&mut self) {
        let next = self.tokens.peek();
        let is_whole = matches!(next, b'(' | b',' | b':' | b'}' | b'=' | b';' | 0);
        match self.slice(self.token) {
            b"get" if !is_whole => self.top().access = Access::Get,
            b"set" if !is_whole => self.top().access = Access::Set,
            b"async" | b"static" | b"accessor" if !is_whole => {}
            _ => {
                self.top().key = Some(Key::Name(self.token));
                self.expected = Expected::Continuation;
                self.last_start = self.token.start;
            }
        }
    }

    fn word(&mut self) {
        let at_statement = self.expected == Expected::Statement;
        let start = self.token.start;
        match self.slice(self.token) {
            b"function" => {
                let is_declaration = at_statement;
                self.top().opening =
                    Some(Opening::Function { start, own_name: None, is_declaration });
                self.expected = Expected::Operand;
            }
            b"class" => {
                let is_declaration = at_statement;
                self.top().opening = Some(Opening::Class {
                    start,
                    own_name: None,
                    is_declaration,
                    is_extended: false,
                });
                self.expected = Expected::Operand;
            }
            b"if" | b"for" | b"while" | b"with" | b"switch" | b"catch" => {
                // `catch` may be without, `for` may have an `await` in between.
                self.is_condition_next = self.tokens.peek() != b'{';
                self.expected = Expected::Operand;
            }
            b"else" | b"do" | b"try" | b"finally" | b"export" => {
                self.top().start_over();
                self.expected = Expected::Statement;
            }
            b"var" | b"let" | b"const" => {
                self.top().target = None;
                self.expected = Expected::Operand;
            }
            // Says something about the function behind it, or is an operator.
            b"async" => {}
            b"extends" => {
                if let Some(Opening::Class { is_extended, .. }) = &mut self.top().opening {
                    *is_extended = true;
                }
                self.expected = Expected::Operand;
            }
            b"return" | b"typeof" | b"instanceof" | b"in" | b"new" | b"delete" | b"void"
            | b"throw" | b"case" | b"yield" | b"await" | b"default" => {
                self.expected = Expected::Operand;
            }
            b"of" if self.expected == Expected::Continuation => self.expected = Expected::Operand,
            _ => self.name(),
        }
    }

    /// A name that is neither a keyword nor behind a dot.
    fn name(&mut self) {
        let token = self.token;
        self.expected = Expected::Continuation;
        if let Some(
            Opening::Function { own_name: name @ None, .. }
            | Opening::Class { own_name: name @ None, is_extended: false, .. },
        ) = &mut self.top().opening
        {
            *name = Some(token);
        } else {
            self.last_start = token.start;
            self.top().chain = Some(token.start);
        }
    }

    fn assign(&mut self) {
        let end = self.before;
        let has_value = self.expected == Expected::Continuation;
        let top = self.top();
        if top.is_at_key() {
            top.member = Member::Value;
        } else if let Some(start) = top.chain.take()
            && has_value
        {
            top.target = Some(Span { start, end });
        }
        self.expected = Expected::Operand;
    }

    fn arrow(&mut self) {
        let name = naming::of_function(self.text, &self.frames, None);
        let pending = Pending { start: self.last_start, name, is_declaration: false };
        if self.tokens.peek() == b'{' {
            self.top().opening = Some(Opening::Body(pending));
        } else {
            self.open(Kind::Arrow(pending), Expected::Operand);
        }
    }

    fn open(&mut self, kind: Kind, expected: Expected) {
        self.frames.push(Frame::new(kind, self.token.start));
        self.expected = expected;
    }

    fn open_paren(&mut self) {
        if let Some(Opening::Function { start, own_name, is_declaration }) = self.top().opening {
            self.top().opening = None;
            let name = naming::of_function(self.text, &self.frames, own_name);
            let pending = Pending { start, name, is_declaration };
            return self.open(Kind::Parameters(pending), Expected::Operand);
        }
        if self.top().is_at_key()
            && let Some(key) = self.top().key
        {
            let start = match key {
                Key::Name(span) | Key::Private(span) | Key::Literal(span) => span.start,
                Key::Computed => self.token.start,
            };
            let name = self.method_name(key);
            let pending = Pending { start, name, is_declaration: false };
            return self.open(Kind::Parameters(pending), Expected::Operand);
        }
        let is_condition = std::mem::take(&mut self.is_condition_next);
        self.top().chain = None;
        self.open(Kind::Paren { is_condition }, Expected::Operand);
    }

    /// The constructor of a class is what runs when an object is made.
    fn method_name(&mut self, key: Key) -> Vec<Part> {
        let is_constructor = matches!(key, Key::Name(name) if self.slice(name) == b"constructor");
        if is_constructor && let Kind::Class(class) = &self.top().kind {
            return class.name.clone();
        }
        naming::of_function(self.text, &self.frames, None)
    }

    fn close_paren(&mut self) {
        self.close_arrows();
        let is_paren = matches!(self.top().kind, Kind::Paren { .. } | Kind::Parameters(_));
        let Some(frame) = self.pop_if(is_paren) else { return };
        self.last_start = frame.opened;
        self.expected = Expected::Continuation;
        match frame.kind {
            Kind::Parameters(pending) => self.top().opening = Some(Opening::Body(pending)),
            Kind::Paren { is_condition: true } => self.expected = Expected::Statement,
            _ => {}
        }
    }

    fn open_list(&mut self) {
        if self.expected != Expected::Continuation {
            self.top().chain = None;
        }
        self.open(Kind::List, Expected::Operand);
    }

    fn close_list(&mut self) {
        self.close_arrows();
        let is_list = self.top().kind == Kind::List;
        let Some(frame) = self.pop_if(is_list) else { return };
        self.last_start = frame.opened;
        self.expected = Expected::Continuation;
        if self.top().is_at_key() {
            self.top().key = Some(Key::Computed);
        }
    }

    fn open_brace(&mut self) {
        match self.top().opening.take() {
            Some(Opening::Body(pending)) => self.open(Kind::Body(pending), Expected::Statement),
            Some(Opening::Class { start, own_name, is_declaration, .. }) => {
                let name = naming::of_class(self.text, &self.frames, own_name);
                let class = Class { start, own_name, name, is_declaration };
                self.open(Kind::Class(class), Expected::Statement);
            }
            _ if self.expected == Expected::Operand => self.open(Kind::Object, Expected::Operand),
            _ => self.open(Kind::Block, Expected::Statement),
        }
    }

    fn close_brace(&mut self) {
        self.close_arrows();
        let is_other =
            matches!(self.top().kind, Kind::Paren { .. } | Kind::Parameters(_) | Kind::List);
        let Some(frame) = self.pop_if(!is_other) else { return };
        let end = self.token.end;
        self.last_start = frame.opened;
        match frame.kind {
            Kind::Template => match self.tokens.template() {
                Token::Template { ends: false } => self.open(Kind::Template, Expected::Operand),
                _ => self.operand(),
            },
            Kind::Body(body) => {
                self.found.add(Span { start: body.start, end }, &body.name);
                self.last_start = body.start;
                self.end_body(body.is_declaration);
            }
            Kind::Class(class) => {
                self.found.add(Span { start: class.start, end }, &class.name);
                self.last_start = class.start;
                self.end_body(class.is_declaration);
            }
            Kind::Block => self.end_body(true),
            _ => {
                self.top().chain = None;
                self.expected = Expected::Continuation;
            }
        }
        // A template went on behind the brace.
        self.token.end = u32::try_from(self.tokens.at).unwrap_or(end);
    }

    /// Goes on behind the `}` of a block, a function, or a class.
    fn end_body(&mut self, is_statement: bool) {
        let top = self.top();
        top.chain = None;
        if matches!(top.kind, Kind::Class(_)) && top.member == Member::Key
            || top.holds_statements() && is_statement
        {
            top.start_over();
            self.expected = Expected::Statement;
        } else {
            top.member = Member::Value;
            self.expected = Expected::Continuation;
        }
    }

    /// The innermost frame, if it is the one to be closed and not the script's own.
    fn pop_if(&mut self, is_right: bool) -> Option<Frame> {
        if is_right && self.frames.len() > 1 { self.frames.pop() } else { None }
    }

    fn comma(&mut self) {
        self.close_arrows();
        let top = self.top();
        let key = top.key.filter(|_| top.kind != Kind::Object);
        top.start_over();
        top.key = key;
        if top.kind != Kind::Object {
            top.member = Member::Value;
        }
        self.expected = Expected::Operand;
    }

    fn semicolon(&mut self) {
        self.close_arrows();
        let top = self.top();
        if top.kind == Kind::Object {
            // No object holds one: it was a block.
            top.kind = Kind::Block;
        }
        top.start_over();
        let is_between = top.holds_statements() || top.holds_members();
        self.expected = if is_between { Expected::Statement } else { Expected::Operand };
    }

    fn colon(&mut self) {
        while matches!(self.top().kind, Kind::Arrow(_)) && self.top().ternaries == 0 {
            self.close_arrow();
        }
        self.expected = Expected::Operand;
        let top = self.top();
        if top.ternaries > 0 {
            top.ternaries -= 1;
        } else if top.is_at_key() {
            top.member = Member::Value;
        } else if top.holds_statements() {
            top.start_over();
            self.expected = Expected::Statement;
        }
    }

    /// Ends the arrows that have no bracket of their own, behind the last token.
    fn close_arrows(&mut self) {
        while matches!(self.top().kind, Kind::Arrow(_)) {
            self.close_arrow();
        }
    }

    fn close_arrow(&mut self) {
        if let Some(Frame { kind: Kind::Arrow(arrow), .. }) = self.pop_if(true) {
            let span = Span { start: arrow.start, end: self.before };
            self.found.add(span, &arrow.name);
            self.top().chain = None;
            self.expected = Expected::Continuation;
        }
    }
}
