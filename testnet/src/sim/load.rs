//! Transfers of the simulated accounts, signed by the simulator's scheme.
//!
//! Nonces are counted here, not asked of a node: a transfer that a crash loses leaves a gap, as a careless client's
//! would, and the sender's later transfers wait until they expire.

pub(super) mod traffic;

use super::crypto::{SimVerifier, sign_transaction};
use serin_node::runtime::{BalancesCall, Call, Verified};
use serin_state::codec::encode;
use serin_state::types::{
    AccountId, Balance, Hash, Nonce, ProtocolVersion, SignedTransaction, Slot, Transaction,
};
use std::collections::BTreeMap;

/// How long a transfer may wait, in slots.
const EXPIRES_SLOTS: u64 = 1_000;
/// What one moves.
const AMOUNT: Balance = Balance(1_000_000_000);

/// Accounts that send in turn, and their next nonces.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    accounts: Vec<AccountId>,
    nonces: BTreeMap<AccountId, Nonce>,
    turn: usize,
}

impl Load {
    pub(crate) const fn new(accounts: Vec<AccountId>) -> Self {
        Self { accounts, nonces: BTreeMap::new(), turn: 0 }
    }

    /// The next transfer, for the given protocol version; its nonce is used by it.
    pub(crate) fn next(
        &mut self,
        genesis: &Hash,
        slot: Slot,
        version: ProtocolVersion,
    ) -> Option<(usize, Verified<SignedTransaction>)> {
        let turn = self.turn;
        self.turn = turn.saturating_add(1);
        let place = |turn: usize| turn.checked_rem(self.accounts.len());
        let sender = *self.accounts.get(place(turn)?)?;
        let to = *self.accounts.get(place(turn.saturating_add(1))?)?;
        let nonce = self.nonces.entry(sender).or_default();
        let call = Call::Balances(BalancesCall::Transfer { to, amount: AMOUNT });
        let transaction = Transaction {
            sender,
            nonce: *nonce,
            last_valid_slot: slot.saturating_add(EXPIRES_SLOTS),
            tip: Balance::ZERO,
            call: encode(&call),
        };
        *nonce = nonce.saturating_add(1);
        let signed = sign_transaction(transaction, genesis, version);
        let verified = Verified::check_with(&SimVerifier, signed, genesis, version).ok()?;
        Some((turn, verified))
    }
}
