//! A program with the `sentry` crate. Usage: rust-client DSN

use std::fmt;

#[derive(Debug)]
struct WalletError {
    player: u64,
}

impl fmt::Display for WalletError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "wallet of player {} is locked", self.player)
    }
}

impl std::error::Error for WalletError {}

fn main() {
    let dsn = std::env::args().nth(1).expect("usage: rust-client DSN");
    let mut options = sentry::ClientOptions::default();
    options.release = Some("wallet@0.3.0".into());
    options.environment = Some("prod".into());
    options.attach_stacktrace = true;
    let guard = sentry::init((dsn, options));
    sentry::configure_scope(|scope| scope.set_tag("provider", "trustly"));
    for player in [7, 8] {
        sentry::capture_error(&WalletError { player });
    }
    let result = std::panic::catch_unwind(|| panic!("ledger is out of balance"));
    assert!(result.is_err());
    drop(guard);
}
