//! Names and paths of bounded length. They come from whoever may upload, and one of 50 MB in each of a
//! thousand frames, or a root of 50 MB before each of a thousand sources, would take all memory.

use std::borrow::Cow;

use crate::limits::{FRAME_PATH_CHARS_MAX, FUNCTION_NAME_BYTES_MAX, SOURCE_NAME_BYTES_MAX};

/// The start of a name that is too long.
pub(crate) fn name(name: &str) -> &str {
    start(name, FUNCTION_NAME_BYTES_MAX)
}

/// The end of a path that is too long, which says more than its start.
pub(crate) fn path(path: &str) -> String {
    // Whatever lies before that many characters from the end is not looked at.
    let kept = FRAME_PATH_CHARS_MAX - 1;
    match path.char_indices().rev().nth(kept) {
        Some((place, first)) if place > 0 => {
            std::iter::once('…').chain(path[place + first.len_utf8()..].chars()).collect()
        }
        _ => path.to_owned(),
    }
}

/// The name of a source below the root of its map.
pub(crate) fn source<'a>(root: &str, source: Cow<'a, str>) -> Cow<'a, str> {
    if !root.is_empty() {
        let (root, source) =
            (start(root, SOURCE_NAME_BYTES_MAX), start(&source, SOURCE_NAME_BYTES_MAX));
        return Cow::Owned(start(&format!("{root}/{source}"), SOURCE_NAME_BYTES_MAX).to_owned());
    }
    match source {
        Cow::Borrowed(source) => Cow::Borrowed(start(source, SOURCE_NAME_BYTES_MAX)),
        Cow::Owned(mut source) => {
            source.truncate(source.floor_char_boundary(SOURCE_NAME_BYTES_MAX));
            Cow::Owned(source)
        }
    }
}

fn start(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_too_long_is_cut() {
        for length in [0, 1, FRAME_PATH_CHARS_MAX - 1, FRAME_PATH_CHARS_MAX] {
            let text = "é".repeat(length);
            assert_eq!(path(&text), text);
        }
        let cut = path(&format!("é{}", "a".repeat(FRAME_PATH_CHARS_MAX)));
        assert_eq!(cut, format!("…{}", "a".repeat(FRAME_PATH_CHARS_MAX - 1)));
        assert_eq!(name("settle"), "settle");
        assert_eq!(name(&"é".repeat(1_000)).len(), FUNCTION_NAME_BYTES_MAX);
        assert_eq!(source("", "a.ts".into()), "a.ts");
        assert_eq!(source("src", "a.ts".into()), "src/a.ts");
        for root in ["", "src", &"r".repeat(5_000)] {
            let long = source(root, "é".repeat(5_000).into());
            assert!(long.len() <= SOURCE_NAME_BYTES_MAX, "{}", long.len());
        }
    }
}
