//! Keeping up with peers: statuses, requests under way, and fetching what they have and this node lacks.
//!
//! A peer that is ahead is asked for its best chain from our final block upwards, a run at a time; proofs of finality come
//! with the blocks. At most [`RUNS_MAX`] peers are asked at once, each once.
//!
//! # Bounds
//! Per peer one request for a run, one for a status, one of the voter; in all [`REQUESTS_MAX`].

use super::import::Imported;
use super::orphans::Incoming;
use super::wanted::Source;
use super::{Core, Effect, Peer, Signer};
use crate::runtime::Verified;
use serin_consensus::chain::BlockTree;
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::BlockRef;
use serin_consensus::finality::voter::{Peer as VoterPeer, VoterStatus};
use serin_network::limits::WIRE_VERSION;
use serin_network::message::{
    BlockData, BlockRange, BlocksRequest, BlocksResponse, Direction, Fields, FinalityResponse,
    RangeStart, Request, Response, Status,
};
use serin_network::peers::Offence;
use serin_network::requests::RequestFailure;
use serin_state::store::Store;
use serin_state::types::{Hash, Header, Height, Millis, SignedTransaction};

/// Requests under way, in all.
const REQUESTS_MAX: usize = 512;
/// Peers that are asked for runs of blocks at once.
const RUNS_MAX: usize = 2;
/// Blocks of one run.
const RUN_BLOCKS: u8 = 64;
/// Blocks above our head up to which announcements and their ancestors suffice.
const NEAR: u32 = 2;
/// Slots between two exchanges of statuses while all is well.
const STATUS_SLOTS: u64 = 8;
/// Unfinalised blocks above which statuses are exchanged every slot: votes may be missing.
const LAG_MAX: u32 = 4;

/// Blocks below our head from which a run begins, since the peer's chain may leave ours there.
const OVERLAP: u32 = 8;
/// Slots that a peer rests after a run that brought nothing, doubled up to ...
const REST_SLOTS: u64 = 2;
/// ... so many times.
const REST_DOUBLINGS_MAX: u32 = 6;

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// All its blocks are here now.
    All,
    /// The first that is not here stands on one that is not here either.
    Detached,
    /// One of them is wrong.
    Refused,
}

/// What is known of a peer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct PeerState {
    pub(super) best: Option<BlockRef>,
    pub(super) finalized: Option<BlockRef>,
    /// The lowest block that it has.
    pub(super) oldest: Height,
    /// A run of blocks is under way from it.
    run: bool,
    /// The height from which the run was asked for.
    next: Height,
    /// Runs in a row that brought nothing though the peer claims more, and until when it is not asked again.
    idle_runs: u32,
    rests_until: Millis,
}

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    Status,
    /// A run of the peer's best chain.
    Run,
    /// A block and what lies below it.
    Ancestors,
    /// Transactions of an announced block.
    Body(Hash),
    /// Of the voter.
    Votes,
    /// A run of final blocks below the oldest one here.
    Past,
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    pub(super) fn on_peer(&mut self, now: Millis, peer: Peer) {
        self.peers.insert(peer, PeerState::default());
        self.ask_status(now, peer);
    }

    /// What was asked of it will not be answered.
    pub(super) fn on_peer_gone(&mut self, now: Millis, peer: Peer) {
        self.peers.remove(&peer);
        self.voter.on_request_failed(VoterPeer(peer.0));
        let of_peer = self.requests.extract_if(.., |_, (asked, _)| *asked == peer);
        let ended: Vec<Purpose> = of_peer.map(|(_, (_, purpose))| purpose).collect();
        for purpose in ended {
            if let Purpose::Body(hash) = purpose {
                self.on_body_failed(now, &hash);
            }
        }
    }

    /// Sends a request, if there is room and the peer is there.
    pub(super) fn ask(&mut self, peer: Peer, request: Request, purpose: Purpose) -> bool {
        if self.requests.len() >= REQUESTS_MAX || !self.peers.contains_key(&peer) {
            return false;
        }
        if self.requests.values().any(|under_way| *under_way == (peer, purpose)) {
            return false;
        }
        let id = self.next_request;
        self.next_request = self.next_request.saturating_add(1);
        self.requests.insert(id, (peer, purpose));
        self.effects.push(Effect::Request { peer, id, request });
        true
    }

    /// Exchanges statuses when it is time: rarely while all is well, every slot while finality lags.
    pub(super) fn keep_in_touch(&mut self, now: Millis) {
        if now < self.next_status {
            return;
        }
        let lag = self.blocks.tree.head().height.since(self.blocks.tree.root().height);
        let slots = if lag > LAG_MAX { 1 } else { STATUS_SLOTS };
        self.forget_wanted();
        let slot_ms = self.chain.params().slot_ms;
        self.next_status = now.saturating_add(slot_ms.saturating_mul(slots));
        let peers: Vec<Peer> = self.peers.keys().copied().collect();
        for peer in peers {
            self.ask_status(now, peer);
        }
    }

    fn ask_status(&mut self, _now: Millis, peer: Peer) {
        let status = Request::Status(Box::new(self.own_status()));
        self.ask(peer, status, Purpose::Status);
    }

    /// What this node tells of itself.
    pub(super) fn own_status(&self) -> Status {
        let VoterStatus { set, round, current, previous } = self.voter.status();
        let voters = self.voter.set().len();
        Status {
            version: WIRE_VERSION,
            genesis: *self.chain.genesis(),
            best: self.blocks.tree.head(),
            finalized: self.blocks.tree.root(),
            set,
            round,
            current: super::serve::to_wire(&current, voters),
            previous: super::serve::to_wire(&previous, voters),
            version_max: self.knows(),
            oldest_block: self.oldest,
            oldest_state: self.layers.oldest_values(),
            points: self.points(),
        }
    }

    /// A peer told of itself.
    pub(super) fn on_status(&mut self, now: Millis, from: Peer, status: &Status) {
        if status.genesis != *self.chain.genesis() {
            self.punish(from, Offence::OtherGenesis);
            return;
        }
        if let Some(state) = self.peers.get_mut(&from) {
            state.best = Some(status.best);
            state.finalized = Some(status.finalized);
            state.oldest = status.oldest_block;
        }
        if self.wants_run(status) {
            self.sync_with(now, from);
        }
        self.ask_for_wanted(now, from);
        self.fill_history();
        let voter_status = VoterStatus {
            set: status.set,
            round: status.round,
            current: super::serve::from_wire(&status.current),
            previous: super::serve::from_wire(&status.previous),
        };
        let outputs = self.voter.on_peer_status(now, VoterPeer(from.0), &voter_status);
        self.carry_out(now, Some(from), outputs);
    }

    /// Whether a peer has blocks or finality that announcements will not bring.
    fn wants_run(&self, status: &Status) -> bool {
        let head = self.blocks.tree.head().height;
        let ahead = status.best.height.since(head) > NEAR;
        let other = status.best.height >= head && self.lacks(&status.best.hash);
        let final_ahead = status.finalized.height > self.blocks.tree.root().height;
        ahead || other || final_ahead
    }

    /// Begins to fetch a peer's best chain: from a little below our head, or from our final block upwards where the peer
    /// has proofs of finality that are missing here.
    pub(super) fn sync_with(&mut self, now: Millis, peer: Peer) {
        let running = self.peers.values().filter(|state| state.run).count();
        let root = self.blocks.tree.root().height;
        let head = self.blocks.tree.head().height;
        let Some(state) = self.peers.get(&peer) else { return };
        if state.run || running >= RUNS_MAX || now < state.rests_until {
            return;
        }
        let lowest = root.saturating_add(1);
        let proofs = state.finalized.is_some_and(|finalized| finalized.height > root);
        let from = if proofs { lowest } else { head.saturating_sub(OVERLAP).max(lowest) };
        self.ask_run(peer, from);
    }

    /// Lets a peer rest whose run brought nothing though it claims to have more, longer each time: peers that claim
    /// what they do not have must not keep this node from the others.
    fn rest(&mut self, now: Millis, peer: Peer) {
        let slot_ms = self.chain.params().slot_ms;
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let slots = REST_SLOTS.saturating_mul(1 << state.idle_runs.min(REST_DOUBLINGS_MAX));
        state.rests_until = now.saturating_add(slot_ms.saturating_mul(slots));
        state.idle_runs = state.idle_runs.saturating_add(1);
    }

    fn ask_run(&mut self, peer: Peer, from: Height) {
        let range = BlockRange {
            start: RangeStart::Height(from),
            direction: Direction::Ascending,
            count: RUN_BLOCKS,
            fields: Fields::ALL,
        };
        let asked = self.ask(peer, Request::Blocks(BlocksRequest::Range(range)), Purpose::Run);
        if let Some(state) = self.peers.get_mut(&peer) {
            state.run = asked;
            state.next = from;
        }
    }

    /// The end of a request.
    pub(super) fn on_response(
        &mut self,
        now: Millis,
        from: Peer,
        id: u64,
        result: Result<Response, RequestFailure>,
    ) {
        let Some((_, purpose)) = self.requests.remove(&id) else { return };
        if let Some(state) = self.peers.get_mut(&from) {
            match purpose {
                Purpose::Run => state.run = false,
                Purpose::Status
                | Purpose::Ancestors
                | Purpose::Body(_)
                | Purpose::Votes
                | Purpose::Past => {}
            }
        }
        match (purpose, result) {
            (Purpose::Status, Ok(Response::Status(status))) => self.on_status(now, from, &status),
            (Purpose::Run, Ok(Response::Blocks(BlocksResponse::Range(run)))) => {
                self.on_run(now, from, run);
            }
            (Purpose::Ancestors, Ok(Response::Blocks(BlocksResponse::Range(mut run)))) => {
                run.reverse();
                self.want_below(&run);
                self.import_run(now, from, run);
            }
            (
                Purpose::Body(hash),
                Ok(Response::Blocks(BlocksResponse::Transactions(transactions))),
            ) => self.on_missing(now, from, &hash, transactions),
            (Purpose::Body(hash), _) => self.on_body_failed(now, &hash),
            (Purpose::Votes, Ok(Response::Finality(response))) => match response {
                FinalityResponse::Votes(votes) => self.on_votes(now, from, &votes),
                FinalityResponse::CatchUp(bytes) => self.on_catch_up(now, from, bytes.as_deref()),
                FinalityResponse::Justification(bytes) => {
                    self.import_justification(now, Some(from), bytes);
                }
                FinalityResponse::Chain(_) | FinalityResponse::LoggedVotes(_) => {
                    self.punish(from, Offence::WrongAnswer);
                }
            },
            (Purpose::Past, Ok(Response::Blocks(BlocksResponse::Range(run)))) => {
                self.on_past(from, run);
            }
            (Purpose::Votes, _) => self.voter.on_request_failed(VoterPeer(from.0)),
            (Purpose::Status | Purpose::Run | Purpose::Ancestors | Purpose::Past, Ok(_)) => {
                self.punish(from, Offence::WrongAnswer);
            }
            // The network layer has booked a failure of its own.
            (Purpose::Run, Err(_)) => self.rest(now, from),
            (Purpose::Status | Purpose::Ancestors | Purpose::Past, Err(_)) => {}
        }
    }

    /// What the lowest block of a descending run stands on is missing too.
    fn want_below(&mut self, run: &[BlockData]) {
        let lowest = run.first().and_then(|data| data.header.as_ref());
        let Some(lowest) = lowest else { return };
        let (parent, height) = (lowest.parent(), lowest.height().saturating_sub(1));
        if height > self.blocks.tree.root().height && self.lacks(&parent) {
            self.wanted.insert(parent, height, Source::Told);
        }
    }

    /// Asks a peer for one of the missing blocks, in turn; requests get lost, so this is done again with every status.
    fn ask_for_wanted(&mut self, now: Millis, peer: Peer) {
        self.forget_wanted();
        if let Some((hash, height)) = self.wanted.in_turn(self.next_request) {
            self.ask_for_ancestors(now, peer, hash, height);
        }
    }

    fn forget_wanted(&mut self) {
        let root = self.blocks.tree.root().height;
        let (tree, bad) = (&self.blocks.tree, &self.bad);
        self.wanted
            .retain(|hash, height| height > root && !tree.contains(hash) && !bad.contains(hash));
    }

    /// A run of a peer's best chain came; the next one is asked for while it brings something.
    fn on_run(&mut self, now: Millis, from: Peer, run: Vec<BlockData>) {
        let last = run.last().and_then(|data| data.header.as_ref()).map(Header::height);
        let place = |tree: &BlockTree<S::Mutant>| (tree.root(), tree.head(), tree.len());
        let before = place(&self.blocks.tree);
        let taken = self.import_run(now, from, run);
        let fruitful = before != place(&self.blocks.tree);
        let lowest = self.blocks.tree.root().height.saturating_add(1);
        let Some(state) = self.peers.get_mut(&from) else { return };
        if fruitful {
            state.idle_runs = 0;
        }
        let (asked, best) = (state.next, state.best);
        // Its chain leaves ours further down.
        if taken == Taken::Detached && asked > lowest {
            self.ask_run(from, lowest);
            return;
        }
        let claims_more = best.is_some_and(|best| {
            best.height > self.blocks.tree.root().height && self.lacks(&best.hash)
        });
        let next = last.map_or(asked, |last| last.saturating_add(1));
        if taken == Taken::All && next > asked && claims_more {
            self.ask_run(from, next);
        } else if claims_more && !fruitful {
            self.rest(now, from);
        }
    }

    /// Imports blocks in ascending order, up to the first that is not taken.
    fn import_run(&mut self, now: Millis, from: Peer, run: Vec<BlockData>) -> Taken {
        for data in run {
            match self.import_data(now, from, data) {
                Some(Imported::New | Imported::Known) => {}
                Some(Imported::Orphan) => return Taken::Detached,
                Some(Imported::Refused(_)) | None => return Taken::Refused,
            }
        }
        Taken::All
    }

    /// Imports one block; nothing where header or body is missing or a signature does not hold.
    pub(super) fn import_data(
        &mut self,
        now: Millis,
        from: Peer,
        data: BlockData,
    ) -> Option<Imported> {
        let Some(header) = data.header else {
            self.punish(from, Offence::WrongAnswer);
            return None;
        };
        let hash = header.hash();
        if self.blocks.tree.contains(&hash) {
            self.import_justification(now, Some(from), data.justification);
            return Some(Imported::Known);
        }
        let body = self.verified_body(from, &header, data.body)?;
        let block = Incoming {
            from: Some(from),
            message: None,
            header,
            hash,
            claim: None,
            body,
            justification: data.justification,
        };
        Some(self.import(now, block))
    }

    /// The transactions of a peer's block, if all signatures hold.
    fn verified_body(
        &mut self,
        from: Peer,
        header: &Header,
        body: Option<Vec<SignedTransaction>>,
    ) -> Option<Vec<Verified<SignedTransaction>>> {
        let Some(body) = body else {
            self.punish(from, Offence::WrongAnswer);
            return None;
        };
        let version = header.unsealed.version;
        let genesis = self.chain.genesis();
        let checked =
            body.into_iter().map(|one| Verified::check_with(&self.verifier, one, genesis, version));
        let verified: Option<Vec<_>> = checked.map(Result::ok).collect();
        if verified.is_none() {
            self.punish(from, Offence::InvalidBlock);
        }
        verified
    }

    /// An announcement says that the peer has this block.
    pub(super) fn note_best_of(&mut self, peer: Peer, hash: Hash, height: Height) {
        if let Some(state) = self.peers.get_mut(&peer)
            && state.best.is_none_or(|best| best.height < height)
        {
            state.best = Some(BlockRef { hash, height });
        }
    }

    /// Whether some peer's head lies more than `blocks` above ours.
    pub(super) fn is_behind(&self, blocks: u32) -> bool {
        let head = self.blocks.tree.head().height;
        let bests = self.peers.values().filter(|state| state.run).filter_map(|state| state.best);
        bests.into_iter().any(|best| best.height.since(head) > blocks)
    }
}
