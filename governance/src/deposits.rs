//! Deposits: who paid how much, held until it goes back or to the treasury.
//!
//! The amount is held in the account of the one who paid. Nothing here decides whether a deposit is due,
//! returned or lost; that is the module's whose deposit it is.

use crate::{Context, Error};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance, Reason};

/// What somebody paid and may get back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Deposit {
    /// Who paid.
    pub who: AccountId,
    /// How much, in units.
    pub amount: Balance,
}

impl Deposit {
    /// Holds `amount` of what `who` has free. Frozen tokens may be held, the existential deposit may not.
    ///
    /// # Errors
    /// [`Error::TooLittle`], and [`Error::Ledger`] where the account has no room for another reason.
    pub fn take<R: StateRead>(
        context: &mut Context<'_, R>,
        who: AccountId,
        amount: Balance,
        reason: Reason,
    ) -> Result<Self, Error> {
        if !amount.is_zero() {
            context.ledger().hold(who, reason, amount)?;
        }
        Ok(Self { who, amount })
    }

    /// Frees it again. What is no longer there, because a slash took it, is not given.
    pub fn refund<R: StateRead>(self, context: &mut Context<'_, R>, reason: Reason) {
        let held = context.ledger().account(self.who).held_for(reason);
        let released = context.ledger().release(self.who, reason, self.amount.min(held));
        if let Ok(dust) = released {
            context.take_dust(dust);
        }
    }

    /// Takes it for the treasury. What the treasury cannot take is left to whoever books the dust.
    pub fn slash<R: StateRead>(self, context: &mut Context<'_, R>, reason: Reason) {
        let credit = context.ledger().slash(self.who, reason, self.amount);
        let treasury = Context::<R>::treasury();
        if let Err(refused) = context.ledger().deposit(treasury, credit) {
            context.take_dust(refused.credit);
        }
    }
}
