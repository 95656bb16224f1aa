//! Who may produce a block, which chain is best, what is final. Pure: no clock, no entropy, no IO.

pub mod crypto;
pub mod finality;
pub mod leader;
pub mod params;
pub mod rules;
