//! The casino's provider.

fn main() {}
