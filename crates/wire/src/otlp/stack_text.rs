//! Stack traces that were sent as text, as their runtimes print them, read into frames.
//!
//! Python, Java, JavaScript, Go and Rust. A text of another kind gives no frames and is shown as it
//! is. Lines are looked at once each; nothing here searches backwards.

use std::borrow::Cow;

use model::limits::STACK_TEXT_FRAMES_MAX;

/// An exception with the frames it passed through, outermost first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Thrown<'t> {
    pub(super) error_type: &'t str,
    pub(super) value: Cow<'t, str>,
    pub(super) frames: Vec<Frame<'t>>,
}

/// A frame. Empty text and 0 mean "not there".
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Frame<'t> {
    pub(super) function: &'t str,
    pub(super) module: &'t str,
    pub(super) path: &'t str,
    pub(super) line: u32,
    pub(super) column: u32,
    /// The line of source, which Python prints.
    pub(super) source: &'t str,
    pub(super) in_app: bool,
}

/// Reads the texts of one language.
type Reader<'t> = fn(&'t str) -> Vec<Thrown<'t>>;

/// Reads a text. The exception it is about is last, what caused it before it; the first of the list is
/// the first cause. Empty when there are no frames in it.
pub(super) fn read<'t>(text: &'t str, platform: &str) -> Vec<Thrown<'t>> {
    let readers: [(&str, Reader<'t>); 5] =
        [("python", python), ("java", java), ("node", javascript), ("go", go), ("rust", rust)];
    let wanted = if platform == "javascript" { "node" } else { platform };
    let of_platform = readers.iter().filter(|(name, _)| *name == wanted);
    let others = readers.iter().filter(|(name, _)| *name != wanted);
    let mut results = of_platform.chain(others).map(|(_, reader)| {
        let mut thrown = reader(text);
        thrown.retain(|thrown| !thrown.frames.is_empty());
        thrown
    });
    results.find(|thrown| !thrown.is_empty()).unwrap_or_default()
}

/// Outermost first already. Each part of a chain begins with a line of its own; causes come first.
fn python(text: &str) -> Vec<Thrown<'_>> {
    let mut chain: Vec<Thrown<'_>> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("Traceback (most recent call last)") {
            chain.push(Thrown::default());
        } else if let Some(place) = line.trim_start().strip_prefix("File \"") {
            if chain.is_empty() {
                chain.push(Thrown::default());
            }
            let Some(mut frame) = python_place(place) else { continue };
            if let Some(source) = lines.next_if(|next| is_python_source(next)) {
                frame.source = source.trim();
            }
            push(chain.last_mut(), frame);
        } else if let Some(thrown) = chain.last_mut()
            && thrown.error_type.is_empty()
            && !thrown.frames.is_empty()
            && !line.starts_with([' ', '\t'])
            && !line.is_empty()
        {
            (thrown.error_type, thrown.value) = title(line);
        }
    }
    chain
}

/// `app.py", line 10, in handler`
fn python_place(place: &str) -> Option<Frame<'_>> {
    let (path, rest) = place.split_once("\", line ")?;
    let (line, function) = rest.split_once(", in ").unwrap_or((rest, ""));
    let foreign = ["site-packages", "dist-packages", "/lib/python", "<frozen "];
    let in_app = !foreign.iter().any(|part| path.contains(part));
    Some(Frame { function, path, line: line.trim().parse().ok()?, in_app, ..Frame::default() })
}

/// Source is indented by four, and is no new frame and no row of markers.
fn is_python_source(line: &str) -> bool {
    let trimmed = line.trim_start();
    line.starts_with("    ") && !trimmed.starts_with("File \"") && !is_markers(trimmed)
}

fn is_markers(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'^' | b'~' | b' '))
}

/// Innermost first; a cause follows what it caused.
fn java(text: &str) -> Vec<Thrown<'_>> {
    let mut chain: Vec<Thrown<'_>> = Vec::new();
    let mut is_aside = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if let Some(place) = trimmed.strip_prefix("at ") {
            if let Some(frame) = java_place(place).filter(|_| !is_aside) {
                push(chain.last_mut(), frame);
            }
        } else if let Some(cause) = trimmed.strip_prefix("Caused by: ") {
            // Indented ones are causes of suppressed exceptions.
            is_aside = line.len() > trimmed.len();
            if !is_aside {
                chain.push(titled(cause));
            }
        } else if trimmed.starts_with("Suppressed: ") {
            is_aside = true;
        } else if chain.is_empty() {
            chain.push(titled(line));
        }
    }
    for thrown in &mut chain {
        thrown.frames.reverse();
    }
    chain.reverse();
    chain
}

/// `java.base/com.shop.Cart.add(Cart.java:42)`
fn java_place(place: &str) -> Option<Frame<'_>> {
    let (name, source) = place.trim_end().strip_suffix(')')?.split_once('(')?;
    let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
    let (module, function) = name.rsplit_once('.')?;
    let (path, line) = match source.rsplit_once(':') {
        Some((path, line)) => (path, line.parse().ok()?),
        None if matches!(source, "Native Method" | "Unknown Source" | "<generated>") => ("", 0),
        None if source.contains(['/', ' ']) => return None,
        None => (source, 0),
    };
    // JavaScript's places have URLs here, and a column besides the line.
    if path.contains([':', '/']) {
        return None;
    }
    let foreign = ["java.", "javax.", "jakarta.", "jdk.", "sun.", "com.sun.", "kotlin.", "scala."];
    let in_app = !foreign.iter().any(|prefix| module.starts_with(prefix));
    Some(Frame { function, module, path, line, in_app, ..Frame::default() })
}

/// Innermost first. V8 writes `at f (place)`, Firefox and Safari `f@place`.
fn javascript(text: &str) -> Vec<Thrown<'_>> {
    let mut thrown = Thrown::default();
    for line in text.lines() {
        let trimmed = line.trim();
        let frame = match trimmed.strip_prefix("at ") {
            Some(rest) => v8_place(rest),
            None => trimmed.split_once('@').and_then(|(function, place)| {
                javascript_place(place).map(|frame| Frame { function, ..frame })
            }),
        };
        match frame {
            Some(frame) => push(Some(&mut thrown), frame),
            None if thrown.frames.is_empty() && thrown.error_type.is_empty() => {
                (thrown.error_type, thrown.value) = title(trimmed);
            }
            None => {}
        }
    }
    thrown.frames.reverse();
    vec![thrown]
}

/// `async Object.run (file:///srv/app.mjs:20:5)` or only the place.
fn v8_place(rest: &str) -> Option<Frame<'_>> {
    let rest = rest.strip_prefix("async ").unwrap_or(rest);
    let rest = rest.strip_prefix("new ").unwrap_or(rest);
    let Some((function, place)) = rest.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("))
    else {
        return javascript_place(rest);
    };
    let function = if function.ends_with("<anonymous>") { "" } else { function };
    let function = function.split_once(" [as ").map_or(function, |(function, _)| function);
    let frame = javascript_place(place);
    let nowhere = || matches!(place, "native" | "<anonymous>").then(Frame::default);
    frame.or_else(nowhere).map(|frame| Frame { function, ..frame })
}

/// `path:line:column`
fn javascript_place(place: &str) -> Option<Frame<'_>> {
    let (rest, column) = place.rsplit_once(':')?;
    let (path, line) = rest.rsplit_once(':')?;
    let (line, column) = (line.parse().ok()?, column.parse().ok()?);
    let path = path.strip_prefix("file://").unwrap_or(path);
    let in_app = !path.contains("node_modules") && !path.starts_with("node:");
    Some(Frame { path, line, column, in_app, ..Frame::default() })
}

/// Innermost first, each frame a line with the function and an indented one with the place.
fn go(text: &str) -> Vec<Thrown<'_>> {
    let mut thrown = Thrown::default();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let function = line.strip_prefix("created by ").unwrap_or(line);
        let Some(place) = lines.next_if(|next| next.starts_with('\t') && !line.starts_with('\t'))
        else {
            continue;
        };
        let place = place.trim_start();
        let place = place.rsplit_once(" +0x").map_or(place, |(place, _)| place);
        let Some((path, number)) = place.rsplit_once(':') else { continue };
        let Ok(number) = number.parse() else { continue };
        let function = function.split_once(" in goroutine ").map_or(function, |(name, _)| name);
        let name = match function.rfind('(') {
            Some(end) if function.ends_with(')') => &function[..end],
            _ => function,
        };
        let after_path = name.rfind('/').map_or(0, |slash| slash + 1);
        let dot = name[after_path..].find('.').map(|dot| after_path + dot);
        let (module, function) = dot.map_or(("", name), |dot| (&name[..dot], &name[dot + 1..]));
        let is_standard = !module.split('/').next().unwrap_or_default().contains('.');
        let in_app = module == "main" || !is_standard && !path.contains("/pkg/mod/");
        let frame = Frame { function, module, path, line: number, in_app, ..Frame::default() };
        push(Some(&mut thrown), frame);
    }
    thrown.frames.reverse();
    vec![thrown]
}

/// Innermost first: `3: shop::cart::add`, then `at src/cart.rs:42:9` where it is known.
fn rust(text: &str) -> Vec<Thrown<'_>> {
    let mut thrown = Thrown::default();
    for line in text.lines() {
        let trimmed = line.trim_start();
        if let Some(place) = trimmed.strip_prefix("at ") {
            let Some(last) = thrown.frames.last_mut() else { continue };
            if let Some(frame) = javascript_place(place).filter(|_| last.path.is_empty()) {
                let foreign = frame.path.starts_with("/rustc/") || frame.path.contains("/.cargo/");
                last.in_app &= !foreign;
                (last.path, last.line, last.column) = (frame.path, frame.line, frame.column);
            }
        } else if let Some((number, function)) = trimmed.split_once(": ")
            && number.parse::<u32>().is_ok()
            && !function.trim().is_empty()
        {
            let function = function.trim();
            let std = ["std::", "core::", "alloc::", "<std::", "<core::", "<alloc::", "__rust"];
            let in_app = !std.iter().any(|prefix| function.starts_with(prefix));
            push(Some(&mut thrown), Frame { function, in_app, ..Frame::default() });
        }
    }
    thrown.frames.reverse();
    vec![thrown]
}

/// `shop.PaymentError: declined`
fn title(line: &str) -> (&str, Cow<'_, str>) {
    let (error_type, value) = line.split_once(':').unwrap_or((line, ""));
    (error_type.trim(), Cow::Borrowed(value.trim()))
}

fn titled(line: &str) -> Thrown<'_> {
    let (error_type, value) = title(line);
    Thrown { error_type, value, frames: Vec::new() }
}

/// Runtimes that write the innermost frame first lose the outermost of too many, and Python, which
/// writes it last, the outermost as well.
fn push<'t>(thrown: Option<&mut Thrown<'t>>, frame: Frame<'t>) {
    let Some(thrown) = thrown else { return };
    if thrown.frames.len() < STACK_TEXT_FRAMES_MAX {
        thrown.frames.push(frame);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(platform: &str, text: &str, expected: &Expect) {
        let mut shown = String::new();
        for thrown in read(text, platform) {
            writeln!(shown, "{}: {}", thrown.error_type, thrown.value).unwrap();
            for it in thrown.frames {
                let mark = if it.in_app { '*' } else { ' ' };
                let (line, column) = (it.line, it.column);
                writeln!(
                    shown,
                    "{mark} {}|{}|{}:{line}:{column}|{}",
                    it.module, it.function, it.path, it.source
                )
                .unwrap();
            }
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn python_texts() {
        let text = "Traceback (most recent call last):\n  File \"/app/db.py\", line 3, in get\n    \
                    return rows[key]\n           ~~~~^^^^^\nKeyError: 'a'\n\nDuring handling of the \
                    above exception, another exception occurred:\n\nTraceback (most recent call \
                    last):\n  File \"/usr/lib/python3.12/x.py\", line 9, in run\n    f()\n  File \
                    \"/app/main.py\", line 20, in <module>\nshop.Failed: no row: a\nmore text\n";
        check(
            "python",
            text,
            &expect![[r"
            KeyError: 'a'
            * |get|/app/db.py:3:0|return rows[key]
            shop.Failed: no row: a
              |run|/usr/lib/python3.12/x.py:9:0|f()
            * |<module>|/app/main.py:20:0|
        "]],
        );
    }

    #[test]
    fn java_texts() {
        let text = "java.lang.IllegalStateException: no wallet\n\tat com.shop.Cart.pay(Cart.java:42)\
                    \n\tat java.base/java.lang.Thread.run(Thread.java:1583)\n\tSuppressed: x.Y: z\n\t\t\
                    at x.Y.z(Y.java:1)\nCaused by: java.io.IOException: gone\n\tat \
                    com.shop.Net.get(Unknown Source)\n\t... 12 more\n";
        check(
            "java",
            text,
            &expect![[r"
            java.io.IOException: gone
            * com.shop.Net|get|:0:0|
            java.lang.IllegalStateException: no wallet
              java.lang.Thread|run|Thread.java:1583:0|
            * com.shop.Cart|pay|Cart.java:42:0|
        "]],
        );
    }

    #[test]
    fn javascript_texts() {
        let text = "Error: settlement timeout\n    at Wallet.pay [as run] (/srv/node_modules/w/i.js:2:7)\n    \
                    at async file:///srv/app/main.mjs:20:180\n    at new Foo (node:net:1:2)\n    at \
                    Object.<anonymous> (webpack:///src/a.ts:3:4)";
        check(
            "node",
            text,
            &expect![[r"
            Error: settlement timeout
            * ||webpack:///src/a.ts:3:4|
              |Foo|node:net:1:2|
            * ||/srv/app/main.mjs:20:180|
              |Wallet.pay|/srv/node_modules/w/i.js:2:7|
        "]],
        );
        check(
            "",
            "pay@https://a.example/app.js:1:99\n@https://a.example/app.js:2:5",
            &expect![[r"
            : 
            * ||https://a.example/app.js:2:5|
            * |pay|https://a.example/app.js:1:99|
        "]],
        );
    }

    #[test]
    fn go_and_rust_texts() {
        let text = "goroutine 1 [running]:\nruntime/debug.Stack()\n\t/usr/local/go/src/runtime/debug/stack.go:26 +0x5e\n\
                    example.com/shop/cart.(*Cart).Pay(0xc000, {0x1, 0x2})\n\t/src/cart.go:12 +0x1d\n\
                    main.main()\n\t/src/main.go:5\ncreated by net/http.Serve in goroutine 7\n\t/go/http.go:1 +0x1\n";
        check(
            "go",
            text,
            &expect![[r"
            : 
              net/http|Serve|/go/http.go:1:0|
            * main|main|/src/main.go:5:0|
            * example.com/shop/cart|(*Cart).Pay|/src/cart.go:12:0|
              runtime/debug|Stack|/usr/local/go/src/runtime/debug/stack.go:26:0|
        "]],
        );
        let text = "   0: std::backtrace::Backtrace::create\n             at /rustc/1/lib.rs:331:13\n   \
                    1: shop::cart::pay\n             at ./src/cart.rs:42:9\n   2: main\n";
        check(
            "rust",
            text,
            &expect![[r"
            : 
            * |main|:0:0|
            * |shop::cart::pay|./src/cart.rs:42:9|
              |std::backtrace::Backtrace::create|/rustc/1/lib.rs:331:13|
        "]],
        );
    }

    #[test]
    fn other_texts_have_no_frames() {
        for text in ["", "something broke", "at", "File \"x", "a\n\tb\n\tc", "@:1:2:x", "1: "] {
            assert_eq!(read(text, "ruby"), [], "{text}");
        }
    }
}
