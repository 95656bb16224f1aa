//! Validators that were not there: found at the end of an era by the blocks that they did not make, and chilled by parameter.
//!
//! # The rule
//! A validator was offline in an era where it made no block, was not kept from it (disabled), and should have made at least
//! `offline_blocks` by its weight: so many of the era's blocks are its part. Where slots go by lottery a validator that is there
//! makes none of an expected ten in one of 22,000 eras (e^-10). Where an era has fewer blocks a seat nothing is said: Kusama's 3,600
//! slots among 1,000 validators are too few to tell.
//!
//! With `chill_offline` they are candidates no more, from the next election on; they lose nothing. Where they are more than may be
//! disabled, [`disabled_max`], nobody is chilled: so many are not gone by themselves, and the chain needs them when it heals.
//!
//! # Sources
//! pallet-im-online asked for a block or a heartbeat a session, and its offence chilled (pallet-staking's disabling with
//! slashing spans); Kusama's relay chain has it no more, and points are what is left to see it by. A judgement by blocks alone needs
//! no transaction of heartbeats, and a whole era makes it safe.
//!
//! # Bounds
//! One read a seat, in the first block of an era.

use super::{OffenceEvent, disabled, disabled_max};
use crate::staking::{Context, era, ledger};
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Era};

/// Who was offline in `era` so far, in the order of the seats. Nobody in an era whose rows are not there.
#[must_use]
pub fn offline<R: StateRead>(context: &Context<'_, R>, era: Era) -> Vec<AccountId> {
    let least = u128::from(context.parameters.offences.offline_blocks);
    let each = u64::from(context.parameters.eras.points_per_block);
    let Some(info) = era::era_info(context.state, era) else { return Vec::new() };
    let Some(blocks) = info.points.checked_div(each).filter(|_| least > 0) else {
        return Vec::new();
    };
    let seats = era::seats(context.state, era);
    let all = seats.iter().fold(0_u128, |sum, seat| sum.saturating_add(seat.weight.0.into()));
    let kept_out = disabled(context.state, era);
    let should = |seat: &&era::Seat| {
        let part = u128::from(blocks).saturating_mul(seat.weight.0.into());
        part >= least.saturating_mul(all) && !kept_out.contains(&seat.account)
    };
    let made_none = |account: &AccountId| {
        era::exposure(context.state, era, *account).is_some_and(|one| one.points == 0)
    };
    seats.iter().filter(should).map(|seat| seat.account).filter(made_none).collect()
}

/// Names whoever was offline in an era that ends, and chills them where the parameters say so.
pub fn on_era_end<R: StateRead>(context: &mut Context<'_, R>, era: Era) {
    let offline = offline(context, era);
    let seats = u32::try_from(era::seats(context.state, era).len()).unwrap_or(u32::MAX);
    let count = u32::try_from(offline.len()).unwrap_or(u32::MAX);
    let chills = context.parameters.offences.chill_offline && count <= disabled_max(seats);
    for account in offline {
        let chilled = chills && ledger::put_out(context, account);
        context.event(OffenceEvent::Offline { era, account, chilled });
    }
}
