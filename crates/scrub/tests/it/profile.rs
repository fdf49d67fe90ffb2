//! Profiles lose secrets.

use std::borrow::Cow;

use model::clock::Micros;
use model::id::EventId;
use model::profile::{Device, Frame, Profile, Subject, Thread, Versioned};
use scrub::{ScrubSettings, Scrubber};

const CARD: &str = "card 4111111111111111";

fn profile() -> Profile<'static> {
    let frame = |file: &'static str| Frame {
        function: "settle".into(),
        module: CARD.into(),
        file: file.into(),
        path: CARD.into(),
        ..Frame::default()
    };
    Profile {
        id: EventId([1; 16]),
        subject: Subject::Transaction {
            event: EventId([2; 16]),
            name: CARD.into(),
            trace: None,
            span: None,
            active_thread: None,
        },
        platform: Cow::Borrowed("python"),
        release: Cow::Borrowed("1.0"),
        dist: Cow::Borrowed(""),
        environment: Cow::Borrowed("prod"),
        sdk: Versioned::default(),
        os: Versioned::default(),
        runtime: Versioned::default(),
        device: Device::default(),
        start: Micros(0),
        end: Micros(1),
        threads: vec![Thread { id: "1".into(), name: CARD.into() }],
        frames: vec![frame("casino/bets.py"), frame(CARD), frame(CARD)],
        stacks: Vec::new(),
        samples: Vec::new(),
        measurements: Vec::new(),
        images: Vec::new(),
    }
}

#[test]
fn texts_lose_what_must_not_be_kept() {
    let mut profile = profile();
    Scrubber::new(&ScrubSettings::default()).unwrap().apply_to_profile(&mut profile);
    assert!(!format!("{profile:?}").contains("4111111111111111"));
    assert_eq!(profile.threads[0].name, "card [pan]");
    assert_eq!(profile.frames[0].function, "settle");
    assert_eq!(profile.frames[0].file, "casino/bets.py");
    assert_eq!(profile.frames[2].file, "card [pan]");
}

#[test]
fn without_rules_all_stays() {
    let settings = ScrubSettings { scrub_data: false, ..ScrubSettings::default() };
    let mut kept = profile();
    Scrubber::new(&settings).unwrap().apply_to_profile(&mut kept);
    assert_eq!(kept, profile());
}
