//! Rules about how a function keeps the stack on 32-bit Windows, as Breakpad writes them.
//!
//! `STACK WIN 4 1000 12 0 0 4 0 0 0 1 $T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =` says of the 0x12 bytes
//! from 0x1000 on: how long the start and the end of the function are, the bytes of its parameters, of the
//! registers it saved, of its variables, the most it uses, that a program follows, and the program:
//! assignments in reverse Polish notation.
//!
//! Source: "Symbol Files" of Breakpad's documentation, `STACK WIN` records, and its
//! `stackwalker_x86.cc` for what the names in programs stand for.

use std::collections::BTreeMap;

use crate::limits::RULE_VALUES_MAX;
use crate::memory::Stack;
use crate::registers::Registers;
use crate::rules::combined;

/// Of a function of which only the sizes are known.
const WITHOUT_PROGRAM: &str = "$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =";

/// What a record says about one function.
#[derive(Debug)]
pub(crate) struct Record<'t> {
    parameters: u64,
    saved: u64,
    variables: u64,
    program: &'t str,
}

impl<'t> Record<'t> {
    /// Reads what follows the instructions: sizes, and perhaps a program.
    pub(crate) fn read(text: &'t str) -> Option<Self> {
        let mut words = text.splitn(8, ' ');
        let mut number = || Some(u64::from(u32::from_str_radix(words.next()?, 16).ok()?));
        let (_start, _end) = (number()?, number()?);
        let (parameters, saved, variables) = (number()?, number()?, number()?);
        let (_most, has_program) = (number()?, number()? == 1);
        let rest = words.next().unwrap_or_default();
        let program = if has_program { rest } else { WITHOUT_PROGRAM };
        Some(Self { parameters, saved, variables, program })
    }

    /// The registers of the caller. `None` when the program does not lead to it.
    pub(crate) fn caller(&self, callee: &Registers, stack: &Stack<'_>) -> Option<Registers> {
        let values = self.run(callee, stack)?;
        let mut caller = callee.of_caller();
        // Without them there is no caller; what else functions leave alone is as it was.
        let (program, top) = (values.get("$eip")?, values.get("$esp")?);
        for name in ["ebp", "ebx", "esi", "edi"] {
            if let Some(value) = values.get(format!("${name}").as_str()) {
                caller.set(name, Some(*value));
            }
        }
        caller.set("eip", Some(*program));
        caller.set("esp", Some(*top));
        caller.parameters = self.parameters;
        Some(caller)
    }

    /// What the program assigns.
    fn run(&self, callee: &Registers, stack: &Stack<'_>) -> Option<BTreeMap<&'t str, u64>> {
        let known = |name: &str| match name {
            // Above what the function keeps, and the parameters of the one that it called.
            ".raSearch" | ".raSearchStart" => {
                let kept = callee.parameters + self.variables + self.saved;
                callee.get("esp")?.checked_add(kept)
            }
            ".cbParams" => Some(self.parameters),
            ".cbLocals" => Some(self.variables),
            ".cbSavedRegs" => Some(self.saved),
            name => match name.parse::<i64>() {
                Ok(number) => Some(number.cast_unsigned()),
                Err(_) => callee.get(name.strip_prefix('$')?),
            },
        };
        let mut assigned = BTreeMap::new();
        // A word may be a value or what is assigned to; only `=` tells.
        let mut words: Vec<(&str, Option<u64>)> = Vec::new();
        for step in self.program.split_ascii_whitespace() {
            let value = match step {
                "=" => {
                    let ((_, value), (name, _)) = (words.pop()?, words.pop()?);
                    if !name.starts_with('$') {
                        return None;
                    }
                    assigned.insert(name, value?);
                    continue;
                }
                "^" => stack.word(words.pop()?.1?, 4)?,
                "+" | "-" | "*" | "/" | "%" | "@" => {
                    let (right, left) = (words.pop()?.1?, words.pop()?.1?);
                    combined(step, left, right)?
                }
                name => {
                    let value = assigned.get(name).copied().or_else(|| known(name));
                    words.push((name, value.map(|value| value & 0xffff_ffff)));
                    if words.len() > RULE_VALUES_MAX {
                        return None;
                    }
                    continue;
                }
            };
            words.push(("", Some(value & 0xffff_ffff)));
        }
        words.is_empty().then_some(assigned)
    }
}
