//! The calls of the module over its storage: a status and the bytes, each under the hash.
//!
//! Every call checks everything before it writes anything.

use super::status::Changed;
use super::{PreimageCall, PreimageError, PreimageEvent, Status};
use crate::deposits::Deposit;
use crate::reasons::PREIMAGE_DEPOSIT;
use crate::{Context, Error, Origin};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Hash};

/// Runs a call.
///
/// # Errors
/// [`Error::BadOrigin`], [`Error::TooLittle`] and those of [`PreimageError`].
pub fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: PreimageCall,
) -> Result<(), Error> {
    match call {
        PreimageCall::Note { bytes } => note(context, signer(origin)?, &bytes),
        PreimageCall::Unnote { hash } => unnote(context, signer(origin)?, hash),
        PreimageCall::Request { hash } => {
            root(origin)?;
            request(context, hash);
            Ok(())
        }
        PreimageCall::Unrequest { hash } => {
            root(origin)?;
            unrequest(context, hash)
        }
    }
}

/// How many bytes are kept under a hash; `None` where there are none.
#[must_use]
pub fn len<R: StateRead>(context: &Context<'_, R>, hash: Hash) -> Option<u32> {
    status(context, hash).and_then(|status| status.bytes_kept())
}

/// The bytes kept under a hash.
#[must_use]
pub fn bytes<R: StateRead>(context: &Context<'_, R>, hash: Hash) -> Option<Vec<u8>> {
    context.read(Item::Preimage(hash))
}

/// Asks for bytes, so that nobody takes them away.
pub fn request<R: StateRead>(context: &mut Context<'_, R>, hash: Hash) {
    let before = status(context, hash);
    let is_first = !matches!(before, Some(Status::Requested { .. }));
    context.write(Item::PreimageStatus(hash), &Status::requested(before));
    if is_first {
        context.event(PreimageEvent::Requested { hash });
    }
}

/// Takes one request back; bytes behind which no deposit stands go with the last one.
///
/// # Errors
/// [`PreimageError::NotRequested`].
pub fn unrequest<R: StateRead>(context: &mut Context<'_, R>, hash: Hash) -> Result<(), Error> {
    let status = status(context, hash).ok_or(PreimageError::NotRequested)?;
    change(context, hash, status.unrequested()?);
    Ok(())
}

fn note<R: StateRead>(
    context: &mut Context<'_, R>,
    by: Option<AccountId>,
    bytes: &[u8],
) -> Result<(), Error> {
    let parameters = &context.parameters.preimages;
    let len = u32::try_from(bytes.len()).map_err(|_| PreimageError::TooBig)?;
    if len > parameters.bytes_max {
        return Err(PreimageError::TooBig.into());
    }
    let per_byte = parameters.deposit_byte.saturating_mul(u128::from(len));
    let amount = parameters.deposit_base.saturating_add(per_byte);
    let hash = Hash::of(bytes);
    let before = status(context, hash);
    let is_deposit_due = Status::check_note(before.as_ref(), by.is_none())?;
    let deposit = match by {
        Some(who) if is_deposit_due => Some(Deposit::take(context, who, amount, PREIMAGE_DEPOSIT)?),
        Some(_) | None => None,
    };
    context.write(Item::PreimageStatus(hash), &Status::noted(before, deposit, len));
    context.write(Item::Preimage(hash), &bytes.to_vec());
    context.event(PreimageEvent::Noted { hash });
    Ok(())
}

fn unnote<R: StateRead>(
    context: &mut Context<'_, R>,
    by: Option<AccountId>,
    hash: Hash,
) -> Result<(), Error> {
    let status = status(context, hash).ok_or(PreimageError::NotNoted)?;
    change(context, hash, status.unnoted(by)?);
    Ok(())
}

fn change<R: StateRead>(context: &mut Context<'_, R>, hash: Hash, changed: Changed) {
    if let Some(deposit) = changed.refund {
        deposit.refund(context, PREIMAGE_DEPOSIT);
    }
    match changed.status {
        Some(status) => context.write(Item::PreimageStatus(hash), &status),
        None => context.delete(Item::PreimageStatus(hash)),
    }
    if changed.clears {
        context.delete(Item::Preimage(hash));
        context.event(PreimageEvent::Cleared { hash });
    }
}

fn status<R: StateRead>(context: &Context<'_, R>, hash: Hash) -> Option<Status> {
    context.read(Item::PreimageStatus(hash))
}

/// Who signed; `None` for root.
const fn signer(origin: Origin) -> Result<Option<AccountId>, Error> {
    match origin {
        Origin::Signed(who) => Ok(Some(who)),
        Origin::Root => Ok(None),
        Origin::Track(_) => Err(Error::BadOrigin),
    }
}

const fn root(origin: Origin) -> Result<(), Error> {
    match origin {
        Origin::Root => Ok(()),
        Origin::Signed(_) | Origin::Track(_) => Err(Error::BadOrigin),
    }
}
