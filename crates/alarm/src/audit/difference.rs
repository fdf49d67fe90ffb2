//! What two images of one thing differ in, short enough to be kept and without what is secret.

use serde_json::{Map, Value};

/// Paths that are told; of more it says how many.
const PATHS_MAX: usize = 50;
/// Characters of one value.
const VALUE_CHARS_MAX: usize = 500;
/// How deep is looked.
const DEPTH_MAX: usize = 8;
/// What stands for a value that may be secret.
const HIDDEN: &str = "[hidden]";
/// Parts of names of what may be secret, wherever it stands.
const SECRET: [&str; 6] = ["token", "secret", "password", "api_key", "routing_key", "webhook"];

/// Path → `[before, after]`; what is not there is `null`.
pub(crate) fn differences(before: Option<&Value>, after: Option<&Value>) -> Map<String, Value> {
    let mut found = Vec::new();
    compare((String::new(), 0), (before, after), &mut found);
    let more = found.len().saturating_sub(PATHS_MAX);
    found.truncate(PATHS_MAX);
    if more > 0 {
        let pair = Value::Array(vec![Value::Null, format!("and {more} more").into()]);
        found.push(("…".to_owned(), pair));
    }
    found.into_iter().collect()
}

fn compare(
    (path, depth): (String, usize),
    (before, after): (Option<&Value>, Option<&Value>),
    found: &mut Vec<(String, Value)>,
) {
    let nothing = |value: Option<&Value>| value.is_none_or(Value::is_null);
    if before == after || (nothing(before) && nothing(after)) {
        return;
    }
    let names = names(before, after);
    if depth >= DEPTH_MAX || names.is_empty() {
        let pair = vec![shown(&path, before), shown(&path, after)];
        found.push((path, Value::Array(pair)));
        return;
    }
    for name in names {
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        compare((inner, depth + 1), (part(before, &name), part(after, &name)), found);
    }
}

/// Of two things of one form, what they are made of; nothing if they must be told as a whole.
fn names(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    match (before, after) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let added = other.keys().filter(|name| !one.contains_key(*name));
            one.keys().chain(added).cloned().collect()
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            (0..one.len().max(other.len())).map(|place| place.to_string()).collect()
        }
        // One of them is made or removed: its parts are told one by one.
        (Some(Value::Object(only)), None) | (None, Some(Value::Object(only))) => {
            only.keys().cloned().collect()
        }
        (Some(Value::Array(only)), None) | (None, Some(Value::Array(only))) => {
            (0..only.len()).map(|place| place.to_string()).collect()
        }
        _ => Vec::new(),
    }
}

fn part<'v>(whole: Option<&'v Value>, name: &str) -> Option<&'v Value> {
    match whole? {
        Value::Object(fields) => fields.get(name),
        Value::Array(list) => list.get(name.parse::<usize>().ok()?),
        _ => None,
    }
}

fn shown(path: &str, value: Option<&Value>) -> Value {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Value::Null };
    let name = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_secret = name == "url" || SECRET.iter().any(|part| name.contains(part));
    if is_secret {
        return HIDDEN.into();
    }
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
        Value::Null | Value::Bool(_) | Value::Number(_) => return value.clone(),
    };
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((place, _)) => format!("{}…", text.get(..place).unwrap_or_default()).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: Value, after: Value) -> Value {
        let given = |value: Value| Some(value).filter(|value| !value.is_null());
        let (before, after) = (given(before), given(after));
        Value::Object(differences(before.as_ref(), after.as_ref()))
    }

    #[test]
    fn what_differs_is_told_by_its_path() {
        let before =
            json!({"name": "a", "route": {"receiver": "x", "routes": [{"receiver": "y"}]}});
        let after = json!({"name": "a", "route": {"receiver": "x", "routes": [{"receiver": "z"}, {"receiver": "w"}]}});
        assert_eq!(
            told(before.clone(), after),
            json!({
                "route.routes.0.receiver": ["y", "z"],
                "route.routes.1.receiver": [null, "w"],
            })
        );
        assert_eq!(told(before.clone(), before), json!({}));
        assert_eq!(
            told(Value::Null, json!({"n": 1, "on": true, "gone": null})),
            json!({"n": [null, 1], "on": [null, true]})
        );
        assert_eq!(told(json!({"n": 1}), Value::Null), json!({"n": [1, null]}));
        assert_eq!(told(json!({"n": [1]}), json!({"n": "x"})), json!({"n": ["[1]", "x"]}));
    }

    #[test]
    fn secrets_are_not_told_and_what_is_long_is_cut() {
        let set = json!({"url": "https://hooks.example/s3cret", "Bot_Token": "x", "base_url": "https://a.example"});
        assert_eq!(
            told(Value::Null, set),
            json!({
                "url": [null, "[hidden]"],
                "Bot_Token": [null, "[hidden]"],
                "base_url": [null, "https://a.example"],
            })
        );
        let long = told(Value::Null, json!({"text": "é".repeat(2_000)}));
        assert_eq!(long["text"][1].as_str().unwrap().chars().count(), 501);
        let many: Map<String, Value> = (0..80).map(|n| (format!("f{n:02}"), n.into())).collect();
        let many = told(Value::Null, Value::Object(many));
        assert_eq!(many.as_object().unwrap().len(), 51);
        assert_eq!(many["…"], json!([null, "and 30 more"]));
        let deep = (0..100).fold(json!(1), |inner, _| json!({"a": inner}));
        assert_eq!(told(Value::Null, deep).as_object().unwrap().len(), 1);
    }
}
