//! The relations of the numbers, and the arithmetic of slots and epochs at its edges.
//!
//! Each relation is tried just inside and just outside.

use super::*;

const PARAMS: Params = Params {
    genesis_time_ms: Millis(1_000_000),
    slot_ms: 6_000,
    epoch_slots: 600,
    primary_numerator: 1,
    primary_denominator: 4,
    secondary_delay_ms: 0,
    gossip_ms: 1_000,
    bonding_slots: 28 * 6 * 600,
};

#[test]
fn each_relation_is_checked_at_its_edge() {
    #[rustfmt::skip]
    let cases = [
        ("the numbers of Kusama",           PARAMS,                                                        Ok(())),
        ("the shortest slot",               Params { slot_ms: 50, ..PARAMS },                              Ok(())),
        ("a slot below it",                 Params { slot_ms: 49, ..PARAMS },                              Err(ParamsError::SlotTooShort)),
        ("no slot",                         Params { slot_ms: 0, ..PARAMS },                               Err(ParamsError::SlotTooShort)),
        ("the shortest epoch",              Params { epoch_slots: 2, ..PARAMS },                           Ok(())),
        ("an epoch of one slot",            Params { epoch_slots: 1, ..PARAMS },                           Err(ParamsError::EpochTooShort)),
        ("no chance of a leader",           Params { primary_numerator: 0, ..PARAMS },                     Err(ParamsError::PrimaryOutOfRange)),
        ("a leader in every slot",          Params { primary_numerator: 4, ..PARAMS },                     Err(ParamsError::PrimaryOutOfRange)),
        ("a chance above one",              Params { primary_numerator: 5, ..PARAMS },                     Err(ParamsError::PrimaryOutOfRange)),
        ("a denominator of zero",           Params { primary_denominator: 0, ..PARAMS },                   Err(ParamsError::PrimaryOutOfRange)),
        ("the largest chance there is",     Params { primary_numerator: u32::MAX - 1, primary_denominator: u32::MAX, ..PARAMS }, Ok(())),
        ("the longest wait for a primary",  Params { secondary_delay_ms: 5_999, ..PARAMS },                Ok(())),
        ("a wait to the end of the slot",   Params { secondary_delay_ms: 6_000, ..PARAMS },                Err(ParamsError::SecondaryTooLate)),
        ("no time for votes to travel",     Params { gossip_ms: 0, ..PARAMS },                             Err(ParamsError::GossipZero)),
        ("stake that is never bound",       Params { bonding_slots: 0, ..PARAMS },                         Err(ParamsError::BondingZero)),
    ];
    for (why, params, expected) in cases {
        assert_eq!(params.check(), expected, "{why}");
    }
}

#[test]
fn slots_and_epochs_begin_where_they_say() {
    for (now, slot) in [(0, 0), (999_999, 0), (1_005_999, 0), (1_006_000, 1), (4_600_000, 600)] {
        assert_eq!(PARAMS.slot_at(Millis(now)), Slot(slot), "at {now} ms");
    }
    for slot in [0, 1, 599, 600, 601, 1_000_000].map(Slot) {
        assert_eq!(PARAMS.slot_at(PARAMS.slot_start(slot)), slot);
        let epoch = PARAMS.epoch_of(slot);
        let first = PARAMS.epoch_start(epoch);
        assert!(first <= slot && slot.since(first) < PARAMS.epoch_slots, "{slot}");
        assert_eq!(PARAMS.epoch_of(first), epoch);
    }
}

#[test]
fn the_end_of_time_saturates() {
    let last = Slot(u64::MAX);
    assert_eq!(PARAMS.slot_start(last), Millis(u64::MAX));
    assert_eq!(PARAMS.epoch_of(last), Epoch(u64::MAX / 600));
    assert_eq!(PARAMS.epoch_start(Epoch(u64::MAX)), last);
    assert_eq!(PARAMS.slot_at(Millis(u64::MAX)).0, (u64::MAX - 1_000_000) / 6_000);
}

#[test]
fn a_chain_file_with_an_unknown_or_missing_number_is_refused() {
    let text = serde_json::to_string(&PARAMS).unwrap();
    assert_eq!(serde_json::from_str::<Params>(&text).unwrap(), PARAMS);
    let unknown = text.replacen('{', "{\"slots\":1,", 1);
    assert!(serde_json::from_str::<Params>(&unknown).is_err());
    let missing = text.replacen("\"slot_ms\":6000,", "", 1);
    assert_ne!(missing, text);
    assert!(serde_json::from_str::<Params>(&missing).is_err());
}
