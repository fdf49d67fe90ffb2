//! What build tools upload: pieces, bundles, debug files; found again, renewed, and forgotten.

use meta::{
    BundlePlace, Claim, MetaError, NewBundle, NewBundleFile, NewDebugFile, NewProject,
    NewReleaseFile, Page, Renewable, StoredArtifact, UploadedTo,
};
use model::id::ProjectId;

use crate::fixture::{DAY, Fixture, HOUR};

const ROOM: u64 = 1_000_000;
const ID: &str = "19c5818b-c20c-591d-8943-ea389fc0001a";

fn stored(byte: u8) -> StoredArtifact {
    StoredArtifact { blob: [byte; 32], size: 1_000 }
}

fn placed(fixture: &Fixture, byte: u8) -> StoredArtifact {
    assert_eq!(fixture.meta.claim_artifact(stored(byte), ROOM).unwrap(), Claim::Held);
    stored(byte)
}

fn place(project: ProjectId, release: &str, dist: &str) -> BundlePlace {
    BundlePlace { project, release: release.into(), dist: dist.into() }
}

/// A bundle with a script and its map.
fn bundle(fixture: &Fixture, byte: u8, places: Vec<BundlePlace>) -> u64 {
    let file = |path: &str, kind: &str| NewBundleFile {
        path: format!("files/_/_/{path}"),
        url: Some(format!("~/{path}")),
        kind: kind.into(),
        debug_id: Some(ID.into()),
        source_map: None,
        size: 100,
    };
    let new = NewBundle {
        organization: fixture.organization,
        sha1: [byte; 20],
        artifact: placed(fixture, byte),
        name: format!("{byte:08x}-0000-8000-8000-000000000000"),
        files: vec![file("app.min.js", "minified_source"), file("app.min.js.map", "source_map")],
        places,
    };
    fixture.meta.add_bundle(&new).unwrap()
}

fn other_project(fixture: &Fixture, organization: &str) -> ProjectId {
    let found = fixture.meta.organization_by_slug(organization).unwrap();
    let organization = match found {
        Some(found) => found.id,
        None => fixture.meta.create_organization(organization, "Other").unwrap().id,
    };
    let new = NewProject { slug: "web".into(), name: "Web".into(), ..NewProject::default() };
    fixture.meta.create_project(organization, &new).unwrap().id
}

/// What the keeper does about blobs that nothing needs; answers their first bytes.
fn sweep(fixture: &Fixture) -> Vec<u8> {
    let leaving = fixture.meta.leaving_artifacts().unwrap();
    fixture.meta.artifacts_left(&leaving).unwrap();
    leaving.iter().map(|blob| blob[0]).collect()
}

#[test]
fn pieces_wait_a_day_and_another_one_when_asked_for() {
    let fixture = Fixture::new();
    let (meta, organization) = (&fixture.meta, fixture.organization);
    meta.add_chunk(organization, [1; 20], placed(&fixture, 1)).unwrap();
    let wanted = [[1; 20], [2; 20]];
    let found = || meta.chunks(organization, &wanted).unwrap();
    assert_eq!(found().into_iter().collect::<Vec<_>>(), [([1; 20], stored(1))]);
    fixture.clock.advance_micros(20 * HOUR);
    assert_eq!((found().len(), sweep(&fixture)), (1, vec![]));
    fixture.clock.advance_micros(20 * HOUR);
    assert_eq!((found().len(), sweep(&fixture)), (1, vec![]));
    fixture.clock.advance_micros(DAY);
    assert_eq!((found().len(), sweep(&fixture)), (0, vec![1]));
    assert_eq!(meta.artifact_bytes().unwrap(), 0);
}

#[test]
fn pieces_belong_to_one_organization() {
    let fixture = Fixture::new();
    other_project(&fixture, "rival");
    let rival = fixture.meta.organization_by_slug("rival").unwrap().unwrap().id;
    fixture.meta.add_chunk(fixture.organization, [1; 20], placed(&fixture, 1)).unwrap();
    assert!(fixture.meta.chunks(rival, &[[1; 20]]).unwrap().is_empty());
    bundle(&fixture, 1, vec![place(fixture.project, "", "")]);
    assert_eq!(fixture.meta.assembled_artifact(rival, [1; 20]).unwrap(), None);
    let known = fixture.meta.assembled_artifact(fixture.organization, [1; 20]).unwrap();
    assert_eq!(known, Some(stored(1)));
}

#[test]
fn there_is_room_until_there_is_none() {
    let fixture = Fixture::new();
    let (meta, organization) = (&fixture.meta, fixture.organization);
    assert_eq!(meta.claim_artifact(stored(1), 1_500).unwrap(), Claim::Held);
    assert_eq!(meta.claim_artifact(stored(1), 1_500).unwrap(), Claim::Held, "the same blob");
    assert_eq!(meta.claim_artifact(stored(2), 1_500).unwrap(), Claim::NoRoom);
    meta.add_chunk(organization, [1; 20], stored(1)).unwrap();
    // A small piece counts as a block of the disk.
    assert!(meta.has_room_for_chunk(organization, 4_000, 8_192).unwrap());
    assert!(!meta.has_room_for_chunk(organization, 4_097, 8_192).unwrap());
    meta.chunks_assembled(organization, &[[1; 20]]).unwrap();
    assert!(meta.has_room_for_chunk(organization, 8_192, 8_192).unwrap());
    fixture.clock.advance_micros(2 * HOUR);
    assert_eq!(sweep(&fixture), [1], "a file was made of it, so it does not wait");
}

#[test]
fn a_blob_that_leaves_is_not_claimed_and_unclaimed_ones_are_not_referred_to() {
    let fixture = Fixture::new();
    let meta = &fixture.meta;
    placed(&fixture, 1);
    assert!(sweep(&fixture).is_empty(), "a claim holds for an hour");
    fixture.clock.advance_micros(HOUR);
    let leaving = meta.leaving_artifacts().unwrap();
    assert_eq!(leaving, [[1; 32]]);
    assert_eq!(meta.claim_artifact(stored(1), ROOM).unwrap(), Claim::Leaving);
    let refused = meta.add_chunk(fixture.organization, [1; 20], stored(1));
    assert!(matches!(refused, Err(MetaError::Missing("upload"))));
    // After a crash between the mark and the deletion, it is told again.
    assert_eq!(meta.leaving_artifacts().unwrap(), leaving);
    meta.artifacts_left(&leaving).unwrap();
    assert_eq!(meta.claim_artifact(stored(1), ROOM).unwrap(), Claim::Held);
}

#[test]
fn a_bundle_is_found_by_debug_id_in_its_projects_only() {
    let fixture = Fixture::new();
    let (mine, other) = (fixture.project, other_project(&fixture, "acme"));
    let find = |project, kind: &str| {
        let found = fixture.meta.bundle_file_by_debug_id(project, ID, kind).unwrap();
        found.map(|found| (found.bundle, found.file.path))
    };
    assert_eq!(find(mine, "source_map"), None);
    let first = bundle(&fixture, 1, vec![place(mine, "", "")]);
    let map = "files/_/_/app.min.js.map".to_owned();
    assert_eq!(find(mine, "source_map"), Some((first, map.clone())));
    assert_eq!(find(mine, "source"), None);
    assert_eq!(find(other, "source_map"), None);
    let second = bundle(&fixture, 2, vec![place(mine, "", ""), place(other, "", "")]);
    assert_eq!(find(mine, "source_map"), Some((second, map)), "the newest upload first");
    assert!(find(other, "minified_source").is_some());
    assert!(fixture.meta.remove_bundle(mine, second).unwrap());
    assert_eq!(find(mine, "source_map").map(|(bundle, _)| bundle), Some(first));
    assert!(find(other, "source_map").is_some(), "what another project has stays");
}

#[test]
fn a_bundle_is_found_by_release_distribution_and_the_first_url() {
    let fixture = Fixture::new();
    let project = fixture.project;
    let plain = bundle(&fixture, 1, vec![place(project, "web@1", "")]);
    fixture.clock.advance_micros(HOUR);
    let of_dist = bundle(&fixture, 2, vec![place(project, "web@1", "7")]);
    let urls: Vec<String> =
        ["https://x/app.min.js", "~/app.min.js"].iter().map(|url| (*url).to_owned()).collect();
    let find = |release, dist| {
        let found = fixture.meta.bundle_file_by_url(project, (release, dist), &urls).unwrap();
        found.map(|found| (found.bundle, found.file.url.unwrap()))
    };
    assert_eq!(find("web@1", ""), Some((plain, "~/app.min.js".into())));
    assert_eq!(find("web@1", "7"), Some((of_dist, "~/app.min.js".into())));
    assert_eq!(find("web@1", "8"), None);
    assert_eq!(find("web@2", ""), None);
    let newer = bundle(&fixture, 3, vec![place(project, "web@1", "")]);
    assert_eq!(find("web@1", "").map(|(bundle, _)| bundle), Some(newer));
    fixture.clock.advance_micros(HOUR);
    let places = [place(project, "web@1", "")];
    assert!(fixture.meta.place_bundle(fixture.organization, [1; 20], &places).unwrap());
    assert_eq!(find("web@1", "").map(|(bundle, _)| bundle), Some(plain), "uploaded again");
    let ids = fixture.meta.debug_ids_of_release(project, "web@1", 10).unwrap();
    assert_eq!(ids, [ID]);
}

#[test]
fn a_bundle_is_stored_once_and_only_for_projects_of_its_organization() {
    let fixture = Fixture::new();
    let foreign = other_project(&fixture, "rival");
    let places = vec![place(fixture.project, "web@1", "7"), place(foreign, "web@1", "7")];
    let first = bundle(&fixture, 1, places);
    assert_eq!(bundle(&fixture, 1, vec![place(fixture.project, "web@2", "")]), first);
    let listed = |project, query: &str| {
        let found = fixture.meta.bundles(project, query, Page::FIRST).unwrap();
        found.rows.iter().map(|bundle| bundle.id).collect::<Vec<_>>()
    };
    assert!(listed(foreign, "").is_empty());
    for query in ["", "WEB@2", ID, "app.min", "00000001-0000-8000-8000-000000000000"] {
        assert_eq!(listed(fixture.project, query), [first], "{query}");
    }
    assert!(listed(fixture.project, "web@3").is_empty());
    let found = fixture.meta.bundle(fixture.project, first).unwrap().unwrap();
    let to = |release: &str, dist: &str| UploadedTo { release: release.into(), dist: dist.into() };
    assert_eq!(found.uploaded_to, [to("web@1", "7"), to("web@2", "")]);
    assert_eq!((found.files, fixture.meta.bundle(foreign, first).unwrap()), (2, None));
    let files = fixture.meta.bundle_files(first, "map", Page::FIRST).unwrap().rows;
    assert_eq!(files.len(), 1);
}

#[test]
fn what_is_used_lives_longer_and_the_rest_goes_with_its_blob() {
    let fixture = Fixture::new();
    let project = fixture.project;
    let days = u64::from(fixture.meta.project_settings(project).unwrap().retention_days);
    let used = bundle(&fixture, 1, vec![place(project, "", "")]);
    bundle(&fixture, 2, vec![place(project, "", "")]);
    fixture.clock.advance_micros((days - 1) * DAY);
    fixture.meta.renew_artifact(project, Renewable::Bundle(used)).unwrap();
    assert_eq!(fixture.meta.forget().unwrap().uploads, 0);
    fixture.clock.advance_micros(2 * DAY);
    assert_eq!(fixture.meta.forget().unwrap().uploads, 1);
    assert_eq!(sweep(&fixture), [2]);
    assert!(fixture.meta.bundle(project, used).unwrap().is_some());
    fixture.clock.advance_micros(days * DAY);
    assert_eq!(fixture.meta.forget().unwrap().uploads, 1);
    assert_eq!(sweep(&fixture), [1]);
    assert_eq!(fixture.meta.artifact_bytes().unwrap(), 0);
}

#[test]
fn a_projects_end_is_the_end_of_its_uploads() {
    let fixture = Fixture::new();
    let other = other_project(&fixture, "acme");
    bundle(&fixture, 1, vec![place(fixture.project, "", ""), place(other, "", "")]);
    bundle(&fixture, 2, vec![place(fixture.project, "", "")]);
    fixture.meta.delete_project(fixture.project).unwrap();
    fixture.clock.advance_micros(HOUR);
    fixture.meta.forget().unwrap();
    assert_eq!(sweep(&fixture), [2]);
}

fn debug_file(fixture: &Fixture, byte: u8, project: ProjectId) -> NewDebugFile {
    NewDebugFile {
        project,
        sha1: [byte; 20],
        artifact: placed(fixture, byte),
        debug_id: ID.into(),
        code_id: Some("8b815c1920".into()),
        format: "elf".into(),
        name: "bets".into(),
        cpu: "x86_64".into(),
        data: r#"{"features":["debug"]}"#.into(),
    }
}

#[test]
fn debug_files_are_found_by_either_id_in_their_project_only() {
    let fixture = Fixture::new();
    let (project, other) = (fixture.project, other_project(&fixture, "acme"));
    let new = debug_file(&fixture, 1, project);
    fixture.meta.add_debug_files(&[new.clone(), new.clone()]).unwrap();
    let with = |project, debug_id, code_id| {
        let found = fixture.meta.debug_files_with(project, debug_id, code_id).unwrap();
        found.into_iter().map(|found| found.file).collect::<Vec<_>>()
    };
    assert_eq!(with(project, Some(ID), None), vec![new.clone()]);
    assert_eq!(with(project, None, Some("8b815c1920")), vec![new.clone()]);
    assert!(with(project, None, None).is_empty());
    assert!(with(other, Some(ID), Some("8b815c1920")).is_empty());
    let listed = fixture.meta.debug_files(project, "BETS", Page::FIRST).unwrap().rows;
    assert_eq!((listed.len(), &listed[0].file), (1, &new));
    assert_eq!(fixture.meta.debug_file(other, listed[0].id).unwrap(), None);
    let refused = fixture.meta.delete_debug_file(other, listed[0].id);
    assert!(matches!(refused, Err(MetaError::Missing(_))));
    fixture.meta.delete_debug_file(project, listed[0].id).unwrap();
    fixture.clock.advance_micros(HOUR);
    assert_eq!(sweep(&fixture), [1]);
}

#[test]
fn single_files_of_a_release_are_replaced_found_and_deleted() {
    let fixture = Fixture::new();
    let project = fixture.project;
    let new = |byte| NewReleaseFile {
        project,
        release: "web@1".into(),
        dist: String::new(),
        name: "~/app.min.js".into(),
        headers: "{}".into(),
        sha1: [byte; 20],
        artifact: placed(&fixture, byte),
    };
    fixture.meta.add_release_file(&new(1)).unwrap();
    let second = fixture.meta.add_release_file(&new(2)).unwrap();
    let urls = ["https://x/app.min.js".to_owned(), "~/app.min.js".to_owned()];
    let find =
        |release, dist| fixture.meta.release_file_by_url(project, (release, dist), &urls).unwrap();
    assert_eq!(find("web@1", ""), Some(second.clone()));
    assert_eq!((find("web@1", "7"), find("web@2", "")), (None, None));
    let listed = fixture.meta.release_files(project, "web@1", "", Page::FIRST).unwrap();
    assert_eq!(listed.rows, vec![second.clone()]);
    fixture.clock.advance_micros(HOUR);
    assert_eq!(sweep(&fixture), [1]);
    fixture.meta.delete_release_file(project, "web@1", second.id).unwrap();
    assert_eq!(sweep(&fixture), [2]);
}
