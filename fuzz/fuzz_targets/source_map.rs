//! Any text as a script, and any bytes as its map: no panic, whatever is asked afterwards. A script and its
//! map are divided by a byte that is in no text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use symbols::source_map::{SourceMap, build};

/// Maps every few characters to one place, so that each script has names to find.
const PLAIN: &[u8] = br#"{"sources":["a"],"names":["n"],"mappings":"AAAAA,CAAAA,EAAAA,GAAAA;AAAAA,CAAAA"}"#;

fn look(built: Vec<u8>) {
    let Ok(map) = SourceMap::parse(built) else { return };
    for line in 0..5 {
        for column in 0..200 {
            if let Some(location) = map.lookup(line, column) {
                let _context = map.context(&location, 5);
            }
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0xff);
    let script = String::from_utf8_lossy(parts.next().unwrap_or_default());
    look(build(PLAIN, Some(&script)).unwrap_or_default());
    if let Some(map) = parts.next() {
        look(build(map, Some(&script)).unwrap_or_default());
    }
    look(bytes.to_vec());
});
