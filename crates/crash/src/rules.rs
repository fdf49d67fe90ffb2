//! Rules about how a function keeps the stack, as Breakpad writes them.
//!
//! `.cfa: $rsp 8 + .ra: .cfa -8 + ^ $rbx: .cfa -16 + ^` says, each in reverse Polish notation: where the
//! caller's frame is, where the address to return to is, what `rbx` was. `^` is what lies at an address.
//!
//! Source: "Symbol Files" of Breakpad's documentation, `STACK CFI` records.

use std::collections::BTreeMap;

use crate::limits::RULE_VALUES_MAX;
use crate::memory::Stack;
use crate::registers::Registers;

/// The caller's frame: its stack has its top there.
const FRAME: &str = ".cfa";
/// The address to return to.
const RETURN: &str = ".ra";

/// Rules that hold at one instruction, by what they say something about.
#[derive(Debug, Default)]
pub(crate) struct Rules<'t>(BTreeMap<&'t str, Vec<&'t str>>);

impl<'t> Rules<'t> {
    /// Adds rules; they replace those about the same.
    pub(crate) fn add(&mut self, text: &'t str) {
        let mut about = None;
        for word in text.split_ascii_whitespace() {
            if let Some(name) = word.strip_suffix(':') {
                let name = name.strip_prefix('$').unwrap_or(name);
                self.0.insert(name, Vec::new());
                about = Some(name);
            } else if let Some(rule) = about.and_then(|name| self.0.get_mut(name)) {
                rule.push(word);
            }
        }
    }

    /// The registers of the caller. `None` when the rules do not lead to it.
    pub(crate) fn caller(&self, callee: &Registers, stack: &Stack<'_>) -> Option<Registers> {
        let frame = value(self.0.get(FRAME)?, callee, stack, None)?;
        let to = value(self.0.get(RETURN)?, callee, stack, Some(frame))?;
        let mut caller = callee.of_caller();
        let (program, top) = (caller.architecture.program, caller.architecture.stack);
        caller.set(top, Some(frame));
        for (name, rule) in &self.0 {
            if ![FRAME, RETURN].contains(name) {
                caller.set(name, value(rule, callee, stack, Some(frame)));
            }
        }
        caller.set(program, Some(to));
        Some(caller)
    }
}

/// What an operation makes of two values.
pub(crate) fn combined(operation: &str, left: u64, right: u64) -> Option<u64> {
    match operation {
        "+" => Some(left.wrapping_add(right)),
        "-" => Some(left.wrapping_sub(right)),
        "*" => Some(left.wrapping_mul(right)),
        "/" => left.checked_div(right),
        "%" => left.checked_rem(right),
        // Down to a multiple of a power of two.
        "@" if right.is_power_of_two() => Some(left & !(right - 1)),
        _ => None,
    }
}

fn value(
    rule: &[&str],
    registers: &Registers,
    stack: &Stack<'_>,
    frame: Option<u64>,
) -> Option<u64> {
    let word = registers.architecture.word;
    let mut values: Vec<u64> = Vec::new();
    for step in rule {
        let made = match *step {
            "+" | "-" | "*" | "/" | "%" | "@" => {
                let (right, left) = (values.pop()?, values.pop()?);
                combined(step, left, right)?
            }
            "^" => stack.word(values.pop()?, word)?,
            FRAME => frame?,
            name => match name.parse::<i64>() {
                Ok(number) => number.cast_unsigned(),
                Err(_) => registers.get(name.strip_prefix('$').unwrap_or(name))?,
            },
        };
        if values.len() >= RULE_VALUES_MAX {
            return None;
        }
        values.push(if word == 4 { made & 0xffff_ffff } else { made });
    }
    let [value] = *values else { return None };
    Some(value)
}
