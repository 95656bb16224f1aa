//! From a call of the crate to the module that runs it, what it weighs, and what it is called.
//!
//! Every module checks the origin itself. Weights are constants in picoseconds of a reference core: estimates
//! well above what calls take with a warm store, so that they hold a call's part in recomputing the state root.

use crate::bounties::{self, BountyCall};
use crate::collective::{self, CollectiveCall};
use crate::preimages::{self, PreimageCall};
use crate::referenda::{self, Referenda, ReferendaCall};
use crate::scheduler::{self, SchedulerCall};
use crate::treasury::{self, TreasuryCall};
use crate::voting::{self, VotingCall};
use crate::whitelist::{self, WhitelistCall};
use crate::{Call, Context, Error, Origin};
use serin_state::overlay::StateRead;
use serin_state::types::Weight;

const MICROSECOND: u64 = 1_000_000;
/// Of each byte of a preimage: hashing and writing it.
const BYTE: u64 = 10_000;
/// Tracks that a call on all tracks goes over at most.
const TRACKS: u64 = 16;

/// Runs a call.
///
/// # Errors
/// [`Error::BadOrigin`] where the origin lacks the powers, and those of the module. Nothing has changed then: the
/// caller drops what was written.
pub fn dispatch<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: Call,
) -> Result<(), Error> {
    match call {
        Call::Voting(call) => voting::apply::<Referenda, R>(context, origin, call),
        Call::Referenda(call) => referenda::apply(context, origin, call),
        Call::Preimages(call) => preimages::apply(context, origin, call),
        Call::Scheduler(call) => scheduler::apply(context, origin, call),
        Call::Treasury(call) => treasury::apply(context, origin, call),
        Call::Collective(call) => collective::apply(context, origin, call),
        Call::Whitelist(call) => whitelist::apply(context, origin, call),
        Call::Bounties(call) => bounties::apply(context, origin, call),
    }
}

/// What a call weighs. It depends on the call alone, never on how many vote.
#[must_use]
pub fn weigh(call: &Call) -> Weight {
    let bytes = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_mul(BYTE);
    let microseconds: u64 = match call {
        Call::Voting(VotingCall::DelegateAll { .. } | VotingCall::UndelegateAll) => {
            TRACKS.saturating_mul(120)
        }
        Call::Referenda(ReferendaCall::Submit { .. } | ReferendaCall::Kill { .. })
        | Call::Whitelist(WhitelistCall::Vote { .. } | WhitelistCall::Dispatch { .. }) => 200,
        Call::Bounties(BountyCall::Propose { description, .. }) => {
            return Weight(bytes(description.as_bytes()).saturating_add(120 * MICROSECOND));
        }
        Call::Bounties(
            BountyCall::Approve { .. }
            | BountyCall::ProposeCurator { .. }
            | BountyCall::AcceptCurator { .. }
            | BountyCall::UnassignCurator { .. }
            | BountyCall::Award { .. }
            | BountyCall::Claim { .. }
            | BountyCall::Close { .. }
            | BountyCall::Extend { .. },
        )
        | Call::Voting(
            VotingCall::Vote { .. }
            | VotingCall::RemoveVote { .. }
            | VotingCall::RemoveOtherVote { .. }
            | VotingCall::Unlock { .. }
            | VotingCall::Delegate { .. }
            | VotingCall::Undelegate { .. },
        )
        | Call::Referenda(
            ReferendaCall::PlaceDecisionDeposit { .. }
            | ReferendaCall::RefundDecisionDeposit { .. }
            | ReferendaCall::Cancel { .. }
            | ReferendaCall::RefundSubmissionDeposit { .. }
            | ReferendaCall::SetMetadata { .. },
        ) => 150,
        Call::Preimages(PreimageCall::Note { bytes: noted }) => {
            return Weight(bytes(noted).saturating_add(80 * MICROSECOND));
        }
        Call::Preimages(
            PreimageCall::Unnote { .. }
            | PreimageCall::Request { .. }
            | PreimageCall::Unrequest { .. },
        ) => 80,
        Call::Scheduler(SchedulerCall::Schedule { .. } | SchedulerCall::Cancel { .. }) => 120,
        Call::Treasury(
            TreasuryCall::Payout { .. }
            | TreasuryCall::Spend { .. }
            | TreasuryCall::Tip { .. }
            | TreasuryCall::Void { .. }
            | TreasuryCall::Clear { .. },
        )
        | Call::Collective(
            CollectiveCall::Add { .. }
            | CollectiveCall::Promote { .. }
            | CollectiveCall::Demote { .. }
            | CollectiveCall::Remove { .. },
        )
        | Call::Whitelist(
            WhitelistCall::Clear { .. } | WhitelistCall::Add { .. } | WhitelistCall::Remove { .. },
        ) => 100,
    };
    Weight(microseconds.saturating_mul(MICROSECOND))
}

impl Call {
    /// Module and name, as `voting.vote`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Voting(call) => voting_name(call),
            Self::Referenda(call) => referenda_name(call),
            Self::Preimages(call) => match call {
                PreimageCall::Note { .. } => "preimages.note",
                PreimageCall::Unnote { .. } => "preimages.unnote",
                PreimageCall::Request { .. } => "preimages.request",
                PreimageCall::Unrequest { .. } => "preimages.unrequest",
            },
            Self::Treasury(call) => match call {
                TreasuryCall::Payout { .. } => "treasury.payout",
                TreasuryCall::Spend { .. } => "treasury.spend",
                TreasuryCall::Tip { .. } => "treasury.tip",
                TreasuryCall::Void { .. } => "treasury.void",
                TreasuryCall::Clear { .. } => "treasury.clear",
            },
            Self::Collective(call) => collective_name(call),
            Self::Whitelist(call) => whitelist_name(call),
            Self::Bounties(call) => bounties_name(call),
            Self::Scheduler(call) => match call {
                SchedulerCall::Schedule { .. } => "scheduler.schedule",
                SchedulerCall::Cancel { .. } => "scheduler.cancel",
            },
        }
    }
}

const fn collective_name(call: &CollectiveCall) -> &'static str {
    match call {
        CollectiveCall::Add { .. } => "collective.add",
        CollectiveCall::Promote { .. } => "collective.promote",
        CollectiveCall::Demote { .. } => "collective.demote",
        CollectiveCall::Remove { .. } => "collective.remove",
    }
}

const fn whitelist_name(call: &WhitelistCall) -> &'static str {
    match call {
        WhitelistCall::Vote { .. } => "whitelist.vote",
        WhitelistCall::Clear { .. } => "whitelist.clear",
        WhitelistCall::Add { .. } => "whitelist.add",
        WhitelistCall::Remove { .. } => "whitelist.remove",
        WhitelistCall::Dispatch { .. } => "whitelist.dispatch",
    }
}

const fn bounties_name(call: &BountyCall) -> &'static str {
    match call {
        BountyCall::Propose { .. } => "bounties.propose",
        BountyCall::Approve { .. } => "bounties.approve",
        BountyCall::ProposeCurator { .. } => "bounties.propose_curator",
        BountyCall::AcceptCurator { .. } => "bounties.accept_curator",
        BountyCall::UnassignCurator { .. } => "bounties.unassign_curator",
        BountyCall::Award { .. } => "bounties.award",
        BountyCall::Claim { .. } => "bounties.claim",
        BountyCall::Close { .. } => "bounties.close",
        BountyCall::Extend { .. } => "bounties.extend",
    }
}

const fn voting_name(call: &VotingCall) -> &'static str {
    use crate::voting::AccountVote;
    match call {
        VotingCall::Vote { vote: AccountVote::Standard { .. }, .. } => "voting.vote",
        VotingCall::Vote { vote: AccountVote::Split { .. }, .. } => "voting.vote_split",
        VotingCall::Vote { vote: AccountVote::SplitAbstain { .. }, .. } => "voting.vote_abstain",
        VotingCall::RemoveVote { .. } => "voting.remove_vote",
        VotingCall::RemoveOtherVote { .. } => "voting.remove_other_vote",
        VotingCall::Unlock { .. } => "voting.unlock",
        VotingCall::Delegate { .. } => "voting.delegate",
        VotingCall::Undelegate { .. } => "voting.undelegate",
        VotingCall::DelegateAll { .. } => "voting.delegate_all",
        VotingCall::UndelegateAll => "voting.undelegate_all",
    }
}

const fn referenda_name(call: &ReferendaCall) -> &'static str {
    use crate::scheduler::Proposal;
    match call {
        ReferendaCall::Submit { proposal: Proposal::Inline(_), .. } => "referenda.submit",
        ReferendaCall::Submit { proposal: Proposal::Lookup { .. }, .. } => {
            "referenda.submit_preimage"
        }
        ReferendaCall::PlaceDecisionDeposit { .. } => "referenda.place_decision_deposit",
        ReferendaCall::RefundDecisionDeposit { .. } => "referenda.refund_decision_deposit",
        ReferendaCall::Cancel { .. } => "referenda.cancel",
        ReferendaCall::Kill { .. } => "referenda.kill",
        ReferendaCall::RefundSubmissionDeposit { .. } => "referenda.refund_submission_deposit",
        ReferendaCall::SetMetadata { .. } => "referenda.set_metadata",
    }
}
