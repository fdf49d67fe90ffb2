//! Dumps that were cut off, changed, or made to hurt.

use crash::{DumpError, Unwinding};
use proptest::prelude::*;

use crate::real::DUMP;

fn read(bytes: &[u8]) -> Result<usize, DumpError> {
    let event = crash::read(bytes, &Unwinding::default())?;
    let mut text = Vec::new();
    model::json_text::write_object(&mut text, &event);
    Ok(text.len())
}

#[test]
fn what_is_no_dump_is_refused() {
    assert_eq!(read(b""), Err(DumpError::NoHeader));
    assert_eq!(read(&[0; 100]), Err(DumpError::NoDump));
    assert_eq!(read(&DUMP[..20]), Err(DumpError::NoHeader));
    assert_eq!(read(&DUMP[..32]), Err(DumpError::NoDirectory));
    let mut other = DUMP.to_vec();
    other[4] = 7;
    assert_eq!(read(&other), Err(DumpError::Version { version: 0xa707 }));
}

#[test]
fn dumps_that_were_cut_off_keep_what_is_left() {
    let mut read_some = 0;
    for len in (0..DUMP.len()).step_by(61) {
        read_some += usize::from(read(&DUMP[..len]).is_ok());
    }
    assert!(read_some > 400, "{read_some}");
}

#[test]
fn counts_are_not_believed() {
    // Every number of four bytes in turn becomes the largest there is.
    for place in (8..3_000).step_by(4) {
        let mut bytes = DUMP.to_vec();
        bytes[place..place + 4].fill(0xff);
        if let Ok(len) = read(&bytes) {
            assert!(len < 1_000_000, "{len} bytes with the number at {place}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn changed_dumps_are_read_or_refused(
        changes in prop::collection::vec((0..DUMP.len(), any::<u8>()), 1..50)
    ) {
        let mut bytes = DUMP.to_vec();
        for (place, byte) in changes {
            bytes[place] = byte;
        }
        let _ignored = read(&bytes);
    }

    #[test]
    fn no_rules_are_too_strange(words in prop::collection::vec(
        prop::sample::select(vec![
            "STACK CFI INIT", "STACK CFI", "0", "10000", "1200", "\n", ".cfa:", ".ra:", "$rsp", "$rip", "8",
            "-8", "+", "-", "*", "/", "%", "@", "^", ".cfa", "ffffffffffffffff", "é",
        ]),
        0..60,
    )) {
        let rules = words.join(" ").replace("\n ", "\n");
        let [file] = &*symbols::native::identify(include_bytes!("../data/wallet.elf")).unwrap() else {
            return Ok(());
        };
        let mut unwinding = Unwinding::default();
        unwinding.add_text(file.debug_id, &rules);
        prop_assert!(crash::read(DUMP, &unwinding).is_ok());
    }
}
