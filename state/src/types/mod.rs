//! The vocabulary of the chain: what every crate above this one talks about.
//!
//! One file a noun; everything is named here, so that other files write `types::Header`. What can be
//! sent or stored derives borsh; what people or JSON see has `Display`, `FromStr` and serde besides.

mod account;
mod balance;
mod block;
mod hash;
mod header;
mod key;
mod number;
mod transaction;

pub use account::{Account, AccountId, Bound, REASONS_MAX, Reason};
pub use balance::{Balance, BalanceParseError, TOKEN, TOKEN_NAME};
pub use block::Block;
pub use hash::{Hash, HashParseError, Purpose};
pub use header::{
    Announcements, Authority, ClaimKind, Header, LotteryProof, NextEpoch, SealedFields, SlotClaim,
    UnsealedHeader, Voter,
};
pub use key::{
    BadSignature, Domain, HexParseError, KnownKey, LotteryPublicKey, PublicKey, SecretKey,
    Signature, VOTE_PAYLOAD_BYTES,
};
pub use number::{
    AuthorityIndex, Epoch, Era, Height, Millis, Nonce, ProtocolVersion, Round, SetId, Slot,
    VoteWeight, Weight,
};
pub use transaction::{EXPIRY_SLOTS_MAX, SignedTransaction, Transaction, TransactionSignature};
