//! Random calls: tallies equal a recount, locks hold what was promised, refusals change nothing.
//!
//! The model of promises is naive: it remembers for every vote and delegation how much it binds until when.

use super::world::{TRACKS, World, account};
use crate::ReferendumIndex;
use crate::voting::{AccountVote, Conviction, VotingCall, recount};
use proptest::prelude::*;
use serin_state::types::{AccountId, Balance};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
    Open(usize),
    End(u32, Option<bool>),
    Pass(u64),
    Call(u8, VotingCall),
}

fn conviction() -> impl Strategy<Value = Conviction> {
    (0_usize..7).prop_map(|number| Conviction::ALL[number])
}

fn amount() -> impl Strategy<Value = Balance> {
    prop_oneof![9 => 0_u128..2000, 1 => Just(u128::MAX)].prop_map(Balance)
}

fn any_vote() -> impl Strategy<Value = AccountVote> {
    prop_oneof![
        5 => (any::<bool>(), conviction(), amount()).prop_map(|(aye, conviction, balance)| {
            AccountVote::Standard { aye, conviction, balance }
        }),
        1 => (amount(), amount()).prop_map(|(aye, nay)| AccountVote::Split { aye, nay }),
        1 => (amount(), amount(), amount(), any::<bool>()).prop_map(|(aye, nay, abstain, pure)| {
            let part = |amount| if pure { Balance::ZERO } else { amount };
            AccountVote::SplitAbstain { aye: part(aye), nay: part(nay), abstain }
        }),
    ]
}

fn track() -> impl Strategy<Value = crate::TrackId> {
    (0_usize..TRACKS.len()).prop_map(|at| TRACKS[at])
}

fn call() -> impl Strategy<Value = VotingCall> {
    let index = || (0_u32..12).prop_map(ReferendumIndex);
    let id = || (0_u8..6).prop_map(account);
    prop_oneof![
        8 => (index(), any_vote())
            .prop_map(|(index, vote)| VotingCall::Vote { index, vote, reason: None }),
        3 => (prop::option::of(track()), index())
            .prop_map(|(track, index)| VotingCall::RemoveVote { track, index }),
        2 => (id(), track(), index()).prop_map(|(target, track, index)| {
            VotingCall::RemoveOtherVote { target, track, index }
        }),
        2 => (track(), id()).prop_map(|(track, target)| VotingCall::Unlock { track, target }),
        5 => (track(), id(), conviction(), amount()).prop_map(|(track, to, conviction, balance)| {
            VotingCall::Delegate { track, to, conviction, balance }
        }),
        3 => track().prop_map(|track| VotingCall::Undelegate { track }),
        1 => (id(), conviction(), amount()).prop_map(|(to, conviction, balance)| {
            VotingCall::DelegateAll { to, conviction, balance }
        }),
        1 => Just(VotingCall::UndelegateAll),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0_usize..TRACKS.len()).prop_map(Step::Open),
        1 => (0_u32..12, any::<Option<bool>>()).prop_map(|(index, how)| Step::End(index, how)),
        1 => (0_u64..250).prop_map(Step::Pass),
        16 => (0_u8..6, call()).prop_map(|(who, call)| Step::Call(who, call)),
    ]
}

/// What binds an account: a vote, or a delegation on a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Bond {
    Vote(AccountId, u32),
    Delegation(AccountId, u16),
}

/// Amounts promised, and until when; none for as long as the vote or the delegation stands.
#[derive(Debug, Default)]
struct Promises {
    standing: BTreeMap<Bond, (AccountVote, Balance)>,
    ended: Vec<(AccountId, u64, Balance)>,
}

impl Promises {
    fn note(&mut self, world: &World, who: AccountId, call: &VotingCall) {
        let period = world.parameters.voting.locking_period_slots;
        match call {
            VotingCall::Vote { index, vote, .. } => {
                self.standing.insert(Bond::Vote(who, index.0), (*vote, vote.balance()));
            }
            VotingCall::RemoveVote { index, .. } => {
                self.standing.remove(&Bond::Vote(who, index.0));
            }
            VotingCall::RemoveOtherVote { target, index, .. } => {
                self.standing.remove(&Bond::Vote(*target, index.0));
            }
            VotingCall::Unlock { .. } => {}
            VotingCall::Delegate { track, conviction, balance, .. } => {
                let vote =
                    AccountVote::Standard { aye: true, conviction: *conviction, balance: *balance };
                self.standing.insert(Bond::Delegation(who, track.0), (vote, *balance));
            }
            VotingCall::DelegateAll { to, conviction, balance } => {
                for track in TRACKS {
                    let (to, conviction, balance) = (*to, *conviction, *balance);
                    let one = VotingCall::Delegate { track, to, conviction, balance };
                    self.note(world, who, &one);
                }
            }
            VotingCall::Undelegate { track } => {
                let bond = Bond::Delegation(who, track.0);
                if let Some((AccountVote::Standard { conviction, balance, .. }, _)) =
                    self.standing.remove(&bond)
                {
                    let until = world.now.0 + period * conviction.lock_periods();
                    self.ended.push((who, until, balance));
                }
            }
            VotingCall::UndelegateAll => {
                for track in TRACKS {
                    self.note(world, who, &VotingCall::Undelegate { track });
                }
            }
        }
    }

    /// A referendum has ended: winners with conviction are bound for their periods, whatever they call.
    fn end(&mut self, world: &World, index: u32, approved: Option<bool>) {
        let period = world.parameters.voting.locking_period_slots;
        self.standing.retain(|bond, (vote, _)| {
            let Bond::Vote(who, other) = *bond else { return true };
            if other != index {
                return true;
            }
            if let AccountVote::Standard { aye, conviction, balance } = *vote
                && approved == Some(aye)
            {
                let until = world.now.0 + period * conviction.lock_periods();
                self.ended.push((who, until, balance));
            }
            false
        });
    }

    fn check(&self, world: &mut World) {
        let now = world.now.0;
        for number in 0..6 {
            let frozen = world.frozen(number);
            let id = account(number);
            let standing = self.standing.iter().filter(|(bond, _)| match bond {
                Bond::Vote(who, _) | Bond::Delegation(who, _) => *who == id,
            });
            for (bond, (_, amount)) in standing {
                assert!(frozen >= amount.0, "{bond:?} binds {amount}, {frozen} are frozen");
            }
            for (who, until, amount) in &self.ended {
                let is_bound = *who == id && now < *until;
                assert!(!is_bound || frozen >= amount.0, "{amount} until {until}, {frozen} frozen");
            }
        }
    }
}

/// What a vote would carry is what is lent, also where no vote has been cast yet.
fn check_lent(world: &mut World) {
    for track in TRACKS {
        let records = world.records(track);
        for (who, record) in &records {
            for index in (0..12).map(ReferendumIndex) {
                let lent = recount::lent(&records, *who, index);
                assert_eq!(record.carried(index), lent, "{who} on {index:?}");
            }
        }
    }
}

fn play(steps: Vec<Step>, do_both: bool, carries: bool) {
    let mut world = World::new();
    world.parameters.voting.vote_while_delegating = do_both;
    world.parameters.voting.abstention_carries = carries;
    let mut promises = Promises::default();
    let mut open: Vec<u32> = Vec::new();
    for step in steps {
        let before = TRACKS.map(|track| world.kept(track));
        world.take_told();
        match step {
            Step::Open(track) => open.push(world.open(TRACKS[track])),
            Step::End(index, approved) => {
                if let Some(at) = open.iter().position(|other| *other == index) {
                    open.remove(at);
                    world.end(index, approved);
                    promises.end(&world, index, approved);
                }
            }
            Step::Pass(slots) => world.pass(slots),
            Step::Call(who, call) => {
                let unchanged = world.changes();
                match world.ask(account(who), call.clone()) {
                    Ok(_) => promises.note(&world, account(who), &call),
                    Err(_) => assert_eq!(world.changes(), unchanged, "{call:?}"),
                }
            }
        }
        let told = world.take_told();
        for (track, before) in TRACKS.into_iter().zip(before) {
            let kept = world.kept(track);
            assert_eq!(kept, world.recounted(track), "the tallies of {track:?}");
            for (index, tally) in before {
                let now = kept.iter().find(|(other, _)| *other == index);
                let is_changed = now.is_some_and(|(_, now)| *now != tally);
                assert!(!is_changed || told.contains(&index), "{index:?} was not told");
            }
        }
        check_lent(&mut world);
        promises.check(&mut world);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn tallies_locks_and_refusals_hold_after_every_call(
        steps in prop::collection::vec(step(), 1..80),
        do_both in any::<bool>(),
        carries in any::<bool>(),
    ) {
        play(steps, do_both, carries);
    }
}
