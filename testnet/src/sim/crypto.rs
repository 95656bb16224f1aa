//! Signatures and lottery proofs of the simulator, over the same bytes as the real ones.
//!
//! A signature is a hash over the public key and the message, so it costs one compression to make and
//! one to check. Nothing secret protects it: what keeps one node from signing for another is that
//! only [`SimSigner`] makes signatures, and only for the keys that it was made with. The scheme exists
//! in this crate alone; the node's own verifier accepts none of it.

use super::view::View;
use crate::mutants::Seeded;
use serin_consensus::crypto::{Check, LotteryOutput, Signed, Verifier};
use serin_consensus::finality::accuse::{Challenge, Challenger, SignedChallenge};
use serin_consensus::finality::voter::{Refused, VoteSigner};
use serin_consensus::finality::{SignedVote, Stage, Vote, VoterSet};
use serin_consensus::leader::EpochData;
use serin_node::core::{SealRefused, SessionKeys, Signer};
use serin_state::codec::encode;
use serin_state::mutant::{Mutant, Mutation};
use serin_state::types::{
    Domain, Hash, LotteryProof, LotteryPublicKey, ProtocolVersion, PublicKey, Purpose, Round,
    SetId, Signature, SignedTransaction, Slot, Transaction, TransactionSignature,
};

/// What a validator of the simulator has signed: it survives a crash, as the real journal does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Marks {
    seal: Option<(Slot, [u8; 32])>,
    /// Votes of the last round that was voted in, in the order of signing.
    votes: Vec<SignedVote>,
}

/// Signs for one validator. Cloning it would be cloning the validator's keys: only the world does so,
/// to give a restarted node its journal back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SimSigner {
    keys: Option<SessionKeys>,
    /// Whom it signs for besides, where several validators share a view.
    view: Option<View>,
    marks: Marks,
    mutant: Seeded,
}

/// Checks what [`SimSigner`] makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SimVerifier;

impl SimSigner {
    /// The signer of the simulated validator with this number; nobody else gets its keys.
    #[must_use]
    pub fn validator(number: u32) -> Self {
        Self { keys: Some(session_keys(number)), ..Self::observer() }
    }

    /// A signer without keys.
    #[must_use]
    pub fn observer() -> Self {
        Self { keys: None, view: None, marks: Marks::default(), mutant: Seeded(None) }
    }

    /// The same signer for all who share `view`.
    #[must_use]
    pub(super) fn with_view(self, view: View) -> Self {
        Self { view: Some(view), ..self }
    }

    /// What those say who share the view of whoever said this vote.
    pub(super) fn others(&self, said: &SignedVote) -> Vec<SignedVote> {
        self.view.as_ref().map(|view| view.others(said)).unwrap_or_default()
    }

    /// The same signer with a seeded bug.
    #[must_use]
    pub fn with_mutant(self, mutant: Seeded) -> Self {
        Self { mutant, ..self }
    }

    /// The end of the process: the journal is durable, unless a seeded bug is in it.
    pub fn crash(&mut self) {
        if self.mutant.has(Mutation::PS01) {
            self.marks.votes.clear();
        }
        if self.mutant.has(Mutation::PS06) {
            self.marks.seal = None;
        }
    }
}

/// The public session keys of the simulated validator with this number.
#[must_use]
pub fn session_keys(number: u32) -> SessionKeys {
    let key =
        |role: &[u8]| Hash::personal(Purpose::Random, &[b"key", role, &number.to_le_bytes()]).0;
    SessionKeys {
        seal: PublicKey(key(b"seal")),
        lottery: LotteryPublicKey(key(b"lottery")),
        vote: PublicKey(key(b"vote")),
    }
}

/// The vote of an adversary that has the keys of the validator with this number, whatever it signed before.
pub(crate) fn vote_as(number: u32, vote: Vote) -> SignedVote {
    let voter = session_keys(number).vote;
    let signature = signature(&voter, Signed::Vote(&vote.payload()));
    SignedVote { vote, voter, signature }
}

/// The seal of an adversary that has the keys of the validator with this number.
pub(crate) fn seal_as(number: u32, genesis: &Hash, statement: &[u8; 32]) -> Signature {
    seal_by(&session_keys(number).seal, genesis, statement)
}

/// The one seal of a key over a statement.
pub(crate) fn seal_by(key: &PublicKey, genesis: &Hash, statement: &[u8; 32]) -> Signature {
    signature(key, Signed::Statement { domain: Domain::Seal, genesis, statement })
}

/// The lottery proof of an adversary that has the keys of the validator with this number, and what comes of it.
pub(crate) fn lottery_as(number: u32, alpha: &[u8]) -> (LotteryProof, LotteryOutput) {
    lottery(&session_keys(number).lottery, alpha)
}

/// What comes of a proof that holds.
pub(crate) fn output_of(proof: &LotteryProof) -> LotteryOutput {
    let mut output = [0; 64];
    for (to, from) in output.iter_mut().zip(proof.0) {
        *to = !from;
    }
    LotteryOutput(output)
}

pub(super) fn signature(key: &PublicKey, signed: Signed<'_>) -> Signature {
    let half = match signed {
        Signed::Statement { domain, genesis, statement } => Hash::personal(
            Purpose::Random,
            &[&key.0, &[domain_byte(domain)], genesis.as_bytes(), statement],
        ),
        Signed::Vote(payload) => Hash::personal(Purpose::Random, &[&key.0, payload]),
    };
    let mut bytes = [0; 64];
    for (to, from) in bytes.iter_mut().zip(half.0.iter().chain(&half.0)) {
        *to = *from;
    }
    Signature(bytes)
}

/// Outside the range of a vote's first byte, so that no statement is a vote.
const fn domain_byte(domain: Domain) -> u8 {
    match domain {
        Domain::Transaction => 16,
        Domain::Seal => 17,
        Domain::SessionKeys => 18,
        Domain::Challenge => 19,
    }
}

pub(super) fn lottery(key: &LotteryPublicKey, alpha: &[u8]) -> (LotteryProof, LotteryOutput) {
    let half = Hash::personal(Purpose::Random, &[b"lottery", &key.0, alpha]);
    let mut proof = [0; 80];
    let mut output = [0; 64];
    let halves = || half.0.iter().chain(&half.0).chain(&half.0);
    for (to, from) in proof.iter_mut().zip(halves()) {
        *to = *from;
    }
    for (to, from) in output.iter_mut().zip(halves()) {
        *to = !*from;
    }
    (LotteryProof(proof), LotteryOutput(output))
}

impl Verifier for SimVerifier {
    fn signatures(&self, checks: &[Check<'_>]) -> Vec<bool> {
        checks.iter().map(|check| signature(&check.key, check.signed) == check.signature).collect()
    }

    fn lottery(
        &self,
        key: &LotteryPublicKey,
        alpha: &[u8],
        proof: &LotteryProof,
    ) -> Option<LotteryOutput> {
        let (expected, output) = lottery(key, alpha);
        (expected == *proof).then_some(output)
    }
}

const fn place(vote: &Vote) -> (SetId, Round, u8) {
    let stage = match vote.stage {
        Stage::Primary => 0,
        Stage::Prevote => 1,
        Stage::Precommit => 2,
    };
    (vote.set, vote.round, stage)
}

impl Signer for SimSigner {
    fn enter_slot(&mut self, epoch: &EpochData, slot: Slot) {
        let author = self.view.as_ref().and_then(|view| view.author(epoch, slot));
        if let (Some(author), Some(keys)) = (author, &mut self.keys) {
            (keys.seal, keys.lottery) = (author.seal, author.lottery);
        }
    }

    fn identity(&self) -> Option<SessionKeys> {
        self.keys
    }

    fn prove(&self, alpha: &[u8]) -> Option<LotteryProof> {
        self.keys.map(|keys| lottery(&keys.lottery, alpha).0)
    }

    fn seal(
        &mut self,
        slot: Slot,
        genesis: &Hash,
        statement: &[u8; 32],
    ) -> Result<Signature, SealRefused> {
        let keys = self.keys.ok_or(SealRefused::NoKey)?;
        if let Some((last, signed)) = &self.marks.seal
            && (*last > slot || (*last == slot && signed != statement))
        {
            return Err(SealRefused::AlreadySigned);
        }
        self.marks.seal = Some((slot, *statement));
        Ok(signature(&keys.seal, Signed::Statement { domain: Domain::Seal, genesis, statement }))
    }

    fn sign_report(&self, genesis: &Hash, statement: &[u8]) -> Option<Signature> {
        let signed = Signed::Statement { domain: Domain::Transaction, genesis, statement };
        self.keys.map(|keys| signature(&keys.seal, signed))
    }
}

impl VoteSigner for SimSigner {
    fn enter_set(&mut self, set: &VoterSet) {
        let voter = self.view.as_mut().and_then(|view| view.enter_set(set));
        if let (Some(voter), Some(keys)) = (voter, &mut self.keys) {
            keys.vote = voter;
        }
    }

    fn vote_key(&self) -> Option<PublicKey> {
        self.keys.map(|keys| keys.vote)
    }

    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, Refused> {
        let keys = self.keys.ok_or(Refused::Barred)?;
        if let Some(same) = self.marks.votes.iter().find(|old| place(&old.vote) == place(vote)) {
            let refused = || Refused::Voted(Box::new(*same));
            return if same.vote == *vote { Ok(same.signature) } else { Err(refused()) };
        }
        if self.marks.votes.last().is_some_and(|last| place(&last.vote) > place(vote)) {
            return Err(Refused::Barred);
        }
        self.marks.votes.retain(|old| (old.vote.set, old.vote.round) == (vote.set, vote.round));
        let payload = vote.payload_by(self.mutant);
        let signature = signature(&keys.vote, Signed::Vote(&payload));
        self.marks.votes.push(SignedVote { vote: *vote, voter: keys.vote, signature });
        Ok(signature)
    }
}

/// Without keys a challenge gets a signature that does not hold.
impl Challenger for SimSigner {
    fn challenge(&self, genesis: &Hash, challenge: Challenge) -> SignedChallenge {
        let challenger = self.keys.map(|keys| keys.seal).unwrap_or_default();
        let statement = &encode(&challenge)[..];
        let signed = Signed::Statement { domain: Domain::Challenge, genesis, statement };
        let signature = match self.keys {
            Some(_) => signature(&challenger, signed),
            None => Signature([0; 64]),
        };
        SignedChallenge { challenge, challenger, signature }
    }
}

/// Signs a transaction for the account with this key, by the simulator's scheme.
#[must_use]
pub fn sign_transaction(
    transaction: Transaction,
    genesis: &Hash,
    version: ProtocolVersion,
) -> SignedTransaction {
    let statement = transaction.statement(version);
    let key = PublicKey(transaction.sender.0);
    let signed = Signed::Statement { domain: Domain::Transaction, genesis, statement: &statement };
    let signature = TransactionSignature::Ed25519(signature(&key, signed));
    SignedTransaction { transaction, signature }
}
