//! Stories of governance on the runtime alone: the life of a root referendum with Kusama's numbers, and three attacks.
//!
//! Every block is looked at by the oracles of this folder and by the runtime's own invariants: tallies against a recount,
//! locks against promises, deposits, money, and that what is enacted was approved.

use super::chain::{Chain, Made, treasury};
use super::judge::Judge;
use super::script::Step;
use crate::launch::clock::Stopwatch;
use crate::mutants::Seeded;
use serin_governance::referenda::{
    Enactment, Outcome, Phase, ReferendaCall, ReferendaEvent, Referendum,
};
use serin_governance::scheduler::Proposal;
use serin_governance::treasury::TreasuryCall;
use serin_governance::voting::{AccountVote, Conviction, VotingCall};
use serin_governance::{
    Call as Governance, Event as GovernanceEvent, Origin, ReferendumIndex, TrackId,
};
use serin_node::chain_spec::ChainSpec;
use serin_node::runtime::{Call, Event, SystemCall, query};
use serin_state::codec::encode;
use serin_state::types::{AccountId, Balance, Millis, Transaction};

/// The first referendum.
const FIRST: ReferendumIndex = ReferendumIndex(0);
/// A track for one referendum at a time: 2 slots of preparation, 30 of decision, 4 of confirmation, 6 to enactment.
const SMALL: TrackId = TrackId(30);

/// A chain under the eyes of the judge.
struct Play {
    chain: Chain,
    judge: Judge,
    blocks: u64,
}

impl Play {
    fn of(chain: Chain) -> Self {
        let judge = Judge::new(&chain);
        Self { chain, judge, blocks: 0 }
    }

    fn who(&self, number: usize) -> AccountId {
        self.chain.accounts[number]
    }

    fn free(&self, number: usize) -> Balance {
        query::account(self.chain.dump(), self.who(number)).free
    }

    /// A share of what an account has, in percent.
    fn share(&self, number: usize, percent: u128) -> Balance {
        Balance((self.free(number).0 / 100).saturating_mul(percent))
    }

    /// A block so many slots later with one call, which every oracle looks at.
    fn ask(&mut self, slots: u64, number: usize, call: &Call) -> Made {
        let sender = self.who(number);
        let transaction = Transaction {
            sender,
            nonce: query::account(self.chain.dump(), sender).nonce,
            last_valid_slot: self.chain.slot().saturating_add(slots),
            tip: Balance::ZERO,
            call: encode(call),
        };
        let transaction = self.chain.sign(transaction).unwrap();
        let before = self.chain.dump().clone();
        let made = self.chain.block(slots, &transaction);
        let step = Step { slots, sender, call: call.clone(), transaction };
        self.judge.look(&self.chain, &before, (self.blocks, &step), &made).unwrap();
        self.blocks = self.blocks.saturating_add(1);
        made
    }

    /// As [`Play::ask`] in the next slot, where the call has to succeed.
    fn act(&mut self, number: usize, call: &Call) {
        let made = self.ask(1, number, call);
        let outcome = made.outcome.unwrap();
        assert_eq!(outcome.result, Ok(()), "{call:?}");
    }

    fn vote(&mut self, number: usize, vote: AccountVote) {
        self.act(number, &voting(VotingCall::Vote { index: FIRST, vote, reason: None }));
    }

    /// Lets slots pass, with a block after every `every` of them; what happened in blocks.
    fn pass(&mut self, slots: u64, every: u64) -> Vec<Event> {
        let mut events = Vec::new();
        let end = self.chain.slot().saturating_add(slots);
        while self.chain.slot() < end {
            let left = end.since(self.chain.slot()).min(every);
            let idle = Call::System(SystemCall::Remark { bytes: Vec::new() });
            events.extend(self.ask(left, 5, &idle).events);
        }
        events
    }

    fn phase(&self) -> Phase {
        match query::referendum(self.chain.dump(), FIRST).unwrap() {
            Referendum::Ongoing(ongoing) => ongoing.phase,
            Referendum::Ended(ended) => Phase::Ended(ended.outcome),
        }
    }

    /// Submits a tip for a track and pays its decision deposit.
    fn propose(&mut self, track: TrackId, amount: Balance) {
        let beneficiary = AccountId([9; 32]);
        let tip = Call::Governance(Governance::Treasury(TreasuryCall::Tip { amount, beneficiary }));
        self.act(0, &submit(track, &tip));
        self.act(1, &referenda(ReferendaCall::PlaceDecisionDeposit { index: FIRST }));
    }
}

fn submit(track: TrackId, call: &Call) -> Call {
    let proposal = Proposal::Inline(encode(call));
    let origin = if track == TrackId::ROOT { Origin::Root } else { Origin::Track(track) };
    referenda(ReferendaCall::Submit { origin, proposal, enactment: Enactment::After(0) })
}

const fn referenda(call: ReferendaCall) -> Call {
    Call::Governance(Governance::Referenda(call))
}

const fn voting(call: VotingCall) -> Call {
    Call::Governance(Governance::Voting(call))
}

const fn standard(aye: bool, conviction: Conviction, balance: Balance) -> AccountVote {
    AccountVote::Standard { aye, conviction, balance }
}

fn small() -> Play {
    Play::of(Chain::new(Seeded(None)))
}

/// How often a kind of event happened.
fn count(events: &[Event], is_it: fn(&ReferendaEvent) -> bool) -> usize {
    let found = events.iter().filter(|event| match event {
        Event::Governance(GovernanceEvent::Referenda(event)) => is_it(event),
        Event::System(_) | Event::Balances(_) | Event::Governance(_) | Event::Staking(_) => false,
    });
    found.count()
}

#[test]
fn the_sixteen_days_of_a_root_referendum_on_kusama_take_less_than_a_second() {
    let stopwatch = Stopwatch::start();
    let mut spec = ChainSpec::kusama(4, Millis(1_000_000_000_000));
    for (account, amount) in &mut spec.balances {
        if *account == treasury() {
            *amount = Balance::tokens(1_000);
        }
    }
    let mut play = Play::of(Chain::of(&spec, Seeded(None)));
    play.propose(TrackId::ROOT, Balance::tokens(7));
    // One votes, one delegates to it, one splits: too little support but for the last days.
    let lent = play.share(3, 30);
    let (track, to, conviction) = (TrackId::ROOT, play.who(2), Conviction::Locked1x);
    play.act(3, &voting(VotingCall::Delegate { track, to, conviction, balance: lent }));
    play.vote(2, standard(true, Conviction::Locked2x, play.share(2, 10)));
    let (aye, nay) = (play.share(4, 2), play.share(4, 3));
    play.vote(4, AccountVote::Split { aye, nay });

    let mut events = play.pass(1, 1);
    let mut slots = 0;
    while play.phase() != Phase::Ended(Outcome::Approved) {
        events.extend(play.pass(600, 600));
        slots += 600;
        assert!(slots <= 16 * 14_400, "still {:?}", play.phase());
    }
    let paid = |play: &Play| query::account(play.chain.dump(), AccountId([9; 32])).free;
    assert_eq!(paid(&play), Balance::ZERO, "it is enacted a day later");
    play.pass(14_400, 600);
    assert_eq!(paid(&play), Balance::tokens(7));
    assert_eq!(count(&events, |event| matches!(event, ReferendaEvent::ConfirmStarted { .. })), 1);
    let (millis, days) = (stopwatch.millis(), play.chain.slot().0 / 14_400);
    println!("{days} days of slots in {millis} ms, with {} blocks", play.blocks);
    assert!(days >= 3, "a day to confirm and a day to enact at least");
    assert!(millis < 1_000, "{millis} ms");
}

#[test]
fn a_last_minute_vote_ends_what_confirms_after_its_period_unless_it_is_a_slot_late() {
    // How many slots before its approval the attacker's block is made, and what comes of it.
    for (early, expected) in [(1, Outcome::Rejected), (0, Outcome::Approved)] {
        let mut play = small();
        play.propose(SMALL, Balance::tokens(1));
        while !matches!(play.phase(), Phase::Deciding { .. }) {
            play.pass(1, 1);
        }
        // Validators have twice what others have: 3.2 million for it, and 0.9 with six times the weight against.
        // The support comes late, so that confirmation runs past the period, as that of Kusama's referendum 291 did.
        play.pass(25, 1);
        for number in 0..4 {
            play.vote(number, standard(true, Conviction::Locked1x, play.share(number, 40)));
        }
        while !matches!(play.phase(), Phase::Confirming { .. }) {
            play.pass(1, 1);
        }
        let Phase::Confirming { since, until } = play.phase() else { unreachable!() };
        assert!(until.since(since) > 30, "confirmation runs past the period");
        play.pass(until.since(play.chain.slot()) - early - 1, 1);
        let vote = standard(false, Conviction::Locked6x, play.share(4, 90));
        play.ask(1, 4, &voting(VotingCall::Vote { index: FIRST, vote, reason: None }));
        play.pass(3, 1);
        assert_eq!(play.phase(), Phase::Ended(expected), "{early} slots before");
    }
}

#[test]
fn a_bribed_delegate_turns_what_was_lent_to_it_until_the_owner_votes_himself() {
    for owner_votes in [false, true] {
        let mut play = small();
        play.propose(SMALL, Balance::tokens(1));
        for owner in [2, 3, 4] {
            let (to, balance) = (play.who(1), play.share(owner, 90));
            let (track, conviction) = (SMALL, Conviction::Locked1x);
            play.act(owner, &voting(VotingCall::Delegate { track, to, conviction, balance }));
        }
        play.vote(1, standard(true, Conviction::None, play.share(1, 1)));
        while !matches!(play.phase(), Phase::Confirming { .. }) {
            play.pass(1, 1);
        }
        // Bribed: the same tokens now say nay. One voice of a hundredth of an endowment carries three.
        play.vote(1, standard(false, Conviction::None, play.share(1, 1)));
        assert!(matches!(play.phase(), Phase::Deciding { .. } | Phase::Confirming { .. }));
        if owner_votes {
            for owner in [2, 3, 4] {
                play.vote(owner, standard(true, Conviction::Locked1x, play.share(owner, 90)));
            }
        }
        play.pass(45, 1);
        let expected = if owner_votes { Outcome::Approved } else { Outcome::Rejected };
        assert_eq!(play.phase(), Phase::Ended(expected), "the owners vote: {owner_votes}");
    }
}

#[test]
fn a_farmer_of_empty_proposals_is_paid_nothing_and_loses_deposits_and_fees() {
    let mut play = small();
    let before = query::account(play.chain.dump(), play.who(0)).total();
    let empty = Call::System(SystemCall::Remark { bytes: vec![1, 2, 3] });
    for _ in 0..12 {
        play.act(0, &submit(SMALL, &empty));
    }
    let account = query::account(play.chain.dump(), play.who(0));
    let deposit = query::governance(play.chain.dump()).referenda.submission_deposit;
    let held: u128 = account.holds.iter().map(|hold| hold.amount.0).sum();
    assert_eq!(held, deposit.0 * 12, "each proposal binds a deposit");
    // Nobody pays for a decision: all time out, and the deposits stay bound for ever.
    let timeout = query::governance(play.chain.dump()).referenda.undeciding_timeout;
    let events = play.pass(timeout + 20, 7);
    assert_eq!(count(&events, |event| matches!(event, ReferendaEvent::TimedOut { .. })), 12);
    let refund = referenda(ReferendaCall::RefundSubmissionDeposit { index: FIRST });
    assert!(play.ask(1, 0, &refund).outcome.unwrap().result.is_err());
    let account = query::account(play.chain.dump(), play.who(0));
    let bound: u128 = account.holds.iter().map(|hold| hold.amount.0).sum();
    assert_eq!(bound, held);
    assert!(account.total() < before, "fees are gone, and nothing came in");
}

/// What a farmer gains with twelve empty proposals, voting on each from three accounts with the least capital that counts: in
/// rewards, and in all, of tokens that are free in the end.
#[expect(clippy::arithmetic_side_effects, reason = "amounts of a test are far from every bound")]
fn farm(votes_max: u32, budget: Balance) -> (u128, i128) {
    let mut spec = Chain::specification();
    let rule = &mut spec.governance.participation;
    (rule.votes_max, rule.budget, rule.period_slots) = (votes_max, budget, 100_000);
    let reward = rule.reward;
    let mut play = Play::of(Chain::of(&spec, Seeded(None)));
    let wealth = |play: &Play| [0, 2, 3].iter().map(|one| play.free(*one).0).sum::<u128>();
    let before = wealth(&play);
    let empty = Call::System(SystemCall::Remark { bytes: vec![1, 2, 3] });
    let mut rewards = 0;
    for number in 0..12 {
        let index = ReferendumIndex(number);
        play.act(0, &submit(SMALL, &empty));
        play.act(0, &referenda(ReferendaCall::PlaceDecisionDeposit { index }));
        let vote = standard(true, Conviction::None, Balance::tokens(1));
        for who in [0, 2, 3] {
            play.act(who, &voting(VotingCall::Vote { index, vote, reason: None }));
        }
        play.pass(45, 5);
        for who in [0, 2, 3] {
            let removal = voting(VotingCall::RemoveVote { track: Some(SMALL), index });
            let made = play.ask(1, who, &removal);
            let events = made.outcome.unwrap().events;
            let is_reward = |event: &&Event| {
                matches!(event, Event::Governance(GovernanceEvent::Participation(_)))
            };
            rewards += u128::try_from(events.iter().filter(is_reward).count()).unwrap();
        }
        play.act(0, &referenda(ReferendaCall::RefundDecisionDeposit { index }));
    }
    let gained = i128::try_from(wealth(&play)).unwrap() - i128::try_from(before).unwrap();
    (rewards * reward.0, gained)
}

#[test]
fn a_farmer_of_empty_proposals_earns_what_the_caps_allow_and_no_more() {
    let token = Balance::tokens(1).0;
    let unlimited = farm(u32::MAX, Balance::tokens(1_000_000));
    let by_voter = farm(2, Balance::tokens(1_000_000));
    let by_all = farm(u32::MAX, Balance::tokens(5));
    println!(
        "rewards and gain in units: {unlimited:?} unlimited, {by_voter:?} with two votes an account, {by_all:?} with a budget of 5"
    );
    assert_eq!(unlimited.0, 12 * 3 * 2 * token, "every vote on every empty proposal");
    assert!(unlimited.1 > 0, "without caps it pays: {unlimited:?}");
    assert_eq!(by_voter.0, 2 * 3 * 2 * token, "an account is paid for two votes");
    assert_eq!(by_all.0, 4 * token, "a budget of five pays two rewards of two");
    // Twelve proposals cost 0.44 tokens in fees and bound deposits: the caps bound the attack, prices do not.
    let costs = |(rewards, gained): (u128, i128)| i128::try_from(rewards).unwrap() - gained;
    assert_eq!(costs(by_all).unsigned_abs() * 100 / token, 44);
}
