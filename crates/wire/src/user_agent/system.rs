//! The system and the device behind a browser.

use super::{Clues, Product, unquoted, version};

/// A device. `family` is what people know it by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// Such as `iPhone` or `Samsung SM-S911B`.
    pub family: Option<String>,
    /// Such as `SM-S911B`.
    pub model: Option<String>,
    /// Such as `Samsung`.
    pub brand: Option<String>,
}

/// The system; client hints count more than the header.
pub fn os(clues: &Clues<'_>) -> Option<Product> {
    let hinted = clues.platform.map(unquoted).filter(|name| !name.is_empty());
    match hinted {
        Some(name) => Some(Product { name, version: clues.platform_version.map(unquoted) }),
        None => clues.user_agent.and_then(os_of),
    }
}

/// The device; client hints count more than the header.
pub fn device(clues: &Clues<'_>) -> Option<Device> {
    let hinted = clues.model.map(unquoted).filter(|model| !model.is_empty());
    match hinted {
        Some(model) => Some(Device { model: Some(model), ..Device::default() }),
        None => clues.user_agent.and_then(device_of),
    }
}

/// Windows by the number of its kernel.
const WINDOWS: [(&str, &str); 10] = [
    ("10.0", "10"),
    ("6.4", "10"),
    ("6.3", "8.1"),
    ("6.2", "8"),
    ("6.1", "7"),
    ("6.0", "Vista"),
    ("5.2", "XP"),
    ("5.1", "XP"),
    ("5.0", "2000"),
    ("4.0", "NT 4.0"),
];

/// Distributions that name themselves.
const DISTRIBUTIONS: [&str; 6] = ["Ubuntu", "Fedora", "Debian", "Red Hat", "SUSE", "Gentoo"];

fn os_of(text: &str) -> Option<Product> {
    let after = |marker: &str| text.find(marker).map(|at| &text[at + marker.len()..]);
    let product =
        |name: &str, version: Option<String>| Some(Product { name: name.to_owned(), version });
    if let Some(rest) = after("Windows Phone ") {
        return product("Windows Phone", version(rest.trim_start_matches("OS ")));
    }
    if let Some(rest) = after("Windows NT ") {
        let known = WINDOWS.iter().find(|(number, _)| rest.starts_with(number));
        // The number was frozen at 10, so it may be a later one.
        let name = known.map(|(_, name)| if *name == "10" { ">=10" } else { name });
        return product("Windows", name.map(str::to_owned));
    }
    if text.contains("Android") {
        return product("Android", android_version(text));
    }
    if let Some(rest) = after("iPhone OS ").or_else(|| after("CPU OS ")) {
        return product("iOS", version(rest));
    }
    if let Some(rest) = after("Mac OS X") {
        let version = version(rest.trim_start());
        let frozen = version.as_deref() == Some("10.15.7");
        return product("Mac OS X", if frozen { Some(">=10.15.7".to_owned()) } else { version });
    }
    if let Some(rest) = after("CrOS ") {
        let number = rest.split_once(' ').and_then(|(_, rest)| version(rest));
        return product("Chrome OS", number);
    }
    if let Some(name) = DISTRIBUTIONS.iter().find(|name| text.contains(**name)) {
        let number = after(name).and_then(|rest| version(rest.strip_prefix('/')?));
        return product(name, number);
    }
    ["Linux", "FreeBSD", "OpenBSD"]
        .into_iter()
        .find(|name| text.contains(name))
        .and_then(|name| product(name, None))
}

/// The version that follows `Android`.
pub(super) fn android_version(text: &str) -> Option<String> {
    let rest = &text[text.find("Android")? + "Android".len()..];
    version(rest.trim_start_matches([' ', '/', '-']))
}

/// What the names of programs that read for machines contain.
const SPIDERS: [&str; 6] =
    ["bot/", "Bot/", "spider", "crawler", "Googlebot", "facebookexternalhit"];

fn device_of(text: &str) -> Option<Device> {
    let device = |family: &str, brand: &str, model: &str| {
        let owned = |text: &str| Some(text.to_owned());
        Some(Device { family: owned(family), brand: owned(brand), model: owned(model) })
    };
    if SPIDERS.iter().any(|name| text.contains(name)) {
        let model = if text.contains("Mobile") { "Smartphone" } else { "Desktop" };
        return device("Spider", "Spider", model);
    }
    for name in ["iPhone", "iPad", "iPod"] {
        if text.contains(name) {
            return device(name, "Apple", name);
        }
    }
    if text.contains("Macintosh") {
        return device("Mac", "Apple", "Mac");
    }
    let Some(model) = android_model(text) else {
        let phone = text.contains("Android") && text.contains("Mobile");
        return if phone { device("Generic Smartphone", "Generic", "Smartphone") } else { None };
    };
    match brand_of(model) {
        ("Samsung", _) => device(&format!("Samsung {model}"), "Samsung", model),
        (brand @ ("XiaoMi" | "Huawei"), prefixed) if prefixed => {
            device(&format!("{brand} {model}"), brand, model)
        }
        (brand, _) => device(model, brand, model),
    }
}

/// `Pixel 8` of `(Linux; Android 14; Pixel 8 Build/AP1A)`.
fn android_model(text: &str) -> Option<&str> {
    let rest = &text[text.find("Android ")?..];
    let inside = &rest[..rest.find(')')?];
    let (_, model) = inside.split_once(';')?;
    let model = model.split_once(" Build/").map_or(model, |(model, _)| model);
    // Old ones say their language before the model.
    let model = model.rsplit(';').map(str::trim).find(|part| {
        !part.is_empty() && *part != "wv" && !part.starts_with("rv:") && *part != "U"
    })?;
    (!matches!(model, "Mobile" | "Tablet")).then_some(model)
}

/// Who makes a model, and whether its family is called after the maker.
fn brand_of(model: &str) -> (&'static str, bool) {
    const BRANDS: [(&str, &str, bool); 13] = [
        ("SM-", "Samsung", true),
        ("GT-", "Samsung", true),
        ("SAMSUNG", "Samsung", true),
        ("Pixel", "Google", false),
        ("Nexus", "Google", false),
        ("Redmi", "XiaoMi", true),
        ("Mi ", "XiaoMi", true),
        ("POCO", "XiaoMi", true),
        ("HUAWEI", "Huawei", true),
        ("ONEPLUS", "OnePlus", false),
        ("moto", "Motorola", false),
        ("CPH", "Oppo", false),
        ("LM-", "LG", false),
    ];
    BRANDS
        .iter()
        .find(|(prefix, ..)| model.starts_with(prefix))
        .map_or(("Generic_Android", false), |(_, brand, prefixed)| (brand, *prefixed))
}
