//! Who may ask for what: from a call and an origin to the function that does it.
//!
//! Every call of voting is for a signed origin; a referendum has no tokens to vote with.

use super::cast::{self, Scope};
use super::surface::REASON_BYTES_MAX;
use super::{Delegation, Polls, VotingCall, VotingError, delegation};
use crate::{Context, Error, Origin};
use serin_state::overlay::StateRead;

/// Runs a call. The runtime has `Referenda` conduct the polls: `apply::<Referenda, _>`.
///
/// # Errors
/// [`Error::BadOrigin`] for any origin but a signed one, else as the call says. Nothing has changed then.
pub fn apply<P: Polls, R: StateRead>(
    ctx: &mut Context<'_, R>,
    origin: Origin,
    call: VotingCall,
) -> Result<(), Error> {
    let Origin::Signed(who) = origin else { return Err(Error::BadOrigin) };
    match call {
        VotingCall::Vote { index, vote, reason } => {
            // The reason is kept where it stands, in the block; nothing of it enters the state.
            if reason.is_some_and(|reason| reason.len() > REASON_BYTES_MAX) {
                return Err(VotingError::ReasonTooLong.into());
            }
            cast::vote::<P, R>(ctx, who, index, vote)
        }
        VotingCall::RemoveVote { track, index } => {
            cast::remove::<P, R>(ctx, who, (track, index), Scope::Any)
        }
        VotingCall::RemoveOtherVote { target, track, index } => {
            let scope = if target == who { Scope::Any } else { Scope::Expired };
            cast::remove::<P, R>(ctx, target, (Some(track), index), scope)
        }
        VotingCall::Unlock { track, target } => cast::unlock(ctx, target, track),
        VotingCall::Delegate { track, to, conviction, balance } => {
            let delegation = Delegation::new(to, conviction, balance);
            delegation::delegate::<P, R>(ctx, who, track, delegation)
        }
        VotingCall::Undelegate { track } => delegation::undelegate::<P, R>(ctx, who, track),
        VotingCall::DelegateAll { to, conviction, balance } => {
            delegation::delegate_all::<P, R>(ctx, who, Delegation::new(to, conviction, balance))
        }
        VotingCall::UndelegateAll => delegation::undelegate_all::<P, R>(ctx, who),
    }
}
