//! Minidumps, with and without debug files.

use symbolicate::DumpProblem;

use crate::world::{World, event};

const DUMP: &[u8] = include_bytes!("../../../crash/tests/data/wallet.dmp");
const PROGRAM: &[u8] = include_bytes!("../../../crash/tests/data/wallet.elf");

/// How the three innermost frames were found.
fn trust(world: &World) -> Vec<String> {
    let fields = world.stacks.read_dump(world.project, DUMP).unwrap();
    let found = event(std::str::from_utf8(&fields).unwrap());
    let frames = found.at(&["exception", "values", "0", "stacktrace", "frames"]).unwrap();
    let frames = frames.as_array().unwrap().iter().rev().take(3);
    frames.map(|frame| frame.get("trust").unwrap().as_str().unwrap().to_owned()).collect()
}

#[test]
fn debug_files_say_how_stacks_are_walked() {
    let world = World::new();
    assert_eq!(trust(&world), ["context", "scan", "scan"]);
    let [file] = &*symbols::native::identify(PROGRAM).unwrap() else { unreachable!() };
    let id = file.debug_id.to_string();
    // One that cannot be read is done without, and one that says nothing about stacks.
    world.debug_file(1, "elf", &id, b"\x7fELF and no more");
    assert_eq!(trust(&world), ["context", "scan", "scan"]);
    world.debug_file(2, "elf", &id, PROGRAM);
    assert_eq!(trust(&world), ["context", "cfi", "cfi"]);
}

#[test]
fn what_cannot_be_read_says_why() {
    let world = World::new();
    let check = |dump: &[u8], expected: &str| {
        let problem = world.stacks.read_dump(world.project, dump).unwrap_err();
        assert_eq!(problem.to_string(), expected);
    };
    check(b"MDMP", "the minidump ends within its header");
    check(&[0; 64], "not a minidump: it does not begin with MDMP");
    let large = vec![0; symbolicate::limits::DUMP_BYTES_MAX + 1];
    let problem = world.stacks.read_dump(world.project, &large);
    assert_eq!(problem, Err(DumpProblem::TooLarge { bytes: large.len() }));
}
