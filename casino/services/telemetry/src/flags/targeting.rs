//! The two forms of `JsonLogic` that flags use: `if … in …` and `fractional`.

use serde_json::Value;

use crate::Request;

/// Who a flag is evaluated for.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    /// `de`, ….
    pub market: Option<String>,
    /// `p-000123`.
    pub user: Option<String>,
    /// `flag=variant,…` from the request.
    pub fault: Option<String>,
}

impl Asker {
    pub(super) fn from_request(request: &Request) -> Self {
        let identity = request.identity();
        Self { market: identity.market, user: identity.player, fault: request.fault.clone() }
    }

    /// The variant that the request names for a flag.
    pub(super) fn fault_of(&self, flag: &str) -> Option<&str> {
        let pairs = self.fault.as_deref()?.split(',').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, variant)| (name.trim(), variant.trim()))
            .find_map(|(name, variant)| (name == flag).then_some(variant))
    }
}

/// The variant that `targeting` names; nothing for what is not one of the two forms.
pub(super) fn variant<'a>(
    flag: &str,
    targeting: &'a Value,
    asker: &Asker,
    release: &str,
) -> Option<&'a str> {
    if let Some(parts) = targeting.get("if").and_then(Value::as_array) {
        let [condition, then, rest @ ..] = parts.as_slice() else { return None };
        let chosen = if holds(condition, asker, release)? { Some(then) } else { rest.first() };
        return chosen?.as_str();
    }
    fractional(flag, targeting.get("fractional")?.as_array()?, asker.user.as_deref()?)
}

fn holds(condition: &Value, asker: &Asker, release: &str) -> Option<bool> {
    let [needle, Value::Array(list)] = condition.get("in")?.as_array()?.as_slice() else {
        return None;
    };
    let known = match needle.get("var")?.as_str()? {
        "market" => asker.market.as_deref(),
        "userId" => asker.user.as_deref(),
        "release" => Some(release),
        _ => return None,
    };
    Some(known.is_some_and(|known| list.iter().any(|item| item.as_str() == Some(known))))
}

/// CRC-32 of the flag's name and the user's id, over the sum of the weights.
fn fractional<'a>(flag: &str, buckets: &'a [Value], user: &str) -> Option<&'a str> {
    let weights: Option<Vec<(&str, u64)>> = buckets
        .iter()
        .map(|bucket| {
            Some((
                bucket.get(0)?.as_str()?,
                u64::from(u32::try_from(bucket.get(1)?.as_u64()?).ok()?),
            ))
        })
        .collect();
    let weights = weights?;
    let total: u64 = weights.iter().map(|(_, weight)| weight).sum();
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(flag.as_bytes());
    hasher.update(user.as_bytes());
    let mut place = u64::from(hasher.finalize()).checked_rem(total)?;
    for (variant, weight) in weights {
        if place < weight {
            return Some(variant);
        }
        place -= weight;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_one_of_the_two_forms_names_nothing() {
        let asker =
            Asker { market: Some("de".to_owned()), user: Some("p-1".to_owned()), fault: None };
        for logic in [
            json!({}),
            json!({ "==": [1, 1] }),
            json!({ "if": [{ "==": [{ "var": "market" }, "de"] }, "on", "off"] }),
            json!({ "if": [{ "in": [{ "var": "age" }, ["de"]] }, "on"] }),
            json!({ "fractional": [["on", 0]] }),
            json!({ "fractional": [["on", -1], ["off"]] }),
        ] {
            assert_eq!(variant("f", &logic, &asker, "a@1"), None, "{logic}");
        }
    }

    #[test]
    fn releases_can_be_named() {
        let logic =
            json!({ "if": [{ "in": [{ "var": "release" }, ["payment@1.5.0"]] }, "on", "off"] });
        assert_eq!(variant("f", &logic, &Asker::default(), "payment@1.5.0"), Some("on"));
        assert_eq!(variant("f", &logic, &Asker::default(), "payment@1.4.0"), Some("off"));
    }
}
