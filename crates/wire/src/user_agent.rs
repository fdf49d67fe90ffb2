//! Which browser, device and system a `User-Agent` header or client hints stand for.
//!
//! Names follow uap-core, which Sentry's servers use. Instead of its thousand regular expressions,
//! which cost megabytes and start-up time, an ordered table of markers finds the browsers people
//! have: the first marker that occurs names it, and its version follows the marker.

mod system;

pub use system::{Device, device, os};

/// A browser or a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its name, such as `Chrome`.
    pub name: String,
    /// Its version, such as `142.0.0`.
    pub version: Option<String>,
}

/// What a request says about the program that made it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clues<'h> {
    /// `User-Agent`.
    pub user_agent: Option<&'h str>,
    /// `Sec-CH-UA`: brands with versions.
    pub brands: Option<&'h str>,
    /// `Sec-CH-UA-Model`.
    pub model: Option<&'h str>,
    /// `Sec-CH-UA-Platform`.
    pub platform: Option<&'h str>,
    /// `Sec-CH-UA-Platform-Version`.
    pub platform_version: Option<&'h str>,
}

impl<'h> Clues<'h> {
    /// Picks the clues out of headers, whatever the case of their names.
    pub fn from_headers(headers: impl Iterator<Item = (&'h str, &'h str)>) -> Self {
        let mut clues = Self::default();
        for (name, value) in headers {
            let place = match name.len() {
                10 if name.eq_ignore_ascii_case("user-agent") => &mut clues.user_agent,
                9 if name.eq_ignore_ascii_case("sec-ch-ua") => &mut clues.brands,
                15 if name.eq_ignore_ascii_case("sec-ch-ua-model") => &mut clues.model,
                18 if name.eq_ignore_ascii_case("sec-ch-ua-platform") => &mut clues.platform,
                26 if name.eq_ignore_ascii_case("sec-ch-ua-platform-version") => {
                    &mut clues.platform_version
                }
                _ => continue,
            };
            *place = Some(value);
        }
        clues
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The browser; client hints count more than the header.
pub fn browser(clues: &Clues<'_>) -> Option<Product> {
    clues.brands.and_then(brand).or_else(|| clues.user_agent.and_then(browser_of))
}

/// The first brand that is neither an engine nor put there to confuse parsers.
fn brand(brands: &str) -> Option<Product> {
    const NOT_BROWSERS: [&str; 4] = ["Brand", "Chromium", "Gecko", "WebKit"];
    let brand =
        brands.split(',').find(|brand| !NOT_BROWSERS.iter().any(|no| brand.contains(no)))?;
    let (name, version) = brand.split_once(";v=")?;
    let (name, version) = (unquoted(name), unquoted(version));
    if name.is_empty() || version.is_empty() {
        return None;
    }
    let name = if name == "Google Chrome" { "Chrome".to_owned() } else { name };
    Some(Product { name, version: Some(version) })
}

/// The text without space and quotes around it.
fn unquoted(text: &str) -> String {
    text.trim().replace('"', "")
}

/// Where to look for a browser: the marker, its name, and its name on a phone.
type Marker = (&'static str, &'static str, &'static str);

/// In order: programs that pretend to be another come before the one they pretend to be.
const BROWSERS: [Marker; 53] = [
    ("Googlebot-Image/", "Googlebot-Image", ""),
    ("Googlebot/", "Googlebot", ""),
    ("AdsBot-Google", "AdsBot-Google", ""),
    ("bingbot/", "bingbot", ""),
    ("YandexBot/", "YandexBot", ""),
    ("Baiduspider/", "Baiduspider", ""),
    ("DuckDuckBot/", "DuckDuckBot", ""),
    ("Applebot/", "Applebot", ""),
    ("facebookexternalhit/", "FacebookBot", ""),
    ("Twitterbot/", "Twitterbot", ""),
    ("Slackbot-LinkExpanding ", "Slackbot-LinkExpanding", ""),
    ("AhrefsBot/", "AhrefsBot", ""),
    ("SemrushBot/", "SemrushBot", ""),
    ("GPTBot/", "GPTBot", ""),
    ("ClaudeBot/", "ClaudeBot", ""),
    ("FBAV/", "Facebook", ""),
    ("Instagram ", "Instagram", ""),
    ("EdgA/", "Edge Mobile", ""),
    ("EdgiOS/", "Edge Mobile", ""),
    ("Edg/", "Edge", "Edge Mobile"),
    ("Edge/", "Edge", "Edge Mobile"),
    ("OPiOS/", "Opera Mini", ""),
    ("Opera Mini/", "Opera Mini", ""),
    ("OPR/", "Opera", "Opera Mobile"),
    ("SamsungBrowser/", "Samsung Internet", ""),
    ("YaBrowser/", "Yandex Browser", ""),
    ("Vivaldi/", "Vivaldi", ""),
    ("UCBrowser/", "UC Browser", ""),
    ("MiuiBrowser/", "MiuiBrowser", ""),
    ("HuaweiBrowser/", "HuaweiBrowser", ""),
    ("Brave/", "Brave", ""),
    ("Electron/", "Electron", ""),
    ("HeadlessChrome/", "HeadlessChrome", ""),
    ("CriOS/", "Chrome Mobile iOS", ""),
    ("FxiOS/", "Firefox iOS", ""),
    ("GSA/", "Google", ""),
    ("SeaMonkey/", "SeaMonkey", ""),
    ("PaleMoon/", "Pale Moon", ""),
    ("Firefox/", "Firefox", "Firefox Mobile"),
    ("IEMobile/", "IE Mobile", ""),
    ("MSIE ", "IE", ""),
    ("Chromium/", "Chromium", ""),
    ("Chrome/", "Chrome", "Chrome Mobile"),
    ("okhttp/", "okhttp", ""),
    ("curl/", "curl", ""),
    ("Wget/", "Wget", ""),
    ("python-requests/", "Python Requests", ""),
    ("Python-urllib/", "Python-urllib", ""),
    ("aiohttp/", "aiohttp", ""),
    ("Go-http-client/", "Go-http-client", ""),
    ("PostmanRuntime/", "PostmanRuntime", ""),
    ("Apache-HttpClient/", "Apache-HttpClient", ""),
    ("axios/", "axios", ""),
];

fn browser_of(text: &str) -> Option<Product> {
    let mobile = text.contains("Mobile") || text.contains("Tablet");
    let version_after =
        |marker: &str| text.find(marker).map(|at| version(&text[at + marker.len()..]));
    let product = |name: &str, version: Option<String>| Product { name: name.to_owned(), version };

    if text.starts_with("Opera/") && !text.contains("Opera Mini/") {
        let name = if text.contains("Opera Mobi") { "Opera Mobile" } else { "Opera" };
        return Some(product(name, version_after("Version/").or(version_after("Opera/"))?));
    }
    if text.contains("; wv)")
        && let Some(version) = version_after("Chrome/")
        && !text.contains("FBAV/")
        && !text.contains("Instagram ")
    {
        return Some(product("Chrome Mobile WebView", version));
    }
    for (marker, name, on_phones) in BROWSERS {
        if occurs(text, marker)
            && let Some(version) = version_after(marker)
        {
            let name = if mobile && !on_phones.is_empty() { on_phones } else { name };
            return Some(product(name, version));
        }
    }
    if text.contains("Trident/") {
        return Some(product("IE", version_after("rv:").flatten()));
    }
    if text.contains("Safari/") || text.contains("AppleWebKit/") {
        return Some(safari(text, mobile, version_after("Version/").flatten()));
    }
    None
}

/// Whether the marker is in the text. Nearly all end with a slash, and a text has few.
fn occurs(text: &str, marker: &str) -> bool {
    if !marker.ends_with('/') {
        return text.contains(marker);
    }
    let text = text.as_bytes();
    memchr::memchr_iter(b'/', text).any(|at| text[..=at].ends_with(marker.as_bytes()))
}

/// Safari, and what is built from the same parts: the old Android browser, views inside apps.
fn safari(text: &str, mobile: bool, version: Option<String>) -> Product {
    let apple = ["iPhone", "iPad", "iPod"].iter().any(|device| text.contains(device));
    let name = if text.contains("Android") {
        "Android"
    } else if apple && !text.contains("Safari/") {
        "Mobile Safari UI/WKWebView"
    } else if apple && mobile {
        "Mobile Safari"
    } else if text.contains("Safari/") {
        "Safari"
    } else {
        "Apple Mail"
    };
    let version = if name == "Android" { system::android_version(text) } else { version };
    Product { name: name.to_owned(), version }
}

/// Up to three numbers with dots between them, at the beginning of `text`.
fn version(text: &str) -> Option<String> {
    let mut end = 0;
    for (place, part) in text.splitn(4, ['.', '_']).take(3).enumerate() {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            break;
        }
        end += digits + usize::from(place > 0);
        if digits < part.len() {
            break;
        }
    }
    (end > 0).then(|| text[..end].replace('_', "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: [&str; 3]) {
        let clues = Clues { user_agent: Some(text), ..Clues::default() };
        let shown = |product: Option<Product>| {
            product.map_or(String::new(), |product| match product.version {
                Some(version) => format!("{} {version}", product.name),
                None => product.name,
            })
        };
        let device = device(&clues).map_or(String::new(), |device| {
            let parts = [device.family, device.brand, device.model];
            parts.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join("|")
        });
        assert_eq!([shown(browser(&clues)), shown(os(&clues)), device], expected, "{text}");
    }

    #[test]
    fn desktops() {
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            ["Chrome 142.0.0", "Windows >=10", ""],
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
            ["Safari 18.1", "Mac OS X >=10.15.7", "Mac|Apple|Mac"],
        );
        check(
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
            ["Firefox 133.0", "Ubuntu", ""],
        );
        check(
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
            ["IE 11.0", "Windows 7", ""],
        );
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.86",
            ["Edge 131.0.2903", "Windows >=10", ""],
        );
        check(
            "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.16",
            ["Opera 12.16", "Windows 7", ""],
        );
    }

    #[test]
    fn phones() {
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            ["Mobile Safari 17.5", "iOS 17.5.1", "iPhone|Apple|iPhone"],
        );
        check(
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.39 Mobile Safari/537.36",
            ["Chrome Mobile 131.0.6778", "Android 14", "Pixel 8|Google|Pixel 8"],
        );
        check(
            "Mozilla/5.0 (Linux; Android 13; SM-S911B Build/TP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.6099.43 Mobile Safari/537.36",
            ["Chrome Mobile WebView 120.0.6099", "Android 13", "Samsung SM-S911B|Samsung|SM-S911B"],
        );
    }

    #[test]
    fn others() {
        check(
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            ["Googlebot 2.1", "", "Spider|Spider|Desktop"],
        );
        check("curl/8.5.0", ["curl 8.5.0", "", ""]);
        check("x", ["", "", ""]);
        check("", ["", "", ""]);
        check("Version/\u{e4}Chrome/\u{e4}", ["Chrome", "", ""]);
    }

    #[test]
    fn hints_count_more() {
        let clues = Clues {
            user_agent: Some("Firefox/1.0"),
            brands: Some(r#""Chromium";v="142", "Google Chrome";v="142", "Not.A/Brand";v="99""#),
            platform: Some(r#""macOS""#),
            platform_version: Some(r#""15.1.0""#),
            model: Some(r#""Pixel 9""#),
        };
        assert_eq!(
            browser(&clues),
            Some(Product { name: "Chrome".to_owned(), version: Some("142".to_owned()) })
        );
        assert_eq!(
            os(&clues),
            Some(Product { name: "macOS".to_owned(), version: Some("15.1.0".to_owned()) })
        );
        assert_eq!(device(&clues).and_then(|device| device.model), Some("Pixel 9".to_owned()));
    }
}
