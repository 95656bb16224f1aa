//! What holds whatever happens: random calls and blocks, some slots empty.
//!
//! Enacted once and only what was approved; deposits held are those in the rows; money is conserved; a tally is
//! open exactly while its referendum is ongoing; the calendar marks exactly the slots with an agenda.

use super::chain::{CAROL, call_of};
use super::life::parameters;
use super::{ALICE, BOB, Chain};
use crate::reasons::REFERENDUM_DEPOSIT;
use crate::referenda::{Enactment, Outcome, ReferendaCall, Referendum, deciding_count, get};
use crate::scheduler::{self, TaskName};
use crate::voting::{AccountVote, Conviction, VotingCall, ballots};
use crate::{Call, Origin, ReferendumIndex, TrackId};
use proptest::prelude::*;
use serin_state::types::{Balance, Slot};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
enum Action {
    Skip(u64),
    Call(Origin, Call),
}

fn action() -> impl Strategy<Value = Action> {
    let who = prop::sample::select(vec![ALICE, BOB, CAROL]).prop_map(Origin::Signed);
    let track = prop::sample::select(vec![0_u16, 20, 30]);
    let index = (0_u32..8).prop_map(ReferendumIndex);
    let submit = (who.clone(), track, 1_u8..200).prop_map(|(who, track, weight)| {
        let origin = if track == 0 { Origin::Root } else { Origin::Track(TrackId(track)) };
        let (proposal, enactment) = (call_of(weight), Enactment::After(u64::from(weight % 7)));
        Action::Call(who, ReferendaCall::Submit { origin, proposal, enactment }.into())
    });
    let vote = (who.clone(), index.clone(), any::<bool>(), 0_u128..900_000).prop_map(
        |(who, index, aye, balance)| {
            let (conviction, balance) = (Conviction::Locked1x, Balance(balance));
            let vote = AccountVote::Standard { aye, conviction, balance };
            Action::Call(who, VotingCall::Vote { index, vote, reason: None }.into())
        },
    );
    let of_one = (who, index, 0_u8..8).prop_map(|(who, index, which)| {
        let call = match which {
            0..=3 => ReferendaCall::PlaceDecisionDeposit { index },
            4 => ReferendaCall::RefundDecisionDeposit { index },
            5 => ReferendaCall::RefundSubmissionDeposit { index },
            6 => return Action::Call(Origin::Root, ReferendaCall::Cancel { index }.into()),
            _ => return Action::Call(Origin::Root, ReferendaCall::Kill { index }.into()),
        };
        Action::Call(who, call.into())
    });
    prop_oneof![
        2 => submit,
        5 => vote,
        4 => of_one,
        5 => (1_u64..6).prop_map(Action::Skip),
    ]
}

/// Everything that must hold between two steps.
fn check(chain: &mut Chain) {
    let enacted: Vec<_> = chain.enacted.iter().filter_map(|(_, due)| due.name).collect();
    let names: BTreeSet<TaskName> = enacted.iter().copied().collect();
    assert_eq!(names.len(), enacted.len(), "enacted twice");
    chain.with(|context| {
        let mut deposits = 0;
        let mut deciding = 0;
        for index in (0..).map(ReferendumIndex) {
            let Some(referendum) = get(context, index) else { break };
            let is_open = ballots::tally(context, index).is_some();
            let name = TaskName::enactment(index);
            let is_scheduled = scheduler::named(context, name).is_some();
            match referendum {
                Referendum::Ongoing(ongoing) => {
                    assert!(is_open && !is_scheduled && !names.contains(&name));
                    let paid = [Some(ongoing.submission_deposit), ongoing.decision_deposit];
                    deposits += paid.iter().flatten().map(|deposit| deposit.amount.0).sum::<u128>();
                    deciding += u32::from(matches!(
                        ongoing.phase,
                        crate::referenda::Phase::Deciding { .. }
                            | crate::referenda::Phase::Confirming { .. }
                    ));
                    if let Some(alarm) = ongoing.alarm {
                        let agenda = scheduler::agenda(context, alarm.slot);
                        assert!(
                            agenda[usize::try_from(alarm.index).unwrap()].is_some(),
                            "an alarm that is not there"
                        );
                    }
                }
                Referendum::Ended(ended) => {
                    assert!(!is_open);
                    let paid = [ended.submission_deposit, ended.decision_deposit];
                    deposits += paid.iter().flatten().map(|deposit| deposit.amount.0).sum::<u128>();
                    let is_approved = ended.outcome == Outcome::Approved;
                    assert_eq!(is_scheduled || names.contains(&name), is_approved);
                    assert!(!(is_scheduled && names.contains(&name)));
                }
            }
        }
        let counted: u32 =
            [0, 20, 21, 30].iter().map(|id| deciding_count(context, TrackId(*id))).sum();
        let next = scheduler::agenda(context, context.now.saturating_add(1));
        let freed = next
            .iter()
            .flatten()
            .filter(|task| matches!(task.work, scheduler::Work::FewerDeciding(_)));
        let freed = u32::try_from(freed.count()).unwrap();
        assert_eq!(counted, deciding + freed, "room is taken by what is decided or just was");
        let accounts = [ALICE, BOB, CAROL];
        let ledger = context.ledger();
        let held = accounts.map(|who| ledger.account(who).held_for(REFERENDUM_DEPOSIT).0);
        assert_eq!(held.iter().sum::<u128>(), deposits, "deposits held are those in the rows");
        let mut slot = Some(Slot::ZERO);
        while let Some(marked) = slot.and_then(|slot| scheduler::first_from(context, slot)) {
            assert!(!scheduler::agenda(context, marked).is_empty(), "a mark without agenda");
            assert!(marked > context.now, "what was due is done");
            slot = marked.next();
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_must_hold_holds_after_every_step(actions in prop::collection::vec(action(), 1..80)) {
        let mut chain = Chain::new(parameters());
        let issuance = chain.with(|context| context.ledger().issuance());
        for action in actions {
            match action {
                Action::Skip(slots) => {
                    let slot = chain.now.0 + slots;
                    chain.block(slot);
                }
                // Refusals are part of it.
                Action::Call(origin, call) => drop(chain.call(origin, call)),
            }
            check(&mut chain);
            prop_assert_eq!(chain.with(|context| context.ledger().issuance()), issuance);
        }
    }
}
