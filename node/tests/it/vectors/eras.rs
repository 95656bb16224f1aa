//! One value of every kind that eras and offences report and store, and the calls that carry no evidence.
//!
//! Evidence itself has vectors where its parts are: headers, votes and proofs of membership.

use super::{A, AMOUNT, B};
use serin_consensus::staking::era::{EraCall, EraEvent, EraInfo, Exposure, Seat};
use serin_consensus::staking::offence::record::{Offence, Slash};
use serin_consensus::staking::offence::{OffenceCall, OffenceEvent, Place};
use serin_consensus::staking::{Call, Event, Perbill};
use serin_state::types::{Balance, Era, Round, SetId, Slot, VoteWeight};

const ERA: Era = Era(7);
const SHARE: Perbill = Perbill::from_percent(10);

pub(super) fn calls() -> [Call; 2] {
    [
        Call::Era(EraCall::Payout { validator: A, era: ERA, page: 1 }),
        Call::Offence(OffenceCall::Cancel { era: ERA, account: A }),
    ]
}

pub(super) fn events() -> [(&'static str, Event); 13] {
    let (era, account, amount) = (ERA, A, AMOUNT);
    let (to_validator, to_nominators) = (AMOUNT, Balance(5));
    let votes = Place::Round(SetId(3), Round(4));
    let paid = EraEvent::Paid { era, validator: A, page: 1, to_validator, to_nominators };
    [
        ("eras.elected", EraEvent::Elected { era, validators: 4, stake: AMOUNT }.into()),
        ("eras.not_elected", EraEvent::NotElected { era }.into()),
        ("eras.began", EraEvent::Began { era }.into()),
        ("eras.ended", EraEvent::Ended { era, stakers: AMOUNT, treasury: Balance(5) }.into()),
        ("eras.paid", paid.into()),
        (
            "offences.sealed",
            OffenceEvent::Reported { account, place: Place::Slot(Slot(9)), era }.into(),
        ),
        ("offences.voted", OffenceEvent::Reported { account, place: votes, era }.into()),
        (
            "offences.slash_reported",
            OffenceEvent::SlashReported { era, account, share: SHARE, due: Some(Era(9)) }.into(),
        ),
        ("offences.disabled", OffenceEvent::Disabled { account, in_place_of: Some(B) }.into()),
        ("offences.slashed", OffenceEvent::Slashed { era, account, share: SHARE, amount }.into()),
        ("offences.reporter_paid", OffenceEvent::ReporterPaid { reporter: B, amount }.into()),
        ("offences.slash_cancelled", OffenceEvent::SlashCancelled { era, account }.into()),
        ("offences.offline", OffenceEvent::Offline { era, account, chilled: true }.into()),
    ]
}

pub(super) fn info() -> EraInfo {
    let (start, pay) = (Slot(9), Some(Balance(5)));
    EraInfo { session: 14, start, stake: AMOUNT, page: 512, points: 40, pay }
}

pub(super) fn exposure() -> (Seat, Exposure) {
    let exposure = Exposure {
        own: Balance(5),
        total: AMOUNT,
        nominators: 600,
        commission: SHARE,
        points: 40,
        paid: vec![2],
    };
    (Seat { account: A, weight: VoteWeight(1) }, exposure)
}

pub(super) fn offence() -> (Offence, Slash) {
    let slash = Slash { share: SHARE, taken: Perbill::ZERO, reporter: B, due: Some(Era(9)) };
    (Offence { validators: 4, offenders: vec![A, B] }, slash)
}
