//! JSON text into values.

use model::json::{Object, Value};
use model::json_text;
use proptest::prelude::*;
use wire::json::{JsonError, Parser, parse, repair_non_finite};

#[track_caller]
fn check(input: &[u8], expected: &str) {
    let mut bytes = input.to_vec();
    let actual = match parse(&mut bytes) {
        Ok(value) => json_text::to_string(&value),
        Err(error) => format!("error: {error}"),
    };
    assert_eq!(actual, expected, "{}", String::from_utf8_lossy(input));
}

#[test]
fn documents_become_values() {
    check(
        br#" {"b":[1,-2,3.5,true,null],"a":"x\ny"} "#,
        r#"{"b":[1,-2,3.5,true,null],"a":"x\ny"}"#,
    );
    check(b"[]", "[]");
    check(b"7", "7");
    check(b"\"\"", "\"\"");
    check(b"18446744073709551615", "18446744073709551615");
    check(b"18446744073709551616", "1.8446744073709552e19");
    check(b"-9223372036854775809", "-9.223372036854776e18");
    check(b"{\"a\":1.0}", "{\"a\":1.0}");
}

#[test]
fn what_is_not_json_is_an_error() {
    for input in ["", " ", "{", "[1,]", "{\"a\"}", "nul", "'a'", "1 2", "\"\\x\"", "\"\n\"", "NaN"]
    {
        check(input.as_bytes(), "error: invalid JSON");
    }
}

#[test]
fn broken_characters_cost_characters() {
    check(b"\"a\xff\xfeb\"", "\"a\u{fffd}\u{fffd}b\"");
    check(br#""a\ud83db""#, "\"a\u{fffd}b\"");
    check(br#""\ude00\ud83d""#, "\"\u{fffd}\u{fffd}\"");
    check(br#""\ud83d\ud83d\ude00""#, "\"\u{fffd}\u{1f600}\"");
    check(br#""\uD83D\uDE00""#, "\"\u{1f600}\"");
    check(br#""\\ud83d""#, r#""\\ud83d""#);
    check(br#""\\\ud83d""#, "\"\\\\\u{fffd}\"");
    check(br#""\ud83"#, "error: invalid JSON");
}

#[test]
fn non_finite_numbers_of_old_clients_become_null() {
    let mut bytes = br#"{"a":NaN,"b":[-Infinity,Infinity],"NaN":"\"NaN"}"#.to_vec();
    repair_non_finite(&mut bytes);
    assert_eq!(bytes, br#"{"a":null,"b":[null,null],"NaN":"\"NaN"}"#);
}

#[test]
fn depth_and_size_have_limits() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(parse(&mut nested(128)).is_ok());
    assert!(matches!(parse(&mut nested(129)), Err(JsonError::TooDeep)));
    assert!(matches!(parse(&mut vec![b'['; 1_000_000]), Err(JsonError::TooDeep)));
    assert!(matches!(parse(&mut b"{\"a\":".repeat(100_000)), Err(JsonError::TooDeep)));
    let list = |len: usize| [b"[0".to_vec(), b",0".repeat(len - 1), b"]".to_vec()].concat();
    assert!(parse(&mut list(199_999)).is_ok());
    assert!(matches!(parse(&mut list(200_001)), Err(JsonError::TooManyNodes)));
}

#[test]
fn a_parser_is_as_good_after_an_error() {
    let mut parser = Parser::default();
    for _ in 0..3 {
        assert!(parser.parse(&mut b"{\"a\":[1,".to_vec()).is_err());
        assert!(parser.parse(&mut vec![b'['; 1_000]).is_err());
        assert!(
            parser
                .parse(&mut [b"[0".to_vec(), b",0".repeat(300_000), b"]".to_vec()].concat())
                .is_err()
        );
        assert_eq!(parser.parse(&mut b"[1]".to_vec()).unwrap(), Value::from(vec![Value::U64(1)]));
    }
}

fn from_serde(value: &serde_json::Value) -> Value<'static> {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Value::U64(number),
            (_, Some(number)) => Value::I64(number),
            _ => Value::from(number.as_f64().unwrap()),
        },
        serde_json::Value::String(text) => Value::text(text.clone()),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(from_serde).collect()),
        serde_json::Value::Object(object) => {
            let entries =
                object.iter().map(|(name, value)| (name.clone().into(), from_serde(value)));
            Value::Object(entries.collect::<Object<'_>>())
        }
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|entries| entries.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn reads_what_serde_json_writes(document in any_json()) {
        let mut bytes = serde_json::to_vec_pretty(&document).unwrap();
        prop_assert_eq!(parse(&mut bytes).unwrap(), from_serde(&document));
    }

    #[test]
    fn reads_what_model_writes(document in any_json()) {
        let value = from_serde(&document);
        let mut bytes = json_text::to_string(&value).into_bytes();
        prop_assert_eq!(parse(&mut bytes).unwrap(), value);
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut repaired = bytes.clone();
        repair_non_finite(&mut repaired);
        let _answer = parse(&mut repaired);
        let _answer = parse(&mut bytes.clone());
    }

    #[test]
    fn almost_json_is_judged_as_serde_json_does(
        text in r#"[\[\]{}:,"\\u0-9a-fA-Fd8 \-+.eEtrufalsn]{0,40}"#
    ) {
        // Half surrogate pairs and numbers beyond f64 are where the two differ on purpose.
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        let mut bytes = text.clone().into_bytes();
        let ours = parse(&mut bytes);
        if let Ok(theirs) = theirs {
            prop_assert!(ours.is_ok(), "{text}: {theirs}");
        }
    }
}
