//! Exceptions, threads and the event itself: whatever has a stack.

use model::event::Event;
use model::json::{Object, Value};
use symbols::{frames, native};

/// Applies source maps and debug files to an event that has frames of both. Each begins with what came
/// when it finds that, and so would undo what the other has done.
pub(super) fn apply_both<L: frames::Lookup + native::Lookup>(
    event: &mut Event<'_>,
    lookup: &mut L,
) -> bool {
    each(event, |holder| {
        if let Some(raw) = holder.remove("raw_stacktrace") {
            holder.insert("stacktrace", raw);
        }
    });
    let scripts = frames::apply(event, lookup);
    let mut came = Vec::new();
    each(event, |holder| came.push(holder.remove("raw_stacktrace")));
    let report = native::apply(event, lookup);
    let mut came = came.into_iter();
    each(event, |holder| {
        if let Some(Some(raw)) = came.next() {
            holder.insert("raw_stacktrace", raw);
        }
    });
    scripts.is_changed() || report.readable > 0 || !report.problems.is_empty()
}

/// True when nothing was noted as missing, and some of every stack was made readable.
pub(super) fn is_finished(event: &Event<'_>) -> bool {
    let problems = event.root.get("errors").and_then(Value::as_array).into_iter().flatten();
    let mut kinds = problems.filter_map(|problem| problem.get("type").and_then(Value::as_str));
    if kinds.any(|kind| frames::is_problem(kind) || native::is_problem(kind)) {
        return false;
    }
    let lists = ["exception", "threads"].into_iter().filter_map(|list| event.root.get(list));
    let holders = lists.flat_map(|list| {
        let list = list.as_array().or_else(|| list.get("values").and_then(Value::as_array));
        list.into_iter().flatten().filter_map(Value::as_object)
    });
    let mut stacks = holders.chain([&event.root]).filter(|it| it.get("stacktrace").is_some());
    stacks.all(|holder| holder.get("raw_stacktrace").is_some())
}

/// All that may have a stack, always in the same order.
fn each<'a>(event: &mut Event<'a>, mut change: impl FnMut(&mut Object<'a>)) {
    for list in ["exception", "threads"] {
        let values = match event.root.get_mut(list) {
            Some(Value::Array(values)) => Some(values),
            Some(Value::Object(object)) => object.get_mut("values").and_then(Value::as_array_mut),
            _ => None,
        };
        for holder in values.into_iter().flatten().filter_map(Value::as_object_mut) {
            change(holder);
        }
    }
    change(&mut event.root);
}
