//! The first block: the specification turned into a state.
//!
//! The state holds the whole specification, so the genesis hash commits to every number of it; what is not
//! part of it (bootnodes) may differ between nodes of one chain.

use super::{Chain, FeeMultiplier, PROTOCOL_VERSION, body_root, outcome_root, session};
use crate::chain_spec::ChainSpec;
use serin_consensus::leader::{Session, Validators};
use serin_consensus::staking::era;
use serin_consensus::staking::keys::{self, KeySet};
use serin_consensus::staking::ledger::{self, LedgerCall, Payee, Terms};
use serin_consensus::staking::{self, Context, Moment};
use serin_state::balances::Ledger;
use serin_state::codec::encode;
use serin_state::layout::{Item, StateKey};
use serin_state::overlay::{Changes, Overlay, StateRead};
use serin_state::tree::list::Mountain;
use serin_state::tree::{NoPages, Tree};
use serin_state::types::{Announcements, Hash, Header, Height, Purpose, Signature, UnsealedHeader};
use std::collections::BTreeMap;

/// The genesis block of a specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// Its header; the seal is zeroes.
    pub header: Header,
    /// Its state, as changes to nothing.
    pub changes: Changes,
    /// Hash of the header: the name of the chain.
    pub hash: Hash,
}

impl ChainSpec {
    /// The genesis block.
    ///
    /// # Panics
    /// invariant(spec): of a specification that [`ChainSpec::check`] refuses there is none.
    #[must_use]
    pub fn genesis(&self) -> Genesis {
        let changes = self.genesis_state();
        let header = Header {
            unsealed: UnsealedHeader {
                version: PROTOCOL_VERSION,
                knows: PROTOCOL_VERSION,
                parent: Hash::ZERO,
                height: Height::ZERO,
                claim: None,
                body_root: body_root(&[]),
                state_root: root_of(&changes),
                outcome_root: outcome_root(&[], &[]),
                announcements: Announcements::default(),
            },
            seal: Signature([0; 64]),
        };
        let hash = header.hash();
        Genesis { header, changes, hash }
    }

    /// The chain of this specification.
    #[must_use]
    pub fn chain(&self) -> Chain {
        Chain::new(self.clone(), self.genesis().hash)
    }

    fn genesis_state(&self) -> Changes {
        let mut state = Overlay::new(BTreeMap::<StateKey, Vec<u8>>::new());
        state.write(Item::Issuance.key(), &serin_state::types::Balance::ZERO);
        for (key, value) in &self.inherited.0 {
            state.put(*key, value.clone());
        }
        let specification = encode(self);
        let seed = Hash::of(&specification);
        state.put(Item::Specification.key(), specification);
        state.write(Item::Parameters.key(), &self.parameters);
        state.write(Item::Governance.key(), &self.governance);
        state.write(Item::Version.key(), &PROTOCOL_VERSION);
        state.write(Item::FeeMultiplier.key(), &FeeMultiplier::ONE);
        state.write(Item::Mountain.key(), &Mountain::default());
        let mut ledger = Ledger::new(&mut state, self.parameters.existential_deposit);
        for (account, amount) in &self.balances {
            let minted = ledger.mint(*account, *amount);
            assert!(minted.is_ok(), "invariant(spec): the balances of {account} fit: {minted:?}");
        }
        self.bond_stake(&mut state);
        let sets = self.validators_at(0).zip(self.validators_at(1));
        assert!(sets.is_some(), "invariant(spec): there are validators, each with keys of its own");
        if let Some((current, next)) = sets {
            self.begin_first_era(&mut state, &current);
            let session = Session::genesis(current, next, [0, 1].map(|e| randomness(&seed, e)));
            session::found(&mut state, &session);
        }
        state.into_changes()
    }

    /// The first era, with the validators of the specification and what stands behind them.
    fn begin_first_era<R: StateRead>(&self, state: &mut Overlay<R>, validators: &Validators) {
        let numbers = staking::parameters(state).filter(|_| self.rotation.is_none());
        let Some(numbers) = numbers else { return };
        let deposit = self.parameters.existential_deposit;
        let mut context = Context::new(state, &numbers, deposit, Moment::default());
        era::found(&mut context, validators);
    }

    /// Bonds what the specification says, by the calls that anybody would use.
    fn bond_stake<R: StateRead>(&self, state: &mut Overlay<R>) {
        let Some(stake) = &self.staking else { return };
        state.write(Item::Staking.key(), &stake.parameters);
        let deposit = self.parameters.existential_deposit;
        let mut context = Context::new(state, &stake.parameters, deposit, Moment::default());
        for one in &self.validators {
            let keys = KeySet { seal: one.seal, lottery: one.lottery, vote: one.vote };
            keys::found(&mut context, one.account, keys);
        }
        let terms = Terms { commission: stake.commission, blocked: false };
        let validators = self
            .validators
            .iter()
            .map(|one| (one.account, stake.validator_bond, LedgerCall::Validate { terms }));
        let nominators = stake.nominators.iter().map(|one| {
            (one.account, one.bond, LedgerCall::Nominate { targets: one.targets.clone() })
        });
        for (account, amount, intention) in validators.chain(nominators) {
            for call in [LedgerCall::Bond { amount, payee: Payee::Staked }, intention] {
                let origin = staking::Origin::Signed(account);
                let done = ledger::apply(&mut context, origin, call);
                assert!(done.is_ok(), "invariant(spec): {account} stakes: {done:?}");
            }
        }
    }
}

/// The randomness of epoch 0 or 1: everybody knows it in advance, so it only has to differ per chain.
fn randomness(seed: &Hash, epoch: u64) -> Hash {
    Hash::personal(Purpose::EpochRandomness, &[&epoch.to_le_bytes(), &seed.0])
}

fn root_of(changes: &Changes) -> Hash {
    let tree = Tree::empty().update(&NoPages, changes);
    assert!(tree.is_ok(), "invariant(genesis): a tree that grows from nothing misses no page");
    tree.map_or(Hash::ZERO, |tree| tree.root())
}
