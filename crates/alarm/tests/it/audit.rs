//! The log of changes: what is in it, and what is not.

use alarm::{
    AlarmError, AuditQuery, Author, NewChannel, NewOrder, NewRule, OrderKind, RuleChange, RuleKind,
};
use model::clock::Micros;
use model::id::{OrganizationId, ProjectId, UserId};
use serde_json::json;

use crate::fixture::Fixture;

const OURS: OrganizationId = OrganizationId(1);
const FILE: &str = "acme.toml";

fn rotation(name: &str) -> NewOrder {
    NewOrder {
        organization: OURS,
        kind: OrderKind::Rotation,
        name: name.to_owned(),
        definition: json!({"layers": []}),
        ends: None,
        created_by: None,
    }
}

fn rule(when: &str) -> NewRule {
    NewRule {
        organization: OURS,
        project: Some(ProjectId(7)),
        kind: RuleKind::Issue,
        says: RuleChange {
            name: "Payments".to_owned(),
            definition: json!({ "when": when }),
            is_enabled: true,
            owner: None,
            is_symptom: false,
            causes: Vec::new(),
        },
        origin: FILE.to_owned(),
        created_by: None,
    }
}

fn author() -> Author {
    Author { user: Some(UserId(3)), program: String::new(), at: Micros(9), secrets: Vec::new() }
}

/// Who did what to what, oldest first.
fn told(fixture: &Fixture, organization: OrganizationId) -> Vec<(Option<u64>, String, String)> {
    let query = AuditQuery { page: (0, 100), ..AuditQuery::default() };
    let mut entries = fixture.alarms.audit(organization, &query).unwrap();
    entries.reverse();
    let told = entries.into_iter().map(|entry| {
        let event = format!("{}.{} {}", entry.subject, entry.action, entry.name);
        (entry.user.map(|user| user.0), entry.program, event)
    });
    told.collect()
}

#[test]
fn what_is_refused_or_done_by_nobody_is_not_noted() {
    let fixture = Fixture::new();
    let by = fixture.alarms.by(author());
    let made = by.create_order(&rotation("primary"), Micros(9)).unwrap();
    assert!(matches!(
        by.create_order(&rotation("primary"), Micros(9)),
        Err(AlarmError::Taken { .. })
    ));
    let refused = by.edit_order((OURS, OrderKind::Rotation, made.id), Micros(9), |says| {
        says.definition = json!({});
        Err(AlarmError::Damaged("refused"))
    });
    assert!(refused.is_err());
    assert!(by.delete_order(OURS, OrderKind::Rotation, 99).is_err());
    // The program itself, such as the rule that each new project gets.
    fixture.alarms.create_order(&rotation("second"), Micros(9)).unwrap();
    let expected = (Some(3), String::new(), "rotation.create primary".to_owned());
    assert_eq!(told(&fixture, OURS), [expected]);
    assert_eq!(told(&fixture, OrganizationId(2)), []);
}

#[test]
fn what_a_file_changes_is_noted_once_and_stays() {
    let fixture = Fixture::new();
    let provision = |wanted: &[NewRule]| {
        fixture.alarms.provision_rules(FILE, RuleKind::Issue, wanted, Micros(9)).unwrap()
    };
    provision(&[rule("new")]);
    provision(&[rule("new")]);
    provision(&[rule("regression")]);
    provision(&[]);
    let line = |action: &str| (None, format!("file {FILE}"), format!("rule.{action} Payments"));
    let expected = [line("create"), line("edit"), line("remove")];
    assert_eq!(told(&fixture, OURS), expected);
    assert_eq!(told(&fixture.opened_again(), OURS), expected);
}

#[test]
fn a_secret_that_is_set_anew_is_a_change_and_is_not_told() {
    let fixture = Fixture::new();
    let channel = |sealed: &[u8]| NewChannel {
        organization: OURS,
        kind: "webhook".to_owned(),
        name: "ops".to_owned(),
        settings: json!({}),
        sealed: sealed.to_vec(),
        created_by: None,
    };
    let id = fixture.alarms.create_channel(&channel(b"one"), Micros(1)).unwrap().id;
    fixture.alarms.by(author()).change_channel(id, &channel(b"two"), Micros(9)).unwrap();
    let secrets = vec!["secret".to_owned()];
    let by = fixture.alarms.by(Author { secrets, ..author() });
    by.change_channel(id, &channel(b"three"), Micros(9)).unwrap();
    let query = AuditQuery { page: (0, 100), ..AuditQuery::default() };
    let entries = fixture.alarms.audit(OURS, &query).unwrap();
    let changes: Vec<_> = entries.into_iter().map(|entry| entry.changes).collect();
    let told = json!({"secrets": [null, ["secret"]]});
    assert_eq!(changes, [told.as_object().unwrap().clone()]);
}
