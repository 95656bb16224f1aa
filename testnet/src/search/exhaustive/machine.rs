//! One honest voter of the model: the machine that nodes run, and what it says to what it is given.
//!
//! Inputs: votes of one phase, a head. Outputs: what it says, and the machine after it. A machine may have another one
//! beside it that is given the same: then it is noted where the two answer differently.
//!
//! Honest voters of one role share their machine: whoever it is has the position [`Role::me`], and the other two speak in
//! the order of what they say. A round counts each stage by itself, so it does not matter who said what before.

use super::tree::{At, Sight, Tree};
use crate::mutants::Seeded;
use crate::sim::crypto::{SimSigner, SimVerifier, session_keys};
use serin_consensus::finality::voter::{
    Context, Output, VoteSigner, VoteVerdict, Voter, VoterConfig,
};
use serin_consensus::finality::{Round, SignedVote, Stage, Vote, VoterSet};
use serin_consensus::rules::FinalityRules;
use serin_state::types::{
    Hash, Millis, Purpose, Round as RoundNumber, SetId, VoteWeight, Voter as Member,
};

/// Voters of the model.
pub(super) const VOTERS: usize = 4;
/// T, the gossip delay that voters wait for, in milliseconds.
const GOSSIP_MS: u64 = 100;
/// When votes of each phase are given, and when the voter looks at its clock after it: late enough for all that is due.
const TIMES_MS: [(u64, u64); PHASES] =
    [(1_000, 1_000), (1_010, 1_500), (1_600, 1_600), (1_610, 1_850), (1_900, 2_400)];
/// Phases of a run.
pub(super) const PHASES: usize = 5;
/// The position of the primary of round 2.
pub(super) const PRIMARY: usize = 2;

/// A vote without its voter: round, stage, block.
pub(super) type Line = (u64, Stage, At);

/// Who is Byzantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cast {
    /// The primary of round 2.
    LyingPrimary,
    /// Somebody else.
    HonestPrimary,
}

/// The part of one honest voter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Role {
    /// Its position in the set.
    pub(super) me: usize,
    /// Those of the other honest ones.
    pub(super) others: [usize; 2],
}

impl Cast {
    /// Both cases.
    pub(super) const ALL: [Self; 2] = [Self::LyingPrimary, Self::HonestPrimary];

    /// The position of the Byzantine voter.
    pub(super) const fn byzantine(self) -> usize {
        match self {
            Self::LyingPrimary => PRIMARY,
            Self::HonestPrimary => 0,
        }
    }

    /// The roles of the three honest voters; those with equal roles are interchangeable.
    pub(super) const fn roles(self) -> [Role; 3] {
        match self {
            Self::LyingPrimary => [Role { me: 0, others: [1, 3] }; 3],
            Self::HonestPrimary => {
                let plain = Role { me: 1, others: [2, 3] };
                [Role { me: PRIMARY, others: [1, 3] }, plain, plain]
            }
        }
    }
}

/// What a voter is given in a phase.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Given {
    /// What other honest voters said, in order.
    pub(super) heard: Vec<Line>,
    /// What the Byzantine voter tells it, in this order.
    pub(super) lies: Vec<Line>,
    /// What it takes for its head from now on.
    pub(super) head: Option<At>,
}

/// A machine and its journal.
#[derive(Clone, Debug)]
struct Seat {
    voter: Voter<Seeded>,
    signer: SimSigner,
}

/// The state of one voter.
#[derive(Clone, Debug)]
pub(super) struct Local {
    seat: Seat,
    beside: Option<Seat>,
    head: At,
}

/// What came of a phase.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// What the voter said, in order.
    pub(super) said: Vec<Line>,
    /// The voter after it.
    pub(super) local: Local,
    /// Whether the machine beside it answered differently.
    pub(super) differs: bool,
}

/// What all voters of a search share.
#[derive(Debug)]
pub(super) struct Machine<'a> {
    pub(super) tree: &'a Tree,
    pub(super) cast: Cast,
    pub(super) set: VoterSet,
    pub(super) rules: FinalityRules<Seeded>,
    pub(super) beside: Option<FinalityRules<Seeded>>,
    /// The simulated validator at each position of the set.
    numbers: Vec<u32>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(
        tree: &'a Tree,
        cast: Cast,
        rules: FinalityRules<Seeded>,
        beside: Option<FinalityRules<Seeded>>,
    ) -> Option<Self> {
        let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let mut numbers: Vec<u32> = (0..VOTERS).map(number).collect();
        numbers.sort_by_key(|number| session_keys(*number).vote);
        let member =
            |number: &u32| Member { key: session_keys(*number).vote, weight: VoteWeight(1) };
        let members: Vec<Member> = numbers.iter().map(member).collect();
        let set = VoterSet::new(SetId::first(&tree.name(0).hash), &members).ok()?;
        Some(Self { tree, cast, set, rules, beside, numbers })
    }

    fn signer(&self, position: usize) -> SimSigner {
        self.numbers
            .get(position)
            .map_or_else(SimSigner::observer, |number| SimSigner::validator(*number))
    }

    /// A voter at genesis.
    pub(super) fn start(&self, role: Role) -> Local {
        let seat = |rules: FinalityRules<Seeded>| {
            let signer = self.signer(role.me);
            let config = VoterConfig { rules, gossip_ms: GOSSIP_MS };
            let voter = Voter::new(config, self.set.clone(), self.tree.name(0), signer.vote_key());
            Seat { voter, signer }
        };
        Local { seat: seat(self.rules), beside: self.beside.map(seat), head: 0 }
    }

    /// The vote of somebody, signed; nothing bars a second one.
    pub(super) fn sign(&self, position: usize, (round, stage, at): Line) -> Option<SignedVote> {
        let mut signer = self.signer(position);
        let target = self.tree.name(at);
        let vote = Vote { set: self.set.id(), round: RoundNumber(round), stage, target };
        let signature = signer.sign_vote(&vote).ok()?;
        Some(SignedVote { vote, voter: signer.vote_key()?, signature })
    }

    /// The votes that `given` stands for, in the order of delivery.
    fn votes(&self, role: Role, given: &Given) -> Vec<SignedVote> {
        let from = |(line, other): (&Line, usize)| {
            // A hint has one possible sender.
            let sender = if line.1 == Stage::Primary { PRIMARY } else { other };
            self.sign(sender, *line)
        };
        let heard = given.heard.iter().zip(role.others).filter_map(from);
        let lies = given.lies.iter().filter_map(|line| self.sign(self.cast.byzantine(), *line));
        heard.chain(lies).collect()
    }

    /// One phase of one voter.
    pub(super) fn step(&self, phase: usize, role: Role, before: &Local, given: &Given) -> Step {
        let mut local = before.clone();
        local.head = given.head.unwrap_or(local.head);
        let votes = self.votes(role, given);
        let head = local.head;
        let said = self.drive(phase, &mut local.seat, head, &votes);
        let differs = match &mut local.beside {
            None => false,
            Some(beside) => {
                self.drive(phase, beside, head, &votes) != said
                    || beside.voter.round_number() != local.seat.voter.round_number()
            }
        };
        let line = |output: &Output| match output {
            Output::Broadcast(signed) => {
                let at = self.tree.position(&signed.vote.target.hash)?;
                Some((signed.vote.round.0, signed.vote.stage, at))
            }
            Output::Checkpoint(_)
            | Output::BroadcastCommit(_)
            | Output::Finalize(_)
            | Output::Request { .. }
            | Output::WantBlock(_)
            | Output::Evidence(_)
            | Output::WakeAt(_) => None,
        };
        let said = said.1.iter().filter_map(line).collect();
        Step { said, local, differs }
    }

    fn drive(
        &self,
        phase: usize,
        seat: &mut Seat,
        head: At,
        votes: &[SignedVote],
    ) -> (Vec<VoteVerdict>, Vec<Output>) {
        let (given_ms, wake_ms) = TIMES_MS.get(phase).copied().unwrap_or_default();
        let (mut verdicts, mut all) = (Vec::new(), Vec::new());
        let inputs = votes.iter().map(Some).chain([None]);
        for input in inputs {
            let now = Millis(if input.is_some() { given_ms } else { wake_ms });
            let out = self.with(seat, head, now, |voter, context| match input {
                Some(vote) => {
                    let (verdict, out) = voter.on_vote(context, *vote);
                    verdicts.push(verdict);
                    out
                }
                None => voter.on_wake(context),
            });
            all.extend(out);
        }
        (verdicts, all)
    }

    /// Calls the voter, and tells it what became final as often as it finds something.
    fn with(
        &self,
        seat: &mut Seat,
        head: At,
        now: Millis,
        call: impl FnOnce(
            &mut Voter<Seeded>,
            &mut Context<'_, Sight<'_>, SimSigner, SimVerifier>,
        ) -> Vec<Output>,
    ) -> Vec<Output> {
        let last =
            |voter: &Voter<Seeded>| self.tree.position(&voter.last_final().hash).unwrap_or(0);
        let Seat { voter, signer } = seat;
        let chain = Sight { tree: self.tree, head, last: last(voter) };
        let mut context = Context { chain: &chain, signer, verifier: &SimVerifier, now };
        let mut out = call(voter, &mut context);
        let mut fresh = out.clone();
        loop {
            let proof = fresh.iter().find_map(|output| match output {
                Output::Finalize(proof) => Some(proof.target()),
                Output::Checkpoint(_)
                | Output::Broadcast(_)
                | Output::BroadcastCommit(_)
                | Output::Request { .. }
                | Output::WantBlock(_)
                | Output::Evidence(_)
                | Output::WakeAt(_) => None,
            });
            let Some(block) = proof.filter(|block| block.height > voter.last_final().height) else {
                return out;
            };
            let last = self.tree.position(&block.hash).unwrap_or(0);
            let chain = Sight { tree: self.tree, head, last };
            let mut context = Context { chain: &chain, signer, verifier: &SimVerifier, now };
            fresh = voter.on_finalized(&mut context, block, None);
            out.extend(fresh.iter().cloned());
        }
    }
}

impl Local {
    /// Whether it is in the second round.
    pub(super) fn is_in_second_round(&self) -> bool {
        self.seat.voter.round_number() >= RoundNumber(2)
    }

    /// What tells it apart from other states after a phase.
    pub(super) fn key(&self, phase: usize, said: &[Line]) -> Hash {
        let seats = || std::iter::once(&self.seat).chain(&self.beside);
        let text = if phase == 2 && seats().all(|seat| seat.voter.round_number() == RoundNumber(2))
        {
            let legacy: Vec<_> = seats().map(Seat::legacy).collect();
            format!("{legacy:?} {said:?}")
        } else if phase >= 2 && seats().all(|seat| seat.voter.round_number() < RoundNumber(2)) {
            let last: Vec<_> = seats().map(|seat| seat.voter.last_final()).collect();
            format!("stuck {last:?}")
        } else {
            let digests: Vec<_> = seats().map(|seat| seat.voter.digest()).collect();
            format!("{digests:?}")
        };
        let head = u64::try_from(self.head).unwrap_or(u64::MAX);
        Hash::personal(Purpose::Random, &[text.as_bytes(), &head.to_le_bytes()])
    }
}

impl Seat {
    /// What the first round leaves to the second, once none of its votes arrives any more.
    fn legacy(&self) -> impl core::fmt::Debug + use<> {
        let of = |round: &Round<Seeded>| {
            (round.estimate(), round.prevote_ghost(), round.completable(), round.finalized())
        };
        (self.voter.previous_round().map(of), self.voter.last_final())
    }
}
