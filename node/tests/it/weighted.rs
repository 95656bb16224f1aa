//! Finality where votes weigh as much as the stake behind the voter: `eras.weigh_by_stake`, which Kusama does not use.
//!
//! Four nodes with real keys; the last has two fifths of the stake in one case and a fifth in the other, and is switched off.

use crate::net::Net;
use crate::world::GENESIS_TIME;
use serin_consensus::staking::Call as Staking;
use serin_consensus::staking::ledger::LedgerCall;
use serin_node::chain_spec::ChainSpec;
use serin_node::runtime::Call;
use serin_state::types::Balance;

/// Four validators with a million each, of whom number `rich` adds nearly as much before the first election; weights in tokens of
/// the voters once they serve.
fn started(weigh_by_stake: bool, rich: usize) -> (Net, Vec<u64>) {
    let mut spec = ChainSpec::local(4, 1_000, GENESIS_TIME);
    spec.params.epoch_slots = 4;
    spec.params.secondary_delay_ms = 0;
    spec.params.gossip_ms = 50;
    let eras = &mut spec.staking.as_mut().unwrap().parameters.eras;
    eras.weigh_by_stake = weigh_by_stake;
    eras.stake_divisor = Balance::tokens(1).0;
    let mut net = Net::new(spec);
    net.run_to(1);
    let extra = LedgerCall::BondExtra { amount: Balance::tokens(999_000) };
    net.submit(rich, 0, &Call::Staking(Staking::Ledger(extra)));
    net.run_to(12);
    let session = net.nodes[0].session().unwrap();
    let weights = session.current().members().iter().map(|one| one.weight.0).collect();
    (net, weights)
}

#[test]
fn finality_stops_without_a_third_of_the_weight_and_goes_on_without_less() {
    let million = 1_000_000;
    let heavy = 1_999_000;
    #[rustfmt::skip]
    let cases = [
        (true,  3, [million, million, million, heavy], false, "without 40 % of the stake"),
        (true,  0, [heavy, million, million, million], true,  "without 20 % of the stake"),
        (false, 3, [1; 4],                             true,  "without one of four that weigh the same"),
    ];
    for (weigh_by_stake, rich, expected, goes_on, why) in cases {
        let (mut net, weights) = started(weigh_by_stake, rich);
        assert_eq!(weights, expected, "{why}");
        let heights = |net: &Net| {
            let node = &net.nodes[0];
            (node.head().height.0, node.finalized().height.0)
        };
        let (head, last) = heights(&net);
        assert!(last + 2 >= head, "{why}: {last} of {head} final before");
        net.drop_last();
        net.run_to(40);
        let (now, finalized) = heights(&net);
        assert!(now >= head + 10, "{why}: {now} blocks, the chain goes on");
        if goes_on {
            assert!(finalized + 3 >= now, "{why}: {finalized} of {now}");
        } else {
            assert!(finalized <= head, "{why}: {finalized} of {now}");
        }
    }
}
