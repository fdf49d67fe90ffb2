//! Which language an event or a frame comes from, as far as grouping cares.

/// A platform with rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    JavaScript,
    Node,
    Python,
    Php,
    Ruby,
    Java,
    CSharp,
    Native,
    Other,
}

/// What the matcher `family` compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Native,
    JavaScript,
    Other,
}

impl Platform {
    /// From an event's or a frame's `platform`.
    pub(crate) fn parse(name: &str) -> Self {
        match name {
            "javascript" => Self::JavaScript,
            "node" => Self::Node,
            "python" => Self::Python,
            "php" => Self::Php,
            "ruby" => Self::Ruby,
            "java" => Self::Java,
            "csharp" => Self::CSharp,
            "native" | "c" | "cocoa" | "objc" | "swift" | "rust" => Self::Native,
            _ => Self::Other,
        }
    }

    pub(crate) fn family(self) -> Family {
        match self {
            Self::Native => Family::Native,
            Self::JavaScript | Self::Node => Family::JavaScript,
            _ => Family::Other,
        }
    }

    pub(crate) fn is_javascript(self) -> bool {
        self.family() == Family::JavaScript
    }

    /// Source lines of these are stable enough to tell frames apart.
    pub(crate) fn has_stable_context(self) -> bool {
        matches!(self, Self::JavaScript | Self::Node | Self::Python | Self::Php | Self::Ruby)
    }
}

/// Families a matcher accepts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Families {
    accepted: [bool; 3],
}

impl Families {
    /// Reads a comma list such as `native,javascript`, or `all`. Unknown names match nothing.
    pub(crate) fn parse(list: &str) -> Self {
        let mut accepted = [false; 3];
        for name in list.split(',').map(str::trim) {
            match name {
                "native" => accepted[Family::Native as usize] = true,
                "javascript" => accepted[Family::JavaScript as usize] = true,
                "other" => accepted[Family::Other as usize] = true,
                "all" => accepted = [true; 3],
                _ => {}
            }
        }
        Self { accepted }
    }

    pub(crate) fn contains(self, family: Family) -> bool {
        self.accepted[family as usize]
    }
}
