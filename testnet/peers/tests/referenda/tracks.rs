//! The numbers of the comparison, for both sides: few slots, little room, curves of each kind.
//!
//! Periods are a few blocks, so that a sequence of some dozen calls meets every path of the life of a
//! referendum; room for decisions, queue and votes is so small that it runs out.

use pallet_referenda::{Curve as Published, Track as PublishedTrack, TrackInfo};
use serin_governance::curve::{Curve, Ppb, Range, Through};
use serin_governance::preimages::PreimageParameters;
use serin_governance::referenda::{ReferendaParameters, Subject, Track};
use serin_governance::scheduler::SchedulerParameters;
use serin_governance::voting::VotingParameters;
use serin_governance::{Parameters, TrackId};
use serin_state::types::{Balance, Weight};
use sp_runtime::{FixedI64, Perbill, str_array};
use std::sync::OnceLock;

pub(crate) const SUBMISSION_DEPOSIT: u64 = 20;
pub(crate) const MAX_QUEUED: u32 = 2;
pub(crate) const UNDECIDING_TIMEOUT: u64 = 15;
pub(crate) const LOCKING_PERIOD: u64 = 4;
pub(crate) const VOTES_MAX: u32 = 2;
pub(crate) const PREIMAGE_BASE: u64 = 30;
pub(crate) const PREIMAGE_BYTE: u64 = 1;

/// Track numbers that both sides have.
pub(crate) const IDS: [u16; 5] = [0, 20, 21, 30, 31];

/// Periods and room of a track.
struct Numbers {
    id: u16,
    max_deciding: u32,
    deposit: u64,
    prepare: u64,
    decision: u64,
    confirm: u64,
    enact: u64,
}

const fn numbers(
    id: u16,
    (max_deciding, deposit): (u32, u64),
    (prepare, decision, confirm, enact): (u64, u64, u64, u64),
) -> Numbers {
    Numbers { id, max_deciding, deposit, prepare, decision, confirm, enact }
}

const TABLE: [Numbers; 5] = [
    numbers(0, (1, 100), (3, 12, 3, 2)),
    numbers(20, (1, 40), (1, 8, 2, 1)),
    numbers(21, (2, 60), (0, 6, 1, 0)),
    numbers(30, (2, 10), (2, 10, 12, 4)),
    numbers(31, (1, 10), (5, 7, 2, 1)),
];

/// The curves of a track, as both sides make them.
fn curves(id: u16) -> ((Published, Published), (Curve, Curve)) {
    let hundredth = |n| FixedI64::from_rational(n, 100);
    let range = |floor, ceil| Range { floor: Ppb::percent(floor), ceil: Ppb::percent(ceil) };
    let reciprocal = |part: u32, whole: u32, level: u32, range: Range| {
        let delay = Ppb::ratio_nearest(part, whole);
        Curve::reciprocal(Through { delay, level: Ppb::percent(level) }, range).unwrap()
    };
    match id {
        0 => (
            (
                Published::make_reciprocal(4, 28, hundredth(80), hundredth(50), hundredth(100)),
                Published::make_linear(28, 28, hundredth(0), hundredth(50)),
            ),
            (reciprocal(4, 28, 80, range(50, 100)), Curve::linear(Ppb::ONE, range(0, 50))),
        ),
        30 => (
            (
                Published::SteppedDecreasing {
                    begin: Perbill::from_percent(90),
                    end: Perbill::from_percent(40),
                    step: Perbill::from_percent(7),
                    period: Perbill::from_percent(9),
                },
                Published::make_reciprocal(1, 28, hundredth(4), hundredth(0), hundredth(50)),
            ),
            (
                Curve::Stepped {
                    begin: Ppb::percent(90),
                    end: Ppb::percent(40),
                    step: Ppb::percent(7),
                    period: Ppb::percent(9),
                },
                reciprocal(1, 28, 4, range(0, 50)),
            ),
        ),
        31 => (
            (
                Published::make_linear(10, 28, hundredth(50), hundredth(100)),
                Published::make_linear(14, 28, hundredth(5), hundredth(30)),
            ),
            (
                Curve::linear(Ppb::ratio_nearest(10, 28), range(50, 100)),
                Curve::linear(Ppb::ratio_nearest(14, 28), range(5, 30)),
            ),
        ),
        _ => (
            (
                Published::make_linear(17, 28, hundredth(50), hundredth(100)),
                Published::make_reciprocal(12, 28, hundredth(1), hundredth(0), hundredth(50)),
            ),
            (
                Curve::linear(Ppb::ratio_nearest(17, 28), range(50, 100)),
                reciprocal(12, 28, 1, range(0, 50)),
            ),
        ),
    }
}

/// The tracks, as Parity's modules want them.
pub(crate) fn published() -> &'static [PublishedTrack<u16, u64, u64>] {
    static TRACKS: OnceLock<Vec<PublishedTrack<u16, u64, u64>>> = OnceLock::new();
    TRACKS.get_or_init(made)
}

fn made() -> Vec<PublishedTrack<u16, u64, u64>> {
    let track = |row: &Numbers| {
        let (min_approval, min_support) = curves(row.id).0;
        let info = TrackInfo {
            name: str_array("track"),
            max_deciding: row.max_deciding,
            decision_deposit: row.deposit,
            prepare_period: row.prepare,
            decision_period: row.decision,
            confirm_period: row.confirm,
            min_enactment_period: row.enact,
            min_approval,
            min_support,
        };
        PublishedTrack { id: row.id, info }
    };
    TABLE.iter().map(track).collect()
}

/// The same numbers for our side.
#[allow(
    clippy::needless_update,
    reason = "modules that are not compared bring numbers of their own"
)]
pub(crate) fn ours() -> Parameters {
    let track = |row: &Numbers| {
        let (min_approval, min_support) = curves(row.id).1;
        Track {
            id: TrackId(row.id),
            name: "track".to_owned(),
            subject: Subject::Here,
            max_deciding: row.max_deciding,
            decision_deposit: Balance(row.deposit.into()),
            prepare_period: row.prepare,
            decision_period: row.decision,
            confirm_period: row.confirm,
            min_enactment_period: row.enact,
            min_approval,
            min_support,
        }
    };
    let referenda = ReferendaParameters {
        submission_deposit: Balance(SUBMISSION_DEPOSIT.into()),
        max_queued: MAX_QUEUED,
        undeciding_timeout: UNDECIDING_TIMEOUT,
        exact_alarms: false,
        pushed_out_may_return: false,
        tracks: TABLE.iter().map(track).collect(),
    };
    let preimages = PreimageParameters {
        deposit_base: Balance(PREIMAGE_BASE.into()),
        deposit_byte: Balance(PREIMAGE_BYTE.into()),
        bytes_max: 65_536,
    };
    let scheduler = SchedulerParameters {
        items_max: 200,
        weight_max: Weight(1_000_000_000_000),
        later_slots_max: 0,
    };
    let voting = VotingParameters {
        locking_period_slots: LOCKING_PERIOD,
        votes_max: VOTES_MAX,
        vote_while_delegating: false,
        abstention_carries: false,
    };
    Parameters { referenda, preimages, scheduler, voting, ..Parameters::default() }
}
