//! The machine: what is proven so far, and what each answer of a server adds.
//!
//! Inputs: a start, fragments, answers. Outputs: proven facts, or which links are missing. Invariants and bounds
//! stand in the module above.

use super::{TooOld, check_age};
use crate::proof::{Answer, Ground, Question, Start, StartError, StatementError, StatementProof};
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::BlockRef;
use serin_consensus::finality::proof_chain::{Fragment, FragmentError, Link, ProofError, Trust};
use serin_consensus::params::Params;
use serin_consensus::rules::FinalityRules;
use serin_state::types::{Hash, Header, Height, SetId, Slot};

/// What is proven of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Light {
    pub(super) genesis: Hash,
    pub(super) name: String,
    pub(super) rules: FinalityRules,
    pub(super) params: Params,
    pub(super) trust: Trust,
    /// Of the block that `trust` names.
    pub(super) header: Header,
}

/// What an answer comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is of a later voter set: links from the one that ends this set on have to come first.
    Needs(SetId),
    /// It holds.
    Proven {
        /// Whether the newest header is another than before.
        moved: bool,
        /// What was asked for.
        statement: Box<StatementProof>,
    },
}

/// Why an answer is refused. A server that keeps to the protocol never gives one, but for [`LightError::Behind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LightError {
    /// What a server says of the trusted hash does not follow from it.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A link does not hold.
    #[error(transparent)]
    Fragment(#[from] FragmentError),
    /// Links that end no set, where some are needed.
    #[error("it gives no way from set {trusted} to set {wanted}")]
    NoWay {
        /// The trusted one.
        trusted: u64,
        /// That of its final block.
        wanted: u64,
    },
    /// Its final header does not hold.
    #[error("its final block is not proven: {0}")]
    Last(ProofError),
    /// Its final block is older than what is proven.
    #[error(
        "its final block {theirs} is older than block {newest}, which is proven: it is behind, or hides the newest"
    )]
    Behind {
        /// Proven.
        newest: Height,
        /// Its own.
        theirs: Height,
    },
    /// The statement does not hold.
    #[error("its statement does not hold: {0}")]
    Statement(StatementError),
    /// The statement holds, and is not what was asked.
    #[error("it proves something else than it was asked for")]
    OtherQuestion,
}

impl Light {
    /// Begins at the block with hash `trusted` (genesis, or a checkpoint) of the chain with hash `genesis`.
    ///
    /// # Errors
    /// [`StartError`], where `start` does not follow from the hashes.
    pub fn begin(start: &Start, trusted: &Hash, genesis: &Hash) -> Result<Self, StartError> {
        let Ground { genesis, name, rules, params, trust, header } =
            start.verify(trusted, genesis)?;
        Ok(Self { genesis, name, rules, params, trust, header })
    }

    /// The chain's name, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hash of the genesis block.
    #[must_use]
    pub const fn genesis(&self) -> Hash {
        self.genesis
    }

    /// The newest proven block.
    #[must_use]
    pub const fn newest(&self) -> BlockRef {
        self.trust.header
    }

    /// Its header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The set that votes above it.
    #[must_use]
    pub const fn set(&self) -> SetId {
        self.trust.set()
    }

    /// When slots are.
    #[must_use]
    pub const fn params(&self) -> &Params {
        &self.params
    }

    /// Whether what is proven may be built on in slot `now`.
    ///
    /// # Errors
    /// [`TooOld`]: only the user can say that it may nevertheless.
    pub fn check_age(&self, now: Slot) -> Result<(), TooOld> {
        check_age(self.header.slot(), now, self.params.bonding_slots)
    }

    /// Links came.
    ///
    /// # Errors
    /// [`LightError::Fragment`]; links before the bad one are followed.
    pub fn on_fragment<V: Verifier>(
        &mut self,
        fragment: &Fragment,
        verifier: &V,
    ) -> Result<(), LightError> {
        let before = self.trust.set();
        let followed = self.trust.follow_fragment(fragment, &self.rules, verifier);
        let steps = usize::try_from(self.trust.set().since(before)).unwrap_or(usize::MAX);
        let newest = steps.checked_sub(1).and_then(|last| fragment.links.get(last));
        if let Some(link) = newest {
            self.header = link.header.clone();
        }
        assert!(
            self.header.height() == self.trust.header.height,
            "invariant(light): the header is that of the trusted block"
        );
        Ok(followed?)
    }

    /// An answer to `question` came.
    ///
    /// # Errors
    /// [`LightError`].
    pub fn on_answer<V: Verifier>(
        &mut self,
        question: &Question,
        answer: &Answer,
        verifier: &V,
    ) -> Result<Heard, LightError> {
        let newest = self.trust.header;
        let (last, trust) = match &answer.last {
            None => (&self.header, None),
            Some(link) => {
                let set = link.justification.set();
                if set > self.trust.set() && set.0 >> 32 == self.trust.set().0 >> 32 {
                    return Ok(Heard::Needs(self.trust.set()));
                }
                let known = link.header.hash() == newest.hash;
                let trust = (!known).then(|| self.advanced(link, verifier)).transpose()?;
                (&link.header, trust)
            }
        };
        if answer.last.is_none() && newest.height > Height::ZERO {
            return Err(LightError::Behind { newest: newest.height, theirs: Height::ZERO });
        }
        let statement = answer.statement.verify(last).map_err(LightError::Statement)?;
        if !question.is_answered_by(&statement, last.height()) {
            return Err(LightError::OtherQuestion);
        }
        let moved = trust.is_some();
        if let Some(trust) = trust {
            self.header = last.clone();
            self.trust = trust;
        }
        Ok(Heard::Proven { moved, statement: Box::new(statement) })
    }

    /// What is trusted after the link, which ends at a final block above the newest.
    fn advanced<V: Verifier>(&self, link: &Link, verifier: &V) -> Result<Trust, LightError> {
        let (newest, theirs) = (self.trust.header.height, link.header.height());
        let mut trust = self.trust.clone();
        trust.advance(link, &self.rules, verifier).map_err(|error| {
            if matches!(error, ProofError::Stale { .. } | ProofError::Below { .. }) {
                LightError::Behind { newest, theirs }
            } else {
                LightError::Last(error)
            }
        })?;
        Ok(trust)
    }
}
