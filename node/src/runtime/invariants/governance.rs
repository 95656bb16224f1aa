//! What holds of governance after every block: tallies equal a recount, and what accounts have held and frozen
//! matches the reasons for it.
//!
//! Everything is counted from the rows of the state: votes from what each account has said, deposits from what each
//! referendum and preimage says was paid. Votes are looked for at the accounts of the specification, deposits anywhere.

use super::{Dump, Violation};
use serin_governance::bounties::{self, Bounty, BountyStatus};
use serin_governance::deposits::Deposit;
use serin_governance::preimages::Status;
use serin_governance::reasons::{
    BOUNTY_DEPOSIT, CURATOR_DEPOSIT, PREIMAGE_DEPOSIT, REFERENDUM_DEPOSIT, VOTES,
};
use serin_governance::referenda::Referendum;
use serin_governance::scheduler::{Task, agenda, first_from};
use serin_governance::tally::Tally;
use serin_governance::voting::{Record, ballots, locks, recount};
use serin_governance::{Context, Parameters, ReferendumIndex, TrackId};
use serin_state::layout::{Item, StateKey};
use serin_state::overlay::{Overlay, read};
use serin_state::types::{Account, AccountId, Balance, Hash, Reason, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// Levels of the calendar's tree.
const CALENDAR_LEVELS: u8 = 8;

/// Rows of governance, read once.
pub(super) struct Rows {
    parameters: Parameters,
    accounts: Vec<AccountId>,
    pub(super) keys: Vec<StateKey>,
    referenda: Vec<(ReferendumIndex, Referendum)>,
    preimages: Vec<Status>,
    bounties: Vec<(u32, Bounty)>,
}

/// A context over a whole state, for reading.
fn within<T>(
    state: &Dump,
    parameters: &Parameters,
    look: impl FnOnce(&Context<'_, &Dump>) -> T,
) -> T {
    let mut overlay = Overlay::new(state);
    look(&Context::new(&mut overlay, parameters, Balance::ZERO, Slot::ZERO))
}

fn tracks(parameters: &Parameters) -> impl Iterator<Item = TrackId> + '_ {
    parameters.referenda.tracks.iter().map(|track| track.id)
}

impl Rows {
    /// Every key that governance may have in `state`, and the rows that deposits stand in.
    pub(super) fn of(state: &Dump, accounts: Vec<AccountId>, named: &BTreeSet<Hash>) -> Self {
        let parameters = crate::runtime::query::governance(state);
        let mut items = vec![Item::ReferendumCount];
        let count: u32 = read(state, &Item::ReferendumCount.key()).unwrap_or_default();
        let mut referenda = Vec::new();
        for index in 0..count {
            let ids =
                [Item::Referendum(index), Item::Ballot(index), Item::ReferendumMetadata(index)];
            items.extend(ids);
            let row = read(state, &Item::Referendum(index).key());
            referenda.extend(row.map(|row| (ReferendumIndex(index), row)));
        }
        for track in tracks(&parameters) {
            items.extend([Item::ReferendumQueue(track.0), Item::DecidingCount(track.0)]);
            items.push(Item::TallyPages(track.0));
            let pages: Vec<u8> = read(state, &Item::TallyPages(track.0).key()).unwrap_or_default();
            let pages = u32::try_from(pages.len()).unwrap_or(u32::MAX);
            items.extend((0..pages).map(|page| Item::TallyPage(track.0, page)));
            items.extend(accounts.iter().map(|account| Item::Voting(*account, track.0)));
        }
        items.extend(accounts.iter().map(|account| Item::VotingLocks(*account)));
        let spends: u32 = read(state, &Item::SpendCount.key()).unwrap_or_default();
        items.extend([Item::SpendCount, Item::TreasuryPeriod]);
        items.extend((0..spends).map(Item::Spend));
        let count: u32 = read(state, &Item::BountyCount.key()).unwrap_or_default();
        items.push(Item::BountyCount);
        let both = |index| [Item::Bounty(index), Item::BountyDescription(index)];
        items.extend((0..count).flat_map(both));
        let row = |index: u32| Some((index, read(state, &Item::Bounty(index).key())?));
        let bounties = (0..count).filter_map(row).collect();
        items.extend([Item::CollectiveRoll, Item::WhitelistPollCount]);
        items.extend(accounts.iter().map(|account| Item::Member(*account)));
        items.extend(accounts.iter().map(|account| Item::Participation(*account)));
        items.push(Item::ParticipationPeriod);
        items.extend(scheduled(state, &parameters));
        let hashes: BTreeSet<Hash> = preimages(state).chain(named.iter().copied()).collect();
        for hash in &hashes {
            items.extend([Item::Preimage(*hash), Item::PreimageStatus(*hash)]);
            items.extend([Item::WhitelistPoll(*hash), Item::Whitelisted(*hash)]);
        }
        let status = |hash: &Hash| read(state, &Item::PreimageStatus(*hash).key());
        let preimages = hashes.iter().filter_map(status).collect();
        let keys = items.iter().map(Item::key).collect();
        Self { parameters, accounts, keys, referenda, preimages, bounties }
    }

    /// The deposits that stand for `reason`.
    fn deposits(&self, reason: Reason) -> Vec<Deposit> {
        if reason == PREIMAGE_DEPOSIT {
            let deposits = self.preimages.iter().filter_map(|status| match status {
                Status::Unrequested { deposit, .. } => Some(*deposit),
                Status::Requested { deposit, .. } => *deposit,
            });
            return deposits.collect();
        }
        let rows = self.bounties.iter().map(|(_, bounty)| bounty);
        if reason == BOUNTY_DEPOSIT {
            return rows.filter_map(|bounty| bounty.bond).collect();
        }
        if reason == CURATOR_DEPOSIT {
            return rows.filter_map(|bounty| bounty.curator_deposit).collect();
        }
        let deposits = self.referenda.iter().flat_map(|(_, row)| match row {
            Referendum::Ongoing(ongoing) => {
                [Some(ongoing.submission_deposit), ongoing.decision_deposit]
            }
            Referendum::Ended(ended) => [ended.submission_deposit, ended.decision_deposit],
        });
        deposits.flatten().collect()
    }

    /// Checks that tallies, locks and deposits are what the rows say.
    pub(super) fn check(&self, state: &Dump) -> Result<(), Violation> {
        within(state, &self.parameters, |context| {
            for track in tracks(&self.parameters) {
                check_track(context, track, &self.accounts)?;
            }
            for account in &self.accounts {
                check_locks(context, &account_of(state, *account), *account)?;
            }
            Ok(())
        })?;
        self.check_bounties(state)?;
        for reason in [REFERENDUM_DEPOSIT, PREIMAGE_DEPOSIT, BOUNTY_DEPOSIT, CURATOR_DEPOSIT] {
            self.check_deposits(state, reason)?;
        }
        Ok(())
    }

    /// A funded bounty has at least its value; others may have sent it more.
    fn check_bounties(&self, state: &Dump) -> Result<(), Violation> {
        for (index, bounty) in &self.bounties {
            let account = bounties::account(*index);
            let held = account_of(state, account).free;
            if bounty.status != BountyStatus::Proposed && held < bounty.value {
                return Err(Violation::Deposits { account, held, stated: bounty.value });
            }
        }
        Ok(())
    }

    fn check_deposits(&self, state: &Dump, reason: Reason) -> Result<(), Violation> {
        let mut sums: BTreeMap<AccountId, Balance> = BTreeMap::new();
        sums.extend(self.accounts.iter().map(|account| (*account, Balance::ZERO)));
        for Deposit { who, amount } in self.deposits(reason) {
            let sum = sums.entry(who).or_default();
            *sum = sum.saturating_add(amount);
        }
        for (account, stated) in sums {
            let held = account_of(state, account).held_for(reason);
            if held != stated {
                return Err(Violation::Deposits { account, held, stated });
            }
        }
        Ok(())
    }
}

fn account_of(state: &Dump, account: AccountId) -> Account {
    read(state, &Item::Account(account).key()).unwrap_or_default()
}

/// Agendas, the pages of the calendar above them, and the names of their tasks.
fn scheduled(state: &Dump, parameters: &Parameters) -> Vec<Item> {
    within(state, parameters, |context| {
        let mut items = Vec::new();
        let mut from = Slot::ZERO;
        while let Some(slot) = first_from(context, from) {
            items.push(Item::Agenda(slot));
            let page = |level: u8| {
                let bits = u32::from(level).saturating_add(1).saturating_mul(8);
                Item::Calendar { level, prefix: slot.0.checked_shr(bits).unwrap_or(0) }
            };
            items.extend((0..CALENDAR_LEVELS).map(page));
            let names = agenda(context, slot).into_iter().flatten();
            items.extend(names.filter_map(|Task { name, .. }| Some(Item::TaskAddress(name?.0))));
            from = slot.saturating_add(1);
        }
        items
    })
}

/// Hashes of the preimages that are kept: their bytes name their key.
fn preimages(state: &Dump) -> impl Iterator<Item = Hash> + '_ {
    state.iter().filter_map(|(key, value)| {
        // A length and so many bytes; decoding every row would reserve what other rows happen to say.
        let (length, bytes) = value.split_first_chunk::<4>()?;
        if usize::try_from(u32::from_le_bytes(*length)) != Ok(bytes.len()) {
            return None;
        }
        let hash = Hash::of(bytes);
        (Item::Preimage(hash).key() == *key).then_some(hash)
    })
}

/// The tallies of a track against what its voters and delegators have said.
fn check_track(
    context: &Context<'_, &Dump>,
    track: TrackId,
    accounts: &[AccountId],
) -> Result<(), Violation> {
    let tallies = ballots::tallies(context, track);
    if tallies.is_empty() {
        return Ok(());
    }
    let record = |account: &AccountId| (*account, Record::read(context, *account, track));
    let records: BTreeMap<AccountId, Record> = accounts.iter().map(record).collect();
    let carries = context.parameters.voting.abstention_carries;
    let counted = recount::tallies(&records, carries).unwrap_or_default();
    for (index, tally) in tallies {
        let recounted = counted.get(&index).copied().unwrap_or(Tally::EMPTY);
        if recounted != tally {
            return Err(Violation::Tally { index, tally, recounted });
        }
    }
    Ok(())
}

/// What is frozen for votes is the most that a track needs, and no track needs less than its votes.
fn check_locks(
    context: &Context<'_, &Dump>,
    stored: &Account,
    account: AccountId,
) -> Result<(), Violation> {
    let locks: BTreeMap<TrackId, Balance> = locks(context, account).into_iter().collect();
    let most = locks.values().max().copied().unwrap_or_default();
    let frozen = stored.frozen_for(VOTES);
    let short = tracks(context.parameters).any(|track| {
        let needed = Record::read(context, account, track).locked();
        needed > locks.get(&track).copied().unwrap_or_default()
    });
    if frozen == most && !short {
        return Ok(());
    }
    Err(Violation::Locks { account, frozen, needed: most })
}
