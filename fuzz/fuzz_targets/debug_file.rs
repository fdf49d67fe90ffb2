//! Any bytes as a debug file: an error at most. What the readers of formats panic on is caught inside.
#![no_main]

use libfuzzer_sys::fuzz_target;
use symbols::native::{Mapping, Symbols, build_mapping, build_symbols, demangle, identify};

fuzz_target!(|bytes: &[u8]| {
    let _files = identify(bytes);
    if let Ok(symbols) = build_symbols(bytes, None).and_then(Symbols::parse) {
        for offset in (0..0x4000).step_by(16) {
            let _frames = symbols.lookup(offset);
        }
    }
    if let Ok(mapping) = build_mapping(bytes).and_then(Mapping::parse) {
        let _frames = mapping.frames("a.b", "a", 4);
    }
    let _names = demangle(&String::from_utf8_lossy(bytes));
});
