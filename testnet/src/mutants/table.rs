//! What is expected of every seeded bug: where it comes from, which oracle has to find it, and how deep it lies.
//!
//! What a bug does stands at its name ([`Mutation::what`]); where, in [`super::source`]. Tiers: 1 shows in nearly every
//! run, 2 needs one fault or one liar, 3 needs a sequence of them, 4 needs statistics or a rare sequence.

use core::fmt;
use serin_state::mutant::Mutation;

/// What a check is about. One that fires kills the mutants of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// No two nodes make different blocks of one height final (GRANDPA paper, theorem 4.1).
    Agreement,
    /// Finality of a node never goes back, not over a restart either.
    Monotone,
    /// Every final block has a proof that a verifier of its own accepts, by the set of its chain.
    Proof,
    /// No honest node is caught double signing or punished.
    Honest,
    /// Finality and the head go on while the network is kind.
    Liveness,
    /// Every block was its author's to make, and says what its state says.
    Block,
    /// The head is the best of what a node has, by the order written anew.
    Head,
    /// What was signed twice is told.
    Evidence,
    /// Balances sum up, nothing lives below the existential deposit.
    Money,
    /// Nonces count transactions, and none runs twice.
    Nonce,
    /// Tallies equal a recount; locks, deposits and payments are what was promised; what passes had to pass.
    Governance,
    /// Bonds, rosters, exposures and pools agree; what is paid, slashed and withdrawn is what the rules say.
    Staking,
    /// Nobody panics, stops, or comes back damaged.
    Crash,
    /// Whoever joins is served.
    Service,
    /// What is kept stays within its bounds.
    Bounds,
}

impl Kind {
    /// The word in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::Monotone => "monotone",
            Self::Proof => "proof",
            Self::Honest => "honest",
            Self::Liveness => "liveness",
            Self::Block => "block",
            Self::Head => "head",
            Self::Evidence => "evidence",
            Self::Money => "money",
            Self::Nonce => "nonce",
            Self::Governance => "governance",
            Self::Staking => "staking",
            Self::Crash => "crash",
            Self::Service => "service",
            Self::Bounds => "bounds",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One seeded bug.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Which.
    pub mutation: Mutation,
    /// The bug of the field that it is like, or the rule that it breaks.
    pub source: &'static str,
    /// Which kinds of oracle may find it.
    pub kinds: &'static [Kind],
    /// 1 easy to 4 deep.
    pub tier: u8,
}

impl Entry {
    /// The entry of a mutation.
    #[must_use]
    pub fn of(mutation: Mutation) -> Option<&'static Self> {
        TABLE.iter().find(|entry| entry.mutation == mutation)
    }
}

macro_rules! table {
    ($($name:ident $tier:literal [$($kind:ident),+] $source:literal;)+) => {
        /// Every seeded bug, in the order of their names.
        pub const TABLE: &[Entry] = &[$(Entry {
            mutation: Mutation::$name,
            source: $source,
            kinds: &[$(Kind::$kind),+],
            tier: $tier,
        },)+];
    };
}

table! {
    BP01 1 [Block] "BABE: the leader check skipped";
    BP02 1 [Block] "BABE: the secondary check skipped";
    BP03 2 [Block] "Prysm, August 2020: blocks from the future";
    BP06 2 [Liveness, Crash] "substrate 11727, 4464, spec 681: one empty epoch stops the chain";
    BP07 3 [Block] "BABE: randomness of the last block alone can be ground";
    BP08 3 [Block] "pallet-babe: outputs of a part of the epoch are left out";
    BP09 3 [Block] "BABE: the threshold with a wrong constant";
    BP10 3 [Block] "babe-w3f 6: secondary authors known for ever";
    BP12 3 [Block] "BABE: an output withheld for free";
    BP13 2 [Crash, Liveness] "substrate 11113: VRF before the epoch changes";
    BP15 2 [Block, Honest] "a seal that nobody checks";
    BP17 3 [Block] "BABE: announcements not compared";
    BP18 2 [Block] "execution: the state root not compared";
    BP19 2 [Block] "execution: the outcome root not compared";
    FC01 2 [Head, Crash] "a head that ignores finality";
    FC02 2 [Head] "BABE: primary weight ignored";
    FC03 2 [Head] "tie-break turned round";
    FC06 3 [Agreement, Proof, Crash] "finality-grandpa d5520da: a target off the base";
    GF01 1 [Proof, Agreement] "finality-grandpa fa7e5c0: at least two thirds";
    GF02 1 [Agreement, Proof] "half is no supermajority";
    GF04 2 [Agreement, Proof, Liveness] "finality-grandpa 5c62f9b";
    GF05 2 [Agreement, Proof, Liveness] "finality-grandpa 5, 34, 36; kagome 901, 429";
    GF06 3 [Liveness, Agreement] "kagome 429";
    GF07 3 [Agreement, Liveness, Honest] "finality-grandpa 4862819";
    GF08 3 [Agreement, Proof] "GRANDPA paper, section 3: the lower bound of a precommit";
    GF09 4 [Agreement, Proof] "GRANDPA paper, section 3: the hint";
    GF10 4 [Agreement, Proof] "finality-grandpa 7c31d76, 2, 5";
    GF11 3 [Agreement, Liveness, Proof] "finality-grandpa 45425ef: two formulas for possible";
    GF12 2 [Honest, Proof, Agreement] "relab/hotstuff 289: no round in what is signed";
    GF13 3 [Honest, Proof, Agreement] "polkadot-sdk 7363: no set in what is signed";
    GF14 2 [Agreement, Proof, Honest] "S24: no stage in what is signed";
    GF15 2 [Proof, Agreement] "finality-grandpa 55b6b34";
    GF16 3 [Honest, Liveness] "finality-grandpa 36e409b, substrate 11302";
    GF17 2 [Proof, Agreement] "a proof of nothing";
    GF18 2 [Proof, Agreement] "smoldot 0.21: votes counted, not weighed";
    GF20 1 [Liveness, Monotone] "finality-grandpa 252c99d: finalising backwards";
    GF22 3 [Agreement, Proof] "finality-grandpa e7ce7cc, a5fe753";
    GF26 3 [Liveness, Agreement] "finality-grandpa 33515ff, 39";
    GF30 3 [Proof] "a proof that others can change";
    GF38 2 [Agreement, Proof, Honest] "a catch-up that nobody checks";
    GF39 2 [Agreement, Proof, Honest] "votes that were asked for and not checked";
    GF40 1 [Agreement, Proof, Honest] "votes that nobody checks";
    GF42 3 [Agreement, Proof] "GRANDPA paper, section 3: a precommit is for the GHOST";
    GF44 3 [Agreement, Proof] "GRANDPA paper, section 3: a prevote contains the estimate";
    GF46 3 [Liveness] "GRANDPA paper, section 2.3: the estimate falls";
    GF48 1 [Liveness] "GRANDPA paper, section 2.2: at least, not more than";
    GF52 3 [Liveness] "humanode 1104, polkadot-sdk 5153: an estimate that is gone";
    GF54 2 [Liveness] "votes are lost and nobody asks";
    GF55 3 [Liveness] "a round behind for ever";
    GF56 3 [Agreement, Honest, Proof, Liveness] "substrate 6823: votes without what was known before";
    AS01 2 [Agreement, Proof, Liveness] "substrate 7321; gossamer 2395: a set at import";
    AS02 1 [Proof, Liveness] "substrate 7321: the number of a set";
    AS03 1 [Proof, Liveness] "substrate 6828: a change never enacted";
    AS04 3 [Agreement, Proof, Liveness] "substrate 6725: pending changes of another fork";
    AS05 2 [Agreement, Proof, Liveness] "polkadot-sdk 8872: the guard on sets removed";
    AS06 2 [Honest] "polkadot-sdk 8872: a proof of the set before";
    AS07 4 [Agreement, Proof] "a proof beyond the end of its set";
    AS08 4 [Agreement, Proof, Liveness] "substrate 7321: a change skipped";
    AS09 2 [Service] "polkadot 3375: a change without its proof";
    AS10 3 [Agreement, Proof, Honest] "early votes of the next set";
    EV01 2 [Evidence] "slash completeness, blocks";
    EV02 2 [Evidence] "slash completeness, votes";
    GV01 1 [Governance] "conviction-voting 10195";
    GV02 1 [Governance] "polkadot-sdk 12905: half a change";
    GV03 1 [Governance] "RFC-150: what is lent";
    GV04 2 [Governance] "conviction-voting: the lock of a delegation";
    GV05 1 [Governance] "conviction-voting: a vote locks";
    GV06 2 [Governance] "conviction-voting: the lock of a winner";
    GV07 2 [Governance] "RFC-150: the weight given back";
    GV08 2 [Governance] "RFC-150: the weight taken away";
    GV09 2 [Governance, Money] "referenda: a deposit back twice";
    GV10 2 [Governance] "referenda: who may cancel";
    GV11 2 [Governance] "referenda: the limit of a track";
    GV12 2 [Governance] "referenda: a killed proposal pays";
    GV13 2 [Governance] "referenda: the delay before enactment";
    GV14 2 [Governance] "referenda: room that is never freed";
    GV15 2 [Governance] "treasury: a payment twice";
    GV16 3 [Governance] "treasury: a limit that a batch goes round";
    GV17 2 [Governance] "referenda: approval without support";
    GV18 3 [Governance] "referenda: who the electorate is";
    GV19 2 [Governance] "participation: a bound that is not kept";
    LG01 2 [Nonce] "a nonce that may be skipped";
    LG02 1 [Nonce] "laos 496: a transaction again";
    LG03 3 [Nonce] "Polkadot wiki: replay after reaping";
    LG04 1 [Money] "self-transfer doubles";
    LG05 1 [Money] "rounding and fees: nothing is lost";
    LG06 2 [Money, Nonce] "a call that fails does nothing";
    LG07 2 [Money] "dust goes to the treasury";
    LG08 1 [Money] "overdraft";
    LG09 2 [Money] "existential deposit";
    PS01 2 [Honest] "Kusama, July 2020: voter state lost, real slashes";
    PS02 4 [Liveness, Crash] "a vote for a block that nobody has";
    PS03 2 [Monotone, Crash] "finality told and lost";
    PS04 3 [Liveness] "substrate 3298: the round forgotten";
    PS05 3 [Liveness] "substrate 3298: the round never written";
    PS06 3 [Honest] "polkadot-sdk 93: the last seal forgotten";
    PS07 2 [Service, Crash] "blocks by height missing";
    PS09 3 [Bounds] "finality-grandpa 6384382: what lost is kept";
    PS10 2 [Crash] "rows that come back from the dead";
    PS11 2 [Crash, Service, Bounds] "logos 3029: a torn store after a loss of power";
    ST01 1 [Staking] "staking: the bonding duration";
    ST02 2 [Staking] "staking: the bonding duration";
    ST03 1 [Staking, Money] "staking: a payout twice";
    ST04 2 [Staking] "staking: shares of a reward";
    ST05 1 [Staking, Money] "staking: points of an era";
    ST06 1 [Staking, Money] "staking: exposures";
    ST07 2 [Staking] "staking: what is elected with";
    ST08 2 [Staking, Money] "staking: where slashes go";
    ST09 2 [Staking] "staking: how many may be disabled";
    ST10 2 [Staking] "staking: what disabling is for";
    ST11 1 [Staking, Money] "staking: the treasury's share";
    ST12 1 [Staking, Money] "staking: an era is paid after its end";
    ST13 1 [Staking, Money, Crash] "staking: rosters";
    ST14 2 [Staking, Money, Crash] "staking: a nominator without targets";
    ST15 2 [Staking, Money, Crash] "staking: nobody is both";
    ST16 1 [Staking, Money, Crash] "nomination-pools: who is in a pool";
    ST17 3 [Staking] "staking: cancelling a slash";
    ST18 2 [Crash, Money] "staking: rebonding";
    SY01 2 [Liveness] "children forgotten";
    SY02 3 [Liveness, Honest] "a wrong body poisons a good block";
}
