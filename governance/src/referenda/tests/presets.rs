//! The tracks of Kusama, against what its runtime computes.
//!
//! The constants of the curves and the thresholds were computed by pallet-referenda 50.

use crate::curve::{Curve, Ppb};
use crate::referenda::{ReferendaParameters, Subject};
use crate::{Origin, TrackId};
use serin_state::types::{AccountId, Balance};

/// Number, most decided at once, deposit in thousandths of a token, prepare, decision, confirm and enactment
/// in minutes, approval and support asked after a quarter of the period in parts per billion.
type Row = (u16, u32, u128, [u64; 4], u32, u32);

#[rustfmt::skip]
const KUSAMA: [Row; 16] = [
    (0,  1,     3_333_333, [120, 20_160, 1_440, 1_440], 714_285_714, 375_000_000),
    (1,  100,     333_333, [30,  20_160, 10,    10],    728_476_821,  73_684_211),
    (2,  10,      666_666, [120, 20_160, 1_440, 10],    714_285_714, 375_000_000),
    (10, 10,      166_666, [120, 20_160, 180,   10],    794_117_647,  21_951_220),
    (11, 10,       33_333, [120, 20_160, 2_880, 1_440], 714_285_714, 375_000_000),
    (12, 10,      166_666, [120, 20_160, 180,   10],    794_117_647,  21_951_220),
    (13, 10,      166_666, [120, 20_160, 180,   10],    794_117_647,  21_951_220),
    (14, 10,      166_666, [120, 20_160, 180,   10],    714_285_714, 100_000_000),
    (15, 10,      166_666, [120, 20_160, 180,   10],    714_285_714, 100_000_000),
    (20, 1_000,   333_333, [120, 10_080, 180,   10],    794_117_647,  21_951_220),
    (21, 1_000, 1_666_666, [120, 20_160, 180,   10],    794_117_647,  21_951_220),
    (30, 200,          33, [1,   10_080, 10,    1],     650_000_000,   4_784_689),
    (31, 100,         333, [10,  10_080, 60,    10],    650_000_000,  11_952_191),
    (32, 50,        3_333, [240, 20_160, 720,   1_440], 794_117_647,  21_951_220),
    (33, 50,        6_666, [240, 20_160, 1_440, 1_440], 847_826_087,  37_735_849),
    (34, 50,       13_333, [240, 20_160, 2_880, 1_440], 875_000_000,  66_371_681),
];

#[test]
fn tracks_have_the_numbers_of_kusama() {
    let parameters = ReferendaParameters::kusama(6_000);
    parameters.check().unwrap();
    assert_eq!(parameters.tracks.len(), KUSAMA.len());
    let quarter = Ppb::percent(25);
    for (track, row) in parameters.tracks.iter().zip(KUSAMA) {
        let (id, max_deciding, deposit, minutes, approval, support) = row;
        assert_eq!((track.id, track.max_deciding), (TrackId(id), max_deciding), "{}", track.name);
        assert_eq!(track.decision_deposit.0 / 1_000_000_000, deposit, "{}", track.name);
        let periods = [
            track.prepare_period,
            track.decision_period,
            track.confirm_period,
            track.min_enactment_period,
        ];
        assert_eq!(periods, minutes.map(|minutes| minutes * 10), "{}", track.name);
        for (curve, asked) in [(&track.min_approval, approval), (&track.min_support, support)] {
            let threshold = curve.threshold(quarter).parts();
            assert!(threshold.abs_diff(asked) <= 2_000, "{}: {threshold} not {asked}", track.name);
        }
    }
    assert_eq!(parameters.submission_deposit, Balance(33_333_333_333));
}

#[test]
fn a_reciprocal_was_found_for_every_track_that_has_one() {
    let bent = |curve: &Curve| matches!(curve, Curve::Reciprocal { .. });
    let parameters = ReferendaParameters::kusama(6_000);
    let approvals = parameters.tracks.iter().filter(|track| bent(&track.min_approval)).count();
    let supports = parameters.tracks.iter().filter(|track| bent(&track.min_support)).count();
    // Root, wish and treasurer ask support on a line; admins, canceller, killer, tippers and spenders approval.
    assert_eq!((approvals, supports), (6, 13));
}

#[test]
fn two_tracks_have_no_subject_here() {
    let parameters = ReferendaParameters::kusama(6_000);
    let without = parameters.tracks.iter().filter(|track| track.subject == Subject::KusamaOnly);
    let without: Vec<&str> = without.map(|track| track.name.as_str()).collect();
    assert_eq!(without, ["lease_admin", "auction_admin"]);
}

#[test]
fn periods_never_get_shorter_than_asked_nor_than_a_slot() {
    for (why, parameters) in [
        ("a slot of seven seconds divides nothing", ReferendaParameters::kusama(7_000)),
        ("a network on one machine", ReferendaParameters::local(1_000)),
        ("slots of a millisecond, as fast as can be", ReferendaParameters::faster(1, u64::MAX)),
    ] {
        parameters.check().unwrap();
        for track in &parameters.tracks {
            assert!(track.prepare_period >= 1, "{why}: {}", track.name);
            assert!(track.confirm_period >= 1, "{why}: {}", track.name);
        }
    }
    let local = ReferendaParameters::local(1_000);
    assert_eq!(local.track(TrackId::ROOT).unwrap().decision_period, 240, "14 days in four minutes");
}

#[test]
fn powers_name_their_track() {
    let parameters = ReferendaParameters::kusama(6_000);
    let track_of = |origin| parameters.track_for(origin).map(|track| track.id);
    assert_eq!(track_of(Origin::Root), Some(TrackId(0)));
    assert_eq!(track_of(Origin::Track(TrackId(34))), Some(TrackId(34)));
    assert_eq!(track_of(Origin::Track(TrackId(0))), None, "the powers of track 0 are root's");
    assert_eq!(track_of(Origin::Track(TrackId(3))), None);
    assert_eq!(track_of(Origin::Signed(AccountId([1; 32]))), None);
}

#[test]
fn tracks_that_make_no_sense_are_refused() {
    let broken = |change: fn(&mut ReferendaParameters)| {
        let mut parameters = ReferendaParameters::kusama(6_000);
        change(&mut parameters);
        parameters.check().unwrap_err().to_string()
    };
    assert!(broken(|p| p.tracks.swap(0, 1)).contains("ascending"));
    assert!(broken(|p| p.tracks[3].decision_period = 0).contains("decision period"));
    assert!(broken(|p| p.tracks[3].max_deciding = 0).contains("room"));
    assert!(
        broken(|p| {
            let (floor, ceil) = (Ppb::percent(60), Ppb::percent(40));
            p.tracks[3].min_support = Curve::Linear { length: Ppb::ONE, floor, ceil };
        })
        .contains("rises")
    );
}
