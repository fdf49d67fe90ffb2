//! What a person or a token may do: scopes, and the roles that stand for sets of them.

use std::fmt;

macro_rules! named {
    ($(#[$doc:meta])* $kind:ident { $($(#[$variant_doc:meta])* $name:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind { $($(#[$variant_doc])* $name,)+ }

        impl $kind {
            /// All of them with their names in the API.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $text),)+];

            /// The name in the API.
            pub fn name(self) -> &'static str {
                Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
            }

            /// The one of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
            }
        }
    };
}

named! {
    /// The right to do one kind of thing. Source: Sentry's scopes.
    #[expect(missing_docs, reason = "the names say it")]
    Scope {
        OrgRead = "org:read",
        OrgWrite = "org:write",
        OrgAdmin = "org:admin",
        OrgIntegrations = "org:integrations",
        OrgCi = "org:ci",
        OrgBilling = "org:billing",
        MemberRead = "member:read",
        MemberInvite = "member:invite",
        MemberWrite = "member:write",
        MemberAdmin = "member:admin",
        TeamRead = "team:read",
        TeamWrite = "team:write",
        TeamAdmin = "team:admin",
        ProjectRead = "project:read",
        ProjectWrite = "project:write",
        ProjectAdmin = "project:admin",
        ProjectReleases = "project:releases",
        ProjectDistribution = "project:distribution",
        EventRead = "event:read",
        EventWrite = "event:write",
        EventAdmin = "event:admin",
        AlertsRead = "alerts:read",
        AlertsWrite = "alerts:write",
    }
}

impl Scope {
    /// The weaker scope that comes with it: who may write may read.
    fn weaker(self) -> Option<Self> {
        match self {
            Self::OrgAdmin => Some(Self::OrgWrite),
            Self::OrgWrite | Self::OrgIntegrations => Some(Self::OrgRead),
            Self::MemberAdmin => Some(Self::MemberWrite),
            Self::MemberWrite => Some(Self::MemberInvite),
            Self::MemberInvite => Some(Self::MemberRead),
            Self::TeamAdmin => Some(Self::TeamWrite),
            Self::TeamWrite => Some(Self::TeamRead),
            Self::ProjectAdmin => Some(Self::ProjectWrite),
            Self::ProjectWrite => Some(Self::ProjectRead),
            Self::EventAdmin => Some(Self::EventWrite),
            Self::EventWrite => Some(Self::EventRead),
            Self::AlertsWrite => Some(Self::AlertsRead),
            _ => None,
        }
    }

    fn bit(self) -> u32 {
        let place = Self::ALL.iter().position(|(known, _)| *known == self).unwrap_or(31);
        1 << place
    }
}

/// A set of scopes; always holds the weaker scopes of those in it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u32);

impl Scopes {
    /// The set of these and all weaker ones.
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let mut bits = 0;
        for scope in scopes {
            let mut next = Some(scope);
            while let Some(scope) = next {
                bits |= scope.bit();
                next = scope.weaker();
            }
        }
        Self(bits)
    }

    /// Reads names; `Err` is the first that is not the name of a scope.
    ///
    /// # Errors
    /// The unknown name.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let scopes: Result<Vec<Scope>, String> =
            names.into_iter().map(|name| Scope::from_name(name).ok_or(name.to_owned())).collect();
        Ok(Self::of(scopes?))
    }

    /// True when the scope is in the set.
    pub fn allows(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// What is in both: a token never allows more than its owner's role.
    #[must_use]
    pub fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// True when everything in the set is in `other` too.
    pub fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The scopes in the set.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().map(|(scope, _)| *scope).filter(move |scope| self.allows(*scope))
    }

    /// The names of the scopes in the set.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Scope::name).collect()
    }

    pub(crate) fn from_text(text: &str) -> Self {
        Self::of(text.split(' ').filter_map(Scope::from_name))
    }

    pub(crate) fn to_text(self) -> String {
        self.names().join(" ")
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.names()).finish()
    }
}

named! {
    /// What a member is in an organisation.
    Role {
        /// May do everything, deleting the organisation included.
        Owner = "owner",
        /// May manage members and all teams and projects.
        Manager = "manager",
        /// May manage projects and teams.
        Admin = "admin",
        /// Works with issues.
        Member = "member",
        /// Sees everything, changes nothing.
        Auditor = "auditor",
        /// Sees what is used and billed, no events.
        Billing = "billing",
    }
}

impl Role {
    /// What the role allows.
    pub fn scopes(self) -> Scopes {
        use Scope::{
            AlertsRead, AlertsWrite, EventAdmin, EventRead, MemberAdmin, MemberRead, OrgAdmin,
            OrgBilling, OrgCi, OrgIntegrations, OrgRead, OrgWrite, ProjectAdmin,
            ProjectDistribution, ProjectRead, ProjectReleases, TeamAdmin, TeamRead,
        };
        let member =
            [OrgRead, MemberRead, TeamRead, ProjectRead, ProjectReleases, EventAdmin, AlertsWrite];
        let admin = [OrgIntegrations, OrgCi, TeamAdmin, ProjectAdmin, ProjectDistribution];
        let manager = [OrgWrite, MemberAdmin];
        match self {
            Self::Owner => Scopes::of(
                [OrgAdmin, OrgBilling].into_iter().chain(manager).chain(admin).chain(member),
            ),
            Self::Manager => Scopes::of(manager.into_iter().chain(admin).chain(member)),
            Self::Admin => Scopes::of(admin.into_iter().chain(member)),
            Self::Member => Scopes::of(member),
            Self::Auditor => {
                Scopes::of([OrgRead, MemberRead, TeamRead, ProjectRead, EventRead, AlertsRead])
            }
            Self::Billing => Scopes::of([OrgRead, OrgBilling]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stronger_scopes_bring_the_weaker_ones() {
        let scopes = Scopes::parse(["event:admin", "project:releases"]).unwrap();
        assert_eq!(
            scopes.names(),
            ["project:releases", "event:read", "event:write", "event:admin"]
        );
        assert_eq!(Scopes::from_text(&scopes.to_text()), scopes);
        assert_eq!(Scopes::parse(["event:all"]), Err("event:all".to_owned()));
    }

    #[test]
    fn roles_contain_each_other_up_to_the_owner() {
        let ladder = [Role::Auditor, Role::Member, Role::Admin, Role::Manager, Role::Owner];
        for pair in ladder.windows(2) {
            assert!(pair[0].scopes().within(pair[1].scopes()), "{pair:?}");
        }
        assert!(!Role::Auditor.scopes().allows(Scope::EventWrite));
        assert!(!Role::Billing.scopes().allows(Scope::EventRead));
    }

    #[test]
    fn every_scope_has_a_bit_of_its_own() {
        let all = Scope::ALL.iter().fold(0, |bits, (scope, _)| bits ^ scope.bit());
        assert_eq!(all.count_ones(), u32::try_from(Scope::ALL.len()).unwrap());
    }
}
