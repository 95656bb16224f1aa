//! Proofs from a file, of the shape that a real one of the field has.

use super::drawing::{secrets, signed};
use crate::crypto::Strict;
use crate::finality::{
    BlockRef, ForeignProof, ForeignProofError, JustificationError, Stage, Vote, VoterSetError,
};
use serin_state::types::{Hash, Height, Round, SetId};

/// Five of six authorities vote for one block in round 439559 of set 0: the shape of an early
/// justification of a large network.
fn text() -> String {
    let secrets = secrets(6);
    let target = BlockRef { hash: Hash::of(b"a block"), height: Height(302_592) };
    let vote = Vote { set: SetId(0), round: Round(439_559), stage: Stage::Precommit, target };
    let hash = &target.hash.to_string()[2..];
    let precommit = |index: usize| {
        let signed = signed(&secrets[index], vote);
        let (voter, signature) = (signed.voter.to_string(), signed.signature.to_string());
        format!(
            r#"{{"target_hash": "{hash}", "target_height": 302592, "signature": "{}", "voter": "{}"}}"#,
            &signature[2..],
            &voter[2..],
        )
    };
    // Neither votes nor authorities stand in the order of their keys.
    let precommits: Vec<String> = [4, 0, 5, 2, 1].map(precommit).to_vec();
    let keys: Vec<String> =
        [3, 1, 0, 5, 4, 2].map(|index: usize| format!(r#""{}""#, secrets[index].public())).to_vec();
    format!(
        r#"{{"what": "words for people", "round": 439559, "set_id": 0, "target_hash": "{hash}",
            "target_height": 302592, "precommits": [{}], "authorities": [{}]}}"#,
        precommits.join(", "),
        keys.join(", ")
    )
}

fn proof() -> ForeignProof {
    serde_json::from_str(&text()).unwrap()
}

#[test]
fn a_proof_of_the_field_is_accepted_for_its_set_alone() {
    use JustificationError::{BadSignature, NotAVoter, NotCanonical, OffTarget, TooLight};
    let good = proof();
    assert_eq!(good.verify(&Strict), Ok(()));
    let bent = |change: &dyn Fn(&mut ForeignProof)| {
        let mut proof = good.clone();
        change(&mut proof);
        proof.verify(&Strict)
    };
    let refused = |error| Err(ForeignProofError::Proof(error));
    #[rustfmt::skip]
    let rows = [
        (bent(&|p| p.set_id = SetId(1)), refused(BadSignature), "another set (S24)"),
        (bent(&|p| p.round = Round(439_560)), refused(BadSignature), "another round (S24)"),
        (bent(&|p| p.target_height = Height(302_591)), refused(OffTarget), "another height"),
        (bent(&|p| p.target_hash = Hash::ZERO), refused(OffTarget), "another block"),
        (bent(&|p| { p.precommits.pop(); }), refused(TooLight), "four of six (S1)"),
        (bent(&|p| p.precommits.push(p.precommits[0])), refused(NotCanonical), "a vote twice"),
        (bent(&|p| p.authorities[1].0[0] ^= 1), refused(NotAVoter), "not an authority"),
        (bent(&|p| p.authorities.clear()), Err(ForeignProofError::Set(VoterSetError::Empty)), "no authorities"),
        (bent(&|p| p.authorities.push(p.authorities[0])), Err(ForeignProofError::Set(VoterSetError::SameKey)), "one twice"),
    ];
    for (verdict, expected, why) in rows {
        assert_eq!(verdict, expected, "{why}");
    }
}

#[test]
fn a_flipped_bit_of_what_was_signed_or_of_a_signature_is_refused() {
    let good = proof();
    let check = |what: &str, bits: usize, flip: &dyn Fn(&mut ForeignProof, usize)| {
        for bit in 0..bits {
            let mut bent = good.clone();
            flip(&mut bent, bit);
            assert!(bent.verify(&Strict).is_err(), "bit {bit} of {what}");
        }
    };
    check("the round", 64, &|p, bit| p.round.0 ^= 1 << bit);
    check("the set", 64, &|p, bit| p.set_id.0 ^= 1 << bit);
    check("the target", 256, &|p, bit| p.target_hash.0[bit / 8] ^= 1 << (bit % 8));
    check("the height", 32, &|p, bit| p.target_height.0 ^= 1 << bit);
    for vote in 0..good.precommits.len() {
        let of = |part: &str| format!("{part} of vote {vote}");
        check(&of("signature"), 512, &|p, bit| {
            p.precommits[vote].signature.0[bit / 8] ^= 1 << (bit % 8);
        });
        check(&of("voter"), 256, &|p, bit| p.precommits[vote].voter.0[bit / 8] ^= 1 << (bit % 8));
        check(&of("target"), 256, &|p, bit| {
            p.precommits[vote].target_hash.0[bit / 8] ^= 1 << (bit % 8);
        });
        check(&of("height"), 32, &|p, bit| p.precommits[vote].target_height.0 ^= 1 << bit);
    }
}

#[test]
fn a_file_that_is_no_proof_does_not_parse() {
    let good = text();
    #[rustfmt::skip]
    let rows = [
        (good.replace("\"set_id\": 0,", ""), "a field is missing"),
        (good.replace("439559", "-1"), "a negative round"),
        (good.replace("302592", "4294967296"), "a height above 32 bits"),
        (good.replacen("\"signature\": \"", "\"signature\": \"00", 1), "a signature of 65 bytes"),
        (good.replacen("\"voter\": \"", "\"voter\": \"zz", 1), "no hexadecimal"),
    ];
    for (text, why) in rows {
        assert!(text != good && serde_json::from_str::<ForeignProof>(&text).is_err(), "{why}");
    }
    let again = serde_json::to_string(&proof()).unwrap();
    assert_eq!(
        serde_json::from_str::<ForeignProof>(&again).unwrap(),
        proof(),
        "what is written is read"
    );
}
