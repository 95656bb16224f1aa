//! What calls cost to execute: fixed constants in code, in picoseconds of a reference core.
//!
//! They are rounded up from measurements of this code on one core with a warm store, and hold the
//! share of a call in recomputing the state root. They are part of the protocol: changing one is a
//! change of version.

use super::{BalancesCall, Call, SystemCall};
use serin_state::types::Weight;

const MICROSECOND: u64 = 1_000_000;

/// Of every transaction: signature, decoding, nonce, fee.
pub const TRANSACTION: Weight = Weight(60 * MICROSECOND);

/// Reading and writing two accounts, and their part of the root.
const TWO_ACCOUNTS: u64 = 40 * MICROSECOND;
/// Reading and writing one.
const ONE_ACCOUNT: u64 = 20 * MICROSECOND;
/// Decoding a call and going inside.
const CALL: u64 = 2 * MICROSECOND;
/// Hashing one byte of a remark: a nanosecond and a half, with its way through the network.
const REMARK_BYTE: u64 = 10_000;
/// Checking and writing the parameters.
const PARAMETERS: u64 = 30 * MICROSECOND;
/// Reading the version and writing the upgrade.
const UPGRADE: u64 = 20 * MICROSECOND;

/// The weight of `call` without calls inside it.
#[must_use]
pub fn own(call: &Call) -> Weight {
    Weight(match call {
        Call::System(SystemCall::Remark { bytes } | SystemCall::RemarkWithEvent { bytes }) => {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            CALL.saturating_add(length.saturating_mul(REMARK_BYTE))
        }
        Call::System(SystemCall::AsRoot { .. } | SystemCall::Batch { .. }) => CALL,
        Call::System(
            SystemCall::SetParameters { .. }
            | SystemCall::SetGovernance { .. }
            | SystemCall::SetStaking { .. },
        ) => PARAMETERS,
        Call::Staking(call) => serin_consensus::staking::weigh(call).0,
        Call::Governance(call) => serin_governance::weigh(call).0,
        Call::System(SystemCall::ScheduleUpgrade { .. } | SystemCall::StopUpgrade) => UPGRADE,
        Call::Balances(
            BalancesCall::Transfer { .. }
            | BalancesCall::TransferKeepAlive { .. }
            | BalancesCall::TransferAll { .. }
            | BalancesCall::ForceTransfer { .. },
        ) => TWO_ACCOUNTS,
        Call::Balances(BalancesCall::Mint { .. } | BalancesCall::Burn { .. }) => ONE_ACCOUNT,
    })
}
