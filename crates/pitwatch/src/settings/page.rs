//! The page of the guide that lists all settings.

use std::fmt::Write;

use super::DEFINITIONS;

/// `docs/guide/settings.md`.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Settings\n\n\
         Read from `pitwatch.toml` in the current folder (or the file that `--config` or\n\
         `PITWATCH_CONFIG` names), then from `PITWATCH_*` variables, then from flags; later ones win.\n\
         `pitwatch settings` prints what is in force and where each value came from.\n",
    );
    for known in DEFINITIONS {
        let default = if known.default.is_empty() { "none" } else { known.default };
        // Writing to a string cannot fail.
        let _infallible = write!(
            page,
            "\n## `{}`\n\n{}\n\nVariable `PITWATCH_{}` · {} · default `{default}`\n",
            known.name,
            known.about,
            known.name.to_uppercase(),
            known.kind,
        );
    }
    page
}
