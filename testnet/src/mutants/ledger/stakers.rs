//! Staking for stories, on the runtime alone: epochs of ten slots, eras of two epochs, stake bound for four eras, slashes taken
//! two eras after the report.
//!
//! Every slot has a block with one transaction at most, made by the validators in turn; after every block the invariants of the
//! whole state are checked: money, ledgers, rosters, exposures, slashes.

use super::chain::{Chain, Made};
use crate::mutants::Seeded;
use crate::sim::crypto::{seal_as, session_keys};
use serin_consensus::evidence::{SealEquivocation, Sealed};
use serin_consensus::leader::membership::prove_membership;
use serin_consensus::staking::era::{self, EraCall};
use serin_consensus::staking::ledger::{self, Bond, LedgerCall, Payee};
use serin_consensus::staking::offence::{self, Evidence, OffenceCall, Report};
use serin_consensus::staking::{self, Perbill, active_era};
use serin_node::chain_spec::{ChainSpec, GenesisNominator};
use serin_node::runtime::invariants::check_state;
use serin_node::runtime::{BalancesCall, Call, DispatchError, SystemCall, query};
use serin_state::codec::encode;
use serin_state::types::{
    AccountId, AuthorityIndex, Balance, Era, Hash, Header, Millis, Transaction,
};

/// Slots of an epoch.
const EPOCH: u64 = 10;

/// The chain, and who its validators are.
pub(super) struct Stakers {
    chain: Chain,
    /// The candidates of genesis, by their number.
    pub(super) validators: Vec<AccountId>,
}

/// An account that is no validator.
pub(super) const fn person(number: u8) -> AccountId {
    AccountId([number; 32])
}

/// Whole tokens, down.
pub(super) fn whole(amount: Balance) -> u128 {
    amount.0.div_euclid(Balance::tokens(1).0)
}

/// A call of the ledger.
pub(super) const fn ledger_call(call: LedgerCall) -> Call {
    Call::Staking(staking::Call::Ledger(call))
}

/// A bond whose rewards go to the free balance.
pub(super) const fn bond(amount: Balance) -> Call {
    ledger_call(LedgerCall::Bond { amount, payee: Payee::Stash })
}

/// A nomination.
pub(super) fn nominate(targets: &[AccountId]) -> Call {
    ledger_call(LedgerCall::Nominate { targets: targets.to_vec() })
}

/// A transfer.
pub(super) const fn transfer(to: AccountId, amount: Balance) -> Call {
    Call::Balances(BalancesCall::Transfer { to, amount })
}

/// A claim of what a validator and its nominators earned.
pub(super) const fn payout(validator: AccountId, era: Era) -> Call {
    Call::Staking(staking::Call::Era(EraCall::Payout { validator, era, page: 0 }))
}

#[expect(clippy::arithmetic_side_effects, reason = "amounts of a test are far from every bound")]
impl Stakers {
    /// `candidates` with a bond each for `seats`; nominators with what they have, what they bond and whom they back, by number of
    /// the candidate.
    pub(super) fn new(
        (candidates, seats, validator_bond): (usize, u32, Balance),
        nominators: &[(AccountId, Balance, Balance, &[usize])],
    ) -> Self {
        let mut spec = ChainSpec::local(candidates, 1_000, Millis(1_000_000_000_000));
        spec.params.epoch_slots = EPOCH;
        for (number, validator) in (0..).zip(&mut spec.validators) {
            let keys = session_keys(number);
            (validator.seal, validator.lottery, validator.vote) =
                (keys.seal, keys.lottery, keys.vote);
        }
        let validators: Vec<_> = spec.validators.iter().map(|one| one.account).collect();
        let stake = spec.staking.as_mut().unwrap();
        stake.validator_bond = validator_bond;
        stake.parameters.election.seats = seats;
        for (account, balance, bond, targets) in nominators {
            spec.balances.push((*account, *balance));
            if bond.is_zero() {
                continue;
            }
            let targets = targets.iter().map(|target| validators[*target]).collect();
            stake.nominators.push(GenesisNominator { account: *account, bond: *bond, targets });
        }
        spec.check().unwrap();
        Self { chain: Chain::of(&spec, Seeded(None)), validators }
    }

    /// The era of the last block.
    pub(super) fn era(&self) -> Era {
        active_era(self.chain.dump())
    }

    /// A block in the next slot by the next validator that may, with a call of `sender`.
    pub(super) fn block(&mut self, sender: AccountId, call: &Call) -> Made {
        let slot = self.chain.slot().saturating_add(1);
        let transaction = Transaction {
            sender,
            nonce: query::account(self.chain.dump(), sender).nonce,
            last_valid_slot: slot,
            tip: Balance::ZERO,
            call: encode(call),
        };
        let transaction = self.chain.sign(transaction).unwrap();
        let members = self.chain.session.current().members();
        let out = offence::disabled(self.chain.dump(), self.era());
        let able: Vec<u32> = (0..)
            .zip(members)
            .filter(|(_, member)| !out.contains(&member.account))
            .map(|(index, _)| index)
            .collect();
        let turn = usize::try_from(slot.0).unwrap() % able.len();
        // A session may begin with this block, and its list is not known here: the first place is in every list.
        let begins = slot.0.is_multiple_of(EPOCH);
        self.chain.author = AuthorityIndex(if begins { able[0] } else { able[turn] });
        let made = self.chain.block(1, &transaction);
        assert_eq!(self.chain.slot(), slot, "nobody is refused its block");
        check_state(self.chain.dump()).unwrap();
        made
    }

    /// A block with a call that must succeed.
    pub(super) fn act(&mut self, sender: AccountId, call: &Call) {
        assert_eq!(self.block(sender, call).outcome.unwrap().result, Ok(()), "{call:?}");
    }

    /// A block with a call that must be carried out and refused.
    pub(super) fn refused(&mut self, sender: AccountId, call: &Call) -> DispatchError {
        self.block(sender, call).outcome.unwrap().result.unwrap_err()
    }

    /// Lets slots pass until the block after which `until` holds; every slot has a block.
    pub(super) fn pass(&mut self, until: impl Fn(&Self) -> bool) {
        let idle = Call::System(SystemCall::Remark { bytes: Vec::new() });
        for _ in 0..20 * EPOCH {
            if until(self) {
                return;
            }
            let sender = self.validators[0];
            self.block(sender, &idle);
        }
        panic!("nothing comes of waiting in slot {}", self.chain.slot());
    }

    /// To the first block after the next election, whose era it returns.
    pub(super) fn election(&mut self) -> Era {
        let era = era::elected_era(self.chain.dump()).saturating_add(1);
        self.pass(|one| era::elected_era(one.chain.dump()) == era);
        era
    }

    /// To the first block of `era`.
    pub(super) fn reach_era(&mut self, era: Era) {
        self.pass(|one| one.era() >= era);
    }

    pub(super) fn free(&self, account: AccountId) -> Balance {
        query::account(self.chain.dump(), account).free
    }

    /// Free and held.
    pub(super) fn wealth(&self, account: AccountId) -> Balance {
        query::account(self.chain.dump(), account).total()
    }

    pub(super) fn bond_of(&self, account: AccountId) -> Bond {
        ledger::bond_of(self.chain.dump(), account).unwrap_or_default()
    }

    /// Who has a seat in an era.
    pub(super) fn seats(&self, era: Era) -> Vec<AccountId> {
        era::seats(self.chain.dump(), era).into_iter().map(|seat| seat.account).collect()
    }

    /// With how much `account` stands behind `validator` in an era, as its nominator or as itself.
    pub(super) fn behind(&self, era: Era, validator: AccountId, account: AccountId) -> Balance {
        let state = self.chain.dump();
        if account == validator {
            return era::exposure(state, era, validator).map_or(Balance::ZERO, |one| one.own);
        }
        let page = era::exposure_page(state, era, validator, 0);
        page.iter().find(|(who, _)| *who == account).map_or(Balance::ZERO, |(_, stake)| *stake)
    }

    /// With how much `account` stands behind anybody in an era.
    pub(super) fn exposed(&self, era: Era, account: AccountId) -> Balance {
        let behind = self.seats(era).into_iter().map(|one| self.behind(era, one, account));
        behind.fold(Balance::ZERO, Balance::saturating_add)
    }

    /// Everything that is exposed in an era.
    pub(super) fn stake(&self, era: Era) -> Balance {
        era::era_info(self.chain.dump(), era).unwrap().stake
    }

    pub(super) fn is_disabled(&self, validator: AccountId) -> bool {
        offence::disabled(self.chain.dump(), self.era()).contains(&validator)
    }

    /// Proof that the validators with these numbers have sealed the slot of the head twice, brought by `reporter`.
    pub(super) fn accuse(&mut self, numbers: &[usize], reporter: AccountId) {
        let head = self.chain.head.clone();
        for number in numbers {
            let report = Box::new(self.report(*number, &head, reporter));
            let call = Call::Staking(staking::Call::Offence(OffenceCall::Report { report }));
            self.act(reporter, &call);
        }
    }

    fn report(&self, number: usize, head: &Header, beneficiary: AccountId) -> Report {
        let genesis = self.chain.runtime.genesis();
        let key = u32::try_from(number).unwrap();
        let [one, other] = [b"one", b"two"].map(|mark| {
            let mut unsealed = head.unsealed.clone();
            unsealed.body_root = Hash::of(mark);
            let seal = seal_as(key, genesis, &unsealed.seal_statement());
            Sealed::of(&Header { unsealed, seal })
        });
        let proof = SealEquivocation::new(session_keys(key).seal, one, other);
        let validators = self.chain.session.current();
        let account = self.validators[number];
        let place = validators.members().iter().position(|one| one.account == account).unwrap();
        let index = AuthorityIndex(u32::try_from(place).unwrap());
        Report {
            evidence: Evidence::Seals(Box::new(proof)),
            session: self.chain.session.number(),
            membership: prove_membership(validators, index).unwrap(),
            beneficiary,
        }
    }

    /// What is expected of the numbers of the specification.
    pub(super) fn bonding_eras(&self) -> u32 {
        staking::parameters(self.chain.dump()).unwrap().bonding.bonding_eras
    }

    /// The reporter's part of slashes.
    pub(super) fn reporter_share(&self) -> Perbill {
        staking::parameters(self.chain.dump()).unwrap().offences.reporter_share
    }
}
