//! The verifiable random function of the slot lottery.

use crate::crypto::LotteryOutput;
use serin_state::types::{LotteryProof, LotteryPublicKey};

/// A proof that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lottery proof does not hold")]
pub struct BadProof;

/// Checks a proof and returns its output.
///
/// # Errors
/// [`BadProof`].
pub fn verify(
    _key: &LotteryPublicKey,
    _alpha: &[u8],
    _proof: &LotteryProof,
) -> Result<LotteryOutput, BadProof> {
    Err(BadProof)
}

/// A secret lottery key. Wiped from memory when dropped, never printed.
#[derive(Clone, zeroize::ZeroizeOnDrop)]
pub struct LotterySecret {
    seed: [u8; 32],
}

impl core::fmt::Debug for LotterySecret {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("LotterySecret")
    }
}
