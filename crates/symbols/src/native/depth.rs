//! How deep functions are inlined into each other, without calling itself.
//!
//! `symbolic` calls itself for each, and the stack of a thread has an end.

use symbolic_debuginfo::Object;
use symbolic_debuginfo::dwarf::Dwarf;
use symbolic_debuginfo::dwarf::gimli::{self, DebugAbbrev, DebugInfo, EndianSlice, constants};

use super::problem::NativeError;
use crate::limits;

/// Refuses what is inlined deeper than [`limits::INLINE_DEPTH_MAX`]. What is damaged is for others to
/// refuse.
pub(super) fn check(object: &Object<'_>) -> Result<(), NativeError> {
    let is_too_deep = match object {
        Object::Elf(elf) => is_too_deep(elf),
        Object::MachO(macho) => is_too_deep(macho),
        _ => Ok(false),
    };
    if is_too_deep.unwrap_or(false) { Err(NativeError::TooDeep) } else { Ok(()) }
}

fn is_too_deep<'d>(object: &impl Dwarf<'d>) -> gimli::Result<bool> {
    let section = |name: &str| object.section(name).map(|section| section.data).unwrap_or_default();
    let (info, abbreviations) = (section("debug_info"), section("debug_abbrev"));
    let endian = object.endianity();
    let info = DebugInfo::from(EndianSlice::new(&info, endian));
    let abbreviations = DebugAbbrev::from(EndianSlice::new(&abbreviations, endian));
    let mut units = info.units();
    while let Some(unit) = units.next()? {
        let abbreviations = unit.abbreviations(&abbreviations)?;
        let mut entries = unit.entries_raw(&abbreviations, None)?;
        let mut around = Vec::new();
        while !entries.is_empty() {
            let depth = entries.next_depth();
            while around.last().is_some_and(|above| *above >= depth) {
                around.pop();
            }
            let Some(abbreviation) = entries.read_abbreviation()? else { continue };
            let is_function = matches!(
                abbreviation.tag(),
                constants::DW_TAG_subprogram | constants::DW_TAG_inlined_subroutine
            );
            if is_function {
                around.push(depth);
            }
            if around.len() > limits::INLINE_DEPTH_MAX {
                return Ok(true);
            }
            entries.skip_attributes(abbreviation.attributes())?;
        }
    }
    Ok(false)
}
