//! What an event got, in few words.

use model::json::{Object, Value};

/// The text at a path, or what is there as JSON.
pub(crate) fn at(event: &Object<'_>, path: &[&str]) -> String {
    let (first, rest) = path.split_first().unwrap();
    match event.get(first).and_then(|value| value.at(rest)) {
        Some(Value::Str(text)) => text.to_string(),
        Some(value) => model::json_text::to_string(value),
        None => "nothing".to_owned(),
    }
}

/// The frames of a stack, the innermost first: how they were found, in which image, how far from its start.
pub(crate) fn frames(event: &Object<'_>, path: &[&str]) -> Vec<String> {
    let (first, rest) = path.split_first().unwrap();
    let frames = event.get(first).and_then(|value| value.at(rest)).unwrap();
    let images = event.get("debug_meta").and_then(|meta| meta.get("images")).unwrap();
    let number = |value: Option<&Value<'_>>| {
        let text = value?.as_str()?.strip_prefix("0x")?;
        u64::from_str_radix(text, 16).ok()
    };
    let shown = |frame: &Value<'_>| {
        let address = number(frame.get("instruction_addr")).unwrap();
        let of = images.as_array().unwrap().iter().filter_map(|image| {
            let offset = address.checked_sub(number(image.get("image_addr"))?)?;
            (offset < image.get("image_size")?.as_u64()?).then_some((image, offset))
        });
        // Some writers list images that overlap.
        let of = of.min_by_key(|(_, offset)| *offset);
        let trust = frame.get("trust").and_then(Value::as_str).unwrap();
        match of {
            Some((image, offset)) => {
                let path = image.get("code_file").and_then(Value::as_str).unwrap();
                assert_eq!(frame.get("package").and_then(Value::as_str), Some(path));
                format!("{trust} {}+{offset:#x}", path.rsplit('/').next().unwrap())
            }
            None => format!("{trust} {address:#x}"),
        }
    };
    frames.as_array().unwrap().iter().rev().map(shown).collect()
}

/// What is wrong with the dump.
pub(crate) fn errors(event: &Object<'_>) -> Vec<String> {
    let errors = event.get("errors").and_then(Value::as_array).into_iter().flatten();
    errors.map(|error| error.get("message").and_then(Value::as_str).unwrap().to_owned()).collect()
}
