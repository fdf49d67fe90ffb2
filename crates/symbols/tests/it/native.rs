//! Debug files: what they are, what lookups answer, and what becomes of stacks.

use std::sync::Arc;

use model::event::Event;
use model::json::Value;
use model::json_text;
use symbols::DebugId;
use symbols::native::{
    self, Image, JavaFrame, Lookup, Mapping, NativeError, NativeProblem, Symbols,
};

use crate::zips::{bundle, stored};

/// `charge.c` beside it, compiled with `cc -g -O2 -nostdlib -static -no-pie
/// -fno-reorder-blocks-and-partition`.
pub(crate) const ELF: &[u8] = include_bytes!("../data/charge.elf");
/// A program that says that 200 functions are inlined into each other.
const DEEP: &[u8] = include_bytes!("../data/deep.elf");
/// The same with 140.
const DEEP_ENOUGH: &[u8] = include_bytes!("../data/deep-enough.elf");
const ELF_ID: &str = "a125df4c-0609-b13d-728a-fd423481bbc8";

pub(crate) const BREAKPAD: &[u8] = b"MODULE Linux x86_64 492E2DD23CC306CA9C494EEF1533A3810 crash
INFO CODE_ID D22D2E49C33CCA069C494EEF1533A381
FILE 0 /src/crash.cpp
INLINE_ORIGIN 0 inlined(int)
FUNC 1000 20 0 _ZN6wallet6chargeEi
INLINE 0 7 0 0 1010 10
1000 10 5 0
1010 10 3 0
PUBLIC 2000 0 exported
";

pub(crate) const PROGUARD: &[u8] = b"# compiler: R8
# compiler_version: 8.2.47
com.example.wallet.Wallet -> a.b:
# {\"id\":\"sourceFile\",\"fileName\":\"Wallet.kt\"}
    1:3:void debit(int):40:42 -> a
    4:4:void com.example.wallet.Checks.stake(int):7:7 -> a
    4:4:void debit(int):43 -> a
com.example.wallet.BalanceError -> a.c:
";

#[track_caller]
pub(crate) fn identified(bytes: &[u8], expected: &str) {
    let files = match native::identify(bytes) {
        Ok(files) => files,
        Err(error) => return assert_eq!(error.to_string(), expected),
    };
    let shown: Vec<String> = files
        .iter()
        .map(|file| {
            let features: Vec<&str> = file.features.names().collect();
            let code_id = file.code_id.as_deref().unwrap_or("-");
            let (format, kind) = (file.format, file.kind);
            format!("{format} {kind} {} {code_id} {} {features:?}", file.debug_id, file.arch)
        })
        .collect();
    assert_eq!(shown.join("; "), expected);
}

#[test]
fn uploaded_files_are_told_apart() {
    identified(
        ELF,
        "elf dbg a125df4c-0609-b13d-728a-fd423481bbc8 4cdf25a109063db1728afd423481bbc83790bc81 \
         x86_64 [\"symtab\", \"debug\", \"unwind\"]",
    );
    identified(
        BREAKPAD,
        "breakpad dbg 492e2dd2-3cc3-06ca-9c49-4eef1533a381 d22d2e49c33cca069c494eef1533a381 \
         x86_64 [\"symtab\", \"debug\"]",
    );
    identified(
        PROGUARD,
        "proguard proguard bff39e46-3733-54eb-ad5b-71608171abc4 - any [\"mapping\"]",
    );
    let manifest = br#"{"debug_id":"136b2470-0b6e-546c-b0c0-af47902d7183","arch":"arm64"}"#;
    identified(
        &bundle(&[stored("manifest.json", manifest)]),
        "sourcebundle src 136b2470-0b6e-546c-b0c0-af47902d7183 - arm64 [\"sources\"]",
    );
    identified(
        &bundle(&[stored("manifest.json", b"{}")]),
        "the debug file is damaged: the source bundle has no debug id",
    );
    identified(b"SYSB", "the source bundle is damaged");
    let unknown =
        "not a debug file: neither ELF, Mach-O, PE, PDB, Breakpad, ProGuard nor a source bundle";
    identified(b"", unknown);
    identified(b"hello", unknown);
    identified(&ELF[..40], "the debug file is damaged: invalid ELF file: ELF header unreadable");
}

pub(crate) fn symbols(bytes: &[u8]) -> Symbols {
    Symbols::parse(native::build_symbols(bytes, None).unwrap()).unwrap()
}

/// What is at an address: `function (full) file:line`, the deepest first.
pub(crate) fn at(symbols: &Symbols, offset: u64) -> Vec<String> {
    let found = symbols.lookup(offset);
    let frame = |frame: &native::NativeFrame| {
        let file = frame.file.as_deref().unwrap_or("-");
        format!("{} {} {file}:{}", frame.function, frame.full_function, frame.line.unwrap_or(0))
    };
    found.iter().map(frame).collect()
}

#[test]
fn addresses_become_functions_with_what_was_inlined() {
    let elf = symbols(ELF);
    assert_eq!(
        at(&elf, 0x1012),
        ["debit debit /build/src/charge.c:11", "charge charge /build/src/charge.c:15",]
    );
    assert_eq!(
        at(&elf, 0x101c),
        [
            "checked checked /build/src/charge.c:6",
            "debit debit /build/src/charge.c:11",
            "charge charge /build/src/charge.c:15",
        ]
    );
    assert_eq!(at(&elf, 0x102a), ["_start _start /build/src/charge.c:20"]);
    assert!(at(&elf, 0x9000).is_empty());
    assert_eq!(elf.lookup(0x1012)[0].language, Some("c"));
    let breakpad = symbols(BREAKPAD);
    assert_eq!(at(&breakpad, 0x1004), ["wallet::charge wallet::charge(int) /src/crash.cpp:5"]);
    assert_eq!(
        at(&breakpad, 0x1014),
        [
            "inlined(int) inlined(int) /src/crash.cpp:3",
            "wallet::charge wallet::charge(int) /src/crash.cpp:7",
        ]
    );
    assert_eq!(at(&breakpad, 0x2000), ["exported exported -:0"]);
}

#[test]
fn objects_are_chosen_by_their_id() {
    assert!(native::build_symbols(ELF, Some(ELF_ID.parse().unwrap())).is_ok());
    let other: DebugId = "136b2470-0b6e-546c-b0c0-af47902d7183".parse().unwrap();
    let error = native::build_symbols(ELF, Some(other)).unwrap_err();
    assert_eq!(error.to_string(), format!("the debug file holds no object with debug id {other}"));
}

#[test]
fn what_is_inlined_too_deep_is_refused() {
    let error = native::build_symbols(DEEP, None).unwrap_err();
    assert_eq!(error.to_string(), "functions of the debug file are inlined more than 150 deep");
    let deep = symbols(DEEP_ENOUGH);
    // A limit of our own cuts the list; the innermost are kept.
    assert_eq!(deep.lookup(0x1000).len(), 100);
}

#[test]
fn what_was_built_is_read_back_and_nothing_else() {
    let bytes = native::build_symbols(ELF, None).unwrap();
    // Wherever it lies in memory.
    for shift in 0..8 {
        let mut moved = vec![0; shift];
        moved.extend_from_slice(&bytes);
        assert!(Symbols::parse(moved.split_off(shift)).is_ok());
    }
    for wrong in [&b""[..], b"SYMC", ELF, &bytes[..40]] {
        assert!(matches!(Symbols::parse(wrong.to_vec()), Err(NativeError::Format)));
        assert!(matches!(Mapping::parse(wrong.to_vec()), Err(NativeError::Format)));
    }
}

#[test]
fn names_are_demangled() {
    let check = |symbol: &str, short: &str, full: &str| {
        let names = native::demangle(symbol);
        assert_eq!((names.short.as_str(), names.full.as_str()), (short, full), "{symbol}");
    };
    check("_ZN6wallet6chargeEi", "wallet::charge", "wallet::charge(int)");
    check(
        "_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE",
        "core::fmt::Write::write_fmt",
        "core::fmt::Write::write_fmt",
    );
    check("_RNvCskwGfYPst2Cb_3foo3bar", "foo::bar", "foo::bar");
    check("?charge@Wallet@@QEAAXH@Z", "Wallet::charge", "Wallet::charge(int)");
    check(
        "$s8mangling12GenericUnionO3FooyACyxGSicAEmlF",
        "GenericUnion.Foo<A>",
        "GenericUnion.Foo<A>(GenericUnion<A>.Type)",
    );
    check("main", "main", "main");
    check("", "", "");
    let long = format!("_Z{}", "N".repeat(5_000));
    check(&long, &long, &long);
}

fn mapping() -> Mapping {
    Mapping::parse(native::build_mapping(PROGUARD).unwrap()).unwrap()
}

#[test]
fn shortened_names_are_what_they_were() {
    let mapping = mapping();
    assert_eq!(mapping.class("a.c").as_deref(), Some("com.example.wallet.BalanceError"));
    assert_eq!(mapping.class("a.d"), None);
    let frame = |class: &str, method: &str, line, file: &str| JavaFrame {
        class: format!("com.example.wallet.{class}"),
        method: method.to_owned(),
        line: Some(line),
        file: Some(file.to_owned()),
    };
    assert_eq!(mapping.frames("a.b", "a", 2), [frame("Wallet", "debit", 41, "Wallet.kt")]);
    let inlined = mapping.frames("a.b", "a", 4);
    assert_eq!(inlined.len(), 2);
    assert_eq!((inlined[0].method.as_str(), inlined[0].line), ("stake", Some(7)));
    assert_eq!((inlined[1].method.as_str(), inlined[1].line), ("debit", Some(43)));
    assert!(mapping.frames("x.y", "a", 2).is_empty());
    assert!(native::build_mapping(b"nothing of that kind").is_err());
}

/// Whoever has these files.
struct Shelf;

impl Lookup for Shelf {
    fn symbols(&mut self, image: &Image) -> Result<Arc<Symbols>, NativeProblem> {
        if image.debug_id.to_string() == ELF_ID {
            return Ok(Arc::new(symbols(ELF)));
        }
        let name = image.code_file.clone().unwrap_or_default();
        Err(NativeProblem::NoDebugFile { name, debug_id: image.debug_id })
    }

    fn mapping(&mut self, id: DebugId) -> Result<Arc<Mapping>, NativeProblem> {
        if id.age() == 0 { Ok(Arc::new(mapping())) } else { Err(NativeProblem::NoMapping { id }) }
    }
}

fn event(json: &str) -> Event<'static> {
    let mut bytes = json.as_bytes().to_vec();
    let Value::Object(root) = wire::json::parse(&mut bytes).unwrap().into_owned() else {
        return Event::default();
    };
    Event::from_object(root)
}

/// Each frame of the first exception as `module function filename:line`.
fn shown(event: &Event<'_>, stack: &str) -> Vec<String> {
    let frames = event.at(&["exception", "values", "0", stack, "frames"]);
    let frame = |frame: &Value<'_>| {
        let text = |name| frame.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        let line = frame.get("lineno").and_then(Value::as_u64).unwrap_or(0);
        format!("{} {} {}:{line}", text("module"), text("function"), text("filename"))
    };
    frames.and_then(Value::as_array).unwrap().iter().map(frame).collect()
}

const IMAGES: &str = r#"[
    {"type":"elf","debug_id":"a125df4c-0609-b13d-728a-fd423481bbc8","code_file":"/srv/charge",
     "image_addr":"0x7f0000400000","image_size":12288},
    {"type":"elf","debug_id":"136b2470-0b6e-546c-b0c0-af47902d7183","code_file":"/lib/libc.so.6",
     "image_addr":"0x7f0000500000","image_size":4096}]"#;

#[test]
fn stacks_of_programs_are_readable() {
    let mut event = event(&format!(
        r#"{{"platform":"native","debug_meta":{{"images":{IMAGES}}},"exception":{{"values":[
           {{"stacktrace":{{"frames":[
             {{"instruction_addr":"0x7f0000500010","function":"__libc_start_main"}},
             {{"instruction_addr":"0x7f000040102a"}},
             {{"function":"no address"}},
             {{"instruction_addr":"0x10"}},
             {{"instruction_addr":"0x7f0000402fff"}},
             {{"instruction_addr":"0x7f000040101c","package":"/srv/charge"}}]}}}}]}}}}"#
    ));
    let report = native::apply(&mut event, &mut Shelf);
    assert_eq!(shown(&event, "raw_stacktrace").len(), 6);
    assert_eq!(
        shown(&event, "stacktrace"),
        [
            "- __libc_start_main -:0",
            // The call lies before the address that it returns to.
            "- _start charge.c:19",
            "- no address -:0",
            "- - -:0",
            "- - -:0",
            "- charge charge.c:15",
            "- debit charge.c:11",
            "- checked charge.c:6",
        ]
    );
    assert_eq!(report.readable, 2);
    let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "no debug file was uploaded for /lib/libc.so.6 with debug id \
         136b2470-0b6e-546c-b0c0-af47902d7183",
            "the debug file of charge knows nothing about the address",
        ]
    );
    let innermost = event.at(&["exception", "values", "0", "stacktrace", "frames", "7"]).unwrap();
    assert_eq!(
        json_text::to_string(innermost),
        concat!(
            r#"{"instruction_addr":"0x7f000040101c","package":"/srv/charge","function":"checked","#,
            r#""symbol":"checked","filename":"charge.c","abs_path":"/build/src/charge.c","#,
            r#""lineno":6,"lang":"c","data":{"symbolicated":true}}"#
        )
    );
    // Done again, it is the same.
    let once = json_text::to_string(&Value::Object(event.root.clone()));
    native::apply(&mut event, &mut Shelf);
    assert_eq!(json_text::to_string(&Value::Object(event.root)), once);
}

#[test]
fn stacks_of_java_are_readable() {
    let mut event = event(
        r#"{"platform":"java","debug_meta":{"images":[
             {"type":"proguard","uuid":"136b2470-0b6e-546c-b0c0-af47902d7183"}]},
           "exception":{"values":[{"type":"c","module":"a","stacktrace":{"frames":[
             {"module":"java.lang.Thread","function":"run","lineno":1},
             {"module":"a.b","function":"a","lineno":4,"filename":"SourceFile"},
             {"module":"a.c","function":"z","lineno":1},
             null]}}]}}"#,
    );
    let report = native::apply(&mut event, &mut Shelf);
    assert_eq!((report.readable, report.problems.len()), (2, 0));
    assert_eq!(event.str_at(&["exception", "values", "0", "type"]), Some("BalanceError"));
    assert_eq!(event.str_at(&["exception", "values", "0", "module"]), Some("com.example.wallet"));
    assert_eq!(
        shown(&event, "stacktrace"),
        [
            "java.lang.Thread run -:1",
            "com.example.wallet.Wallet debit Wallet.kt:43",
            "com.example.wallet.Checks stake Checks.kt:7",
            "com.example.wallet.BalanceError z -:1",
            "- - -:0",
        ]
    );
}
