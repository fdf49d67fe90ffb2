//! From a function to its caller, until there is none.
//!
//! What a debug file says about the function is tried first, then the chain of frame pointers; then the
//! first address on the stack is taken that could be one to return to, which is a guess.

use crate::images::{Image, Images};
use crate::limits::{SCAN_WORDS_FIRST_MAX, SCAN_WORDS_MAX};
use crate::memory::{Code, Stack};
use crate::registers::Registers;
use crate::unwinding::Unwinding;

/// Bits of an address on ARM64; those above may hold a signature of it.
const ARM64_ADDRESS: u64 = 0x0000_ffff_ffff_ffff;

/// What all stacks are walked with.
#[derive(Debug)]
pub(crate) struct Walker<'w> {
    pub(crate) images: &'w Images,
    pub(crate) code: Code,
    pub(crate) unwinding: &'w Unwinding<'w>,
}

/// A function that has not returned.
#[derive(Debug)]
pub(crate) struct Frame<'w> {
    /// Where the program goes on in it.
    pub(crate) address: u64,
    /// What holds it.
    pub(crate) image: Option<&'w Image>,
    pub(crate) trust: Trust,
}

/// How a frame was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    Context,
    Rules,
    FramePointer,
    Scan,
}

impl Trust {
    /// As Sentry calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Context => "context",
            Self::Rules => "cfi",
            Self::FramePointer => "fp",
            Self::Scan => "scan",
        }
    }
}

impl<'w> Walker<'w> {
    /// The frames of a stack, the innermost first.
    pub(crate) fn walk(
        &self,
        registers: Registers,
        stack: Option<&Stack<'_>>,
        frames_max: usize,
    ) -> Vec<Frame<'w>> {
        let Some(address) = registers.program() else { return Vec::new() };
        let mut frames =
            vec![Frame { address, image: self.images.at(address), trust: Trust::Context }];
        let mut callee = registers;
        while let Some(stack) = stack
            && frames.len() < frames_max
        {
            let is_first = frames.len() == 1;
            let Some((mut caller, trust)) = self.caller(&callee, stack, is_first) else { break };
            let Some(address) = self.returned(&caller) else { break };
            caller.set(caller.architecture.program, Some(address));
            frames.push(Frame { address, image: self.images.at(address.wrapping_sub(1)), trust });
            callee = caller;
        }
        frames
    }

    fn caller(
        &self,
        callee: &Registers,
        stack: &Stack<'_>,
        is_first: bool,
    ) -> Option<(Registers, Trust)> {
        let further = |caller: &Registers| {
            let (Some(before), Some(after)) = (callee.stack(), caller.stack()) else {
                return false;
            };
            // A function that calls nothing may use no stack, where that is not needed to return.
            let may_stay = is_first && callee.architecture.has_link;
            (after > before || (may_stay && after == before)) && self.returned(caller).is_some()
        };
        let by_rules = || self.by_rules(callee, stack, is_first).filter(further);
        let by_pointer = || by_frame_pointer(callee, stack).filter(further);
        let by_scan = || self.by_scan(callee, stack, is_first).filter(further);
        by_rules()
            .map(|caller| (caller, Trust::Rules))
            .or_else(|| Some((by_pointer()?, Trust::FramePointer)))
            .or_else(|| Some((by_scan()?, Trust::Scan)))
    }

    fn by_rules(&self, callee: &Registers, stack: &Stack<'_>, is_first: bool) -> Option<Registers> {
        // The address behind a call may be of the next function.
        let address = callee.program()?.wrapping_sub(u64::from(!is_first));
        let image = self.images.at(address)?;
        let program = self.unwinding.of(image.debug_id)?;
        program.caller(address - image.start, callee, stack)
    }

    fn by_scan(&self, callee: &Registers, stack: &Stack<'_>, is_first: bool) -> Option<Registers> {
        let architecture = callee.architecture;
        let word = architecture.word;
        let top = callee.stack()?;
        let words = if is_first { SCAN_WORDS_FIRST_MAX } else { SCAN_WORDS_MAX };
        let mut places = (0..words).map_while(|place| top.checked_add(place * word));
        let (place, address) = places.find_map(|place| {
            let address = stack.word(place, word)?;
            self.may_return_to(address).then_some((place, address))
        })?;
        let mut caller = callee.of_caller();
        let above = place.checked_add(word)?;
        caller.set(architecture.program, Some(address));
        caller.set(architecture.stack, Some(above));
        // A frame pointer into what is left behind belongs to a function that was passed over.
        if let Some(name) = architecture.frame {
            caller.set(name, callee.get(name).filter(|frame| *frame >= above));
        }
        Some(caller)
    }

    /// Where the program goes on in the caller, if that can be.
    fn returned(&self, caller: &Registers) -> Option<u64> {
        let address = caller.program()?;
        let is_code = |address: &u64| {
            let call = address.checked_sub(1)?;
            (self.images.at(call).is_some() && self.code.holds(call)).then_some(())
        };
        if is_code(&address).is_some() {
            return Some(address);
        }
        let is_arm64 = caller.architecture.has_link && caller.architecture.word == 8;
        Some(address & ARM64_ADDRESS).filter(|address| is_arm64 && is_code(address).is_some())
    }

    /// Whether a word on the stack may be an address to return to: there is code before it, and if it is
    /// known where that program's functions are, one of them.
    fn may_return_to(&self, address: u64) -> bool {
        let Some(call) = address.checked_sub(1) else { return false };
        let (Some(image), Some(behind)) = (self.images.at(call), self.images.at(address)) else {
            return false;
        };
        let program = self.unwinding.of(image.debug_id);
        // Code does not end an image, so what is right behind one is no place to return to.
        image.start == behind.start
            && self.code.holds(call)
            && program.is_none_or(|program| program.knows(call - image.start))
    }
}

fn by_frame_pointer(callee: &Registers, stack: &Stack<'_>) -> Option<Registers> {
    let architecture = callee.architecture;
    let (name, word) = (architecture.frame?, architecture.word);
    let frame = callee.get(name).filter(|frame| Some(*frame) >= callee.stack())?;
    let behind = frame.checked_add(word)?;
    let mut caller = callee.of_caller();
    caller.set(name, Some(stack.word(frame, word)?));
    caller.set(architecture.program, Some(stack.word(behind, word)?));
    caller.set(architecture.stack, Some(behind.checked_add(word)?));
    Some(caller)
}
