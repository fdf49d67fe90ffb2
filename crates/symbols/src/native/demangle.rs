//! Names of functions as their programmers wrote them.

use symbolic_common::{Language, Name, NameMangling};
use symbolic_demangle::{Demangle, DemangleOptions};

use crate::limits;

/// A function's name in two lengths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Without parameters.
    pub short: String,
    /// With parameters, where the name has them.
    pub full: String,
}

/// Demangles a name of Rust, C++, Objective-C or Swift. One that is of none stays as it is.
pub fn demangle(symbol: &str) -> Names {
    in_language(symbol, Language::Unknown)
}

pub(super) fn in_language(symbol: &str, language: Language) -> Names {
    let plain = || Names { short: symbol.to_owned(), full: symbol.to_owned() };
    if symbol.len() > limits::MANGLED_BYTES_MAX {
        return plain();
    }
    let name = Name::new(symbol, NameMangling::Unknown, language);
    let demangled = |options| name.demangle(options).filter(|name| !name.is_empty());
    let full = demangled(DemangleOptions::complete().return_type(false));
    let Some(full) = full else { return plain() };
    let short = demangled(DemangleOptions::name_only()).unwrap_or_else(|| full.clone());
    Names { short, full }
}
