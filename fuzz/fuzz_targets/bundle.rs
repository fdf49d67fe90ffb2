//! Any bytes as a bundle or a zip: no panic, and no more memory than the limits allow.
#![no_main]

use libfuzzer_sys::fuzz_target;
use symbols::bundle::{Archive, Bundle};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(bundle) = Bundle::open(bytes) {
        for entry in &bundle.entries {
            let _content = bundle.read(entry);
        }
    }
    if let Ok(archive) = Archive::open(bytes) {
        for path in archive.paths() {
            let _content = archive.read(path);
        }
    }
});
