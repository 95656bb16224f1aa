//! A validator that runs twice: the others see it, bring it to the chain, and it pays.
//!
//! Whole cores with real signatures. The twin tells an older version in its headers, so what the two seal for one slot
//! differs.

use crate::net::Net;
use crate::world::GENESIS_TIME;
use serin_consensus::staking::{active_era, ledger, offence};
use serin_node::chain_spec::ChainSpec;
use serin_state::layout::Item;
use serin_state::overlay::read;
use serin_state::types::{Era, Hash, ProtocolVersion};

/// Four validators with stake, epochs of six slots, eras of two epochs.
fn staked() -> ChainSpec {
    let mut spec = ChainSpec::local(4, 1_000, GENESIS_TIME);
    spec.params.epoch_slots = 6;
    spec.params.secondary_delay_ms = 0;
    spec.params.gossip_ms = 50;
    spec
}

#[test]
fn the_others_report_a_twin_and_it_is_slashed_and_disabled() {
    let spec = staked();
    let guilty = spec.validators[3].account;
    let mut net = Net::new(spec);
    net.run_to(3);
    net.add_twin(3, ProtocolVersion(1));
    let bonded = |net: &Net| {
        let core = &net.nodes[0];
        let view = core.layers().view(&core.head().hash).unwrap();
        ledger::bond_of(&view, guilty).map(|bond| bond.total)
    };
    let before = bonded(&net).unwrap();
    let mut slot = 3;
    let reported = |net: &Net, era: Era| {
        let core = &net.nodes[0];
        let view = core.layers().view(&core.head().hash).unwrap();
        let slash: Option<offence::record::Slash> = read(&view, &Item::Slash(era, guilty).key());
        let disabled = offence::disabled(&view, era).contains(&guilty);
        assert_eq!(disabled, slash.is_some() && era == active_era(&view), "disabled in its era");
        slash
    };
    let era = loop {
        slot += 1;
        assert!(slot < 40, "nobody brings the offence to the chain");
        net.run_to(slot);
        let found = (0..4).map(Era).find(|era| reported(&net, *era).is_some());
        if let Some(era) = found {
            break era;
        }
    };
    let slash = reported(&net, era).unwrap();
    assert_eq!(slash.share.parts(), 562_500_000, "one of four");
    assert!(net.nodes[..3].iter().all(|core| core.head().height.0 > 2));
    net.drop_last();
    net.run_to(slot + 80);
    let after = bonded(&net).unwrap_or_default();
    assert!(after < before, "{after} of {before} is left");
    let roots: Vec<Hash> = net.nodes[..3].iter().map(|core| core.finalized().hash).collect();
    assert!(roots.iter().all(|root| *root == roots[0]), "finality goes on together");
    assert!(net.nodes[0].finalized().height.0 > 60);
}
