//! Text escaped and cut to what a vendor takes.

/// The mark of text that was cut.
const MORE: char = '…';

/// Escapes each character and stops before the result is longer than `units` UTF-16 units, which is how
/// most vendors count, and never fewer than characters. An escape is never cut in half.
pub(crate) fn escaped(
    text: &str,
    units: usize,
    escape: impl Fn(char) -> Option<&'static str>,
) -> String {
    let mut out = String::with_capacity(text.len().min(units * 4));
    let mut used = 0;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let special = escape(char);
        let length = special.map_or(char.len_utf16(), str::len);
        let reserve = usize::from(chars.peek().is_some());
        if used + length + reserve > units {
            out.push(MORE);
            return out;
        }
        used += length;
        match special {
            Some(special) => out.push_str(special),
            None => out.push(char),
        }
    }
    out
}

/// Cut only.
pub(crate) fn cut(text: &str, units: usize) -> String {
    escaped(text, units, |_| None)
}

/// Slack's `mrkdwn`: three characters begin links, mentions and entities.
pub(crate) fn slack(char: char) -> Option<&'static str> {
    match char {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

/// Within Slack's code: a backtick would end it.
pub(crate) fn slack_code(char: char) -> Option<&'static str> {
    if char == '`' { Some("'") } else { slack(char) }
}

/// HTML, in text and in quoted attributes.
pub(crate) fn html(char: char) -> Option<&'static str> {
    match char {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    }
}

/// Markdown as Discord, Mattermost and Teams read it. `@` would wake everybody, `{{` is a macro of cards.
pub(crate) fn markdown(char: char) -> Option<&'static str> {
    Some(match char {
        '\\' => "\\\\",
        '*' => "\\*",
        '_' => "\\_",
        '`' => "\\`",
        '~' => "\\~",
        '|' => "\\|",
        '>' => "\\>",
        '<' => "\\<",
        '[' => "\\[",
        ']' => "\\]",
        '(' => "\\(",
        ')' => "\\)",
        '#' => "\\#",
        '!' => "\\!",
        '@' => "@\u{200b}",
        '{' => "{\u{200b}",
        _ => return None,
    })
}

/// Where markup is not read, but names are called.
pub(crate) fn mentions(char: char) -> Option<&'static str> {
    if char == '@' { Some("@\u{200b}") } else { None }
}
