//! Preimages: the bytes behind the hash that a referendum names.
//!
//! ```text
//!                 note                       request
//!   (nothing) ------------> unrequested ---------------> requested (count)
//!       ^        deposit         |    <---------------       |   ^
//!       |                 unnote |     last unrequest        |   | note: the bytes come later,
//!       +------------------------+     while a deposit       |   | without a deposit
//!       |                              stands                v   |
//!       +------------------------------------------- last unrequest without a deposit
//! ```
//!
//! Bytes lie under their plain BLAKE2b-256 hash and cannot be taken back while something asks for them:
//! a scheduled call, or root. Who noted them pays a deposit by size, and gets it back with the bytes, or
//! before, once they are asked for.
//!
//! # Bounds
//! Bytes are at most [`PreimageParameters::bytes_max`], and a transaction carries them whole.
//!
//! # Source
//! pallet-preimage 50, whose results `testnet/peers` compares step for step.

mod calls;
mod status;
mod surface;

pub use calls::{apply, bytes, len, request, unrequest};
pub use status::{Changed, Status};
pub use surface::{PreimageCall, PreimageError, PreimageEvent, PreimageParameters};

#[cfg(test)]
mod tests;
