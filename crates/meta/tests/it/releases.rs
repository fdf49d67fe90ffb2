//! Releases: their commits, deploys, and what commits resolve.

use meta::limits;
use meta::{
    EventFacts, FileChange, FileChangeKind, Head, IssueAction, IssueChange, IssueStatus, MappedAs,
    MetaError, NewCodeMapping, NewCommit, NewDeploy, NewProject, NewRepository, Page, Provider,
    ReleaseChange, ReleaseCommit, ReleaseQuery, ReleaseStatus, Resolution, Resolving,
};
use model::clock::{Clock as _, Micros};
use model::id::ProjectId;

use crate::fixture::{Fixture, HOUR, START};

fn commit(hash: &str, hour: u64, message: &str) -> ReleaseCommit {
    let file = |path: &str| FileChange { path: path.into(), kind: FileChangeKind::Modified };
    let commit = NewCommit {
        hash: hash.into(),
        author_name: "Ann".into(),
        author_email: format!("{hash}@example.com"),
        message: message.into(),
        committed: Some(Micros(START.0 + hour * HOUR)),
        files: vec![file("src/a.py"), file(&format!("src/{hash}.py"))],
    };
    ReleaseCommit { repository: "acme/casino".into(), commit }
}

fn release(fixture: &Fixture, version: &str) -> u64 {
    fixture.clock.advance_micros(HOUR);
    let made = fixture.meta.create_release(fixture.organization, version, &[fixture.project]);
    made.unwrap().0.id
}

fn hashes(fixture: &Fixture, release: u64) -> Vec<String> {
    let found = fixture.meta.release_commits(release, Page::FIRST).unwrap().rows;
    found.into_iter().map(|commit| commit.hash).collect()
}

#[test]
fn a_release_has_the_commits_it_was_told_last() {
    let fixture = Fixture::new();
    let (meta, organization) = (&fixture.meta, fixture.organization);
    let id = release(&fixture, "api@1.0.0");
    let told = [commit("aa1", 1, "one"), commit("aa3", 3, "three"), commit("aa2", 2, "two")];
    meta.set_commits(organization, "api@1.0.0", &told).unwrap();
    assert_eq!(hashes(&fixture, id), ["aa3", "aa2", "aa1"], "newest first");
    let contents = meta.release_contents(id).unwrap();
    assert_eq!((contents.commits, contents.authors.len()), (3, 3));
    assert_eq!(contents.last_commit.unwrap().message, "three");
    let files = meta.changed_files(id, Page::FIRST).unwrap().rows;
    assert_eq!(files.len(), 6);
    assert_eq!((files[0].change.path.as_str(), files[0].commit.hash.as_str()), ("src/a.py", "aa3"));

    meta.set_commits(organization, "api@1.0.0", &told[..1]).unwrap();
    assert_eq!(hashes(&fixture, id), ["aa1"]);
    meta.set_heads(organization, "api@1.0.0", &[]).unwrap();
    assert_eq!(hashes(&fixture, id), [""; 0]);
    let unknown = meta.set_commits(organization, "api@9", &told);
    assert!(matches!(unknown, Err(MetaError::Missing("release"))));
}

#[test]
fn what_is_no_commit_is_refused_as_a_whole() {
    let fixture = Fixture::new();
    let id = release(&fixture, "api@1.0.0");
    let set = |commits: &[ReleaseCommit]| {
        fixture.meta.set_commits(fixture.organization, "api@1.0.0", commits)
    };
    set(&[commit("aa1", 1, "one")]).unwrap();
    for hash in ["", "a b", "../x", &"a".repeat(65), "ä"] {
        assert!(set(&[commit("bb1", 2, "two"), commit(hash, 1, "x")]).is_err(), "{hash:?}");
    }
    let many: Vec<_> = (0..=limits::RELEASE_COMMITS_MAX).map(|_| commit("cc1", 1, "x")).collect();
    assert!(set(&many).is_err());
    assert_eq!(hashes(&fixture, id), ["aa1"]);
}

#[test]
fn texts_and_files_of_commits_are_bounded() {
    let fixture = Fixture::new();
    let id = release(&fixture, "api@1.0.0");
    let mut large = commit("aa1", 1, &"ä".repeat(limits::COMMIT_MESSAGE_BYTES_MAX));
    let path = |number: usize| format!("src/{number}.py");
    large.commit.files = (0..limits::COMMIT_FILES_MAX + 7)
        .map(|number| FileChange { path: path(number), kind: FileChangeKind::Added })
        .collect();
    large.commit.files[0].path = "x".repeat(limits::PATH_BYTES_MAX + 1);
    fixture.meta.set_commits(fixture.organization, "api@1.0.0", &[large]).unwrap();
    let kept = fixture.meta.release_commits(id, Page::FIRST).unwrap().rows.remove(0);
    assert_eq!(kept.message.len(), limits::COMMIT_MESSAGE_BYTES_MAX);
    assert_eq!(kept.files, limits::COMMIT_FILES_MAX as u64 + 7, "all are counted");
    let page = Page { offset: limits::COMMIT_FILES_MAX - 1, limit: 10 };
    assert_eq!(fixture.meta.changed_files(id, page).unwrap().rows.len(), 1, "some are kept");
}

#[test]
fn the_release_before_is_of_the_same_project_and_has_commits() {
    let fixture = Fixture::new();
    let (meta, organization) = (&fixture.meta, fixture.organization);
    for version in ["api@1", "api@2", "web@1", "api@3"] {
        release(&fixture, version);
    }
    let previous = || {
        let release = meta.release(organization, "api@3").unwrap().unwrap();
        let found = meta.previous_release_with_commits(&release).unwrap();
        found.map(|release| release.version)
    };
    assert_eq!(previous(), None);
    meta.set_commits(organization, "api@1", &[commit("aa1", 1, "x")]).unwrap();
    assert_eq!(previous().as_deref(), Some("api@1"));
    let other = meta.create_release(organization, "other@1", &[]).unwrap().0;
    meta.set_commits(organization, &other.version, &[commit("aa2", 1, "x")]).unwrap();
    assert_eq!(previous().as_deref(), Some("api@1"), "not one of another project");
}

#[test]
fn releases_are_archived_found_and_deleted() {
    let mut fixture = Fixture::new();
    release(&fixture, "api@1.0.0");
    release(&fixture, "api@1.1.0");
    let event = fixture.event(1);
    fixture.send(EventFacts { release: "api@1.1.0".into(), ..event });
    let (meta, organization) = (&fixture.meta, fixture.organization);
    let archived =
        ReleaseChange { status: Some(ReleaseStatus::Archived), ..ReleaseChange::default() };
    meta.change_release(organization, "api@1.0.0", &archived).unwrap();
    let find = |status, since| {
        let contains = "API@".to_owned();
        let (projects, environments) = (None, Vec::new());
        let query = ReleaseQuery { organization, projects, contains, status, environments, since };
        let found = meta.find_releases(&query, Page::FIRST).unwrap().rows;
        found.into_iter().map(|release| release.version).collect::<Vec<_>>()
    };
    assert_eq!(find(None, None), ["api@1.1.0", "api@1.0.0"]);
    assert_eq!(find(Some(ReleaseStatus::Open), None), ["api@1.1.0"]);
    assert_eq!(find(Some(ReleaseStatus::Archived), None), ["api@1.0.0"]);
    assert_eq!(find(None, Some(Micros(START.0 + 2 * HOUR))), ["api@1.1.0"]);

    let refused = meta.delete_release(organization, "api@1.1.0");
    assert!(matches!(refused, Err(MetaError::Refused(_))));
    meta.delete_release(organization, "api@1.0.0").unwrap();
    assert!(matches!(meta.delete_release(organization, "api@1.0.0"), Err(MetaError::Missing(_))));
    let url = |url: &str| ReleaseChange { url: Some(url.into()), ..ReleaseChange::default() };
    assert!(meta.change_release(organization, "api@1.1.0", &url("javascript:alert(1)")).is_err());
    meta.change_release(organization, "api@1.1.0", &url("https://ci/1")).unwrap();
    let shown = meta.release(organization, "api@1.1.0").unwrap().unwrap();
    assert_eq!(shown.url.as_deref(), Some("https://ci/1"));
}

#[test]
fn releases_are_found_by_the_environments_they_ran_in_or_went_to() {
    let mut fixture = Fixture::new();
    for (hash, version, environment) in
        [(1, "api@1", "production"), (2, "api@2", "staging"), (2, "api@2", ""), (3, "api@1", "")]
    {
        let event = fixture.event(hash);
        let (release, environment) = (version.into(), environment.into());
        fixture.send(EventFacts { release, environment, ..event });
    }
    let deployed = release(&fixture, "api@3");
    let deploy = NewDeploy { environment: "staging".into(), ..NewDeploy::default() };
    fixture.meta.create_deploy(deployed, &deploy).unwrap();
    for (environments, expected) in [
        (vec![], vec!["api@1", "api@2", "api@3"]),
        (vec!["production"], vec!["api@1"]),
        (vec!["staging"], vec!["api@2", "api@3"]),
        (vec!["production", "staging"], vec!["api@1", "api@2", "api@3"]),
        (vec![""], vec!["api@1", "api@2"]),
        (vec!["nowhere"], vec![]),
    ] {
        let query = ReleaseQuery {
            organization: fixture.organization,
            projects: Some(vec![fixture.project]),
            contains: String::new(),
            status: None,
            environments: environments.iter().map(|name| (*name).to_owned()).collect(),
            since: None,
        };
        let found = fixture.meta.find_releases(&query, Page::FIRST).unwrap().rows;
        let mut found: Vec<_> = found.iter().map(|release| release.version.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{environments:?}");
    }
}

#[test]
fn the_newest_release_is_not_an_old_version_that_was_mended_later() {
    let fixture = Fixture::new();
    for version in ["api@1.0.0", "api@2.0.0", "api@1.0.1"] {
        release(&fixture, version);
    }
    let newest = || fixture.meta.newest_release(fixture.project).unwrap().unwrap();
    assert_eq!(newest(), "api@2.0.0");
    release(&fixture, "deadbeef");
    assert_eq!(newest(), "deadbeef", "what cannot be compared goes by its date");
}

#[test]
fn deploys_are_listed_last_first() {
    let fixture = Fixture::new();
    let id = release(&fixture, "api@1.0.0");
    let new =
        |environment: &str| NewDeploy { environment: environment.into(), ..NewDeploy::default() };
    fixture.meta.create_deploy(id, &new("staging")).unwrap();
    fixture.clock.advance_micros(HOUR);
    fixture.meta.create_deploy(id, &new("production")).unwrap();
    let found = fixture.meta.deploys(id, Page::FIRST).unwrap().rows;
    assert_eq!(
        found.iter().map(|it| it.environment.as_str()).collect::<Vec<_>>(),
        ["production", "staging"]
    );
    for wrong in ["", " ", "a/b", "a\nb", &"x".repeat(65)] {
        assert!(fixture.meta.create_deploy(id, &new(wrong)).is_err(), "{wrong:?}");
    }
    for _ in 2..limits::DEPLOYS_MAX {
        fixture.meta.create_deploy(id, &new("production")).unwrap();
    }
    assert!(fixture.meta.create_deploy(id, &new("production")).is_err(), "one too many");
}

#[test]
fn deploys_of_some_projects_are_found_by_time() {
    let fixture = Fixture::new();
    let start = fixture.clock.now();
    for version in ["api@1.0.0", "api@2.0.0"] {
        let id = release(&fixture, version);
        let new = NewDeploy { environment: "production".into(), ..NewDeploy::default() };
        fixture.meta.create_deploy(id, &new).unwrap();
        fixture.clock.advance_micros(HOUR);
    }
    // The first an hour after the start, the second two hours later.
    let found = |projects: &[ProjectId], hours: (u64, u64), limit| {
        let window = (Micros(start.0 + hours.0 * HOUR), Micros(start.0 + hours.1 * HOUR));
        let found = fixture.meta.deploys_between(projects, window, limit).unwrap();
        found.into_iter().map(|(version, _)| version).collect::<Vec<_>>()
    };
    let own = [fixture.project];
    assert_eq!(found(&own, (0, 4), 9), ["api@2.0.0", "api@1.0.0"]);
    assert_eq!(found(&own, (1, 3), 9), ["api@1.0.0"], "the end is excluded");
    assert_eq!(found(&own, (2, 4), 9), ["api@2.0.0"]);
    assert_eq!(found(&own, (0, 4), 1), ["api@2.0.0"]);
    assert_eq!(found(&[ProjectId(77)], (0, 4), 9), [""; 0]);
    assert_eq!(found(&[], (0, 4), 9), [""; 0]);
}

#[test]
fn commits_resolve_the_issues_they_name() {
    let mut fixture = Fixture::new();
    let (first, second) = (fixture.event(1), fixture.event(2));
    let (named, other) = (fixture.send(first), fixture.send(second));
    release(&fixture, "api@1.0.0");
    let author = fixture.meta.create_user("aa1@example.com", "Ann", None).unwrap().id;
    let (meta, organization) = (&fixture.meta, fixture.organization);
    meta.add_member(organization, author, meta::Role::Member).unwrap();
    let told =
        [commit("aa1", 1, "limit bets\n\nFixes API-1 and WEB-1."), commit("aa2", 2, "API-2")];
    meta.set_commits(organization, "api@1.0.0", &told).unwrap();
    let issue = meta.issue(named).unwrap().unwrap();
    assert_eq!(issue.state.status, IssueStatus::Resolved);
    let version = "api@1.0.0".to_owned();
    let details = issue.state.details.unwrap();
    assert_eq!(details.resolution, Some(Resolution::InRelease { version }));
    assert_eq!(details.actor(), Some(author));
    assert_eq!(meta.issue(other).unwrap().unwrap().state.status, IssueStatus::Unresolved);
    let activity = meta.activities(named, Page::FIRST).unwrap().rows.remove(0);
    assert_eq!(activity.kind.name(), "set_resolved_in_commit");
    assert_eq!(
        (&activity.data["commit"], &activity.data["version"]),
        (&"aa1".into(), &"api@1.0.0".into())
    );

    // It comes back in a later release, and telling the same commits again does not hide that.
    fixture.clock.advance_micros(HOUR);
    let again = EventFacts { release: "api@1.1.0".into(), ..fixture.event(1) };
    fixture.send(again);
    let (meta, organization) = (&fixture.meta, fixture.organization);
    meta.set_commits(organization, "api@1.0.0", &told).unwrap();
    meta.create_release(organization, "api@1.2.0", &[fixture.project]).unwrap();
    meta.set_commits(organization, "api@1.2.0", &told).unwrap();
    assert_eq!(meta.issue(named).unwrap().unwrap().state.status, IssueStatus::Unresolved);
}

#[test]
fn commits_resolve_nothing_of_projects_that_do_not_have_the_release() {
    let mut fixture = Fixture::new();
    let event = fixture.event(1);
    let issue = fixture.send(event);
    let (meta, organization) = (&fixture.meta, fixture.organization);
    meta.create_release(organization, "web@1.0.0", &[]).unwrap();
    meta.set_commits(organization, "web@1.0.0", &[commit("aa1", 1, "fixes API-1")]).unwrap();
    assert_eq!(meta.issue(issue).unwrap().unwrap().state.status, IssueStatus::Unresolved);
}

#[test]
fn repositories_have_names_of_their_own_whatever_the_case() {
    let fixture = Fixture::new();
    let (meta, organization) = (&fixture.meta, fixture.organization);
    let new = |name: &str, url: Option<&str>| NewRepository {
        name: name.into(),
        provider: Provider::GitHub,
        url: url.map(str::to_owned),
    };
    let url = Some("https://github.com/acme/casino.git");
    let made = meta.create_repository(organization, &new("acme/casino", url)).unwrap();
    assert_eq!(made.url.as_deref(), Some("https://github.com/acme/casino"));
    let taken = meta.create_repository(organization, &new("Acme/Casino", None));
    assert!(matches!(taken, Err(MetaError::Taken { .. })));
    for wrong in ["ftp://x", "javascript:alert(1)", "https://a b", "/x"] {
        assert!(meta.create_repository(organization, &new("x", Some(wrong))).is_err(), "{wrong}");
    }
    let head = |name: &str| Head { repository: name.into(), commit: "aa1".into(), previous: None };
    let id = release(&fixture, "api@1");
    meta.set_heads(organization, "api@1", &[head("ACME/casino")]).unwrap();
    assert_eq!(hashes(&fixture, id), ["aa1"], "of what webhooks did not tell, the head is known");
    let unknown = meta.set_heads(organization, "api@1", &[head("other")]);
    assert!(unknown.unwrap_err().to_string().contains("Invalid repository names: other"));
    meta.delete_repository(made.id).unwrap();
    assert_eq!(hashes(&fixture, id), [""; 0], "its commits are gone with it");
}

#[test]
fn code_mappings_are_told_all_or_none() {
    let fixture = Fixture::new();
    let (meta, organization) = (&fixture.meta, fixture.organization);
    let new = |stack: &str, branch: &str| NewCodeMapping {
        project: fixture.project,
        repository: 0,
        stack_root: stack.into(),
        source_root: "src/".into(),
        branch: branch.into(),
    };
    let tell = |new: &[NewCodeMapping]| meta.tell_code_mappings(organization, "acme/casino", new);
    assert_eq!(
        tell(&[new("app/", "main"), new("lib/app/", "main")]).unwrap(),
        [MappedAs::Created, MappedAs::Created]
    );
    assert_eq!(
        tell(&[new("app/", "trunk"), new("b/", "main")]).unwrap(),
        [MappedAs::Updated, MappedAs::Created]
    );
    assert!(tell(&[new("c/", "main"), new("d/", "two words")]).is_err());
    let found = meta.code_mappings(&[fixture.project], Page::FIRST).unwrap().rows;
    let roots: Vec<&str> = found.iter().map(|mapping| mapping.stack_root.as_str()).collect();
    assert_eq!(roots, ["lib/app/", "app/", "b/"], "the most exact one first");
    assert_eq!(found[1].branch, "trunk");
    let many: Vec<_> =
        (0..=limits::CODE_MAPPINGS_MAX).map(|n| new(&format!("{n}/"), "main")).collect();
    assert!(tell(&many).is_err());
    meta.delete_code_mapping(found[0].id).unwrap();
    assert_eq!(meta.code_mapping(found[0].id).unwrap(), None);
}

fn pushed(hash: &str, hour: u64, message: &str) -> NewCommit {
    commit(hash, hour, message).commit
}

fn repository(fixture: &Fixture) -> u64 {
    let new = NewRepository {
        name: "acme/casino".into(),
        provider: Provider::GitLab,
        url: Some("https://gitlab.example.com/acme/casino".into()),
    };
    fixture.meta.create_repository(fixture.organization, &new).unwrap().id
}

#[test]
fn a_range_of_what_was_pushed_becomes_the_commits_of_a_release() {
    let fixture = Fixture::new();
    let (meta, organization) = (&fixture.meta, fixture.organization);
    let repository = repository(&fixture);
    let commits: Vec<_> =
        (1..=6).map(|n| pushed(&format!("aa{n}"), n, &format!("commit {n}"))).collect();
    meta.push(repository, "main", &commits[..4]).unwrap();
    meta.push(repository, "other", &[pushed("bb1", 3, "elsewhere")]).unwrap();
    meta.push(repository, "main", &commits[3..]).unwrap();
    let head = |commit: &str, previous: Option<&str>| Head {
        repository: "acme/casino".into(),
        commit: commit.into(),
        previous: previous.map(str::to_owned),
    };
    let (first, second) = (release(&fixture, "api@1"), release(&fixture, "api@2"));
    meta.set_heads(organization, "api@1", &[head("aa3", Some("aa1"))]).unwrap();
    assert_eq!(hashes(&fixture, first), ["aa3", "aa2"]);
    meta.set_heads(organization, "api@2", &[head("aa6", None)]).unwrap();
    assert_eq!(hashes(&fixture, second), ["aa6", "aa5", "aa4"], "after the release before");
}

#[test]
fn a_build_may_be_quicker_than_the_webhook() {
    let mut fixture = Fixture::new();
    let event = fixture.event(1);
    let issue = fixture.send(event);
    let repository = repository(&fixture);
    let id = release(&fixture, "api@1");
    let (meta, organization) = (&fixture.meta, fixture.organization);
    meta.push(repository, "main", &[pushed("aa1", 1, "one")]).unwrap();
    let head = Head {
        repository: "acme/casino".into(),
        commit: "aa3".into(),
        previous: Some("aa1".into()),
    };
    meta.set_heads(organization, "api@1", &[head]).unwrap();
    assert_eq!(hashes(&fixture, id), ["aa3"]);
    let late = [pushed("aa2", 2, "fixes API-1"), pushed("aa3", 3, "three")];
    meta.push(repository, "main", &late).unwrap();
    assert_eq!(hashes(&fixture, id), ["aa3", "aa2"]);
    assert_eq!(meta.issue(issue).unwrap().unwrap().state.status, IssueStatus::Resolved);
}

#[test]
fn a_merge_request_says_what_its_commit_fixes() {
    let mut fixture = Fixture::new();
    let event = fixture.event(1);
    let issue = fixture.send(event);
    let id = release(&fixture, "api@1");
    let repository = repository(&fixture);
    let (meta, organization) = (&fixture.meta, fixture.organization);
    meta.set_commits(organization, "api@1", &[commit("aa1", 1, "Merge branch 'x'")]).unwrap();
    let request = meta::PullRequest {
        number: 7,
        title: "Limit bets".into(),
        message: "Fixes API-1".into(),
        url: "https://gitlab.example.com/acme/casino/-/merge_requests/7".into(),
        author_name: "Ann".into(),
        author_email: String::new(),
        created: START,
        merged: Some(START),
        closed: true,
        merge_hash: Some("aa1".into()),
    };
    meta.tell_pull_request(repository, &request).unwrap();
    assert_eq!(meta.issue(issue).unwrap().unwrap().state.status, IssueStatus::Resolved);
    let last = meta.release_contents(id).unwrap().last_commit.unwrap();
    assert_eq!(meta.pull_request_of(&last).unwrap(), Some(request));
}

#[test]
fn pushes_are_forgotten_beyond_the_limit_but_not_what_releases_have() {
    let fixture = Fixture::new();
    let repository = repository(&fixture);
    release(&fixture, "api@1");
    let (meta, organization) = (&fixture.meta, fixture.organization);
    let bare = |hash: String| NewCommit { hash, ..NewCommit::default() };
    meta.set_commits(organization, "api@1", &[commit("aa0", 1, "kept")]).unwrap();
    let all: Vec<_> = (0..limits::PUSHED_COMMITS_MAX + 3).map(|n| bare(format!("aa{n}"))).collect();
    for some in all.chunks(limits::RELEASE_COMMITS_MAX) {
        meta.push(repository, "main", some).unwrap();
    }
    let last = Page { offset: 19_990, limit: 1_000 };
    let kept = meta.repository_commits(repository, last).unwrap().rows;
    assert_eq!(kept.len(), 11, "as many as the limit, and the one of the release");
    assert!(kept.iter().any(|commit| commit.hash == "aa0"));
    assert!(meta.push(repository, "main", &all[..=limits::RELEASE_COMMITS_MAX]).is_err());
}

#[test]
fn a_webhook_is_found_by_its_address_and_proven_by_its_secret() {
    let fixture = Fixture::new();
    let repository = repository(&fixture);
    let meta = &fixture.meta;
    let hook = meta.create_hook(repository).unwrap();
    let (found, secret) = meta.hook(hook.address.expose()).unwrap().unwrap();
    assert_eq!((found.id, &secret), (repository, &hook.secret));
    assert!(found.has_hook && secret.expose().len() == 64);
    assert_eq!(meta.hook(hook.secret.expose()).unwrap(), None);
    let other = meta.create_hook(repository).unwrap();
    assert_eq!(meta.hook(hook.address.expose()).unwrap(), None, "there is a new one");
    meta.delete_hook(repository).unwrap();
    assert_eq!(meta.hook(other.address.expose()).unwrap(), None);
}

/// Resolves an issue in commit `aa2`, gives these releases these commits, and sends an event of a release;
/// says whether it came back.
#[track_caller]
fn check_in_commit(released: &[(&str, &str)], event: &str, regressed: bool) {
    let mut fixture = Fixture::new();
    let first = EventFacts { release: "api@1.0.0".into(), ..fixture.event(1) };
    let issue = fixture.send(first);
    let resolving = Resolving::InCommit { commit: "aa2".into(), repository: "acme/casino".into() };
    let actions = vec![IssueAction::Resolve(resolving)];
    let change = IssueChange { issues: vec![issue], actor: None, actions };
    fixture.meta.change_issues(&change).unwrap();
    for (version, hash) in released {
        release(&fixture, version);
        let told = [commit(hash, 1, "x")];
        fixture.meta.set_commits(fixture.organization, version, &told).unwrap();
    }
    fixture.clock.advance_micros(HOUR);
    let event = EventFacts { release: event.into(), ..fixture.event(1) };
    fixture.send(event.clone());
    let status = fixture.meta.issue(issue).unwrap().unwrap().state.status;
    assert_eq!(status == IssueStatus::Unresolved, regressed, "{released:?} {}", event.release);
}

#[test]
fn issues_resolved_in_a_commit_come_back_after_its_release() {
    check_in_commit(&[], "api@1.0.0", false);
    check_in_commit(&[], "", true);
    check_in_commit(&[], "api@1.1.0", true);
    check_in_commit(&[("api@1.1.0", "aa1")], "api@1.1.0", false);
    check_in_commit(&[("api@1.1.0", "aa1"), ("api@1.2.0", "aa2")], "api@1.1.0", false);
    check_in_commit(&[("api@1.2.0", "aa2")], "api@1.2.0", false);
    check_in_commit(&[("api@1.2.0", "aa2")], "api@1.10.0", true);
    check_in_commit(&[("beef", "aa2"), ("cafe", "aa3")], "cafe", true);
    // A commit may be named by the beginning of its hash.
    check_in_commit(&[("api@1.2.0", "aa2bcd")], "api@1.3.0", true);
}

/// In a repository of several apps a commit comes with releases of all of them, each at its own time.
#[test]
fn another_apps_release_with_the_commit_fixes_nothing_here() {
    let mut fixture = Fixture::new();
    let first = EventFacts { release: "api@1.0.0".into(), ..fixture.event(1) };
    let issue = fixture.send(first);
    let resolving = Resolving::InCommit { commit: "aa2".into(), repository: "acme/casino".into() };
    let actions = vec![IssueAction::Resolve(resolving)];
    let change = IssueChange { issues: vec![issue], actor: None, actions };
    fixture.meta.change_issues(&change).unwrap();
    let web = NewProject { slug: "web".into(), name: "Web".into(), ..NewProject::default() };
    let web = fixture.meta.create_project(fixture.organization, &web).unwrap().id;
    fixture.clock.advance_micros(HOUR);
    fixture.meta.create_release(fixture.organization, "web@3.0.0", &[web]).unwrap();
    let told = [commit("aa2", 1, "x")];
    fixture.meta.set_commits(fixture.organization, "web@3.0.0", &told).unwrap();
    release(&fixture, "api@1.9.0");
    let told = [commit("aa1", 1, "x")];
    fixture.meta.set_commits(fixture.organization, "api@1.9.0", &told).unwrap();
    fixture.clock.advance_micros(HOUR);
    let event = EventFacts { release: "api@1.9.0".into(), ..fixture.event(1) };
    fixture.send(event);
    let status = fixture.meta.issue(issue).unwrap().unwrap().state.status;
    assert_eq!(status, IssueStatus::Resolved, "no release of this project has the commit");
}

#[test]
fn changes_are_found_by_the_names_of_files_from_a_release_backwards() {
    let fixture = Fixture::new();
    let (meta, organization) = (&fixture.meta, fixture.organization);
    for (number, hash) in ["aa0", "aa1", "aa2", "aa3", "aa4", "aa5", "aa6"].iter().enumerate() {
        release(&fixture, &format!("api@1.{number}.0"));
        let mut told = commit(hash, 1, "x");
        let gone = FileChange { path: "gone.py".into(), kind: FileChangeKind::Deleted };
        told.commit.files.push(gone);
        meta.set_commits(organization, &format!("api@1.{number}.0"), &[told]).unwrap();
    }
    let find = |version: &str, names: &[&str]| {
        let found = meta.changes_until(fixture.project, version, names).unwrap();
        let shown = |change: meta::Change| (change.commit.hash, change.path, change.releases_back);
        found.into_iter().map(shown).collect::<Vec<_>>()
    };
    let own = |hash: &str, back| (hash.to_owned(), format!("src/{hash}.py"), back);
    assert_eq!(find("api@1.5.0", &["aa5.py", "aa3.py", "gone.py"]), [own("aa5", 0), own("aa3", 2)]);
    assert_eq!(find("api@1.6.0", &["a.py"]).len(), limits::SUSPECT_RELEASES_MAX);
    assert_eq!(find("api@1.5.0", &["aa6.py", "5.py", "src"]), [], "not of later ones, not in part");
    assert_eq!(find("unheard of", &["a.py"]), []);
}
