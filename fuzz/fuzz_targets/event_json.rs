//! Any bytes as JSON: no panic, and what was read is written and read back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::json_text;
use wire::json::{parse, repair_non_finite};
use wire::{client_report, security, store_body};

fuzz_target!(|bytes: &[u8]| {
    let _answer = store_body::read(bytes, Some("raven-python/6.10.0"));
    let _answer = client_report::parse(&mut bytes.to_vec());

    let mut scratch = bytes.to_vec();
    repair_non_finite(&mut scratch);
    let Ok(value) = parse(&mut scratch) else { return };
    let mut text = json_text::to_string(&value).into_bytes();
    assert_eq!(parse(&mut text).as_ref().ok(), Some(&value));
    let _answer = security::event(value, &security::Given::default());
});
