//! The life of a root referendum with Kusama's numbers, told line by line: 16 days of slots, most of them empty.
//!
//! Inputs: the preset `kusama` alone. One votes, one delegates to it, one splits its vote; so few tokens that support is
//! reached on the last day only. Nothing is drawn, so every run tells the same. Outputs: the events of governance and, once a
//! day, how the referendum stands. Bounds: a block an hour, for 18 days at most.

use super::chain::{Chain, Made, treasury};
use crate::mutants::Seeded;
use serde::Serialize;
use serin_governance::referenda::insight::Insight;
use serin_governance::referenda::{Enactment, ReferendaCall, ReferendaEvent, Referendum, Rules};
use serin_governance::scheduler::Proposal;
use serin_governance::tally::Tally;
use serin_governance::treasury::TreasuryCall;
use serin_governance::voting::{AccountVote, Conviction, VotingCall};
use serin_governance::{Call as Governance, Event as Of, Origin, ReferendumIndex, TrackId};
use serin_node::chain_spec::ChainSpec;
use serin_node::runtime::{Call, Event, SystemCall, query};
use serin_state::codec::encode;
use serin_state::types::{AccountId, Balance, Millis, Transaction};

/// The referendum that is told of.
const INDEX: ReferendumIndex = ReferendumIndex(0);
/// Slots of 6 seconds in an hour, and in a day.
const HOUR: u64 = 600;
const DAY: u64 = 24 * HOUR;
/// Days after which the story has to be over.
const DAYS_MAX: u64 = 18;
/// Whom it pays, and how much.
const BENEFICIARY: AccountId = AccountId([9; 32]);
const AMOUNT: Balance = Balance::tokens(7);
/// Who asks where nobody in the story does.
const IDLE: usize = 5;

/// What happened at a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The slot of the block.
    pub slot: u64,
    /// That as a day from 0 on, hours and minutes: `day 3 14:00`.
    pub time: String,
    /// An event, or how the referendum stands.
    pub what: String,
}

/// The whole story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Life {
    /// In the order of their slots.
    pub lines: Vec<Line>,
    /// Blocks that were made.
    pub blocks: u64,
    /// Slots from genesis to the payment.
    pub slots: u64,
    /// What the beneficiary has at the end, in units.
    pub paid: Balance,
}

/// Plays the story from the submission to the payment.
///
/// # Errors
/// A sentence with the call that was refused, or where the story stood after 18 days.
pub fn root_referendum() -> Result<Life, String> {
    let mut spec = ChainSpec::kusama(4, Millis(1_000_000_000_000));
    for (account, amount) in &mut spec.balances {
        if *account == treasury() {
            *amount = Balance::tokens(1_000);
        }
    }
    let chain = Chain::of(&spec, Seeded(None));
    let mut teller = Teller { chain, lines: Vec::new(), blocks: 0, tally: None };
    teller.begin()?;
    let mut next = DAY;
    while teller.paid().is_zero() {
        if teller.chain.slot().0 > DAYS_MAX * DAY {
            return Err(format!("not paid after {DAYS_MAX} days"));
        }
        let idle = Call::System(SystemCall::Remark { bytes: Vec::new() });
        teller.block((HOUR, IDLE), &idle)?;
        if teller.chain.slot().0 >= next {
            teller.tell_standing();
            next = next.saturating_add(DAY);
        }
    }
    let (slots, paid) = (teller.chain.slot().0, teller.paid());
    Ok(Life { lines: teller.lines, blocks: teller.blocks, slots, paid })
}

/// The chain, and what was told of it so far.
struct Teller {
    chain: Chain,
    lines: Vec<Line>,
    blocks: u64,
    /// How the votes stand, from the start of the decision on; nobody votes after that.
    tally: Option<Tally>,
}

impl Teller {
    /// Submission, deposit and votes, a block each.
    fn begin(&mut self) -> Result<(), String> {
        let payment =
            Governance::Treasury(TreasuryCall::Tip { amount: AMOUNT, beneficiary: BENEFICIARY });
        let proposal = Proposal::Inline(encode(&Call::Governance(payment)));
        let (origin, enactment) = (Origin::Root, Enactment::After(0));
        let part = |of: u128| Balance(self.electorate().0.checked_div(of).unwrap_or_default());
        let (balance, half) = (part(1_000), part(4_000));
        let (track, conviction) = (TrackId::ROOT, Conviction::Locked1x);
        let to = self.who(2)?;
        let of = |vote| Governance::Voting(VotingCall::Vote { index: INDEX, vote, reason: None });
        let calls: [(usize, Governance); 5] = [
            (0, Governance::Referenda(ReferendaCall::Submit { origin, proposal, enactment })),
            (1, Governance::Referenda(ReferendaCall::PlaceDecisionDeposit { index: INDEX })),
            (3, Governance::Voting(VotingCall::Delegate { track, to, conviction, balance })),
            (2, of(AccountVote::Standard { aye: true, conviction, balance })),
            (4, of(AccountVote::Split { aye: half, nay: half })),
        ];
        for (number, call) in calls {
            self.block((1, number), &Call::Governance(call))?;
        }
        Ok(())
    }

    fn who(&self, number: usize) -> Result<AccountId, String> {
        let found = self.chain.accounts.get(number).copied();
        found.ok_or_else(|| format!("the specification has no account {number}"))
    }

    fn paid(&self) -> Balance {
        query::account(self.chain.dump(), BENEFICIARY).free
    }

    fn electorate(&self) -> Balance {
        let held = query::account(self.chain.dump(), treasury()).total();
        query::issuance(self.chain.dump()).saturating_sub(held)
    }

    /// A block so many slots later with one call of an account, and the events of governance in it.
    fn block(&mut self, (slots, number): (u64, usize), call: &Call) -> Result<(), String> {
        let sender = self.who(number)?;
        let transaction = Transaction {
            sender,
            nonce: query::account(self.chain.dump(), sender).nonce,
            last_valid_slot: self.chain.slot().saturating_add(slots),
            tip: Balance::ZERO,
            call: encode(call),
        };
        let signed = self.chain.sign(transaction).ok_or("a signature is refused")?;
        let Made { outcome, events } = self.chain.block(slots, &signed);
        let outcome = match outcome {
            Ok(outcome) => Some(outcome),
            // Elections can take a whole block; who does nothing loses nothing.
            Err(_) if number == IDLE => None,
            Err(error) => return Err(format!("{call:?}: {error}")),
        };
        if let Some(Err(error)) = outcome.as_ref().map(|outcome| outcome.result) {
            return Err(format!("{call:?}: {error}"));
        }
        self.blocks = self.blocks.saturating_add(1);
        let of_call = outcome.iter().flat_map(|outcome| &outcome.events);
        for event in of_call.chain(&events) {
            if let Event::Governance(event) = event {
                if let Of::Referenda(ReferendaEvent::DecisionStarted { tally, .. }) = event {
                    self.tally = Some(*tally);
                }
                self.tell(event.to_string());
            }
        }
        Ok(())
    }

    fn tell(&mut self, what: String) {
        let slot = self.chain.slot().0;
        let (day, hour, minute) = (slot / DAY, slot % DAY / HOUR, slot % HOUR / 10);
        self.lines.push(Line { slot, time: format!("day {day} {hour:02}:{minute:02}"), what });
    }

    /// Both shares beside what the curves ask, and what comes if nothing changes; nothing unless it is being decided.
    fn tell_standing(&mut self) {
        let Some(Referendum::Ongoing(ongoing)) = query::referendum(self.chain.dump(), INDEX) else {
            return;
        };
        let parameters = query::governance(self.chain.dump()).referenda;
        let (Some(track), Some(tally)) = (parameters.track(ongoing.track), self.tally) else {
            return;
        };
        let rules = Rules {
            track,
            submitted: ongoing.submitted,
            undeciding_timeout: parameters.undeciding_timeout,
            exact_alarms: parameters.exact_alarms,
        };
        let now = self.chain.slot();
        let insight = Insight::of(&rules, now, ongoing.phase, tally, self.electorate());
        self.tell(format!(
            "approval {} of {}, support {} of {}: {insight}",
            insight.approval,
            insight.approval_threshold,
            insight.support,
            insight.support_threshold,
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_goes_through_every_stage_in_its_time() {
        let life = root_referendum().unwrap();
        let day_of = |part: &str| {
            let line = life.lines.iter().find(|line| line.what.contains(part));
            line.unwrap_or_else(|| panic!("no {part}: {:#?}", life.lines)).slot / DAY
        };
        for (part, day) in [
            ("referenda.submitted", 0),
            ("voting.delegated", 0),
            ("referenda.decision_started", 0),
            ("passes from slot", 1),
            ("referenda.confirm_started", 14),
            ("referenda.confirmed", 15),
            ("treasury.tipped", 16),
        ] {
            assert_eq!(day_of(part), day, "{part}");
        }
        assert_eq!((life.paid, life.slots / DAY), (AMOUNT, 16));
        assert_eq!(life, root_referendum().unwrap(), "every run tells the same");
    }
}
