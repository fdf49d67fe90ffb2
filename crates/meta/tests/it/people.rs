//! People, rights, secrets.

use meta::{
    Key, KeyChange, LoginError, MetaError, NewInvite, NewKey, NewProject, NewToken, Page,
    ProjectChange, Role, Scope, Scopes, Secret,
};
use model::id::ProjectId;

use crate::fixture::{DAY, Fixture, HOUR};

fn with_user(email: &str, role: Role) -> (Fixture, model::id::UserId) {
    let fixture = Fixture::new();
    let user = fixture.meta.create_user(email, "", Some("correct horse")).unwrap().id;
    fixture.meta.add_member(fixture.organization, user, role).unwrap();
    (fixture, user)
}

#[test]
fn wrong_passwords_lock_out_whether_the_account_exists_or_not() {
    let (fixture, user) = with_user("Jane@Example.com", Role::Owner);
    let meta = &fixture.meta;
    assert_eq!(meta.login(" jane@example.com", "correct horse").unwrap(), user);
    for email in ["jane@example.com", "nobody@example.com"] {
        for _ in 0..4 {
            assert!(matches!(meta.login(email, "wrong"), Err(LoginError::Wrong)));
        }
        assert!(matches!(meta.login(email, "wrong"), Err(LoginError::Locked { .. })));
        let locked = meta.login(email, "correct horse");
        assert!(matches!(locked, Err(LoginError::Locked { .. })), "even with the right one");
    }
    fixture.clock.advance_micros(31_000_000);
    assert_eq!(meta.login("jane@example.com", "correct horse").unwrap(), user);
    assert!(matches!(meta.login("jane@example.com", "wrong"), Err(LoginError::Wrong)));
    meta.set_user_active(user, false).unwrap();
    assert!(matches!(meta.login("jane@example.com", "correct horse"), Err(LoginError::Wrong)));
}

#[test]
fn sessions_end() {
    let (fixture, user) = with_user("jane@example.com", Role::Owner);
    let meta = &fixture.meta;
    let (first, second) = (meta.begin_session(user).unwrap(), meta.begin_session(user).unwrap());
    let found = meta.session(first.token.expose()).unwrap().unwrap();
    assert_eq!((found.user, &found.csrf), (user, &first.csrf));
    assert_eq!(meta.session("guess").unwrap(), None);
    meta.end_other_sessions(user, second.token.expose()).unwrap();
    assert_eq!(meta.session(first.token.expose()).unwrap(), None);
    fixture.clock.advance_micros(29 * DAY);
    assert!(meta.session(second.token.expose()).unwrap().is_some());
    fixture.clock.advance_micros(DAY);
    assert_eq!(meta.session(second.token.expose()).unwrap(), None);
    let third = meta.begin_session(user).unwrap();
    meta.set_password(user, "another horse").unwrap();
    assert_eq!(meta.session(third.token.expose()).unwrap(), None, "a new password ends them");
    let text = format!("{third:?}");
    assert!(!text.contains(third.token.expose()), "{text}");
}

#[test]
fn tokens_allow_what_their_scopes_and_owner_allow() {
    let (fixture, user) = with_user("jane@example.com", Role::Member);
    let meta = &fixture.meta;
    let mut new = NewToken {
        organization: fixture.organization,
        user: Some(user),
        name: "mine".into(),
        scopes: Scopes::of([Scope::OrgAdmin, Scope::EventWrite]),
        expires: None,
    };
    let (token, secret) = meta.create_token(&new).unwrap();
    assert!(secret.expose().starts_with("pwt_") && secret.expose().ends_with(&token.tail));
    let grant = meta.authenticate_token(secret.expose()).unwrap().unwrap();
    assert!(grant.scopes.allows(Scope::EventRead));
    assert!(!grant.scopes.allows(Scope::OrgAdmin), "no more than the role");
    assert_eq!(meta.authenticate_token("pwt_wrong").unwrap(), None);
    assert!(meta.token(token.id).unwrap().unwrap().last_used.is_some());

    new.user = None;
    new.expires = Some(model::clock::Micros(crate::fixture::START.0 + HOUR));
    let (ours, our_secret) = meta.create_token(&new).unwrap();
    let grant = meta.authenticate_token(our_secret.expose()).unwrap().unwrap();
    assert!(grant.scopes.allows(Scope::OrgAdmin));
    assert_eq!(meta.tokens(fixture.organization, None, Page::FIRST).unwrap().rows[0].id, ours.id);
    fixture.clock.advance_micros(HOUR);
    assert_eq!(meta.authenticate_token(our_secret.expose()).unwrap(), None);

    let boss = meta.create_user("boss@example.com", "Boss", None).unwrap().id;
    meta.add_member(fixture.organization, boss, Role::Owner).unwrap();
    meta.remove_member(fixture.organization, user).unwrap();
    assert_eq!(meta.authenticate_token(secret.expose()).unwrap(), None);
}

#[test]
fn invites_make_members_once() {
    let (fixture, owner) = with_user("owner@example.com", Role::Owner);
    let meta = &fixture.meta;
    let invite = |email: &str| NewInvite {
        organization: fixture.organization,
        email: email.into(),
        role: Role::Admin,
        inviter: Some(owner),
    };
    let taken = meta.create_invite(&invite("OWNER@example.com"));
    assert!(matches!(taken, Err(MetaError::Taken { .. })), "{taken:?}");
    let (_, old) = meta.create_invite(&invite("new@example.com")).unwrap();
    let (_, secret) = meta.create_invite(&invite("new@example.com")).unwrap();
    assert_eq!(meta.invite(old.expose()).unwrap(), None, "replaced");
    assert!(meta.accept_invite(secret.expose(), "New", "short").is_err());
    let user = meta.accept_invite(secret.expose(), "New", "long enough").unwrap();
    assert_eq!(meta.member(fixture.organization, user).unwrap().unwrap().role, Role::Admin);
    assert!(meta.accept_invite(secret.expose(), "New", "long enough").is_err(), "only once");

    let other = meta.create_organization("other", "Other").unwrap().id;
    let (_, secret) = meta
        .create_invite(&NewInvite { organization: other, ..invite("owner@example.com") })
        .unwrap();
    let stolen = meta.accept_invite(secret.expose(), "", "not their password");
    assert!(matches!(stolen, Err(MetaError::Refused(_))), "{stolen:?}");
    assert_eq!(meta.accept_invite(secret.expose(), "", "correct horse").unwrap(), owner);
}

#[test]
fn the_last_owner_stays() {
    let (fixture, owner) = with_user("owner@example.com", Role::Owner);
    let meta = &fixture.meta;
    let refused = meta.set_role(fixture.organization, owner, Role::Member);
    assert!(matches!(refused, Err(MetaError::Refused(_))));
    assert!(matches!(meta.remove_member(fixture.organization, owner), Err(MetaError::Refused(_))));
    assert_eq!(meta.member(fixture.organization, owner).unwrap().unwrap().role, Role::Owner);
    let teams = meta.teams_of_user(fixture.organization, owner).unwrap();
    assert_eq!(teams[0].slug, "acme", "members begin in the default team");
    let found = meta.members(fixture.organization, "OWNER@", Page::FIRST).unwrap();
    assert_eq!(found.rows.len(), 1);
}

#[test]
fn doors_follow_every_change() {
    let fixture = Fixture::new();
    let meta = &fixture.meta;
    let key = |fixture: &Fixture| -> Key {
        fixture.meta.keys(fixture.project, Page::FIRST).unwrap().rows.remove(0)
    };
    let public = key(&fixture).public;
    let before = meta.doors();
    assert!(before.door(&public).unwrap().active);
    let change = KeyChange { active: Some(false), rate: Some((60, 100)), ..KeyChange::default() };
    meta.change_key(key(&fixture).id, &change).unwrap();
    let door = std::sync::Arc::clone(meta.doors().door(&public).unwrap());
    assert!(!door.active);
    assert_eq!((door.quotas[0].limit, door.quotas[0].window_secs), (100, 60));
    assert!(before.door(&public).unwrap().active, "a snapshot does not change");

    let settings = meta.project_settings(fixture.project).unwrap();
    let mut changed = (*settings).clone();
    changed.allowed_domains = vec!["https://example.com".into()];
    meta.set_project_settings(fixture.project, &changed).unwrap();
    assert_eq!(meta.doors().door(&public).unwrap().allowed_origins, ["https://example.com"]);
    assert_eq!(meta.project_settings(fixture.project).unwrap().revision, settings.revision + 1);
    changed.retention_days = 0;
    assert!(meta.set_project_settings(fixture.project, &changed).is_err());

    meta.delete_key(key(&fixture).id).unwrap();
    assert!(meta.doors().door(&public).is_none());
    let taken = "0123456789abcdef0123456789abcdef".to_owned();
    let new = NewKey { label: "Second".into(), public: Some(taken.clone()) };
    meta.create_key(fixture.project, &new).unwrap();
    assert!(matches!(meta.create_key(fixture.project, &new), Err(MetaError::Taken { .. })));
    meta.delete_project(fixture.project).unwrap();
    assert!(meta.doors().is_empty());
    assert!(meta.project_settings(fixture.project).is_none());
}

#[test]
fn names_and_numbers_are_taken_once() {
    let fixture = Fixture::new();
    let meta = &fixture.meta;
    let new = |slug: &str, id: Option<u64>| NewProject {
        id: id.map(ProjectId),
        slug: slug.into(),
        name: "X".into(),
        ..NewProject::default()
    };
    let create = |slug: &str, id| meta.create_project(fixture.organization, &new(slug, id));
    assert!(matches!(create("api", None), Err(MetaError::Taken { .. })));
    assert!(matches!(create("web", Some(fixture.project.0)), Err(MetaError::Taken { .. })));
    assert!(matches!(create("Web", None), Err(MetaError::Invalid { .. })));
    assert!(matches!(create("web", Some(u64::MAX)), Err(MetaError::Invalid { .. })));
    assert_eq!(create("web", Some(77)).unwrap().id, ProjectId(77));
    let change = ProjectChange { slug: Some("api".into()), ..ProjectChange::default() };
    assert!(matches!(meta.change_project(ProjectId(77), &change), Err(MetaError::Taken { .. })));
    assert_eq!(create("next", None).unwrap().id, ProjectId(78));
    assert_eq!(
        meta.projects(fixture.organization, Page { offset: 1, limit: 1 }).unwrap().rows.len(),
        1
    );
    assert!(matches!(meta.project(ProjectId(u64::MAX)), Err(MetaError::Missing(_))));
}

#[test]
fn flags_are_kept_per_person() {
    let (fixture, user) = with_user("jane@example.com", Role::Owner);
    let flags = |text: &str| serde_json::from_str::<serde_json::Map<_, _>>(text).unwrap();
    fixture.meta.set_user_flags(user, flags(r#"{"theme":"dark","tour":1}"#)).unwrap();
    let after = fixture.meta.set_user_flags(user, flags(r#"{"tour":null}"#)).unwrap();
    assert_eq!(after, flags(r#"{"theme":"dark"}"#));
    assert_eq!(fixture.meta.user_flags(user).unwrap(), after);
}

#[test]
fn secrets_are_not_printed() {
    assert_eq!(format!("{:?}", Secret::new("hunter2")), "[secret]");
}
