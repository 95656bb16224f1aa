//! What happened: an enum of enums, one a module.
//!
//! Events stand in the outcome of their transaction, or in the block's own list, and are committed to
//! by the outcome root. Variants are append-only and pinned by vectors.

use super::DispatchError;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serin_state::types::{AccountId, Balance, Epoch, Hash, Height, ProtocolVersion};

/// Something that happened while a block was executed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Event {
    /// To the chain itself.
    System(SystemEvent),
    /// To money.
    Balances(BalancesEvent),
    /// To votes, referenda, and what they decided.
    Governance(serin_governance::Event),
    /// To stake.
    Staking(serin_consensus::staking::Event),
}

/// Events of the module `system`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum SystemEvent {
    /// Somebody remarked something.
    Remarked {
        /// Who; nobody where root did.
        sender: Option<AccountId>,
        /// Plain BLAKE2b-256 of the bytes.
        hash: Hash,
    },
    /// A call of a batch failed, and the whole transaction with it.
    BatchFailed {
        /// Position in the batch, from zero; of batches inside batches, the outermost first.
        path: Vec<u32>,
    },
    /// The parameters are others from the next block on.
    ParametersSet,
    /// The root account used its powers.
    RootUsed,
    /// Block event: this block is the first of its epoch.
    EpochBegan {
        /// The epoch.
        epoch: Epoch,
        /// How many epochs with blocks there were before.
        session: u64,
    },
    /// Block event: a finality set begins after this block.
    SetAnnounced {
        /// How many voters it has.
        voters: u32,
    },
    /// An upgrade is pending.
    UpgradeScheduled {
        /// The version to come.
        version: ProtocolVersion,
        /// The first block that follows it.
        height: Height,
    },
    /// The upgrade that was pending will not be.
    UpgradeStopped {
        /// The version that was to come.
        version: ProtocolVersion,
        /// The block that was to follow it first.
        height: Height,
    },
    /// Block event: the next block follows another version.
    Upgraded {
        /// Which.
        version: ProtocolVersion,
    },
    /// Block event: a call that was due failed and has done nothing.
    DueCallFailed {
        /// Why.
        error: DispatchError,
    },
}

/// Events of the module `balances`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum BalancesEvent {
    /// Tokens changed hands.
    Transferred {
        /// From whom.
        from: AccountId,
        /// To whom.
        to: AccountId,
        /// How much.
        amount: Balance,
    },
    /// Tokens were made.
    Minted {
        /// For whom.
        to: AccountId,
        /// How much.
        amount: Balance,
    },
    /// An account ended with less than the existential deposit in it, which goes to the treasury.
    DustTaken {
        /// Whose account.
        account: AccountId,
        /// What was left in it.
        amount: Balance,
    },
    /// Block event: the fees, tips and dust of the block were shared out.
    FeesShared {
        /// The account of the author.
        author: AccountId,
        /// What the author got.
        to_author: Balance,
        /// What the treasury got.
        to_treasury: Balance,
        /// What was burnt, because neither account exists nor would with it.
        burnt: Balance,
    },
    /// Somebody destroyed tokens.
    Burnt {
        /// Whose.
        from: AccountId,
        /// How much.
        amount: Balance,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(event) => event.fmt(formatter),
            Self::Balances(event) => event.fmt(formatter),
            Self::Governance(event) => event.fmt(formatter),
            Self::Staking(event) => event.fmt(formatter),
        }
    }
}

impl fmt::Display for SystemEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remarked { sender: Some(sender), hash } => {
                write!(formatter, "system.remarked {hash} by {sender}")
            }
            Self::Remarked { sender: None, hash } => {
                write!(formatter, "system.remarked {hash} by root")
            }
            Self::BatchFailed { path } => write!(formatter, "system.batch_failed at {path:?}"),
            Self::ParametersSet => formatter.write_str("system.parameters_set"),
            Self::RootUsed => formatter.write_str("system.root_used"),
            Self::EpochBegan { epoch, session } => {
                write!(formatter, "system.epoch_began {epoch}, session {session}")
            }
            Self::SetAnnounced { voters } => {
                write!(formatter, "system.set_announced of {voters} voters")
            }
            Self::DueCallFailed { error } => write!(formatter, "system.due_call_failed: {error}"),
            Self::UpgradeScheduled { version, height } => {
                write!(
                    formatter,
                    "system.upgrade_scheduled to version {version} from block {height} on"
                )
            }
            Self::UpgradeStopped { version, height } => {
                write!(
                    formatter,
                    "system.upgrade_stopped to version {version} from block {height} on"
                )
            }
            Self::Upgraded { version } => {
                write!(formatter, "system.upgraded to version {version} after this block")
            }
        }
    }
}

impl fmt::Display for BalancesEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transferred { from, to, amount } => {
                write!(formatter, "balances.transferred {amount} from {from} to {to}")
            }
            Self::Minted { to, amount } => write!(formatter, "balances.minted {amount} for {to}"),
            Self::DustTaken { account, amount } => {
                write!(formatter, "balances.dust_taken {amount} from {account}")
            }
            Self::Burnt { from, amount } => {
                write!(formatter, "balances.burnt {amount} of {from}")
            }
            Self::FeesShared { author, to_author, to_treasury, burnt } => write!(
                formatter,
                "balances.fees_shared {to_author} to {author}, {to_treasury} to the treasury, \
                 {burnt} burnt"
            ),
        }
    }
}
