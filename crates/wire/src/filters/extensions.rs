//! Errors that come from what people installed in their browsers, not from the page.

use model::event::Event;
use model::json::Value;

use super::first_exception;

/// Parts of messages, in lower case. Source: Relay.
const MESSAGES: [&str; 25] = [
    "top.globals",
    "originalcreatenotification",
    "canvas.contentdocument",
    "myapp_removeallhighlights",
    "http://tt.epicplay.com",
    "can't find variable: zitereader",
    "jigsaw is not defined",
    "combosearch is not defined",
    "http://loading.retry.widdit.com/",
    "atomicfindclose",
    "fb_xd_fragment",
    "bmi_safeaddonload",
    "ebcallbackmessagereceived",
    "_gcrweb",
    "conduitpage",
    "null is not an object (evaluating 'elt.parentnode')",
    "plugin.setsuspendstate is not a function",
    "extension context invalidated",
    "webkit-masked-url:",
    "can't access dead object",
    "cannot redefine property: solana",
    "cannot redefine property: ethereum",
    "cannot redefine property: googletag",
    "permission denied to access property ",
    "can't find variable: gmo",
];

/// Parts of addresses of scripts, in lower case. Source: Relay.
const SOURCES: [&str; 9] = [
    "graph.facebook.com",
    "connect.facebook.net",
    "eatdifferent.com.woopra-ns.com",
    "static.woopra.com/js/woopra.js",
    "webkit-masked-url",
    "127.0.0.1:4001/isrunning",
    "webappstoolbarba.texthelp.com/",
    "metrics.itunes.apple.com.edgesuite.net/",
    "kaspersky-labs.com",
];

/// What addresses of extensions' scripts begin with.
const SCHEMES: [&str; 5] = [
    "chrome://",
    "chrome-extension://",
    "moz-extension://",
    "safari-extension://",
    "safari-web-extension://",
];

pub(super) fn is_extension(event: &Event<'_>) -> bool {
    let Some(exception) = first_exception(event) else { return false };
    if let Some(value) = exception.str("value") {
        let value = value.to_ascii_lowercase();
        if MESSAGES.iter().any(|part| value.contains(part)) || is_translation(&value) {
            return true;
        }
    }
    let frames = exception.get("stacktrace").and_then(|stack| stack.get("frames"));
    source(frames.and_then(Value::as_array)).is_some_and(|source| {
        let source = source.to_ascii_lowercase();
        SCHEMES.iter().any(|scheme| source.starts_with(scheme))
            || SOURCES.iter().any(|part| source.contains(part))
    })
}

/// `undefined is not an object (evaluating 'a.L')`: Chrome's translation on iOS.
fn is_translation(value: &str) -> bool {
    const BEFORE: &str = "undefined is not an object (evaluating 'a.";
    value.split_once(BEFORE).is_some_and(|(_, rest)| {
        let mut chars = rest.chars();
        chars.next().is_some() && chars.as_str().starts_with("')")
    })
}

/// The script of the innermost frame that has one.
fn source<'f>(frames: Option<&'f Vec<Value<'_>>>) -> Option<&'f str> {
    for frame in frames?.iter().rev() {
        let path = frame.get("abs_path")?.as_str()?;
        if !matches!(path, "<anonymous>" | "[native code]") {
            return Some(path);
        }
    }
    None
}
