//! The module `balances`: transfers, and what root may do to money.
//!
//! The rules are the ledger's (`serin_state::balances`); here are origins, events and dust.

use super::dispatch::Dispatch;
use super::origin::{check_root, check_signed};
use super::{BalancesCall, BalancesEvent, DispatchError, Event};
use serin_governance::Origin;
use serin_state::balances::Survival;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance};

impl<R: StateRead> Dispatch<'_, R> {
    pub(super) fn balances(
        &mut self,
        origin: Origin,
        call: &BalancesCall,
    ) -> Result<(), DispatchError> {
        match *call {
            BalancesCall::Transfer { to, amount } => {
                let from = check_signed(origin)?;
                self.transfer((from, to), amount, Survival::AllowDeath)
            }
            BalancesCall::TransferKeepAlive { to, amount } => {
                let from = check_signed(origin)?;
                self.transfer((from, to), amount, Survival::KeepAlive)
            }
            BalancesCall::TransferAll { to, keep_alive } => {
                let from = check_signed(origin)?;
                let survival = if keep_alive { Survival::KeepAlive } else { Survival::AllowDeath };
                let amount = self.ledger().spendable(from, survival);
                self.transfer((from, to), amount, survival)
            }
            BalancesCall::ForceTransfer { from, to, amount } => {
                check_root(origin)?;
                self.transfer((from, to), amount, Survival::AllowDeath)
            }
            BalancesCall::Mint { to, amount } => {
                check_root(origin)?;
                self.ledger().mint(to, amount)?;
                self.event(Event::Balances(BalancesEvent::Minted { to, amount }));
                Ok(())
            }
            BalancesCall::Burn { amount } => {
                let from = check_signed(origin)?;
                let burnt = self.ledger().withdraw(from, amount, Survival::KeepAlive)?;
                self.ledger().burn_credit(burnt);
                self.event(Event::Balances(BalancesEvent::Burnt { from, amount }));
                Ok(())
            }
        }
    }

    fn transfer(
        &mut self,
        (from, to): (AccountId, AccountId),
        amount: Balance,
        survival: Survival,
    ) -> Result<(), DispatchError> {
        let dust = self.ledger().transfer(from, to, amount, survival)?;
        self.event(Event::Balances(BalancesEvent::Transferred { from, to, amount }));
        self.take_dust(from, dust);
        Ok(())
    }
}
