//! The calls of governance in words, a function a module.
//!
//! Tracks are numbers or names as on Kusama; convictions are `none` and `1x` to `6x`.

use super::{Words, WordsError};
use serin_governance::bounties::BountyCall;
use serin_governance::collective::CollectiveCall;
use serin_governance::preimages::PreimageCall;
use serin_governance::referenda::{Enactment, ReferendaCall, ReferendaParameters};
use serin_governance::scheduler::Proposal;
use serin_governance::treasury::TreasuryCall;
use serin_governance::voting::{AccountVote, Conviction, VotingCall};
use serin_governance::whitelist::WhitelistCall;
use serin_governance::{Call, Origin, ReferendumIndex, TrackId};
use serin_state::types::Hash;

/// A track by number or by its name on Kusama.
///
/// # Errors
/// The names there are.
pub fn parse_track(text: &str) -> Result<TrackId, String> {
    let tracks = ReferendaParameters::kusama(6_000).tracks;
    let number: Option<u16> = text.parse().ok();
    let found = tracks.iter().find(|track| Some(track.id.0) == number || track.name == text);
    found.map(|track| track.id).ok_or_else(|| {
        let names: Vec<&str> = tracks.iter().map(|track| track.name.as_str()).collect();
        format!("the tracks are {}", names.join(", "))
    })
}

/// The origin that a track's referenda have.
#[must_use]
pub fn origin_of(track: TrackId) -> Origin {
    if track == TrackId::ROOT { Origin::Root } else { Origin::Track(track) }
}

impl Words<'_> {
    fn index(&mut self) -> Result<ReferendumIndex, WordsError> {
        self.number("INDEX").map(ReferendumIndex)
    }

    fn track(&mut self) -> Result<TrackId, WordsError> {
        self.parsed("TRACK", parse_track)
    }

    fn conviction(&mut self) -> Result<Conviction, WordsError> {
        self.parsed("CONVICTION", str::parse)
    }

    fn is_aye(&mut self) -> Result<bool, WordsError> {
        self.parsed("aye|nay", |text| match text {
            "aye" => Ok(true),
            "nay" => Ok(false),
            _ => Err("it is aye or nay"),
        })
    }

    fn hash(&mut self) -> Result<Hash, WordsError> {
        self.parsed("HASH", str::parse)
    }
}

pub(super) fn voting(name: &str, words: &mut Words<'_>) -> Result<Option<Call>, WordsError> {
    let call = match name {
        "vote" => vote(words)?,
        "vote_split" => {
            let index = words.index()?;
            let vote = AccountVote::Split { aye: words.amount()?, nay: words.amount()? };
            VotingCall::Vote { index, vote, reason: words.text() }
        }
        "vote_abstain" => {
            let index = words.index()?;
            let (aye, nay, abstain) = (words.amount()?, words.amount()?, words.amount()?);
            let vote = AccountVote::SplitAbstain { aye, nay, abstain };
            VotingCall::Vote { index, vote, reason: words.text() }
        }
        "remove_vote" => {
            VotingCall::RemoveVote { track: Some(words.track()?), index: words.index()? }
        }
        "remove_other_vote" => VotingCall::RemoveOtherVote {
            target: words.account("ACCOUNT")?,
            track: words.track()?,
            index: words.index()?,
        },
        "unlock" => VotingCall::Unlock { track: words.track()?, target: words.account("ACCOUNT")? },
        "delegate" => VotingCall::Delegate {
            track: words.track()?,
            to: words.account("ACCOUNT")?,
            conviction: words.conviction()?,
            balance: words.amount()?,
        },
        "undelegate" => VotingCall::Undelegate { track: words.track()? },
        "delegate_all" => VotingCall::DelegateAll {
            to: words.account("ACCOUNT")?,
            conviction: words.conviction()?,
            balance: words.amount()?,
        },
        "undelegate_all" => VotingCall::UndelegateAll,
        _ => return Ok(None),
    };
    Ok(Some(Call::Voting(call)))
}

fn vote(words: &mut Words<'_>) -> Result<VotingCall, WordsError> {
    let index = words.index()?;
    let aye = words.is_aye()?;
    let balance = words.amount()?;
    let conviction = words.conviction()?;
    let vote = AccountVote::Standard { aye, conviction, balance };
    Ok(VotingCall::Vote { index, vote, reason: words.text() })
}

pub(super) fn referenda(name: &str, words: &mut Words<'_>) -> Result<Option<Call>, WordsError> {
    let call = match name {
        "submit" => {
            let origin = origin_of(words.track()?);
            let proposal = Proposal::Inline(words.call()?);
            ReferendaCall::Submit { origin, proposal, enactment: enactment(words)? }
        }
        "submit_preimage" => {
            let origin = origin_of(words.track()?);
            let proposal = Proposal::Lookup { hash: words.hash()?, len: words.number("LENGTH")? };
            ReferendaCall::Submit { origin, proposal, enactment: enactment(words)? }
        }
        "place_decision_deposit" => ReferendaCall::PlaceDecisionDeposit { index: words.index()? },
        "refund_decision_deposit" => ReferendaCall::RefundDecisionDeposit { index: words.index()? },
        "refund_submission_deposit" => {
            ReferendaCall::RefundSubmissionDeposit { index: words.index()? }
        }
        "cancel" => ReferendaCall::Cancel { index: words.index()? },
        "kill" => ReferendaCall::Kill { index: words.index()? },
        "set_metadata" => {
            ReferendaCall::SetMetadata { index: words.index()?, hash: Some(words.hash()?) }
        }
        _ => return Ok(None),
    };
    Ok(Some(Call::Referenda(call)))
}

/// So many slots after approval; none where nothing is said.
fn enactment(words: &mut Words<'_>) -> Result<Enactment, WordsError> {
    let slots = if words.is_over() { 0 } else { words.number("AFTER_SLOTS")? };
    Ok(Enactment::After(slots))
}

pub(super) fn preimages(name: &str, words: &mut Words<'_>) -> Result<Option<Call>, WordsError> {
    let call = match name {
        "note" => PreimageCall::Note { bytes: words.call()? },
        "unnote" => PreimageCall::Unnote { hash: words.hash()? },
        "request" => PreimageCall::Request { hash: words.hash()? },
        "unrequest" => PreimageCall::Unrequest { hash: words.hash()? },
        _ => return Ok(None),
    };
    Ok(Some(Call::Preimages(call)))
}

pub(super) fn treasury(name: &str, words: &mut Words<'_>) -> Result<Option<Call>, WordsError> {
    let call = match name {
        "spend" => {
            let (beneficiary, amount) = (words.account("ACCOUNT")?, words.amount()?);
            TreasuryCall::Spend { amount, beneficiary, valid_from: None }
        }
        "tip" => {
            let (beneficiary, amount) = (words.account("ACCOUNT")?, words.amount()?);
            TreasuryCall::Tip { amount, beneficiary }
        }
        "payout" => TreasuryCall::Payout { index: words.number("SPEND")? },
        "void" => TreasuryCall::Void { index: words.number("SPEND")? },
        "clear" => TreasuryCall::Clear { index: words.number("SPEND")? },
        _ => return Ok(None),
    };
    Ok(Some(Call::Treasury(call)))
}

pub(super) fn bounties(name: &str, words: &mut Words<'_>) -> Result<Option<Call>, WordsError> {
    let call = match name {
        "propose" => {
            let value = words.amount()?;
            BountyCall::Propose { value, description: words.text().unwrap_or_default() }
        }
        "approve" => BountyCall::Approve { index: words.number("BOUNTY")? },
        "propose_curator" => BountyCall::ProposeCurator {
            index: words.number("BOUNTY")?,
            curator: words.account("ACCOUNT")?,
            fee: words.amount()?,
        },
        "accept_curator" => BountyCall::AcceptCurator { index: words.number("BOUNTY")? },
        "unassign_curator" => BountyCall::UnassignCurator { index: words.number("BOUNTY")? },
        "award" => BountyCall::Award {
            index: words.number("BOUNTY")?,
            beneficiary: words.account("ACCOUNT")?,
        },
        "claim" => BountyCall::Claim { index: words.number("BOUNTY")? },
        "close" => BountyCall::Close { index: words.number("BOUNTY")? },
        "extend" => BountyCall::Extend { index: words.number("BOUNTY")? },
        _ => return Ok(None),
    };
    Ok(Some(Call::Bounties(call)))
}

pub(super) fn collective(name: &str, words: &mut Words<'_>) -> Result<Option<Call>, WordsError> {
    let call = match name {
        "add" => CollectiveCall::Add { who: words.account("ACCOUNT")? },
        "promote" => CollectiveCall::Promote { who: words.account("ACCOUNT")? },
        "demote" => CollectiveCall::Demote { who: words.account("ACCOUNT")? },
        "remove" => CollectiveCall::Remove { who: words.account("ACCOUNT")? },
        _ => return Ok(None),
    };
    Ok(Some(Call::Collective(call)))
}

pub(super) fn whitelist(name: &str, words: &mut Words<'_>) -> Result<Option<Call>, WordsError> {
    let call = match name {
        "vote" => WhitelistCall::Vote { hash: words.hash()?, aye: words.is_aye()? },
        "clear" => WhitelistCall::Clear { hash: words.hash()? },
        "add" => WhitelistCall::Add { hash: words.hash()? },
        "remove" => WhitelistCall::Remove { hash: words.hash()? },
        "dispatch" => WhitelistCall::Dispatch { hash: words.hash()? },
        _ => return Ok(None),
    };
    Ok(Some(Call::Whitelist(call)))
}
