//! Who signs for this node. The journal behind it is durable before a signature is returned.
//!
//! The core calls it directly and treats a refusal as a fact: the slot or round is taken as used. Implementations:
//! the journal of the service, and the simulator's own.

use serin_consensus::finality::accuse::VoteLog;
use serin_consensus::finality::voter::VoteSigner;
use serin_consensus::leader::{EpochData, Session};
use serin_state::types::{
    AccountId, Hash, LotteryProof, LotteryPublicKey, PublicKey, Round, SetId, Signature, Slot,
};
use std::collections::BTreeSet;

/// Public session keys of a validator: three keys, never shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKeys {
    /// Seals headers.
    pub seal: PublicKey,
    /// Plays the lottery.
    pub lottery: LotteryPublicKey,
    /// Votes.
    pub vote: PublicKey,
}

/// Why there is no seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealRefused {
    /// There are no keys.
    #[error("this node has no keys")]
    NoKey,
    /// The journal holds another seal for this slot, or one for a later slot.
    #[error("the journal holds a seal for this slot or a later one")]
    AlreadySigned,
    /// The journal could not be written.
    #[error("the journal could not be written")]
    JournalFailed,
}

/// A node would hold the session keys of two validators. Its journal seals a slot once and votes in a round once,
/// whoever's key it is, so one of the two would seem to be offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this node holds session keys of {one}, and a node signs for one validator: {other} needs a node of its own, with keys that are \
     made there (serin key rotate) and registered (serin staking set-keys)"
)]
pub struct TwoValidators {
    /// Whom it signs for.
    pub one: AccountId,
    /// Who is one too many.
    pub other: AccountId,
}

/// That the holders of `seals` in this session and the next, and `asked` besides, are one validator at most.
///
/// Keys of a validator that serves in neither are nobody's here: who moves from one account to another may keep old keys.
///
/// # Errors
/// [`TwoValidators`].
pub fn check_one_validator(
    session: &Session,
    seals: &[PublicKey],
    asked: Option<AccountId>,
) -> Result<(), TwoValidators> {
    let members = session.current().members().iter().chain(session.next().members());
    let holders = members.filter(|member| seals.contains(&member.seal)).map(|one| one.account);
    let holders: BTreeSet<AccountId> = holders.collect();
    let mut all = holders.iter().chain(&asked);
    let Some(one) = all.next().copied() else { return Ok(()) };
    all.find(|other| **other != one)
        .map_or(Ok(()), |other| Err(TwoValidators { one, other: *other }))
}

/// Signs seals, votes and lottery proofs. Seal slots strictly grow; the same statement may be sealed again.
pub trait Signer: VoteSigner {
    /// Takes up, of the keys that it holds, the seal key for `slot` of `epoch`, and the lottery key beside it.
    fn enter_slot(&mut self, _epoch: &EpochData, _slot: Slot) {}

    /// The public keys that are taken up; `None` for a node that only follows.
    fn identity(&self) -> Option<SessionKeys>;

    /// The lottery proof for `alpha`; `None` without keys. Deterministic, so it needs no journal.
    fn prove(&self, alpha: &[u8]) -> Option<LotteryProof>;

    /// Seals a header of `slot` on the chain with hash `genesis`.
    ///
    /// # Errors
    /// [`SealRefused`].
    fn seal(
        &mut self,
        slot: Slot,
        genesis: &Hash,
        statement: &[u8; 32],
    ) -> Result<Signature, SealRefused>;

    /// Signs the statement of a transaction that brings evidence, with the seal key in [`Domain::Transaction`]. The
    /// account of that key has no tokens, so nothing else can be done in its name.
    ///
    /// [`Domain::Transaction`]: serin_state::types::Domain::Transaction
    fn sign_report(&self, genesis: &Hash, statement: &[u8]) -> Option<Signature>;

    /// The votes of a round in the vote log, with headers of their blocks; `None` without a log. Reads the disk where the
    /// log is there: for questions that peers and clients ask rarely.
    fn logged(&self, _set: SetId, _round: Round) -> Option<VoteLog> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain_spec::ChainSpec;
    use serin_state::types::Millis;

    #[test]
    fn a_node_holds_the_keys_of_one_validator() {
        let spec = ChainSpec::local(4, 1_000, Millis(1_767_225_600_000));
        let genesis = spec.genesis();
        let rows = genesis.changes.into_iter();
        let state: std::collections::BTreeMap<_, _> =
            rows.filter_map(|(key, value)| Some((key, value?))).collect();
        let session = crate::runtime::session(&state);
        let seals: Vec<PublicKey> = spec.validators.iter().map(|one| one.seal).collect();
        let who: Vec<AccountId> = spec.validators.iter().map(|one| one.account).collect();
        let (old, stranger) = (PublicKey([7; 32]), AccountId([8; 32]));
        let two = |one, other| Err(TwoValidators { one, other });
        let ordered = |one: AccountId, other: AccountId| two(one.min(other), one.max(other));
        let cases = [
            ("none at all", vec![], None, Ok(())),
            ("keys that serve no more, or not yet", vec![old], None, Ok(())),
            ("of one, with older ones", vec![old, seals[1]], None, Ok(())),
            ("more for the same", vec![seals[1]], Some(who[1]), Ok(())),
            ("the first for a newcomer", vec![old], Some(stranger), Ok(())),
            ("more for another", vec![seals[1]], Some(stranger), two(who[1], stranger)),
            ("more for another validator", vec![seals[1]], Some(who[2]), two(who[1], who[2])),
            ("of two", vec![seals[0], old, seals[3]], None, ordered(who[0], who[3])),
        ];
        for (why, held, asked, expected) in cases {
            assert_eq!(check_one_validator(&session, &held, asked), expected, "{why}");
        }
    }
}
