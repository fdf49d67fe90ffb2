//! Any texts as a project's rules, any message, and any JSON as an event: no panic, and what was
//! grouped is grouped the same again. Zero bytes part the four.
#![no_main]

use group::{GroupingRules, explain, group, parametrize, title};
use libfuzzer_sys::fuzz_target;
use model::event::Event;
use model::json::Value;
use wire::json::parse;

fuzz_target!(|bytes: &[u8]| {
    let mut pieces = bytes.splitn(4, |byte| *byte == 0);
    let mut piece = || pieces.next().unwrap_or_default();
    let (stack, fingerprints, message) = (piece(), piece(), piece());
    let mut json = piece().to_vec();
    let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();

    let _shown = parametrize(text(message)).len();
    let rules = GroupingRules::new(text(stack), text(fingerprints)).unwrap_or_default();
    let Ok(Value::Object(root)) = parse(&mut json) else { return };
    let mut event = Event::from_object(root);
    let _explanation = explain(&event, &rules);
    let grouping = group(&mut event, &rules);
    assert!(!grouping.hashes.is_empty());
    assert_eq!(group(&mut event, &rules), grouping);
    let _title = title(&event, grouping.title_override.as_deref());
});
