//! One value of every type that crosses the wire or lies in the state, with every option taken.
//!
//! Field values differ from each other, so that two swapped fields change the encoding.

use serin_state::balances::BalanceError;
use serin_state::types::*;

pub(crate) fn authority() -> Authority {
    Authority {
        seal: PublicKey([0x21; 32]),
        lottery: LotteryPublicKey([0x22; 32]),
        weight: VoteWeight(0x2324),
    }
}

pub(crate) fn voter() -> Voter {
    Voter { key: PublicKey([0x31; 32]), weight: VoteWeight(0x3233) }
}

pub(crate) fn claim(kind: ClaimKind) -> SlotClaim {
    SlotClaim {
        slot: Slot(0x0807_0605_0403_0201),
        author: AuthorityIndex(0x0c0b_0a09),
        kind,
        proof: LotteryProof([0x44; 80]),
    }
}

pub(crate) fn announcements() -> Announcements {
    Announcements {
        next_epoch: Some(NextEpoch {
            randomness: Hash([0x51; 32]),
            authorities: Some(vec![authority(), authority()]),
        }),
        next_set: Some(vec![voter()]),
    }
}

pub(crate) fn unsealed() -> UnsealedHeader {
    UnsealedHeader {
        version: ProtocolVersion(0x0403_0201),
        knows: ProtocolVersion(0x0403_0202),
        parent: Hash([0x61; 32]),
        height: Height(0x0807_0605),
        claim: Some(claim(ClaimKind::Primary)),
        body_root: Hash([0x62; 32]),
        state_root: Hash([0x63; 32]),
        outcome_root: Hash([0x64; 32]),
        announcements: announcements(),
    }
}

pub(crate) fn header() -> Header {
    Header { unsealed: unsealed(), seal: Signature([0x65; 64]) }
}

pub(crate) fn genesis_header() -> Header {
    let unsealed = UnsealedHeader {
        claim: None,
        announcements: Announcements::default(),
        height: Height::ZERO,
        ..unsealed()
    };
    Header { unsealed, seal: Signature([0; 64]) }
}

pub(crate) fn transaction() -> Transaction {
    Transaction {
        sender: AccountId([0x71; 32]),
        nonce: Nonce(0x7273),
        last_valid_slot: Slot(0x7475),
        tip: Balance(0x7677),
        call: vec![0x78, 0x79, 0x7a],
    }
}

pub(crate) fn signed_transaction() -> SignedTransaction {
    SignedTransaction {
        transaction: transaction(),
        signature: TransactionSignature::Ed25519(Signature([0x7b; 64])),
    }
}

pub(crate) fn block() -> Block {
    Block { header: header(), body: vec![signed_transaction(), signed_transaction()] }
}

pub(crate) fn account() -> Account {
    let bound = |reason, amount| Bound { reason: Reason(reason), amount: Balance(amount) };
    Account {
        nonce: Nonce(0x8182),
        free: Balance(0x8384_8586),
        holds: vec![bound(1, 2), bound(3, 4)],
        freezes: vec![bound(5, 6)],
    }
}

pub(crate) fn balance_errors() -> [(&'static str, BalanceError); 8] {
    let (spendable, held, total, asked) = (Balance(1), Balance(2), Balance(3), Balance(4));
    let existential_deposit = Balance(5);
    [
        ("BalanceError.TooLittle", BalanceError::TooLittle { spendable, asked }),
        ("BalanceError.TooLittleHeld", BalanceError::TooLittleHeld { held, asked }),
        (
            "BalanceError.BelowExistentialDeposit",
            BalanceError::BelowExistentialDeposit { existential_deposit },
        ),
        ("BalanceError.NoAccount", BalanceError::NoAccount),
        ("BalanceError.TooManyReasons", BalanceError::TooManyReasons),
        ("BalanceError.FreezeAboveTotal", BalanceError::FreezeAboveTotal { total, asked }),
        ("BalanceError.Overflow", BalanceError::Overflow),
        ("BalanceError.LastNonce", BalanceError::LastNonce),
    ]
}
