//! Reads a statement from left to right and writes down what of it says what is done.

use super::condition::{Chain, Operator};
use super::keyword::{Keyword, Role, keyword};
use super::lexer::{Dialect, Lexer, Token};
use super::piece::{Piece, is_plain, scrubbed, write};
use super::{Sql, without_values};

/// Parentheses in parentheses; what is deeper is not taken apart.
const DEPTH_MAX: usize = 64;
/// Tables that are named; further ones are not.
const TABLES_MAX: usize = 16;

/// What a pair of parentheses is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Arguments, a query, anything; also the statement itself.
    Any,
    /// A condition or a part of one.
    Condition,
    /// Values behind `IN`.
    Members,
    /// The first row behind `VALUES`.
    Values,
    /// Another row.
    MoreValues,
    /// The columns that are written to.
    Columns,
    /// Those of `DISTINCT ON`.
    Quantifier,
    /// Square brackets.
    Brackets,
}

/// What is being listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clause {
    Other,
    Columns,
    Tables,
    Target,
    Assignments,
    Values,
}

/// Whose names say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    Nothing,
    Next,
    Everything,
}

/// One level of parentheses.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what is known of a level, each by itself")]
struct Frame {
    purpose: Purpose,
    /// Where its opening parenthesis is.
    open: usize,
    clause: Clause,
    /// Where the column or assignment begins that is being read.
    item: usize,
    /// Where the columns begin that can become `..`; or the assignments.
    list: Option<usize>,
    /// How many assignments there are, and whether all can become `..`.
    assignments: usize,
    all_simple: bool,
    chain: Option<Chain>,
    expects_table: bool,
    in_between: bool,
    more_values: bool,
}

impl Frame {
    fn new(purpose: Purpose, open: usize) -> Self {
        Self {
            purpose,
            open,
            clause: Clause::Other,
            item: open,
            list: None,
            assignments: 0,
            all_simple: true,
            chain: None,
            expects_table: false,
            in_between: false,
            more_values: false,
        }
    }
}

struct Statement<'a> {
    lexer: Lexer<'a>,
    pieces: Vec<Piece<'a>>,
    frame: Frame,
    outer: Vec<Frame>,
    tables: Vec<&'a str>,
    verb: &'static str,
    naming: Naming,
    after_dot: bool,
    /// True once a `CASE` had no `END`: the next ones are not searched for theirs.
    cases_are_open: bool,
}

/// Takes out of a statement what varies. Where parentheses do not match or are too deep, that is only
/// its values.
pub(in crate::span::description) fn normalise(text: &str, dialect: Dialect) -> Sql {
    let mut statement = Statement {
        lexer: Lexer::new(text, dialect),
        pieces: Vec::with_capacity(text.len() / 4),
        frame: Frame::new(Purpose::Any, 0),
        outer: Vec::new(),
        tables: Vec::new(),
        verb: "",
        naming: Naming::Nothing,
        after_dot: false,
        cases_are_open: false,
    };
    let is_whole = statement.read().is_some();
    Sql {
        text: if is_whole {
            write(&statement.pieces, text.len())
        } else {
            without_values(text, dialect)
        },
        verb: statement.verb,
        tables: listed(&statement.tables),
    }
}

/// `,a,b,`
fn listed(tables: &[&str]) -> String {
    let mut tables: Vec<_> = tables.iter().map(|table| scrubbed(table)).collect();
    tables.sort_unstable();
    tables.dedup();
    if tables.is_empty() {
        return String::new();
    }
    let mut out = String::from(",");
    for table in tables {
        out.push_str(&table);
        out.push(',');
    }
    out
}

impl<'a> Statement<'a> {
    /// `None` when parentheses do not match or are too deep.
    fn read(&mut self) -> Option<()> {
        while let Some(token) = self.lexer.next() {
            self.take(token)?;
        }
        self.end_clause();
        while let Some(Piece::Semicolon) = self.pieces.last() {
            self.pieces.pop();
        }
        self.outer.is_empty().then_some(())
    }

    fn take(&mut self, token: Token<'a>) -> Option<()> {
        let after_dot = std::mem::take(&mut self.after_dot);
        match token {
            Token::Word(_) | Token::Quoted(_) if self.lexer.is_before_dot() => {}
            Token::Word(word) => match self.meaning(word) {
                Some(_) if after_dot => self.name(Piece::Quoted(word), word),
                Some(keyword) => self.keyword(keyword),
                None => self.name(Piece::Name(word), word),
            },
            Token::Quoted(name) if self.needs_no_quotes(name) => {
                self.name(Piece::Name(name), name);
            }
            Token::Quoted(name) => self.name(Piece::Quoted(name), name),
            Token::Literal => self.literal(),
            Token::Elided => self.pieces.push(Piece::Elided),
            Token::Ellipsis => self.pieces.push(Piece::Sign("...")),
            Token::Dot => self.after_dot = true,
            Token::Comma => self.comma(),
            Token::Semicolon => self.semicolon(),
            Token::Open => self.open()?,
            Token::Close => self.close(false)?,
            Token::OpenBracket => {
                self.descend(Purpose::Brackets)?;
                self.pieces.push(Piece::OpenBracket);
            }
            Token::CloseBracket => self.close(true)?,
            Token::Cast => self.skip_type(),
            Token::Sign("!=") => self.pieces.push(Piece::Sign("<>")),
            Token::Sign(sign) => self.pieces.push(Piece::Sign(sign)),
        }
        Some(())
    }

    fn last(&self) -> Option<Piece<'a>> {
        self.pieces.last().copied()
    }

    fn is_behind(&self, keyword: &str) -> bool {
        self.last().is_some_and(|last| last.is_keyword(keyword))
    }

    /// Whether a statement begins here.
    fn is_start(&self) -> bool {
        matches!(self.last(), None | Some(Piece::Semicolon))
    }

    /// The keyword that a word is at this place.
    fn meaning(&self, word: &str) -> Option<Keyword> {
        let keyword = keyword(word)?;
        let is_asked = || matches!(self.last(), Some(Piece::Keyword(last)) if last.asks());
        let is_one = match keyword.role {
            Role::Contextual => is_asked() && !self.takes_as_table(keyword),
            Role::Opening => self.is_start() || is_asked() && !self.takes_as_table(keyword),
            Role::Naming if keyword.text == "TO" => !self.takes_as_table(keyword),
            Role::Naming => {
                self.is_start()
                    || self.is_behind("RELEASE")
                    || self.is_behind("TO")
                    || self.is_behind("ROLLBACK")
            }
            // `MySQL`'s function in `ON DUPLICATE KEY UPDATE a = VALUES(a)`
            Role::Values => !matches!(self.last(), Some(Piece::Sign(_))),
            Role::Silent => self.lexer.is_before("JOIN") || self.lexer.is_before("OUTER"),
            Role::Clause if matches!(keyword.text, "LEFT" | "RIGHT") => {
                self.lexer.peek() != Some(b'(')
            }
            _ => !self.takes_as_table(keyword),
        };
        is_one.then_some(keyword)
    }

    /// Whether a name would be taken for itself without quotes; `END` could end a `CASE`.
    fn needs_no_quotes(&self, name: &str) -> bool {
        is_plain(name) && self.meaning(name).is_none() && !name.eq_ignore_ascii_case("END")
    }

    /// Where a table must follow, most keywords are its name.
    fn takes_as_table(&self, keyword: Keyword) -> bool {
        self.frame.expects_table
            && !matches!(
                keyword.role,
                Role::Select
                    | Role::From
                    | Role::Into
                    | Role::Where
                    | Role::Set
                    | Role::Values
                    | Role::And
                    | Role::Or
                    | Role::Case
                    | Role::As
                    | Role::Join
                    | Role::Silent
                    | Role::Update
                    | Role::Literal
            )
            && !matches!(
                keyword.text,
                "LATERAL"
                    | "ONLY"
                    | "IF"
                    | "NOT"
                    | "EXISTS"
                    | "IGNORE"
                    | "OVERWRITE"
                    | "NULL"
                    | "LEFT"
                    | "RIGHT"
                    | "CROSS"
                    | "FULL"
                    | "NATURAL"
            )
    }

    fn keyword(&mut self, keyword: Keyword) {
        self.note_verb(keyword);
        let piece = Piece::Keyword(keyword);
        match keyword.role {
            Role::Select => self.select(piece),
            Role::Quantifier => {
                self.pieces.push(piece);
                if self.frame.clause == Clause::Columns && self.frame.item + 1 == self.pieces.len()
                {
                    self.frame.item = self.pieces.len();
                }
            }
            Role::From => self.from(piece),
            Role::Join => self.begin(piece, Clause::Tables, true),
            Role::Silent => {}
            Role::Into => self.begin(piece, Clause::Target, self.naming != Naming::Everything),
            Role::Update => self.update(piece),
            Role::Where => self.condition(piece),
            Role::And | Role::Or => self.joint(keyword),
            Role::Between => {
                self.frame.in_between = true;
                self.pieces.push(piece);
            }
            Role::Set => self.assignments(piece),
            Role::Values => self.values(piece),
            Role::Case => self.case(piece),
            Role::As | Role::Plain | Role::In | Role::Opening => self.pieces.push(piece),
            Role::Contextual => {
                self.pieces.push(piece);
                self.frame.expects_table |= keyword.text == "TABLE";
                if keyword.text == "TABLE" {
                    self.frame.clause = Clause::Other;
                }
            }
            Role::Literal => self.literal(),
            Role::Clause => self.begin(piece, Clause::Other, false),
            Role::Naming => {
                let is_naming = keyword.text != "TO" || self.is_behind("ROLLBACK");
                self.pieces.push(piece);
                self.naming = if is_naming { Naming::Next } else { self.naming };
            }
            Role::Fetch => {
                let is_start = self.is_start();
                self.begin(piece, Clause::Other, false);
                self.naming = if is_start { Naming::Everything } else { self.naming };
            }
        }
    }

    /// The first verb; behind `WITH …` that of the statement proper.
    fn note_verb(&mut self, keyword: Keyword) {
        let is_proper = self.outer.is_empty()
            && matches!(keyword.text, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "MERGE");
        if self.verb.is_empty() && keyword.is_verb() || self.verb == "WITH" && is_proper {
            self.verb = keyword.text;
        }
    }

    /// Ends what was listed and lists something else.
    fn begin(&mut self, piece: Piece<'a>, clause: Clause, expects_table: bool) {
        self.end_clause();
        self.pieces.push(piece);
        self.frame.clause = clause;
        self.frame.expects_table = expects_table;
        self.frame.item = self.pieces.len();
    }

    fn select(&mut self, piece: Piece<'a>) {
        if self.frame.purpose == Purpose::Condition {
            self.frame.purpose = Purpose::Any;
            self.frame.chain = None;
        }
        self.begin(piece, Clause::Columns, false);
        self.frame.list = None;
    }

    /// `FROM` also occurs in `EXTRACT(… FROM …)` and `IS DISTINCT FROM`, where it lists no tables.
    fn from(&mut self, piece: Piece<'a>) {
        let is_list = self.frame.purpose == Purpose::Any && !self.is_behind("DISTINCT");
        let is_statement =
            self.outer.is_empty() || self.frame.clause != Clause::Other || self.is_behind("DELETE");
        if is_list && is_statement {
            self.begin(piece, Clause::Tables, self.naming != Naming::Everything);
        } else {
            self.pieces.push(piece);
        }
    }

    /// `UPDATE` begins a statement, or the assignments of `ON DUPLICATE KEY UPDATE`, or says what a
    /// lock is for.
    fn update(&mut self, piece: Piece<'a>) {
        match self.last() {
            None | Some(Piece::Semicolon | Piece::Open | Piece::Close) => {
                self.begin(piece, Clause::Tables, true);
            }
            Some(last) if last.is_keyword("EXPLAIN") || last.is_keyword("ANALYZE") => {
                self.begin(piece, Clause::Tables, true);
            }
            Some(last) if last.is_keyword("KEY") => self.assignments(piece),
            _ => self.pieces.push(piece),
        }
    }

    fn condition(&mut self, piece: Piece<'a>) {
        if self.is_behind("DISTINCT") && self.frame.clause == Clause::Columns {
            self.pieces.push(piece);
            return;
        }
        let clause = match (self.frame.clause, piece.is_keyword("ON")) {
            (Clause::Tables, true) => Clause::Tables,
            _ => Clause::Other,
        };
        self.begin(piece, clause, false);
        self.frame.chain = Some(Chain::new(self.pieces.len()));
    }

    fn joint(&mut self, keyword: Keyword) {
        let is_and = keyword.role == Role::And;
        if is_and && std::mem::take(&mut self.frame.in_between) {
            self.pieces.push(Piece::Keyword(keyword));
            return;
        }
        let operator = if is_and { Operator::And } else { Operator::Or };
        match &mut self.frame.chain {
            Some(chain) => chain.join(operator, &mut self.pieces),
            None => self.pieces.push(if is_and { Piece::And } else { Piece::Or }),
        }
    }

    fn assignments(&mut self, piece: Piece<'a>) {
        self.begin(piece, Clause::Assignments, false);
        self.frame.list = Some(self.pieces.len());
        self.frame.assignments = 0;
        self.frame.all_simple = true;
    }

    fn values(&mut self, piece: Piece<'a>) {
        let has_no_columns = matches!(self.last(), Some(Piece::Target(_)));
        self.begin(piece, Clause::Values, false);
        if has_no_columns {
            self.pieces.pop();
            self.pieces.extend([Piece::Open, Piece::Elided, Piece::Close, piece]);
        }
    }

    /// All of `CASE … END` becomes one piece.
    fn case(&mut self, piece: Piece<'a>) {
        match self.behind_case() {
            Some(behind) => {
                self.lexer = behind;
                self.pieces.push(Piece::Case);
            }
            None => self.pieces.push(piece),
        }
    }

    fn behind_case(&mut self) -> Option<Lexer<'a>> {
        if self.cases_are_open {
            return None;
        }
        let mut ahead = self.lexer.clone();
        let (mut cases, mut depth) = (1_usize, 0_usize);
        while let Some(token) = ahead.next() {
            match token {
                Token::Word(word) if word.eq_ignore_ascii_case("CASE") => cases += 1,
                Token::Word(word) if word.eq_ignore_ascii_case("END") => {
                    cases -= 1;
                    if cases == 0 && depth == 0 {
                        return Some(ahead);
                    } else if cases == 0 {
                        break;
                    }
                }
                Token::Open => depth += 1,
                Token::Close if depth == 0 => break,
                Token::Close => depth -= 1,
                _ => {}
            }
        }
        self.cases_are_open = true;
        None
    }

    fn name(&mut self, piece: Piece<'a>, name: &'a str) {
        if self.naming != Naming::Nothing {
            self.literal();
            return;
        }
        if self.is_alias() {
            return;
        }
        let mut piece = piece;
        if self.frame.expects_table {
            self.frame.expects_table = false;
            if self.lexer.peek() != Some(b'(') || self.frame.clause != Clause::Tables {
                self.note_table(name);
            }
            if self.frame.clause != Clause::Tables && matches!(piece, Piece::Name(_)) {
                piece = Piece::Target(name);
            }
        } else if self.frame.clause == Clause::Tables
            && self.frame.chain.is_none()
            && self.ends_operand()
        {
            self.pieces.push(Piece::Keyword(AS));
        }
        self.pieces.push(piece);
    }

    /// Whether a name here is only what the column before is called; `AS` is gone then.
    fn is_alias(&mut self) -> bool {
        if self.frame.clause != Clause::Columns || self.frame.item >= self.pieces.len() {
            return false;
        }
        if self.last().is_some_and(|last| last.has_role(Role::As)) {
            self.pieces.pop();
            return true;
        }
        self.ends_operand()
    }

    /// Whether the last piece is a whole value or ends one.
    fn ends_operand(&self) -> bool {
        self.last().is_some_and(|last| last.is_name() || matches!(last, Piece::Close | Piece::Case))
    }

    fn note_table(&mut self, name: &'a str) {
        if self.tables.len() < TABLES_MAX && !self.tables.contains(&name) {
            self.tables.push(name);
        }
    }

    fn literal(&mut self) {
        if self.naming == Naming::Next {
            self.naming = Naming::Nothing;
        }
        self.frame.expects_table = false;
        if self.frame.clause == Clause::Columns
            && self.last().is_some_and(|last| last.has_role(Role::As))
        {
            self.pieces.pop();
            return;
        }
        while let [before @ .., Piece::Sign("-" | "+")] = self.pieces.as_slice()
            && before.last().is_none_or(|before| !is_operand(*before))
        {
            self.pieces.pop();
        }
        self.pieces.push(Piece::Literal);
    }

    fn comma(&mut self) {
        self.end_item();
        match self.frame.clause {
            Clause::Tables => {
                self.end_chain();
                self.frame.expects_table = true;
            }
            Clause::Values
                if matches!(self.last(), Some(Piece::Close)) && self.lexer.peek() == Some(b'(') =>
            {
                self.frame.more_values = true;
                return;
            }
            _ if self.frame.purpose == Purpose::Condition => self.frame.chain = None,
            Clause::Other => self.end_chain(),
            _ => {}
        }
        self.pieces.push(Piece::Comma);
        self.frame.item = self.pieces.len();
    }

    fn semicolon(&mut self) {
        self.end_clause();
        self.naming = Naming::Nothing;
        self.frame.expects_table = false;
        if !self.is_start() {
            self.pieces.push(Piece::Semicolon);
        }
    }

    fn open(&mut self) -> Option<()> {
        let length = self.pieces.len();
        let purpose = match self.last() {
            _ if std::mem::take(&mut self.frame.more_values) => Purpose::MoreValues,
            Some(last) if last.has_role(Role::In) => Purpose::Members,
            Some(last) if last.has_role(Role::Values) && self.frame.clause == Clause::Values => {
                Purpose::Values
            }
            Some(last) if last.is_keyword("ON") && self.frame.clause == Clause::Columns => {
                Purpose::Quantifier
            }
            Some(Piece::Target(_)) if self.frame.clause == Clause::Target => Purpose::Columns,
            _ if self.frame.chain.as_ref().is_some_and(|chain| chain.is_at_term(length)) => {
                Purpose::Condition
            }
            _ => Purpose::Any,
        };
        let is_table = std::mem::take(&mut self.frame.expects_table);
        self.descend(purpose)?;
        self.pieces.push(Piece::Open);
        if is_table {
            self.frame.clause = Clause::Tables;
            self.frame.expects_table = true;
        }
        if purpose == Purpose::Condition {
            self.frame.chain = Some(Chain::new(self.pieces.len()));
        }
        Some(())
    }

    fn descend(&mut self, purpose: Purpose) -> Option<()> {
        if self.outer.len() >= DEPTH_MAX {
            return None;
        }
        let frame = Frame::new(purpose, self.pieces.len());
        self.outer.push(std::mem::replace(&mut self.frame, frame));
        Some(())
    }

    fn close(&mut self, is_bracket: bool) -> Option<()> {
        self.end_clause();
        let frame = std::mem::replace(&mut self.frame, self.outer.pop()?);
        if is_bracket != (frame.purpose == Purpose::Brackets) {
            return None;
        }
        let inside = self.pieces.get(frame.open + 1..).unwrap_or_default();
        let is_query = inside
            .first()
            .is_some_and(|first| first.has_role(Role::Select) || first.is_keyword("WITH"));
        match frame.purpose {
            Purpose::Members | Purpose::Brackets
                if !inside.is_empty() && inside.iter().all(|piece| is_value(*piece)) =>
            {
                self.replace(frame.open + 1, Piece::Literal);
            }
            Purpose::Values if !is_query => self.replace(frame.open + 1, Piece::Literal),
            Purpose::Columns if !is_query => self.replace(frame.open + 1, Piece::Elided),
            Purpose::MoreValues => {
                self.pieces.truncate(frame.open);
                return Some(());
            }
            _ => {}
        }
        self.pieces.push(if is_bracket { Piece::CloseBracket } else { Piece::Close });
        if frame.purpose == Purpose::Quantifier {
            self.frame.item = self.pieces.len();
        }
        Some(())
    }

    /// One piece instead of all from `start`.
    fn replace(&mut self, start: usize, piece: Piece<'a>) {
        self.pieces.truncate(start);
        self.pieces.push(piece);
    }

    fn end_clause(&mut self) {
        self.end_item();
        if self.frame.clause == Clause::Assignments
            && self.frame.assignments > 1
            && self.frame.all_simple
            && let Some(list) = self.frame.list
        {
            self.replace(list, Piece::Elided);
        }
        self.end_chain();
        self.frame.list = None;
        self.frame.clause = Clause::Other;
        self.frame.in_between = false;
    }

    fn end_chain(&mut self) {
        let in_parentheses = self.frame.purpose == Purpose::Condition;
        if let Some(chain) = self.frame.chain.take() {
            chain.end(in_parentheses, &mut self.pieces);
        }
    }

    /// A column or an assignment is complete.
    fn end_item(&mut self) {
        let item = self.pieces.get(self.frame.item..).unwrap_or_default();
        match self.frame.clause {
            Clause::Columns => match (item, self.frame.list) {
                ([one], Some(list)) if is_column(*one) => self.replace(list, Piece::Elided),
                ([one], None) if is_column(*one) => self.frame.list = Some(self.frame.item),
                _ => self.frame.list = None,
            },
            Clause::Assignments => {
                self.frame.assignments += 1;
                self.frame.all_simple &= match item {
                    [Piece::Elided] => true,
                    [name, Piece::Sign("="), value] => {
                        name.is_name()
                            && (value.is_name() || is_value(*value) || value.is_keyword("DEFAULT"))
                    }
                    _ => false,
                };
            }
            _ => {}
        }
    }

    /// Skips the type behind `::`.
    fn skip_type(&mut self) {
        let Some(name) = self.skip_if(|token| matches!(token, Token::Word(_) | Token::Quoted(_)))
        else {
            return;
        };
        while self.skip_if(|token| token == Token::Dot).is_some() {
            self.skip_if(|token| matches!(token, Token::Word(_) | Token::Quoted(_)));
        }
        if let Token::Word(word) = name
            && let Some((_, second)) =
                TYPES_OF_TWO_WORDS.iter().find(|(first, _)| first.eq_ignore_ascii_case(word))
        {
            self.skip_word(second);
        }
        if self.lexer.peek() == Some(b'(') {
            while self
                .skip_if(|token| matches!(token, Token::Open | Token::Literal | Token::Comma))
                .is_some()
            {}
            self.skip_if(|token| token == Token::Close);
        }
        if self.skip_word("with") || self.skip_word("without") {
            self.skip_word("time");
            self.skip_word("zone");
        }
        while self.skip_if(|token| token == Token::OpenBracket).is_some() {
            self.skip_if(|token| token == Token::Literal);
            self.skip_if(|token| token == Token::CloseBracket);
        }
    }

    fn skip_if(&mut self, accepted: impl Fn(Token<'a>) -> bool) -> Option<Token<'a>> {
        let mut ahead = self.lexer.clone();
        let token = ahead.next().filter(|token| accepted(*token))?;
        self.lexer = ahead;
        Some(token)
    }

    fn skip_word(&mut self, expected: &str) -> bool {
        self.skip_if(
            |token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(expected)),
        )
        .is_some()
    }
}

const AS: Keyword = Keyword { text: "AS", role: Role::As };

const TYPES_OF_TWO_WORDS: [(&str, &str); 2] = [("double", "precision"), ("character", "varying")];

/// Whether a list of such columns says no more than `..`.
fn is_column(piece: Piece<'_>) -> bool {
    piece.is_name() || piece.is_keyword("NULL") || matches!(piece, Piece::Elided)
}

/// Whether it is a value, or holds values together.
fn is_value(piece: Piece<'_>) -> bool {
    matches!(
        piece,
        Piece::Literal
            | Piece::Comma
            | Piece::Open
            | Piece::Close
            | Piece::OpenBracket
            | Piece::CloseBracket
    ) || piece.is_keyword("NULL")
}

/// Whether a sign behind it is an operation, not part of a number.
fn is_operand(piece: Piece<'_>) -> bool {
    piece.is_name()
        || matches!(piece, Piece::Literal | Piece::Close | Piece::CloseBracket | Piece::Case)
}
