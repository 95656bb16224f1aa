//! Stories of voters in a network in memory (see `net.rs`), and single votes with their verdicts.
//!
//! T is 100 ms, a slot 1 s, a link 2 to 20 ms, a status goes out every 300 ms, unless a story says
//! otherwise.

#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test; overflow panics")]

mod chain;
mod net;
mod single;

use crate::finality::{Stage, VoterSet};
use crate::rules::{FinalityRules, Rules, Switch, VoteTarget};
use net::{Net, Settings, key, set_of};

/// Runs until all nodes that are up made a new block final, at most `ms`.
fn assert_goes_on(net: &mut Net, ms: u64, why: &str) {
    let before = net.finals().1;
    let end = net.now + ms;
    while net.finals().0 <= before {
        net.run(100);
        assert!(net.now < end, "seed {}: no new final block in {ms} ms: {why}", net.settings.seed);
    }
}

#[test]
fn all_honest_voters_make_every_block_final_within_a_slot() {
    for seed in 0..5 {
        let mut net = Net::new(Settings::seed(seed), 4);
        net.run(20_500);
        let best = net.best();
        assert_eq!(net.finals(), (best, best), "seed {seed}");
        assert!(best >= 19, "seed {seed}: {best}");
        net.lags.sort_unstable();
        let (median, worst) = (net.lags[net.lags.len() / 2], net.lags[net.lags.len() - 1]);
        println!("seed {seed}: from block to finality {median} ms, at worst {worst} ms");
        // Three messages in a row take at most 60 ms: block, prevote, precommit.
        assert!(worst <= 60, "seed {seed}: {worst} ms");
    }
}

#[test]
fn one_of_four_down_does_not_delay_finality() {
    let mut net = Net::new(Settings::seed(1), 4);
    net.crash(2);
    net.run(30_000);
    assert_goes_on(&mut net, 3_000, "three of four are enough");
    let worst = net.lags.iter().max().unwrap();
    assert!(*worst <= 60, "{worst} ms");
}

#[test]
fn two_of_four_down_stop_finality_and_the_third_starts_it_again() {
    let mut net = Net::new(Settings::seed(2), 4);
    net.run(3_000);
    net.crash(2);
    net.crash(3);
    net.run(2_000);
    let stopped = net.finals();
    net.run(20_000);
    assert_eq!(net.finals(), stopped, "half of the weight makes nothing final");
    net.restart(2);
    assert_goes_on(&mut net, 3_000, "the third is back");
}

#[test]
fn a_chain_without_blocks_costs_no_votes() {
    let mut net = Net::new(Settings::seed(3), 4);
    net.run(5_500);
    net.authoring = false;
    net.run(1_000);
    let said: usize = net.nodes.iter().map(|node| node.said.len()).sum();
    net.run(600_000);
    assert_eq!(said, net.nodes.iter().map(|node| node.said.len()).sum::<usize>());
    net.authoring = true;
    assert_goes_on(&mut net, 2_000, "blocks are back");
}

#[test]
fn two_halves_in_one_round_heal_by_pulling() {
    for seed in 0..10 {
        let settings = Settings { mute_proofs: true, ..Settings::seed(seed) };
        let mut net = Net::new(settings, 4);
        net.run(3_000 + seed * 7);
        net.groups = vec![0, 0, 1, 1];
        net.run(20_000);
        net.groups = vec![0; 4];
        assert_goes_on(&mut net, 3_000, "the halves hear each other");
    }
}

#[test]
fn a_vote_lost_on_one_link_for_ever_is_pulled() {
    let settings = Settings { mute_proofs: true, ..Settings::seed(4) };
    let mut net = Net::new(settings, 4);
    // Every vote counts, and node 1 never hears node 0.
    net.crash(3);
    net.lost = |from, to, _| from == 0 && to == 1;
    net.run(30_000);
    let (low, _) = net.finals();
    assert!(low + 3 >= net.best(), "{low} of {}", net.best());
}

#[test]
fn an_equivocator_is_found_and_stops_nothing() {
    for seed in 0..10 {
        let mut net = Net::new(Settings { relay: true, ..Settings::seed(seed) }, 4);
        net.nodes[1].twofaced = true;
        net.run(20_500);
        assert_goes_on(&mut net, 3_000, "one of four may lie");
        let proofs: Vec<_> = net.nodes.iter().flat_map(|node| &node.evidence).collect();
        assert!(!proofs.is_empty(), "seed {seed}");
        for proof in proofs {
            let (first, second) = (proof.first, proof.second);
            assert_eq!((first.voter, second.voter), (key(1), key(1)));
            assert_ne!(first.vote.target, second.vote.target);
        }
        for node in &net.nodes {
            let told: std::collections::BTreeSet<_> = node
                .evidence
                .iter()
                .map(|proof| (proof.first.vote.round, proof.first.vote.stage))
                .collect();
            assert_eq!(told.len(), node.evidence.len(), "seed {seed}: evidence told twice");
        }
    }
}

#[test]
fn forks_in_every_slot_on_slow_links_end_in_one_final_chain() {
    for seed in 0..10 {
        let settings = Settings { forks: 1_000, delay_ms: (20, 400), ..Settings::seed(seed) };
        let mut net = Net::new(settings, 7);
        net.run(60_000);
        let (low, _) = net.finals();
        assert!(low + 8 >= net.best(), "seed {seed}: {low} of {}", net.best());
    }
}

#[test]
fn one_that_missed_rounds_joins_without_voting_in_them() {
    let settings = Settings { mute_proofs: true, ..Settings::seed(5) };
    let mut net = Net::new(settings, 4);
    net.run(3_000);
    let left = net.nodes[3].voter.round_number();
    net.groups = vec![0, 0, 0, 1];
    net.authoring = true;
    net.run(20_000);
    let reached = net.nodes[0].voter.round_number();
    assert!(reached.since(left) >= 10, "{left} {reached}");
    let said = net.nodes[3].said.len();
    net.groups = vec![0; 4];
    net.run(1_500);
    assert!(net.nodes[3].voter.round_number() >= reached);
    let later = net.nodes[3].said[said..].iter().map(|signed| signed.vote.round);
    assert!(later.clone().all(|round| round > reached.saturating_sub(1)), "voted in a past round");
    net.crash(0);
    assert_goes_on(&mut net, 3_000, "it is needed now");
}

fn changing_sets(seed: u64) -> (Net, VoterSet) {
    let mut net = Net::new(Settings::seed(seed), 5);
    let first = set_of(1, 0..4);
    let second = set_of(2, 1..5);
    net.set_first(first);
    net.announce_at.insert(5, second.clone());
    net.announce_at.insert(9, set_of(3, 0..5));
    (net, second)
}

#[test]
fn a_new_set_takes_over_when_its_announcement_is_final() {
    for seed in 0..10 {
        let (mut net, second) = changing_sets(seed);
        net.run(8_300);
        assert_eq!(net.nodes[0].voter.set(), &second, "seed {seed}");
        assert!(!net.nodes[0].voter.is_voter() && net.nodes[4].voter.is_voter());
        net.run(8_000);
        assert_goes_on(&mut net, 2_000, "the third set votes");
        for node in &net.nodes {
            for signed in &node.said {
                let (set, height) = (signed.vote.set.0, signed.vote.target.height.0);
                let limit = match set {
                    1 => 0..=5,
                    2 => 5..=9,
                    _ => 9..=u32::MAX,
                };
                assert!(
                    limit.contains(&height),
                    "seed {seed}: set {set} votes for height {height}"
                );
            }
        }
    }
}

#[test]
fn a_node_that_was_away_for_two_set_changes_follows_by_proofs() {
    let (mut net, _) = changing_sets(11);
    net.run(2_000);
    net.groups = vec![0, 0, 0, 1, 0];
    net.run(14_000);
    assert!(net.nodes[3].chain.last_final.height.0 < 5);
    net.groups = vec![0; 5];
    assert_goes_on(&mut net, 4_000, "it follows");
}

#[test]
fn restarts_at_any_moment_never_say_two_things_and_never_stop_the_chain() {
    for seed in 0..20 {
        let settings = Settings { loss: 50, forks: 200, ..Settings::seed(seed) };
        let mut net = Net::new(settings, 4);
        for turn in 0..30_u64 {
            let node = usize::try_from((seed + turn * 7) % 4).unwrap();
            net.run(137 + (seed * 31 + turn * 53) % 400);
            net.crash(node);
            net.run((seed + turn) % 5 * 90);
            net.restart(node);
        }
        assert_goes_on(&mut net, 4_000, "everybody is back");
    }
}

#[test]
fn a_restart_of_all_nodes_at_once_goes_on_where_they_were() {
    for seed in 0..40 {
        let settings = Settings { delay_ms: (5, 60), ..Settings::seed(seed) };
        let mut net = Net::new(settings, 4);
        net.run(3_000 + seed * 5);
        (0..4).for_each(|node| net.crash(node));
        net.run(500);
        (0..4).for_each(|node| net.restart(node));
        assert_goes_on(&mut net, 4_000, "all came back with their journals");
    }
}

#[test]
fn chaos_never_forks_finality_and_ends_in_progress() {
    for seed in 0..30 {
        let settings =
            Settings { loss: 200, forks: 400, delay_ms: (2, 300), ..Settings::seed(seed) };
        let count = 4 + usize::try_from(seed % 4).unwrap();
        let mut net = Net::new(settings, count);
        net.nodes[0].twofaced = seed % 3 == 0;
        for turn in 0..12_u64 {
            let mark = seed * 97 + turn * 31;
            net.groups =
                (0..count).map(|node| usize::from((mark >> (node % 8)) & 1 == 1)).collect();
            net.run(300 + mark % 900);
            let node = usize::try_from(mark).unwrap() % count;
            net.crash(node);
            net.run(mark % 700);
            net.restart(node);
        }
        net.groups = vec![0; count];
        net.settings.loss = 0;
        net.settings.delay_ms = (2, 20);
        assert_goes_on(&mut net, 8_000, "the network healed");
    }
}

#[test]
fn other_rules_are_slower_and_as_safe() {
    let rules = FinalityRules {
        vote_target: VoteTarget::BehindAndThreeQuarters,
        third_precommit_rule: Switch::Off,
        ..FinalityRules::default()
    };
    let mut net = Net::new(Settings { rules, ..Settings::seed(6) }, 4);
    net.run(30_500);
    let (low, high) = net.finals();
    assert!(high + 2 <= net.best() && low + 5 >= net.best(), "{low} {high} {}", net.best());
}

#[test]
fn every_other_rule_makes_blocks_final_where_everybody_is_honest() {
    for rule in Rules::all().iter().filter(|rule| rule.name.starts_with("finality.")) {
        for choice in &rule.choices[1..] {
            let mut rules = Rules::standard();
            let value = if choice.name == "N/M" { "3/4" } else { choice.name };
            rules.set(rule.name, value).unwrap();
            let settings = Settings { rules: rules.finality, forks: 200, ..Settings::seed(11) };
            let mut net = Net::new(settings, 4);
            net.run(20_500);
            let (low, _) = net.finals();
            assert!(low + 5 >= net.best(), "{}={value}: {low} {}", rule.name, net.best());
        }
    }
}

#[test]
fn a_hundred_voters_make_blocks_final_within_a_slot() {
    let mut net = Net::new(Settings::seed(7), 100);
    net.run(3_500);
    let best = net.best();
    assert_eq!(net.finals(), (best, best));
    let worst = net.lags.iter().max().unwrap();
    assert!(*worst <= 60, "{worst} ms");
}

#[test]
fn nothing_grows_over_ten_thousand_rounds() {
    let settings =
        Settings { slot_ms: 40, delay_ms: (1, 4), keep: 8, loss: 5, ..Settings::seed(8) };
    let mut net = Net::new(settings, 4);
    let mut largest = 0;
    while net.nodes[0].voter.round_number().0 < 10_000 {
        net.run(4_000);
        let node = &mut net.nodes[0];
        node.said.clear();
        node.journal.signed =
            node.journal.signed.split_off(&(1, node.voter.round_number().0 - 1, 0));
        largest = largest.max(node.voter.hashed_bytes().len());
        assert!(node.voter.votes_held() <= 24 * 4);
        net.lags.clear();
    }
    // Three rounds of eight votes of about 200 bytes, with their paths, some held votes and a
    // proof.
    println!("largest voter: {largest} bytes");
    assert!(largest < 64 * 1024, "{largest} bytes");
    let stages = net.nodes[1].said.iter().filter(|signed| signed.vote.stage == Stage::Prevote);
    assert!(stages.count() >= 9_000);
}
