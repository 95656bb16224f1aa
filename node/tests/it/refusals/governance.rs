//! Bad input of governance, as transactions of blocks: the typed refusal, and nothing has changed but the fee.
//!
//! One chain: referendum 0 is decided on the root track, 1 has no decision deposit, 2 was cancelled. Account 0 is root, 1
//! submits, 2 deposits, 3 has voted and delegates on another track, 5 has said nothing.

use super::refused_as;
use crate::world::{GENESIS_TIME, World, id, treasury};
use serin_governance::preimages::PreimageError;
use serin_governance::referenda::ReferendaError;
use serin_governance::treasury::TreasuryError;
use serin_governance::voting::{Conviction, VotingCall, VotingError};
use serin_governance::whitelist::WhitelistError;
use serin_governance::{Error, TrackId};
use serin_node::chain_spec::ChainSpec;
use serin_node::runtime::words::Numbers;
use serin_node::runtime::{Call, DispatchError, query};
use serin_state::codec::encode;
use serin_state::types::{Balance, Hash};

/// The hash of nothing that anybody noted.
const UNKNOWN: &str = "0x2222222222222222222222222222222222222222222222222222222222222222";

fn call(world: &World, words: &str) -> Call {
    let state = &world.state;
    let numbers = Numbers {
        parameters: query::parameters(state),
        governance: query::governance(state),
        staking: serin_consensus::staking::parameters(state),
    };
    let words = words.replace("TREASURY", &treasury().to_string());
    Call::from_words(&words, Some(&numbers)).unwrap_or_else(|error| panic!("{words}: {error}"))
}

fn stage() -> World {
    let mut world = World::new(&ChainSpec::local(4, 1_000, GENESIS_TIME));
    for (sender, words) in [
        (1, "referenda.submit root [balances.force_transfer TREASURY //Ferdie 0.5]"),
        (1, "referenda.submit small_tipper [treasury.tip //Ferdie 1]"),
        (1, "referenda.submit small_tipper [treasury.tip //Ferdie 2]"),
        (2, "referenda.place_decision_deposit 0"),
        (2, "referenda.place_decision_deposit 2"),
        (0, "system.as_root [referenda.cancel 2]"),
        (2, "referenda.refund_decision_deposit 2"),
        (3, "voting.vote 0 aye 10 1x"),
        (3, "voting.delegate small_tipper //Alice 1x 10"),
        (1, "preimages.note [balances.burn 1]"),
    ] {
        let call = call(&world, words);
        assert_eq!(world.one(sender, &call).result, Ok(()), "{words}");
    }
    world
}

/// Why, who asks, in which words, and the answer.
type Case<'a> = (&'a str, usize, &'a str, DispatchError);

fn refuse(cases: &[Case<'_>]) {
    let world = stage();
    for (why, sender, words, error) in cases {
        refused_as(&world, (why, *sender), &call(&world, words), *error);
    }
}

#[test]
fn what_votes_and_delegations_are_refused_changes_nothing() {
    let voting = |error| DispatchError::from(Error::Voting(error));
    refuse(&[
        ("a vote on no referendum", 5, "voting.vote 9 aye 10 1x", voting(VotingError::NotOngoing)),
        ("a vote on one that ended", 5, "voting.vote 2 aye 10 1x", voting(VotingError::NotOngoing)),
        (
            "more than there is",
            5,
            "voting.vote 0 aye 900,000,000 1x",
            voting(VotingError::InsufficientFunds),
        ),
        (
            "split, more than there is",
            5,
            "voting.vote_split 0 900,000 900,000",
            voting(VotingError::InsufficientFunds),
        ),
        (
            "a vote while delegating",
            3,
            "voting.vote 1 aye 10 1x",
            voting(VotingError::AlreadyDelegating),
        ),
        ("no vote to remove", 5, "voting.remove_vote root 0", voting(VotingError::NotVoter)),
        (
            "another's vote that still counts",
            5,
            "voting.remove_other_vote //Dave root 0",
            voting(VotingError::NoPermission),
        ),
        (
            "a delegation to oneself",
            5,
            "voting.delegate root //Ferdie 1x 10",
            voting(VotingError::Nonsense),
        ),
        (
            "a delegation beside votes",
            3,
            "voting.delegate root //Alice 1x 10",
            voting(VotingError::AlreadyVoting),
        ),
        (
            "a delegation of more than there is",
            5,
            "voting.delegate root //Alice 1x 900,000,000",
            voting(VotingError::InsufficientFunds),
        ),
        ("nothing is delegated", 5, "voting.undelegate root", voting(VotingError::NotDelegating)),
    ]);
    let nowhere = Call::Governance(serin_governance::Call::Voting(VotingCall::Delegate {
        track: TrackId(999),
        to: id(0),
        conviction: Conviction::None,
        balance: Balance::tokens(1),
    }));
    refused_as(&stage(), ("on no track", 5), &nowhere, voting(VotingError::BadClass));
}

#[test]
fn what_referenda_and_preimages_are_refused_changes_nothing() {
    let unnote = format!("preimages.unnote {UNKNOWN}");
    let unrequest = format!("system.as_root [preimages.unrequest {UNKNOWN}]");
    let noted = Hash::of(&encode(&call(&stage(), "balances.burn 1")));
    let metadata = format!("referenda.set_metadata 0 {UNKNOWN}");
    let short = format!("referenda.submit_preimage root {noted} 1");
    let referenda = |error| DispatchError::from(Error::Referenda(error));
    let preimage = |error| DispatchError::from(Error::Preimages(error));
    let origin = DispatchError::BadOrigin;
    refuse(&[
        (
            "a deposit twice",
            5,
            "referenda.place_decision_deposit 0",
            referenda(ReferendaError::HasDeposit),
        ),
        (
            "a deposit on what ended",
            5,
            "referenda.place_decision_deposit 2",
            referenda(ReferendaError::NotOngoing),
        ),
        (
            "a refund while it goes on",
            2,
            "referenda.refund_decision_deposit 0",
            referenda(ReferendaError::Unfinished),
        ),
        (
            "a refund twice",
            2,
            "referenda.refund_decision_deposit 2",
            referenda(ReferendaError::NoDeposit),
        ),
        (
            "a refund of no referendum",
            2,
            "referenda.refund_decision_deposit 9",
            referenda(ReferendaError::BadReferendum),
        ),
        ("to cancel without the right to", 1, "referenda.cancel 0", origin),
        ("to kill without the right to", 1, "referenda.kill 0", origin),
        (
            "to cancel what ended",
            0,
            "system.as_root [referenda.cancel 2]",
            referenda(ReferendaError::NotOngoing),
        ),
        ("a preimage that nobody noted", 1, &metadata, referenda(ReferendaError::PreimageNotExist)),
        (
            "a preimage of another length",
            5,
            &short,
            referenda(ReferendaError::PreimageLengthDiffers),
        ),
        (
            "a preimage twice",
            1,
            "preimages.note [balances.burn 1]",
            preimage(PreimageError::AlreadyNoted),
        ),
        ("to forget what nobody noted", 1, &unnote, preimage(PreimageError::NotNoted)),
        ("to want no more what nobody wants", 0, &unrequest, preimage(PreimageError::NotRequested)),
    ]);
}

#[test]
fn what_treasury_and_whitelist_refuse_changes_nothing() {
    let whitelist = format!("whitelist.vote {UNKNOWN} aye");
    let treasury = |error| DispatchError::from(Error::Treasury(error));
    let rank = |error| DispatchError::from(Error::Whitelist(error));
    let origin = DispatchError::BadOrigin;
    refuse(&[
        ("to spend without the right to", 5, "treasury.spend //Ferdie 1", origin),
        (
            "to spend nothing",
            0,
            "system.as_root [treasury.spend //Ferdie 0]",
            treasury(TreasuryError::Zero),
        ),
        ("a payout of no spend", 5, "treasury.payout 9", treasury(TreasuryError::UnknownSpend)),
        ("a member's vote of somebody else", 5, &whitelist, rank(WhitelistError::RankTooLow)),
    ]);
}
