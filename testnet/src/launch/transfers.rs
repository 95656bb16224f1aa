//! Transfers between development accounts, spread over the nodes of a network.
//!
//! Senders take turns. Their nonces are counted here, so many transfers of one account can wait at once; a
//! refusal is told and the nonce used again.

use super::rpc;
use serin_node::chain_spec::development_uri;
use serin_node::runtime::{BalancesCall, Call};
use serin_state::codec::encode;
use serin_state::derive::Seed;
use serin_state::types::{
    AccountId, Balance, Hash, Nonce, ProtocolVersion, SecretKey, Slot, Transaction,
};
use std::collections::BTreeMap;

/// How many accounts take turns.
const SENDERS: usize = 6;
/// How long a transfer may wait, in slots.
const EXPIRES_SLOTS: u64 = 2_000;

/// What was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Transfers that a node took.
    pub taken: u32,
}

/// The senders and their next nonces.
#[derive(Debug, Default)]
pub struct Transfers {
    nonces: BTreeMap<usize, Nonce>,
    turn: usize,
}

impl Transfers {
    /// Nobody has sent anything yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends `count` transfers of a thousandth of a token each through the nodes at `urls` in turn.
    pub fn send(&mut self, count: u32, urls: &[String]) -> Sent {
        let mut taken = 0_u32;
        for _ in 0..count {
            let turn = self.turn;
            self.turn = self.turn.saturating_add(1);
            let url = turn.checked_rem(urls.len()).and_then(|index| urls.get(index));
            if let Some(url) = url
                && self.send_one(turn.rem_euclid(SENDERS), url).is_ok()
            {
                taken = taken.saturating_add(1);
            }
        }
        Sent { taken }
    }

    fn send_one(&mut self, sender: usize, url: &str) -> Result<(), rpc::RpcError> {
        let key = development_key(sender)?;
        let from = AccountId::from(key.public());
        let to = AccountId::from(
            development_key(sender.saturating_add(1).rem_euclid(SENDERS))?.public(),
        );
        let status = rpc::status(url)?;
        let nonce = match self.nonces.get(&sender) {
            Some(nonce) => *nonce,
            None => Nonce(rpc::account(url, &from.to_string(), "best")?.nonce),
        };
        let call = Call::Balances(BalancesCall::Transfer { to, amount: Balance(1_000_000_000) });
        let transaction = Transaction {
            sender: from,
            nonce,
            last_valid_slot: Slot(status.slot).saturating_add(EXPIRES_SLOTS),
            tip: Balance::ZERO,
            call: encode(&call),
        };
        let genesis: Hash =
            status.genesis.parse().map_err(|_| rpc::RpcError::Shape("genesis".to_owned()))?;
        let signed = transaction.sign(&key, &genesis, ProtocolVersion(status.version));
        rpc::submit(url, &encode(&signed))?;
        self.nonces.insert(sender, nonce.saturating_add(1));
        Ok(())
    }
}

fn development_key(index: usize) -> Result<SecretKey, rpc::RpcError> {
    let seed = Seed::from_uri(&development_uri(index));
    seed.map(|seed| seed.key()).map_err(|error| rpc::RpcError::Shape(error.to_string()))
}
