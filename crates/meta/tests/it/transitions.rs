//! States of issues: what leads from one to the other, and the list of that.

use std::collections::HashMap;

use meta::{
    ActivityKind, Archiving, IssueAction, IssueChange, IssueState, IssueStatus, MetaError, Page,
    Priority, Resolving, Standing, Substatus, Transition, TransitionKind, Unread,
};
use model::clock::Micros;
use model::id::{GroupHash, IssueId};
use proptest::prelude::*;

use crate::fixture::{DAY, Fixture, HOUR};

const MINUTE: u64 = HOUR / 60;

fn act(fixture: &Fixture, issue: IssueId, action: IssueAction) -> Vec<IssueState> {
    let change = IssueChange { issues: vec![issue], actor: None, actions: vec![action] };
    fixture.meta.change_issues(&change).unwrap()
}

fn state(fixture: &Fixture, issue: IssueId) -> IssueState {
    fixture.meta.issue(issue).unwrap().unwrap().state
}

/// The kinds of what a reader that began first has not read.
fn unread(fixture: &Fixture) -> Vec<TransitionKind> {
    let unread = fixture.meta.unread_transitions("test", 1_000).unwrap();
    let kinds = unread.transitions.iter().map(|transition| transition.kind).collect();
    fixture.meta.read_transitions("test", &unread).unwrap();
    kinds
}

fn started() -> Fixture {
    let fixture = Fixture::new();
    fixture.meta.begin_reading_transitions("test").unwrap();
    fixture
}

fn activities(fixture: &Fixture, issue: IssueId) -> Vec<ActivityKind> {
    let found = fixture.meta.activities(issue, Page::FIRST).unwrap().rows;
    found.into_iter().rev().map(|activity| activity.kind).collect()
}

#[test]
fn a_life_of_an_issue() {
    let mut fixture = started();
    let in_release = |fixture: &Fixture, release: &str| {
        let mut event = fixture.event(1);
        event.release = release.into();
        event
    };
    let issue = fixture.send(in_release(&fixture, "api@1.0.0"));
    assert_eq!(unread(&fixture), [TransitionKind::New]);
    fixture.clock.advance_micros(7 * DAY + 1);
    fixture.meta.tend().unwrap();
    assert_eq!(unread(&fixture), [TransitionKind::Ongoing]);
    act(&fixture, issue, IssueAction::Resolve(Resolving::InNextRelease));
    fixture.clock.advance_micros(1);
    fixture.send(in_release(&fixture, "api@1.0.0"));
    assert_eq!(unread(&fixture), [TransitionKind::Resolved], "an old release tells nothing");
    fixture.clock.advance_micros(1);
    fixture.send(in_release(&fixture, "api@1.1.0"));
    fixture.send(in_release(&fixture, "api@1.1.0"));
    assert_eq!(unread(&fixture), [TransitionKind::Regressed]);
    let time = Some(Micros(model::clock::Clock::now(&*fixture.clock).0 + HOUR));
    let until = Archiving::Until { time, events: None, users: None };
    act(&fixture, issue, IssueAction::Archive(until));
    fixture.clock.advance_micros(HOUR);
    fixture.meta.tend().unwrap();
    assert_eq!(unread(&fixture), [TransitionKind::Archived, TransitionKind::Returned]);
    act(&fixture, issue, IssueAction::Archive(Archiving::UntilEscalating));
    fixture.apply(vec![fixture.event(1); 100]);
    assert_eq!(unread(&fixture), [TransitionKind::Archived, TransitionKind::Escalating]);
    let before = act(&fixture, issue, IssueAction::Resolve(Resolving::Now));
    fixture.meta.restore_issues(&before, None).unwrap();
    assert_eq!(unread(&fixture), [TransitionKind::Resolved, TransitionKind::Reopened]);
    assert_eq!(state(&fixture, issue), before[0]);
    act(&fixture, issue, IssueAction::Archive(Archiving::Forever));
    act(&fixture, issue, IssueAction::Archive(Archiving::Forever));
    act(&fixture, issue, IssueAction::Unresolve);
    assert_eq!(unread(&fixture), [TransitionKind::Archived, TransitionKind::Reopened]);
    assert_eq!(
        activities(&fixture, issue),
        [
            ActivityKind::Ongoing,
            ActivityKind::ResolvedInRelease,
            ActivityKind::Regressed,
            ActivityKind::Ignored,
            ActivityKind::Unresolved,
            ActivityKind::Ignored,
            ActivityKind::Escalating,
            ActivityKind::Resolved,
            ActivityKind::Unresolved,
            ActivityKind::Ignored,
            ActivityKind::Ignored,
            ActivityKind::Unresolved,
        ]
    );
}

#[test]
fn transitions_say_what_did_it() {
    let mut fixture = started();
    let mut event = fixture.event(1);
    event.release = "api@1.0.0".into();
    let issue = fixture.send(event.clone());
    act(&fixture, issue, IssueAction::Resolve(Resolving::Now));
    fixture.clock.advance_micros(1);
    let mut again = fixture.event(1);
    again.release = "api@1.1.0".into();
    fixture.send(again.clone());
    let found = fixture.meta.unread_transitions("test", 1_000).unwrap().transitions;
    let [new, resolved, regressed] = &found[..] else { panic!("{found:?}") };
    assert_eq!((new.event, new.release.as_str()), (Some(event.event_id), "api@1.0.0"));
    assert_eq!((new.from, new.project, new.issue), (None, fixture.project, issue));
    assert_eq!((resolved.event, resolved.release.as_str()), (None, ""));
    assert_eq!(resolved.from, Some(new.to));
    assert_eq!((regressed.event, regressed.release.as_str()), (Some(again.event_id), "api@1.1.0"));
    let open = Standing { status: IssueStatus::Unresolved, substatus: Some(Substatus::Regressed) };
    assert_eq!((regressed.to, regressed.at), (open, again.received));
}

#[test]
fn open_issues_escalate_when_they_exceed_their_forecast() {
    let mut fixture = started();
    let issue = fixture.send(fixture.event(1));
    let locked = fixture.send(fixture.event(2));
    act(&fixture, locked, IssueAction::SetPriority(Priority::Low));
    // A week with four events an hour: at most 24 are expected.
    for _ in 0..8 * 24 {
        fixture.clock.advance_micros(HOUR);
        fixture.apply([vec![fixture.event(1); 4], vec![fixture.event(2); 4]].concat());
        assert_eq!(fixture.meta.tend().unwrap().escalated, []);
    }
    assert_eq!(unread(&fixture).len(), 4, "new, and ongoing");
    fixture.clock.advance_micros(HOUR);
    fixture.apply(vec![fixture.event(1); 24]);
    assert_eq!(fixture.meta.tend().unwrap().escalated, []);
    fixture.apply([vec![fixture.event(1); 1], vec![fixture.event(2); 30]].concat());
    assert_eq!(fixture.meta.tend().unwrap().escalated, [locked, issue], "the worst first");
    assert_eq!(fixture.meta.tend().unwrap().escalated, [], "once");
    assert_eq!(unread(&fixture), [TransitionKind::Escalating; 2]);
    let (high, low) = (state(&fixture, issue), state(&fixture, locked));
    assert_eq!((high.substatus, high.priority), (Some(Substatus::Escalating), Priority::High));
    assert_eq!(low.priority, Priority::Low, "a person said so");
    let activity = fixture.meta.activities(issue, Page::FIRST).unwrap().rows.remove(0);
    assert_eq!(activity.data, serde_json::json!({"events_this_hour": 25, "forecast": 24}));
    fixture.clock.advance_micros(7 * DAY + 1);
    fixture.meta.tend().unwrap();
    assert_eq!(state(&fixture, issue).substatus, Some(Substatus::Ongoing));
}

#[test]
fn windows_do_not_count_what_was_before_the_archiving() {
    let until = |events, users| Archiving::Until { time: None, events, users };
    for archiving in [until(Some((5, Some(60))), None), until(None, Some((5, Some(60))))] {
        let mut fixture = started();
        let event = |fixture: &Fixture, user: u32| {
            let mut event = fixture.event(1);
            event.user = format!("id:{user}");
            event
        };
        let events = (0..50).map(|user| event(&fixture, user)).collect();
        let issue = fixture.apply(events).changed[0];
        fixture.clock.advance_micros(MINUTE);
        act(&fixture, issue, IssueAction::Archive(archiving.clone()));
        for user in 50..54 {
            fixture.send(event(&fixture, user));
        }
        assert_eq!(state(&fixture, issue).status, IssueStatus::Ignored, "{archiving:?}");
        fixture.send(event(&fixture, 54));
        assert_eq!(state(&fixture, issue).status, IssueStatus::Unresolved, "{archiving:?}");
    }
}

#[test]
fn what_is_merged_into_an_archived_issue_does_not_bring_it_back() {
    let mut fixture = started();
    let archived = fixture.apply(vec![fixture.event(1); 200]).changed[0];
    let other = fixture.apply(vec![fixture.event(2); 100]).changed[0];
    let until = Archiving::Until { time: None, events: Some((50, None)), users: None };
    act(&fixture, archived, IssueAction::Archive(until));
    assert_eq!(fixture.meta.merge_issues(&[archived, other], None).unwrap(), archived);
    fixture.send(fixture.event(1));
    assert_eq!(state(&fixture, archived).status, IssueStatus::Ignored);
    fixture.meta.unmerge_issue(archived, &[GroupHash([2; 16])], None).unwrap();
    fixture.apply(vec![fixture.event(1); 48]);
    assert_eq!(state(&fixture, archived).status, IssueStatus::Ignored);
    fixture.send(fixture.event(1));
    assert_eq!(state(&fixture, archived).status, IssueStatus::Unresolved);
}

#[test]
fn readers_read_everything_once() {
    let mut fixture = started();
    let meta = fixture.meta.clone();
    let first = fixture.send(fixture.event(1));
    meta.begin_reading_transitions("late").unwrap();
    meta.begin_reading_transitions("test").unwrap();
    fixture.send(fixture.event(2));
    fixture.send(fixture.event(3));
    let late = meta.unread_transitions("late", 10).unwrap();
    assert_eq!(late.transitions.len(), 2, "from its beginning on");
    let piece = meta.unread_transitions("test", 2).unwrap();
    assert_eq!((piece.transitions.len(), piece.transitions[0].issue), (2, first));
    assert_eq!(meta.unread_transitions("test", 2).unwrap(), piece, "until it says that it is done");
    meta.read_transitions("test", &piece).unwrap();
    assert!(
        matches!(meta.read_transitions("test", &piece), Err(MetaError::Refused(_))),
        "only one can"
    );
    let rest = meta.unread_transitions("test", 10).unwrap();
    let ids: Vec<u64> = piece.transitions.iter().chain(&rest.transitions).map(|it| it.id).collect();
    assert_eq!(ids, [1, 2, 3]);
    meta.read_transitions("test", &rest).unwrap();
    let nothing = meta.unread_transitions("test", 10).unwrap();
    assert_eq!((nothing.transitions.len(), nothing.missed), (0, 0));
    meta.read_transitions("test", &nothing).unwrap();

    // What nobody read in time is forgotten, and that is said.
    fixture.clock.advance_micros(31 * DAY);
    meta.tend().unwrap();
    let aged = 3;
    let late = meta.unread_transitions("late", 10).unwrap();
    assert_eq!((late.transitions.len(), late.missed), (aged, 2));
    meta.read_transitions("late", &late).unwrap();
    fixture.clock.advance_micros(31 * DAY);
    meta.tend().unwrap();
    let missed = meta.unread_transitions("test", 10).unwrap();
    assert_eq!((missed.transitions.len(), missed.missed), (0, 3));
    meta.read_transitions("test", &missed).unwrap();
    assert_eq!(meta.unread_transitions("test", 10).unwrap().missed, 0);

    assert!(matches!(meta.unread_transitions("nobody", 1), Err(MetaError::Missing(_))));
    assert!(meta.begin_reading_transitions("").is_err());
    meta.stop_reading_transitions("late").unwrap();
    assert!(meta.unread_transitions("late", 1).is_err());
    assert!(meta.read_transitions("late", &Unread::default()).is_err());
}

/// Something that happens.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Events { hash: u8, release: u8, count: u8, user: u8 },
    Do { hash: u8, action: u8 },
    Undo,
    Merge(u8, u8),
    Unmerge(u8),
    Time(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (0..4_u8, 0..4_u8, 1..30_u8, 0..5_u8)
            .prop_map(|(hash, release, count, user)| Happening::Events { hash, release, count, user }),
        4 => (0..4_u8, 0..13_u8).prop_map(|(hash, action)| Happening::Do { hash, action }),
        1 => Just(Happening::Undo),
        1 => (0..4_u8, 0..4_u8).prop_map(|(one, other)| Happening::Merge(one, other)),
        1 => (0..4_u8).prop_map(Happening::Unmerge),
        2 => prop_oneof![Just(1), Just(MINUTE), Just(HOUR), Just(DAY), Just(8 * DAY)].prop_map(Happening::Time),
    ]
}

fn action(number: u8, now: Micros) -> IssueAction {
    let until =
        |time, events, users| IssueAction::Archive(Archiving::Until { time, events, users });
    match number {
        0 => IssueAction::Resolve(Resolving::Now),
        1 => IssueAction::Resolve(Resolving::InNextRelease),
        2 => IssueAction::Resolve(Resolving::InRelease("api@1.1.0".into())),
        3 => {
            let (commit, repository) = ("c0ffee0".into(), String::new());
            IssueAction::Resolve(Resolving::InCommit { commit, repository })
        }
        4 | 5 => IssueAction::Archive(Archiving::UntilEscalating),
        6 => IssueAction::Archive(Archiving::Forever),
        7 => until(Some(Micros(now.0 + HOUR)), None, None),
        8 => until(None, Some((10, None)), None),
        9 => until(None, Some((10, Some(30))), Some((2, Some(60)))),
        10 => until(None, None, Some((2, None))),
        11 => IssueAction::SetPriority(Priority::Medium),
        _ => IssueAction::Unresolve,
    }
}

struct World {
    fixture: Fixture,
    issues: HashMap<u8, IssueId>,
    undo: Vec<IssueState>,
}

impl World {
    fn happen(&mut self, what: Happening) {
        let fixture = &mut self.fixture;
        match what {
            Happening::Events { hash, release, count, user } => {
                let mut event = fixture.event(hash);
                event.release =
                    if release == 0 { String::new() } else { format!("api@1.{release}.0") };
                event.user = format!("id:{user}");
                let issue = fixture.apply(vec![event; usize::from(count)]).changed[0];
                self.issues.insert(hash, issue);
            }
            Happening::Do { hash, action: number } => {
                let now = model::clock::Clock::now(&*fixture.clock);
                if let Some(issue) = self.issues.get(&hash) {
                    self.undo = act(fixture, *issue, action(number, now));
                }
            }
            Happening::Undo => fixture.meta.restore_issues(&self.undo, None).unwrap(),
            Happening::Merge(one, other) => {
                let ids = [one, other].map(|hash| self.issues.get(&hash).copied());
                if let [Some(one), Some(other)] = ids
                    && one != other
                {
                    let survivor = fixture.meta.merge_issues(&[one, other], None).unwrap();
                    for issue in self.issues.values_mut().filter(|it| **it == one || **it == other)
                    {
                        *issue = survivor;
                    }
                }
            }
            Happening::Unmerge(hash) => {
                if let Some(issue) = self.issues.get(&hash).copied()
                    && let Ok(apart) =
                        fixture.meta.unmerge_issue(issue, &[GroupHash([hash; 16])], None)
                {
                    self.issues.insert(hash, apart[0]);
                }
            }
            Happening::Time(micros) => {
                fixture.clock.advance_micros(micros);
                fixture.meta.tend().unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens, each issue is in a state that there is, and the list of transitions leads there
    /// without a gap.
    #[test]
    fn no_sequence_makes_an_impossible_state(happenings in proptest::collection::vec(happening(), 1..40)) {
        let mut world = World { fixture: started(), issues: HashMap::new(), undo: Vec::new() };
        let mut standings: HashMap<IssueId, Standing> = HashMap::new();
        let mut last = 0;
        for what in happenings {
            world.happen(what);
            let meta = &world.fixture.meta;
            let unread = meta.unread_transitions("test", 1_000).unwrap();
            meta.read_transitions("test", &unread).unwrap();
            for Transition { id, issue, from, to, kind, .. } in unread.transitions {
                prop_assert_eq!(id, last + 1);
                last = id;
                prop_assert!(to.is_possible() && from != Some(to), "{:?}", what);
                match standings.insert(issue, to) {
                    Some(before) => prop_assert_eq!(from, Some(before), "{:?} {:?}", kind, what),
                    // One that was taken out of another begins without a transition.
                    None => prop_assert!(from.is_none() || kind != TransitionKind::New),
                }
            }
            for &issue in world.issues.values() {
                let state = state(&world.fixture, issue);
                prop_assert!(state.is_possible(), "{:?} {:?}", what, state);
                if let Some(standing) = standings.get(&issue) {
                    prop_assert_eq!(state.standing(), *standing, "{:?}", what);
                }
            }
        }
    }
}

#[test]
fn what_happened_since_then_is_listed_without_a_reader() {
    let mut fixture = Fixture::new();
    let first = fixture.send(fixture.event(1));
    fixture.clock.advance_micros(HOUR);
    let since = model::clock::Clock::now(&*fixture.clock);
    act(&fixture, first, IssueAction::Resolve(Resolving::Now));
    let second = fixture.send(fixture.event(2));
    let listed = |limit| -> Vec<(IssueId, TransitionKind)> {
        let found = fixture.meta.transitions_since(fixture.project, since, limit).unwrap();
        found.into_iter().map(|transition| (transition.issue, transition.kind)).collect()
    };
    let new = (second, TransitionKind::New);
    assert_eq!(listed(10), [new, (first, TransitionKind::Resolved)], "newest first");
    assert_eq!(listed(1), [new]);
    let elsewhere = fixture.meta.transitions_since(model::id::ProjectId(99), since, 10).unwrap();
    assert_eq!(elsewhere, []);
}
