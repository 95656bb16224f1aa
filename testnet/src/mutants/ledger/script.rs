//! What users ask for: drawn, with enough sense that referenda pass and accounts end.
//!
//! Inputs: the chain so far and a number. Output: one signed transaction, be it a good one, one that fails, a replay or
//! one that skips a nonce. Everything is drawn by (seed, purpose, number of the block).

use super::chain::{Chain, Made, TRACKS, treasury};
use serin_governance::referenda::{Enactment, ReferendaCall};
use serin_governance::scheduler::Proposal;
use serin_governance::treasury::TreasuryCall;
use serin_governance::voting::{AccountVote, Conviction, Record, VotingCall};
use serin_governance::{Call as Governance, Origin, ReferendumIndex, TrackId};
use serin_node::runtime::{BalancesCall, Call, SystemCall, Verified, query};
use serin_state::codec::encode;
use serin_state::layout::Item;
use serin_state::overlay::read;
use serin_state::random::{Draw, Random};
use serin_state::types::{AccountId, Balance, Nonce, SignedTransaction, Slot, Transaction};

/// Accounts that vote and submit; later ones are poor.
const VOTERS: u64 = 6;
/// Transactions of the past that are sent again.
const REPLAYED_MAX: usize = 64;

/// What is asked next.
#[derive(Debug)]
pub(super) struct Step {
    /// How long after the last block.
    pub(super) slots: u64,
    pub(super) sender: AccountId,
    pub(super) call: Call,
    pub(super) transaction: Verified<SignedTransaction>,
}

/// The users.
#[derive(Debug)]
pub(super) struct Script {
    random: Random,
    accounts: Vec<AccountId>,
    sent: Vec<(AccountId, Call, Verified<SignedTransaction>)>,
}

impl Script {
    pub(super) fn new(random: Random, chain: &Chain) -> Self {
        Self { random, accounts: chain.accounts.clone(), sent: Vec::new() }
    }

    /// Remembers what was carried out, to send it again.
    pub(super) fn note(&mut self, step: &Step, made: &Made) {
        if made.outcome.is_ok() && self.sent.len() < REPLAYED_MAX {
            self.sent.push((step.sender, step.call.clone(), step.transaction.clone()));
        }
    }

    fn draw(&self, purpose: &str, number: u64) -> Draw {
        self.random.draw(purpose, 0, number)
    }

    /// The next transaction.
    pub(super) fn next(&self, chain: &Chain, number: u64) -> Option<Step> {
        let slots = match self.draw("gap", number).below(8) {
            0 => self.draw("long gap", number).below(40).saturating_add(1),
            _ => 1,
        };
        if self.draw("replay", number).below(12) == 0
            && let Some((sender, call, transaction)) = self.draw("which", number).pick(&self.sent)
        {
            let (sender, call, transaction) = (*sender, call.clone(), transaction.clone());
            return Some(Step { slots, sender, call, transaction });
        }
        let (sender, call) = self.ask(chain, number);
        let mut nonce = query::account(chain.dump(), sender).nonce;
        if self.draw("skip", number).below(30) == 0 {
            nonce = Nonce(nonce.0.saturating_add(2));
        }
        let transaction = Transaction {
            sender,
            nonce,
            last_valid_slot: chain.slot().saturating_add(1_000),
            tip: Balance(u128::from(self.draw("tip", number).below(2))),
            call: encode(&call),
        };
        Some(Step { slots, sender, call, transaction: chain.sign(transaction)? })
    }

    fn account(&self, purpose: &str, number: u64, below: u64) -> AccountId {
        let index = usize::try_from(self.draw(purpose, number).below(below)).unwrap_or(0);
        self.accounts.get(index).copied().unwrap_or_else(treasury)
    }

    fn ask(&self, chain: &Chain, number: u64) -> (AccountId, Call) {
        let all = u64::try_from(self.accounts.len()).unwrap_or(1);
        match self.draw("menu", number).below(10) {
            0..=2 => {
                let sender = self.account("payer", number, all);
                (sender, self.payment(chain, number, sender))
            }
            3..=5 => (self.account("voter", number, VOTERS), self.vote(chain, number)),
            6 => (self.account("voter", number, VOTERS), self.delegation(number)),
            7 => (self.account("voter", number, VOTERS), self.proposal(chain, number)),
            8 => {
                let voter = self.account("voter", number, VOTERS);
                let harvest = self.harvest(chain, number, voter);
                (voter, harvest.unwrap_or_else(|| self.upkeep(chain, number)))
            }
            _ => self.power(chain, number),
        }
    }

    fn payment(&self, chain: &Chain, number: u64, sender: AccountId) -> Call {
        let all = u64::try_from(self.accounts.len()).unwrap_or(1);
        let has = query::account(chain.dump(), sender).free;
        let to = self.account("payee", number, all);
        let drawn = self.draw("amount", number);
        let amount = match self.draw("size", number).below(6) {
            0 => Balance(u128::from(drawn.below(2_000_000))),
            1 => has.saturating_add(Balance(u128::from(drawn.below(1_000)))),
            2 => has.saturating_sub(Balance(u128::from(drawn.below(30_000_000_000)))),
            _ => Balance(u128::from(drawn.below(20_000_000_000_000))),
        };
        let transfer = Call::transfer(to, amount);
        match self.draw("payment", number).below(8) {
            0 => Call::transfer(sender, amount),
            1 => Call::Balances(BalancesCall::TransferAll { to, keep_alive: false }),
            2 => Call::batch(&[
                Call::transfer(to, Balance::tokens(1)),
                Call::transfer(to, Balance::tokens(1 << 40)),
            ]),
            3 => Call::Balances(BalancesCall::TransferKeepAlive { to, amount }),
            _ => transfer,
        }
    }

    /// A referendum, mostly a recent one.
    fn referendum(&self, chain: &Chain, number: u64) -> ReferendumIndex {
        let count: u32 = read(chain.dump(), &Item::ReferendumCount.key()).unwrap_or_default();
        let back = self.draw("which one", number).below(4);
        let last = u64::from(count).saturating_sub(1);
        ReferendumIndex(u32::try_from(last.saturating_sub(back)).unwrap_or(0))
    }

    fn vote(&self, chain: &Chain, number: u64) -> Call {
        let index = self.referendum(chain, number);
        let amount = |purpose: &str| {
            let drawn = self.draw(purpose, number).below(1_000_000);
            let tokens = match self.draw("weight", number).below(3) {
                0 => drawn.div_euclid(100_000),
                _ => drawn,
            };
            Balance::tokens(tokens.into())
        };
        let conviction = self.draw("conviction", number).pick(&Conviction::ALL).copied();
        let conviction = conviction.unwrap_or_default();
        let aye = self.draw("aye", number).below(5) > 0;
        let vote = match self.draw("vote", number).below(8) {
            0 => AccountVote::Split { aye: amount("aye tokens"), nay: amount("nay tokens") },
            1 => AccountVote::SplitAbstain {
                aye: Balance::ZERO,
                nay: Balance::ZERO,
                abstain: amount("abstain"),
            },
            _ => AccountVote::Standard { aye, conviction, balance: amount("tokens") },
        };
        Call::Governance(Governance::Voting(match self.draw("voting", number).below(6) {
            0 => VotingCall::RemoveVote { track: Some(self.track(number)), index },
            1 => VotingCall::RemoveVote { track: None, index },
            _ => VotingCall::Vote { index, vote, reason: None },
        }))
    }

    fn track(&self, number: u64) -> TrackId {
        self.draw("track", number).pick(&TRACKS).copied().unwrap_or(TrackId::ROOT)
    }

    fn delegation(&self, number: u64) -> Call {
        let track = self.track(number);
        let conviction = self.draw("conviction", number).pick(&Conviction::ALL).copied();
        let balance = Balance::tokens(self.draw("tokens", number).below(500_000).into());
        Call::Governance(Governance::Voting(match self.draw("delegation", number).below(3) {
            0 => VotingCall::Undelegate { track },
            _ => VotingCall::Delegate {
                track,
                to: self.account("delegate", number, VOTERS),
                conviction: conviction.unwrap_or_default(),
                balance,
            },
        }))
    }

    fn proposal(&self, chain: &Chain, number: u64) -> Call {
        let beneficiary = self.account("payee", number, VOTERS);
        let tip = |amount: Balance| {
            Call::Governance(Governance::Treasury(TreasuryCall::Tip { amount, beneficiary }))
        };
        // The track may spend 250 QUID, which is eight tokens and a third.
        let proposal = match self.draw("proposal", number).below(3) {
            0 => Call::batch(&[tip(Balance::tokens(5)), tip(Balance::tokens(5))]),
            1 => tip(Balance::tokens(5)),
            _ => Call::Governance(Governance::Treasury(TreasuryCall::Spend {
                amount: Balance::tokens(3),
                beneficiary,
                valid_from: None,
            })),
        };
        let track = self.track(number);
        let origin = if track == TrackId::ROOT { Origin::Root } else { Origin::Track(track) };
        let index = self.referendum(chain, number);
        let after = self.draw("after", number).below(4);
        Call::Governance(Governance::Referenda(match self.draw("propose", number).below(2) {
            0 => ReferendaCall::Submit {
                origin,
                proposal: Proposal::Inline(encode(&proposal)),
                enactment: Enactment::After(after),
            },
            _ => ReferendaCall::PlaceDecisionDeposit { index },
        }))
    }

    /// Every other time, a vote of `voter` is removed, which is paid where its referendum was decided.
    fn harvest(&self, chain: &Chain, number: u64, voter: AccountId) -> Option<Call> {
        if self.draw("harvest", number).below(2) > 0 {
            return None;
        }
        let records = TRACKS.iter().filter_map(|track| {
            let record: Option<Record> = read(chain.dump(), &Item::Voting(voter, track.0).key());
            Some((*track, record?))
        });
        let votes: Vec<(TrackId, ReferendumIndex)> = records
            .flat_map(|(track, record)| {
                record.votes.into_iter().map(move |cast| (track, cast.index)).collect::<Vec<_>>()
            })
            .collect();
        let (track, index) = self.draw("harvested", number).pick(&votes).copied()?;
        let removal = VotingCall::RemoveVote { track: Some(track), index };
        Some(Call::Governance(Governance::Voting(removal)))
    }

    fn upkeep(&self, chain: &Chain, number: u64) -> Call {
        let index = self.referendum(chain, number);
        let target = self.account("target", number, VOTERS);
        let spend = u32::try_from(self.draw("spend", number).below(3)).unwrap_or(0);
        Call::Governance(match self.draw("upkeep", number).below(6) {
            0 => Governance::Referenda(ReferendaCall::RefundDecisionDeposit { index }),
            1 => Governance::Referenda(ReferendaCall::RefundSubmissionDeposit { index }),
            2 => Governance::Treasury(TreasuryCall::Payout { index: spend }),
            3 => Governance::Referenda(ReferendaCall::Cancel { index }),
            _ => Governance::Voting(VotingCall::Unlock { track: self.track(number), target }),
        })
    }

    /// What the root account of a chain for learners does.
    fn power(&self, chain: &Chain, number: u64) -> (AccountId, Call) {
        let root = chain.runtime.root().unwrap_or_else(treasury);
        let beneficiary = self.account("payee", number, VOTERS);
        let index = self.referendum(chain, number);
        let call = match self.draw("power", number).below(4) {
            0 => Governance::Referenda(ReferendaCall::Kill { index }),
            _ => Governance::Treasury(TreasuryCall::Spend {
                amount: Balance::tokens(3),
                beneficiary,
                valid_from: None,
            }),
        };
        let bytes = encode(&Call::Governance(call));
        (root, Call::System(SystemCall::AsRoot { call: bytes }))
    }
}

/// The slot in which a period that starts at `from` ends.
pub(super) fn after(from: Slot, slots: u64) -> Slot {
    from.saturating_add(slots)
}
