//! What a source's address says about it: the module, and whether it is the app's own.

/// Folders that say nothing about what is in them.
const PLAIN_FOLDERS: &[&str] = &[
    "javascript",
    "javascripts",
    "script",
    "scripts",
    "js",
    "build",
    "static",
    "node_modules",
    "bower_components",
];

/// Whether a source is the app's own; `None` when its address does not say.
///
/// Source: `is_in_app` of Symbolicator.
pub fn in_app(abs_path: &str, filename: &str) -> Option<bool> {
    if abs_path.starts_with("webpack:") {
        return Some(filename.starts_with("./") && !filename.contains("/node_modules/"));
    }
    let is_dependency =
        [abs_path, filename].iter().any(|path| path.split('/').any(|step| step == "node_modules"));
    if is_dependency || filename.starts_with("~/") {
        return Some(false);
    }
    abs_path.starts_with("app:").then_some(true)
}

/// The name of a file's module: its path without host, extension, version, hash, and folders that say
/// nothing. `None` when nothing is left.
///
/// Source: `generate_module` of Sentry.
pub fn module(abs_path: &str) -> Option<String> {
    let path = abs_path.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(scheme, rest)| {
        // Of `webpack:///./src/a.ts` and `app:///a.js`, nothing is a host.
        let has_host = matches!(scheme, "http" | "https");
        if has_host { rest.split_once('/').map_or("", |(_, path)| path) } else { rest }
    });
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    let dot = path.get(name..)?.rfind('.').filter(|dot| *dot > 0).map(|dot| name + dot);
    let path = path.get(..dot.unwrap_or(path.len()))?;
    let path = path.strip_suffix(".min").unwrap_or(path);
    let steps: Vec<&str> = path.split('/').collect();
    let hash = steps.iter().position(|step| is_hexadecimal(step, &[32, 40]));
    let plain = steps.iter().take(steps.len() - 1).take_while(|step| is_plain(step)).count();
    let rest = steps.get(hash.map_or(plain, |hash| hash + 1)..).unwrap_or_default();
    let module = rest.join("/");
    let module = without_commit(&module);
    (!module.is_empty()).then(|| module.to_owned())
}

/// A folder that says nothing, a version, or a hash.
fn is_plain(step: &str) -> bool {
    let version = step.strip_prefix(['v', 'V']).unwrap_or(step);
    let is_version =
        !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    step.is_empty()
        || step.starts_with(['_', '.', '~'])
        || is_version
        || is_hexadecimal(step, &[7, 8, 32, 40])
        || PLAIN_FOLDERS.iter().any(|folder| folder.eq_ignore_ascii_case(step))
}

/// Without `-1a2b3c4` at the end.
fn without_commit(module: &str) -> &str {
    let Some(place) = module.rfind(['-', '.']) else { return module };
    let ending = module.get(place + 1..).unwrap_or_default();
    let is_commit = ending.len() >= 7 && ending.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_commit { module.get(..place).unwrap_or(module) } else { module }
}

fn is_hexadecimal(step: &str, lengths: &[usize]) -> bool {
    lengths.contains(&step.len()) && step.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_leave_out_what_says_nothing() {
        let check = |path: &str, expected: &str| {
            assert_eq!(module(path).as_deref().unwrap_or(""), expected, "{path}");
        };
        check("https://example.com/static/js/app.min.js?v=9", "app");
        check("https://example.com/foo.js", "foo");
        check("https://example.com/js/foo/bar.js", "foo/bar");
        check("https://example.com/v1.2.3/foo.js", "foo");
        check("https://example.com/_next/static/foo.js", "foo");
        check("https://a.example/7d6d00eae0ceccdc7ee689659585d95f/foo/bar.js", "foo/bar");
        check("https://a.example/assets/index-1a2b3c4d.js", "assets/index");
        check("webpack:///./src/lib/reels.ts", "src/lib/reels");
        check("app:///src/App.js", "src/App");
        check("../../src/main.ts", "src/main");
        check("https://example.com/", "");
        check("", "");
        check("/.hidden", ".hidden");
    }

    #[test]
    fn dependencies_are_not_the_apps_own() {
        let check = |abs_path: &str, filename: &str, expected| {
            assert_eq!(in_app(abs_path, filename), expected, "{abs_path} {filename}");
        };
        check("webpack:///./src/a.ts", "./src/a.ts", Some(true));
        check("webpack:///./node_modules/a.js", "./node_modules/a.js", Some(false));
        check("webpack:///webpack/bootstrap", "webpack/bootstrap", Some(false));
        check("app:///src/a.js", "src/a.js", Some(true));
        check("app:///node_modules/a.js", "node_modules/a.js", Some(false));
        check("https://a.example/node_modules/a.js", "../node_modules/a.js", Some(false));
        check("https://a.example/src/a.js", "../src/a.js", None);
    }
}
