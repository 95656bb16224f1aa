//! The secrets of one set of session keys, and the proof that they are held.
//!
//! Secrets forget themselves when they are dropped, and print nothing but public keys.

use super::{KeySet, Possession};
use crate::leader::vrf::LotterySecret;
use serin_state::derive::{Seed, SessionSeeds};
use serin_state::types::{AccountId, Domain, Hash, SecretKey};

/// The secrets of three session keys.
#[derive(Debug)]
pub struct SessionSecrets {
    /// Seals headers.
    pub seal: SecretKey,
    /// Plays the lottery.
    pub lottery: LotterySecret,
    /// Votes.
    pub vote: SecretKey,
}

impl SessionSecrets {
    /// Those under `seed`.
    #[must_use]
    pub fn of(seed: &Seed) -> Self {
        let seeds = SessionSeeds::of(seed);
        Self {
            seal: seeds.seal.key(),
            lottery: LotterySecret::from_seed(seeds.lottery.as_bytes()),
            vote: seeds.vote.key(),
        }
    }

    /// The public keys.
    #[must_use]
    pub fn keys(&self) -> KeySet {
        KeySet {
            seal: self.seal.public(),
            lottery: self.lottery.public(),
            vote: self.vote.public(),
        }
    }

    /// The public keys, and the proof with which `account` registers them on the chain with hash `genesis`.
    #[must_use]
    pub fn possession(&self, genesis: &Hash, account: AccountId) -> (KeySet, Possession) {
        let keys = self.keys();
        let statement = keys.statement(account);
        let sign = |key: &SecretKey| key.sign(Domain::SessionKeys, genesis, &statement);
        let lottery = self.lottery.prove(&keys.alpha(genesis, account));
        (keys, Possession { seal: sign(&self.seal), lottery, vote: sign(&self.vote) })
    }
}
