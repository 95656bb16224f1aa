//! Golden encodings: calls are signed, events and refusals committed to, records stored.
//!
//! The expected bytes are written by hand from the field orders: tags of one byte, little-endian numbers.

use super::world::{account, aye, standard};
use crate::voting::{
    AccountVote, Cast, Conviction, Delegation, Power, PriorLock, Record, VotingCall, VotingError,
    VotingEvent,
};
use crate::{ReferendumIndex, TrackId};
use borsh::BorshSerialize;
use serin_state::types::{Balance, Slot};

const INDEX: ReferendumIndex = ReferendumIndex(0x0102);
const TRACK: TrackId = TrackId(30);

fn check(what: &str, value: &impl BorshSerialize, expected: &[&[u8]]) {
    assert_eq!(borsh::to_vec(value).unwrap(), expected.concat(), "{what}");
}

fn amount(units: u128) -> Vec<u8> {
    units.to_le_bytes().to_vec()
}

#[test]
fn votes_have_fixed_bytes() {
    let (five, six, seven) = (amount(5), amount(6), amount(7));
    check("for, 1x", &aye(5), &[&[0, 1, 1], &five]);
    check("against, 6x", &standard(false, Conviction::Locked6x, 5), &[&[0, 0, 6], &five]);
    let split = AccountVote::Split { aye: Balance(5), nay: Balance(6) };
    check("split", &split, &[&[1], &five, &six]);
    let abstain =
        AccountVote::SplitAbstain { aye: Balance(5), nay: Balance(6), abstain: Balance(7) };
    check("split with abstention", &abstain, &[&[2], &five, &six, &seven]);
}

#[test]
fn calls_have_fixed_bytes() {
    let (to, conviction, balance) = (account(9), Conviction::Locked2x, Balance(5));
    let (five, nine) = (amount(5), [9; 32]);
    let call = VotingCall::Vote { index: INDEX, vote: aye(5), reason: Some("ja".into()) };
    check("vote", &call, &[&[0, 2, 1, 0, 0, 0, 1, 1], &five, &[1, 2, 0, 0, 0], b"ja"]);
    let call = VotingCall::RemoveVote { track: Some(TRACK), index: INDEX };
    check("remove", &call, &[&[1, 1, 30, 0, 2, 1, 0, 0]]);
    let call = VotingCall::RemoveOtherVote { target: to, track: TRACK, index: INDEX };
    check("remove another's", &call, &[&[2], &nine, &[30, 0, 2, 1, 0, 0]]);
    let call = VotingCall::Unlock { track: TRACK, target: to };
    check("unlock", &call, &[&[3, 30, 0], &nine]);
    let call = VotingCall::Delegate { track: TRACK, to, conviction, balance };
    check("delegate", &call, &[&[4, 30, 0], &nine, &[2], &five]);
    check("undelegate", &VotingCall::Undelegate { track: TRACK }, &[&[5, 30, 0]]);
    let call = VotingCall::DelegateAll { to, conviction, balance };
    check("delegate all", &call, &[&[6], &nine, &[2], &five]);
    check("undelegate all", &VotingCall::UndelegateAll, &[&[7]]);
}

#[test]
fn events_and_refusals_have_fixed_bytes() {
    let (who, target, track) = (account(8), account(9), TRACK);
    let (eight, nine, five) = ([8; 32], [9; 32], amount(5));
    let event = VotingEvent::Delegated { who, target, track };
    check("delegated", &event, &[&[0], &eight, &nine, &[30, 0]]);
    check("undelegated", &VotingEvent::Undelegated { who, track }, &[&[1], &eight, &[30, 0]]);
    let event = VotingEvent::Voted { who, vote: aye(5), index: INDEX };
    check("voted", &event, &[&[2], &eight, &[0, 1, 1], &five, &[2, 1, 0, 0]]);
    let event = VotingEvent::VoteRemoved { who, vote: aye(5), index: INDEX };
    check("removed", &event, &[&[3], &eight, &[0, 1, 1], &five, &[2, 1, 0, 0]]);
    check("unlocked", &VotingEvent::VoteUnlocked { who, track }, &[&[4], &eight, &[30, 0]]);
    let refusals = [
        VotingError::NotOngoing,
        VotingError::NotVoter,
        VotingError::NoPermission,
        VotingError::NoPermissionYet,
        VotingError::AlreadyDelegating,
        VotingError::AlreadyVoting,
        VotingError::InsufficientFunds,
        VotingError::NotDelegating,
        VotingError::Nonsense,
        VotingError::MaxVotesReached,
        VotingError::ClassNeeded,
        VotingError::BadClass,
        VotingError::Overflow,
        VotingError::ReasonTooLong,
    ];
    for (tag, refusal) in (0_u8..).zip(refusals) {
        check(&refusal.to_string(), &refusal, &[&[tag]]);
    }
}

#[test]
fn a_record_has_fixed_bytes() {
    let power = Power { votes: Balance(10), capital: Balance(5) };
    let record = Record {
        votes: vec![Cast { index: INDEX, page: 3, vote: aye(5) }],
        delegation: Some(Delegation::new(account(9), Conviction::Locked2x, Balance(6))),
        received: power,
        retracted: vec![(INDEX, power)],
        prior: PriorLock { until: Slot(4), amount: Balance(7) },
    };
    let (five, six, seven, ten) = (amount(5), amount(6), amount(7), amount(10));
    let expected: [&[u8]; 16] = [
        &[1, 0, 0, 0],
        &[2, 1, 0, 0, 3, 0, 0, 0, 0, 1, 1],
        &five,
        &[1],
        &[9; 32],
        &[2],
        &six,
        &ten,
        &five,
        &[1, 0, 0, 0],
        &[2, 1, 0, 0],
        &ten,
        &five,
        &[4, 0, 0, 0],
        &[0, 0, 0, 0],
        &seven,
    ];
    check("record", &record, &expected);
}
