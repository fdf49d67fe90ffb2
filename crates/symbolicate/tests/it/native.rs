//! Frames of native programs and of Java.

use symbolicate::Symbolicator;

use crate::world::{World, event, minified, shown};

const ELF: &[u8] = include_bytes!("../../../symbols/tests/data/charge.elf");
const ELF_ID: &str = "a125df4c-0609-b13d-728a-fd423481bbc8";
const PROGUARD: &[u8] = b"com.example.wallet.Wallet -> a.b:\n    1:3:void debit(int):40:42 -> a\n";
const PROGUARD_ID: &str = "bff39e46-3733-54eb-ad5b-71608171abc4";

fn crash() -> model::event::Event<'static> {
    event(&format!(
        r#"{{"platform": "native", "exception": {{"values": [{{"type": "SIGSEGV", "stacktrace": {{"frames":
        [{{"instruction_addr": "0x40101d"}}, {{"instruction_addr": "0x401012"}}]}}}}]}},
        "debug_meta": {{"images": [{{"type": "elf", "debug_id": "{ELF_ID}", "code_file": "/srv/charge",
        "image_addr": "0x400000", "image_size": 36864}}]}}}}"#
    ))
}

#[test]
fn addresses_become_functions() {
    let world = World::new();
    let mut early = crash();
    assert!(Symbolicator::concerns(&early));
    let found = world.applied(&mut early);
    assert_eq!(
        found[2],
        format!(
            "native_missing_dsym: no debug file was uploaded for charge with debug id {ELF_ID}"
        )
    );
    world.debug_file(1, "elf", ELF_ID, ELF);
    assert_eq!(
        world.applied(&mut early),
        [
            "charge charge.c:15",
            "debit charge.c:11",
            "checked charge.c:6",
            "charge charge.c:15",
            "debit charge.c:11"
        ]
    );
    assert!(Symbolicator::is_finished(&early));
}

#[test]
fn files_that_are_no_debug_files_are_told() {
    let world = World::new();
    world.debug_file(1, "elf", ELF_ID, b"\x7fELF and no more");
    let found = world.applied(&mut crash());
    assert!(found[2].starts_with("native_bad_dsym: the debug file of charge"), "{found:?}");
    world.opened();
    world.applied(&mut crash());
    assert!(world.opened().is_empty(), "it is not read again");
}

#[test]
fn shortened_names_become_those_of_the_source() {
    let world = World::new();
    let mut found = event(&format!(
        r#"{{"platform": "java", "exception": {{"values": [{{"type": "b", "module": "a", "stacktrace":
        {{"frames": [{{"module": "a.b", "function": "a", "lineno": 2}}]}}}}]}},
        "debug_meta": {{"images": [{{"type": "proguard", "uuid": "{PROGUARD_ID}"}}]}}}}"#
    ));
    assert!(world.applied(&mut found)[1].starts_with("proguard_missing_mapping: "));
    world.debug_file(1, "proguard", PROGUARD_ID, PROGUARD);
    assert_eq!(world.applied(&mut found), ["debit Wallet.java:41"]);
    let kind = found.str_at(&["exception", "values", "0", "type"]);
    assert_eq!(kind, Some("Wallet"));
}

#[test]
fn an_event_may_have_frames_of_both() {
    let world = World::new();
    world.debug_file(1, "elf", ELF_ID, ELF);
    world.bundle(2, "", &crate::world::both(Some(crate::world::ID)));
    let mut found = minified(Some(crate::world::ID), None);
    let native = crash();
    let merge = |found: &mut model::event::Event<'static>| {
        let frames = native.at(&["exception", "values", "0", "stacktrace", "frames"]).unwrap();
        let more = frames.as_array().unwrap().clone();
        let place = found.root.get_mut("exception").and_then(|it| it.as_object_mut());
        let values = place.and_then(|it| it.get_mut("values")).and_then(|it| it.as_array_mut());
        let first = values.and_then(|it| it.first_mut()).and_then(|it| it.as_object_mut());
        let stack = first.and_then(|it| it.get_mut("stacktrace")).and_then(|it| it.as_object_mut());
        stack
            .and_then(|it| it.get_mut("frames"))
            .and_then(|it| it.as_array_mut())
            .unwrap()
            .extend(more);
        let images = native.at(&["debug_meta", "images"]).unwrap().as_array().unwrap().clone();
        let place = found.root.get_mut("debug_meta").and_then(|it| it.as_object_mut());
        place
            .and_then(|it| it.get_mut("images"))
            .and_then(|it| it.as_array_mut())
            .unwrap()
            .extend(images);
    };
    merge(&mut found);
    let once = world.applied(&mut found);
    assert_eq!(once.len(), 6);
    assert_eq!(once[0], crate::world::READABLE);
    assert_eq!(once[5], "debit charge.c:11");
    let twice = world.applied(&mut found);
    assert_eq!(twice, once, "nothing is done to what was done");
    assert_eq!(shown(&found), once);
}
