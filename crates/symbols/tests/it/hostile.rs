//! Bytes of nobody's making: nothing panics, nothing grows.

use proptest::prelude::*;
use symbols::bundle::{Archive, Bundle};
use symbols::native::{self, Mapping, Symbols};
use symbols::source_map::{self, SourceMap};
use symbols::{DebugId, url};

use crate::maps::{MAP, SCRIPT};
use crate::native::{BREAKPAD, ELF, PROGUARD};
use crate::zips::{bundle, deflated, stored, zstd};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_a_bundle_or_none(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        drop(Bundle::open(bytes.as_slice()));
        let tail = [b"SYSB\x02\0\0\0".as_slice(), &bytes, b"PK\x05\x06", &bytes].concat();
        drop(Bundle::open(tail));
    }

    /// A whole bundle in which some bytes are others.
    #[test]
    fn damaged_bundles_are_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let manifest = r#"{"files":{"a":{"type":"source","url":"~/a"},"b":{},"c":{"headers":{"debug-id":""}}}}"#;
        let mut bytes = bundle(&[
            stored("a", b"aaaa"),
            deflated("b", b"bbbb"),
            zstd("c", b"cccc"),
            stored("manifest.json", manifest.as_bytes()),
        ]);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(opened) = Bundle::open(bytes.as_slice()) {
            for entry in &opened.entries {
                drop(opened.read(entry));
            }
        }
        if let Ok(archive) = Archive::open(bytes.as_slice()) {
            for path in archive.paths() {
                drop(archive.read(path));
            }
        }
    }

    #[test]
    fn addresses_are_taken_as_they_are(base in ".{0,40}", reference in "[./a~:?#%ä\\\\]{0,20}") {
        let resolved = url::resolve(&base, &reference);
        prop_assert!(url::candidates(&resolved).len() <= 4);
        drop((url::map_candidates(&base, &reference), url::is_script(&base)));
        drop((url::inline(&base), url::inline(&format!("data:{base};base64,{reference}"))));
        assert!(url::source_mapping_url(&base).is_none());
        let id = url::debug_id(&format!("//# debugId={base}"));
        prop_assert!(id.is_none_or(|id| base.to_lowercase().contains(&id.to_string()[..8])));
    }

    #[test]
    fn what_is_written_of_an_id_is_read_back(uuid in any::<u128>(), age in any::<u32>(), text in ".{0,48}") {
        let id = DebugId::new(uuid, age);
        prop_assert_eq!(id.to_string().parse::<DebugId>(), Ok(id));
        prop_assert_eq!(id.to_string().to_uppercase().parse::<DebugId>(), Ok(id));
        let joined = format!("{uuid:032x}{age:x}");
        prop_assert_eq!(joined.parse::<DebugId>(), Ok(id));
        drop(text.parse::<DebugId>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A map and a script in which some bytes are others.
    #[test]
    fn damaged_maps_are_built_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        scripts in prop::collection::vec((any::<prop::sample::Index>(), "[(){}\\[\\]=>,;:?`'/.\\\\a]{1,3}"), 0..12),
    ) {
        let mut map = MAP.to_vec();
        for (place, byte) in changes {
            let place = place.index(map.len());
            map[place] = byte;
        }
        let mut script = SCRIPT.to_owned();
        for (place, text) in scripts {
            let place = (0..=place.index(script.len())).rev().find(|at| script.is_char_boundary(*at));
            script.insert_str(place.unwrap(), &text);
        }
        if let Ok(bytes) = source_map::build(&map, Some(&script)) {
            look_everywhere(bytes);
        }
    }

    /// What was built, changed afterwards: other answers perhaps, no more.
    #[test]
    fn damaged_built_maps_are_harmless(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        is_front in any::<bool>(),
    ) {
        let mut bytes = source_map::build(MAP, Some(SCRIPT)).unwrap();
        for (place, byte) in changes {
            let end = if is_front { 64 } else { bytes.len() };
            let place = place.index(end);
            bytes[place] = byte;
        }
        look_everywhere(bytes);
    }

    #[test]
    fn any_text_is_a_script(script in "[(){}\\[\\]=>,;:?`'\"/.$\\\\\n# a0é\u{2028}]{0,200}", words in prop::collection::vec(
        prop::sample::select(vec!["function", "class", " extends ", "=>", "{", "}", "(", ")", "get ", "static", "async ", "`${", "if(", "case ", "a", "=", ",", ";", "\n"]), 0..60)) {
        let map = br#"{"sources":["a"],"names":["n"],"mappings":"AAAAA,CAAAA,CAAAA,CAAAA;AAAAA,CAAAA"}"#;
        for script in [script.clone(), words.concat(), format!("{script}{}", words.concat())] {
            look_everywhere(source_map::build(map, Some(&script)).unwrap());
        }
    }
}

fn look_everywhere(bytes: Vec<u8>) {
    let Ok(map) = SourceMap::parse(bytes) else { return };
    for line in [0, 1, 2, 3, 4, u32::MAX] {
        for column in (0..4_000).step_by(37).chain([u32::MAX]) {
            if let Some(location) = map.lookup(line, column) {
                drop(map.context(&location, 5));
            }
        }
    }
    map.sources().for_each(drop);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Debug files in which some bytes are others.
    #[test]
    fn damaged_debug_files_are_built_or_refused(
        which in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..10),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = [ELF, BREAKPAD, PROGUARD][which].to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        drop(native::identify(&bytes));
        if let Ok(built) = native::build_symbols(&bytes, None) {
            let symbols = Symbols::parse(built).unwrap();
            for offset in (0..0x3000).step_by(3).chain([u64::MAX]) {
                drop(symbols.lookup(offset));
            }
        }
        if let Ok(built) = native::build_mapping(&bytes) {
            let mapping = Mapping::parse(built).unwrap();
            for line in 0..6 {
                drop(mapping.frames("a.b", "a", line));
            }
        }
    }

    /// What was built, changed afterwards.
    #[test]
    fn damaged_built_debug_files_are_harmless(
        is_java in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10),
    ) {
        let built = if is_java { native::build_mapping(PROGUARD) } else { native::build_symbols(ELF, None) };
        let mut bytes = built.unwrap();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(symbols) = Symbols::parse(bytes.clone()) {
            for offset in (0..0x3000).step_by(3).chain([u64::MAX]) {
                drop(symbols.lookup(offset));
            }
        }
        if let Ok(mapping) = Mapping::parse(bytes) {
            drop(mapping.class("a.b"));
            drop(mapping.frames("a.b", "a", 4));
        }
    }

    #[test]
    fn any_text_may_be_a_mangled_name(start in "_ZN?|_R|\\$s|\\?|_T|", rest in "[A-Za-z0-9_$@?.]{0,80}") {
        let names = native::demangle(&format!("{start}{rest}"));
        prop_assert!(names.short.len() <= 5_000);
    }
}
