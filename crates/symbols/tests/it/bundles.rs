//! Bundles as tools write them, and bundles that are refused.

use std::error::Error as _;

use symbols::ReadAt;
use symbols::bundle::{About, Archive, Bundle, Kind};

use crate::zips::{self, File, bundle, deflated, stored, zstd};

/// As sentry-cli 3.8.0 writes it.
const MANIFEST_CLI: &str = r#"{"files": {
  "files/_/_/static/js/app.min.js": {"type": "minified_source", "url": "~/static/js/app.min.js",
    "headers": {"debug-id": "bb3ffc1d-e6f1-5a93-94f3-ac30b5e70109", "sourcemap": "app.min.js.map"}},
  "files/_/_/static/js/app.min.js.map": {"type": "source_map", "url": "~/static/js/app.min.js.map",
    "headers": {"debug-id": "bb3ffc1d-e6f1-5a93-94f3-ac30b5e70109"}},
  "files/_/_/static/js/plain.js": {"type": "minified_source", "url": "~/static/js/plain.js?v=9"}},
  "debug_id": "65c67961-8c7f-5b1f-8a93-d3f0a9f0c3b1", "org": "acme", "project": "casino-api",
  "release": "web@1", "dist": "7", "note": "ci"}"#;

/// As the bundler plugins 11.x write it.
const MANIFEST_PLUGIN: &str = r#"{"files": {
  "_/_/bb3ffc1d-0.js": {"type": "minified_source", "url": "~/bb3ffc1d-0.js",
    "headers": {"Debug-Id": "BB3FFC1DE6F15A9394F3AC30B5E70109", "Sourcemap": "bb3ffc1d-0.js.map"}},
  "_/_/bb3ffc1d-0.js.map": {"type": "source_map", "url": "~/bb3ffc1d-0.js.map",
    "headers": {"debug-id": "bb3ffc1d-e6f1-5a93-94f3-ac30b5e70109"}}}, "org": "acme", "dist": ""}"#;

const SCRIPT: &[u8] = b"a()\n";
const MAP: &[u8] = b"{\"version\":3}";

fn cli(pack: fn(&str, &[u8]) -> File) -> Vec<u8> {
    bundle(&[
        pack("files/_/_/static/js/app.min.js", SCRIPT),
        pack("files/_/_/static/js/app.min.js.map", MAP),
        stored("files/_/_/static/js/plain.js", b""),
        pack("manifest.json", MANIFEST_CLI.as_bytes()),
    ])
}

#[test]
fn a_bundle_of_sentry_cli_is_read_in_all_ways_of_compressing() {
    for pack in [stored, deflated, zstd] {
        let opened = Bundle::open(cli(pack)).unwrap();
        let id = "bb3ffc1d-e6f1-5a93-94f3-ac30b5e70109".parse().unwrap();
        assert_eq!(
            opened.about,
            About {
                organization: Some("acme".into()),
                project: Some("casino-api".into()),
                release: Some("web@1".into()),
                dist: Some("7".into()),
                note: Some("ci".into()),
                debug_id: Some("65c67961-8c7f-5b1f-8a93-d3f0a9f0c3b1".parse().unwrap()),
                ..About::default()
            }
        );
        assert_eq!(opened.entries.len(), 3);
        let script = opened.by_debug_id(id, Kind::MinifiedSource).unwrap();
        assert_eq!(script.url.as_deref(), Some("~/static/js/app.min.js"));
        assert_eq!(script.source_map.as_deref(), Some("app.min.js.map"));
        assert_eq!(opened.read(script).unwrap(), SCRIPT);
        let map = opened.by_debug_id(id, Kind::SourceMap).unwrap();
        assert_eq!((map.debug_id, &map.source_map), (Some(id), &None));
        assert_eq!(opened.read(map).unwrap(), MAP);
        // Neither a debug id nor a map, and a URL that cannot be told from the path.
        let plain = opened.by_url("~/static/js/plain.js?v=9").unwrap();
        assert_eq!((plain.debug_id, &plain.source_map), (None, &None));
        assert!(opened.by_url("~/static/js/plain.js").is_none());
    }
}

#[test]
fn a_bundle_of_the_plugins_is_read() {
    let opened = Bundle::open(bundle(&[
        stored("_/_/bb3ffc1d-0.js", SCRIPT),
        stored("_/_/bb3ffc1d-0.js.map", MAP),
        stored("manifest.json", MANIFEST_PLUGIN.as_bytes()),
    ]))
    .unwrap();
    let id = "bb3ffc1d-e6f1-5a93-94f3-ac30b5e70109".parse().unwrap();
    let script = opened.by_debug_id(id, Kind::MinifiedSource).unwrap();
    assert_eq!(script.source_map.as_deref(), Some("bb3ffc1d-0.js.map"));
    // An empty dist is no dist.
    assert_eq!(opened.about, About { organization: Some("acme".into()), ..About::default() });
}

#[test]
fn a_bundle_of_native_sources_is_read() {
    let manifest = r#"{"files": {"files/src/main.c": {"type": "source", "path": "/src/main.c"}},
      "arch": "x86_64", "code_id": "7024", "object_name": "main",
      "debug_id": "136b2470-0b6e-546c-b0c0-af47902d7183-2"}"#;
    let opened = Bundle::open(bundle(&[
        zstd("files/src/main.c", b"int main;"),
        stored("manifest.json", manifest.as_bytes()),
    ]))
    .unwrap();
    assert_eq!(opened.entries[0].source_path.as_deref(), Some("/src/main.c"));
    assert_eq!(opened.entries[0].kind, Some(Kind::Source));
    assert_eq!(opened.about.arch.as_deref(), Some("x86_64"));
    assert_eq!(opened.about.debug_id.unwrap().age(), 2);
}

#[test]
fn a_file_is_read_again_by_its_place_alone() {
    let bytes = cli(zstd);
    let opened = Bundle::open(bytes.as_slice()).unwrap();
    let place = opened.entries[1].place;
    let archive = Archive::open(bytes.as_slice()).unwrap();
    assert_eq!(archive.read_place("again", place).unwrap(), MAP);
    assert_eq!(archive.len(), 4);
}

#[test]
fn zips_without_the_header_and_with_folders_are_archives() {
    let zip = zips::zip(&[stored("proguard/", b""), deflated("proguard/a.txt", b"a -> b:")]);
    let archive = Archive::open(zip.as_slice()).unwrap();
    assert_eq!(archive.paths().collect::<Vec<_>>(), ["proguard/a.txt"]);
    assert_eq!(archive.read("proguard/a.txt").unwrap(), b"a -> b:");
    // A comment behind it, and something in front of it.
    let mut odd = b"#!/bin/sh\n".to_vec();
    odd.extend(&zip);
    let comment = odd.len() - 2;
    odd[comment] = 3;
    odd.extend(b"hi!");
    assert_eq!(Archive::open(odd.as_slice()).unwrap().read("proguard/a.txt").unwrap(), b"a -> b:");
}

#[test]
fn long_zips_are_archives() {
    let mut long = stored("a.txt", b"hello");
    long.extra = [vec![9, 0, 1, 0, 7], vec![1, 0, 16, 0], vec![5, 0, 0, 0, 0, 0, 0, 0]].concat();
    long.extra.extend(5_u64.to_le_bytes());
    (long.bytes, long.compressed) = (u32::MAX, u32::MAX);
    let mut zip = bundle(&[long]);
    let end = zip.split_off(zip.len() - 22);
    let at = zip.len() as u64;
    let (size, start) = (u32::from_le_bytes(end[12..16].try_into().unwrap()), &end[16..20]);
    zip.extend(b"PK\x06\x06");
    zip.extend(44_u64.to_le_bytes());
    zip.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    zip.extend([1_u64.to_le_bytes(), 1_u64.to_le_bytes()].concat());
    zip.extend(u64::from(size).to_le_bytes());
    zip.extend([start, &[0; 4]].concat());
    zip.extend(b"PK\x06\x07\0\0\0\0");
    zip.extend((at - 8).to_le_bytes());
    zip.extend([1, 0, 0, 0]);
    zip.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
    assert_eq!(Archive::open(zip.as_slice()).unwrap().read("a.txt").unwrap(), b"hello");
}

/// What opening a bundle, and then reading all of it, says.
#[track_caller]
fn refused(bytes: impl ReadAt, expected: &str) {
    let all = Bundle::open(bytes).and_then(|bundle| {
        bundle.entries.iter().try_for_each(|entry| bundle.read(entry).map(drop))
    });
    let error = all.unwrap_err();
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    assert_eq!(format!("{error}{cause}"), expected);
}

fn with_manifest(manifest: &str) -> Vec<u8> {
    bundle(&[stored("a.js", SCRIPT), stored("manifest.json", manifest.as_bytes())])
}

const ONE: &str = r#"{"files": {"a.js": {"type": "source", "url": "~/a.js"}}}"#;

fn with(change: impl FnOnce(&mut File)) -> Vec<u8> {
    let mut file = deflated("a.js", SCRIPT);
    change(&mut file);
    bundle(&[file, stored("manifest.json", ONE.as_bytes())])
}

fn named(name: &[u8]) -> Vec<u8> {
    with(|file| file.name = name.to_vec())
}

#[test]
fn what_is_no_bundle_is_refused() {
    let none = "not an artifact bundle: it does not start with SYSB";
    refused(Vec::new(), none);
    refused(b"SYS".to_vec(), none);
    refused(zips::zip(&[stored("a", b"")]), none);
    refused(b"SYSB\x03\0\0\0".to_vec(), "artifact bundle has version 3, 2 is known");
    let cut = "not a zip, or cut off: there is no directory at its end";
    refused(b"SYSB\x02\0\0\0".to_vec(), cut);
    let whole = cli(deflated);
    refused(whole[..whole.len() - 30].to_vec(), cut);
    refused(whole[..whole.len() / 2].to_vec(), cut);
    refused(
        [&whole[..8], &whole[200..]].concat(),
        "the directory of the zip is damaged: it is larger than the file",
    );
    refused(Huge, "bundle has 2147483649 bytes, 2147483648 are allowed");
}

/// Larger than memory.
struct Huge;

impl ReadAt for Huge {
    fn len(&self) -> u64 {
        (2 << 30) + 1
    }

    fn read_at(&self, _: u64, into: &mut [u8]) -> std::io::Result<()> {
        into.copy_from_slice(b"SYSB\x02\0\0\0");
        Ok(())
    }
}

#[test]
fn damaged_directories_are_refused() {
    let end = |change: fn(&mut [u8])| {
        let mut bytes = with_manifest(ONE);
        let start = bytes.len() - 22;
        change(&mut bytes[start..]);
        bytes
    };
    let damaged = |what| format!("the directory of the zip is damaged: {what}");
    refused(end(|end| end[10] = 3), &damaged("it is cut off"));
    refused(end(|end| end[10] = 1), &damaged("it holds more records than it says"));
    refused(end(|end| end[12] -= 1), &damaged("a record does not start as one"));
    refused(end(|end| end[10..12].fill(0xff)), "the zip holds 65535 files, 50000 are allowed");
    refused(end(|end| end[16] += 9), &damaged("it is larger than the file"));
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    let path = |path: &str, why| {
        format!("the zip holds a file with the path {path:?}, which is refused: {why}")
    };
    refused(named(b"../../etc/passwd"), &path("../../etc/passwd", "it leads out of its folder"));
    refused(named(b"a/../../b"), &path("a/../../b", "it leads out of its folder"));
    refused(named(b"a\\..\\b"), &path("a\\..\\b", "it leads out of its folder"));
    refused(named(b"/etc/passwd"), &path("/etc/passwd", "it is absolute"));
    refused(named(b"C:\\a.js"), &path("C:\\a.js", "it is absolute"));
    refused(named(b"\\\\host\\a.js"), &path("\\\\host\\a.js", "it is absolute"));
    refused(named(b""), &path("", "it is empty"));
    refused(named(b"a\0.js"), &path("a\0.js", "it holds control characters"));
    refused(named(b"a\xff.js"), &path("a\u{fffd}.js", "it is not UTF-8"));
    refused(named(&[b'a'; 5000]), &path(&"a".repeat(100), "it is too long"));
}

#[test]
fn files_that_are_not_what_the_directory_says_are_refused() {
    refused(with(|file| file.flags = 1), "\"a.js\" is encrypted");
    refused(
        with(|file| file.method = 12),
        "\"a.js\" is compressed by method 12; 0, 8 and 93 are known",
    );
    refused(with(|file| file.crc ^= 1), "\"a.js\" is damaged: its checksum differs");
    refused(
        with(|file| file.bytes += 1),
        "\"a.js\" is damaged: it has not the size that the directory says",
    );
    refused(
        with(|file| file.bytes -= 1),
        "\"a.js\" is damaged: it has not the size that the directory says",
    );
    refused(with(|file| file.data[0] = 0xff), "reading \"a.js\": corrupt deflate stream");
    refused(
        with(|file| file.offset = Some(4)),
        "\"a.js\" is damaged: there is no file where the directory says",
    );
    refused(
        with(|file| file.offset = Some(1 << 30)),
        "\"a.js\" shares bytes with another file of the zip",
    );
    refused(
        with(|file| file.compressed += 9),
        "\"a.js\" shares bytes with another file of the zip",
    );
    let twice = bundle(&[stored("a.js", b"1"), stored("a.js", b"2")]);
    refused(twice, "the zip holds \"a.js\" twice");
    let mut other = stored("b.js", b"2");
    other.offset = Some(0);
    refused(
        bundle(&[stored("a.js", b"1"), other]),
        "\"a.js\" shares bytes with another file of the zip",
    );
}

#[test]
fn bombs_are_refused_before_anything_is_inflated() {
    let zeros = vec![0; 4 << 20];
    for pack in [deflated, zstd] {
        let bomb = pack("a.js", &zeros);
        let compressed = bomb.compressed;
        let expected =
            format!("\"a.js\" would grow from {compressed} to 4194304 bytes; 200 times is allowed");
        refused(bundle(&[bomb]), &expected);
    }
    // Says that it is small, and is not.
    let lie = with(|file| {
        let bomb = deflated("a.js", &zeros);
        (file.data, file.compressed) = (bomb.data, bomb.compressed);
    });
    refused(lie, "\"a.js\" is damaged: it has not the size that the directory says");
    let large = with(|file| file.bytes = 200 << 20);
    refused(large, "\"a.js\" has 209715200 bytes, 104857600 are allowed");
    let many: Vec<File> = (0..90)
        .map(|number| {
            let mut file = stored(&format!("{number}"), &vec![0; 500_000]);
            file.bytes = 100_000_000;
            file
        })
        .collect();
    refused(
        bundle(&many),
        "the files of the zip have 9000000000 bytes together, 8589934592 are allowed",
    );
    // Nothing is small about a manifest of this size.
    let spaces = vec![b' '; 33 << 20];
    let manifest = bundle(&[deflated("manifest.json", &spaces)]);
    let compressed = deflated("", &spaces).compressed;
    let ratio = format!(
        "\"manifest.json\" would grow from {compressed} to 34603008 bytes; 200 times is allowed"
    );
    refused(manifest, &ratio);
    let manifest = bundle(&[stored("manifest.json", &spaces)]);
    refused(manifest, "\"manifest.json\" has 34603008 bytes, 33554432 are allowed");
}

#[test]
fn broken_manifests_are_refused() {
    refused(bundle(&[stored("a.js", SCRIPT)]), "the bundle has no manifest.json");
    let broken = |manifest: &str, why: &str| {
        refused(with_manifest(manifest), &format!("manifest.json of the bundle is broken: {why}"));
    };
    broken("", "EOF while parsing a value at line 1 column 0");
    broken("1", "invalid type: integer `1`, expected struct Manifest at line 1 column 1");
    broken(
        "{\"files\": []}",
        "invalid type: sequence, expected paths with descriptions of files at line 1 column 10",
    );
    broken(
        "{\"files\": {\"a.js\": 1}}",
        "invalid type: integer `1`, expected struct File at line 1 column 20",
    );
    broken("{\"release\": 1}", "invalid type: integer `1`, expected a string at line 1 column 13");
    let deep = format!("{{\"x\": {}", "[".repeat(100_000));
    broken(&deep, "EOF while parsing a list at line 1 column 100006");
    refused(
        with_manifest(r#"{"files": {"b.js": {}}}"#),
        "manifest.json names \"b.js\", which the bundle does not hold",
    );
    refused(
        with_manifest(r#"{"files": {"a.js": {}, "a.js": {}}}"#),
        "manifest.json describes \"a.js\" twice",
    );
    refused(
        with_manifest(&format!(r#"{{"release": "{}"}}"#, "x".repeat(5_000))),
        "manifest.json: release has 5000 bytes, 4096 are allowed",
    );
    refused(
        with_manifest(r#"{"files": {"a.js": {"headers": {"Debug-ID": "12"}}}}"#),
        "manifest.json gives \"a.js\" the debug id \"12\", which is none",
    );
    // What is not known, and what is null, is nothing to complain about.
    let odd = r#"{"files": {"a.js": {"type": "wasm", "headers": {"debug-id": null}, "more": 1}}, "org": null}"#;
    let opened = Bundle::open(with_manifest(odd)).unwrap();
    assert_eq!((opened.entries[0].kind, opened.entries[0].debug_id), (None, None));
    assert!(Bundle::open(with_manifest("{}")).unwrap().entries.is_empty());
}
