//! Which transactions can be in no block, one row a reason; and that a refusal leaves no trace.
//!
//! Each row changes one thing of a transaction that is accepted. The builder of blocks and the
//! question that a pool asks must answer alike.

use crate::world::{World, id, key};
use serin_node::runtime::{
    BadCall, BlockBuilder, Call, Class, InvalidTransaction, PROTOCOL_VERSION, Parameters,
    SystemCall, Verified, check_transaction,
};
use serin_state::codec::{Wire, encode};
use serin_state::types::{
    AccountId, Balance, ClaimKind, Nonce, ProtocolVersion, SignedTransaction, Slot, Transaction,
};

fn transfer() -> Vec<u8> {
    encode(&Call::transfer(id(1), Balance::tokens(1)))
}

fn nested(levels: usize) -> Call {
    let remark = Call::System(SystemCall::Remark { bytes: Vec::new() });
    (0..levels).fold(remark, |call, _| Call::batch(&[call]))
}

#[test]
fn a_transaction_that_cannot_be_in_a_block_is_refused_with_the_reason() {
    type Change = fn(&mut Transaction);
    type Expected = fn(&InvalidTransaction) -> bool;
    use InvalidTransaction as Invalid;
    #[rustfmt::skip]
    let cases: [(&str, Change, Expected); 13] = [
        ("longer than any transaction",
            |t| t.call = encode(&Call::System(SystemCall::Remark { bytes: vec![0; SignedTransaction::BYTES_MAX] })),
            |e| matches!(e, Invalid::Oversized { bytes_max: 65_536, .. })),
        ("bytes that are no call", |t| t.call = vec![0xff],
            |e| *e == Invalid::BadCall(BadCall::Malformed)),
        ("no bytes", |t| t.call.clear(),
            |e| *e == Invalid::BadCall(BadCall::Malformed)),
        ("a byte behind the call", |t| t.call.push(0),
            |e| *e == Invalid::BadCall(BadCall::Malformed)),
        ("one level too deep", |t| t.call = encode(&nested(5)),
            |e| *e == Invalid::BadCall(BadCall::TooDeep)),
        ("a batch too long", |t| t.call = encode(&Call::batch(&vec![nested(0); 257])),
            |e| *e == Invalid::BadCall(BadCall::BatchTooLong)),
        ("a batch with rubbish in it",
            |t| t.call = encode(&Call::System(SystemCall::Batch { calls: vec![transfer(), vec![9]] })),
            |e| *e == Invalid::BadCall(BadCall::Malformed)),
        ("its last slot is over", |t| t.last_valid_slot = Slot::ZERO,
            |e| *e == Invalid::Expired { last_valid_slot: Slot(0), slot: Slot(1) }),
        ("valid for too long", |t| t.last_valid_slot = Slot(4_098),
            |e| *e == Invalid::ExpiresTooLate { last_valid_slot: Slot(4_098), latest: Slot(4_097) }),
        ("a nonce too high", |t| t.nonce = Nonce(2),
            |e| *e == Invalid::Future { expected: Nonce(0), got: Nonce(2) }),
        ("the last nonce of all", |t| t.nonce = Nonce(u64::MAX),
            |e| matches!(e, Invalid::Stale { .. })),
        ("a tip above the balance", |t| t.tip = Balance::tokens(1_000_000),
            |e| matches!(e, Invalid::CannotPay { spendable, needed } if spendable < needed)),
        ("a tip that leaves the range", |t| t.tip = Balance(u128::MAX),
            |e| matches!(e, Invalid::CannotPay { needed: Balance(u128::MAX), .. })),
    ];
    let world = World::local();
    let good = world.plain(0, Nonce::ZERO, transfer());
    assert!(world.build(Slot(1), &[world.verified(0, good.clone())]).is_ok());
    for (why, change, expected) in cases {
        let mut transaction = good.clone();
        change(&mut transaction);
        let transaction = world.verified(0, transaction);
        let error = world.build(Slot(1), std::slice::from_ref(&transaction)).unwrap_err();
        assert!(expected(&error), "{why}: {error:?}");
        assert!(!error.to_string().is_empty());
        // As a pool asks: the same answer, but a nonce too high can wait.
        let asked = check_transaction(&world.chain, &world.state, Slot(1), &transaction);
        if matches!(error, Invalid::Future { .. }) {
            assert_eq!(asked.unwrap().gap, 2, "{why}");
        } else {
            assert_eq!(asked.unwrap_err(), error, "{why}");
        }
    }
}

#[test]
fn the_edges_of_expiry_and_nesting_are_allowed() {
    let world = World::local();
    let good = world.plain(0, Nonce::ZERO, transfer());
    let cases = [
        ("the last slot itself", Transaction { last_valid_slot: Slot(1), ..good.clone() }),
        ("as late as allowed", Transaction { last_valid_slot: Slot(4_097), ..good.clone() }),
        ("four levels", Transaction { call: encode(&nested(4)), ..good.clone() }),
        ("a full batch", Transaction { call: encode(&Call::batch(&vec![nested(0); 256])), ..good }),
    ];
    for (why, transaction) in cases {
        let executed = world.build(Slot(1), &[world.verified(0, transaction)]);
        assert_eq!(executed.map(|e| e.outcomes[0].result), Ok(Ok(())), "{why}");
    }
}

#[test]
fn strangers_used_nonces_and_other_versions_are_refused() {
    let mut world = World::local();
    let stranger = Transaction { sender: id(40), ..world.plain(0, Nonce::ZERO, transfer()) };
    let error = world.build(Slot(1), &[world.verified(40, stranger)]).unwrap_err();
    assert_eq!(error, InvalidTransaction::UnknownSender);

    let first = world.signed(0, &Call::transfer(id(1), Balance::tokens(1)));
    world.block_at(Slot(1), std::slice::from_ref(&first));
    let error = world.build(Slot(2), std::slice::from_ref(&first)).unwrap_err();
    assert_eq!(error, InvalidTransaction::Stale { expected: Nonce(1), got: Nonce(0) });
    let twice = world.signed(0, &Call::transfer(id(1), Balance::tokens(1)));
    let error = world.build(Slot(2), &[twice.clone(), twice]).unwrap_err();
    assert_eq!(error, InvalidTransaction::Stale { expected: Nonce(2), got: Nonce(1) });

    let (genesis, next) = (world.chain.genesis(), ProtocolVersion(2));
    let signed = world.plain(0, Nonce(1), transfer()).sign(&key(0), genesis, next);
    assert!(
        Verified::check(signed.clone(), genesis, PROTOCOL_VERSION).is_err(),
        "the signature covers the version"
    );
    let other = Verified::check(signed, genesis, next).unwrap();
    let error = world.build(Slot(2), &[other]).unwrap_err();
    assert_eq!(error, InvalidTransaction::WrongVersion { signed: next, current: PROTOCOL_VERSION });
}

#[test]
fn a_signature_holds_for_one_chain_one_sender_and_these_bytes() {
    type Change = fn(&mut SignedTransaction);
    let world = World::local();
    let genesis = *world.chain.genesis();
    let good = world.plain(0, Nonce::ZERO, transfer()).sign(&key(0), &genesis, PROTOCOL_VERSION);
    assert!(Verified::check(good.clone(), &genesis, PROTOCOL_VERSION).is_ok());
    let changes: [(&str, Change); 5] = [
        ("sender", |t| t.transaction.sender = id(1)),
        ("nonce", |t| t.transaction.nonce = Nonce(1)),
        ("expiry", |t| t.transaction.last_valid_slot.0 += 1),
        ("tip", |t| t.transaction.tip = Balance(1)),
        ("call", |t| *t.transaction.call.last_mut().unwrap() ^= 1),
    ];
    for (field, change) in changes {
        let mut changed = good.clone();
        change(&mut changed);
        assert!(Verified::check(changed, &genesis, PROTOCOL_VERSION).is_err(), "{field}");
    }
    let other = serin_node::chain_spec::ChainSpec::kusama(4, crate::world::GENESIS_TIME);
    assert!(Verified::check(good, &other.genesis().hash, PROTOCOL_VERSION).is_err(), "chain");
}

#[test]
fn a_refused_transaction_leaves_no_trace() {
    let world = World::local();
    let empty = world.build(Slot(1), &[]).unwrap();
    let claim = world.claim(Slot(1), 0, ClaimKind::Primary);
    let context = world.context(Slot(1), &claim);
    let mut builder = BlockBuilder::begin(&world.state, &context).unwrap();
    let poor = Transaction { tip: Balance(u128::MAX), ..world.plain(0, Nonce::ZERO, transfer()) };
    assert!(builder.apply(&world.verified(0, poor)).is_err());
    assert_eq!(builder.finish(), empty);
}

/// A world whose blocks hold two and a half of these transactions, ten with the reserved part.
fn small_blocks() -> World {
    let mut world = World::local();
    let parameters = Parameters {
        block_bytes_max: 4 * 75_000,
        reserved_ppm: 750_000,
        ..Parameters::kusama(1_000)
    };
    let set = Call::System(SystemCall::SetParameters { parameters: Box::new(parameters) });
    let outcome = world.one(0, &Call::as_root(&set));
    assert_eq!(outcome.result, Ok(()));
    world
}

#[test]
fn a_block_keeps_its_reserved_part_for_the_root_account() {
    let world = small_blocks();
    let slot = world.next_slot();
    let remark = |sender: usize, nonce: u64, bytes: usize, root: bool| {
        let call = Call::System(SystemCall::Remark { bytes: vec![7; bytes] });
        let call = if root { Call::as_root(&call) } else { call };
        let plain = world.plain(sender, Nonce(nonce), encode(&call));
        let plain = Transaction { last_valid_slot: slot, ..plain };
        world.verified(sender, plain)
    };
    let (first, second) = (remark(1, 0, 60_000, false), remark(1, 1, 30_000, false));
    let error = world.build(slot, &[first.clone(), second.clone()]).unwrap_err();
    assert_eq!(error, InvalidTransaction::BlockFull, "75,000 bytes are for everybody");
    let roots = remark(0, 1, 30_000, true);
    assert!(world.build(slot, &[first.clone(), roots.clone()]).is_ok(), "root may go beyond");
    let error = world.build(slot, &[first, roots.clone(), second]).unwrap_err();
    assert_eq!(error, InvalidTransaction::BlockFull, "what root took counts for the others");
    let pretender = remark(1, 0, 30_000, true);
    for (transaction, class) in [(roots, Class::Operational), (pretender, Class::Ordinary)] {
        let validity = check_transaction(&world.chain, &world.state, slot, &transaction);
        assert_eq!(validity.unwrap().class, class, "the class is the root account's alone");
    }
}

#[test]
fn priority_grows_with_the_tip_and_falls_with_the_room_taken() {
    let world = World::local();
    let priority = |call: &Call, tip: u128| {
        let plain = world.plain(0, Nonce::ZERO, encode(call));
        let transaction = world.verified(0, Transaction { tip: Balance(tip), ..plain });
        check_transaction(&world.chain, &world.state, Slot(1), &transaction).unwrap().priority
    };
    let small = Call::transfer(id(1), Balance(1));
    let large = Call::batch(&vec![small.clone(); 200]);
    let tip = 1_000_000_000;
    assert!(priority(&small, tip) > priority(&small, 0));
    assert!(priority(&small, tip) > priority(&large, tip), "the same tip buys less room");
}

#[test]
fn the_treasury_has_no_key_and_cannot_send() {
    // Its address is a hash: even if somebody found a point with these bytes, signing needs its secret.
    let treasury = AccountId::of_module(b"treasury");
    let world = World::local();
    let forged = Transaction { sender: treasury, ..world.plain(0, Nonce::ZERO, transfer()) };
    let signed = forged.sign(&key(0), world.chain.genesis(), PROTOCOL_VERSION);
    assert!(Verified::check(signed, world.chain.genesis(), PROTOCOL_VERSION).is_err());
}
