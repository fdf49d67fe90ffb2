//! SQL without what varies: values, lists of columns, aliases, qualifiers, comments, white space.
//!
//! A parser for every dialect would be too slow for tens of thousands of queries a second, and would
//! still refuse what the next database allows. So this reads tokens once, keeps a stack of
//! parentheses, and knows of each only what it is a list of. The result for common statements is that
//! of Sentry's parser. What has unbalanced parentheses, because it was cut, is only freed of its
//! values.
//!
//! Source: Relay's tests of SQL descriptions, as summed up in our reference.

mod condition;
mod keyword;
mod lexer;
mod piece;
mod statement;

pub(super) use lexer::Dialect;
pub(super) use piece::is_uuid;
pub(super) use statement::normalise;

use keyword::keyword;
use lexer::{Lexer, Token};
use piece::Piece;

/// A normalised statement.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sql {
    /// The statement.
    pub(super) text: String,
    /// The first word that says what is done, in capitals: `SELECT`; empty if there is none.
    pub(super) verb: &'static str,
    /// The tables, sorted, each once, as `,a,b,`; empty without tables.
    pub(super) tables: String,
}

/// Whether a text begins like a statement.
pub(super) fn is_sql(text: &str, dialect: Dialect) -> bool {
    let mut lexer = Lexer::new(text, dialect);
    let first = lexer.find(|token| *token != Token::Open);
    matches!(first, Some(Token::Word(word)) if keyword(word).is_some_and(keyword::Keyword::is_verb))
        && !lexer.is_before_dot()
}

/// Only literals, quotes and comments are taken out; lists of literals become one.
pub(super) fn without_values(text: &str, dialect: Dialect) -> String {
    let mut pieces: Vec<Piece<'_>> = Vec::with_capacity(text.len() / 4);
    let mut lexer = Lexer::new(text, dialect);
    let mut is_qualified = false;
    while let Some(token) = lexer.next() {
        let piece = match token {
            Token::Word(_) | Token::Quoted(_) if lexer.is_before_dot() => {
                is_qualified = true;
                continue;
            }
            Token::Word(name) | Token::Quoted(name) if keyword(name).is_some() => {
                Piece::Target(name)
            }
            Token::Word(name) => Piece::Name(name),
            Token::Quoted(name) if piece::is_plain(name) => Piece::Name(name),
            Token::Quoted(name) => Piece::Quoted(name),
            Token::Literal => {
                if let [.., Piece::Literal, Piece::Comma] = pieces.as_slice() {
                    pieces.pop();
                    continue;
                }
                Piece::Literal
            }
            Token::Elided => Piece::Elided,
            Token::Ellipsis => Piece::Sign("..."),
            Token::Dot if is_qualified => continue,
            Token::Dot => Piece::Sign("."),
            Token::Comma => Piece::Comma,
            Token::Semicolon => Piece::Semicolon,
            Token::Open => Piece::Open,
            Token::Close => Piece::Close,
            Token::OpenBracket => Piece::OpenBracket,
            Token::CloseBracket => Piece::CloseBracket,
            Token::Cast => Piece::Sign("::"),
            Token::Sign(sign) => Piece::Sign(sign),
        };
        is_qualified = false;
        pieces.push(piece);
    }
    piece::write(&pieces, text.len())
}
