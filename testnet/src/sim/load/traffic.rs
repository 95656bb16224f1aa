//! What people do with every module of the runtime, drawn from a seed: stake, pools, votes, proposals, the treasury, the
//! collective.
//!
//! A line of [`MENU`] is a call in words with capital letters for what is drawn. Most calls have a chance to succeed; many are
//! refused, which is as much a part of the traffic. Nonces are read from the state, so nothing waits behind a gap.

use crate::sim::crypto::{SimVerifier, sign_transaction};
use serin_node::runtime::invariants::Names;
use serin_node::runtime::{Call, Verified, query};
use serin_state::codec::encode;
use serin_state::layout::{Item, PoolItem};
use serin_state::overlay::{StateRead, read};
use serin_state::random::Random;
use serin_state::types::{
    AccountId, Balance, Hash, ProtocolVersion, SignedTransaction, Slot, Transaction,
};

/// How long a call may wait, in slots.
const EXPIRES_SLOTS: u64 = 8;
/// Accounts of the specification that act, the validators among them.
const KNOWN_MAX: usize = 8;
/// Accounts that the specification does not name.
const STRANGERS: u8 = 4;
/// Calls that are proposed, noted and vouched for by hash.
const PROPOSALS: [&str; 6] = [
    "treasury.spend ACCOUNT 1",
    "treasury.tip ACCOUNT 1",
    "system.remark nothing",
    "bounties.approve 0",
    "balances.force_transfer treasury ACCOUNT 0.5",
    "system.set_parameters base_fee=1000",
];

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Anybody,
    Validator,
    /// The account with all powers, by `system.as_root`.
    Root,
}

use Who::{Anybody, Root, Validator};

/// What is said how often. `A` an account, `V` a validator, `N` an amount, `L` much, `I` a referendum, `T` a track, `C` a
/// conviction, `Y` a side, `S` a spend, `B` a bounty, `P` a pool, `E` an era, `H` a hash, `[X]` a proposal.
#[rustfmt::skip]
const MENU: [(u8, Who, &str); 64] = [
    (4, Anybody,   "balances.transfer A N"),
    (1, Anybody,   "balances.transfer_all A"),
    (1, Anybody,   "balances.burn N"),
    (4, Anybody,   "staking.bond L stash"),
    (2, Anybody,   "staking.bond L staked"),
    (3, Anybody,   "staking.bond_extra N"),
    (4, Anybody,   "staking.unbond N"),
    (2, Anybody,   "staking.rebond N"),
    (5, Anybody,   "staking.withdraw"),
    (4, Anybody,   "staking.nominate V V"),
    (2, Anybody,   "staking.nominate V"),
    (1, Anybody,   "staking.chill"),
    (1, Anybody,   "staking.set_payee A"),
    (1, Anybody,   "staking.reap A"),
    (1, Anybody,   "staking.chill_other A"),
    (8, Anybody,   "staking.payout V E 0"),
    (1, Validator, "staking.chill"),
    (4, Validator, "staking.validate 10 open"),
    (1, Validator, "staking.validate 30 blocked"),
    (3, Validator, "staking.kick A A"),
    (2, Validator, "staking.unbond L"),
    (2, Validator, "staking.bond_extra N"),
    (2, Anybody,   "pools.create N A A A"),
    (4, Anybody,   "pools.join P N"),
    (2, Anybody,   "pools.bond_extra N"),
    (4, Anybody,   "pools.claim A"),
    (2, Anybody,   "pools.unbond A 1000000000000"),
    (2, Anybody,   "pools.withdraw A"),
    (4, Anybody,   "pools.nominate P V"),
    (1, Anybody,   "pools.compound"),
    (1, Anybody,   "pools.set_commission P 5 A"),
    (1, Anybody,   "pools.claim_commission P"),
    (8, Anybody,   "referenda.submit T [X]"),
    (8, Anybody,   "referenda.place_decision_deposit I"),
    (9, Anybody,   "voting.vote I Y L C"),
    (5, Anybody,   "voting.vote I nay L 6x"),
    (2, Anybody,   "voting.vote_split I N N"),
    (2, Anybody,   "voting.vote_abstain I N N N"),
    (3, Anybody,   "voting.remove_vote T I"),
    (2, Anybody,   "voting.remove_other_vote A T I"),
    (3, Anybody,   "voting.unlock T A"),
    (2, Anybody,   "voting.delegate T A C L"),
    (2, Anybody,   "voting.undelegate T"),
    (1, Anybody,   "voting.delegate_all A C N"),
    (1, Anybody,   "voting.undelegate_all"),
    (3, Anybody,   "referenda.refund_decision_deposit I"),
    (2, Anybody,   "referenda.refund_submission_deposit I"),
    (1, Root,      "referenda.cancel I"),
    (1, Root,      "referenda.kill I"),
    (2, Anybody,   "preimages.note [X]"),
    (1, Anybody,   "preimages.unnote H"),
    (4, Anybody,   "treasury.payout S"),
    (1, Anybody,   "treasury.clear S"),
    (2, Anybody,   "bounties.propose 1 a wallet"),
    (2, Root,      "bounties.approve B"),
    (2, Root,      "bounties.propose_curator B A 0.1"),
    (3, Anybody,   "bounties.accept_curator B"),
    (3, Anybody,   "bounties.award B A"),
    (2, Anybody,   "bounties.claim B"),
    (1, Root,      "staking.cancel_slash V E"),
    (2, Root,      "collective.add A"),
    (2, Root,      "collective.promote A"),
    (3, Anybody,   "whitelist.vote H aye"),
    (2, Root,      "whitelist.dispatch H"),
];

/// The people.
#[derive(Clone, Debug)]
pub(crate) struct Traffic {
    random: Random,
    accounts: Vec<AccountId>,
    validators: usize,
    root: Option<AccountId>,
    turn: u64,
}

impl Traffic {
    /// People of the specification, of whom the first are validators, and strangers.
    pub(crate) fn new(
        random: Random,
        known: &[AccountId],
        validators: usize,
        root: Option<AccountId>,
    ) -> Self {
        let known = known.iter().copied().filter(|account| *account != treasury());
        let strangers = (0..STRANGERS).map(|number| AccountId([number.saturating_add(200); 32]));
        let accounts = known.take(KNOWN_MAX.max(validators)).chain(strangers).collect();
        Self { random, accounts, validators, root, turn: 0 }
    }

    /// Whom and what a state may name because of this traffic.
    pub(crate) fn names(&self) -> Names {
        let hashes = (0..self.accounts.len()).flat_map(|index| {
            PROPOSALS.map(|words| self.proposal(words, index)).into_iter().flatten()
        });
        Names {
            accounts: self.accounts.iter().copied().collect(),
            hashes: hashes.map(|call| Hash::of(&encode(&call))).collect(),
        }
    }

    /// The next call, on this state; `None` where it says nothing that is a call.
    pub(crate) fn next(
        &mut self,
        state: &dyn StateRead,
        genesis: &Hash,
        (slot, version): (Slot, ProtocolVersion),
    ) -> Option<Verified<SignedTransaction>> {
        self.turn = self.turn.saturating_add(1);
        let weights = MENU.iter().map(|(weight, ..)| u64::from(*weight)).sum();
        let mut left = self.draw("menu", weights);
        let (_, who, words) = MENU.iter().find(|(weight, ..)| {
            let found = left < u64::from(*weight);
            left = left.saturating_sub(u64::from(*weight));
            found
        })?;
        let text = self.fill(words, state);
        let call = Call::from_words(&text, None).ok()?;
        let (sender, call) = match who {
            Anybody => (self.account("sender", self.accounts.len())?, call),
            Validator => (self.account("sender", self.validators)?, call),
            Root => (self.root?, Call::as_root(&call)),
        };
        let transaction = Transaction {
            sender,
            nonce: query::account(state, sender).nonce,
            last_valid_slot: slot.saturating_add(EXPIRES_SLOTS),
            tip: Balance::ZERO,
            call: encode(&call),
        };
        let signed = sign_transaction(transaction, genesis, version);
        Verified::check_with(&SimVerifier, signed, genesis, version).ok()
    }

    fn draw(&self, purpose: &str, below: u64) -> u64 {
        self.random.draw(purpose, 0, self.turn).below(below.max(1))
    }

    fn account(&self, purpose: &str, below: usize) -> Option<AccountId> {
        let index = self.draw(purpose, u64::try_from(below).unwrap_or(1));
        self.accounts.get(usize::try_from(index).unwrap_or(0)).copied()
    }

    /// The words with what is drawn in place of capital letters.
    fn fill(&self, words: &str, state: &dyn StateRead) -> String {
        let count = |item: Item| read(state, &item.key()).unwrap_or(0_u32);
        let recent = |purpose: &str, item: Item| {
            let back = u32::try_from(self.draw(purpose, 5)).unwrap_or(0);
            count(item).saturating_sub(back.saturating_add(1)).to_string()
        };
        let places = words.split(' ').enumerate().map(|(place, word)| {
            let purpose = format!("{place}");
            match word {
                "A" => self.account(&purpose, self.accounts.len()).unwrap_or_default().to_string(),
                "V" => self.account(&purpose, self.validators).unwrap_or_default().to_string(),
                "N" => self.draw(&purpose, 5_000).to_string(),
                "L" => self.draw(&purpose, 900_000).saturating_add(1).to_string(),
                "I" => recent(&purpose, Item::ReferendumCount),
                "S" => recent(&purpose, Item::SpendCount),
                "B" => recent(&purpose, Item::BountyCount),
                "P" => recent(&purpose, Item::Pools(PoolItem::Count)),
                "T" => ["root", "small_tipper", "whitelisted_caller", "treasurer"]
                    .get(usize::try_from(self.draw(&purpose, 4)).unwrap_or(0))
                    .map_or_else(String::new, |track| (*track).to_owned()),
                "C" => ["none", "1x", "6x"]
                    .get(usize::try_from(self.draw(&purpose, 3)).unwrap_or(0))
                    .map_or_else(String::new, |conviction| (*conviction).to_owned()),
                "Y" => if self.draw(&purpose, 5) > 0 { "aye" } else { "nay" }.to_owned(),
                "E" => {
                    let era = serin_consensus::staking::active_era(state).0;
                    let back = u32::try_from(self.draw(&purpose, 4)).unwrap_or(0);
                    era.saturating_sub(back).to_string()
                }
                "H" => self
                    .drawn_proposal(&purpose)
                    .map_or_else(String::new, |call| Hash::of(&encode(&call)).to_string()),
                "[X]" => format!("[{}]", self.proposal_words(&purpose)),
                _ => word.to_owned(),
            }
        });
        places.collect::<Vec<_>>().join(" ")
    }

    fn proposal_words(&self, purpose: &str) -> String {
        let words = self.random.draw(purpose, 1, self.turn).pick(&PROPOSALS).copied();
        let account = self.account("beneficiary", self.accounts.len()).unwrap_or_default();
        words.unwrap_or_default().replace("ACCOUNT", &account.to_string())
    }

    fn drawn_proposal(&self, purpose: &str) -> Option<Call> {
        Call::from_words(&self.proposal_words(purpose), None).ok()
    }

    fn proposal(&self, words: &str, account: usize) -> Option<Call> {
        let account = self.accounts.get(account)?;
        Call::from_words(&words.replace("ACCOUNT", &account.to_string()), None).ok()
    }
}

fn treasury() -> AccountId {
    AccountId::of_module(b"treasury")
}
