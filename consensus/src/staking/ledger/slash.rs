//! Taking from a bond as a punishment: from what was exposed first, and in proportion.
//!
//! As pallet-staking 50: where chunks were still active in the era of the offence, the active part and these chunks
//! lose the same share, rounded up; where none was, the active part pays first. What is missing then comes from the
//! other chunks, the newest first. A rest below the existential deposit goes with it.

use super::bonding::store;
use super::{Bond, Chunk, LedgerEvent, bond_of};
use crate::staking::Context;
use crate::staking::perbill::mul_div;
use crate::staking::reasons::BONDED;
use serin_state::balances::Credit;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance, Era};

/// Takes up to `amount` from the bond of `who`, for an offence in `era`. The credit is what was there to take, and a
/// little more where rests go with it; to be booked.
pub fn slash<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    amount: Balance,
    era: Era,
) -> Credit {
    let Some(mut bond) = bond_of(context.state, who) else { return Credit::zero() };
    let first = era.saturating_add(context.parameters.bonding.bonding_eras);
    let taken = bond.take(amount, first, context.existential_deposit);
    if taken.is_zero() {
        return Credit::zero();
    }
    let credit = context.accounts().slash(who, BONDED, taken);
    assert!(credit.amount() >= taken, "invariant(bond): what the row counts is held");
    store(context, who, &bond);
    context.event(LedgerEvent::Slashed { account: who, amount: taken });
    credit
}

/// `amount * part / whole` rounded up, where `part` is at most `whole`.
fn portion_up(amount: Balance, part: Balance, whole: Balance) -> Balance {
    let quotient = mul_div(amount.0, part.0, whole.0);
    // The rest is below `whole`, so it survives arithmetic modulo 2^128.
    let rest = amount.0.wrapping_mul(part.0).wrapping_sub(quotient.wrapping_mul(whole.0));
    Balance(quotient.saturating_add(u128::from(rest != 0)))
}

impl Bond {
    /// Takes `amount`, of which chunks from era `first` on bear their part; how much it was.
    pub(super) fn take(&mut self, amount: Balance, first: Era, least: Balance) -> Balance {
        let before = self.total;
        let split = self.unlocking.iter().take_while(|chunk| chunk.era < first).count();
        let exposed = self.unlocking.iter().skip(split);
        let whole = exposed.fold(self.active, |sum, chunk| sum.saturating_add(chunk.amount));
        let is_shared = split < self.unlocking.len();
        let mut left = amount;
        let mut take = |part: &mut Balance| {
            if left.is_zero() {
                return Balance::ZERO;
            }
            let due = if is_shared { portion_up(*part, amount, whole) } else { left };
            let rest = part.saturating_sub(due.min(left));
            let rest = if rest < least { Balance::ZERO } else { rest };
            let taken = part.saturating_sub(rest);
            *part = rest;
            left = left.saturating_sub(taken);
            taken
        };
        let mut sum = take(&mut self.active);
        let (older, exposed) = self.unlocking.split_at_mut(split);
        // Exposed chunks first, the oldest of them first; then the others, the newest first.
        let chunks: Vec<&mut Chunk> = if is_shared {
            exposed.iter_mut().chain(older.iter_mut().rev()).collect()
        } else {
            older.iter_mut().rev().collect()
        };
        for chunk in chunks {
            sum = sum.saturating_add(take(&mut chunk.amount));
        }
        self.unlocking.retain(|chunk| !chunk.amount.is_zero());
        self.total = before.saturating_sub(sum);
        sum
    }
}
