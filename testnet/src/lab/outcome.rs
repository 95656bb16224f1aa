//! What came of a run: what did not hold, what was seen, and, on demand, everything that a report draws.
//!
//! Inputs: none of its own; the world fills it. Outputs: plain values. Times are milliseconds since the genesis time, nodes
//! are numbered as in the case; the twin of a validator has a number of its own, above the validators.
//!
//! Bounds: [`VIOLATIONS_KEPT`] violations; a record holds at most [`RECORDED_MAX`] entries of each kind.

use super::case::Kind;
use serde::Serialize;
use serin_consensus::finality::{BlockRef, Justification, SignedVote};
use serin_state::types::Hash;
use std::collections::BTreeSet;

/// Violations that are kept; more are counted only.
pub const VIOLATIONS_KEPT: usize = 16;
/// Entries of each kind that a record holds.
pub const RECORDED_MAX: usize = 100_000;

/// How to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Whether to keep what a report draws.
    pub record: bool,
    /// Whether to hash the abstract states that are passed.
    pub novelty: bool,
    /// Whether to stop at the first violation.
    pub stop: bool,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What did not hold.
    pub violations: Vec<Violation>,
    /// What was seen.
    pub reached: Reached,
    /// Hash over every event in its order: equal for equal cases and builds.
    pub trace_hash: u64,
    /// Inputs that nodes worked off.
    pub steps: u64,
    /// Hashes of the abstract states that were passed, where asked for.
    pub states: BTreeSet<u64>,
    /// Slots that passed.
    pub slots: u64,
    /// Lowest head of an honest node at the end.
    pub best: u32,
    /// Lowest final block of an honest node at the end.
    pub finalized: u32,
    /// Where asked for.
    pub record: Option<Box<Record>>,
}

/// Something that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The name of the oracle.
    pub oracle: &'static str,
    /// What happened, in a sentence.
    pub what: String,
    /// Validators that are proven guilty of it, where anybody is.
    pub culprits: Vec<u8>,
}

macro_rules! reached {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// How often something was seen. Scripts rely on the names.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
        pub struct Reached {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl Reached {
            /// Adds the counts of another run.
            pub const fn add(&mut self, other: &Self) {
                $(self.$name = self.$name.saturating_add(other.$name);)+
            }

            /// Names and counts.
            #[must_use]
            pub fn counts(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name),)+]
            }

            /// What was never seen: a campaign that lacks one of these shows nothing.
            #[must_use]
            pub fn missing(&self) -> Vec<&'static str> {
                self.counts().into_iter().filter(|(_, count)| *count == 0).map(|(name, _)| name).collect()
            }
        }
    };
}

reached! {
    /// Heads that left their chain.
    reorganisation,
    /// Two seals of one author for one slot, reported by a node.
    seal_equivocation,
    /// Two votes of one voter, reported by a node.
    vote_equivocation,
    /// Voter sets that took over.
    set_change,
    /// Blocks that begin an epoch after one or more without blocks.
    skipped_epoch,
    /// Rounds that a node caught up with from an answer.
    catch_up,
    /// Rounds that ended without making a new block final.
    nil_round,
    /// Nodes that started again on their disk.
    restart,
    /// Blocks that became final.
    finalized,
    /// Messages that were lost.
    lost,
    /// Messages that an adversary changed, held back or made.
    attack,
    /// Transactions in blocks that were announced.
    transaction,
}

/// Everything that a report draws.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The nodes by number.
    pub nodes: Vec<NodeInfo>,
    /// Messages in the order of sending.
    pub messages: Vec<MessageInfo>,
    /// Blocks in the order in which they were first seen.
    pub blocks: Vec<BlockInfo>,
    /// Heads and final blocks of the nodes, whenever they changed.
    pub views: Vec<ViewInfo>,
    /// Votes, where they were made.
    pub votes: Vec<VoteInfo>,
    /// Faults, repairs and what adversaries did, in sentences.
    pub events: Vec<EventInfo>,
    /// Two proofs that exclude each other, and who is guilty.
    pub conflict: Option<ConflictInfo>,
    /// All that the hash over the run is made of, in its order.
    pub trace: Vec<Traced>,
}

/// One of the events that the hash over a run is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traced {
    /// Milliseconds since the genesis time.
    pub at_ms: u32,
    /// Where it happened.
    pub node: u8,
    /// What happened.
    pub what: Happened,
    /// Which message, block or power it was: the first eight bytes of a signature or hash, or a number.
    pub value: u64,
}

/// What the hash over a run tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A message came.
    Message,
    /// A block became final.
    Final,
    /// A block became the head.
    Head,
    /// The node ended.
    End,
    /// The node started again.
    Restart,
}

impl Happened {
    /// Its number in the hash.
    pub(super) const fn code(self) -> u64 {
        match self {
            Self::Message => 1,
            Self::Final => 2,
            Self::Head => 3,
            Self::End => 4,
            Self::Restart => 5,
        }
    }
}

impl core::fmt::Display for Traced {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { at_ms, node, what, value } = self;
        let what = match what {
            Happened::Message => "hears message",
            Happened::Final => "makes final block",
            Happened::Head => "takes for its head block",
            Happened::End => "ends, with power lost if 1:",
            Happened::Restart => "starts again",
        };
        write!(formatter, "at {at_ms} ms node {node} {what} {value:016x}")
    }
}

impl Record {
    /// The first event that two runs do not have in common, in both of them; nothing where there is none.
    #[must_use]
    pub fn parted(&self, other: &Self) -> Option<(Option<Traced>, Option<Traced>)> {
        let longer = self.trace.len().max(other.trace.len());
        let pairs = (0..longer).map(|at| (self.trace.get(at), other.trace.get(at)));
        let parted = pairs.into_iter().find(|(one, two)| one != two);
        parted.map(|(one, two)| (one.copied(), two.copied()))
    }
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInfo {
    /// Its name for people: alice, bob, ..; a twin has the name of its validator with a mark.
    pub name: String,
    /// The validator whose keys it has.
    pub validator: u8,
    /// Whether it breaks rules.
    pub byzantine: bool,
}

/// A message to one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageInfo {
    /// Its sender.
    pub from: u8,
    /// Its receiver.
    pub to: u8,
    /// Which one on this link: with `from` and `to` what [`super::case::Meddling`] names.
    pub number: u32,
    /// When it left.
    pub sent_ms: u32,
    /// When it arrived; `None`: never.
    pub arrived_ms: Option<u32>,
    /// What it is.
    pub kind: Kind,
    /// In a few words: "block 7", "prevote 3 for 7".
    pub label: String,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// Its hash.
    pub hash: Hash,
    /// Its parent's.
    pub parent: Hash,
    /// Its height.
    pub height: u32,
    /// Its slot.
    pub slot: u64,
    /// Which validator made it.
    pub author: Option<u8>,
    /// Which nodes first had it on their best chain, and when.
    pub imported: Vec<(u8, u32)>,
}

/// What a node holds for best and for final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewInfo {
    /// From when on.
    pub at_ms: u32,
    /// Which node.
    pub node: u8,
    /// Its head.
    pub head: BlockRef,
    /// Its final block.
    pub finalized: BlockRef,
}

/// A vote that left a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoteInfo {
    /// When.
    pub at_ms: u32,
    /// The node.
    pub node: u8,
    /// The vote.
    pub vote: SignedVote,
}

/// Something that happened beside the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventInfo {
    /// When.
    pub at_ms: u32,
    /// To which node, if to one.
    pub node: Option<u8>,
    /// What, in a sentence.
    pub what: String,
}

/// Two proofs that exclude each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictInfo {
    /// One proof.
    pub first: Justification,
    /// The other.
    pub second: Justification,
    /// Who is guilty, with the evidence; nobody where the rule alone is to blame.
    pub culprits: Vec<CulpritInfo>,
    /// The least weight that the rules promise to name.
    pub promised: u64,
}

/// A guilty validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CulpritInfo {
    /// Which.
    pub validator: u8,
    /// Its weight.
    pub weight: u64,
    /// Whether it really broke rules: an honest one here is a violation of its own.
    pub byzantine: bool,
    /// What it did, in a sentence.
    pub evidence: String,
}
