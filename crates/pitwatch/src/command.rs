//! The command line: what can be asked of `pitwatch`, and the texts that teach it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Self-hosted observability that speaks Sentry's protocol.
#[derive(Debug, Parser)]
#[command(
    name = "pitwatch",
    version,
    about = "Self-hosted observability that speaks Sentry's protocol: one program, one data folder.",
    after_help = "Start here:\n  \
        pitwatch serve                      start with ./data on http://127.0.0.1:8000 and print the first login\n  \
        pitwatch project dsn default        print the DSN to put into your app\n  \
        pitwatch doctor                     check folder, disk, port and clock\n\n\
        Every setting is described in docs/guide/settings.md; `pitwatch settings` shows what is in force."
)]
pub struct Command {
    /// Settings that every command understands.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// Settings that every command understands.
#[derive(Debug, Args)]
pub struct Common {
    /// Settings file; default `pitwatch.toml` in the current folder if there is one
    #[arg(long, global = true, env = "PITWATCH_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data folder
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<String>,
    /// How much to tell: error, warn, info, debug
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Start the server
    #[command(
        after_help = "With an empty folder and no --provision it creates organisation `default` with project \
        `default` and an owner, and prints the login and the DSN once.\n\nExample:\n  \
        pitwatch serve --data /var/lib/pitwatch --listen 0.0.0.0:8000 --public-url https://errors.example.com"
    )]
    Serve(Serve),
    /// Create or update organisations, projects, keys, members and tokens from a file; may be repeated
    #[command(
        after_help = "A running server takes the changes over within a second.\n\nExample file:\n  \
        [[organization]]\n  slug = \"acme\"\n  name = \"Acme\"\n  [[organization.project]]\n  slug = \"payments-api\"\n  \
        platform = \"python\"\n\nExample:\n  pitwatch provision --data data acme.toml"
    )]
    Provision {
        /// TOML file; see docs/guide/provisioning.md
        file: PathBuf,
    },
    /// People who can log in
    #[command(subcommand)]
    User(User),
    /// Tokens for scripts and sentry-cli
    #[command(subcommand)]
    Token(Token),
    /// Projects and their DSNs
    #[command(subcommand)]
    Project(Project),
    /// Check data folder, free disk, port and clock, and say what to do about problems
    Doctor {
        /// Address the server would listen on
        #[arg(long, value_name = "ADDR")]
        listen: Option<String>,
    },
    /// Print the settings in force and where each came from
    Settings {
        /// Print docs/guide/settings.md instead
        #[arg(long)]
        markdown: bool,
    },
    /// Say why frames of an event are readable or not: what was looked for, what is missing, what to do
    ExplainFrame(ExplainFrame),
    /// Print the description of the HTTP API as OpenAPI JSON
    Openapi,
    /// Read one debug file or minidump from standard input and write what is needed of it; started by the server
    #[command(hide = true)]
    ReadDebugFile {
        /// The id of the object in the file, `unwind:` and the id, `mapping`, or `minidump`
        job: String,
        /// For a minidump: what was built of debug files to walk stacks with, as `ID=PATH`
        more: Vec<String>,
    },
}

/// Flags of `pitwatch serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// URL people and SDKs use, when it is not the listen address
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Apply this file before starting, and again on SIGHUP
    #[arg(long, value_name = "FILE")]
    pub provision: Option<PathBuf>,
}

/// Flags of `pitwatch explain-frame`.
#[derive(Debug, Args)]
pub struct ExplainFrame {
    /// Short name of the project
    #[arg(long, value_name = "SLUG")]
    pub project: String,
    /// Id of the event
    #[arg(long, value_name = "ID")]
    pub event: String,
    /// Organisation
    #[arg(long, default_value = "default")]
    pub org: String,
    /// Only that frame, counted from 0 as the command tells them
    #[arg(long, value_name = "N")]
    pub frame: Option<usize>,
    /// Address of the running server, when it is not the one in the settings
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// People who can log in.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Create a person, or add one to an organisation; prints a random password unless one comes on standard input
    Add {
        /// E-mail address, which is the login
        email: String,
        /// Organisation
        #[arg(long, default_value = "default")]
        org: String,
        /// owner, manager, admin, member, auditor or billing
        #[arg(long, default_value = "member")]
        role: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List people with their roles
    List {
        /// Organisation
        #[arg(long, default_value = "default")]
        org: String,
    },
    /// Set a new password: random and printed, or from standard input; ends all their sessions
    Password {
        /// E-mail address
        email: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
}

/// Tokens for scripts and sentry-cli.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Create a token and print it once
    Create {
        /// What it is for
        name: String,
        /// Organisation
        #[arg(long, default_value = "default")]
        org: String,
        /// What it may do; may be repeated
        #[arg(long = "scope", value_name = "SCOPE", default_values_t = ["org:read".to_owned(), "project:read".to_owned(), "event:read".to_owned()])]
        scopes: Vec<String>,
    },
    /// List tokens, without their secret part
    List {
        /// Organisation
        #[arg(long, default_value = "default")]
        org: String,
    },
    /// Make a token useless
    Revoke {
        /// Its number in `pitwatch token list`
        id: u64,
        /// Organisation
        #[arg(long, default_value = "default")]
        org: String,
    },
}

/// Projects and their DSNs.
#[derive(Debug, Subcommand)]
pub enum Project {
    /// Create a project and print its DSN
    Create {
        /// Short name in URLs, such as payments-api
        slug: String,
        /// Organisation
        #[arg(long, default_value = "default")]
        org: String,
        /// python, node, javascript, go, rust, …
        #[arg(long, default_value = "other")]
        platform: String,
    },
    /// List projects
    List {
        /// Organisation
        #[arg(long, default_value = "default")]
        org: String,
    },
    /// Print the DSN of a project
    Dsn {
        /// Short name of the project
        slug: String,
        /// Organisation
        #[arg(long, default_value = "default")]
        org: String,
    },
}
