//! What is signed, written out by hand.
//!
//! The pinned encodings (`wire.rs`) hold what the code once wrote; this holds what the field reads.

use crate::finality::{BlockRef, Stage, Vote};
use serin_state::types::{Hash, Height, Round, SetId};

fn vote(stage: Stage) -> Vote {
    let target = BlockRef { hash: Hash([0xaa; 32]), height: Height(0x0403_0201) };
    let (set, round) = (SetId(0x1817_1615_1413_1211), Round(0x0c0b_0a09_0807_0605));
    Vote { set, round, stage, target }
}

#[test]
fn the_signed_bytes_are_those_of_the_field() {
    // Message kind, hash, number, round, set: little-endian, 53 bytes.
    for (stage, kind) in [(Stage::Prevote, 0), (Stage::Precommit, 1), (Stage::Primary, 2)] {
        let round = [5, 6, 7, 8, 9, 10, 11, 12];
        let set = [0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18];
        let expected = [&[kind][..], &[0xaa; 32], &[1, 2, 3, 4], &round, &set].concat();
        assert_eq!(vote(stage).payload()[..], expected, "{stage:?}");
        assert_eq!(expected.len(), 53);
    }
}
