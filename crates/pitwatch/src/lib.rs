//! The server: settings, roles, wiring, command line, the embedded web pages.

mod alerting;
pub mod command;
pub mod doctor;
pub mod explain;
pub mod http;
pub mod manage;
pub mod memory;
pub mod neighbours;
pub mod pages;
pub mod provisioning;
pub mod readable;
pub mod rehearse;
pub mod roles;
pub mod serve;
pub mod settings;
pub mod status;
