//! The turn of sessions and eras: what the first block of an epoch does for staking.
//!
//! ```text
//! session   s         ...        s + k - 1              s + k
//!           era E begins         election for E + 1     era E + 1 begins, E is paid
//! ```
//! With k = `sessions_per_era`. The session after an election is that of the elected set; where nobody could be elected the era goes on, and the
//! next session's first block tries again: so an era ends only where a set was announced.
//!
//! # Invariants
//! 1. The active era never falls; the rows of era E + 1 are there exactly from its election on.
//! 2. Seats and weights of an era never change. Keys of a seat are those in force in each session.
//!
//! # Bounds
//! The election: `candidates_max` and `nominators_max`, whatever the rosters hold. Each session: one lookup of keys a seat.

use super::exposure::{self, Backing};
use super::{EraEvent, Seat, active_era, curve, era_info, seats};
use crate::leader::{Member, Validators};
use crate::staking::election::{self, Voter};
use crate::staking::ledger;
use crate::staking::{Context, Perbill};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance, Era, VoteWeight};
use std::collections::BTreeMap;

/// A block that begins a session.
#[derive(Clone, Copy, Debug)]
pub struct SessionTurn<'a> {
    /// How long a slot is, in milliseconds.
    pub slot_ms: u64,
    /// The validators that were announced for the session.
    pub announced: &'a Validators,
}

/// What staking says about the session after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turned {
    /// Its validators; `None`: the announced ones stay.
    pub successor: Option<Validators>,
    /// Whether an election was held: the block takes no transactions of users.
    pub elected: bool,
}

/// Begins session `context.now.session`: ends and begins eras, elects, and says who serves in the session after.
pub fn begin_session<R: StateRead>(
    context: &mut Context<'_, R>,
    turn: SessionTurn<'_>,
) -> Turned {
    begin_era(context, turn.slot_ms);
    let era = active_era(context.state);
    let Some(info) = era_info(context.state, era) else {
        return Turned { successor: None, elected: false };
    };
    let next = context.now.session.saturating_add(1);
    let length = u64::from(context.parameters.eras.sessions_per_era);
    let is_last = next >= info.session.saturating_add(length);
    if is_last && let Some(validators) = elect(context, era.saturating_add(1), turn.announced) {
        return Turned { successor: Some(validators), elected: true };
    }
    let seats = seats(context.state, era);
    let members = members(context, &seats, turn.announced);
    Turned { successor: Validators::new(members).ok(), elected: is_last }
}

/// Writes era 0 for the validators of genesis, in their order.
pub fn found<R: StateRead>(context: &mut Context<'_, R>, validators: &Validators) {
    let accounts: Vec<AccountId> = validators.members().iter().map(|one| one.account).collect();
    let candidates = ledger::candidates(context.state);
    let seats = accounts.len();
    let mut backings = supports(context, candidates, seats);
    let set: Vec<(Seat, Backing)> = validators
        .members()
        .iter()
        .map(|member| {
            let backing = backings.remove(&member.account).unwrap_or(Backing {
                account: member.account,
                commission: Perbill::ZERO,
                own: Balance::ZERO,
                nominators: Vec::new(),
            });
            (Seat { account: member.account, weight: member.weight }, backing)
        })
        .collect();
    exposure::write(context, Era::ZERO, 0, &set);
    context.write(Item::ActiveEra, &Era::ZERO);
}

/// Where a set was elected in the last session: ends the era and begins the next.
fn begin_era<R: StateRead>(context: &mut Context<'_, R>, slot_ms: u64) {
    let ended = active_era(context.state);
    let era = ended.saturating_add(1);
    let Some(mut info) = era_info(context.state, era) else { return };
    assert_eq!(info.session, context.now.session, "invariant(era): it begins with the session after its election");
    end_era(context, ended, slot_ms);
    info.start = context.now.slot;
    context.write(Item::EraInfo(era), &info);
    context.write(Item::ActiveEra, &era);
    context.now.era = era;
    context.event(EraEvent::Began { era });
}

/// Sets what an era pays; the treasury has its share at once.
fn end_era<R: StateRead>(context: &mut Context<'_, R>, era: Era, slot_ms: u64) {
    let Some(mut info) = era_info(context.state, era) else { return };
    let elapsed = context.now.slot.since(info.start).saturating_mul(slot_ms);
    let issuance = context.accounts().issuance();
    let pay = curve::era_pay(&context.parameters.eras, info.stake, issuance, elapsed);
    info.pay = Some(pay.stakers);
    context.write(Item::EraInfo(era), &info);
    // A treasury that would not live with its share gets none.
    let minted = context.accounts().mint(Context::<R>::treasury(), pay.treasury).is_ok();
    let treasury = if minted { pay.treasury } else { Balance::ZERO };
    context.event(EraEvent::Ended { era, stakers: pay.stakers, treasury });
}

/// Elects the set of `era`: its validators with their keys, or `None` where nobody can be.
fn elect<R: StateRead>(
    context: &mut Context<'_, R>,
    era: Era,
    announced: &Validators,
) -> Option<Validators> {
    let next = context.now.session.saturating_add(1);
    let mut candidates = ledger::candidates(context.state);
    // Somebody without keys could not serve.
    candidates.retain(|(account, ..)| keys_of(context, *account, next).is_some());
    let seats = usize::try_from(context.parameters.election.seats).unwrap_or(usize::MAX);
    let set = seated(context, supports(context, candidates, seats));
    let only_seats: Vec<Seat> = set.iter().map(|(seat, _)| *seat).collect();
    let members = members(context, &only_seats, announced);
    let Ok(validators) = Validators::new(members) else {
        context.event(EraEvent::NotElected { era });
        return None;
    };
    let stake = exposure::write(context, era, next, &set);
    let validators_count = u32::try_from(set.len()).unwrap_or(u32::MAX);
    context.event(EraEvent::Elected { era, validators: validators_count, stake });
    Some(validators)
}
