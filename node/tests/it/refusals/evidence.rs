//! Evidence with real signatures of development accounts, and what can be wrong with it.
//!
//! The good one: validator 2 has sealed two headers for a slot of the present session. Everything else differs from it in one thing.

use super::stage::Stage;
use crate::world::id;
use serin_consensus::evidence::{SealEquivocation, Sealed};
use serin_consensus::finality::{BlockRef, SignedVote, Stage as VoteStage, Vote, VoteEquivocation};
use serin_consensus::leader::Validators;
use serin_consensus::leader::membership::{Membership, prove_membership};
use serin_consensus::staking::Call as Staking;
use serin_consensus::staking::offence::{Evidence, OffenceCall, Report};
use serin_node::chain_spec::development_uri;
use serin_node::runtime::Call;
use serin_state::derive::SessionSeeds;
use serin_state::types::{AuthorityIndex, Hash, Header, Height, Round, SecretKey, SetId, Slot};

/// The call that brings a report.
pub(crate) fn report(report: &Report) -> Call {
    let report = Box::new(report.clone());
    Call::Staking(Staking::Offence(OffenceCall::Report { report }))
}

/// What is brought on a stage.
pub(crate) struct Brought {
    genesis: Hash,
    head: Header,
    session: u64,
    set: SetId,
    current: Validators,
    first: Validators,
    known: Slot,
}

impl Brought {
    pub(crate) fn of(stage: &Stage) -> Self {
        let (world, genesis) = (&stage.world, *stage.world.chain.genesis());
        Self {
            genesis,
            head: world.head.clone(),
            session: world.session.number(),
            set: world.session.set_id(&genesis),
            current: world.session.current().clone(),
            first: stage.first.clone(),
            known: stage.known,
        }
    }

    fn membership(validators: &Validators, number: usize) -> Membership {
        let place = validators.members().iter().position(|one| one.account == id(number)).unwrap();
        let index = AuthorityIndex(u32::try_from(place).unwrap());
        prove_membership(validators, index).unwrap()
    }

    fn report(&self, evidence: Evidence, membership: Membership) -> Report {
        Report { evidence, session: self.session, membership, beneficiary: id(4) }
    }

    /// A header for `slot` that differs by `mark`, sealed by `key`.
    fn sealed(&self, key: &SecretKey, genesis: &Hash, slot: u64, mark: &[u8]) -> Sealed {
        let mut unsealed = self.head.unsealed.clone();
        let mut claim = unsealed.claim.unwrap();
        claim.slot = Slot(slot);
        (unsealed.claim, unsealed.body_root) = (Some(claim), Hash::of(mark));
        let seal = key.sign(Header::DOMAIN, genesis, &unsealed.seal_statement());
        Sealed::of(&Header { unsealed, seal })
    }

    fn two_seals(&self, number: usize, genesis: &Hash, slot: u64, marks: [&[u8]; 2]) -> Evidence {
        let key = keys(number).seal.key();
        let [one, other] = marks.map(|mark| self.sealed(&key, genesis, slot, mark));
        Evidence::Seals(Box::new(SealEquivocation::new(key.public(), one, other)))
    }

    /// Two seals of validator `number` for `slot`.
    pub(crate) fn seals(&self, number: usize, slot: u64) -> Report {
        let evidence = self.two_seals(number, &self.genesis, slot, [b"a", b"b"]);
        self.report(evidence, Self::membership(&self.current, number))
    }

    /// Two votes of validator 2 in round 1 of `set`, one with each mark, in these stages.
    fn two_votes(&self, set: SetId, marks: [&[u8]; 2], stages: [VoteStage; 2]) -> Report {
        let key = keys(2).vote.key();
        let signed = |(mark, stage): (&[u8], VoteStage)| {
            let target = BlockRef { hash: Hash::of(mark), height: Height(5) };
            let vote = Vote { stage, target, round: Round(1), set };
            let signature = key.sign_vote(&vote.payload());
            SignedVote { vote, voter: key.public(), signature }
        };
        let ([first, second], [one, other]) = (marks, stages);
        let (first, second) = (signed((first, one)), signed((second, other)));
        let evidence = Evidence::Votes(Box::new(VoteEquivocation { first, second }));
        self.report(evidence, Self::membership(&self.current, 2))
    }

    fn votes(&self, set: SetId) -> Report {
        self.two_votes(set, [b"a", b"b"], [VoteStage::Prevote; 2])
    }

    /// A slot of the session for which nobody is known to have sealed twice.
    fn fresh(&self) -> u64 {
        self.known.0 + 1
    }

    fn with(&self, change: impl FnOnce(&mut Report)) -> Call {
        let mut changed = self.seals(2, self.fresh());
        change(&mut changed);
        report(&changed)
    }

    pub(crate) fn good(&self) -> Call {
        self.with(|_| {})
    }

    pub(crate) fn again(&self) -> Call {
        report(&self.seals(2, self.known.0))
    }

    pub(crate) fn same_slot(&self) -> Call {
        let evidence = self.two_seals(2, &self.genesis, self.known.0, [b"c", b"d"]);
        report(&self.report(evidence, Self::membership(&self.current, 2)))
    }

    /// Of slot 5, in session 0 and era 0.
    pub(crate) fn expired(&self) -> Call {
        let evidence = self.two_seals(2, &self.genesis, 5, [b"a", b"b"]);
        let membership = Self::membership(&self.first, 2);
        report(&Report { session: 0, ..self.report(evidence, membership) })
    }

    pub(crate) fn of_session(&self, session: u64) -> Call {
        self.with(|report| report.session = session)
    }

    pub(crate) fn of_slot(&self, slot: u64) -> Call {
        report(&self.seals(2, slot))
    }

    pub(crate) fn of_set(&self, later: u64) -> Call {
        report(&self.votes(self.set.saturating_add(later)))
    }

    /// The signatures are those of validator 2, the proof is that of validator 3.
    pub(crate) fn of_another(&self) -> Call {
        self.with(|report| report.membership = Self::membership(&self.current, 3))
    }

    pub(crate) fn forged_account(&self) -> Call {
        self.with(|report| report.membership.member.account = id(3))
    }

    /// Validator 1 was in the set of genesis only.
    pub(crate) fn of_who_left(&self) -> Call {
        let evidence = self.two_seals(1, &self.genesis, self.fresh(), [b"a", b"b"]);
        report(&self.report(evidence, Self::membership(&self.first, 1)))
    }

    /// Account 20 seals as if it were a member, in the place of validator 2.
    pub(crate) fn of_a_stranger(&self) -> Call {
        let evidence = self.two_seals(20, &self.genesis, self.fresh(), [b"a", b"b"]);
        let mut membership = Self::membership(&self.current, 2);
        membership.member.account = id(20);
        membership.member.seal = keys(20).seal.key().public();
        report(&self.report(evidence, membership))
    }

    /// Validator 2 has put its vote key where a seal key belongs.
    pub(crate) fn of_the_other_key(&self) -> Call {
        let key = keys(2).vote.key();
        let [one, other] =
            [b"a", b"b"].map(|mark| self.sealed(&key, &self.genesis, self.fresh(), mark));
        let proof = SealEquivocation::new(key.public(), one, other);
        let evidence = Evidence::Seals(Box::new(proof));
        report(&self.report(evidence, Self::membership(&self.current, 2)))
    }

    pub(crate) fn forged_seal(&self) -> Call {
        self.with(|report| {
            if let Evidence::Seals(proof) = &mut report.evidence {
                proof.second.seal.0[7] ^= 1;
            }
        })
    }

    pub(crate) fn forged_vote(&self) -> Call {
        let mut forged = self.votes(self.set);
        if let Evidence::Votes(proof) = &mut forged.evidence {
            proof.second.signature.0[7] ^= 1;
        }
        report(&forged)
    }

    pub(crate) fn of_another_chain(&self) -> Call {
        let other = Hash::of(b"another genesis");
        let evidence = self.two_seals(2, &other, self.fresh(), [b"a", b"b"]);
        report(&self.report(evidence, Self::membership(&self.current, 2)))
    }

    pub(crate) fn one_header_twice(&self) -> Call {
        let evidence = self.two_seals(2, &self.genesis, self.fresh(), [b"a", b"a"]);
        report(&self.report(evidence, Self::membership(&self.current, 2)))
    }

    pub(crate) fn one_vote_twice(&self) -> Call {
        report(&self.two_votes(self.set, [b"a", b"a"], [VoteStage::Prevote; 2]))
    }

    pub(crate) fn two_stages(&self) -> Call {
        let stages = [VoteStage::Prevote, VoteStage::Precommit];
        report(&self.two_votes(self.set, [b"a", b"b"], stages))
    }
}

fn keys(number: usize) -> SessionSeeds {
    SessionSeeds::from_uri(&development_uri(number)).unwrap()
}
