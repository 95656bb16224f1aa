//! finality-grandpa, driven from outside: it sees blocks as hashes and heights, and no signatures.

use super::case::{Case, Tree};
use finality_grandpa::round::State;
use finality_grandpa::voter::{
    Callback, CommunicationIn, CommunicationOut, Environment, RoundData, Voter,
};
use finality_grandpa::voter_set::VoterSet;
use finality_grandpa::{
    CatchUp, Chain, Commit, Equivocation, Error, HistoricalVotes, Message, Precommit, Prevote,
    PrimaryPropose, SignedMessage, SignedPrecommit, SignedPrevote, validate_commit,
};
use futures::sink::{Drain, SinkMapErr, drain};
use futures::stream::{self, Pending as NoItems, StreamExt};
use futures::{FutureExt, SinkExt, future};
use serin_consensus::finality::{Ancestry, BlockRef, Stage};
use serin_state::types::Hash;
use std::convert::Infallible;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Waker};

/// Nothing goes wrong out here.
#[derive(Debug)]
pub struct Trouble;

impl std::fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the peer refused")
    }
}

impl std::error::Error for Trouble {}

impl From<Error> for Trouble {
    fn from(_: Error) -> Self {
        Self
    }
}

/// The blocks of a case, and what the peer told of the round.
struct Observer<'a> {
    tree: &'a Tree,
    told: OnceLock<State<Hash, u32>>,
}

impl Chain<Hash, u32> for &Tree {
    fn ancestry(&self, base: Hash, block: Hash) -> Result<Vec<Hash>, Error> {
        if base == block || !self.is_descendant(&base, &block) {
            return Err(Error::NotDescendent);
        }
        let above = |hash: &Hash| self.parent(hash).filter(|parent| *parent != base);
        Ok(std::iter::successors(above(&block), above).collect())
    }
}

impl Chain<Hash, u32> for Observer<'_> {
    fn ancestry(&self, base: Hash, block: Hash) -> Result<Vec<Hash>, Error> {
        self.tree.ancestry(base, block)
    }
}

type Votes = HistoricalVotes<Hash, u32, (), usize>;
type Messages = NoItems<Result<SignedMessage<Hash, u32, (), usize>, Trouble>>;
type Answers = SinkMapErr<Drain<Message<Hash, u32>>, fn(Infallible) -> Trouble>;

fn never(never: Infallible) -> Trouble {
    match never {}
}

impl Environment<Hash, u32> for Observer<'_> {
    type Timer = future::Pending<Result<(), Trouble>>;
    type BestChain = future::Pending<Result<Option<(Hash, u32)>, Trouble>>;
    type Id = usize;
    type Signature = ();
    type In = Messages;
    type Out = Answers;
    type Error = Trouble;

    fn best_chain_containing(&self, _: Hash) -> Self::BestChain {
        future::pending()
    }

    fn round_data(&self, _: u64) -> RoundData<usize, Self::Timer, Messages, Answers> {
        RoundData {
            voter_id: None,
            prevote_timer: future::pending(),
            precommit_timer: future::pending(),
            incoming: stream::pending(),
            outgoing: drain().sink_map_err(never),
        }
    }

    fn round_commit_timer(&self) -> Self::Timer {
        future::pending()
    }

    fn proposed(&self, _: u64, _: PrimaryPropose<Hash, u32>) -> Result<(), Trouble> {
        Ok(())
    }

    fn prevoted(&self, _: u64, _: Prevote<Hash, u32>) -> Result<(), Trouble> {
        Ok(())
    }

    fn precommitted(&self, _: u64, _: Precommit<Hash, u32>) -> Result<(), Trouble> {
        Ok(())
    }

    fn completed(
        &self,
        _: u64,
        state: State<Hash, u32>,
        _: (Hash, u32),
        _: &Votes,
    ) -> Result<(), Trouble> {
        self.told.set(state).map_err(|_| Trouble)
    }

    fn concluded(
        &self,
        _: u64,
        _: State<Hash, u32>,
        _: (Hash, u32),
        _: &Votes,
    ) -> Result<(), Trouble> {
        Ok(())
    }

    fn finalize_block(
        &self,
        _: Hash,
        _: u32,
        _: u64,
        _: Commit<Hash, u32, (), usize>,
    ) -> Result<(), Trouble> {
        Ok(())
    }

    fn prevote_equivocation(&self, _: u64, _: Equivocation<usize, Prevote<Hash, u32>, ()>) {}

    fn precommit_equivocation(&self, _: u64, _: Equivocation<usize, Precommit<Hash, u32>, ()>) {}
}

fn voters(case: &Case) -> VoterSet<usize> {
    let weights = case.set.voters().iter().map(|voter| voter.weight.0).enumerate();
    VoterSet::new(weights).unwrap()
}

fn precommit((id, target): (usize, BlockRef)) -> SignedPrecommit<Hash, u32, (), usize> {
    let precommit = Precommit { target_hash: target.hash, target_number: target.height.0 };
    SignedPrecommit { precommit, signature: (), id }
}

/// What the peer makes of the round, or nothing where that is not completable.
pub fn completed(case: &Case) -> Option<State<Hash, u32>> {
    let base = case.base();
    let prevote = |(id, target): (usize, BlockRef)| {
        let prevote = Prevote { target_hash: target.hash, target_number: target.height.0 };
        SignedPrevote { prevote, signature: (), id }
    };
    let catch_up = CatchUp {
        round_number: 5,
        prevotes: case.of(Stage::Prevote).map(prevote).collect(),
        precommits: case.of(Stage::Precommit).map(precommit).collect(),
        base_hash: base.hash,
        base_number: base.height.0,
    };
    let handed = stream::iter([Ok(CommunicationIn::CatchUp(catch_up, Callback::Blank))]);
    let out = drain::<CommunicationOut<Hash, u32, (), usize>>().sink_map_err(never);
    let observer = Arc::new(Observer { tree: &case.tree, told: OnceLock::new() });
    let at = (base.hash, base.height.0);
    let comms = (handed.chain(stream::pending()), out);
    let mut voter = Voter::new(Arc::clone(&observer), voters(case), comms, 0, Vec::new(), at, at);
    let polled = voter.poll_unpin(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "an observer goes on for ever");
    observer.told.get().cloned()
}

/// Whether the peer takes all precommits of the case for a proof of `target`.
pub fn commits(case: &Case, target: BlockRef) -> bool {
    takes(case, &case.precommits(), target)
}

/// Whether the peer takes these precommits for a proof of `target`.
pub fn takes(case: &Case, precommits: &[(usize, BlockRef)], target: BlockRef) -> bool {
    let commit = Commit {
        target_hash: target.hash,
        target_number: target.height.0,
        precommits: precommits.iter().copied().map(precommit).collect(),
    };
    validate_commit(&commit, &voters(case), &&case.tree).is_ok_and(|result| result.is_valid())
}
