//! Events and votes in words, one line each, for people: `referenda.submitted 3 on track 0`.
//!
//! Nothing depends on these texts but eyes; scripts read the numbers.

use crate::bounties::BountyEvent;
use crate::collective::CollectiveEvent;
use crate::participation::ParticipationEvent;
use crate::preimages::PreimageEvent;
use crate::referenda::ReferendaEvent;
use crate::scheduler::SchedulerEvent;
use crate::tally::Tally;
use crate::treasury::TreasuryEvent;
use crate::voting::{AccountVote, VotingEvent};
use crate::whitelist::WhitelistEvent;
use crate::{Event, ReferendumIndex, TrackId};
use core::fmt::{Display, Formatter, Result};

impl Display for TrackId {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        self.0.fmt(formatter)
    }
}

impl Display for ReferendumIndex {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        self.0.fmt(formatter)
    }
}

impl Display for Tally {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        write!(formatter, "{} for, {} against, support {}", self.ayes, self.nays, self.support)
    }
}

impl Display for AccountVote {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Standard { aye, conviction, balance } => {
                let way = if *aye { "aye" } else { "nay" };
                write!(formatter, "{way} {balance} at {conviction}")
            }
            Self::Split { aye, nay } => write!(formatter, "aye {aye} and nay {nay}"),
            Self::SplitAbstain { aye, nay, abstain } => {
                write!(formatter, "aye {aye}, nay {nay} and abstain {abstain}")
            }
        }
    }
}

impl Display for Event {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Voting(event) => event.fmt(formatter),
            Self::Referenda(event) => event.fmt(formatter),
            Self::Preimages(event) => event.fmt(formatter),
            Self::Treasury(event) => event.fmt(formatter),
            Self::Scheduler(event) => event.fmt(formatter),
            Self::Collective(event) => event.fmt(formatter),
            Self::Whitelist(event) => event.fmt(formatter),
            Self::Bounties(event) => event.fmt(formatter),
            Self::Participation(event) => event.fmt(formatter),
        }
    }
}

impl Display for VotingEvent {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Delegated { who, target, track } => {
                write!(formatter, "voting.delegated by {who} to {target} on track {track}")
            }
            Self::Undelegated { who, track } => {
                write!(formatter, "voting.undelegated by {who} on track {track}")
            }
            Self::Voted { who, vote, index } => {
                write!(formatter, "voting.voted {vote} on {index} by {who}")
            }
            Self::VoteRemoved { who, vote, index } => {
                write!(formatter, "voting.vote_removed {vote} on {index} of {who}")
            }
            Self::VoteUnlocked { who, track } => {
                write!(formatter, "voting.vote_unlocked of {who} on track {track}")
            }
        }
    }
}

impl Display for ReferendaEvent {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Submitted { index, track, .. } => {
                write!(formatter, "referenda.submitted {index} on track {track}")
            }
            Self::DecisionDepositPlaced { index, who, amount } => {
                write!(formatter, "referenda.decision_deposit_placed {amount} for {index} by {who}")
            }
            Self::DecisionDepositRefunded { index, who, amount } => {
                write!(
                    formatter,
                    "referenda.decision_deposit_refunded {amount} for {index} to {who}"
                )
            }
            Self::DepositSlashed { who, amount } => {
                write!(formatter, "referenda.deposit_slashed {amount} of {who}")
            }
            Self::DecisionStarted { index, track, tally } => {
                write!(formatter, "referenda.decision_started {index} on track {track}: {tally}")
            }
            Self::ConfirmStarted { index } => {
                write!(formatter, "referenda.confirm_started {index}")
            }
            Self::ConfirmAborted { index } => {
                write!(formatter, "referenda.confirm_aborted {index}")
            }
            Self::Confirmed { index, tally } => {
                write!(formatter, "referenda.confirmed {index}: {tally}")
            }
            Self::Rejected { index, tally } => {
                write!(formatter, "referenda.rejected {index}: {tally}")
            }
            Self::TimedOut { index, tally } => {
                write!(formatter, "referenda.timed_out {index}: {tally}")
            }
            Self::Cancelled { index, tally } => {
                write!(formatter, "referenda.cancelled {index}: {tally}")
            }
            Self::Killed { index, tally } => write!(formatter, "referenda.killed {index}: {tally}"),
            Self::SubmissionDepositRefunded { index, who, amount } => {
                write!(
                    formatter,
                    "referenda.submission_deposit_refunded {amount} for {index} to {who}"
                )
            }
            other @ (Self::MetadataSet { .. }
            | Self::MetadataCleared { .. }
            | Self::NotScheduled { .. }) => write!(formatter, "referenda.{other:?}"),
        }
    }
}

impl Display for TreasuryEvent {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Paid { index } => write!(formatter, "treasury.paid spend {index}"),
            Self::Approved { index, amount, beneficiary } => {
                write!(formatter, "treasury.approved spend {index}: {amount} for {beneficiary}")
            }
            Self::Tipped { amount, beneficiary } => {
                write!(formatter, "treasury.tipped {amount} to {beneficiary}")
            }
            Self::Voided { index } => write!(formatter, "treasury.voided spend {index}"),
            Self::Cleared { index } => write!(formatter, "treasury.cleared spend {index}"),
            Self::Burnt { amount } => write!(formatter, "treasury.burnt {amount}"),
        }
    }
}

impl Display for BountyEvent {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Proposed { index } => write!(formatter, "bounties.proposed {index}"),
            Self::Funded { index, value } => {
                write!(formatter, "bounties.funded {index} with {value}")
            }
            Self::Rejected { index, bond } => {
                write!(formatter, "bounties.rejected {index}: its deposit of {bond} is lost")
            }
            Self::CuratorProposed { index, curator } => {
                write!(formatter, "bounties.curator_proposed {curator} for {index}")
            }
            Self::CuratorAccepted { index, curator } => {
                write!(formatter, "bounties.curator_accepted {index} by {curator}")
            }
            Self::CuratorUnassigned { index, slashed } => {
                write!(formatter, "bounties.curator_unassigned from {index}, slashed {slashed}")
            }
            Self::Awarded { index, beneficiary } => {
                write!(formatter, "bounties.awarded {index} to {beneficiary}")
            }
            Self::Claimed { index, payout, fee } => {
                write!(formatter, "bounties.claimed {index}: {payout}, and {fee} for its curator")
            }
            Self::Closed { index } => write!(formatter, "bounties.closed {index}"),
            Self::Extended { index, update_due } => {
                write!(formatter, "bounties.extended {index} until slot {update_due}")
            }
        }
    }
}

impl Display for CollectiveEvent {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Added { who } => write!(formatter, "collective.added {who}"),
            Self::Ranked { who, rank } => {
                write!(formatter, "collective.ranked {who} at {}", rank.0)
            }
            Self::Removed { who } => write!(formatter, "collective.removed {who}"),
        }
    }
}

impl Display for WhitelistEvent {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Opened { hash, end } => {
                write!(formatter, "whitelist.opened {hash} until slot {end}")
            }
            Self::Voted { hash, who, aye, votes } => {
                let way = if *aye { "aye" } else { "nay" };
                write!(formatter, "whitelist.voted {way} on {hash} by {who} with {votes} votes")
            }
            Self::Cleared { hash } => write!(formatter, "whitelist.cleared {hash}"),
            Self::Whitelisted { hash } => write!(formatter, "whitelist.whitelisted {hash}"),
            Self::Removed { hash } => write!(formatter, "whitelist.removed {hash}"),
            Self::Dispatched { hash } => write!(formatter, "whitelist.dispatched {hash}"),
        }
    }
}

impl Display for PreimageEvent {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Noted { hash } => write!(formatter, "preimages.noted {hash}"),
            Self::Requested { hash } => write!(formatter, "preimages.requested {hash}"),
            Self::Cleared { hash } => write!(formatter, "preimages.cleared {hash}"),
        }
    }
}

impl Display for SchedulerEvent {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        let referendum = |name: &Option<crate::scheduler::TaskName>| {
            let index = name.and_then(crate::scheduler::TaskName::referendum);
            index.map_or_else(String::new, |index| format!(" of referendum {index}"))
        };
        match self {
            Self::Scheduled { address } => {
                write!(formatter, "scheduler.scheduled for slot {}", address.slot)
            }
            Self::Cancelled { address } => {
                write!(formatter, "scheduler.cancelled of slot {}", address.slot)
            }
            Self::Dispatched { name, succeeded, .. } => {
                let how = if *succeeded { "done" } else { "failed" };
                write!(formatter, "scheduler.dispatched{}: {how}", referendum(name))
            }
            Self::CallUnavailable { name, .. } => {
                write!(formatter, "scheduler.call_unavailable{}: dropped", referendum(name))
            }
            Self::PermanentlyOverweight { name, .. } => {
                write!(formatter, "scheduler.permanently_overweight{}: dropped", referendum(name))
            }
            Self::AgendaIncomplete { slot } => {
                write!(formatter, "scheduler.agenda_incomplete from slot {slot} on")
            }
        }
    }
}

impl Display for ParticipationEvent {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        let Self::Rewarded { who, index, amount } = self;
        write!(formatter, "participation.rewarded {who} with {amount} for a vote on {index}")
    }
}
