//! Profiles: their texts are shown to the rules as if they were descriptions of spans.

use std::borrow::Cow;
use std::collections::HashMap;

use model::annotation::Annotations;
use model::profile::{Profile, Subject};

use crate::Scrubber;
use crate::clean::Clean;
use crate::span::text;
use crate::walk::Walk;

/// Shows each text of a profile to the rules once, however many frames have it.
pub(crate) fn scrub(scrubber: &Scrubber, profile: &mut Profile<'_>) {
    let mut cleaner = Cleaner { scrubber, clean: Clean::default(), known: HashMap::new() };
    if let Subject::Transaction { name, .. } = &mut profile.subject {
        cleaner.clean(name);
    }
    for thread in &mut profile.threads {
        cleaner.clean(&mut thread.name);
    }
    for frame in &mut profile.frames {
        for text in [&mut frame.function, &mut frame.module, &mut frame.file, &mut frame.path] {
            cleaner.clean(text);
        }
    }
    for image in &mut profile.images {
        cleaner.clean(&mut image.file);
    }
}

struct Cleaner<'s> {
    scrubber: &'s Scrubber,
    clean: Clean,
    /// What is left of a text; `None` when all of it.
    known: HashMap<String, Option<String>>,
}

impl Cleaner<'_> {
    fn clean(&mut self, value: &mut Cow<'_, str>) {
        if value.is_empty() {
            return;
        }
        if let Some(known) = self.known.get(value.as_ref()) {
            if let Some(left) = known {
                *value = Cow::Owned(left.clone());
            }
            return;
        }
        // Profiles keep no notes.
        let mut notes = Annotations::default();
        let mut left = Cow::Borrowed(value.as_ref());
        let mut walk = Walk::new(self.scrubber, &mut notes, &mut self.clean);
        text(&mut walk, "description", &mut left);
        let changed = (left != *value).then(|| left.into_owned());
        self.known.insert(value.to_string(), changed.clone());
        if let Some(left) = changed {
            *value = Cow::Owned(left);
        }
    }
}
