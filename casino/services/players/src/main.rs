//! The casino's players.

fn main() {}
