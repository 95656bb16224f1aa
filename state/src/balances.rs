//! Money: every way in which amounts move between accounts, or in and out of existence.
//!
//! # What it does
//! A [`Ledger`] is an overlay seen as accounts. Each operation checks everything before it writes
//! anything, so a refused one leaves no trace. What leaves an account without entering another (a fee,
//! dust, a slash) is a [`Credit`] in the caller's hands, who must book it.
//!
//! # The life of an account
//! An account lives while its free amount reaches the existential deposit, or while something is held
//! or frozen in it. When it no longer does, it is reaped: what was left is dust, handed to the caller.
//! Its nonce stays for ever once it has signed, so that nothing can be replayed after a rebirth.
//!
//! # Spending (design section 8)
//! `spendable = free - max(frozen - held, 0)`, where held is the sum of the holds and frozen the largest
//! freeze: freezes overlap holds, so staked tokens vote. Where the account must live, at least the
//! existential deposit stays in `free` besides; what the freeze keeps there counts towards it.
//!
//! # Invariants
//! 1. Issuance = sum of free and held of all accounts + credits not yet booked.
//! 2. No list of holds or freezes is unsorted, has a zero in it, a reason twice or too many entries.
//! 3. Nonces only grow.
//!
//! # Bounds
//! At most [`crate::types::REASONS_MAX`] holds and as many freezes an account: an operation is a few reads and
//! writes of less than a kilobyte.

mod bound;
mod credit;
mod error;
mod spend;

pub use credit::{Credit, Undeposited};
pub use error::BalanceError;
pub use spend::Survival;

use crate::layout::Item;
use crate::mutant::Mutation;
use crate::overlay::{Overlay, StateRead, read};
use crate::types::{Account, AccountId, Balance, Reason};
use core::mem;

/// Where held tokens go when they change hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The receiver may spend them.
    Free,
    /// They are held from the receiver for the same reason.
    Held,
}

/// An overlay seen as accounts, under one existential deposit.
#[derive(Debug)]
pub struct Ledger<'a, R> {
    state: &'a mut Overlay<R>,
    existential_deposit: Balance,
}

impl<'a, R: StateRead> Ledger<'a, R> {
    /// The accounts of `state`, of which none lives with less than `existential_deposit`.
    pub const fn new(state: &'a mut Overlay<R>, existential_deposit: Balance) -> Self {
        Self { state, existential_deposit }
    }

    /// What is stored for `id`; an account that never was is empty.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Account {
        read(self.state, &Item::Account(id).key()).unwrap_or_default()
    }

    /// The sum of all accounts and of the credits not yet booked.
    #[must_use]
    pub fn issuance(&self) -> Balance {
        read(self.state, &Item::Issuance.key()).unwrap_or_default()
    }

    /// What `id` may spend.
    #[must_use]
    pub fn spendable(&self, id: AccountId, survival: Survival) -> Balance {
        self.account(id).spendable(self.existential_deposit, survival)
    }

    /// Counts a transaction of `id`.
    ///
    /// # Errors
    /// [`BalanceError::LastNonce`].
    pub fn inc_nonce(&mut self, id: AccountId) -> Result<(), BalanceError> {
        let mut account = self.account(id);
        account.nonce = account.nonce.next().ok_or(BalanceError::LastNonce)?;
        self.store(id, &account);
        Ok(())
    }

    /// Moves `amount`; the credit is the dust of a payer that was reaped.
    ///
    /// A transfer to oneself is checked like any other and moves nothing.
    ///
    /// # Errors
    /// [`BalanceError::TooLittle`], [`BalanceError::BelowExistentialDeposit`].
    pub fn transfer(
        &mut self,
        from: AccountId,
        to: AccountId,
        amount: Balance,
        survival: Survival,
    ) -> Result<Credit, BalanceError> {
        let payer = self.payer(from, amount, survival)?;
        if from == to && !self.state.mutated(Mutation::LG04) {
            return Ok(Credit::zero());
        }
        let receiver = self.receiver(to, amount)?;
        let dust = self.settle(from, payer);
        self.store(to, &receiver);
        Ok(dust)
    }

    /// Makes `amount` out of nothing, for `to`.
    ///
    /// # Errors
    /// [`BalanceError::Overflow`], [`BalanceError::BelowExistentialDeposit`].
    pub fn mint(&mut self, to: AccountId, amount: Balance) -> Result<(), BalanceError> {
        let issuance = self.issuance().checked_add(amount).ok_or(BalanceError::Overflow)?;
        let receiver = self.receiver(to, amount)?;
        self.store(to, &receiver);
        self.state.write(Item::Issuance.key(), &issuance);
        Ok(())
    }

    /// Makes `amount` out of nothing, to be given to somebody or destroyed again.
    ///
    /// # Errors
    /// [`BalanceError::Overflow`].
    pub fn issue(&mut self, amount: Balance) -> Result<Credit, BalanceError> {
        let issuance = self.issuance().checked_add(amount).ok_or(BalanceError::Overflow)?;
        self.state.write(Item::Issuance.key(), &issuance);
        Ok(Credit(amount))
    }

    /// Destroys `amount` of `from`; the credit is the dust, if it was reaped.
    ///
    /// # Errors
    /// [`BalanceError::TooLittle`].
    pub fn burn(
        &mut self,
        from: AccountId,
        amount: Balance,
        survival: Survival,
    ) -> Result<Credit, BalanceError> {
        let mut taken = self.withdraw(from, amount, survival)?;
        let burnt = taken.split(amount);
        self.burn_credit(burnt);
        Ok(taken)
    }

    /// Takes `amount` out of `from`, for a fee or a payment. The credit is the amount, and the dust on
    /// top where the account was reaped.
    ///
    /// # Errors
    /// [`BalanceError::TooLittle`].
    pub fn withdraw(
        &mut self,
        from: AccountId,
        amount: Balance,
        survival: Survival,
    ) -> Result<Credit, BalanceError> {
        let payer = self.payer(from, amount, survival)?;
        let mut credit = self.settle(from, payer);
        credit.merge(Credit(amount));
        Ok(credit)
    }

    /// Gives a credit to `to`. Nothing changes where it is zero.
    ///
    /// # Errors
    /// [`Undeposited`] with the credit, where `to` would stay below the existential deposit.
    pub fn deposit(&mut self, to: AccountId, credit: Credit) -> Result<(), Undeposited> {
        if credit.amount().is_zero() {
            return Ok(());
        }
        match self.receiver(to, credit.amount()) {
            Ok(receiver) => {
                self.store(to, &receiver);
                Ok(())
            }
            Err(error) => Err(Undeposited { error, credit }),
        }
    }

    /// Destroys a credit.
    pub fn burn_credit(&mut self, Credit(amount): Credit) {
        if amount.is_zero() {
            return;
        }
        let issuance = self.issuance();
        assert!(amount <= issuance, "invariant(money): a credit is part of the issuance");
        self.state.write(Item::Issuance.key(), &issuance.saturating_sub(amount));
    }

    /// Sets `amount` of the free tokens apart for `reason`, on top of what is held for it.
    ///
    /// Frozen tokens can be held: freezes overlap holds. The existential deposit stays free.
    ///
    /// # Errors
    /// [`BalanceError::TooLittle`], [`BalanceError::TooManyReasons`].
    pub fn hold(
        &mut self,
        id: AccountId,
        reason: Reason,
        amount: Balance,
    ) -> Result<(), BalanceError> {
        let mut account = self.account(id);
        let spendable = account.free.saturating_sub(self.existential_deposit);
        if amount > spendable {
            return Err(BalanceError::TooLittle { spendable, asked: amount });
        }
        let held = account.held_for(reason).saturating_add(amount);
        bound::set(&mut account.holds, reason, held)?;
        account.free = account.free.saturating_sub(amount);
        self.store(id, &account);
        Ok(())
    }

    /// Frees `amount` of what is held for `reason`. The credit is the dust of an account that lived
    /// only by the hold.
    ///
    /// # Errors
    /// [`BalanceError::TooLittleHeld`].
    pub fn release(
        &mut self,
        id: AccountId,
        reason: Reason,
        amount: Balance,
    ) -> Result<Credit, BalanceError> {
        let mut account = self.unheld(id, reason, amount)?;
        account.free = account.free.saturating_add(amount);
        Ok(self.settle(id, account))
    }

    /// Moves `amount` of what is held for `reason` to `to`, free or held. Freezes do not stand in the
    /// way. The credit is the dust of a payer that lived only by the hold.
    ///
    /// # Errors
    /// [`BalanceError::TooLittleHeld`]; [`BalanceError::BelowExistentialDeposit`] for free,
    /// [`BalanceError::NoAccount`] and [`BalanceError::TooManyReasons`] for held arrival.
    pub fn transfer_on_hold(
        &mut self,
        (from, to): (AccountId, AccountId),
        reason: Reason,
        amount: Balance,
        arrival: Arrival,
    ) -> Result<Credit, BalanceError> {
        let payer = self.unheld(from, reason, amount)?;
        match arrival {
            Arrival::Free if from == to => return self.release(from, reason, amount),
            Arrival::Held if from == to => return Ok(Credit::zero()),
            Arrival::Free => {
                let receiver = self.receiver(to, amount)?;
                self.store(to, &receiver);
            }
            Arrival::Held => {
                let mut receiver = self.living(to)?;
                let held = receiver.held_for(reason).saturating_add(amount);
                bound::set(&mut receiver.holds, reason, held)?;
                self.store(to, &receiver);
            }
        }
        Ok(self.settle(from, payer))
    }

    /// Takes up to `amount` of what is held for `reason`, as a punishment. May leave a freeze above the
    /// total, which then binds all. The credit is what was there to take, and the dust on top where the
    /// account lived only by the hold.
    pub fn slash(&mut self, id: AccountId, reason: Reason, amount: Balance) -> Credit {
        let taken = amount.min(self.account(id).held_for(reason));
        match self.unheld(id, reason, taken) {
            Ok(account) => {
                let mut credit = self.settle(id, account);
                credit.merge(Credit(taken));
                credit
            }
            Err(_) => Credit::zero(),
        }
    }

    /// Makes the freeze for `reason` exactly `amount`; zero thaws it. The credit is the dust of an
    /// account that lived only by the freeze.
    ///
    /// # Errors
    /// [`BalanceError::NoAccount`], [`BalanceError::TooManyReasons`], and
    /// [`BalanceError::FreezeAboveTotal`] where it would be raised above the total.
    pub fn set_freeze(
        &mut self,
        id: AccountId,
        reason: Reason,
        amount: Balance,
    ) -> Result<Credit, BalanceError> {
        let mut account = self.living(id)?;
        let total = account.total();
        if amount > total && amount > account.frozen_for(reason) {
            return Err(BalanceError::FreezeAboveTotal { total, asked: amount });
        }
        bound::set(&mut account.freezes, reason, amount)?;
        Ok(self.settle(id, account))
    }

    /// Removes the freeze for `reason`, if there is one. The credit is as for [`Ledger::set_freeze`].
    pub fn thaw(&mut self, id: AccountId, reason: Reason) -> Credit {
        // Only an account that is not there refuses a freeze of zero, and it has nothing to thaw.
        self.set_freeze(id, reason, Balance::ZERO).unwrap_or(Credit::zero())
    }

    /// The account of `id` with `amount` less, if it may spend it.
    fn payer(
        &self,
        id: AccountId,
        amount: Balance,
        survival: Survival,
    ) -> Result<Account, BalanceError> {
        let mut account = self.account(id);
        let spendable = account.spendable(self.existential_deposit, survival);
        if amount > spendable && !self.state.mutated(Mutation::LG08) {
            return Err(BalanceError::TooLittle { spendable, asked: amount });
        }
        account.free = account.free.saturating_sub(amount);
        Ok(account)
    }

    /// The account of `id` with `amount` more, if it lives then.
    fn receiver(&self, id: AccountId, amount: Balance) -> Result<Account, BalanceError> {
        let mut account = self.account(id);
        account.free = account.free.checked_add(amount).ok_or(BalanceError::Overflow)?;
        if account.is_alive(self.existential_deposit) || self.state.mutated(Mutation::LG09) {
            return Ok(account);
        }
        Err(BalanceError::BelowExistentialDeposit { existential_deposit: self.existential_deposit })
    }

    fn living(&self, id: AccountId) -> Result<Account, BalanceError> {
        let account = self.account(id);
        if account.is_alive(self.existential_deposit) {
            Ok(account)
        } else {
            Err(BalanceError::NoAccount)
        }
    }

    /// The account of `id` with `amount` less held for `reason`, in nobody's hands yet.
    fn unheld(
        &self,
        id: AccountId,
        reason: Reason,
        amount: Balance,
    ) -> Result<Account, BalanceError> {
        let mut account = self.account(id);
        let held = account.held_for(reason);
        let Some(rest) = held.checked_sub(amount) else {
            return Err(BalanceError::TooLittleHeld { held, asked: amount });
        };
        bound::set(&mut account.holds, reason, rest)?;
        Ok(account)
    }

    /// Stores an account from which something was taken, and reaps it where it no longer lives.
    fn settle(&mut self, id: AccountId, mut account: Account) -> Credit {
        let mut dust = Balance::ZERO;
        if !account.is_alive(self.existential_deposit) {
            dust = mem::take(&mut account.free);
            if self.state.mutated(Mutation::LG03) {
                account = Account::default();
            }
        }
        self.store(id, &account);
        Credit(dust)
    }

    fn store(&mut self, id: AccountId, account: &Account) {
        assert!(bound::is_sound(&account.holds), "invariant(reasons): holds are sorted and sound");
        assert!(bound::is_sound(&account.freezes), "invariant(reasons): freezes as well");
        let key = Item::Account(id).key();
        if *account == Account::default() {
            self.state.delete(key);
        } else {
            self.state.write(key, account);
        }
    }
}

#[cfg(test)]
mod tests;
