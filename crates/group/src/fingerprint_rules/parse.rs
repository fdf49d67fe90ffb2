//! Reading fingerprint rules.

use model::limits;

use super::FingerprintRule;
use super::matcher::EventMatcher;
use crate::stack_rules::matcher::{FrameMatcher, FrameTest};
use crate::syntax::{Cursor, RawMatcher, RuleError, rule_lines};

/// Reads all rules of a text.
pub(super) fn rules(text: &str) -> Result<Vec<FingerprintRule>, RuleError> {
    let mut out = Vec::new();
    for (line, content) in rule_lines(text) {
        if out.len() == limits::GROUPING_RULES_MAX {
            let message = format!("more than {} rules", limits::GROUPING_RULES_MAX);
            return Err(RuleError { line, message });
        }
        out.push(rule(content).map_err(|message| RuleError { line, message })?);
    }
    Ok(out)
}

fn rule(line: &str) -> Result<FingerprintRule, String> {
    let mut cursor = Cursor::new(line);
    let mut rule = FingerprintRule {
        text: line.to_owned(),
        values: Vec::new(),
        title: None,
        on_event: Vec::new(),
        on_frame: Vec::new(),
        on_caller: Vec::new(),
        on_callee: Vec::new(),
    };
    if cursor.eat("[") {
        rule.on_caller = neighbour(&mut cursor)?;
        if !cursor.eat("|") {
            return Err("after the caller in brackets a `|` is expected".to_owned());
        }
    }
    while let Some(raw) = cursor.matcher(false)? {
        if let Some(matcher) = EventMatcher::new(&raw) {
            rule.on_event.push(matcher);
        } else {
            rule.on_frame.push(frame_matcher(&raw)?);
        }
    }
    if cursor.eat("|") {
        if !cursor.eat("[") {
            return Err("after `|` the callee is expected in brackets".to_owned());
        }
        rule.on_callee = neighbour(&mut cursor)?;
    }
    if rule.on_event.is_empty() && rule.on_frame.is_empty() {
        return Err(format!(
            "a matcher such as `type:KeyError` is expected at `{}`",
            cursor.rest()
        ));
    }
    if rule.on_frame.is_empty() && !(rule.on_caller.is_empty() && rule.on_callee.is_empty()) {
        return Err("a caller or callee needs a frame matcher beside it".to_owned());
    }
    if !cursor.eat("->") {
        return Err(format!("`->` is expected at `{}`", cursor.rest()));
    }
    while !cursor.is_at_end() {
        if cursor.starts_with("title=\"") {
            cursor.take_while(|letter| letter != '"');
            rule.title = Some(cursor.quoted()?);
        } else {
            rule.values.push(value(&mut cursor)?);
        }
        cursor.skip_space();
        cursor.eat(",");
    }
    if rule.values.is_empty() {
        return Err("a fingerprint is expected after `->`".to_owned());
    }
    Ok(rule)
}

fn neighbour(cursor: &mut Cursor<'_>) -> Result<Vec<FrameMatcher>, String> {
    let mut out = Vec::new();
    while let Some(raw) = cursor.matcher(true)? {
        out.push(frame_matcher(&raw)?);
    }
    if out.is_empty() || !cursor.eat("]") {
        return Err(format!("a matcher and `]` are expected at `{}`", cursor.rest()));
    }
    Ok(out)
}

fn frame_matcher(raw: &RawMatcher) -> Result<FrameMatcher, String> {
    let test = FrameTest::new(&raw.name, &raw.pattern)?;
    test.map(|test| FrameMatcher { negated: raw.negated, test })
        .ok_or_else(|| format!("`{}` is not a matcher", raw.name))
}

/// A bare word, a quoted text, or `{{ variable }}`.
fn value(cursor: &mut Cursor<'_>) -> Result<String, String> {
    if cursor.starts_with("\"") {
        return cursor.quoted();
    }
    if cursor.starts_with("{{") {
        let inner = cursor.take_until("}}").ok_or("`{{` is not closed")?;
        return Ok(format!("{{{{ {} }}}}", inner.trim_start_matches('{').trim()));
    }
    let word = cursor.take_while(|letter| !letter.is_whitespace() && letter != ',');
    if word.is_empty() {
        return Err(format!("a fingerprint is expected at `{}`", cursor.rest()));
    }
    Ok(word.to_owned())
}
