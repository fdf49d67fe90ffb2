//! Any bytes as a minidump, and any text as rules about its stacks: an error at most.
#![no_main]

use crash::{Unwinding, read};
use libfuzzer_sys::fuzz_target;
use symbols::DebugId;

/// Ends the rules; the dump is behind it.
const END: &[u8] = b"\n\n";
/// Of the program in the dump to begin with.
const PROGRAM: DebugId = DebugId::new(0x0cb3_3d9b_4d68_70bc_5dfe_d67e_7503_3ca3, 0);

fuzz_target!(|bytes: &[u8]| {
    let _without_rules = read(bytes, &Unwinding::default());
    let Some(at) = bytes.windows(END.len()).position(|found| found == END) else { return };
    let (rules, dump) = (&bytes[..=at], &bytes[at + END.len()..]);
    let rules = String::from_utf8_lossy(rules);
    let mut unwinding = Unwinding::default();
    unwinding.add_text(PROGRAM, &rules);
    let _by_rules = read(dump, &unwinding);
});
