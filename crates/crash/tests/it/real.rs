//! A dump of `conformance/clients/rust_minidump/crash.c`, written by `minidump-writer`, and the program.

use crash::Unwinding;
use symbols::DebugId;
use symbols::native::{Unwind, build_unwind};

use crate::shown::{at, errors, frames};

pub(crate) const DUMP: &[u8] = include_bytes!("../data/wallet.dmp");
const PROGRAM: &[u8] = include_bytes!("../data/wallet.elf");

fn stack(with_debug_file: bool) -> Vec<String> {
    let (id, unwind) = unwind();
    let mut unwinding = Unwinding::default();
    if with_debug_file {
        unwinding.add(id, &unwind);
    }
    let event = crash::read(DUMP, &unwinding).unwrap();
    frames(&event, &["exception", "values", "0", "stacktrace", "frames"])
}

fn unwind() -> (DebugId, Unwind) {
    let [file] = &*symbols::native::identify(PROGRAM).unwrap() else { unreachable!() };
    assert!(file.features.unwind);
    (file.debug_id, Unwind::parse(build_unwind(PROGRAM, file.debug_id).unwrap()).unwrap())
}

#[test]
fn it_is_said_what_happened_and_where() {
    let event = crash::read(DUMP, &Unwinding::default()).unwrap();
    assert_eq!(errors(&event), <[&str; 0]>::default());
    let exception = |field| at(&event, &["exception", "values", "0", field]);
    assert_eq!(exception("type"), "SIGSEGV / SEGV_MAPERR");
    assert_eq!(exception("value"), "Fatal Error: SIGSEGV / SEGV_MAPERR at 0x10");
    assert_eq!(
        exception("mechanism"),
        r#"{"type":"minidump","handled":false,"synthetic":true,"data":{"crash_address":"0x10"},"meta":{"signal":{"number":11,"code":1}}}"#
    );
    assert_eq!(at(&event, &["level"]), "fatal");
    assert_eq!(at(&event, &["platform"]), "native");
    assert_eq!(at(&event, &["contexts", "os", "name"]), "Linux");
    assert_eq!(at(&event, &["contexts", "device", "arch"]), "x86_64");
    let image = |field| at(&event, &["debug_meta", "images", "0", field]);
    assert_eq!((image("type"), image("code_file")), ("elf".into(), "/srv/wallet/wallet".into()));
    assert_eq!(image("debug_id"), unwind().0.to_string());
    let [file] = &*symbols::native::identify(PROGRAM).unwrap() else { unreachable!() };
    assert_eq!(Some(image("code_id")), file.code_id);
    let thread = |place, field| at(&event, &["threads", "values", place, field]);
    assert_eq!((thread("0", "crashed"), thread("1", "crashed")), ("true".into(), "false".into()));
    assert_eq!(
        (thread("0", "stacktrace"), thread("1", "name")),
        ("nothing".into(), "settlement".into())
    );
    assert_eq!(exception("thread_id"), thread("0", "id"));
}

#[test]
fn stacks_are_walked_by_debug_files() {
    let found = stack(true);
    let expected = ["context wallet+0x11b9", "cfi wallet+0x1270", "cfi wallet+0x134f"];
    assert_eq!(found[..3], expected);
    // Of what called `main` there is no debug file. Without frame pointers the rest is a guess.
    assert!(found[3].starts_with("cfi libc.so.6+") && found[4].starts_with("scan "), "{found:?}");
    let guessed = stack(false);
    assert_eq!(guessed[..2], ["context wallet+0x11b9", "scan wallet+0x1270"]);
    assert!(!guessed[1..].iter().any(|frame| frame.starts_with("cfi")), "{guessed:?}");
}

#[test]
fn what_was_walked_has_names() {
    let built = symbols::native::build_symbols(PROGRAM, None).unwrap();
    let symbols = symbols::native::Symbols::parse(built).unwrap();
    let place = |offset| {
        let found = symbols.lookup(offset);
        format!("{} {}", found[0].function, found[0].line.unwrap())
    };
    // Addresses to return to are behind the call.
    assert_eq!([0x11b9, 0x126f, 0x134e].map(place), ["debit 38", "charge 45", "main 65"]);
}
