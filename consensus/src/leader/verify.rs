//! Checking that a header may stand on its parent: cheap checks first, curves last.
//!
//! What a header says about the *content* of its block (roots, the values it announces) is checked by
//! execution; here is everything that needs headers and the parent's session only.
//!
//! # Order
//! parent, height, claim present, slot above the parent's, slot not from the future, version, form of
//! the announcements, author in range, right to a secondary slot; then the lottery proof, the
//! threshold, the seal.

use super::{
    EpochData, VALIDATORS_MAX,
    claim::{LotteryContext, is_secondary_author, is_won, output_of},
    lottery,
};
use crate::{
    crypto::{Check, LotteryOutput, Signed, Verifier},
    params::Params,
    rules::{HiddenWins, LotteryRules},
    verdict::Verdict,
};
use serin_state::mutant::{Mutant, Mutation, Standard};
use serin_state::types::{
    Announcements, Authority, AuthorityIndex, ClaimKind, Epoch, Hash, Header, Height,
    ProtocolVersion, Slot, SlotClaim,
};

/// How far ahead of the own clock's slot a header may lie, in slots: clocks that are synchronised
/// differ by less than a slot, so a neighbour's slot may already have begun.
pub const SLOTS_AHEAD_MAX: u64 = 1;

/// What a header is checked against.
#[derive(Debug)]
pub struct HeaderContext<'a, V, M = Standard> {
    /// The chain.
    pub genesis: &'a Hash,
    /// Its numbers.
    pub params: &'a Params,
    /// The choices of its lottery.
    pub rules: &'a LotteryRules<M>,
    /// The header of the parent.
    pub parent: &'a Header,
    /// The version that the parent's state prescribes.
    pub version: ProtocolVersion,
    /// From the parent's session: `session.epoch_for(params, header.slot())`.
    pub epoch: &'a EpochData,
    /// The slot of the own clock.
    pub slot_now: Slot,
    /// Checks proof and seal.
    pub verifier: &'a V,
}

/// A claim that holds, and what its lottery output means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CheckedClaim {
    /// By lottery or by turn.
    pub kind: ClaimKind,
    /// Position in the epoch's authorities.
    pub author: AuthorityIndex,
    /// The epoch of the slot.
    pub epoch: Epoch,
    /// The lottery value: breaks ties between heads, lower is better.
    pub score: u128,
    /// What a primary block adds to the randomness.
    pub randomness: Hash,
}

impl CheckedClaim {
    /// The meaning of `output` for a claim.
    pub(super) fn of(
        kind: ClaimKind,
        author: AuthorityIndex,
        epoch: Epoch,
        output: &LotteryOutput,
    ) -> Self {
        let (score, randomness) = (lottery::score(output), lottery::randomness(output));
        Self { kind, author, epoch, score, randomness }
    }
}

/// Why a header cannot stand on its parent. Grouped by [`HeaderError::verdict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The parent is not known here (yet). Found by the caller, who looks it up.
    #[error("the parent is not known")]
    UnknownParent,
    /// The header names another parent than the one it is checked against.
    #[error("the header names another parent")]
    OtherParent,
    /// The slot lies further ahead of the own clock than [`SLOTS_AHEAD_MAX`].
    #[error("slot {slot} lies in the future; the own clock is in slot {slot_now}")]
    FromFuture {
        /// Of the header.
        slot: Slot,
        /// Of the own clock.
        slot_now: Slot,
    },
    /// The height is not one above the parent's.
    #[error("the height is {claimed} on a parent of height {parent}")]
    HeightNotNext {
        /// The parent's.
        parent: Height,
        /// The header's.
        claimed: Height,
    },
    /// There is no claim to a slot; only genesis has none.
    #[error("the header claims no slot")]
    ClaimMissing,
    /// The slot is not above the parent's; genesis counts as slot 0.
    #[error("slot {claimed} is not above the parent's slot {parent}")]
    SlotNotAfterParent {
        /// The parent's.
        parent: Slot,
        /// The header's.
        claimed: Slot,
    },
    /// Another protocol version than the parent's state prescribes.
    #[error("protocol version {claimed} where the chain prescribes {expected}")]
    WrongVersion {
        /// What the parent's state prescribes.
        expected: ProtocolVersion,
        /// What the header claims.
        claimed: ProtocolVersion,
    },
    /// An epoch is announced by a block that does not begin one, or not by one that does; or a voter
    /// set without an epoch; or a list of no or too many entries.
    #[error("the announcements do not have the form that the slot asks for")]
    AnnouncementForm,
    /// There is no such authority in the epoch.
    #[error("author {author} of {authorities} authorities")]
    AuthorOutOfRange {
        /// What the header claims.
        author: AuthorityIndex,
        /// How many there are.
        authorities: usize,
    },
    /// A secondary claim of a slot that belongs to another author, or where the rules know none.
    #[error("the secondary slot belongs to another author")]
    NotSecondaryAuthor,
    /// The lottery proof does not hold for the author's key.
    #[error("the lottery proof does not hold")]
    BadProof,
    /// A primary claim whose lottery value is not below the author's threshold.
    #[error("the lottery value is not below the author's threshold")]
    NotWon,
    /// A secondary claim of an author that won the lottery: it keeps its output out of the randomness.
    #[error("the author won the lottery and claims the slot by turn")]
    WinHidden,
    /// The seal is not the author's signature over the header.
    #[error("the seal does not hold")]
    BadSeal,
}

impl HeaderError {
    /// The one place that maps refusals to reactions.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::UnknownParent => Verdict::Retry,
            // Whose clock is wrong is not known; which parent was looked up is the caller's choice.
            Self::FromFuture { .. } | Self::OtherParent => Verdict::Ignore,
            Self::HeightNotNext { .. }
            | Self::ClaimMissing
            | Self::SlotNotAfterParent { .. }
            | Self::WrongVersion { .. }
            | Self::AnnouncementForm
            | Self::AuthorOutOfRange { .. }
            | Self::NotSecondaryAuthor
            | Self::BadProof
            | Self::NotWon
            | Self::WinHidden
            | Self::BadSeal => Verdict::Punish,
        }
    }
}

/// Checks that `header` may stand on its parent.
///
/// # Errors
/// The first refusal in the order named in the module's documentation.
pub fn check_header<V: Verifier, M: Mutant>(
    context: &HeaderContext<'_, V, M>,
    header: &Header,
) -> Result<CheckedClaim, HeaderError> {
    let claim = check_place(context, header)?;
    check_form(context, header, &claim)?;
    let authority = context.epoch.authority(claim.author).ok_or_else(|| {
        let authorities = context.epoch.authorities().len();
        HeaderError::AuthorOutOfRange { author: claim.author, authorities }
    })?;
    let checked = check_claim(context, authority, &claim)?;
    check_seal(context, authority, header)?;
    Ok(checked)
}

/// Parent, height and slot.
fn check_place<V, M: Mutant>(
    context: &HeaderContext<'_, V, M>,
    header: &Header,
) -> Result<SlotClaim, HeaderError> {
    let parent = context.parent;
    if header.parent() != parent.hash() {
        return Err(HeaderError::OtherParent);
    }
    if parent.height().next() != Some(header.height()) {
        let (parent, claimed) = (parent.height(), header.height());
        return Err(HeaderError::HeightNotNext { parent, claimed });
    }
    let claim = header.unsealed.claim.ok_or(HeaderError::ClaimMissing)?;
    if claim.slot <= parent.slot() {
        let (parent, claimed) = (parent.slot(), claim.slot);
        return Err(HeaderError::SlotNotAfterParent { parent, claimed });
    }
    if claim.slot > context.slot_now.saturating_add(SLOTS_AHEAD_MAX)
        && !context.rules.mutant.has(Mutation::BP03)
    {
        let (slot, slot_now) = (claim.slot, context.slot_now);
        return Err(HeaderError::FromFuture { slot, slot_now });
    }
    Ok(claim)
}

/// Version and announcements.
fn check_form<V, M: Mutant>(
    context: &HeaderContext<'_, V, M>,
    header: &Header,
    claim: &SlotClaim,
) -> Result<(), HeaderError> {
    let (expected, claimed) = (context.version, header.unsealed.version);
    if claimed != expected {
        return Err(HeaderError::WrongVersion { expected, claimed });
    }
    let epoch = context.params.epoch_of(claim.slot);
    let before = context.params.epoch_of(context.parent.slot());
    let begins = if context.rules.mutant.has(Mutation::BP06) {
        before.next() == Some(epoch)
    } else {
        epoch > before
    };
    if !has_form(&header.unsealed.announcements, begins) {
        return Err(HeaderError::AnnouncementForm);
    }
    assert_eq!(
        epoch,
        context.epoch.epoch(),
        "invariant(epoch): the caller brings the data of the header's epoch"
    );
    Ok(())
}

/// Whether a block that begins an epoch, or does not, may announce this.
fn has_form(announcements: &Announcements, begins: bool) -> bool {
    let in_range = |length: usize| (1..=VALIDATORS_MAX).contains(&length);
    let lists_in_range = announcements
        .next_epoch
        .as_ref()
        .and_then(|next| next.authorities.as_ref())
        .is_none_or(|list| in_range(list.len()))
        && announcements.next_set.as_ref().is_none_or(|list| in_range(list.len()));
    let presence = announcements.next_epoch.is_some() == begins
        && (begins || announcements.next_set.is_none());
    lists_in_range && presence
}

/// The right to the slot.
fn check_claim<V: Verifier, M: Mutant>(
    context: &HeaderContext<'_, V, M>,
    authority: &Authority,
    claim: &SlotClaim,
) -> Result<CheckedClaim, HeaderError> {
    let HeaderContext { genesis, rules, epoch, verifier, .. } = *context;
    let lottery = LotteryContext { genesis, rules, epoch, verifier };
    if claim.kind == ClaimKind::Secondary
        && !is_secondary_author(&lottery, claim.slot, claim.author)
    {
        return Err(HeaderError::NotSecondaryAuthor);
    }
    let output = output_of(&lottery, claim, &authority.lottery).ok_or(HeaderError::BadProof)?;
    let checked = CheckedClaim::of(claim.kind, claim.author, epoch.epoch(), &output);
    let won = is_won(&lottery, claim.author, checked.score);
    match (claim.kind, won) {
        (ClaimKind::Primary, true) | (ClaimKind::Secondary, false) => Ok(checked),
        (ClaimKind::Primary, false) if rules.mutant.has(Mutation::BP01) => Ok(checked),
        (ClaimKind::Secondary, true) if rules.mutant.has(Mutation::BP12) => Ok(checked),
        (ClaimKind::Primary, false) => Err(HeaderError::NotWon),
        // rule(lottery.hidden_wins)
        (ClaimKind::Secondary, true) => match rules.hidden_wins {
            HiddenWins::Refused => Err(HeaderError::WinHidden),
            HiddenWins::Allowed => Ok(checked),
        },
    }
}

fn check_seal<V: Verifier, M: Mutant>(
    context: &HeaderContext<'_, V, M>,
    authority: &Authority,
    header: &Header,
) -> Result<(), HeaderError> {
    let statement = header.unsealed.seal_statement();
    let signed = Signed::Statement {
        domain: Header::DOMAIN,
        genesis: context.genesis,
        statement: &statement,
    };
    let check = Check { key: authority.seal, signed, signature: header.seal };
    let holds = context.verifier.signature(check) || context.rules.mutant.has(Mutation::BP15);
    if holds { Ok(()) } else { Err(HeaderError::BadSeal) }
}

#[cfg(test)]
mod tests;
