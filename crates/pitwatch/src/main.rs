//! The program: reads the command line and the settings, and does what was asked.

use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::Parser;
use pitwatch::command::{Action, Command, Common};
use pitwatch::settings::{Draft, Settings, page};
use pitwatch::{doctor, explain, manage, memory, serve};
use tracing_subscriber::EnvFilter;

/// Gives memory back to the system soon after a spike, which the system's own allocator does not.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit codes: 0 fine, 1 refused or failed, 2 wrong usage or settings.
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const DEFAULT_FILE: &str = "pitwatch.toml";

fn main() -> ExitCode {
    memory::stay_small();
    let command = Command::parse();
    // Before anything is read: this process is for one file, and knows nothing of settings.
    if let Action::ReadDebugFile { job, more } = &command.action {
        let (code, words) = symbolicate::read_debug_file(job, more);
        return if words.is_empty() { ExitCode::from(code) } else { fail(&anyhow!(words), code) };
    }
    let checked = draft(&command).and_then(|draft| Ok((draft.check()?, draft)));
    let (settings, draft) = match checked {
        Ok(checked) => checked,
        Err(problem) => return fail(&problem.into(), USAGE),
    };
    tell(&settings);
    match act(command.action, settings, &draft) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => fail(&problem, FAILED),
    }
}

fn act(action: Action, settings: Settings, draft: &Draft) -> anyhow::Result<()> {
    match action {
        Action::Serve(flags) => serve::run(settings, flags.provision),
        Action::Provision { file } => manage::provision(&settings, &file),
        Action::User(action) => manage::user(&settings, action),
        Action::Token(action) => manage::token(&settings, action),
        Action::Project(action) => manage::project(&settings, action),
        Action::Doctor { .. } => doctor::run(&settings),
        Action::Settings { markdown: true } => manage::print(&page::markdown()),
        Action::Settings { markdown: false } => manage::settings(draft),
        Action::ExplainFrame(flags) => explain::run(&settings, &flags),
        Action::ReadDebugFile { .. } => Ok(()),
        Action::Openapi => manage::print(&format!("{}\n", api::router::openapi()?)),
    }
}

/// Gathers what file, variables and flags say.
fn draft(command: &Command) -> Result<Draft, pitwatch::settings::SettingsError> {
    let mut draft = Draft::default();
    match &command.common.config {
        Some(path) => draft.add_file(path)?,
        None if Path::new(DEFAULT_FILE).exists() => draft.add_file(Path::new(DEFAULT_FILE))?,
        None => {}
    }
    draft.add_variables(std::env::vars())?;
    for (name, value) in flags(&command.common, &command.action) {
        draft.add_flag(name, value)?;
    }
    Ok(draft)
}

fn flags(common: &Common, action: &Action) -> Vec<(&'static str, String)> {
    let mut given = vec![("data", common.data.clone()), ("log_level", common.log_level.clone())];
    match action {
        Action::Serve(flags) => {
            given.push(("listen", flags.listen.clone()));
            given.push(("public_url", flags.public_url.clone()));
        }
        Action::Doctor { listen } => given.push(("listen", listen.clone())),
        _ => {}
    }
    given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Logs go to standard error, so that standard output stays for answers.
fn tell(settings: &Settings) {
    let filter = EnvFilter::new(&settings.log_level);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if settings.log_json { builder.json().init() } else { builder.init() }
}

#[expect(
    clippy::print_stderr,
    reason = "the last words of the program go to the person at the terminal"
)]
fn fail(problem: &anyhow::Error, code: u8) -> ExitCode {
    eprintln!("pitwatch: {problem:#}");
    ExitCode::from(code)
}
