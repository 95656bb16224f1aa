//! With whose powers a call comes, as far as staking cares.
//!
//! The runtime has more origins (tracks of governance); it says which of them is which here.

use super::Error;
use serin_state::types::AccountId;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An account, which signed.
    Signed(AccountId),
    /// Root: the root track, and the root account of chains for learners.
    Root,
    /// The track of governance that may cancel slashes (Kusama: `StakingAdmin`).
    Admin,
    /// Any other track: it may nothing here.
    Other,
}

impl Origin {
    /// The account that signed.
    ///
    /// # Errors
    /// [`Error::BadOrigin`] for any other origin.
    pub const fn signed(self) -> Result<AccountId, Error> {
        match self {
            Self::Signed(account) => Ok(account),
            Self::Root | Self::Admin | Self::Other => Err(Error::BadOrigin),
        }
    }

    /// Nothing, for root.
    ///
    /// # Errors
    /// [`Error::BadOrigin`] for any other origin.
    pub const fn root(self) -> Result<(), Error> {
        match self {
            Self::Root => Ok(()),
            Self::Signed(_) | Self::Admin | Self::Other => Err(Error::BadOrigin),
        }
    }

    /// Nothing, for root and the track that decides about staking.
    ///
    /// # Errors
    /// [`Error::BadOrigin`] for any other origin.
    pub const fn admin(self) -> Result<(), Error> {
        match self {
            Self::Root | Self::Admin => Ok(()),
            Self::Signed(_) | Self::Other => Err(Error::BadOrigin),
        }
    }
}
