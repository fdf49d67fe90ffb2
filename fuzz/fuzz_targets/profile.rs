//! Any bytes as a profile, sent or stored: no panic, and what was read is stored, read back the same, and
//! folded.
#![no_main]

use flame::{Clip, Tree, chart, decode, encode, speedscope};
use libfuzzer_sys::fuzz_target;
use model::clock::Micros;
use model::profile::Profile;
use wire::profile;

fn use_it(profile: &Profile<'_>) {
    let stored = encode(profile);
    assert_eq!(decode(&stored).as_ref(), Ok(profile));
    let clip = Clip::default();
    let mut tree = Tree::of(profile, &clip);
    let whole = tree.rows()[0].total;
    tree.prune(50);
    assert_eq!(tree.rows()[0].total, whole);
    let _chart = chart(profile, &clip, 100);
    let _file = speedscope(profile, &clip, "fuzz");
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(profile) = profile::transaction(&mut bytes.to_vec(), Micros(1)) {
        use_it(&profile);
    }
    if let Ok(profile) = profile::chunk(&mut bytes.to_vec(), Some("python")) {
        use_it(&profile);
    }
    // What is stored may be damaged, but positions in it are valid: nothing else is promised.
    if let Ok(profile) = decode(bytes) {
        let _tree = Tree::of(&profile, &Clip::default());
    }
});
