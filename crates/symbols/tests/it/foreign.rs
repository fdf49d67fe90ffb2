//! Debug files of Windows and Apple. What makes them is `../data/native/make.sh`.

use symbols::native::{self, Unwind};

use crate::native::{at, identified, symbols};

const DLL: &[u8] = include_bytes!("../data/native/wallet-x86_64.dll");
const PDB: &[u8] = include_bytes!("../data/native/wallet-x86_64.pdb");
const DLL_32: &[u8] = include_bytes!("../data/native/wallet-i686.dll");
const PDB_32: &[u8] = include_bytes!("../data/native/wallet-i686.pdb");
const DYLIB: &[u8] = include_bytes!("../data/native/wallet-x86_64.dylib");
const DWARF: &[u8] = include_bytes!("../data/native/wallet-x86_64.dwarf");
const DYLIB_ARM: &[u8] = include_bytes!("../data/native/wallet-arm64.dylib");
const DWARF_ARM: &[u8] = include_bytes!("../data/native/wallet-arm64.dwarf");

/// Ids as `llvm-readobj --coff-debug-directory` and `llvm-dwarfdump --uuid` say them.
#[test]
fn a_program_and_its_debug_file_share_an_id() {
    let id = "5834eb76-06d4-8de6-4c4c-44205044422e-1";
    identified(DLL, &format!("pe lib {id} 8ab6e7345000 x86_64 [\"symtab\", \"unwind\"]"));
    identified(PDB, &format!("pdb dbg {id} - x86_64 [\"symtab\", \"debug\"]"));
    let id = "6d40fb7a-f49f-e203-4c4c-44205044422e-1";
    identified(DLL_32, &format!("pe lib {id} 9863ac0c5000 x86 [\"symtab\"]"));
    identified(PDB_32, &format!("pdb dbg {id} - x86 [\"symtab\", \"debug\", \"unwind\"]"));
    let ids = "4c4c448f-5555-3144-a188-680000630378 4c4c448f55553144a188680000630378 x86_64";
    identified(DYLIB, &format!("macho lib {ids} [\"symtab\", \"unwind\"]"));
    identified(DWARF, &format!("macho dbg {ids} [\"symtab\", \"debug\", \"unwind\"]"));
    let ids = "4c4c442b-5555-3144-a10e-9bbdf476a017 4c4c442b55553144a10e9bbdf476a017 arm64";
    identified(DYLIB_ARM, &format!("macho lib {ids} [\"symtab\"]"));
    identified(DWARF_ARM, &format!("macho dbg {ids} [\"symtab\", \"debug\"]"));
}

/// Addresses as `llvm-objdump -d` shows them: the jump of the comparison that was inlined, the trap
/// behind it, and the call.
#[test]
fn addresses_become_functions_with_what_was_inlined() {
    let place = "/build/src/wallet.cpp";
    // A PDB has names with parameters, and no other.
    for (pdb, jump, trap, call) in [(PDB, 0x1004, 0x100c, 0x1020), (PDB_32, 0x1006, 0x1010, 0x102a)]
    {
        let pdb = symbols(pdb);
        let named = |name: &str, line: u32| format!("{name} {name} {place}:{line}");
        let checked = |line| named("wallet::checked(int, int)", line);
        let charge = |line| named("wallet::Wallet::charge(int)", line);
        assert_eq!(at(&pdb, jump)[0], checked(10));
        assert_eq!(at(&pdb, jump)[1], charge(16));
        assert_eq!(at(&pdb, trap)[0], checked(11));
        assert_eq!(at(&pdb, call), [named("enter()", 25)]);
        assert!(at(&pdb, 0x9000).is_empty());
    }
    for (dwarf, jump, trap, call) in
        [(DWARF, 0x388, 0x391, 0x3b0), (DWARF_ARM, 0x2f0, 0x300, 0x318)]
    {
        let dwarf = symbols(dwarf);
        let checked = |line| format!("wallet::checked wallet::checked(int, int) {place}:{line}");
        let charge =
            |line| format!("wallet::Wallet::charge wallet::Wallet::charge(int) {place}:{line}");
        assert_eq!(at(&dwarf, jump), [checked(10), charge(16)]);
        assert_eq!(at(&dwarf, trap), [checked(11), charge(16)]);
        assert_eq!(at(&dwarf, call), [format!("enter enter {place}:25")]);
        assert!(at(&dwarf, 0x9000).is_empty());
    }
}

/// What a program without its debug file still says: the names that it exports.
#[test]
fn programs_alone_name_what_they_export() {
    assert_eq!(at(&symbols(DLL), 0x1020), ["enter enter -:0"]);
    assert!(at(&symbols(DLL), 0x1004).is_empty());
    let charge = "wallet::Wallet::charge wallet::Wallet::charge(int) -:0";
    assert_eq!(at(&symbols(DYLIB), 0x388), [charge]);
    assert_eq!(at(&symbols(DYLIB_ARM), 0x2f0), [charge]);
}

#[test]
fn stacks_are_told_by_the_file_that_has_the_rules() {
    let rules = |file: &[u8]| {
        let [about] = &*native::identify(file).unwrap() else { return String::new() };
        let built = native::build_unwind(file, about.debug_id).unwrap();
        String::from_utf8(Unwind::parse(built).unwrap().text().to_vec()).unwrap()
    };
    assert!(rules(DLL).contains("STACK CFI INIT 1010 1d .cfa: $rsp 48 + .ra: .cfa 8 - ^\n"));
    assert!(rules(DYLIB).contains("STACK CFI INIT 380 13 .cfa: $rbp 16 + "));
    assert!(rules(PDB_32).contains(
        "STACK WIN 4 1020 13 0 0 0 0 0 0 1 $T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =\n"
    ));
    // Nothing at all, so that the other file of the pair is asked.
    for silent in [PDB, DLL_32, DYLIB_ARM, DWARF_ARM] {
        assert_eq!(rules(silent), "");
    }
}
