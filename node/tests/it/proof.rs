//! Proofs of what a transaction did: complete, and refused when anything is changed.
//!
//! Every bit of a proof is flipped once; proofs of blocks of one to six transactions cover the odd
//! shapes of the list.

use crate::world::{World, id};
use serin_node::runtime::{Call, OutcomeProof, OutcomeProofError, Verified};
use serin_state::codec::{decode, encode};
use serin_state::tree::list::ListProofError;
use serin_state::types::{Balance, Hash, Slot};

#[test]
fn every_outcome_of_a_block_is_proved_and_no_other() {
    for count in 1..=6_usize {
        let world = World::local();
        let call = |sender: usize| {
            Call::transfer(id(7), Balance(u128::from(sender != 2) * 10_u128.pow(12)))
        };
        let body: Vec<_> = (0..count).map(|sender| world.signed(sender, &call(sender))).collect();
        let executed = world.build(Slot(1), &body).unwrap();
        let header = world.header(Slot(1), &executed).unsealed;
        let hashes: Vec<Hash> = body.iter().map(Verified::hash).collect();
        let prove =
            |index| OutcomeProof::new(&hashes, &executed.outcomes, &executed.block_events, index);
        for index in 0..count {
            let proof = prove(index).unwrap();
            let sent: OutcomeProof = decode(&encode(&proof)).unwrap();
            assert_eq!(sent.verify(&header, &hashes[index]), Ok(&executed.outcomes[index]));
            let other = hashes[(index + 1) % count];
            if count > 1 {
                let error = OutcomeProofError::Body(ListProofError::WrongRoot);
                assert_eq!(proof.verify(&header, &other), Err(error), "another transaction");
            }
        }
        assert!(prove(count).is_none(), "the block's own events are no transaction");
    }
}

#[test]
fn any_flipped_bit_of_a_proof_is_refused() {
    let world = World::local();
    let body: Vec<_> = (0..5)
        .map(|sender| world.signed(sender, &Call::transfer(id(7), Balance::tokens(1))))
        .collect();
    let executed = world.build(Slot(1), &body).unwrap();
    let header = world.header(Slot(1), &executed).unsealed;
    let hashes: Vec<Hash> = body.iter().map(Verified::hash).collect();
    let proof = OutcomeProof::new(&hashes, &executed.outcomes, &executed.block_events, 3).unwrap();
    let good = encode(&proof);
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(changed) = decode::<OutcomeProof>(&bytes) {
            assert!(changed.verify(&header, &hashes[3]).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn paths_to_different_places_prove_nothing() {
    let world = World::local();
    let body: Vec<_> = (0..4)
        .map(|sender| world.signed(sender, &Call::transfer(id(7), Balance::tokens(1))))
        .collect();
    let executed = world.build(Slot(1), &body).unwrap();
    let header = world.header(Slot(1), &executed).unsealed;
    let hashes: Vec<Hash> = body.iter().map(Verified::hash).collect();
    let at = |index| {
        OutcomeProof::new(&hashes, &executed.outcomes, &executed.block_events, index).unwrap()
    };
    let mixed = OutcomeProof { body: at(1).body, ..at(2) };
    assert_eq!(mixed.verify(&header, &hashes[1]), Err(OutcomeProofError::OtherPlace));
}
