//! What changes because time passes.

use meta::{
    Archiving, IssueAction, IssueChange, IssueStatus, NewAttachment, Page, Resolution, Substatus,
};
use model::clock::Micros;
use model::id::{EventId, IssueId};

use crate::fixture::{DAY, Fixture, HOUR, START};

fn archive(fixture: &Fixture, issue: IssueId, how: Archiving) {
    let actions = vec![IssueAction::Archive(how)];
    let change = IssueChange { issues: vec![issue], actor: None, actions };
    fixture.meta.change_issues(&change).unwrap();
}

#[test]
fn new_issues_become_ongoing_after_a_week() {
    let mut fixture = Fixture::new();
    let issue = fixture.send(fixture.event(1));
    fixture.clock.advance_micros(7 * DAY);
    assert_eq!(fixture.meta.tend().unwrap().aged, 0);
    fixture.clock.advance_micros(1);
    assert_eq!(fixture.meta.tend().unwrap().aged, 1);
    let state = fixture.meta.issue(issue).unwrap().unwrap().state;
    assert_eq!(state.substatus, Some(Substatus::Ongoing));
}

#[test]
fn quiet_issues_resolve_themselves_when_the_project_says_so() {
    let mut fixture = Fixture::new();
    let issue = fixture.send(fixture.event(1));
    let mut settings = (*fixture.meta.project_settings(fixture.project).unwrap()).clone();
    settings.resolve_age = 24;
    fixture.meta.set_project_settings(fixture.project, &settings).unwrap();
    fixture.clock.advance_micros(DAY);
    assert_eq!(fixture.meta.tend().unwrap().resolved, []);
    fixture.clock.advance_micros(HOUR);
    assert_eq!(fixture.meta.tend().unwrap().resolved, [issue]);
    let state = fixture.meta.issue(issue).unwrap().unwrap().state;
    assert_eq!(state.status, IssueStatus::Resolved);
    assert_eq!(state.details.unwrap().resolution, Some(Resolution::ByAge));
}

#[test]
fn archived_issues_return_on_time_and_forecasts_are_renewed() {
    let mut fixture = Fixture::new();
    let (first, second) = (fixture.send(fixture.event(1)), fixture.send(fixture.event(2)));
    let time = Some(Micros(START.0 + HOUR));
    archive(&fixture, first, Archiving::Until { time, events: None, users: None });
    archive(&fixture, second, Archiving::UntilEscalating);
    assert_eq!(fixture.meta.tend().unwrap(), meta::Tended::default());
    fixture.clock.advance_micros(HOUR);
    assert_eq!(fixture.meta.tend().unwrap().returned, [first]);
    fixture.clock.advance_micros(7 * DAY);
    assert_eq!(fixture.meta.tend().unwrap().forecasts, 1);
    assert_eq!(fixture.meta.tend().unwrap().forecasts, 0);
}

#[test]
fn what_is_past_its_retention_time_is_forgotten() {
    let mut fixture = Fixture::new();
    let (old, kept) = (fixture.send(fixture.event(1)), fixture.send(fixture.event(2)));
    let attachment = NewAttachment {
        project: fixture.project,
        event_id: EventId([1; 16]),
        name: "log.txt".into(),
        content_type: "text/plain".into(),
        kind: "event.attachment".into(),
        size: 1,
        blob: [7; 32],
        received: START,
    };
    let mut event = fixture.event(2);
    event.user = "id:1".into();
    let mut batch = fixture.batch(vec![event]);
    batch.attachments = vec![attachment];
    fixture.meta.apply(&batch).unwrap();
    fixture.clock.advance_micros(90 * DAY);
    let mut event = fixture.event(2);
    event.user = "id:2".into();
    fixture.send(event);
    fixture.clock.advance_micros(HOUR);

    let forgotten = fixture.meta.forget().unwrap();
    assert_eq!((forgotten.issues, forgotten.attachments), (1, 1));
    assert_eq!(forgotten.blobs, [[7; 32]]);
    assert_eq!(fixture.meta.issue(old).unwrap(), None);
    assert_eq!(fixture.meta.removed_issues().unwrap(), []);
    let issue = fixture.meta.issue(kept).unwrap().unwrap();
    assert_eq!((issue.times_seen, issue.user_count), (3, 1), "people within the retention time");
    let hour = START.0 / HOUR;
    let hours = fixture.meta.hours(&[kept], hour, hour + 24 * 100).unwrap();
    assert_eq!(hours[&kept], [(hour + 24 * 90, 1)]);
    assert_eq!(fixture.meta.activities(kept, Page::FIRST).unwrap().rows, []);
    assert_eq!(fixture.meta.forget().unwrap(), meta::Forgotten::default());
}
