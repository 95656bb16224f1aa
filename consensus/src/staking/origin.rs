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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_origin_has_the_powers_of_its_name_alone() {
        let account = AccountId([1; 32]);
        let refused = || Err(Error::BadOrigin);
        #[rustfmt::skip]
        let cases = [
            (Origin::Signed(account), Ok(account), refused(), refused(), "an account acts for itself"),
            (Origin::Root,            Err(Error::BadOrigin), Ok(()), Ok(()), "root has no account"),
            (Origin::Admin,           Err(Error::BadOrigin), refused(), Ok(()), "it cancels slashes only"),
            (Origin::Other,           Err(Error::BadOrigin), refused(), refused(), "nothing"),
        ];
        for (origin, signed, root, admin, why) in cases {
            assert_eq!(
                (origin.signed(), origin.root(), origin.admin()),
                (signed, root, admin),
                "{why}"
            );
        }
    }
}
