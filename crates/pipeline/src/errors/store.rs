//! From a finished event to what is stored of it: facts for its issue, a row, the payload.

use group::Title;
use meta::EventFacts;
use model::event::Event;
use model::id::{GroupHash, IssueId};
use model::json_text;
use wire::row::{Facts, error_row};

use super::{Given, Prepared};

/// Everything that is stored of an event. Its issue is filled in when `meta` has placed it.
pub fn prepare(
    event: &Event<'_>,
    hashes: Vec<GroupHash>,
    title: Title,
    given: &Given<'_>,
) -> Prepared {
    let received = given.record.received;
    let text = |key: &str| event.root.str(key).unwrap_or_default().to_owned();
    let mut payload =
        Vec::with_capacity(usize::try_from(given.record.body_len).unwrap_or(0) + 1024);
    event.write(&mut payload);
    let row = error_row(
        event,
        &Facts {
            project: given.record.project,
            issue: IssueId(0),
            title: &title.title,
            culprit: &title.culprit,
            received,
            size: u32::try_from(payload.len()).unwrap_or(u32::MAX),
            attachments: given.attachments,
        },
    );
    let mut metadata = Vec::new();
    json_text::write_object(&mut metadata, &title.metadata);
    let facts = EventFacts {
        project: row.project,
        event_id: row.event_id,
        received,
        timestamp: row.timestamp,
        hashes,
        title: title.title,
        culprit: title.culprit,
        message: row.message.clone(),
        level: row.level.clone(),
        platform: row.platform.clone(),
        event_type: row.event_type.clone(),
        logger: text("logger"),
        metadata: String::from_utf8(metadata).unwrap_or_default(),
        release: row.release.clone(),
        environment: row.environment.clone(),
        user: row.user.clone(),
        handled: row.error_handled,
    };
    Prepared { facts, row, payload }
}
