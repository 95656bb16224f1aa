//! Session keys of accounts: which three keys serve an account in which session.
//!
//! # Inputs and outputs
//! An account sets new keys with a proof that it holds their secrets ([`KeySet::is_possessed`], checked without the
//! state, as signatures of transactions are); [`keys_for`] says which keys serve it in a session, and [`owner_of`]
//! whose a key is.
//!
//! # When they serve
//! Keys that are set in session `s` seal and vote from `s + 2` on, and play the lottery from `s + 3` on: the
//! randomness of `s + 2` is not complete when they are set, and nobody can grind a lottery key against it.
//!
//! # Invariants
//! 1. A key belongs to one account and one purpose as long as a registration names it.
//! 2. Registrations are in ascending order of sessions; the first one serves now, the others will.
//!
//! # Bounds
//! [`REGISTRATIONS_MAX`] registrations an account: what is older than the one that serves is forgotten.

mod secrets;
mod surface;

pub use secrets::SessionSecrets;
pub use surface::{
    KeyKind, KeyOwner, KeySet, KeysCall, KeysError, KeysEvent, Possession, Registration,
};

use super::{Context, Error, Origin, ledger};
use crate::crypto::{Check, Signed, Verifier};
use serin_state::layout::Item;
use serin_state::overlay::{StateRead, read};
use serin_state::types::{AccountId, Domain, Hash};

/// Sessions until keys seal and vote.
pub const SIGNING_DELAY: u64 = 2;
/// Sessions until keys play the lottery.
pub const LOTTERY_DELAY: u64 = 3;
/// Registrations an account can have: one that serves, and one for each session until the newest does.
pub const REGISTRATIONS_MAX: usize = 4;

impl KeySet {
    /// What the proofs are over, besides domain and chain: the account and all three keys.
    #[must_use]
    pub fn statement(&self, account: AccountId) -> Vec<u8> {
        [account.0, self.seal.0, self.lottery.0, self.vote.0].concat()
    }

    /// The input of the lottery key's proof: no slot has it, since those begin with another tag.
    #[must_use]
    pub fn alpha(&self, genesis: &Hash, account: AccountId) -> Vec<u8> {
        Domain::SessionKeys.message(genesis, &self.statement(account))
    }

    /// Whether `proof` shows that whoever registers these keys for `account` holds their secrets.
    pub fn is_possessed<V: Verifier>(
        &self,
        verifier: &V,
        genesis: &Hash,
        account: AccountId,
        proof: &Possession,
    ) -> bool {
        let statement = self.statement(account);
        let signed =
            Signed::Statement { domain: Domain::SessionKeys, genesis, statement: &statement };
        let checks = [(self.seal, proof.seal), (self.vote, proof.vote)]
            .map(|(key, signature)| Check { key, signed, signature });
        verifier.signatures(&checks).into_iter().all(|holds| holds)
            && verifier
                .lottery(&self.lottery, &self.alpha(genesis, account), &proof.lottery)
                .is_some()
    }
}

/// The keys that serve `account` in `session`, which is the present one or a later one; `None` where it has none then.
///
/// The seal and vote key may be of a later registration than the lottery key.
#[must_use]
pub fn keys_for(
    state: &(impl StateRead + ?Sized),
    session: u64,
    account: AccountId,
) -> Option<KeySet> {
    let registrations = registrations(state, account);
    let last = |from: fn(&Registration) -> u64| {
        registrations.iter().rev().find(|one| from(one) <= session).and_then(|one| one.keys)
    };
    let signing = last(|one| one.signing_from)?;
    let lottery = last(|one| one.lottery_from)?;
    Some(KeySet { lottery: lottery.lottery, ..signing })
}

/// Whose key `key` is, and for what.
#[must_use]
pub fn owner_of(state: &(impl StateRead + ?Sized), key: &[u8; 32]) -> Option<KeyOwner> {
    read(state, &Item::KeyOwner(*key).key())
}

/// All registrations of `account` that serve or will, the oldest first.
#[must_use]
pub fn registrations(state: &(impl StateRead + ?Sized), account: AccountId) -> Vec<Registration> {
    read(state, &Item::SessionKeys(account).key()).unwrap_or_default()
}

/// Registers the keys of a validator of the specification: they serve from session 0 on.
pub fn found<R: StateRead>(context: &mut Context<'_, R>, account: AccountId, keys: KeySet) {
    let registration = Registration { signing_from: 0, lottery_from: 0, keys: Some(keys) };
    store(context, account, Vec::new(), vec![registration]);
}

/// Runs a call. That the secrets are possessed was checked with the signature of the transaction.
pub(super) fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: &KeysCall,
) -> Result<(), Error> {
    let account = origin.signed()?;
    match call {
        KeysCall::Set { keys, .. } => set(context, account, *keys),
        KeysCall::Purge => purge(context, account),
    }
}

fn set<R: StateRead>(
    context: &mut Context<'_, R>,
    account: AccountId,
    keys: KeySet,
) -> Result<(), Error> {
    if ledger::bond_of(context.state, account).is_none() {
        return Err(ledger::LedgerError::NotBonded.into());
    }
    let [seal, lottery, vote] = keys.purposes().map(|(key, _)| key);
    if seal == lottery || seal == vote || lottery == vote {
        return Err(KeysError::Shared.into());
    }
    for (key, kind) in keys.purposes() {
        let owner = owner_of(context.state, &key);
        if owner.is_some_and(|owner| owner != KeyOwner { account, kind }) {
            return Err(KeysError::Taken.into());
        }
    }
    let from = register(context, account, Some(keys));
    context.event(KeysEvent::Set { account, keys, session: from });
    Ok(())
}

fn purge<R: StateRead>(context: &mut Context<'_, R>, account: AccountId) -> Result<(), Error> {
    let newest = registrations(context.state, account).last().and_then(|one| one.keys);
    if newest.is_none() {
        return Err(KeysError::NoKeys.into());
    }
    let from = register(context, account, None);
    context.event(KeysEvent::Purged { account, session: from });
    Ok(())
}

/// Adds a registration, and forgets what no longer serves; the first session it signs in.
fn register<R: StateRead>(
    context: &mut Context<'_, R>,
    account: AccountId,
    keys: Option<KeySet>,
) -> u64 {
    let session = context.now.session;
    let signing_from = session.saturating_add(SIGNING_DELAY);
    let lottery_from = session.saturating_add(LOTTERY_DELAY);
    let before = registrations(context.state, account);
    let mut after = before.clone();
    // What is set twice in a session counts once.
    after.retain(|one| one.signing_from != signing_from);
    after.push(Registration { signing_from, lottery_from, keys });
    let serving = after.iter().rposition(|one| one.lottery_from <= session).unwrap_or(0);
    after.drain(..serving);
    assert!(after.len() <= REGISTRATIONS_MAX, "invariant(keys): one that serves, one a session");
    store(context, account, before, after);
    signing_from
}

/// Forgets all keys of `account`, whose bond has ended.
pub(super) fn forget<R: StateRead>(context: &mut Context<'_, R>, account: AccountId) {
    let before = registrations(context.state, account);
    store(context, account, before, Vec::new());
}

/// Writes the registrations and whose the keys are.
fn store<R: StateRead>(
    context: &mut Context<'_, R>,
    account: AccountId,
    before: Vec<Registration>,
    after: Vec<Registration>,
) {
    let named = |list: Vec<Registration>| {
        list.into_iter().filter_map(|one| one.keys).flat_map(|keys| keys.purposes())
    };
    for (key, _) in named(before) {
        context.delete(Item::KeyOwner(key));
    }
    let item = Item::SessionKeys(account);
    if after.is_empty() {
        context.delete(item);
    } else {
        context.write(item, &after);
    }
    for (key, kind) in named(after) {
        context.write(Item::KeyOwner(key), &KeyOwner { account, kind });
    }
}

#[cfg(test)]
mod tests;
