//! The light client: follows finality by proofs alone, and believes no server.
//!
//! ```text
//!   hash --Start--> Light --fragment--> Light (next sets) --answer--> Light (newest header) and a proven fact
//! ```
//! # Inputs and outputs
//! [`Light::begin`] takes what a server says of a trusted hash; [`Light::on_fragment`] and [`Light::on_answer`] take what
//! servers answer, and say what is proven or what to ask for. How answers come here is the caller's: the command line
//! asks over JSON-RPC. [`Light::to_bytes`] keeps what is proven over the end of the program.
//!
//! # Invariants
//! 1. The newest header never goes back, and follows from the first trusted hash by signatures alone.
//! 2. A fact is returned only where it is proven under a final header not older than the newest, and is what was asked.
//! 3. After a refusal the client is as it was, but for links that did hold.
//!
//! # Bounds
//! One voter set and one header, beside the answer in hand; [`TRUST_BYTES_MAX`] bytes on the disk.

mod age;
mod follow;
mod trust_file;

pub use age::{TooOld, check_age};
pub use follow::{Heard, Light, LightError};
pub use trust_file::{TRUST_BYTES_MAX, TrustFileError};
