//! Stack traces as the API shows them: frames outermost first, source lines with their numbers.

use serde_json::{Value, json};

/// A stack trace; `null` when there is none or it has no frames.
pub fn stacktrace(value: Option<&Value>) -> Value {
    let frames = value.and_then(|value| value.get("frames")).and_then(Value::as_array);
    let Some(frames) = frames.filter(|frames| !frames.is_empty()) else { return Value::Null };
    let in_app = |frame: &&Value| frame.get("in_app") == Some(&Value::Bool(true));
    let shown: Vec<Value> = frames.iter().filter(|frame| frame.is_object()).map(frame).collect();
    let any_in_app = frames.iter().any(|frame| in_app(&frame));
    let any_system = frames.iter().any(|frame| !in_app(&frame));
    json!({
        "frames": shown,
        "framesOmitted": null,
        "registers": value.and_then(|value| value.get("registers")),
        "hasSystemFrames": any_in_app && any_system,
    })
}

fn frame(frame: &Value) -> Value {
    let part = |key: &str| frame.get(key).cloned().unwrap_or_default();
    let data =
        |key: &str| frame.get("data").and_then(|data| data.get(key)).cloned().unwrap_or_default();
    json!({
        "filename": part("filename"),
        "absPath": part("abs_path"),
        "module": part("module"),
        "package": part("package"),
        "platform": part("platform"),
        "function": part("function"),
        "rawFunction": part("raw_function"),
        "symbol": part("symbol"),
        "lineNo": part("lineno"),
        "colNo": part("colno"),
        "inApp": frame.get("in_app").and_then(Value::as_bool).unwrap_or(false),
        "context": context(frame),
        "vars": part("vars"),
        "instructionAddr": part("instruction_addr"),
        "symbolAddr": part("symbol_addr"),
        "trust": part("trust"),
        "addrMode": part("addr_mode"),
        "errors": part("errors"),
        "lock": part("lock"),
        "map": data("sourcemap"),
        "mapUrl": data("sourcemap"),
        "origAbsPath": data("orig_abs_path"),
        "sourceLink": part("source_link"),
        "symbolicatorStatus": data("symbolicator_status"),
        "resolvedWith": data("resolved_with"),
        // Why it is not readable: `type` and `message`, as in the event's errors.
        "problem": data("problem"),
    })
}

/// The source lines around the frame, each with its number.
fn context(frame: &Value) -> Value {
    let lines = |key: &str| frame.get(key).and_then(Value::as_array).into_iter().flatten();
    let Some(line) = frame.get("context_line").and_then(Value::as_str) else { return json!([]) };
    let number = frame.get("lineno").and_then(Value::as_u64).unwrap_or(0);
    let before = u64::try_from(lines("pre_context").count()).unwrap_or(0);
    let first = number.saturating_sub(before);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = lines("pre_context")
        .map(text)
        .chain([line.to_owned()])
        .chain(lines("post_context").map(text));
    all.zip(first..).map(|(text, number)| json!([number, text])).collect()
}
