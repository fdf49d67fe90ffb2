//! What debug files say about how functions keep the stack.

use std::collections::HashMap;

use symbols::DebugId;
use symbols::native::Unwind;

use crate::memory::Stack;
use crate::registers::Registers;
use crate::rules::Rules;
use crate::windows::Record;

const FIRST: &str = "STACK CFI INIT ";
const NEXT: &str = "STACK CFI ";
/// Records with a program, and those with sizes alone.
const WINDOWS: [&str; 2] = ["STACK WIN 4 ", "STACK WIN 0 "];

/// How the functions of some programs keep the stack, by the debug ids of the programs.
#[derive(Debug, Default)]
pub struct Unwinding<'u> {
    programs: HashMap<DebugId, Program<'u>>,
}

/// Of one program.
#[derive(Debug)]
pub(crate) struct Program<'u> {
    text: &'u str,
    /// The instructions of a function, counted from the start of the program, and the place in the text
    /// where their rules begin; by the instructions.
    functions: Vec<(u64, u64, usize)>,
    /// The same of Windows' records; the place is where the sizes begin.
    records: Vec<(u64, u64, usize)>,
}

impl<'u> Unwinding<'u> {
    /// Adds what was built of a debug file.
    pub fn add(&mut self, debug_id: DebugId, unwind: &'u Unwind) {
        self.add_text(debug_id, std::str::from_utf8(unwind.text()).unwrap_or_default());
    }

    /// Adds records as in a symbol file of Breakpad: `STACK CFI INIT 1000 20 .cfa: …`, `STACK WIN 4 …`.
    /// A text without any says nothing, not even where functions are.
    pub fn add_text(&mut self, debug_id: DebugId, text: &'u str) {
        let (mut functions, mut records) = (Vec::new(), Vec::new());
        let mut place = 0;
        for line in text.split_inclusive('\n') {
            if let Some((start, end)) = line.strip_prefix(FIRST).and_then(range) {
                functions.push((start, end, place));
            }
            if let Some(rest) = WINDOWS.iter().find_map(|kind| line.strip_prefix(kind))
                && let Some((start, end)) = range(rest)
                && let Some((at, _)) = rest.match_indices(' ').nth(1)
            {
                records.push((start, end, place + line.len() - rest.len() + at + 1));
            }
            place += line.len();
        }
        functions.sort_unstable();
        records.sort_unstable();
        if !(functions.is_empty() && records.is_empty()) {
            self.programs.insert(debug_id, Program { text, functions, records });
        }
    }

    pub(crate) fn of(&self, debug_id: Option<DebugId>) -> Option<&Program<'u>> {
        self.programs.get(&debug_id?)
    }
}

impl<'u> Program<'u> {
    /// The registers of the caller of what is at an instruction, counted from the start of the program.
    pub(crate) fn caller(
        &self,
        instruction: u64,
        callee: &Registers,
        stack: &Stack<'_>,
    ) -> Option<Registers> {
        let by_rules = || self.rules(instruction)?.caller(callee, stack);
        let by_record = || {
            let place = at(&self.records, instruction)?;
            Record::read(self.text.get(place..)?.lines().next()?)?.caller(callee, stack)
        };
        by_rules().or_else(by_record)
    }

    /// Whether there is a function at an instruction.
    pub(crate) fn knows(&self, instruction: u64) -> bool {
        at(&self.functions, instruction).or_else(|| at(&self.records, instruction)).is_some()
    }

    fn rules(&self, instruction: u64) -> Option<Rules<'u>> {
        let place = at(&self.functions, instruction)?;
        let mut lines = self.text.get(place..)?.lines();
        let mut rules = Rules::default();
        let first = lines.next()?.strip_prefix(FIRST)?;
        rules.add(first.splitn(3, ' ').nth(2)?);
        // Those that follow hold from their own instruction on.
        for line in lines {
            let next = line.strip_prefix(NEXT).and_then(|next| next.split_once(' '));
            let Some((from, more)) = next else { break };
            match u64::from_str_radix(from, 16) {
                Ok(from) if from <= instruction => rules.add(more),
                _ => break,
            }
        }
        Some(rules)
    }
}

/// The place of the function that holds an instruction.
fn at(functions: &[(u64, u64, usize)], instruction: u64) -> Option<usize> {
    let after = functions.partition_point(|(start, ..)| *start <= instruction);
    let (_, end, place) = *functions.get(after.checked_sub(1)?)?;
    (instruction < end).then_some(place)
}

/// The first instruction and the one behind the last, of `1000 20 .cfa: …`.
fn range(text: &str) -> Option<(u64, u64)> {
    let mut words = text.split(' ').map(|word| u64::from_str_radix(word, 16).ok());
    let (start, len) = (words.next()??, words.next()??);
    Some((start, start.checked_add(len)?))
}
