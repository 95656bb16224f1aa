//! Encodings: pinned for ever, exactly one for each value, and refused unless perfect.
//!
//! Every type of the vocabulary goes through the same checks; a new one is one more line in `ALL`.

use crate::sample;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt::Debug;
use serin_state::codec::{DecodeError, Wire, decode, decode_bounded, encode};
use serin_state::types::*;
use std::{env, fs};

/// A type's name, its sample's encoding, and how bytes are read and written again.
struct Row {
    name: &'static str,
    bytes: Vec<u8>,
    again: fn(&[u8]) -> Option<Vec<u8>>,
}

fn row<T>(name: &'static str, value: &T) -> Row
where
    T: BorshSerialize + BorshDeserialize + PartialEq + Debug,
{
    let bytes = encode(value);
    assert_eq!(decode_bounded::<T>(&bytes, bytes.len()).as_ref(), Ok(value), "{name}");
    let again = |bytes: &[u8]| decode_bounded::<T>(bytes, 1 << 16).ok().map(|value| encode(&value));
    Row { name, bytes, again }
}

fn all() -> Vec<Row> {
    vec![
        row("AccountId", &AccountId([1; 32])),
        row("Account", &sample::account()),
        row("Balance", &Balance(0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100)),
        row("Reason", &Reason(0x0201)),
        row("Hash", &Hash([2; 32])),
        row("PublicKey", &PublicKey([3; 32])),
        row("LotteryPublicKey", &LotteryPublicKey([4; 32])),
        row("Signature", &Signature([5; 64])),
        row("LotteryProof", &LotteryProof([6; 80])),
        row("Height", &Height(0x0403_0201)),
        row("Slot", &Slot(1)),
        row("Epoch", &Epoch(2)),
        row("Round", &Round(3)),
        row("SetId", &SetId(4)),
        row("Millis", &Millis(5)),
        row("Nonce", &Nonce(6)),
        row("AuthorityIndex", &AuthorityIndex(7)),
        row("ProtocolVersion", &ProtocolVersion(8)),
        row("Weight", &Weight(9)),
        row("VoteWeight", &VoteWeight(10)),
        row("Authority", &sample::authority()),
        row("Voter", &sample::voter()),
        row("ClaimKind.Primary", &ClaimKind::Primary),
        row("ClaimKind.Secondary", &ClaimKind::Secondary),
        row("SlotClaim", &sample::claim(ClaimKind::Secondary)),
        row("Announcements", &sample::announcements()),
        row("Announcements.none", &Announcements::default()),
        row("UnsealedHeader", &sample::unsealed()),
        row("Header", &sample::header()),
        row("Header.genesis", &sample::genesis_header()),
        row("Transaction", &sample::transaction()),
        row("SignedTransaction", &sample::signed_transaction()),
        row("Block", &sample::block()),
    ]
    .into_iter()
    .chain(sample::balance_errors().iter().map(|(name, error)| row(name, error)))
    .collect()
}

#[test]
fn every_encoding_is_the_pinned_one() {
    let mut lines =
        vec!["# type, then the encoding of its sample in tests/it/sample.rs".to_string()];
    lines.extend(all().iter().map(|row| format!("{} {}", row.name, hex::encode(&row.bytes))));
    lines.push(format!("Header.hash {}", sample::header().hash()));
    lines.push(format!("SignedTransaction.hash {}", sample::signed_transaction().hash()));
    let text = lines.join("\n") + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/wire.txt");
    if env::var_os("SERIN_BLESS").is_some() {
        fs::write(path, &text).unwrap();
    }
    let pinned = fs::read_to_string(path).unwrap();
    for (found, expected) in text.lines().zip(pinned.lines()) {
        assert_eq!(found, expected, "the wire changed; if it must, bless it and say why");
    }
    assert_eq!(text.lines().count(), pinned.lines().count(), "a type was added or removed");
}

#[test]
fn bytes_too_many_or_too_few_are_refused() {
    for Row { name, bytes, again } in all() {
        for length in 0..bytes.len() {
            assert_eq!(again(&bytes[..length]), None, "{name} cut to {length} bytes");
        }
        for extra in [0, 1, 0xff] {
            assert_eq!(again(&[&bytes[..], &[extra]].concat()), None, "{name} with a byte more");
        }
    }
}

#[test]
fn no_value_has_a_second_encoding() {
    for Row { name, bytes, again } in all() {
        for at in 0..bytes.len() {
            for flip in [0x01, 0x02, 0x10, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                if let Some(written) = again(&changed) {
                    assert_eq!(written, changed, "{name}, byte {at} changed by {flip:#x}");
                }
            }
        }
    }
}

#[test]
fn tags_outside_an_enum_or_an_option_are_refused() {
    for tag in 2..=255 {
        assert!(decode_bounded::<ClaimKind>(&[tag], 1).is_err(), "kind {tag}");
        // An option's tag opens the announcements.
        assert!(decode_bounded::<Announcements>(&[tag, 0], 2).is_err(), "option {tag}");
    }
    for tag in 1..=255_u8 {
        let mut bytes = vec![tag];
        bytes.extend([0; 64]);
        assert!(
            decode_bounded::<TransactionSignature>(&bytes, 65).is_err(),
            "signature kind {tag}"
        );
    }
}

#[test]
fn more_bytes_than_a_type_may_have_are_refused_unseen() {
    fn check<T: Wire + Debug + PartialEq>(name: &str) {
        let bytes = vec![0; T::BYTES_MAX + 1];
        let refused = DecodeError::TooLong { bytes: bytes.len(), bytes_max: T::BYTES_MAX };
        assert_eq!(decode::<T>(&bytes), Err(refused), "{name}");
        assert_eq!(decode::<T>(&bytes[..T::BYTES_MAX]), Err(DecodeError::Malformed), "{name}");
    }
    check::<Header>("header");
    check::<SignedTransaction>("transaction");
    check::<Block>("block");
}

#[test]
fn a_length_that_promises_more_than_there_is_reserves_nothing_for_it() {
    // A list of 2^32 - 1 transactions or bytes in a few hundred: 400 GiB if it were believed.
    let mut block = encode(&sample::block().header);
    block.extend(u32::MAX.to_le_bytes());
    assert_eq!(decode::<Block>(&block), Err(DecodeError::Malformed));
    let mut transaction = encode(&sample::transaction());
    let call = transaction.len() - 3 - 4;
    transaction[call..call + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    transaction.extend([0; 65]);
    assert_eq!(decode::<SignedTransaction>(&transaction), Err(DecodeError::Malformed));
}
