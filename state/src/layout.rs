//! Which storage key holds what: one table.
//!
//! A key is the personalised hash of an item's tag and id, so nobody can choose keys that deepen the
//! tree. Tags are append-only: they are part of the protocol.

use crate::types::{AccountId, Era, Hash, Purpose, Slot};
use borsh::{BorshDeserialize, BorshSerialize};
use std::sync::LazyLock;

/// Where a value lies, in the tree and in the flat store: 32 hashed bytes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct StateKey(pub [u8; 32]);

impl StateKey {
    /// The lowest key.
    pub const FIRST: Self = Self([0; 32]);
    /// The highest key.
    pub const LAST: Self = Self([0xff; 32]);

    /// The key after this one in the order of the tree, or `None` after [`StateKey::LAST`].
    #[must_use]
    pub fn successor(&self) -> Option<Self> {
        let mut next = *self;
        for byte in next.0.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                return Some(next);
            }
        }
        None
    }
}

/// Everything the state holds. The variants are the table; the value's type stands at each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// [`crate::types::Account`] of an account.
    Account(AccountId),
    /// [`crate::types::Balance`]: the sum of all accounts.
    Issuance,
    /// The whole chain specification, written by genesis and never again.
    Specification,
    /// Parameters that governance may change.
    Parameters,
    /// Epoch, randomness being collected, and which lists of validators serve.
    Session,
    /// [`crate::types::ProtocolVersion`] of the next block.
    Version,
    /// What fees are multiplied with, following how full blocks are.
    FeeMultiplier,
    /// [`crate::types::Hash`] of a recent block, by height modulo the ring's length.
    BlockHash(u32),
    /// Peaks of the Merkle mountain range over all headers.
    Mountain,
    /// The protocol upgrade that was scheduled last, pending or done.
    Upgrade,
    /// [`crate::types::ProtocolVersion`]: the newest that a validator's account told in its blocks.
    Knows(AccountId),
    /// Numbers of governance that governance may change.
    Governance,
    /// Governance: votes, delegation and prior lock of an account on a track.
    Voting(AccountId, u16),
    /// Governance: what an account must keep on each track for its votes.
    VotingLocks(AccountId),
    /// Governance: track and page of the tally of an ongoing referendum.
    Ballot(u32),
    /// Governance: tallies of ongoing referenda of a track, by page.
    TallyPage(u16, u32),
    /// Governance: how many tallies each page of a track has.
    TallyPages(u16),
    /// How many referenda there have ever been: the next one's number.
    ReferendumCount,
    /// A referendum by its number.
    Referendum(u32),
    /// Referenda of a track that wait to be decided.
    ReferendumQueue(u16),
    /// How many referenda of a track are being decided.
    DecidingCount(u16),
    /// [`crate::types::Hash`] of a preimage that explains a referendum.
    ReferendumMetadata(u32),
    /// Who noted or asked for the bytes under a hash.
    PreimageStatus(Hash),
    /// The bytes under a hash.
    Preimage(Hash),
    /// What is to happen at a slot.
    Agenda(Slot),
    /// On which agenda a named task stands.
    TaskAddress([u8; 32]),
    /// A page of the bitmap tree over slots with an agenda.
    Calendar {
        /// How many bytes of a slot lie below this page, from 0.
        level: u8,
        /// The slot without these bytes and the one that the page decides.
        prefix: u64,
    },
    /// How many spends of the treasury were ever approved: the next one's number.
    SpendCount,
    /// An approved spend of the treasury.
    Spend(u32),
    /// [`crate::types::Slot`] at which the period of the treasury ends.
    TreasuryPeriod,
    /// How many bounties were ever proposed: the next one's number.
    BountyCount,
    /// A bounty that has not ended.
    Bounty(u32),
    /// What is to be done for a bounty.
    BountyDescription(u32),
    /// The period in which taking part is paid for, and what it has paid.
    ParticipationPeriod,
    /// For how many votes an account was paid.
    Participation(AccountId),
    /// Rank of a member of the collective.
    Member(AccountId),
    /// How many members of the collective each rank has.
    CollectiveRoll,
    /// Whether the collective vouches for the call of a hash: ballots so far.
    WhitelistPoll(Hash),
    /// How many polls of the whitelist there are.
    WhitelistPollCount,
    /// A mark: the call of a hash may be dispatched by the track `whitelisted_caller`.
    Whitelisted(Hash),
    /// The validators of this epoch.
    Validators,
    /// The validators of the next epoch.
    NextValidators,
    /// When a session was and who served in it, as a root.
    SessionRecord(u64),
    /// The oldest session of which there is a record.
    OldestSession,
    /// Staking: when an era began, what was at stake and what it pays.
    EraInfo(Era),
    /// Staking: who was elected for an era, in the order of the authorities.
    EraValidators(Era),
    /// Staking: what stands behind a validator in an era, its points, and who was paid.
    Exposure(Era, AccountId),
    /// Staking: a page of the nominators behind a validator in an era.
    ExposurePage(Era, AccountId, u32),
    /// Staking: how far the rows of old eras are deleted.
    EraPruning,
    /// Numbers of staking that governance may change. None on a chain of fixed validators.
    Staking,
    /// Staking: what an account has bonded, and what of it unbonds when.
    Bond(AccountId),
    /// Staking: where the rewards of a bonded account go.
    Payee(AccountId),
    /// Staking: terms of a candidate, and its place in the roster.
    Candidate(AccountId),
    /// Staking: whom an account nominates, and its place in the roster.
    Nominator(AccountId),
    /// Staking: a page of all candidates (0) or all nominators (1).
    Roster(u8, u32),
    /// Staking: how many candidates (0) or nominators (1) there are.
    RosterLength(u8),
    /// Staking: the session keys of an account, by the session in which they were set.
    SessionKeys(AccountId),
    /// Staking: whose session key these 32 bytes are.
    KeyOwner([u8; 32]),
    /// Staking: rows of pools.
    Pools(PoolItem),
    /// Staking: the era of the block.
    ActiveEra,
    /// Staking: who offended together, in a slot (0) or in a round of a set (1).
    Offence {
        /// 0 or 1.
        kind: u8,
        /// The set; 0 for a slot.
        set: u64,
        /// The slot or round.
        time: u64,
    },
    /// Staking: what a validator loses for an era.
    Slash(Era, AccountId),
    /// Staking: slashes that are taken in an era.
    SlashQueue(Era),
    /// Staking: the slash that is being taken.
    SlashWork,
    /// Staking: the first era whose slashes may not all be taken.
    SlashesDone,
    /// Staking: who may not author in an era.
    Disabled,
    /// Staking: how many rows about offences an era has.
    OffenceCount(Era),
    /// Staking: a page of the list of them.
    OffenceList(Era, u32),
    /// Staking: the first era of which such rows are kept.
    OffencesKept,
}

/// One thing of the pools of staking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PoolItem {
    /// How many pools and members there are.
    Count,
    /// A pool.
    Pool(u32),
    /// What an account has in a pool.
    Member(AccountId),
    /// What unbonds in a pool.
    Unbonding(u32),
}

impl PoolItem {
    fn key(&self) -> StateKey {
        let (tag, id): (u8, &[u8]) = match self {
            Self::Count => (90, &[]),
            Self::Pool(id) => (91, &id.to_le_bytes()),
            Self::Member(id) => (92, &id.0),
            Self::Unbonding(id) => (93, &id.to_le_bytes()),
        };
        StateKey(Hash::personal(Purpose::StorageKey, &[&[tag], id]).0)
    }
}

impl Item {
    /// Where the item lies.
    #[expect(clippy::too_many_lines, reason = "one table")]
    #[must_use]
    pub fn key(&self) -> StateKey {
        let (tag, id): (u8, &[u8]) = match self {
            Self::Account(id) => (0, &id.0),
            Self::Issuance => (1, &[]),
            Self::Specification => (2, &[]),
            Self::Parameters => (3, &[]),
            Self::Session => (4, &[]),
            Self::Version => (5, &[]),
            Self::FeeMultiplier => (6, &[]),
            Self::BlockHash(index) => (7, &index.to_le_bytes()),
            Self::Mountain => (8, &[]),
            Self::Upgrade => (9, &[]),
            Self::Knows(id) => (10, &id.0),
            Self::Governance => (11, &[]),
            Self::Voting(id, track) => (16, &[id.0.as_slice(), &track.to_le_bytes()].concat()),
            Self::VotingLocks(id) => (17, &id.0),
            Self::Ballot(index) => (18, &index.to_le_bytes()),
            Self::TallyPage(a, page) => (19, &joined([&a.to_le_bytes(), &page.to_le_bytes()])),
            Self::TallyPages(track) => (20, &track.to_le_bytes()),
            Self::ReferendumCount => (24, &[]),
            Self::Referendum(index) => (25, &index.to_le_bytes()),
            Self::ReferendumQueue(track) => (26, &track.to_le_bytes()),
            Self::DecidingCount(track) => (27, &track.to_le_bytes()),
            Self::ReferendumMetadata(index) => (28, &index.to_le_bytes()),
            Self::PreimageStatus(hash) => (29, &hash.0),
            Self::Preimage(hash) => (30, &hash.0),
            Self::Agenda(slot) => (31, &slot.0.to_le_bytes()),
            Self::TaskAddress(name) => (32, name),
            Self::Calendar { level, prefix } => (33, &joined([&prefix.to_le_bytes(), &[*level]])),
            Self::SpendCount => (40, &[]),
            Self::Spend(index) => (41, &index.to_le_bytes()),
            Self::TreasuryPeriod => (42, &[]),
            Self::BountyCount => (43, &[]),
            Self::Bounty(index) => (44, &index.to_le_bytes()),
            Self::BountyDescription(index) => (45, &index.to_le_bytes()),
            Self::ParticipationPeriod => (47, &[]),
            Self::Participation(id) => (48, &id.0),
            Self::Member(id) => (50, &id.0),
            Self::CollectiveRoll => (51, &[]),
            Self::WhitelistPoll(hash) => (52, &hash.0),
            Self::WhitelistPollCount => (53, &[]),
            Self::Whitelisted(hash) => (54, &hash.0),
            Self::Validators => (70, &[]),
            Self::NextValidators => (71, &[]),
            Self::SessionRecord(number) => (72, &number.to_le_bytes()),
            Self::OldestSession => (73, &[]),
            Self::EraInfo(era) => (75, &era.0.to_le_bytes()),
            Self::EraValidators(era) => (76, &era.0.to_le_bytes()),
            Self::Exposure(era, id) => (77, &joined([&le(era.0), &id.0])),
            Self::ExposurePage(a, id, page) => (78, &joined([&le(a.0), &id.0, &le(*page)])),
            Self::EraPruning => (79, &[]),
            Self::Staking => (60, &[]),
            Self::Bond(id) => (61, &id.0),
            Self::Payee(id) => (62, &id.0),
            Self::Candidate(id) => (63, &id.0),
            Self::Nominator(id) => (64, &id.0),
            Self::Roster(kind, page) => (65, &[[*kind].as_slice(), &page.to_le_bytes()].concat()),
            Self::RosterLength(kind) => (66, &[*kind]),
            Self::SessionKeys(id) => (67, &id.0),
            Self::KeyOwner(key) => (68, key),
            Self::ActiveEra => (74, &[]),
            Self::Pools(item) => return item.key(),
            Self::Offence { kind, set: a, time: b } => {
                (80, &joined([&[*kind], &a.to_le_bytes(), &b.to_le_bytes()]))
            }
            Self::Slash(era, id) => (81, &[&era.0.to_le_bytes()[..], &id.0].concat()),
            Self::SlashQueue(era) => (82, &era.0.to_le_bytes()),
            Self::SlashWork => (83, &[]),
            Self::SlashesDone => (84, &[]),
            Self::Disabled => (85, &[]),
            Self::OffenceCount(era) => (86, &era.0.to_le_bytes()),
            Self::OffenceList(era, page) => (87, &[era.0, *page].map(u32::to_le_bytes).concat()),
            Self::OffencesKept => (88, &[]),
        };
        if let ([], Some(key)) = (id, SINGLE_KEYS.get(usize::from(tag))) {
            return *key;
        }
        StateKey(Hash::personal(Purpose::StorageKey, &[&[tag], id]).0)
    }
}

/// Where an item lies of which there is one, by its tag: they are asked for in every block.
static SINGLE_KEYS: LazyLock<Vec<StateKey>> = LazyLock::new(|| {
    let key = |tag: u8| StateKey(Hash::personal(Purpose::StorageKey, &[&[tag]]).0);
    (0..=u8::MAX).map(key).collect()
});

const fn le(number: u32) -> [u8; 4] {
    number.to_le_bytes()
}

/// The parts of an id, one after the other.
fn joined<const PARTS: usize>(parts: [&[u8]; PARTS]) -> Vec<u8> {
    parts.concat()
}

#[cfg(test)]
mod tests;
