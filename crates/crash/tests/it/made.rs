//! Dumps of other systems, and stacks that are walked in every way.

use crash::Unwinding;
use minidump_common::format::{CONTEXT_AMD64, CONTEXT_ARM, CONTEXT_ARM64, CONTEXT_X86};
use minidump_synth::{
    CrashpadInfo, DumpString, Exception, Memory, Module, ModuleCrashpadInfo, SynthMinidump,
    SystemInfo, Thread,
};
use model::json::Object;
use scroll::{LE, Pwrite};
use symbols::DebugId;
use test_assembler::{Endian, Section};

use crate::shown::{at, errors, frames};

const LITTLE: Endian = Endian::Little;
/// Where the only image is, and its stack.
const IMAGE: u64 = 0x40_0000;
const STACK: u64 = 0x7000;
/// As `minidump-common` numbers them.
const WINDOWS: u32 = 2;
const MAC: u32 = 0x8101;
const LINUX: u32 = 0x8201;
const X86: u16 = 0;
const ARM: u16 = 5;
const AMD64: u16 = 9;
const ARM64: u16 = 12;

/// A dump of one thread.
pub(crate) struct Made {
    pub(crate) platform: u32,
    pub(crate) cpu: u16,
    pub(crate) context: Vec<u8>,
    pub(crate) stack: Vec<u8>,
    /// Code, flags, address, and what more is said.
    pub(crate) exception: Option<(u32, u32, u64, Vec<u64>)>,
}

impl Made {
    pub(crate) fn bytes(self) -> Vec<u8> {
        let name = DumpString::new("/srv/app", LITTLE);
        // `RSDS`, the id, the age, the file.
        let about = Section::with_endian(LITTLE)
            .D32(0x5344_5352)
            .D32(0x0011_2233)
            .D16(0x4455)
            .D16(0x6677)
            .append_bytes(b"\x88\x99\xaa\xbb\xcc\xdd\xee\xff")
            .D32(2)
            .append_bytes(b"app.pdb\0");
        let module = Module::new(LITTLE, IMAGE, 0x1000, &name, 0x5eed, 0, None).cv_record(&about);
        let context = Section::with_endian(LITTLE).append_bytes(&self.context);
        let stack = Section::with_endian(LITTLE).append_bytes(&self.stack);
        let stack = Memory::with_section(stack, STACK);
        let thread = Thread::new(LITTLE, 7, &stack, &context);
        let system = SystemInfo::new(LITTLE)
            .set_processor_architecture(self.cpu)
            .set_platform_id(self.platform);
        let mut dump = SynthMinidump::with_endian(LITTLE)
            .add_module(module)
            .add_thread(thread)
            .add_system_info(system)
            .add_memory(stack)
            .add(name)
            .add(about)
            .add(context);
        if let Some((code, flags, address, more)) = self.exception {
            let mut exception = Exception::new(LITTLE);
            exception.thread_id = 7;
            exception.exception_record.exception_code = code;
            exception.exception_record.exception_flags = flags;
            exception.exception_record.exception_address = address;
            exception.exception_record.number_parameters = u32::try_from(more.len()).unwrap();
            exception.exception_record.exception_information[..more.len()].copy_from_slice(&more);
            dump = dump.add_exception(exception);
        }
        dump.finish().unwrap()
    }

    fn read(self) -> Object<'static> {
        crash::read(&self.bytes(), &Unwinding::default()).unwrap()
    }
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn halves(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn amd64(rip: u64, rbp: u64) -> Vec<u8> {
    let mut bytes = vec![0; 1232];
    let context = CONTEXT_AMD64 { rip, rbp, rsp: STACK, ..Default::default() };
    bytes.pwrite_with(context, 0, LE).unwrap();
    bytes
}

fn arm64(pc: u64, frame: u64) -> Vec<u8> {
    let mut bytes = vec![0; 2048];
    let mut context = CONTEXT_ARM64 { pc, sp: STACK, ..Default::default() };
    context.iregs[29] = frame;
    bytes.pwrite_with(context, 0, LE).unwrap();
    bytes
}

fn arm(pc: u32, lr: u32) -> Vec<u8> {
    let mut bytes = vec![0; 512];
    let mut context = CONTEXT_ARM::default();
    (context.iregs[13], context.iregs[14], context.iregs[15]) = (0x7000, lr, pc);
    bytes.pwrite_with(context, 0, LE).unwrap();
    bytes
}

fn x86(eip: u32, ebp: u32) -> Vec<u8> {
    let mut bytes = vec![0; 1024];
    let context = CONTEXT_X86 { eip, ebp, esp: 0x7000, ..Default::default() };
    bytes.pwrite_with(context, 0, LE).unwrap();
    bytes
}

/// A dump that was written because somebody asked.
pub(crate) fn asked(platform: u32, cpu: u16, context: Vec<u8>, stack: Vec<u8>) -> Made {
    Made { platform, cpu, context, stack, exception: None }
}

#[track_caller]
fn walks(made: Made, rules: &str, expected: &[&str]) {
    let mut unwinding = Unwinding::default();
    let id = DebugId::new(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff, 2);
    if !rules.is_empty() {
        unwinding.add_text(id, rules);
    }
    let event = crash::read(&made.bytes(), &unwinding).unwrap();
    assert_eq!(errors(&event), <[&str; 0]>::default());
    assert_eq!(frames(&event, &["threads", "values", "0", "stacktrace", "frames"]), expected);
}

#[test]
fn frame_pointers_lead_to_callers() {
    let chain = [1, 2, 0x7030, 0x40_0200, 3, 4, 0, 0x40_0300];
    let expected = ["context app+0x100", "fp app+0x200", "fp app+0x300"];
    walks(asked(WINDOWS, AMD64, amd64(0x40_0100, 0x7010), words(&chain)), "", &expected);
    walks(asked(LINUX, ARM64, arm64(0x40_0100, 0x7010), words(&chain)), "", &expected);
    // Addresses that were signed.
    let signed = chain.map(|word| if word == 0x40_0200 { word | 0xab << 48 } else { word });
    walks(asked(MAC, ARM64, arm64(0x40_0100, 0x7010), words(&signed)), "", &expected);
    let small = halves(&[1, 2, 0x7018, 0x40_0200, 3, 4, 0, 0x40_0300]);
    walks(asked(WINDOWS, X86, x86(0x40_0100, 0x7008), small), "", &expected);
}

#[test]
fn without_anything_addresses_are_guessed() {
    let stack = words(&[1, 2, 0x40_0200, 0x50_0000, 0x40_0300]);
    let expected = ["context app+0x100", "scan app+0x200", "scan app+0x300"];
    walks(asked(LINUX, AMD64, amd64(0x40_0100, 0), stack.clone()), "", &expected);
    // Where the functions are known, an address in none of them is no guess.
    let rules = "STACK CFI INIT 2f0 20 .cfa: $rsp 8 + .ra: .cfa -8 + ^\n";
    let expected = ["context app+0x100", "scan app+0x300"];
    walks(asked(LINUX, AMD64, amd64(0x40_0100, 0), stack), rules, &expected);
    // Nor is one that would lead back.
    walks(asked(LINUX, AMD64, amd64(0x40_0100, 0x10), words(&[1, 2])), "", &["context app+0x100"]);
    walks(asked(LINUX, AMD64, amd64(9, 0), Vec::new()), "", &["context 0x9"]);
}

#[test]
fn rules_of_debug_files_lead_to_callers() {
    let rules = "MODULE Linux x86_64 0 app\n\
        STACK CFI INIT 100 20 .cfa: $rsp 8 + .ra: .cfa -8 + ^\n\
        STACK CFI 108 .cfa: $rsp 24 + $rbx: .cfa -16 + ^\n\
        STACK CFI 110 .cfa: $rsp 64 +\n\
        STACK CFI INIT 1f0 20 .cfa: $rbx 16 + .ra: .cfa 8 - ^\n";
    // In the caller the stack is found by a register that the innermost function had saved.
    let stack = words(&[9, 0x7018, 0x40_0200, 5, 0x40_0300]);
    let expected = ["context app+0x10a", "cfi app+0x200", "cfi app+0x300"];
    walks(asked(LINUX, AMD64, amd64(0x40_010a, 0), stack), rules, &expected);
    // A function of ARM that calls nothing has the address to return to in a register.
    let rules = "STACK CFI INIT 100 10 .cfa: sp .ra: lr\nSTACK CFI INIT 1f0 20 .cfa: sp 8 + .ra: .cfa -4 + ^\n";
    let stack = halves(&[1, 0x40_0300, 2, 3]);
    let expected = ["context app+0x104", "cfi app+0x200", "cfi app+0x300"];
    walks(asked(LINUX, ARM, arm(0x40_0104, 0x40_0200), stack), rules, &expected);
}

#[test]
fn rules_that_lead_nowhere_are_not_followed() {
    for rule in [
        ".cfa: $rsp",
        ".cfa: $rsp .ra: 0x400200",
        ".cfa: $rsp 8 - .ra: 4194816",
        ".cfa: $rsp 8 + .ra: $nothing",
        ".cfa: $rsp 8 + .ra: 1 0 /",
        ".cfa: $rsp 8 + .ra: 1 2",
        ".cfa: $rsp 8 + .ra: + ^",
        ".cfa: .cfa .ra: .cfa",
        ".cfa: $rsp 3 @ .ra: 4194816",
        &format!(".cfa: $rsp 8 + .ra: {}", "1 ".repeat(100)),
    ] {
        let rules = format!("STACK CFI INIT 100 20 {rule}\n");
        let made = asked(LINUX, AMD64, amd64(0x40_0110, 0), words(&[1, 2]));
        walks(made, &rules, &["context app+0x110"]);
    }
}

#[test]
fn rules_of_windows_lead_to_callers() {
    // As `wallet-i686.pdb` of the crate `symbols` has them: no frame pointer, four bytes of parameters
    // that the callee takes off the stack.
    let rule = "$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =";
    let rules = format!(
        "STACK WIN 4 100 20 0 0 4 0 0 0 1 {rule}\nSTACK WIN 4 1f0 20 0 0 0 4 8 0 1 {rule}\n"
    );
    // The second function keeps twelve bytes, behind the parameters of the first.
    let stack = halves(&[0x40_0200, 250, 0x40_0250, 0x40_0260, 0x40_0270, 0x40_0300]);
    let expected = ["context app+0x10a", "cfi app+0x200", "cfi app+0x300"];
    walks(asked(WINDOWS, X86, x86(0x40_010a, 0), stack), &rules, &expected);
    // With a frame pointer, and a register that was saved.
    let rules = "STACK WIN 4 100 20 0 0 0 0 0 0 1 $T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + =\n\
        STACK WIN 4 1f0 20 0 0 0 0 0 0 1 $T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + =\n";
    let stack = halves(&[1, 0x7010, 0x40_0200, 2, 0, 0x40_0300]);
    let expected = ["context app+0x10a", "cfi app+0x200", "cfi app+0x300"];
    walks(asked(WINDOWS, X86, x86(0x40_010a, 0x7004), stack), rules, &expected);
}

#[test]
fn rules_of_windows_that_lead_nowhere_are_not_followed() {
    for rule in [
        "",
        "$T0",
        "=",
        "$eip =",
        "4 4 =",
        "$T0 .raSearch = $eip $T0 ^",
        "$eip $T0 ^ = $esp $T0 4 + =",
        "$eip 4194816 =",
        "$eip 4194816 = $esp .raSearch 900 - =",
        "$T0 1 0 / = $eip 4194816 = $esp $T0 =",
        &"1 ".repeat(100),
    ] {
        let rules = format!("STACK WIN 4 100 20 0 0 0 0 0 0 1 {rule}\n");
        let made = asked(WINDOWS, X86, x86(0x40_0110, 0), halves(&[1, 2]));
        walks(made, &rules, &["context app+0x110"]);
    }
}

#[test]
fn stacks_have_an_end() {
    // Every word is an address to return to.
    let stack = words(&vec![0x40_0200; 100_000]);
    let event = asked(LINUX, AMD64, amd64(0x40_0100, 0), stack).read();
    let found = frames(&event, &["threads", "values", "0", "stacktrace", "frames"]);
    assert_eq!(found.len(), crash::limits::STACK_FRAMES_MAX);
    assert_eq!(found[0], "context app+0x100");
}

#[test]
fn every_system_has_its_reasons() {
    let check = |platform, code, flags, more: &[u64], expected: &str| {
        let exception = Some((code, flags, 0x40_0100, more.to_vec()));
        let made = asked(platform, AMD64, amd64(0x40_0100, 0), Vec::new());
        let event = Made { exception, ..made }.read();
        assert_eq!(at(&event, &["exception", "values", "0", "value"]), expected);
        assert_eq!(at(&event, &["level"]), "fatal");
    };
    let at_code = "at 0x400100";
    check(
        WINDOWS,
        0xc000_0005,
        0,
        &[1, 0xdead],
        "Fatal Error: EXCEPTION_ACCESS_VIOLATION / WRITE at 0xdead",
    );
    let expected = |reason: &str| format!("Fatal Error: {reason} {at_code}");
    check(WINDOWS, 0xc000_0005, 0, &[], &expected("EXCEPTION_ACCESS_VIOLATION"));
    check(WINDOWS, 0xc000_0094, 0, &[], &expected("EXCEPTION_INT_DIVIDE_BY_ZERO"));
    let overrun = expected("STATUS_STACK_BUFFER_OVERRUN / FAST_FAIL_FATAL_APP_EXIT");
    check(WINDOWS, 0xc000_0409, 0, &[7], &overrun);
    check(MAC, 1, 1, &[], &expected("EXC_BAD_ACCESS / KERN_INVALID_ADDRESS"));
    check(LINUX, 11, 2, &[], &expected("SIGSEGV / SEGV_ACCERR"));
    check(LINUX, 6, 0xffff_fffa, &[], &expected("SIGABRT / SI_TKILL"));
    check(LINUX, 8, 1, &[], &expected("SIGFPE / FPE_INTDIV"));
    check(LINUX, 999, 1, &[], &expected("0x000003e7 / 0x00000001"));
}

#[test]
fn a_dump_without_a_crash_is_information() {
    let event = asked(WINDOWS, AMD64, amd64(0x40_0100, 0), Vec::new()).read();
    assert_eq!(at(&event, &["level"]), "info");
    assert_eq!(at(&event, &["exception", "values", "0", "type"]), "Minidump");
    let image = |field| at(&event, &["debug_meta", "images", "0", field]);
    assert_eq!(image("type"), "pe");
    assert_eq!(image("debug_id"), "00112233-4455-6677-8899-aabbccddeeff-2");
    assert_eq!(image("code_id"), "00005eed1000");
    assert_eq!(image("debug_file"), "app.pdb");
    assert_eq!((image("image_addr"), image("image_size")), ("0x400000".into(), "4096".into()));
}

#[test]
fn what_crashpad_was_told_to_note_is_a_context() {
    let module = ModuleCrashpadInfo::new(0, LITTLE).add_simple_annotation("table", "roulette");
    let info = CrashpadInfo::new(LITTLE)
        .add_simple_annotation("version", "7.3.1")
        .add_simple_annotation("type", "not ours to say")
        .add_module(module);
    let bytes = SynthMinidump::with_endian(LITTLE).add_crashpad_info(info).finish().unwrap();
    let event = crash::read(&bytes, &Unwinding::default()).unwrap();
    let expected = r#"{"version":"7.3.1","table":"roulette"}"#;
    assert_eq!(at(&event, &["contexts", "crashpad"]), expected);
    assert_eq!(
        errors(&event),
        [
            "the minidump does not say on what system it was written",
            "the minidump lists no programs and libraries",
            "the minidump has no list of threads",
        ]
    );
}
