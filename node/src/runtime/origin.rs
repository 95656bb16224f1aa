//! With whose powers a call runs.
//!
//! A signed transaction brings its sender; genesis, tests and the specification's root account bring
//! root. Referenda will bring the powers of their tracks.

use super::DispatchError;
use serin_state::types::AccountId;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The sender of a transaction.
    Signed(AccountId),
    /// Everything is allowed.
    Root,
}

impl Origin {
    /// The account that signed.
    ///
    /// # Errors
    /// [`DispatchError::BadOrigin`] for any other origin.
    pub const fn check_signed(self) -> Result<AccountId, DispatchError> {
        match self {
            Self::Signed(account) => Ok(account),
            Self::Root => Err(DispatchError::BadOrigin),
        }
    }

    /// Nothing, for root.
    ///
    /// # Errors
    /// [`DispatchError::BadOrigin`] for any other origin.
    pub const fn check_root(self) -> Result<(), DispatchError> {
        match self {
            Self::Root => Ok(()),
            Self::Signed(_) => Err(DispatchError::BadOrigin),
        }
    }
}
