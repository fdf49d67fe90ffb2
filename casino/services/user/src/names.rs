//! Names of people who do not exist, and where they play.

/// A market and its money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Market {
    pub(crate) code: &'static str,
    pub(crate) currency: &'static str,
    first: [&'static str; 12],
    last: [&'static str; 12],
}

/// All markets; names are invented combinations, in letters that fit into a header.
pub(crate) const MARKETS: [Market; 5] = [
    Market {
        code: "de",
        currency: "EUR",
        first: [
            "Lena", "Jonas", "Ilse", "Emil", "Greta", "Anton", "Frieda", "Kurt", "Marlene", "Otto",
            "Clara", "Bruno",
        ],
        last: [
            "Winterfeld",
            "Sommer",
            "Lindenau",
            "Brandt",
            "Rosental",
            "Falk",
            "Hagen",
            "Silber",
            "Amsel",
            "Stern",
            "Birke",
            "Morgen",
        ],
    },
    Market {
        code: "es",
        currency: "EUR",
        first: [
            "Lucia", "Mateo", "Carmen", "Hugo", "Elena", "Pablo", "Marta", "Diego", "Irene",
            "Javier", "Alba", "Luis",
        ],
        last: [
            "Naranjo", "Robledo", "Campos", "Rivera", "Olmos", "Serrano", "Luna", "Prados",
            "Valle", "Montes", "Reyes", "Salinas",
        ],
    },
    Market {
        code: "pt",
        currency: "EUR",
        first: [
            "Ines", "Tiago", "Beatriz", "Duarte", "Leonor", "Rui", "Marta", "Nuno", "Clara",
            "Vasco", "Rita", "Hugo",
        ],
        last: [
            "Oliveira", "Pinheiro", "Ribeiro", "Campos", "Rocha", "Moreira", "Salgado", "Vidal",
            "Fontes", "Pereira", "Lagos", "Barros",
        ],
    },
    Market {
        code: "se",
        currency: "SEK",
        first: [
            "Astrid", "Nils", "Elsa", "Axel", "Maja", "Oskar", "Ebba", "Erik", "Freja", "Gustav",
            "Signe", "Lars",
        ],
        last: [
            "Ekblad", "Lindgren", "Nordin", "Sandberg", "Fors", "Holm", "Vinter", "Asplund",
            "Dahl", "Skog", "Berg", "Sjoholm",
        ],
    },
    Market {
        code: "uk",
        currency: "GBP",
        first: [
            "Alice", "Harry", "Florence", "George", "Poppy", "Arthur", "Ivy", "Alfie", "Mabel",
            "Oscar", "Nell", "Ralph",
        ],
        last: [
            "Ashdown",
            "Fairweather",
            "Thornbury",
            "Wren",
            "Hollis",
            "Marlowe",
            "Penrose",
            "Kestrel",
            "Larkin",
            "Rowan",
            "Sedge",
            "Alder",
        ],
    },
];

/// The market of that name.
pub(crate) fn market(code: &str) -> Option<&'static Market> {
    MARKETS.iter().find(|market| market.code == code)
}

impl Market {
    /// The name of the player with that number: always the same.
    pub(crate) fn name(&self, number: u32) -> String {
        // Multiplied by an odd number near 2^32 times the golden ratio, so that neighbours differ.
        let mixed = usize::try_from(number.wrapping_mul(2_654_435_761) >> 16).unwrap_or_default();
        let (first, last) = (mixed % self.first.len(), mixed / self.first.len() % self.last.len());
        format!("{} {}", self.first[first], self.last[last])
    }
}

/// `p-000123`.
pub(crate) fn id(number: u32) -> String {
    format!("p-{number:06}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_many_always_the_same_and_fit_into_headers() {
        let germany = market("de").unwrap();
        let names: std::collections::BTreeSet<_> =
            (0..2000).map(|number| germany.name(number)).collect();
        assert!(names.len() > 100, "{}", names.len());
        assert_eq!(germany.name(123), germany.name(123));
        let all = MARKETS.iter().flat_map(|market| (0..200).map(|number| market.name(number)));
        assert!(all.into_iter().all(|name| name.is_ascii()));
        assert_eq!((id(123).as_str(), market("fr")), ("p-000123", None));
    }
}
