//! serin-testnet
fn main() {}
