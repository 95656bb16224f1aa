//! Ways to break the rules, as parts of a case: who, from when on, how often, how.
//!
//! They are plain values; what each does to the messages of a core stands in the world. Enums may grow at their end alone,
//! so that old cases keep their meaning.

use super::Nodes;
use borsh::{BorshDeserialize, BorshSerialize};

/// Validators that break the rules in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Adversary {
    /// Which validators: they count as Byzantine for the whole run.
    pub nodes: Nodes,
    /// From when on.
    pub at_ms: u32,
    /// In this share of the occasions, in parts per million.
    pub ppm: u32,
    /// How.
    pub kind: Attack,
}

/// A way to break the rules. All of them sit between a full core and the network, and have the keys of their nodes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Attack {
    /// A second core with the same keys and an own memory; one hears and tells `side`, the other the rest. From the start.
    Twins {
        /// Whom the first one talks to.
        side: Nodes,
    },
    /// Seals a second block for its slot and shows each block to one side.
    SealTwice {
        /// Who is shown the second one.
        side: Nodes,
    },
    /// Signs a second vote for another block, and shows each vote to one side.
    VoteTwice {
        /// Who is shown the second one.
        side: Nodes,
    },
    /// Votes for the parent of what it should vote for, towards everybody.
    VoteLow,
    /// Keeps messages of one kind back for ever.
    Withhold {
        /// Which.
        what: Kind,
        /// Before whom.
        from: Nodes,
    },
    /// Sends messages of one kind late.
    Late {
        /// Which.
        what: Kind,
        /// By how much, in milliseconds.
        by_ms: u16,
    },
    /// Authors and votes as if its clock were ahead.
    Early {
        /// By how much, in milliseconds.
        by_ms: u16,
    },
    /// Tells one side its votes, and the other nothing.
    SplitVotes {
        /// Who hears them.
        side: Nodes,
    },
    /// Tells that it is in another round than it is.
    LieRound {
        /// By how much it exaggerates.
        by: u8,
    },
    /// Signs its votes for another set than the current one.
    LieSet {
        /// By how much.
        by: u8,
    },
    /// Seals blocks upon an old block instead of the head, as long as its slots last.
    LongRange {
        /// How many blocks below the head.
        depth: u8,
    },
    /// Goes on voting and sealing with the keys of a set that it has left.
    StaleKeys,
    /// Authors only where the lottery comes out in its favour.
    Grind,
    /// Sends its last messages again and again.
    Spam {
        /// How many copies of each.
        copies: u8,
    },
    /// Authors blocks without transactions and passes no transactions on.
    Censor,
    /// Changes single fields of its messages: heights, rounds, sets, targets.
    Mutate {
        /// How far.
        scope: Scope,
    },
    /// Makes blocks that break one rule, beside those that it may make, and shows them to everybody.
    Forge {
        /// Which rule.
        what: Forgery,
    },
    /// Says votes in the name of others, and proofs that prove nothing.
    Pretend {
        /// What.
        what: Pretence,
    },
    /// Answers requests for blocks with other bodies.
    WrongBody,
    /// Says and answers nothing.
    Silent,
    /// Makes its two votes needed: prevotes for the right block towards one side and for its parent towards the others, and
    /// precommits to the parent first and to the right block a moment later.
    Wedge {
        /// Who hears the right prevote.
        side: Nodes,
    },
}

/// What is wrong with a forged block. All else about it is right, its state too.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Forgery {
    /// It claims a win in the lottery that there was not.
    NotWon,
    /// It hides a win behind a secondary claim.
    HiddenWin,
    /// It claims a secondary slot that is another's.
    OthersTurn,
    /// Its slot is seconds away.
    Future,
    /// Its seal does not hold.
    Seal,
    /// It names another state.
    State,
    /// It names other outcomes.
    Outcomes,
    /// It announces other randomness for the next epoch.
    Epoch,
    /// It announces another set of voters.
    Set,
}

/// What is pretended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Pretence {
    /// Gossip: everybody votes as the traitor does.
    Votes,
    /// Gossip: everybody votes in the first round of the next set.
    NextSet,
    /// Answers: everybody voted as the traitor did, a round ahead.
    Answers,
    /// Answers: everybody completed a round far ahead.
    CatchUp,
    /// A proof of the traitors' votes alone, for the head.
    LightProof,
    /// A proof of votes of strangers, for the head.
    StrangersProof,
    /// Proofs of others with a header too many.
    LongProof,
}

/// How far a changed field may be from the true one.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Scope {
    /// By one.
    Small,
    /// Anywhere.
    Any,
    /// Later rounds, sets and heights.
    Future,
}

/// Kinds of messages.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Kind {
    /// Blocks.
    Block,
    /// Hints and prevotes.
    Prevote,
    /// Precommits.
    Precommit,
    /// Proofs of finality.
    Proof,
    /// Transactions.
    Transaction,
    /// Requests.
    Request,
    /// Answers.
    Answer,
}
