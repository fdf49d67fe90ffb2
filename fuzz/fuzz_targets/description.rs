//! Any texts as operation, name, system and query of a span: no panic, bounded, and what was described is
//! described the same again. Zero bytes part them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::limits::SPAN_NAME_BYTES_MAX;
use wire::span::description::cluster::{Clusterer, apply};
use wire::span::description::describe;

const OPS: [&str; 8] =
    ["db", "db.sql.query", "http.client", "cache.get", "resource.script", "file.read", "function", "ui.load"];

fuzz_target!(|bytes: &[u8]| {
    let (first, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let mut pieces = bytes.split(|byte| *byte == 0).map(|piece| std::str::from_utf8(piece).unwrap_or_default());
    let mut piece = || pieces.next().unwrap_or_default();
    let (name, system, query, collection) = (piece(), piece(), piece(), piece());
    let op = OPS[usize::from(*first) % OPS.len()];
    let lookup = |attribute: &str| match attribute {
        "db.system.name" => system,
        "db.query.text" => query,
        "db.collection.name" => collection,
        _ => "",
    };
    let described = describe(op, name, lookup);
    // Placeholders may be longer than what they stand for.
    assert!(described.text.len() <= 8 * (SPAN_NAME_BYTES_MAX + 64));
    assert_eq!(describe(op, name, lookup), described);

    let mut clusterer = Clusterer::new(3);
    [name, system, query, collection].iter().for_each(|name| clusterer.observe(name));
    let rules = clusterer.rules();
    let clean = apply(&rules, name);
    assert_eq!(clean.matches('/').count(), name.matches('/').count());
});
