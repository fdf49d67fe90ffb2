//! The casino's gateway.

fn main() {}
