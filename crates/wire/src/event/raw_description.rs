//! Systems and runtimes that were described in one line: `Microsoft Windows 10.0.22631`.

use model::json::Object;

/// Takes name, version and build of a system from its description, if the SDK did not send them.
pub(super) fn os(context: &mut Object<'_>) {
    if context.str("name").is_some() || context.str("version").is_some() {
        return;
    }
    let Some(found) = context.str("raw_description").and_then(System::read) else { return };
    let parts =
        [("name", Some(found.name)), ("version", found.version), ("kernel_version", found.kernel)];
    for (name, value) in parts {
        if let Some(value) = value {
            context.insert(name, value);
        }
    }
    if let Some(build) = found.build.filter(|_| context.get("build").is_none()) {
        context.insert("build", build);
    }
}

#[derive(Debug, Default, PartialEq)]
struct System {
    name: String,
    version: Option<String>,
    build: Option<String>,
    kernel: Option<String>,
}

impl System {
    fn named(name: &str, version: Option<&str>) -> Self {
        Self { name: name.to_owned(), version: version.map(str::to_owned), ..Self::default() }
    }

    fn read(text: &str) -> Option<Self> {
        if text == "Nintendo Switch" {
            return Some(Self::named("Nintendo OS", None));
        }
        Self::windows(text)
            .or_else(|| Self::mac(text))
            .or_else(|| Self::mobile(text))
            .or_else(|| Self::uname(text))
            .or_else(|| Self::plain(text))
    }

    /// `Microsoft Windows NT 10.0.22631.0`, `Windows 10 (10.0.22000)`.
    fn windows(text: &str) -> Option<Self> {
        let text = text.strip_prefix("Microsoft").unwrap_or(text).trim_start();
        let text = text.strip_prefix("Windows")?.trim_start();
        let text = text.strip_prefix("NT").unwrap_or(text).trim_start();
        let text = text.split_once('(').map_or(text, |(_, inside)| inside);
        let version = digits_and_dots(text);
        let mut numbers = version.split('.').filter(|part| !part.is_empty());
        let (major, minor, build) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let full = format!("{major}.{minor}.{build}");
        let name = windows_of_build(build.parse().ok()?).map_or(full, str::to_owned);
        Some(Self {
            name: "Windows".to_owned(),
            version: Some(name),
            build: Some(build.to_owned()),
            kernel: None,
        })
    }

    /// `Mac OS X 10.14.2 (18C54)`.
    fn mac(text: &str) -> Option<Self> {
        let text = text.strip_prefix("Mac OS X ")?;
        let version = digits_and_dots(text);
        let build =
            text[version.len()..].trim().strip_prefix('(').and_then(|b| b.strip_suffix(')'));
        Some(Self {
            build: build.map(str::to_owned),
            ..Self::named("macOS", Some(version).filter(|version| !version.is_empty()))
        })
    }

    /// `iOS 17.5.1`, `iPadOS 17.5`, `Android OS 12 / API-31`.
    fn mobile(text: &str) -> Option<Self> {
        for (prefix, name) in [
            ("iOS ", "iOS"),
            ("iPadOS ", "iPadOS"),
            ("Android OS ", "Android"),
            ("Android ", "Android"),
        ] {
            if let Some(rest) = text.strip_prefix(prefix) {
                let version = digits_and_dots(rest);
                return (!version.is_empty()).then(|| Self::named(name, Some(version)));
            }
        }
        None
    }

    /// `Linux 5.10.0 Debian 11`, `Darwin 23.1.0 …`: a kernel, perhaps followed by a distribution.
    fn uname(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let name = words.next().filter(|word| is_word(word))?;
        let kernel = digits_and_dots(words.next()?);
        if !kernel.contains('.') || !["Linux", "Darwin", "FreeBSD", "Unix"].contains(&name) {
            return None;
        }
        let distribution = (name == "Linux")
            .then(|| Some((words.next().filter(|word| is_word(word))?, words.next()?)))
            .flatten()
            .map(|(name, version)| (name, digits_and_dots(version)))
            .filter(|(_, version)| !version.is_empty());
        let found = match distribution {
            Some((name, version)) => Self::named(name, Some(version)),
            None => Self::named(name, None),
        };
        Some(Self { kernel: Some(kernel.to_owned()), ..found })
    }

    /// `PlayStation 5.02`: a name and a version.
    fn plain(text: &str) -> Option<Self> {
        let (name, version) = text.split_once(' ')?;
        let (name, version) = (name.trim(), version.trim());
        let is_version = version.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte));
        (is_word(name) && is_version).then(|| Self::named(name, Some(version)))
    }
}

/// How Windows is called by the number of its build. Source: Relay.
fn windows_of_build(build: u64) -> Option<&'static str> {
    Some(match build {
        2_600..=3_790 => "XP",
        6_002 => "Vista",
        7_601 => "7",
        9_200 => "8",
        9_600 => "8.1",
        10_240..=19_044 => "10",
        22_000..=22_999 => "11",
        _ => return None,
    })
}

/// Release keys of .NET Framework, whose own description says nothing useful.
///
/// Source: Microsoft, "Determine which .NET Framework versions are installed".
const NET_FRAMEWORKS: [(&str, &[&str]); 9] = [
    ("4.5", &["378389"]),
    ("4.5.1", &["378675", "378758"]),
    ("4.5.2", &["379893"]),
    ("4.6", &["393295", "393297"]),
    ("4.6.1", &["394254", "394271"]),
    ("4.6.2", &["394802", "394806"]),
    ("4.7", &["460798", "460805"]),
    ("4.7.1", &["461308", "461310"]),
    ("4.7.2", &["461808", "461814"]),
];
const NET_FRAMEWORK_4_8: [&str; 5] = ["528040", "528049", "528209", "528372", "528449"];

/// Takes name and version of a runtime from its description, if the SDK did not send them.
pub(super) fn runtime(context: &mut Object<'_>) {
    let unnamed =
        ["name", "version"].iter().all(|name| context.str(name).is_none_or(str::is_empty));
    if unnamed
        && let Some((name, version)) = context.str("raw_description").and_then(name_and_version)
    {
        context.insert("name", name);
        context.insert("version", version);
    }
    let framework = context.str("name").is_some_and(|name| name.starts_with(".NET Framework"));
    if let Some(build) = context.str("build").filter(|_| framework) {
        let known = NET_FRAMEWORKS.iter().find(|(_, builds)| builds.contains(&build));
        let version = known.map(|(version, _)| *version);
        let version = version.or_else(|| NET_FRAMEWORK_4_8.contains(&build).then_some("4.8"));
        if let Some(version) = version {
            context.insert("version", version);
        }
    }
}

/// `.NET Core 3.1.4` is a name and a version: the last word that begins with a number and a dot.
fn name_and_version(text: &str) -> Option<(String, String)> {
    let words = text.match_indices(' ').rev();
    words
        .map(|(place, _)| (&text[..place], digits_and_dots(&text[place + 1..])))
        .find(|(_, version)| version.contains('.'))
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
}

/// The version a text begins with: numbers with dots between them.
fn digits_and_dots(text: &str) -> &str {
    let end = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
    text[..end].trim_end_matches('.')
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: [Option<&str>; 4]) {
        let found = System::read(text);
        let found = found.as_ref();
        let got = [
            found.map(|found| found.name.as_str()),
            found.and_then(|found| found.version.as_deref()),
            found.and_then(|found| found.build.as_deref()),
            found.and_then(|found| found.kernel.as_deref()),
        ];
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn systems() {
        check("Microsoft Windows 10.0.22631", [Some("Windows"), Some("11"), Some("22631"), None]);
        check("Microsoft Windows NT 6.1.7601.0", [Some("Windows"), Some("7"), Some("7601"), None]);
        check("Windows 10 (10.0.19041)", [Some("Windows"), Some("10"), Some("19041"), None]);
        check("Mac OS X 10.14.2 (18C54)", [Some("macOS"), Some("10.14.2"), Some("18C54"), None]);
        check("iOS 17.5.1", [Some("iOS"), Some("17.5.1"), None, None]);
        check("Android OS 12 / API-31 (x)", [Some("Android"), Some("12"), None, None]);
        check("Linux 5.10.0 Debian 11", [Some("Debian"), Some("11"), None, Some("5.10.0")]);
        check("Linux 4.14.104-95.84.amzn2", [Some("Linux"), None, None, Some("4.14.104")]);
        check("PlayStation 5.02", [Some("PlayStation"), Some("5.02"), None, None]);
        check("Nintendo Switch", [Some("Nintendo OS"), None, None, None]);
        check("something else entirely", [None; 4]);
    }

    #[test]
    fn runtimes() {
        assert_eq!(
            name_and_version(".NET Core 3.1.4-preview"),
            Some((".NET Core".to_owned(), "3.1.4".to_owned()))
        );
        assert_eq!(name_and_version("Mono"), None);
    }
}
