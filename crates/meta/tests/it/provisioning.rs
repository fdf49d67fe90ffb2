//! Provisioning files and the first start.

use std::sync::Arc;

use meta::{Meta, MetaError, Page, ProvisionFile, Role, Scope};
use model::clock::FixedClock;
use model::id::ProjectId;

use crate::fixture::START;

const FILE: &str = r#"
[[organization]]
slug = "acme"
name = "Acme"
[[organization.project]]
id = 41
slug = "payments-api"
platform = "python"
public_key = "0123456789abcdef0123456789abcdef"
[[organization.project]]
slug = "web"
[[organization.member]]
email = "owner@example.com"
password = "correct horse battery staple"
role = "owner"
[[organization.token]]
name = "ci"
token = "pwt_0123456789abcdef"
scopes = ["org:admin", "project:admin", "event:admin", "project:releases"]
"#;

fn empty() -> Meta {
    Meta::in_memory(Arc::new(FixedClock::at(START))).unwrap()
}

#[test]
fn a_file_is_applied_and_applied_again() {
    let meta = empty();
    let file = ProvisionFile::parse(FILE).unwrap();
    let report = meta.provision(&file).unwrap();
    assert_eq!(report.changes.len(), 6, "{report:?}");
    assert_eq!(meta.provision(&file).unwrap().changes, Vec::<String>::new());

    let door = Arc::clone(meta.doors().door("0123456789abcdef0123456789abcdef").unwrap());
    assert_eq!(door.project, ProjectId(41));
    let grant = meta.authenticate_token("pwt_0123456789abcdef").unwrap().unwrap();
    assert!(grant.scopes.allows(Scope::EventAdmin));
    let user = meta.login("owner@example.com", "correct horse battery staple").unwrap();
    let organization = meta.organization_by_slug("acme").unwrap().unwrap();
    assert_eq!(meta.member(organization.id, user).unwrap().unwrap().role, Role::Owner);

    let mut changed = file;
    changed.organizations[0].members[0].password = Some("another password".into());
    changed.organizations[0].projects[1].platform = "javascript".into();
    assert_eq!(meta.provision(&changed).unwrap().changes.len(), 2);
    assert!(meta.login("owner@example.com", "another password").is_ok());
    assert!(!format!("{changed:?}").contains("another password"));
    assert!(!format!("{changed:?}").contains("pwt_"));
}

#[test]
fn a_wrong_file_changes_nothing() {
    let meta = empty();
    let mut file = ProvisionFile::parse(FILE).unwrap();
    file.organizations[0].tokens[0].scopes.push("org:everything".into());
    assert!(matches!(meta.provision(&file), Err(MetaError::Invalid { .. })));
    assert!(meta.organizations(Page::FIRST).unwrap().rows.is_empty());
    let problem = ProvisionFile::parse("[[organization]]\nslug = \"a\"\npasword = \"hunter2\"");
    let text = problem.unwrap_err().to_string();
    assert!(text.contains("line 3") && !text.contains("hunter2"), "{text}");
}

#[test]
fn an_empty_database_gets_a_first_login_once() {
    let meta = empty();
    let first = meta.bootstrap().unwrap().unwrap();
    assert!(meta.login(&first.email, first.password.expose()).is_ok());
    assert_eq!(meta.doors().door(&first.public_key).unwrap().project, first.project);
    assert!(!format!("{first:?}").contains(first.password.expose()));
    assert!(meta.bootstrap().unwrap().is_none());
}
