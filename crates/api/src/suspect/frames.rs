//! The files that an event went through, innermost first.

use model::limits::SUSPECT_FRAMES_MAX;
use serde_json::Value;

/// A place in the app's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its path as the stack trace shows it, without what bundlers put before it.
    pub path: String,
    /// Its path on the machine that ran it; may be empty.
    pub absolute: String,
}

impl Frame {
    /// The file's name without folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// What code mappings may speak of, the likelier first.
    pub fn paths(&self) -> [&str; 2] {
        [&self.path, &self.absolute]
    }
}

/// The frames of the app in an event's payload, each file once, the innermost first: of the exception that
/// was raised last, then of those that led to it. All frames when none is of the app.
pub fn read(payload: &[u8]) -> Vec<Frame> {
    let Ok(event) = serde_json::from_slice::<Value>(payload) else { return Vec::new() };
    let list = |pointer: &str| event.pointer(pointer).and_then(Value::as_array);
    let exceptions = list("/exception/values").into_iter().flatten().rev();
    let crashed = |thread: &&Value| thread.get("crashed") == Some(&Value::Bool(true));
    let threads = list("/threads/values").into_iter().flatten().filter(crashed);
    let traces = exceptions.chain(threads).filter_map(|it| it.pointer("/stacktrace/frames"));
    let own = event.pointer("/stacktrace/frames").into_iter();
    let all: Vec<&Value> = traces
        .chain(own)
        .filter_map(Value::as_array)
        .flat_map(|frames| frames.iter().rev())
        .collect();
    let in_app = |frame: &&&Value| frame.get("in_app") == Some(&Value::Bool(true));
    let some: Vec<&Value> = all.iter().filter(in_app).copied().collect();
    let mut found: Vec<Frame> = Vec::new();
    for frame in if some.is_empty() { all } else { some } {
        let Some(frame) = one(frame) else { continue };
        if !found.iter().any(|known| known.path == frame.path) {
            found.push(frame);
        }
        if found.len() == SUSPECT_FRAMES_MAX {
            break;
        }
    }
    found
}

fn one(frame: &Value) -> Option<Frame> {
    let text = |key: &str| frame.get(key).and_then(Value::as_str).unwrap_or_default();
    let absolute = bare(text("abs_path"));
    let filename = bare(text("filename"));
    let path = match (of_module(text("module"), &filename), filename.is_empty()) {
        (Some(path), _) => path,
        (None, false) => filename,
        (None, true) => absolute.clone(),
    };
    (!path.is_empty()).then_some(Frame { path, absolute })
}

/// Java and Kotlin name the class, and of the file only the name: `com.acme.Bets$Limit`, `Bets.kt`.
fn of_module(module: &str, filename: &str) -> Option<String> {
    let is_jvm = [".java", ".kt", ".scala", ".groovy"].iter().any(|end| filename.ends_with(end));
    if !is_jvm || filename.contains('/') {
        return None;
    }
    let (package, _) = module.rsplit_once('.')?;
    Some(format!("{}/{filename}", package.replace('.', "/")))
}

/// A path with slashes and without what bundlers, browsers and shells put before it.
pub fn bare(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default().replace('\\', "/");
    let path = match path.split_once("://") {
        // `webpack://shop/./src/a.ts`, `app:///src/a.ts`, `https://shop.example/src/a.ts`
        Some((_, rest)) => rest.split_once('/').map_or(rest, |(_, path)| path).to_owned(),
        None => path,
    };
    let mut path = path.as_str();
    while let Some(rest) = ["./", "../", "~/"].iter().find_map(|start| path.strip_prefix(start)) {
        path = rest;
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_lose_what_is_before_them() {
        for (path, expected) in [
            ("app/bets.py", "app/bets.py"),
            ("webpack://shop/./src/a.ts", "src/a.ts"),
            ("webpack:///./src/a.ts?x", "src/a.ts"),
            ("app:///src/a.ts", "src/a.ts"),
            ("../../src/a.ts", "src/a.ts"),
            ("C:\\app\\src\\a.cs", "C:/app/src/a.cs"),
            ("/srv/app/a.py", "/srv/app/a.py"),
            ("", ""),
        ] {
            assert_eq!(bare(path), expected, "{path}");
        }
    }

    #[test]
    fn frames_of_the_app_are_read_from_the_innermost() {
        let frame = |file: &str, in_app: bool| json!({"filename": file, "in_app": in_app});
        let trace = |frames: &[Value]| json!({"stacktrace": {"frames": frames}});
        let event = json!({"exception": {"values": [
            trace(&[frame("a.py", true), frame("b.py", true)]),
            trace(&[frame("c.py", true), frame("b.py", true), frame("lib.py", false)]),
        ]}});
        let names = |event: &Value| -> Vec<String> {
            read(event.to_string().as_bytes()).into_iter().map(|frame| frame.path).collect()
        };
        assert_eq!(names(&event), ["b.py", "c.py", "a.py"]);
        let system = json!({"exception": {"values": [trace(&[frame("lib.py", false)])]}});
        assert_eq!(names(&system), ["lib.py"]);
        let java = json!({"exception": {"values": [trace(&[
            json!({"module": "com.acme.Bets$Limit", "filename": "Bets.java", "in_app": true})])]}});
        assert_eq!(names(&java), ["com/acme/Bets.java"]);
        for odd in ["", "[]", "{\"exception\": 7}", "{\"exception\": {\"values\": [null, 1]}}"] {
            assert_eq!(read(odd.as_bytes()), [], "{odd}");
        }
    }
}
