//! Frames of scripts: by which way their maps are found, and what is said when they are not.

use symbolicate::{Symbolicator, Waiting};

use crate::world::{ID, MAP, READABLE, SCRIPT, URL, Upload, World, both, event, minified, shown};

const AS_IT_CAME: &str = "J http://casino.example/assets/index-DqpBW_SC.js:3";

#[track_caller]
fn unreadable(found: &[String], problem: &str) {
    assert_eq!(found, [AS_IT_CAME.to_owned(), problem.to_owned()]);
}

#[test]
fn the_debug_id_finds_without_release_and_address() {
    let world = World::new();
    let [mut script, mut map] = both(Some(ID));
    // As the bundlers' plugins name them.
    (script.url, script.reference) = ("~/19c5818b-0.js", Some("19c5818b-0.js.map"));
    map.url = "~/19c5818b-0.js.map";
    world.bundle(1, "", &[script, map]);
    let mut found = minified(Some(ID), None);
    assert_eq!(world.applied(&mut found), [READABLE]);
    let frame = found.at(&["exception", "values", "0", "stacktrace", "frames", "0"]).unwrap();
    let text = |path: &[&str]| frame.at(path).and_then(|it| it.as_str()).unwrap().to_owned();
    assert_eq!(text(&["abs_path"]), "http://casino.example/src/lib/reels.ts");
    assert_eq!(text(&["context_line"]), "  return paytable[first][run < 0 ? reels.length : run];");
    assert_eq!(text(&["data", "resolved_with"]), "debug-id");
    assert!(Symbolicator::is_finished(&found));
    world.bundle(2, "", &[map]);
    assert_eq!(
        world.applied(&mut minified(Some(ID), None)),
        [READABLE],
        "the newest, without script"
    );
}

#[test]
fn release_and_address_find() {
    let world = World::new();
    world.bundle(1, "web@1", &both(None));
    let mut found = minified(None, Some("web@1"));
    assert_eq!(world.applied(&mut found), [READABLE]);
    let way = found.at(&[
        "exception",
        "values",
        "0",
        "stacktrace",
        "frames",
        "0",
        "data",
        "resolved_with",
    ]);
    assert_eq!(way.and_then(|it| it.as_str()), Some("release"));
    unreadable(
        &world.applied(&mut minified(None, Some("web@2"))),
        &format!("js_no_source: {URL} was not uploaded for this release and distribution"),
    );
    unreadable(
        &world.applied(&mut minified(None, None)),
        &format!(
            "js_no_source: {URL} has no debug id and the event has no release, by which its source \
             map could be found"
        ),
    );
}

#[test]
fn single_files_of_a_release_find() {
    let world = World::new();
    world.release_file(1, "~/assets/index-DqpBW_SC.js", r#"{"Sourcemap": "maps/x.map"}"#, SCRIPT);
    let missing = "js_missing_sourcemap: the source map http://casino.example/assets/maps/x.map was \
                   not uploaded";
    let mut late = minified(None, Some("web@1"));
    unreadable(&world.applied(&mut late), missing);
    world.release_file(2, "~/assets/maps/x.map", "{}", MAP);
    assert_eq!(world.applied(&mut late), [READABLE], "its problem is gone, too");
    // Without a header the script says where its map is.
    world.release_file(3, "~/assets/index-DqpBW_SC.js", "{}", SCRIPT);
    unreadable(
        &world.applied(&mut minified(None, Some("web@1"))),
        "js_missing_sourcemap: the source map http://casino.example/assets/index-DqpBW_SC.js.map was \
         not uploaded",
    );
    world.release_file(4, "~/assets/index-DqpBW_SC.js.map", "{}", MAP);
    assert_eq!(world.applied(&mut minified(None, Some("web@1"))), [READABLE]);
    world.release_file(5, "~/assets/index-DqpBW_SC.js", "{}", b"let a;");
    unreadable(
        &world.applied(&mut minified(None, Some("web@1"))),
        &format!("js_missing_sourcemap: {URL} names no source map"),
    );
}

#[test]
fn maps_inside_scripts_are_read() {
    let world = World::new();
    let small = r#"{"version":3,"sources":["a.ts"],"names":[],"mappings":";;gkCAAA"}"#;
    let script = |map: &str| format!("let a;\n\n{}\n//# sourceMappingURL={map}", " ".repeat(1200));
    let encoded = small.replace(' ', "%20").replace('"', "%22");
    let content = script(&format!("data:application/json,{encoded}"));
    let [file, _] = both(Some(ID));
    let upload = |content| Upload { content, reference: None, ..file };
    world.bundle(1, "web@1", &[upload(content.as_bytes())]);
    let found = world.applied(&mut minified(Some(ID), Some("web@1")));
    assert_eq!(found[0], "J a.ts:1", "{found:?}");
    let content = script("data:application/json;base64,!!!");
    world.bundle(2, "web@1", &[upload(content.as_bytes())]);
    unreadable(
        &world.applied(&mut minified(Some(ID), Some("web@1"))),
        &format!("js_invalid_source: the source map in {URL} is not valid base64"),
    );
}

#[test]
fn sources_that_are_not_in_the_map_come_from_the_bundle() {
    let world = World::new();
    let map = r#"{"version":3,"sources":["../src/a.ts"],"names":[],"mappings":";;gkCAEA"}"#;
    let [script, source_map] = both(Some(ID));
    let without = [script, Upload { content: map.as_bytes(), ..source_map }];
    world.bundle(1, "", &without);
    let mut found = minified(Some(ID), None);
    assert_eq!(
        world.applied(&mut found)[1],
        "js_missing_sources_content: http://casino.example/src/a.ts is neither in the source map nor \
         uploaded"
    );
    let source = Upload {
        kind: "source",
        url: "~/src/a.ts",
        debug_id: None,
        reference: None,
        content: b"one\ntwo\nthree\nfour",
    };
    world.bundle(2, "", &[without[0], without[1], source]);
    assert_eq!(world.applied(&mut found).len(), 1);
    let line = found.at(&["exception", "values", "0", "stacktrace", "frames", "0", "context_line"]);
    assert_eq!(line.and_then(|it| it.as_str()), Some("three"));
}

#[test]
fn what_came_first_is_readable_when_the_map_is_there() {
    let world = World::new();
    let mut early = minified(Some(ID), Some("web@1"));
    unreadable(
        &world.applied(&mut early),
        &format!("js_no_source: no map was uploaded for debug id {ID}"),
    );
    assert!(!Symbolicator::is_finished(&early));
    let other = "00000000-0000-4000-8000-000000000001";
    let bundle = world.bundle(1, "web@0", &both(Some(other)));
    unreadable(
        &world.applied(&mut early),
        &format!(
            "js_no_source: no map was uploaded for debug id {ID}; uploaded are {other} (web@0)"
        ),
    );
    let right = world.bundle(2, "web@1", &both(Some(ID)));
    assert_eq!(world.applied(&mut early), [READABLE]);
    assert!(world.meta.remove_bundle(world.project, right).unwrap());
    assert!(world.meta.remove_bundle(world.project, bundle).unwrap());
    unreadable(
        &world.applied(&mut minified(Some(ID), Some("web@1"))),
        &format!("js_no_source: no map was uploaded for debug id {ID}"),
    );
}

#[test]
fn other_projects_do_not_profit() {
    let world = World::new();
    world.bundle(1, "web@1", &both(Some(ID)));
    assert_eq!(world.applied(&mut minified(Some(ID), Some("web@1"))), [READABLE]);
    let mut theirs = minified(Some(ID), Some("web@1"));
    world.stacks.apply(world.other, &mut theirs, Waiting::Reader);
    unreadable(&shown(&theirs), &format!("js_no_source: no map was uploaded for debug id {ID}"));
}

#[test]
fn broken_maps_are_told_and_not_read_again() {
    let world = World::new();
    let [script, map] = both(Some(ID));
    world.bundle(1, "", &[script, Upload { content: b"{\"mappings\": 7", ..map }]);
    let problem = "js_invalid_source: the source map \
                   http://casino.example/assets/index-DqpBW_SC.js.map is malformed: not a source map";
    let found = world.applied(&mut minified(Some(ID), None));
    assert!(found[1].starts_with(problem), "{found:?}");
    world.opened();
    world.applied(&mut minified(Some(ID), None));
    assert!(world.opened().is_empty());
}

#[test]
fn a_map_is_built_once_and_kept() {
    let mut world = World::new();
    world.bundle(1, "", &both(Some(ID)));
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| assert_eq!(world.applied(&mut minified(Some(ID), None)), [READABLE]));
        }
    });
    assert_eq!(world.opened(), [1, 1], "once for the map, once for the script");
    assert_eq!(world.stacks.kept().0, 1);
    world.restart();
    assert_eq!(world.applied(&mut minified(Some(ID), None)), [READABLE]);
    assert!(world.opened().is_empty());
}

#[test]
fn nothing_is_said_about_scripts_that_nobody_has_maps_of() {
    let world = World::new();
    let node = || {
        event(
            r#"{"platform": "node", "release": "api@1", "exception": {"values": [{"stacktrace":
            {"frames": [{"function": "f", "filename": "/srv/app.js", "lineno": 1, "colno": 2}]}}]}}"#,
        )
    };
    let mut found = node();
    assert!(!world.stacks.apply(world.project, &mut found, Waiting::Pipeline));
    assert_eq!(shown(&found), ["f /srv/app.js:1"]);
    assert!(!world.stacks.apply(
        world.project,
        &mut minified(None, Some("web@1")),
        Waiting::Pipeline
    ));
    let python = event(
        r#"{"platform": "python", "exception": {"values": [{"stacktrace": {"frames": [
        {"function": "f", "abs_path": "/srv/app.py", "lineno": 1}]}}]}}"#,
    );
    assert!(!Symbolicator::concerns(&python));
    world.bundle(1, "api@1", &both(None));
    assert_eq!(world.applied(&mut found).len(), 2, "a release with uploads is another matter");
}

#[test]
fn it_is_explained_what_was_looked_for() {
    let world = World::new();
    world.bundle(1, "web@1", &both(None));
    let explained = world.stacks.explain(world.project, &minified(Some(ID), Some("web@2")));
    let frame = &explained.frames[0];
    let steps: Vec<String> = frame
        .trail
        .steps
        .iter()
        .map(|step| format!("{} | {}", step.tried, step.found.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(
        steps,
        [
            format!("the source map with debug id {ID} | -"),
            format!("the script with debug id {ID} | -"),
            format!(
                "the script at {URL}, ~/assets/index-DqpBW_SC.js, uploaded for release web@2 | -"
            ),
        ]
    );
    assert_eq!(frame.problem.as_ref().unwrap().0, "js_no_source");
    assert!(frame.advice.unwrap().contains("very build that runs"));
    assert!(explained.project_has_uploads && !explained.release_has_uploads);
    let explained = world.stacks.explain(world.project, &minified(None, Some("web@1")));
    let frame = &explained.frames[0];
    assert_eq!(frame.readable.as_deref(), Some("evaluateLine ../../src/lib/reels.ts:17:24"));
    assert_eq!(frame.trail.map_named.as_deref(), Some("~/assets/index-DqpBW_SC.js.map"));
    assert_eq!(frame.problem, None);
}

#[test]
fn what_is_not_ready_in_time_is_left_as_it_came() {
    let mut world = World::new();
    world.bundle(1, "", &both(Some(ID)));
    // Nobody works any more.
    world.stacks.close();
    unreadable(
        &world.applied(&mut minified(Some(ID), None)),
        &format!(
            "fetch_timeout: the source map of {URL} is still being read; it will be used when it is"
        ),
    );
    world.restart();
    assert_eq!(world.applied(&mut minified(Some(ID), None)), [READABLE]);
}
