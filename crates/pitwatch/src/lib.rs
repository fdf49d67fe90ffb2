//! The server: settings, roles, wiring, command line, the embedded web pages.
pub mod settings;
