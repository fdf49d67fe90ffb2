//! How long a large source map takes to be built and to be asked: `cargo bench -p symbols`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement for people"
)]

use std::time::Instant;

use symbols::source_map::{self, SourceMap};

#[path = "maps/large.rs"]
mod large;

use large::{MAPPINGS, large};

const LOOKUPS: u32 = 100_000;

fn main() {
    let (script, map) = large();
    println!("script {} bytes, map {} bytes, {MAPPINGS} mappings", script.len(), map.len());
    let start = Instant::now();
    let bytes = source_map::build(map.as_bytes(), Some(&script)).unwrap();
    let built = start.elapsed();
    let map = SourceMap::parse(bytes).unwrap();
    let found = map.lookup(1, 1_000).is_some();
    let first = start.elapsed();
    println!(
        "built in {built:?}, first lookup after {first:?} ({found}); {} bytes kept",
        map.bytes()
    );
    let columns = u32::try_from(script.len()).unwrap();
    let (start, mut slowest, mut lines) = (Instant::now(), std::time::Duration::ZERO, 0);
    for number in 0..LOOKUPS {
        let one = Instant::now();
        let column = number.wrapping_mul(2_654_435_761) % columns + 1;
        let location = map.lookup(1, column);
        let context = location.and_then(|location| map.context(&location, 5));
        lines += context.map_or(0, |context| context.before.len());
        slowest = slowest.max(one.elapsed());
    }
    let each = start.elapsed() / LOOKUPS;
    println!("lookup with context {each:?} on average, {slowest:?} at most ({lines} lines)");
}
