//! The life of referenda beside Parity's own modules, unchanged, in a runtime of their own.
//!
//! Random sequences of calls and blocks go to both sides. After every step, refusals, events, phases, tallies,
//! votes, delegations, locks, deposits, queues, alarms, scheduled enactments and preimages must be equal. A
//! sequence that tells the sides apart is made as short as it goes and printed.

// Without them the other side goes on where it calls its own state wrong, and tells something else from there on.
#[cfg(not(debug_assertions))]
compile_error!(
    "the other side's own assertions are part of this comparison: build it without --release"
);

mod action;
mod mock;
mod ours;
mod peer;
mod tracks;
mod view;

use action::{ACCOUNTS, Action, sequence};
use ours::Ours;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

/// The seed of all sequences, printed with the result.
const SEED: u64 = 0x5e81_0006;
/// Steps of a sequence.
const STEPS: usize = 80;
/// What the treasury starts with.
const TREASURY_STARTS_WITH: u64 = 4_000;

/// What sequences have to meet, at least once in a hundred.
const MUST_MEET: [&str; 20] = [
    "a full queue",
    "! MaxVotesReached",
    "! AlreadyDelegating",
    "! NoPermissionYet",
    "Referenda Submitted",
    "Referenda DecisionStarted",
    "Referenda ConfirmStarted",
    "Referenda ConfirmAborted",
    "Referenda Confirmed",
    "Referenda Rejected",
    "Referenda TimedOut",
    "Referenda Cancelled",
    "Referenda Killed",
    "Referenda DecisionDepositRefunded",
    "Referenda SubmissionDepositRefunded",
    "Scheduler Dispatched",
    "Scheduler CallUnavailable",
    "Voting Delegated",
    "Voting VoteRemoved",
    "Preimages Cleared",
];

/// What a comparison of one sequence comes to.
#[derive(Debug)]
enum Compared {
    /// The sides are equal after every step.
    Equal,
    /// After this step they are not.
    Different { step: usize, what: String },
    /// One of the debug assertions of the other side fails in this step: it calls its own state wrong.
    TheyAssert { step: usize, what: String },
}

fn compare(actions: &[Action], met: &mut BTreeMap<String, u64>) -> Compared {
    let mut ours = Ours::new();
    let accounts: Vec<(u64, u64)> =
        ACCOUNTS.into_iter().chain([(mock::TREASURY, TREASURY_STARTS_WITH)]).collect();
    let mut theirs = mock::genesis(&accounts);
    theirs.execute_with(|| {
        let mut referenda = 0;
        for (step, action) in actions.iter().enumerate() {
            referenda += u32::from(matches!(action, Action::Submit { .. }));
            let their_result = match catch_unwind(AssertUnwindSafe(|| peer::act(action))) {
                Ok(result) => result,
                Err(panic) => {
                    let what = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                    return Compared::TheyAssert { step, what };
                }
            };
            let our_result = ours.act(action);
            if our_result != their_result {
                let what = format!("result\n  ours   {our_result:?}\n  theirs {their_result:?}");
                return Compared::Different { step, what };
            }
            let (our_view, their_view) = (ours.view(referenda), peer::view(referenda));
            if let Some(what) = our_view.difference(&their_view) {
                return Compared::Different { step, what };
            }
            for what in our_view.met().chain(our_result.err().map(|error| format!("! {error}"))) {
                *met.entry(what).or_default() += 1;
            }
        }
        Compared::Equal
    })
}

/// The shortest sequence found that still tells the sides apart: its end is cut, then each action is tried
/// to be left out.
fn shortened(actions: &[Action]) -> (Vec<Action>, String) {
    let mut shortest = actions.to_vec();
    let mut what = String::new();
    while let Compared::Different { step, what: found } = compare(&shortest, &mut BTreeMap::new()) {
        shortest.truncate(step + 1);
        what = found;
        let shorter = (0..shortest.len()).find_map(|left_out| {
            let mut shorter = shortest.clone();
            shorter.remove(left_out);
            matches!(compare(&shorter, &mut BTreeMap::new()), Compared::Different { .. })
                .then_some(shorter)
        });
        match shorter {
            Some(shorter) => shortest = shorter,
            None => break,
        }
    }
    (shortest, what)
}

/// What many sequences come to.
#[derive(Default)]
struct Summary {
    steps: usize,
    met: BTreeMap<String, u64>,
    asserted: BTreeMap<String, (u64, u64)>,
}

impl Summary {
    fn add(&mut self, seed: u64, actions: &[Action]) {
        match compare(actions, &mut self.met) {
            Compared::Equal => self.steps += actions.len(),
            Compared::TheyAssert { step, what } => {
                self.steps += step;
                let kind = what.chars().filter(|letter| !letter.is_ascii_digit()).collect();
                self.asserted.entry(kind).or_insert((0, seed)).0 += 1;
            }
            Compared::Different { .. } => {
                let (shortest, what) = shortened(actions);
                panic!("seed {seed:#x}: the sides differ after\n{shortest:#?}\nin {what}");
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.steps += other.steps;
        for (what, count) in other.met {
            *self.met.entry(what).or_default() += count;
        }
        for (what, (count, seed)) in other.asserted {
            self.asserted.entry(what).or_insert((0, seed)).0 += count;
        }
    }
}

/// Compares sequences on all cores but one; the numbers are dealt out, so every run takes the same.
fn summary(count: u64) -> Summary {
    let threads = thread::available_parallelism().map_or(1, |n| n.get().max(2) - 1) as u64;
    thread::scope(|scope| {
        let share = |first: u64| {
            scope.spawn(move || {
                let mut summary = Summary::default();
                for number in (first..count).step_by(threads as usize) {
                    let seed = SEED.wrapping_add(number);
                    summary.add(seed, &sequence(seed, STEPS));
                }
                summary
            })
        };
        let running: Vec<_> = (0..threads).map(share).collect();
        let mut all = Summary::default();
        for thread in running {
            all.merge(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        all
    })
}

#[test]
fn random_sequences_give_the_same_step_for_step() {
    let count = serin_peers::inputs(300);
    let all = summary(count);
    println!("{count} sequences from {SEED:#x}, {} steps", all.steps);
    for (what, count) in &all.met {
        println!("{count:>9} {what}");
    }
    for (what, (count, seed)) in &all.asserted {
        println!("{count:>9} ended where the other side asserts, first {seed:#x}: {what}");
    }
    for what in MUST_MEET {
        let met = all.met.get(what).copied().unwrap_or_default();
        assert!(met > count / 100, "{what} was met {met} times: the sequences say too little");
    }
    let asserted: u64 = all.asserted.values().map(|(count, _)| count).sum();
    assert!(asserted <= count / 20, "too many sequences ended early");
}

/// Sequences that once told the sides apart, as short as they got. In both, a decision starts from the queue in a
/// slot in which its referendum is looked at for a vote: it then has two alarms, and the first to ring shows.
#[test]
fn sequences_that_once_told_the_sides_apart_no_longer_do() {
    use action::{Ballot, Deed, Named, Who};
    let submit = |who, powers, delay| Action::Submit {
        who: Who::Account(who),
        powers,
        deed: Deed::Remark(1),
        named: Named::Inline,
        at: false,
        delay,
    };
    let deposit = |who, index| Action::PlaceDecisionDeposit { who: Who::Account(who), index };
    let vote = |who, index, aye, balance| Action::Vote {
        who: Who::Account(who),
        index,
        ballot: Ballot::Standard { aye, conviction: 1, balance },
    };
    let sequences = [
        vec![
            submit(4, Who::Root, 2),
            submit(4, Who::Root, 1),
            deposit(3, 0),
            submit(5, Who::Track(30), 10),
            Action::Advance(3),
            deposit(2, 1),
            Action::Cancel { who: Who::Root, index: 0 },
            vote(1, 1, false, 68),
            Action::Advance(3),
            vote(4, 1, true, 9),
            deposit(1, 2),
            Action::Advance(10),
        ],
        vec![
            submit(4, Who::Track(20), 4),
            submit(2, Who::Track(31), 10),
            Action::Advance(3),
            submit(1, Who::Track(20), 8),
            Action::Advance(2),
            deposit(1, 0),
            Action::Advance(6),
            deposit(3, 2),
            Action::Advance(2),
            vote(3, 1, true, 1_135),
            vote(3, 2, true, 1_505),
            Action::Advance(2),
        ],
    ];
    for actions in sequences {
        let compared = compare(&actions, &mut BTreeMap::new());
        assert!(matches!(compared, Compared::Equal), "{compared:#?}");
    }
}

/// A published alarm can fall into the past, since the published inverse of a curve is not minimal: the other side asserts
/// that this cannot be, and without its assertions it leaves the referendum without an alarm until somebody votes. Here
/// it is looked at in the next slot.
#[test]
fn where_the_other_side_sets_an_alarm_in_the_past_it_calls_that_wrong_itself() {
    use action::{Ballot, Deed, Named, Who};
    let split = |who, aye, nay| Action::Vote {
        who: Who::Account(who),
        index: 0,
        ballot: Ballot::Split { aye, nay },
    };
    let actions = [
        Action::Submit {
            who: Who::Account(2),
            powers: Who::Track(21),
            deed: Deed::Cancel(0),
            named: Named::WrongLength,
            at: false,
            delay: 9,
        },
        split(5, 101, 145),
        split(4, 301, 424),
        Action::PlaceDecisionDeposit { who: Who::Account(1), index: 0 },
        Action::Advance(1),
        Action::Vote {
            who: Who::Account(1),
            index: 0,
            ballot: Ballot::Standard { aye: true, conviction: 0, balance: 407 },
        },
        Action::Advance(2),
    ];
    let compared = compare(&actions, &mut BTreeMap::new());
    let Compared::TheyAssert { step, what } = compared else { panic!("{compared:#?}") };
    assert_eq!(step, actions.len() - 1, "{what}");
    assert!(what.contains("Unable to schedule a new alarm"), "{what}");
}
