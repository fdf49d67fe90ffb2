//! The casino's wallet.

fn main() {}
