//! What an origin may do here: the checks of the runtime's own modules.
//!
//! The origins themselves are governance's, since referenda make them: a sender, root, or the powers of a
//! track.

use super::DispatchError;
use serin_governance::Origin;
use serin_state::types::AccountId;

/// The account that signed.
///
/// # Errors
/// [`DispatchError::BadOrigin`] for any other origin.
pub(super) const fn check_signed(origin: Origin) -> Result<AccountId, DispatchError> {
    match origin {
        Origin::Signed(account) => Ok(account),
        Origin::Root | Origin::Track(_) => Err(DispatchError::BadOrigin),
    }
}

/// Nothing, for root: the specification's root account and the root track.
///
/// # Errors
/// [`DispatchError::BadOrigin`] for any other origin.
pub(super) const fn check_root(origin: Origin) -> Result<(), DispatchError> {
    match origin {
        Origin::Root => Ok(()),
        Origin::Signed(_) | Origin::Track(_) => Err(DispatchError::BadOrigin),
    }
}
