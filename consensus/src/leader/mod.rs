//! Block production: who may make a block in a slot, and is this header entitled to it.

pub mod vrf;
