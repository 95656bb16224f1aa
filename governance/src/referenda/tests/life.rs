//! Whole lives over the storage.

use super::chain::{RICH, call_of};
use super::{ALICE, BOB, Chain};
use crate::curve::{Curve, Ppb, Range};
use crate::referenda::{
    Enactment, Outcome, ReferendaCall, ReferendaParameters, Referendum, Subject, Track, get,
};
use crate::{Origin, Parameters, ReferendumIndex, TrackId};
use serin_state::types::{Balance, Slot};

fn track(id: u16, max_deciding: u32) -> Track {
    let range = |floor, ceil| Range { floor: Ppb::percent(floor), ceil: Ppb::percent(ceil) };
    Track {
        id: TrackId(id),
        name: "test".to_owned(),
        subject: Subject::Here,
        max_deciding,
        decision_deposit: Balance(100),
        prepare_period: 4,
        decision_period: 20,
        confirm_period: 3,
        min_enactment_period: 5,
        min_approval: Curve::linear(Ppb::ONE, range(50, 100)),
        min_support: Curve::linear(Ppb::ONE, range(0, 50)),
    }
}

pub(crate) fn parameters() -> Parameters {
    let referenda = ReferendaParameters {
        submission_deposit: Balance(20),
        max_queued: 3,
        undeciding_timeout: 30,
        exact_alarms: true,
        pushed_out_may_return: false,
        tracks: vec![track(0, 1), track(20, 2), track(30, 2)],
    };
    Parameters { referenda, ..Parameters::default() }
}

fn submit(chain: &mut Chain, track: u16) {
    let origin = if track == 0 { Origin::Root } else { Origin::Track(TrackId(track)) };
    let enactment = Enactment::After(0);
    let call = ReferendaCall::Submit { origin, proposal: call_of(1), enactment };
    chain.call(Origin::Signed(ALICE), call).unwrap();
}

fn ended(chain: &mut Chain, index: u32) -> (Outcome, Slot) {
    match chain.with(|context| get(context, ReferendumIndex(index))).unwrap() {
        Referendum::Ended(ended) => (ended.outcome, ended.at),
        Referendum::Ongoing(ongoing) => panic!("still {ongoing:?}"),
    }
}

#[test]
fn without_a_deposit_it_times_out_and_without_votes_it_is_rejected() {
    let mut chain = Chain::new(parameters());
    submit(&mut chain, 0);
    submit(&mut chain, 0);
    let index = ReferendumIndex(1);
    let deposit = ReferendaCall::PlaceDecisionDeposit { index };
    chain.call(Origin::Signed(BOB), deposit).unwrap();
    let before = chain.with(|context| context.ledger().account(BOB).free);
    assert_eq!(before.0, RICH.0 - 100);
    chain.advance(40);
    assert_eq!(ended(&mut chain, 0), (Outcome::TimedOut, Slot(31)));
    assert_eq!(ended(&mut chain, 1), (Outcome::Rejected, Slot(25)));
    let refund = ReferendaCall::RefundDecisionDeposit { index };
    chain.call(Origin::Signed(ALICE), refund).unwrap();
    let after = chain.with(|context| context.ledger().account(BOB).free);
    assert_eq!(after, RICH);
}
