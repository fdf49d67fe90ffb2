//! The program as a person at a terminal uses it: what it prints, and how it exits.
#![expect(clippy::unwrap_used, reason = "tests may be blunt, and so may what they call")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn pitwatch(data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pitwatch"));
    command.args(words).arg("--data").arg(data).current_dir(data).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PITWATCH_")) {
        command.env_remove(name);
    }
    command.output().unwrap()
}

#[track_caller]
fn fine(data: &Path, words: &[&str]) -> String {
    let output = pitwatch(data, words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn refused(data: &Path, words: &[&str], code: i32) -> String {
    let output = pitwatch(data, words);
    assert_eq!(output.status.code(), Some(code), "{words:?}");
    String::from_utf8(output.stderr).unwrap()
}

const FILE: &str = r#"
[[organization]]
slug = "acme"
name = "Acme"
[[organization.project]]
id = 7
slug = "payments-api"
platform = "python"
public_key = "0123456789abcdef0123456789abcdef"
[[organization.member]]
email = "owner@example.com"
password = "correct horse battery staple"
role = "owner"
"#;

#[test]
fn provisioning_twice_changes_nothing_the_second_time() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("acme.toml"), FILE).unwrap();
    let words = ["provision", "acme.toml"];
    assert!(fine(folder.path(), &words).contains("payments-api"));
    assert_eq!(fine(folder.path(), &words), "nothing to change\n");
    let dsn = fine(folder.path(), &["project", "dsn", "payments-api", "--org", "acme"]);
    assert_eq!(dsn, "http://0123456789abcdef0123456789abcdef@127.0.0.1:8000/7\n");
}

/// Monitors and uptime checks of the project of [`FILE`].
const WATCHED: &str = r#"
[[organization.project.monitor]]
slug = "nightly-settlement"
schedule = "0 4 * * *"
timezone = "Europe/Madrid"
owner = "user:owner@example.com"
[[organization.project.monitor]]
slug = "heartbeat"
schedule = [5, "minute"]
[[organization.project.uptime]]
name = "Shop"
url = "https://shop.example/health"
headers = { Authorization = "Bearer hunter2" }
interval_seconds = 60
"#;

/// [`FILE`] with that project's monitors and checks.
fn watching(watched: &str) -> String {
    FILE.replacen("[[organization.member]]", &format!("{watched}[[organization.member]]"), 1)
}

#[test]
fn monitors_and_uptime_checks_come_and_go_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let apply = |watched: &str| {
        std::fs::write(data.join("acme.toml"), watching(watched)).unwrap();
        fine(data, &["provision", "acme.toml"])
    };
    let made = apply(WATCHED);
    for line in ["monitor nightly-settlement", "monitor heartbeat", "uptime check Shop"] {
        assert!(made.contains(&format!("{line}: created")), "{made}");
    }
    assert_eq!(apply(WATCHED), "nothing to change\n");
    assert_eq!(
        apply(&WATCHED.replace("0 4", "0 5").replace("hunter2", "hunter3")),
        "monitor nightly-settlement: changed\nuptime check Shop: changed\n"
    );
    let gone = apply("");
    for line in ["monitor nightly-settlement", "monitor heartbeat", "uptime check Shop"] {
        assert!(gone.contains(&format!("{line}: deleted")), "{gone}");
    }
}

#[test]
fn a_file_with_a_wrong_monitor_or_check_changes_nothing_and_says_where() {
    let job = "[[organization.project.monitor]]\nslug = \"settle\"\n";
    let site = "[[organization.project.uptime]]\nname = \"Shop\"\nurl = \"https://a.example/\"\n";
    let cases = [
        (job, "shedule = \"@daily\"", "monitor settle: unknown key shedule"),
        (job, "schedule = \"61 * * * *\"", "monitor settle: config: "),
        (job, "", "monitor settle: config: "),
        (site, "intervall = 3", "uptime Shop: unknown key intervall"),
        (site, "timeout_ms = 1", "uptime Shop: timeout_ms: "),
        (site, "headers = { Host = \"hunter2\" }", "uptime Shop: headers: "),
    ];
    for (entry, line, sentence) in cases {
        let folder = tempfile::tempdir().unwrap();
        let text = watching(&format!("{entry}{line}\n"));
        std::fs::write(folder.path().join("acme.toml"), text).unwrap();
        let said = refused(folder.path(), &["provision", "acme.toml"], 1);
        let place = format!("project payments-api, {sentence}");
        assert!(said.contains("acme.toml: ") && said.contains(&place), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        let known = pitwatch(folder.path(), &["project", "list", "--org", "acme"]);
        assert!(!known.status.success(), "nothing was made");
    }
    let folder = tempfile::tempdir().unwrap();
    let nobody = format!("{job}schedule = \"@daily\"\nowner = \"team:ghosts\"\n");
    std::fs::write(folder.path().join("acme.toml"), watching(&nobody)).unwrap();
    let said = refused(folder.path(), &["provision", "acme.toml"], 1);
    assert!(said.contains("monitor settle: owner: there is no team ghosts"), "{said}");
}

#[test]
fn a_file_with_a_rule_that_could_never_fire_is_refused() {
    let rule = |says: &str| {
        watching(&format!("[[organization.project.metric_alert]]\nname = \"Odd\"\n{says}"))
    };
    let fires = "dataset = \"errors\"\naggregate = \"count()\"\nwindow_minutes = 5\nside = \"above\"\ncritical = 10\n";
    for (says, sentence) in [
        (fires.replace("above", "below").replace("10", "0"), "count() is never below 0"),
        (format!("{fires}query = \"level:error level:info\"\n"), "at once: it would never fire"),
        (fires.to_owned(), ""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("acme.toml"), rule(&says)).unwrap();
        if sentence.is_empty() {
            fine(folder.path(), &["provision", "acme.toml"]);
            continue;
        }
        let said = refused(folder.path(), &["provision", "acme.toml"], 1);
        assert!(said.contains("Odd") && said.contains(sentence), "{said}");
    }
}

#[test]
fn people_projects_and_tokens_are_made_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("acme.toml"), FILE).unwrap();
    let data = folder.path();
    fine(data, &["provision", "acme.toml"]);
    assert!(fine(data, &["project", "create", "gateway", "--org", "acme"]).starts_with("http://"));
    assert!(fine(data, &["project", "list", "--org", "acme"]).contains("gateway"));
    assert!(
        fine(data, &["user", "add", "ada@example.com", "--org", "acme"]).contains("password: ")
    );
    assert!(fine(data, &["user", "list", "--org", "acme"]).contains("ada@example.com"));
    let token = fine(data, &["token", "create", "ci", "--org", "acme", "--scope", "project:read"]);
    assert!(token.starts_with("pwt_"), "{token}");
    let listed = fine(data, &["token", "list", "--org", "acme"]);
    assert!(listed.contains("ci") && !listed.contains(token.trim()), "{listed}");
}

#[test]
fn wrong_usage_and_refusals_have_exit_codes_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    refused(data, &["fly"], 2);
    assert!(
        refused(data, &["settings", "--log-level", "loud"], 2)
            .contains("must be one of error, warn, info, debug")
    );
    assert!(
        refused(data, &["project", "dsn", "x"], 1).contains("there is no organisation default")
    );
    std::fs::write(data.join("broken.toml"), "[[organisation]]").unwrap();
    refused(data, &["provision", "broken.toml"], 1);
}

#[test]
fn settings_name_their_source() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pitwatch.toml"), "retention_days = 7\n").unwrap();
    let text = fine(folder.path(), &["settings"]);
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(line("retention_days").ends_with("pitwatch.toml"));
    assert!(line("data").ends_with("command line"));
    assert!(line("listen").ends_with("default"));
}

#[test]
fn the_doctor_finds_a_folder_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let good = fine(folder.path(), &["doctor", "--listen", "127.0.0.1:0"]);
    assert!(good.lines().all(|line| line.starts_with("ok")), "{good}");
    std::fs::write(folder.path().join("file"), "").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_pitwatch"))
        .args(["doctor", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("file"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("BAD  folder"));
}

/// Runs the process that reads one debug file of the crate `symbols`' tests; answers its exit code, what
/// it wrote, and what it said.
fn read_debug_file(name: &str, job: &str) -> (Option<i32>, Vec<u8>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../symbols/tests/data");
    let out = tempfile::NamedTempFile::new().unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_pitwatch"))
        .args(["read-debug-file", job])
        .env_clear()
        .stdin(std::fs::File::open(folder.join(name)).unwrap())
        .stdout(out.reopen().unwrap())
        .output()
        .unwrap();
    let written = std::fs::read(out.path()).unwrap();
    (done.status.code(), written, String::from_utf8(done.stderr).unwrap())
}

#[test]
fn a_process_of_its_own_reads_debug_files() {
    let id = "a125df4c-0609-b13d-728a-fd423481bbc8";
    let (code, written, said) = read_debug_file("charge.elf", id);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    assert!(!written.is_empty());
    let (code, written, said) =
        read_debug_file("charge.elf", "00000000-0000-4000-8000-000000000001");
    assert!(said.contains("holds no object with debug id"), "{said}");
    assert_eq!((code, written.len()), (Some(3), 0));
    let (code, _, said) = read_debug_file("casino.min.js", id);
    assert!(said.contains("the debug file is damaged"), "{said}");
    assert_eq!(code, Some(3));
    let (code, _, said) = read_debug_file("charge.elf", "mapping");
    assert!(said.contains("not a debug file"), "{said}");
    assert_eq!(code, Some(3));
    assert_eq!(read_debug_file("charge.elf", "x").0, Some(2));
    let (code, written, _) = read_debug_file("../../../crash/tests/data/wallet.dmp", "minidump");
    assert_eq!(code, Some(0));
    assert!(String::from_utf8_lossy(&written).contains("SIGSEGV / SEGV_MAPERR"));
    let (code, _, said) = read_debug_file("charge.elf", "minidump");
    assert!(said.contains("not a minidump"), "{said}");
    assert_eq!(code, Some(3));
}
