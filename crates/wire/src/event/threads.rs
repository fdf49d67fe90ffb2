//! The threads that ran when it happened.

use model::event::Event;
use model::json::Value;

use super::frames;
use super::schema::{Field, Kind, Schema, Text, Values, field, text};

/// Threads at most.
const THREADS_MAX: usize = 1_000;

/// What a thread holds or waits for.
pub(super) const LOCK: Schema = Schema::closed(
    "lockreason",
    &[
        field("type", Kind::Unsigned).required(),
        text("address").gone_when_empty(),
        text("package_name").gone_when_empty(),
        text("class_name").gone_when_empty(),
        field("thread_id", Kind::ThreadId).gone_when_empty(),
    ],
);

const THREAD: Schema = Schema::closed(
    "thread",
    &[
        field("id", Kind::ThreadId),
        field("name", Kind::Text(Text::max(1024, 100))),
        frames::FIELD,
        frames::RAW_FIELD,
        field("crashed", Kind::Bool),
        field("current", Kind::Bool),
        field("main", Kind::Bool),
        text("state").gone_when_empty(),
        field("held_locks", Kind::Map(&Kind::Object(&LOCK))),
    ],
);

const THREADS: Values = Values { item: Kind::Object(&THREAD), items_max: THREADS_MAX };

/// The field, to be put into the table of the event.
pub(super) const FIELD: Field = field("threads", Kind::Values(&THREADS)).gone_when_empty();

/// Completes the stacks of all threads.
pub(super) fn normalize(event: &mut Event<'_>) {
    let threads = event.root.get_mut("threads").and_then(Value::as_object_mut);
    let threads = threads.and_then(|threads| threads.get_mut("values"));
    for thread in threads.and_then(Value::as_array_mut).into_iter().flatten() {
        let stack = thread.as_object_mut().and_then(|thread| thread.get_mut("stacktrace"));
        if let Some(stack) = stack {
            frames::normalize(stack);
        }
    }
}
