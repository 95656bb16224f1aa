//! Taking what offences cost: the queue of due slashes, worked off a page of an exposure a block.
//!
//! # Flow
//! ```text
//! report -> Slash row -> queue of its due era -> [cancelled by governance] -> page by page: validator, nominators
//! ```
//! Everybody in the offence era's exposure loses the same share of what it had there, unbonding stake included. Of
//! what is taken the reporter has its part and the treasury the rest.
//!
//! # Invariants
//! 1. A slash that has begun is finished with the share it began with; a rise meanwhile is queued anew.
//! 2. While a due slash is not finished nobody withdraws ([`is_due`]): what is owed comes first.
//! 3. What leaves bonded stake enters another account or is handed to the runtime as dust.
//!
//! # Bounds
//! One page of an exposure a block; `SKIP_MAX` empty eras a block.

use super::record::{Slash, slash_of};
use super::{Exposures, OffenceError, OffenceEvent};
use crate::staking::{Context, Perbill, ledger};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::balances::Credit;
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance, Era};

/// Eras without a due slash that are passed in a block at most.
const SKIP_MAX: u32 = 64;

/// A slash that waits: for which era, of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Waiting {
    era: Era,
    account: AccountId,
}

/// A slash under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Work {
    of: Waiting,
    /// From this share to that one.
    from: Perbill,
    to: Perbill,
    /// The page that comes next.
    page: u32,
    /// What was taken so far.
    amount: Balance,
}

/// Puts a slash into the queue of `due`.
pub(super) fn queue<R: StateRead>(
    context: &mut Context<'_, R>,
    due: Era,
    era: Era,
    account: AccountId,
) {
    let mut waiting: Vec<Waiting> = context.read(Item::SlashQueue(due)).unwrap_or_default();
    waiting.push(Waiting { era, account });
    context.write(Item::SlashQueue(due), &waiting);
}

fn write_queue<R: StateRead>(context: &mut Context<'_, R>, due: Era, waiting: &Vec<Waiting>) {
    if waiting.is_empty() {
        context.delete(Item::SlashQueue(due));
    } else {
        context.write(Item::SlashQueue(due), waiting);
    }
}

/// The slashes that wait for `due`: for which era, of whom.
#[must_use]
pub fn waiting<R: StateRead>(context: &Context<'_, R>, due: Era) -> Vec<(Era, AccountId)> {
    let waiting: Vec<Waiting> = context.read(Item::SlashQueue(due)).unwrap_or_default();
    waiting.into_iter().map(|one| (one.era, one.account)).collect()
}

/// Whether a slash is due and not finished. Then nothing is withdrawn.
///
/// Looks at the eras from the first that is not worked off to the present one: two at most while blocks are made. Where there
/// are more than `SKIP_MAX` the answer is yes until they are.
#[must_use]
pub fn is_due<R: StateRead>(context: &Context<'_, R>) -> bool {
    let under_way = context.read::<Work>(Item::SlashWork).is_some();
    let (first, now) = (next_due(context), context.now.era);
    under_way
        || first.saturating_add(SKIP_MAX) < now
        || (first.0..=now.0).any(|era| !waiting(context, Era(era)).is_empty())
}

/// The first era whose queue is not known to be empty for ever; never beyond the present one.
fn next_due<R: StateRead>(context: &Context<'_, R>) -> Era {
    context.read(Item::SlashesDone).unwrap_or_default()
}

/// Works off what is due: a page of one slash, or some empty eras.
pub(super) fn work<E: Exposures, R: StateRead>(context: &mut Context<'_, R>) {
    if let Some(work) = context.read::<Work>(Item::SlashWork) {
        take_page::<E, R>(context, work);
        return;
    }
    for _ in 0..SKIP_MAX {
        let due = next_due(context);
        let mut waiting: Vec<Waiting> = context.read(Item::SlashQueue(due)).unwrap_or_default();
        if waiting.is_empty() {
            // More may come for the present era, and no more for those before.
            if due == context.now.era {
                return;
            }
            context.write(Item::SlashesDone, &due.saturating_add(1));
            continue;
        }
        let of = waiting.remove(0);
        write_queue(context, due, &waiting);
        if let Some(slash) = slash_of(context, of.era, of.account) {
            begin::<E, R>(context, of, slash);
            return;
        }
    }
}

fn begin<E: Exposures, R: StateRead>(context: &mut Context<'_, R>, of: Waiting, mut slash: Slash) {
    let work = Work { of, from: slash.taken, to: slash.share, page: 0, amount: Balance::ZERO };
    slash.taken = slash.share;
    slash.due = None;
    context.write(Item::Slash(of.era, of.account), &slash);
    take_page::<E, R>(context, work);
}

/// Slashes the stakers of one page of the exposure.
fn take_page<E: Exposures, R: StateRead>(context: &mut Context<'_, R>, mut work: Work) {
    let Waiting { era: exposed, account } = work.of;
    let mut credit = Credit::zero();
    let stakers = E::page(context, exposed, account, work.page);
    for (staker, stake) in stakers.iter().flatten() {
        let owed = work.to.of(*stake).saturating_sub(work.from.of(*stake));
        credit.merge(ledger::slash(context, *staker, owed, exposed));
    }
    work.amount = work.amount.saturating_add(credit.amount());
    share_out(context, &work, credit);
    work.page = work.page.saturating_add(1);
    let is_last = stakers.is_none() || E::page(context, exposed, account, work.page).is_none();
    if is_last {
        context.delete(Item::SlashWork);
        let share = work.to;
        let event = OffenceEvent::Slashed { era: exposed, account, share, amount: work.amount };
        context.event(event);
    } else {
        context.write(Item::SlashWork, &work);
    }
}

/// The reporter's part to the reporter, the rest to the treasury.
fn share_out<R: StateRead>(context: &mut Context<'_, R>, work: &Work, mut credit: Credit) {
    let reporter = slash_of(context, work.of.era, work.of.account).map(|slash| slash.reporter);
    let part = context.parameters.offences.reporter_share.of_floor(credit.amount());
    let reward = credit.split(part);
    let paid = reward.amount();
    if let Some(reporter) = reporter.filter(|_| !paid.is_zero()) {
        match context.accounts().deposit(reporter, reward) {
            Ok(()) => context.event(OffenceEvent::ReporterPaid { reporter, amount: paid }),
            Err(refused) => credit.merge(refused.credit),
        }
    } else {
        credit.merge(reward);
    }
    if context.mutated(Mutation::ST08) {
        context.accounts().burn_credit(credit);
        return;
    }
    let treasury = Context::<R>::treasury();
    if let Err(refused) = context.accounts().deposit(treasury, credit) {
        context.take_dust(refused.credit);
    }
}

/// Cancels what is not taken yet of the slash of `account` for `era`. A later rise costs only what exceeds the share
/// that was cancelled.
///
/// # Errors
/// [`OffenceError::NothingToCancel`].
pub(super) fn cancel<R: StateRead>(
    context: &mut Context<'_, R>,
    era: Era,
    account: AccountId,
) -> Result<(), OffenceError> {
    let slash = slash_of(context, era, account);
    let Some((mut slash, due)) = slash.and_then(|slash| slash.due.map(|due| (slash, due))) else {
        return Err(OffenceError::NothingToCancel);
    };
    let mut waiting: Vec<Waiting> = context.read(Item::SlashQueue(due)).unwrap_or_default();
    waiting.retain(|one| *one != Waiting { era, account });
    write_queue(context, due, &waiting);
    slash.taken = slash.share;
    slash.due = None;
    if context.mutated(Mutation::ST17) {
        queue(context, due, era, account);
        slash.taken = Perbill::ZERO;
        slash.due = Some(due);
    }
    context.write(Item::Slash(era, account), &slash);
    context.event(OffenceEvent::SlashCancelled { era, account });
    Ok(())
}
