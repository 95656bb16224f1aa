//! Protocol versions: which rules hold, and since when a call exists.
//!
//! The state names the version of the next block, a vote changes it ([`super::Upgrade`]), and a release
//! knows all versions since genesis. A rule that differs between versions is one `match` on [`Protocol`] at
//! the rule, without a catch-all, so that a new version asks every rule what becomes of it.
//!
//! | version | what is new |
//! |---|---|
//! | 1 | everything that genesis starts with |
//! | 2 | tips are shared between author and treasury as fees are; the call `balances.burn` |

use super::{BalancesCall, Call};
use serin_state::types::ProtocolVersion;

/// The rules of a version that this code knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// The rules of genesis.
    V1,
    /// The first upgrade.
    V2,
}

impl Protocol {
    /// All versions, oldest first.
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];
    /// The newest of them.
    pub const NEWEST: Self = Self::V2;

    /// The number that headers and signatures name.
    #[must_use]
    pub const fn version(self) -> ProtocolVersion {
        match self {
            Self::V1 => ProtocolVersion(1),
            Self::V2 => ProtocolVersion(2),
        }
    }

    /// The rules of `version`; `None` where this code is too old for it.
    #[must_use]
    pub fn of(version: ProtocolVersion) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.version() == version)
    }
}

impl Call {
    /// The version that the call came with. Before it the bytes of the call are no call.
    #[must_use]
    pub const fn since(&self) -> Protocol {
        match self {
            Self::Balances(BalancesCall::Burn { .. }) => Protocol::V2,
            Self::System(_) | Self::Balances(_) | Self::Governance(_) | Self::Staking(_) => {
                Protocol::V1
            }
        }
    }
}
