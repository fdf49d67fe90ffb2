//! Bytes of nobody's making: nothing panics, nothing grows.

use proptest::prelude::*;
use symbols::bundle::{Archive, Bundle};
use symbols::{DebugId, url};

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
        drop((url::source_mapping_url(&base), url::debug_id(&format!("//# debugId={base}"))));
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
