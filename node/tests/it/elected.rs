//! Elected sets on nodes with real keys: somebody joins and somebody leaves, and nobody is restarted.
//!
//! Four validators, epochs of four slots, eras of two epochs. A fifth node runs from the start with keys that nobody knows.

use crate::net::Net;
use crate::world::{GENESIS_TIME, id};
use serin_consensus::crypto::Strict;
use serin_consensus::finality::proof_chain::Trust;
use serin_consensus::staking::keys::{KeysCall, SessionSecrets};
use serin_consensus::staking::ledger::{self, LedgerCall, Payee, Terms};
use serin_consensus::staking::reasons::BONDED;
use serin_consensus::staking::{Call as Staking, Perbill, active_era};
use serin_node::chain_spec::{ChainSpec, DEVELOPMENT_BOND, development_uri};
use serin_node::runtime::{Call, query};
use serin_state::derive::Seed;
use serin_state::types::{AccountId, Balance, Height};
use std::collections::BTreeSet;

fn net() -> Net {
    let mut spec = ChainSpec::local(4, 1_000, GENESIS_TIME);
    spec.params.epoch_slots = 4;
    spec.params.secondary_delay_ms = 0;
    spec.params.gossip_ms = 50;
    Net::of(spec, 5)
}

const fn call(call: LedgerCall) -> Call {
    Call::Staking(Staking::Ledger(call))
}

fn bond(amount: u64) -> Call {
    call(LedgerCall::Bond { amount: Balance::tokens(amount.into()), payee: Payee::Stash })
}

/// Account 4 bonds, sets its keys and validates; account 5 nominates it; account 1 leaves.
fn submit_all(net: &mut Net) {
    let genesis = *net.nodes[0].chain().genesis();
    let secrets = SessionSecrets::of(&Seed::from_uri(&development_uri(4)).unwrap());
    let (keys, proof) = secrets.possession(&genesis, id(4));
    let set = Call::Staking(Staking::Keys(KeysCall::Set { keys, proof: Box::new(proof) }));
    let terms = Terms { commission: Perbill::from_percent(10), blocked: false };
    for (nonce, one) in (0..).zip([bond(1_000), set, call(LedgerCall::Validate { terms })]) {
        net.submit(4, nonce, &one);
    }
    net.run_to(2);
    let targets = vec![id(4)];
    for (nonce, one) in (0..).zip([bond(500_000), call(LedgerCall::Nominate { targets })]) {
        net.submit(5, nonce, &one);
    }
    let leave = [LedgerCall::Chill, LedgerCall::Unbond { amount: DEVELOPMENT_BOND }];
    for (nonce, one) in (0..).zip(leave) {
        net.submit(1, nonce, &call(one));
    }
}

/// Who made the blocks from `first` on, on the chain of the first node.
fn authors(net: &Net, first: u32) -> BTreeSet<AccountId> {
    let core = &net.nodes[0];
    let heights = (first..=core.head().height.0).map(Height);
    let blocks = heights.filter_map(|height| core.block(&core.hash_of(height)?));
    blocks.filter_map(|block| core.author_of(&block)).collect()
}

#[test]
fn a_fifth_joins_and_a_validator_leaves_without_a_restart_of_anyone() {
    let mut net = net();
    net.run_to(1);
    submit_all(&mut net);
    net.run_to(40);
    let expected = BTreeSet::from([id(0), id(2), id(3), id(4)]);
    for (number, core) in net.nodes.iter().enumerate() {
        let session = core.session().unwrap();
        let members: BTreeSet<AccountId> =
            session.current().members().iter().map(|one| one.account).collect();
        assert_eq!(members, expected, "node {number}");
        let finality = core.finality();
        assert_eq!((finality.voters, finality.votes), (4, number != 1), "node {number}");
        assert!(core.finalized().height.0 + 3 >= core.head().height.0, "node {number}");
        assert_eq!(finality.set.shown(), 2, "one left for era 1, the fifth came for era 2");
    }
    // Era 2 begins with slot 16; every slot has a block, and the fifth makes some of them.
    assert_eq!(net.nodes[0].head().height, Height(40));
    assert_eq!(authors(&net, 17), expected);
    assert!(!authors(&net, 1).is_disjoint(&BTreeSet::from([id(1)])), "it served before");

    // The proof chain leads from the genesis set to the elected one.
    let (trusted, record) = net.nodes[4].finality_record(None).unwrap();
    assert_eq!(record.changes.len(), 2);
    let genesis = *net.nodes[4].chain().genesis();
    let voters: Vec<_> = net.spec.validators.iter().map(|one| one.member().voter()).collect();
    let mut trust = Trust::genesis(genesis, &voters).unwrap();
    assert_eq!(trust.set(), trusted.set.id());
    for link in &record.changes {
        trust.advance(link, &net.spec.rules.finality, &Strict).unwrap();
    }
    assert_eq!(trust.set(), record.justification.set());

    // The one that left gets back what it bonded, after the bonding duration.
    let state = |net: &Net| {
        let core = &net.nodes[0];
        let view = core.layers().view(&core.head().hash).unwrap();
        (query::account(&view, id(1)), ledger::bond_of(&view, id(1)), active_era(&view))
    };
    let (before, bond, era) = state(&net);
    assert_eq!(bond.unwrap().unlocking.len(), 1);
    assert!(era.0 >= 4, "{era}");
    net.submit(1, 2, &call(LedgerCall::Withdraw));
    net.run_to(44);
    let (after, bond, _) = state(&net);
    assert_eq!(
        (before.held_for(BONDED), after.held_for(BONDED)),
        (DEVELOPMENT_BOND, Balance::ZERO)
    );
    assert_eq!(bond, None);
    let gained = after.free.saturating_sub(before.free);
    let fee = DEVELOPMENT_BOND.saturating_sub(gained);
    assert!(fee > Balance::ZERO && fee < Balance::tokens(1), "{fee} is no fee");
}
