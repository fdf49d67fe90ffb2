//! The casino's gateway: the one way in. Who somebody is, how often they may ask, and which service answers.

mod admission;
mod balance;
mod canary;
mod doors;
mod forward;
mod limit;
mod pages;
mod routes;
mod table;
mod token;
mod told;
mod wishes;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use crate::doors::Gateway;
use crate::wishes::Wishes;

const PORT: u16 = 4200;

fn main() -> ExitCode {
    casino_telemetry::run("gateway", env!("CARGO_PKG_VERSION"), PORT, async |app| {
        app.trust_nobody();
        let wishes = Wishes::from_lookup(&casino_telemetry::variable)?;
        let gateway = Gateway::new(&wishes, app.flags.clone(), app.stop.clone())?;
        Ok(routes::router(gateway, &wishes))
    })
}
