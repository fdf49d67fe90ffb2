//! The casino's user.

fn main() {}
