//! Why governance holds or freezes an amount: one table, so that no two modules take the same number.
//!
//! The numbers are stored in accounts and committed to by blocks: they are append-only. Governance has
//! 16 to 63; see [`serin_state::types::Reason`].

use serin_state::types::Reason;

/// Frozen: what votes and delegations lock.
pub const VOTES: Reason = Reason(16);
/// Held: the submission and decision deposits of referenda.
pub const REFERENDUM_DEPOSIT: Reason = Reason(33);
/// Held: what it costs to keep bytes under their hash.
pub const PREIMAGE_DEPOSIT: Reason = Reason(34);
/// Held: what proposing a bounty costs until it is approved.
pub const BOUNTY_DEPOSIT: Reason = Reason(35);
/// Held: what the curator of a bounty stands for it with.
pub const CURATOR_DEPOSIT: Reason = Reason(36);
