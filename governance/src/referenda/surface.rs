//! What can be asked of the module, why it refuses, what it reports.
//!
//! Variants are append-only: calls are signed and stored, refusals and events are committed to by blocks.

use super::Enactment;
use crate::scheduler::Proposal;
use crate::tally::Tally;
use crate::{Origin, ReferendumIndex, TrackId};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::{AccountId, Balance, Hash};

/// Calls of the module `referenda`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum ReferendaCall {
    /// Proposes a call, for a deposit. Any account may.
    Submit {
        /// With whose powers the call is to run; it names the track.
        origin: Origin,
        /// The call.
        proposal: Proposal,
        /// When, once approved and after the track's delay.
        enactment: Enactment,
    },
    /// Pays the deposit that lets a referendum be decided. Anyone may.
    PlaceDecisionDeposit {
        /// Which.
        index: ReferendumIndex,
    },
    /// Gives the decision deposit of an ended referendum back to who paid it. Anyone may ask.
    RefundDecisionDeposit {
        /// Which.
        index: ReferendumIndex,
    },
    /// Ends a referendum without an outcome. Root or the track `referendum_canceller`.
    Cancel {
        /// Which.
        index: ReferendumIndex,
    },
    /// Ends a referendum and takes its deposits. Root or the track `referendum_killer`.
    Kill {
        /// Which.
        index: ReferendumIndex,
    },
    /// Gives the submission deposit of an approved or cancelled referendum back. Anyone may ask.
    RefundSubmissionDeposit {
        /// Which.
        index: ReferendumIndex,
    },
    /// Names the preimage that explains a referendum, or takes the name away. Who submitted it may; of an
    /// ended one, anyone may take it away.
    SetMetadata {
        /// Which.
        index: ReferendumIndex,
        /// Of the bytes that explain it.
        hash: Option<Hash>,
    },
}

/// Why the module `referenda` refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum ReferendaError {
    /// The referendum has ended or never was.
    #[error("there is no ongoing referendum of that number")]
    NotOngoing,
    /// Somebody paid the decision deposit before.
    #[error("the decision deposit is paid already")]
    HasDeposit,
    /// No track has the powers that the proposal asks for.
    #[error("no track has these powers; `tracks` lists those there are")]
    NoTrack,
    /// There has never been such a referendum.
    #[error("there is no referendum of that number")]
    BadReferendum,
    /// The referendum is ongoing, and its decision deposit is bound.
    #[error("the referendum is ongoing; its deposit comes back when it has ended")]
    Unfinished,
    /// No deposit is left to give back.
    #[error("no deposit is left to give back")]
    NoDeposit,
    /// The submission deposit comes back only after approval or cancellation.
    #[error("the submission deposit comes back only once the referendum is approved or cancelled")]
    BadStatus,
    /// Only who submitted a referendum may name its metadata.
    #[error("only who submitted the referendum may name its metadata while it is ongoing")]
    NoPermission,
    /// The preimage is not noted.
    #[error("no bytes with that hash are noted; note them first")]
    PreimageNotExist,
    /// A preimage of that hash is noted, of another length.
    #[error("the bytes noted under that hash have another length")]
    PreimageLengthDiffers,
    /// The call is too long to stand in the proposal.
    #[error("a call of more than 128 bytes is noted as a preimage first")]
    ProposalTooLong,
}

/// Events of the module `referenda`. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum ReferendaEvent {
    /// A proposal is open for votes.
    Submitted {
        /// Which.
        index: ReferendumIndex,
        /// On which track.
        track: TrackId,
        /// The call.
        proposal: Proposal,
    },
    /// Somebody paid the decision deposit.
    DecisionDepositPlaced {
        /// Which.
        index: ReferendumIndex,
        /// Who paid.
        who: AccountId,
        /// How much.
        amount: Balance,
    },
    /// The decision deposit went back.
    DecisionDepositRefunded {
        /// Which.
        index: ReferendumIndex,
        /// To whom.
        who: AccountId,
        /// How much.
        amount: Balance,
    },
    /// A deposit went to the treasury.
    DepositSlashed {
        /// Whose.
        who: AccountId,
        /// How much.
        amount: Balance,
    },
    /// The decision period began.
    DecisionStarted {
        /// Which.
        index: ReferendumIndex,
        /// On which track.
        track: TrackId,
        /// How it stands.
        tally: Tally,
    },
    /// It passes, and must go on passing for the confirm period.
    ConfirmStarted {
        /// Which.
        index: ReferendumIndex,
    },
    /// It no longer passes.
    ConfirmAborted {
        /// Which.
        index: ReferendumIndex,
    },
    /// It is approved and will be enacted.
    Confirmed {
        /// Which.
        index: ReferendumIndex,
        /// How it ended.
        tally: Tally,
    },
    /// It did not pass.
    Rejected {
        /// Which.
        index: ReferendumIndex,
        /// How it ended.
        tally: Tally,
    },
    /// It was not decided in time.
    TimedOut {
        /// Which.
        index: ReferendumIndex,
        /// How it ended.
        tally: Tally,
    },
    /// It was ended without an outcome.
    Cancelled {
        /// Which.
        index: ReferendumIndex,
        /// How it ended.
        tally: Tally,
    },
    /// It was ended, and its deposits are lost.
    Killed {
        /// Which.
        index: ReferendumIndex,
        /// How it ended.
        tally: Tally,
    },
    /// The submission deposit went back.
    SubmissionDepositRefunded {
        /// Which.
        index: ReferendumIndex,
        /// To whom.
        who: AccountId,
        /// How much.
        amount: Balance,
    },
    /// A preimage explains it.
    MetadataSet {
        /// Which.
        index: ReferendumIndex,
        /// Of the bytes.
        hash: Hash,
    },
    /// No preimage explains it any longer.
    MetadataCleared {
        /// Which.
        index: ReferendumIndex,
        /// Of the bytes.
        hash: Hash,
    },
    /// It is approved, and no slot has room for its call: it will not be enacted.
    NotScheduled {
        /// Which.
        index: ReferendumIndex,
    },
}
