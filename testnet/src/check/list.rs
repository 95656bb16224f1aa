//! The oracles by name: what each says, and where that comes from.
//!
//! Names are stable: campaigns, the score of mutants and regression files use them. Inputs and outputs: none; a table.

/// An oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oracle {
    /// Its name.
    pub name: &'static str,
    /// What must hold.
    pub meaning: &'static str,
    /// Paper, specification or bug that it comes from.
    pub source: &'static str,
}

const fn oracle(name: &'static str, source: &'static str, meaning: &'static str) -> Oracle {
    Oracle { name, meaning, source }
}

/// All of them.
pub const ORACLES: &[Oracle] = &[
    oracle(
        "agreement",
        "GRANDPA paper, theorem 4.1",
        "with less than a third of the weight Byzantine, no two honest nodes make conflicting blocks final",
    ),
    oracle(
        "monotone finality",
        "GRANDPA paper, section 2; Kusama, August 2020",
        "what a node made final stays final, also over a crash and a loss of power",
    ),
    oracle(
        "valid proof",
        "GRANDPA paper, section 2.3, checked by code written from it",
        "whatever an honest node makes final has a proof: a supermajority of signed precommits of the right set",
    ),
    oracle(
        "accountable safety",
        "GRANDPA paper, section 4.1",
        "where conflicting blocks are final, culprits of at least the promised weight are named",
    ),
    oracle(
        "no honest culprit",
        "GRANDPA paper, lemma 4.3",
        "nobody who follows the rules is ever reported or named guilty",
    ),
    oracle(
        "no honest node is punished",
        "the network's rules for peers",
        "no node that follows the rules takes another one that does for an offender",
    ),
    oracle(
        "liveness",
        "GRANDPA paper, theorem 4.4; bounded",
        "some slots after the network has become kind, finality is near the head on every honest node",
    ),
    oracle(
        "prompt finality",
        "GRANDPA paper, section 3: a block is final when a supermajority precommits to it; finality-grandpa 33515ff",
        "a node that hears a supermajority of precommits for a block in their round makes it final at once",
    ),
    oracle(
        "prompt import",
        "Bitcoin Core, orphan blocks; smoldot all_forks: what waits for a block is taken in with it",
        "no block waits for its parent where that is here",
    ),
    oracle(
        "chain growth",
        "Garay, Kiayias, Leonardos 2015; BABE, W3F research",
        "while the network is kind, the best chain of honest nodes grows in most slots",
    ),
    oracle(
        "chain quality",
        "Garay, Kiayias, Leonardos 2015; BABE, W3F research",
        "honest validators make most of the blocks that become final",
    ),
    oracle(
        "fair leaders",
        "BABE, W3F research, section 2",
        "over many runs validators make blocks in proportion to their weight",
    ),
    oracle(
        "equal roots",
        "Ethereum, consensus split of November 2020",
        "nodes with equal final blocks hold equal states, and the root is the one in the header",
    ),
    oracle(
        "valid block",
        "BABE, W3F research, section 3; sc-consensus-babe verification.rs",
        "every final block was sealed by whoever won the slot or whose turn it was, and names its state",
    ),
    oracle(
        "best head",
        "BABE, W3F research, section 4: the chain selection rule, written anew",
        "the head of a node is the best of the blocks that it has above its final one",
    ),
    oracle(
        "equal heads",
        "a total order of heads; smoldot all_forks",
        "where nobody breaks the rules and the network is kind, all nodes end with one head",
    ),
    oracle(
        "explained votes",
        "GRANDPA paper, section 3 and lemma 4.2, restated over all that was said",
        "an honest precommit has the prevotes for it, and no honest vote is against what an earlier round decided",
    ),
    oracle(
        "reported evidence",
        "slash completeness: sc-consensus-slots, finality-grandpa",
        "whoever has seen two seals of one author for a slot, or two votes of one voter, tells so",
    ),
    oracle(
        "served",
        "polkadot 3375: warp sync needs the proof of every change of sets",
        "what is final can be served: every block by its height, every change of sets with its proof",
    ),
    oracle("money", "ledger: supply", "accounts, locks and treasury sum up to the issuance"),
    oracle("nonces", "ledger: no replay", "nonces never fall"),
    oracle(
        "bounded memory",
        "every structure of a node has a bound",
        "waiting blocks, transactions and unfinalised blocks stay below their bounds",
    ),
    oracle("bounded work", "livelock", "a slot ends after a bounded number of events"),
    oracle("no halt", "a node stops for a broken disk only", "no honest node stops by itself"),
    oracle("restart", "crash safety", "a node starts again on what a crash left on its disk"),
    oracle("no panic", "every untrusted byte is checked", "no input makes a node panic"),
];
