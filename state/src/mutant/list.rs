//! The names of the seeded bugs, by area.
//!
//! Two letters for the area and two digits: BP block production, FC fork choice, GF finality gadget, AS sets of authorities
//! and voters, EV evidence, LG ledger, PS persistence, SY synchronisation, GV governance, ST staking. What each changes stands here;
//! where it comes from and which oracle has to find it, stands in the table of the simulator.

use core::fmt;
use core::str::FromStr;

macro_rules! mutations {
    ($($(#[doc = $what:literal])+ $name:ident,)+) => {
        /// One seeded bug: what the changed line does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutation {
            $($(#[doc = $what])+ $name,)+
        }

        impl Mutation {
            /// All of them, by area and number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name: two letters and two digits.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// What the changed line does, in a sentence.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($what),+).trim(),)+
                }
            }
        }
    };
}

mutations! {
    /// A primary claim holds without a win in the lottery.
    BP01,
    /// Every authority may author every secondary slot.
    BP02,
    /// A block may come from any future slot.
    BP03,
    /// A block that skips an epoch does not begin one.
    BP06,
    /// Only the last primary output of an epoch enters the randomness.
    BP07,
    /// The output of an epoch's first block does not enter the randomness.
    BP08,
    /// The lottery is won at twice the threshold.
    BP09,
    /// The secondary author follows from the slot alone.
    BP10,
    /// A win in the lottery may be hidden behind a secondary claim.
    BP12,
    /// The author uses the epoch of the parent's slot.
    BP13,
    /// The seal of a header is not checked.
    BP15,
    /// The announcements of a header are not compared with the session's.
    BP17,
    /// The state root of a header is not compared.
    BP18,
    /// The outcome root of a header is not compared.
    BP19,
    /// A new final block does not move the head to its descendants.
    FC01,
    /// Primary blocks do not count for the head.
    FC02,
    /// Of two equal heads the one with the higher lottery value is taken.
    FC03,
    /// The best chain that contains a block is the best chain of all.
    FC06,
    /// A supermajority is two thirds of the weight, where it has to be more.
    GF01,
    /// A supermajority is half of the weight.
    GF02,
    /// An equivocator counts for the block of its first vote only.
    GF04,
    /// An equivocator counts twice for every block.
    GF05,
    /// The votes of an equivocator count for no block.
    GF06,
    /// A round is completable before a supermajority precommitted.
    GF07,
    /// A precommit may be off the estimate of the round before.
    GF08,
    /// A hint counts although it is off the estimate.
    GF09,
    /// What can still win leaves out that more voters may equivocate.
    GF10,
    /// A round is completable although a child of the GHOST can still win.
    GF11,
    /// A vote is signed without its round.
    GF12,
    /// A vote is signed without its set.
    GF13,
    /// A prevote and a precommit are signed alike.
    GF14,
    /// A precommit of a stranger counts in a justification.
    GF15,
    /// The votes of an equivocator have to lead to the target of a justification.
    GF16,
    /// The signatures of a justification are not checked.
    GF17,
    /// The weight of a justification is not checked.
    GF18,
    /// A round makes final what is final already.
    GF20,
    /// A round begins before the estimate of the one before the last is final.
    GF22,
    /// The votes of equivocators are left out of a justification.
    GF26,
    /// A justification may have headers that lead to no vote.
    GF30,
    /// A round to catch up with is believed without a check.
    GF38,
    /// The signatures of votes that were asked for are not checked.
    GF39,
    /// The signature of a vote from gossip is not checked.
    GF40,
    /// A precommit is for the head above the GHOST.
    GF42,
    /// A prevote need not descend from the estimate.
    GF44,
    /// The estimate is always the GHOST.
    GF46,
    /// A supermajority takes more than the threshold.
    GF48,
    /// The estimate of the round before stays what it was when the round began.
    GF52,
    /// Votes that a peer has and we lack are not asked for.
    GF54,
    /// A node that is rounds behind does not ask to catch up.
    GF55,
    /// After a restart votes are cast from the last final block, and what the round before left is forgotten.
    GF56,
    /// An announced set takes over when the announcing block is imported.
    AS01,
    /// A change of sets does not raise the number of the set.
    AS02,
    /// An announced set never takes over.
    AS03,
    /// The set that takes over is the one of the head, not of the final block.
    AS04,
    /// Votes may go beyond a block that announces a set.
    AS05,
    /// Proofs of another set are judged, not put aside.
    AS06,
    /// A proof for a block beyond an announcement makes it final.
    AS07,
    /// Votes stop at the last announcing block, not at the first.
    AS08,
    /// The proof of a change of sets is not kept for those who join.
    AS09,
    /// Early votes of the next set count without a check of their signatures.
    AS10,
    /// Two seals for one slot are not told.
    EV01,
    /// Two votes of one voter are not told.
    EV02,
    /// Ending a delegation leaves its weight in the tallies.
    GV01,
    /// Changing a vote leaves the weight in the tally that it carried.
    GV02,
    /// A new delegation does not count for later votes of the delegate.
    GV03,
    /// Ending a delegation starts no lock.
    GV04,
    /// A vote locks nothing.
    GV05,
    /// Removing a vote that won forgets its lock.
    GV06,
    /// Removing a vote does not give its weight back to the delegate.
    GV07,
    /// Who delegates and votes himself counts twice.
    GV08,
    /// A decision deposit can be had back again and again.
    GV09,
    /// Everybody may cancel a referendum.
    GV10,
    /// More referenda are decided on a track than it has room for.
    GV11,
    /// A killed referendum's deposits are not slashed.
    GV12,
    /// A call is enacted before the track's delay.
    GV13,
    /// A decision that ends frees no room.
    GV14,
    /// A payment of the treasury can be collected again and again.
    GV15,
    /// The limit of a track holds for each payment, not for all of a dispatch.
    GV16,
    /// The support that a proposal needs is not looked at.
    GV17,
    /// The treasury counts as part of the electorate.
    GV18,
    /// An account is paid for more votes a period than the bound says.
    GV19,
    /// A transaction may skip nonces.
    LG01,
    /// A used nonce is accepted again.
    LG02,
    /// An account that is reaped loses its nonce.
    LG03,
    /// A transfer to oneself writes the account that has received last.
    LG04,
    /// The treasury's share of fees is lost.
    LG05,
    /// What a failed call did is kept.
    LG06,
    /// Dust is lost.
    LG07,
    /// An account may spend more than it has.
    LG08,
    /// An account may live below the existential deposit.
    LG09,
    /// The journal forgets its votes in a crash.
    PS01,
    /// A vote leaves before the bodies of its blocks are durable.
    PS02,
    /// Finality is told before it is durable.
    PS03,
    /// A restart does not go on in the round that was reached.
    PS04,
    /// The round that was reached is not written.
    PS05,
    /// The journal forgets its last seal in a crash.
    PS06,
    /// Which block is final at a height is not written.
    PS07,
    /// The blocks of forks that lost are not deleted.
    PS09,
    /// Values that final blocks deleted stay in the store.
    PS10,
    /// The log has no checksum: of a torn commit the first half of the rows is read back.
    PS11,
    /// What is unbonded can be withdrawn at once.
    ST01,
    /// A chunk can be withdrawn an era early.
    ST02,
    /// A page can be paid again and again.
    ST03,
    /// The validator has its commission twice.
    ST04,
    /// A block counts twice for its author, and once for its era.
    ST05,
    /// What stands behind a validator does not count its nominators.
    ST06,
    /// Tokens that unbond are elected with.
    ST07,
    /// What a slash takes is burnt, and nobody is told.
    ST08,
    /// Any number of validators is disabled.
    ST09,
    /// A disabled validator goes on authoring.
    ST10,
    /// The treasury's share of an era is told and not minted.
    ST11,
    /// An era pays before it has ended.
    ST12,
    /// Whoever stops validating stays in the roster.
    ST13,
    /// A nominator whose last target kicked it goes on nominating nobody.
    ST14,
    /// A nominator that validates goes on nominating.
    ST15,
    /// A pool does not count who joins.
    ST16,
    /// A cancelled slash is taken all the same.
    ST17,
    /// What is bonded again goes on unbonding.
    ST18,
    /// Children that waited for their parent are not taken in.
    SY01,
    /// A wrong body makes the node remember the block as bad.
    SY02,
}

impl fmt::Display for Mutation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No mutation has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no mutation {0}")]
pub struct UnknownMutation(pub String);

impl FromStr for Mutation {
    type Err = UnknownMutation;

    fn from_str(text: &str) -> Result<Self, UnknownMutation> {
        let found = Self::ALL.iter().find(|mutation| mutation.name().eq_ignore_ascii_case(text));
        found.copied().ok_or_else(|| UnknownMutation(text.to_owned()))
    }
}
