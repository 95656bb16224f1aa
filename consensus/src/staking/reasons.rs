//! Why staking holds an amount: one table, so that no two modules take the same number.
//!
//! The numbers are stored in accounts and committed to by blocks: they are append-only. Staking has
//! 64 to 79; see [`serin_state::types::Reason`].

use serin_state::types::Reason;

/// Held: what an account has bonded, active and unbonding.
pub const BONDED: Reason = Reason(64);
