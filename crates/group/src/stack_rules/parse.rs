//! Reading stack trace rules.

use model::limits;

use super::matcher::{FrameMatcher, Matcher};
use super::{Action, Reach, Rule};
use crate::syntax::{Cursor, RuleError, rule_lines};

/// Reads all rules of a text.
pub(super) fn rules(text: &str) -> Result<Vec<Rule>, RuleError> {
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

fn rule(line: &str) -> Result<Rule, String> {
    let mut cursor = Cursor::new(line);
    let mut rule = Rule {
        text: line.to_owned(),
        on_error: Vec::new(),
        on_frame: Vec::new(),
        on_caller: Vec::new(),
        on_callee: Vec::new(),
        actions: Vec::new(),
    };
    if cursor.eat("[") {
        rule.on_caller = neighbour(&mut cursor)?;
        if !cursor.eat("|") {
            return Err("after the caller in brackets a `|` is expected".to_owned());
        }
    }
    while let Some(raw) = cursor.matcher(false)? {
        match Matcher::new(&raw)? {
            Matcher::Frame(matcher) => rule.on_frame.push(matcher),
            Matcher::Error(matcher) => rule.on_error.push(matcher),
        }
    }
    if cursor.eat("|") {
        if !cursor.eat("[") {
            return Err("after `|` the callee is expected in brackets".to_owned());
        }
        rule.on_callee = neighbour(&mut cursor)?;
    }
    if rule.on_frame.is_empty() && rule.on_error.is_empty() {
        return Err(format!(
            "a matcher such as `function:pay*` is expected at `{}`",
            cursor.rest()
        ));
    }
    while !cursor.is_at_end() {
        rule.actions.push(action(&mut cursor)?);
    }
    if rule.actions.is_empty() {
        return Err("an action such as `-app` is expected at the end".to_owned());
    }
    Ok(rule)
}

/// Reads the matchers of a caller or callee, and the closing bracket.
fn neighbour(cursor: &mut Cursor<'_>) -> Result<Vec<FrameMatcher>, String> {
    let mut out = Vec::new();
    while let Some(raw) = cursor.matcher(true)? {
        match Matcher::new(&raw)? {
            Matcher::Frame(matcher) => out.push(matcher),
            Matcher::Error(_) => {
                return Err(format!("`{}` cannot be asked of a caller or callee", raw.name));
            }
        }
    }
    if out.is_empty() || !cursor.eat("]") {
        return Err(format!("a matcher and `]` are expected at `{}`", cursor.rest()));
    }
    Ok(out)
}

fn action(cursor: &mut Cursor<'_>) -> Result<Action, String> {
    let word = cursor.take_while(|letter| !letter.is_whitespace());
    cursor.skip_space();
    if let Some((name, value)) = word.split_once('=') {
        let number = || value.parse().or(Err(format!("`{value}` is not a number of frames")));
        return match name {
            "category" if !value.is_empty() => Ok(Action::Category(value.to_owned())),
            "max-frames" => Ok(Action::MaxFrames(number()?)),
            "min-frames" => Ok(Action::MinFrames(number()?)),
            _ => Err(format!("`{word}` is not an action")),
        };
    }
    let (reach, flag) = match word.strip_prefix('^') {
        Some(flag) => (Reach::Callees, flag),
        None => match word.strip_prefix('v') {
            Some(flag) => (Reach::Callers, flag),
            None => (Reach::Itself, word),
        },
    };
    match flag {
        "+app" => Ok(Action::App { value: true, reach }),
        "-app" => Ok(Action::App { value: false, reach }),
        "+group" => Ok(Action::Group { value: true, reach }),
        "-group" => Ok(Action::Group { value: false, reach }),
        _ => Err(format!("`{word}` is neither a matcher nor an action")),
    }
}
