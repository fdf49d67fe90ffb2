//! Personal data out, before anything is grouped, indexed or written.

use model::event::Event;
use model::json::Object;
use scrub::Scrubber;

/// Scrubs an event.
pub fn event(event: &mut Event<'_>, scrubber: &Scrubber) {
    scrubber.apply(event);
}

/// Scrubs words of a user, as the message of an event would be.
pub fn text(scrubber: &Scrubber, text: String) -> String {
    let mut entry = Object::new();
    entry.push("formatted", text);
    let mut event = Event::default();
    event.root.push("logentry", entry);
    scrubber.apply(&mut event);
    event.str_at(&["logentry", "formatted"]).unwrap_or_default().to_owned()
}
