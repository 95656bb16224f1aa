//! What can be asked: an enum of enums, one a module, and its bytes.
//!
//! Variants are append-only and pinned by vectors: a call that was signed or stored keeps its meaning.
//! A call inside a call (as root, in a batch) is carried as bytes, so the type does not contain itself
//! and decoding never recurses; [`Call::weigh`] goes inside, at most [`NESTING_MAX`] levels deep.

use super::{Parameters, Protocol, weight};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serin_state::codec::{Wire, decode_bounded, encode};
use serin_state::types::{AccountId, Balance, Height, ProtocolVersion, SignedTransaction, Weight};

/// Longest encoding of a call: it has to fit into a transaction.
pub const CALL_BYTES_MAX: usize = SignedTransaction::BYTES_MAX;

/// How many levels of calls a call may have inside it.
pub const NESTING_MAX: usize = 4;

/// Most calls of one batch.
pub const BATCH_CALLS_MAX: usize = 256;

/// A request to the runtime.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Call {
    /// The chain itself.
    System(SystemCall),
    /// Money.
    Balances(BalancesCall),
    /// Votes, referenda, and what they decide about.
    Governance(serin_governance::Call),
    /// Stake: who validates for whom.
    Staking(serin_consensus::staking::Call),
}

/// Calls of the module `system`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum SystemCall {
    /// Does nothing; the bytes stay in the block.
    Remark {
        /// Anything.
        bytes: Vec<u8>,
    },
    /// As `Remark`, and reports the hash of the bytes as an event.
    RemarkWithEvent {
        /// Anything.
        bytes: Vec<u8>,
    },
    /// Runs an encoded call with the powers of root. For the specification's root account.
    AsRoot {
        /// The encoded call.
        call: Vec<u8>,
    },
    /// Runs encoded calls in order: all of them, or none where one fails.
    Batch {
        /// The encoded calls, at most [`BATCH_CALLS_MAX`].
        calls: Vec<Vec<u8>>,
    },
    /// Replaces the parameters from the next block on. For root.
    SetParameters {
        /// The new ones; their relations are checked.
        parameters: Box<Parameters>,
    },
    /// Schedules the next protocol version. For root.
    ScheduleUpgrade {
        /// The version after the present one.
        version: ProtocolVersion,
        /// The first block that follows it, at least two epochs of blocks away.
        height: Height,
    },
    /// Stops the upgrade that is pending. For root.
    StopUpgrade,
    /// Replaces the numbers of governance from the next block on. For root.
    SetGovernance {
        /// The new ones; their relations are checked.
        parameters: Box<serin_governance::Parameters>,
    },
    /// Replaces the numbers of staking from the next block on. For root.
    SetStaking {
        /// The new ones; their relations are checked.
        parameters: Box<serin_consensus::staking::Parameters>,
    },
}

/// Calls of the module `balances`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum BalancesCall {
    /// Sends tokens; the sender's account may end.
    Transfer {
        /// To whom.
        to: AccountId,
        /// How much.
        amount: Balance,
    },
    /// Sends tokens; fails where the sender's account would end.
    TransferKeepAlive {
        /// To whom.
        to: AccountId,
        /// How much.
        amount: Balance,
    },
    /// Sends all that can be spent.
    TransferAll {
        /// To whom.
        to: AccountId,
        /// Whether the sender's account must live on.
        keep_alive: bool,
    },
    /// Sends another's tokens. For root.
    ForceTransfer {
        /// From whom.
        from: AccountId,
        /// To whom.
        to: AccountId,
        /// How much.
        amount: Balance,
    },
    /// Makes tokens out of nothing. For root.
    Mint {
        /// To whom.
        to: AccountId,
        /// How much.
        amount: Balance,
    },
    /// Destroys tokens of the sender, whose account lives on. Since protocol version 2.
    Burn {
        /// How much.
        amount: Balance,
    },
}

/// Why bytes are not a call that may be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BadCall {
    /// Not an encoding of a call, or bytes are left after it.
    #[error("the bytes are not a call that this protocol version knows")]
    Malformed,
    /// More than [`NESTING_MAX`] levels inside.
    #[error("calls stand inside calls more than {NESTING_MAX} levels deep")]
    TooDeep,
    /// A batch of more than [`BATCH_CALLS_MAX`] calls.
    #[error("a batch holds at most {BATCH_CALLS_MAX} calls")]
    BatchTooLong,
}

impl Call {
    /// A plain transfer that may end the sender's account.
    #[must_use]
    pub const fn transfer(to: AccountId, amount: Balance) -> Self {
        Self::Balances(BalancesCall::Transfer { to, amount })
    }

    /// All of `calls` or none.
    #[must_use]
    pub fn batch(calls: &[Self]) -> Self {
        Self::System(SystemCall::Batch { calls: calls.iter().map(encode).collect() })
    }

    /// `call` with the powers of root.
    #[must_use]
    pub fn as_root(call: &Self) -> Self {
        Self::System(SystemCall::AsRoot { call: encode(call) })
    }

    /// The call that `bytes` encode under the rules of `protocol`. Calls inside it stay bytes.
    ///
    /// A call of a later version is refused as it is by nodes that do not know that version.
    ///
    /// # Errors
    /// [`BadCall::Malformed`].
    pub fn decode(bytes: &[u8], protocol: Protocol) -> Result<Self, BadCall> {
        let call: Self = decode_bounded(bytes, CALL_BYTES_MAX).map_err(|_| BadCall::Malformed)?;
        if call.since() <= protocol { Ok(call) } else { Err(BadCall::Malformed) }
    }

    /// What it costs to run the call with everything inside it, under the rules of `protocol`.
    ///
    /// # Errors
    /// [`BadCall`], for any call inside as well.
    pub fn weigh(&self, protocol: Protocol) -> Result<Weight, BadCall> {
        weigh(self, protocol, NESTING_MAX)
    }

    /// Module and name, as `balances.transfer`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::System(call) => call.name(),
            Self::Balances(call) => call.name(),
            Self::Governance(call) => call.name(),
            Self::Staking(call) => call.name(),
        }
    }

    /// What encoded bytes ask for by the newest rules, in words, for people.
    #[must_use]
    pub fn describe(bytes: &[u8]) -> String {
        Self::decode(bytes, Protocol::NEWEST)
            .map_or_else(|error| error.to_string(), |call| call.to_string())
    }
}

/// Recursion ends after [`NESTING_MAX`] levels; the calls of all levels share the bytes of one.
fn weigh(call: &Call, protocol: Protocol, levels_left: usize) -> Result<Weight, BadCall> {
    let own = weight::own(call);
    let inside: &[Vec<u8>] = match call {
        Call::System(SystemCall::AsRoot { call }) => core::slice::from_ref(call),
        Call::System(SystemCall::Batch { calls }) if calls.len() > BATCH_CALLS_MAX => {
            return Err(BadCall::BatchTooLong);
        }
        Call::System(SystemCall::Batch { calls }) => calls,
        Call::System(
            SystemCall::Remark { .. }
            | SystemCall::RemarkWithEvent { .. }
            | SystemCall::SetParameters { .. }
            | SystemCall::SetGovernance { .. }
            | SystemCall::SetStaking { .. }
            | SystemCall::ScheduleUpgrade { .. }
            | SystemCall::StopUpgrade,
        )
        | Call::Balances(_)
        | Call::Governance(_)
        | Call::Staking(_) => return Ok(own),
    };
    let levels_left = levels_left.checked_sub(1).ok_or(BadCall::TooDeep)?;
    inside.iter().try_fold(own, |sum, bytes| {
        let weight = weigh(&Call::decode(bytes, protocol)?, protocol, levels_left)?;
        Ok(sum.saturating_add(weight.0))
    })
}

impl SystemCall {
    const fn name(&self) -> &'static str {
        match self {
            Self::Remark { .. } => "system.remark",
            Self::RemarkWithEvent { .. } => "system.remark_with_event",
            Self::AsRoot { .. } => "system.as_root",
            Self::Batch { .. } => "system.batch",
            Self::SetParameters { .. } => "system.set_parameters",
            Self::SetGovernance { .. } => "system.set_governance",
            Self::SetStaking { .. } => "system.set_staking",
            Self::ScheduleUpgrade { .. } => "system.schedule_upgrade",
            Self::StopUpgrade => "system.stop_upgrade",
        }
    }
}

impl BalancesCall {
    const fn name(&self) -> &'static str {
        match self {
            Self::Transfer { .. } => "balances.transfer",
            Self::TransferKeepAlive { .. } => "balances.transfer_keep_alive",
            Self::TransferAll { .. } => "balances.transfer_all",
            Self::ForceTransfer { .. } => "balances.force_transfer",
            Self::Mint { .. } => "balances.mint",
            Self::Burn { .. } => "balances.burn",
        }
    }
}

/// In words, one line.
impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::System(SystemCall::Remark { bytes } | SystemCall::RemarkWithEvent { bytes }) => {
                write!(formatter, "{name} of {} bytes", bytes.len())
            }
            Self::System(SystemCall::AsRoot { call }) => {
                // One level only: deeper ones may be of any depth here.
                let inner = Self::decode(call, Protocol::NEWEST);
                write!(formatter, "{name} {}", inner.map_or("of no known call", |call| call.name()))
            }
            Self::System(SystemCall::Batch { calls }) => {
                write!(formatter, "{name} of {} calls", calls.len())
            }
            Self::System(SystemCall::ScheduleUpgrade { version, height }) => {
                write!(formatter, "{name} to version {version} from block {height} on")
            }
            Self::System(
                SystemCall::SetParameters { .. }
                | SystemCall::SetGovernance { .. }
                | SystemCall::SetStaking { .. }
                | SystemCall::StopUpgrade,
            )
            | Self::Governance(_)
            | Self::Staking(_) => formatter.write_str(name),
            Self::Balances(call) => call.fmt(formatter),
        }
    }
}

impl fmt::Display for BalancesCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::Transfer { to, amount }
            | Self::TransferKeepAlive { to, amount }
            | Self::Mint { to, amount } => write!(formatter, "{name} {amount} to {to}"),
            Self::Burn { amount } => write!(formatter, "{name} {amount}"),
            Self::TransferAll { to, keep_alive: true } => {
                write!(formatter, "{name} to {to}, keeping the account")
            }
            Self::TransferAll { to, keep_alive: false } => write!(formatter, "{name} to {to}"),
            Self::ForceTransfer { from, to, amount } => {
                write!(formatter, "{name} {amount} from {from} to {to}")
            }
        }
    }
}
