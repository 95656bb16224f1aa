//! What the chain knows: its vocabulary, and the authenticated store of accounts.

pub mod codec;
pub mod layout;
pub mod overlay;
pub mod store;
pub mod types;
