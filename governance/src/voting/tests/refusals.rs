//! Every refusal, its reason, and that it changes nothing.
//!
//! Each row prepares a world of its own, makes one call and names the refusal.

use super::world::{ENDOWMENT, TRACKS, World, account, aye, delegate, standard, vote};
use crate::voting::{AccountVote, Conviction, VotingCall, VotingError, apply};
use crate::{Error, Origin, ReferendumIndex, TrackId};
use serin_state::types::Balance;

struct Row {
    why: &'static str,
    prepare: fn(&mut World),
    who: u8,
    call: VotingCall,
    expected: VotingError,
}

fn row(
    why: &'static str,
    prepare: fn(&mut World),
    (who, call): (u8, VotingCall),
    expected: VotingError,
) -> Row {
    Row { why, prepare, who, call, expected }
}

fn remove(track: Option<TrackId>, index: u32) -> VotingCall {
    VotingCall::RemoveVote { track, index: ReferendumIndex(index) }
}

fn remove_other(target: u8, index: u32) -> VotingCall {
    let (target, index) = (account(target), ReferendumIndex(index));
    VotingCall::RemoveOtherVote { target, track: TRACKS[0], index }
}

fn delegate_all(to: u8, balance: u128) -> VotingCall {
    let (to, balance) = (account(to), Balance(balance));
    VotingCall::DelegateAll { to, conviction: Conviction::Locked1x, balance }
}

fn nothing(_: &mut World) {}

fn one_open(world: &mut World) {
    world.open(TRACKS[0]);
}

fn one_vote(world: &mut World) {
    one_open(world);
    world.must(0, vote(0, aye(100)));
}

fn one_ended(world: &mut World) {
    one_vote(world);
    world.end(0, Some(true));
}

fn full(world: &mut World) {
    for index in 0..5 {
        world.open(TRACKS[0]);
        if index < 4 {
            world.must(0, vote(index, aye(1)));
        }
    }
}

fn delegating(world: &mut World) {
    one_open(world);
    world.must(0, delegate(TRACKS[0], 1, 100));
}

fn delegating_on_the_last_track(world: &mut World) {
    world.must(0, delegate(TRACKS[2], 1, 100));
}

fn votes() -> Vec<Row> {
    let split = AccountVote::Split { aye: Balance(ENDOWMENT), nay: Balance(1) };
    let wraps =
        AccountVote::SplitAbstain { aye: Balance(u128::MAX), nay: Balance(1), abstain: Balance(1) };
    let too_much = standard(true, Conviction::None, ENDOWMENT + 1);
    let mut long = vote(0, aye(1));
    if let VotingCall::Vote { reason, .. } = &mut long {
        *reason = Some("x".repeat(513));
    }
    vec![
        row("no such referendum", nothing, (0, vote(7, aye(1))), VotingError::NotOngoing),
        row("an ended one", one_ended, (1, vote(0, aye(1))), VotingError::NotOngoing),
        row("more than it has", one_open, (0, vote(0, too_much)), VotingError::InsufficientFunds),
        row("split, together", one_open, (0, vote(0, split)), VotingError::InsufficientFunds),
        row("a sum that wraps", one_open, (0, vote(0, wraps)), VotingError::InsufficientFunds),
        row("no account", one_open, (99, vote(0, aye(1))), VotingError::InsufficientFunds),
        row("one too many", full, (0, vote(4, aye(1))), VotingError::MaxVotesReached),
        row("delegates", delegating, (0, vote(0, aye(1))), VotingError::AlreadyDelegating),
        row("a novel as a reason", one_open, (0, long), VotingError::ReasonTooLong),
    ]
}

fn removals() -> Vec<Row> {
    vec![
        row("no vote there", one_open, (0, remove(None, 0)), VotingError::NotVoter),
        row("another track", one_vote, (0, remove(Some(TRACKS[1]), 0)), VotingError::NotVoter),
        row("no such track", one_vote, (0, remove(Some(TrackId(9)), 0)), VotingError::NotVoter),
        row("ended, and no track said", one_ended, (0, remove(None, 0)), VotingError::ClassNeeded),
        row("of another, ongoing", one_vote, (1, remove_other(0, 0)), VotingError::NoPermission),
        row("of another, locked", one_ended, (1, remove_other(0, 0)), VotingError::NoPermissionYet),
        row("of one without", one_vote, (1, remove_other(2, 0)), VotingError::NotVoter),
    ]
}

fn delegations() -> Vec<Row> {
    let track = TRACKS[0];
    let undelegate = VotingCall::Undelegate { track };
    let nowhere = VotingCall::Undelegate { track: TrackId(9) };
    vec![
        row("to oneself", nothing, (0, delegate(track, 0, 1)), VotingError::Nonsense),
        row("no such track", nothing, (0, delegate(TrackId(9), 1, 1)), VotingError::BadClass),
        row(
            "more than it has",
            nothing,
            (0, delegate(track, 1, ENDOWMENT + 1)),
            VotingError::InsufficientFunds,
        ),
        row("twice", delegating, (0, delegate(track, 2, 1)), VotingError::AlreadyDelegating),
        row("with votes", one_vote, (0, delegate(track, 1, 1)), VotingError::AlreadyVoting),
        row("with old votes", one_ended, (0, delegate(track, 1, 1)), VotingError::AlreadyVoting),
        row("nothing to end", nothing, (0, undelegate), VotingError::NotDelegating),
        row("no such track to end", nothing, (0, nowhere), VotingError::NotDelegating),
        row("all, to oneself", nothing, (0, delegate_all(0, 1)), VotingError::Nonsense),
        row(
            "all, of which the last is taken",
            delegating_on_the_last_track,
            (0, delegate_all(1, 1)),
            VotingError::AlreadyDelegating,
        ),
        row("all, with one vote", one_vote, (0, delegate_all(1, 1)), VotingError::AlreadyVoting),
        row(
            "all, more than it has",
            nothing,
            (0, delegate_all(1, u128::MAX)),
            VotingError::InsufficientFunds,
        ),
        row(
            "all, none to end",
            nothing,
            (0, VotingCall::UndelegateAll),
            VotingError::NotDelegating,
        ),
    ]
}

#[test]
fn every_refusal_has_its_reason_and_changes_nothing() {
    for Row { why, prepare, who, call, expected } in
        votes().into_iter().chain(removals()).chain(delegations())
    {
        let mut world = World::new();
        prepare(&mut world);
        let before = world.changes();
        assert_eq!(world.ask(account(who), call), Err(Error::Voting(expected)), "{why}");
        assert_eq!(world.changes(), before, "{why}: something has changed");
    }
}

#[test]
fn only_a_signed_origin_votes() {
    let mut world = World::new();
    one_open(&mut world);
    let before = world.changes();
    for origin in [Origin::Root, Origin::Track(TRACKS[0])] {
        let (result, events) =
            world.with(|ctx| apply::<super::world::Told, _>(ctx, origin, vote(0, aye(1))));
        assert_eq!((result, events), (Err(Error::BadOrigin), Vec::new()));
    }
    assert_eq!(world.changes(), before);
}

#[test]
fn an_account_with_every_freeze_taken_is_refused_by_the_ledger() {
    let mut world = World::new();
    one_open(&mut world);
    world.with(|ctx| {
        for reason in 0..serin_state::types::REASONS_MAX {
            let reason = serin_state::types::Reason(1000 + u16::try_from(reason).unwrap());
            let thawed = ctx.ledger().set_freeze(account(0), reason, Balance(1)).unwrap();
            ctx.take_dust(thawed);
        }
    });
    let before = world.changes();
    for call in [vote(0, aye(1)), delegate(TRACKS[0], 1, 1), delegate_all(1, 1)] {
        assert_eq!(world.ask(account(0), call), Err(Error::Ledger));
        assert_eq!(world.changes(), before);
    }
}
