//! JSON text into values that borrow from it.
//!
//! simd-json checks and unescapes the text in place and leaves a flat list of nodes (its tape); the
//! tree of [`Value`]s is built from that in one pass. What SDKs are known to send and JSON forbids
//! (broken UTF-8, half surrogate pairs) is repaired first and costs a few characters, not the event.

use std::borrow::Cow;

use model::json::{Object, Value};
use model::limits::{JSON_DEPTH_MAX, JSON_NODES_MAX};
use simd_json::{Buffers, ErrorType, INPUT_PADDING, Node, StaticNode, Tape, fill_tape_padded};

mod repair;

pub use repair::repair_non_finite;

/// Why a text was not read.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON.
    #[error("invalid JSON")]
    Syntax(#[source] simd_json::Error),
    /// Nested too deep to be read at all.
    #[error("JSON is nested deeper than {JSON_DEPTH_MAX} levels")]
    TooDeep,
    /// Too many values to be worth the memory.
    #[error("JSON has too many names and values")]
    TooManyNodes,
}

impl JsonError {
    /// True when the text may be JSON, but is too big or too deep to be read.
    pub fn is_over_limit(&self) -> bool {
        matches!(self, Self::TooDeep | Self::TooManyNodes)
    }
}

/// Reads one JSON document. `bytes` is scratch space afterwards: the value borrows from it.
///
/// # Errors
/// [`JsonError`] when the text is not JSON, or over a limit.
pub fn parse(bytes: &mut Vec<u8>) -> Result<Value<'_>, JsonError> {
    Parser::default().parse(bytes)
}

/// Reads one big JSON document as a flat list of nodes, of which the caller looks at each once. A tree
/// would take four times the memory.
pub(crate) fn nodes(bytes: &mut Vec<u8>) -> Result<Vec<Node<'_>>, JsonError> {
    repair::utf8(bytes);
    repair::lone_surrogates(bytes);
    let len = bytes.len();
    bytes.resize(len + INPUT_PADDING, 0);
    let mut tape = Tape(Vec::new());
    let mut buffers = Buffers::with_max_depth(0, JSON_DEPTH_MAX);
    match fill_tape_padded(bytes, len, &mut buffers, &mut tape) {
        Ok(()) => Ok(tape.0),
        Err(cause) if matches!(cause.error(), ErrorType::DepthLimitExceeded) => {
            Err(JsonError::TooDeep)
        }
        Err(cause) => Err(JsonError::Syntax(cause)),
    }
}

/// Memory that is used again from one document to the next. Worth keeping where many are read.
pub struct Parser {
    buffers: Buffers,
    tape: Tape<'static>,
    nodes_max: usize,
}

impl Default for Parser {
    fn default() -> Self {
        Self::with_nodes_max(JSON_NODES_MAX)
    }
}

impl std::fmt::Debug for Parser {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Parser").finish_non_exhaustive()
    }
}

impl Parser {
    /// A parser for documents of up to that many names and values.
    pub fn with_nodes_max(nodes_max: usize) -> Self {
        let buffers = Buffers::with_max_depth(0, JSON_DEPTH_MAX);
        Self { buffers, tape: Tape(Vec::new()), nodes_max }
    }

    /// Reads one JSON document, as [`parse`] does.
    ///
    /// # Errors
    /// [`JsonError`] when the text is not JSON, or over a limit.
    pub fn parse<'a>(&mut self, bytes: &'a mut Vec<u8>) -> Result<Value<'a>, JsonError> {
        repair::utf8(bytes);
        repair::lone_surrogates(bytes);
        let len = bytes.len();
        bytes.resize(len + INPUT_PADDING, 0);
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        let filled = fill_tape_padded(bytes, len, &mut self.buffers, &mut tape);
        let value = match filled {
            Ok(()) if tape.0.len() > self.nodes_max => Err(JsonError::TooManyNodes),
            Ok(()) => Ok(build(&mut tape.0.iter())),
            Err(cause) if matches!(cause.error(), ErrorType::DepthLimitExceeded) => {
                Err(JsonError::TooDeep)
            }
            Err(cause) => Err(JsonError::Syntax(cause)),
        };
        self.keep(tape);
        value
    }

    /// Keeps the tape's memory, unless one hostile document made it big.
    fn keep(&mut self, tape: Tape<'_>) {
        if tape.0.capacity() <= JSON_NODES_MAX {
            self.tape = tape.reset();
        } else {
            *self = Self::with_nodes_max(self.nodes_max);
        }
    }
}

/// Takes one value off the tape. Recursion ends where simd-json refused: at [`JSON_DEPTH_MAX`].
fn build<'a>(nodes: &mut std::slice::Iter<'_, Node<'a>>) -> Value<'a> {
    match nodes.next() {
        Some(Node::String(text)) => Value::Str(Cow::Borrowed(text)),
        Some(Node::Static(value)) => scalar(*value),
        Some(Node::Array { len, .. }) => {
            let mut items = Vec::with_capacity(*len);
            for _ in 0..*len {
                items.push(build(nodes));
            }
            Value::Array(items)
        }
        Some(Node::Object { len, .. }) => {
            let mut object = Object::with_capacity(*len);
            for _ in 0..*len {
                if let Some(Node::String(name)) = nodes.next() {
                    object.push(*name, build(nodes));
                }
            }
            Value::Object(object)
        }
        None => Value::Null,
    }
}

fn scalar(value: StaticNode) -> Value<'static> {
    match value {
        StaticNode::Null => Value::Null,
        StaticNode::Bool(value) => Value::Bool(value),
        StaticNode::I64(number) => Value::from(number),
        StaticNode::U64(number) => Value::U64(number),
        StaticNode::F64(number) => Value::from(number),
    }
}
