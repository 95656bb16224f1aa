//! The pool at its limits: what goes when it is full, and that it never holds more than it may.
//!
//! Signatures are not checked here, so that thousands of transactions cost nothing.

use super::*;
use crate::runtime::PROTOCOL_VERSION;
use serin_consensus::crypto::{Check, LotteryOutput, Verifier};
use serin_state::types::{
    Balance, LotteryProof, LotteryPublicKey, Signature, Transaction, TransactionSignature,
};

struct Believer;

impl Verifier for Believer {
    fn signatures(&self, checks: &[Check<'_>]) -> Vec<bool> {
        vec![true; checks.len()]
    }

    fn lottery(&self, _: &LotteryPublicKey, _: &[u8], _: &LotteryProof) -> Option<LotteryOutput> {
        None
    }
}

fn transaction(sender: u32, nonce: u64, bytes: usize) -> Verified<SignedTransaction> {
    let mut account = [0; 32];
    account[..4].copy_from_slice(&sender.to_be_bytes());
    let transaction = Transaction {
        sender: AccountId(account),
        nonce: Nonce(nonce),
        last_valid_slot: Slot(100),
        tip: Balance::ZERO,
        call: vec![0; bytes],
    };
    let signature = TransactionSignature::Ed25519(Signature([0; 64]));
    let signed = SignedTransaction { transaction, signature };
    Verified::check_with(&Believer, signed, &Hash::ZERO, PROTOCOL_VERSION).unwrap()
}

fn paying(priority: u128) -> Validity {
    static TEMPLATE: std::sync::OnceLock<Validity> = std::sync::OnceLock::new();
    let template = TEMPLATE.get_or_init(crate::core::tests::some_validity);
    Validity { class: Class::Ordinary, priority, gap: 0, ..*template }
}

fn check(pool: &Pool) {
    let all = || pool.senders.values().flat_map(BTreeMap::values);
    let bytes: usize = all().map(|one| one.transaction.bytes()).sum();
    assert_eq!(pool.bytes, bytes);
    assert_eq!(pool.places.len(), all().count());
    assert!(pool.bytes <= POOL_BYTES_MAX, "{} bytes", pool.bytes);
    assert!(pool.places.len() <= POOL_MAX);
}

#[test]
fn large_transactions_that_replace_small_ones_do_not_grow_the_pool() {
    let mut pool = Pool::default();
    // Many small ones that pay little, then large ones that pay well, until nothing small is left.
    for sender in 0..2_000 {
        pool.insert(transaction(sender, 0, 1_000), &paying(1)).unwrap();
    }
    let mut dropped = 0;
    for sender in 2_000..3_200 {
        let large = transaction(sender, 0, 60_000);
        match pool.insert(large, &paying(2)) {
            Ok(entered) => dropped += entered.dropped.len(),
            Err(error) => {
                assert_eq!(error, SubmitError::PoolFull);
                assert_eq!(dropped, 2_000, "all that pay less are gone first");
            }
        }
    }
    check(&pool);
    assert_eq!(dropped, 2_000);
}

#[test]
fn a_larger_replacement_makes_room_too() {
    let mut pool = Pool::default();
    for sender in 0..1_110 {
        pool.insert(transaction(sender, 0, 60_000), &paying(10)).unwrap();
    }
    pool.insert(transaction(5_000, 0, 10), &paying(20)).unwrap();
    for fill in 6_000..6_040 {
        let _full = pool.insert(transaction(fill, 0, 60_000), &paying(10)).is_err();
    }
    pool.insert(transaction(5_000, 0, 60_000), &paying(30)).unwrap();
    check(&pool);
}

#[test]
fn a_full_pool_keeps_what_pays_more_and_never_leaves_a_gap_before_a_transaction() {
    let mut pool = Pool::default();
    let senders = u32::try_from(POOL_MAX / SENDER_MAX).unwrap();
    for sender in 0..senders {
        for nonce in 0..u64::try_from(SENDER_MAX).unwrap() {
            pool.insert(transaction(sender, nonce, 1), &paying(10 + u128::from(sender))).unwrap();
        }
    }
    let refused = pool.insert(transaction(900, 0, 1), &paying(10)).unwrap_err();
    assert_eq!(refused, SubmitError::PoolFull);
    let entered = pool.insert(transaction(900, 0, 1), &paying(11)).unwrap();
    assert_eq!(entered.dropped.len(), 1);
    let last = Nonce(u64::try_from(SENDER_MAX).unwrap() - 1);
    let poorest = pool.senders.values().next().unwrap();
    assert!(!poorest.contains_key(&last), "the last of the sender that pays least went");
    let full = pool.insert(transaction(0, 511, 1), &paying(11)).unwrap_err();
    assert_eq!(full, SubmitError::PoolFull, "its own earlier ones do not make room");
    check(&pool);
}
