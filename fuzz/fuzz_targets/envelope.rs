//! Any bytes as an envelope: no panic, and every item lies where it is said to lie.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::envelope::{Envelope, Header, ItemHeader};
use wire::{categories, size_caps};

fuzz_target!(|body: &[u8]| {
    let Ok(envelope) = Envelope::parse(body) else { return };
    let _answer = size_caps::check(&envelope.items);
    for item in &envelope.items {
        assert_eq!(&body[item.start..item.start + item.payload.len()], item.payload);
        let _count = categories::quantities(&item.header, item.payload.len()).count();
        let again = ItemHeader::parse(item.header_line.as_bytes());
        assert_eq!(again.as_ref(), Ok(&item.header));
    }
    assert_eq!(Header::parse(envelope.header_line.as_bytes()), Ok(envelope.header));
});
