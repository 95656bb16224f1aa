//! What one run tries: who is Byzantine, how the network is split, what the adversary says to whom.
//!
//! Inputs: a class of attack and a seed. Output: a [`Plan`], a plain value; equal seeds give equal plans.
//!
//! Every class needs what its name says: `Twins` two machines with one identity, `AboveEstimate` a block that becomes
//! final above what the other side can still estimate, and so on; [`Class::meaning`] says it for each. Weights are
//! equal, unequal or skewed; the Byzantine weight is drawn from just above a third to nearly everything.
//!
//! Bounds: 4 to 13 voters and two observers.

use super::parties::{SHARES_TRIED, can_finalise, draw_sides, draw_weights, is_minority};
use super::world::{Cut, Pace};
use serin_state::random::Random;

/// A class of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Two copies of the real voter machine with one identity, one on each side.
    Twins,
    /// Byzantine voters repeat to each side what its honest voters say, in the same round.
    Splitters,
    /// Round r makes B final on one side and shows the other precommits below B; it goes on elsewhere in r + 1.
    AboveEstimate,
    /// As `AboveEstimate`, but the prevotes for B reach the other side after its precommits.
    LatePrevotes,
    /// In round r the sides see other prevotes and the same precommits, so only prevotes contradict each other.
    ForkedPrevotes,
    /// Rounds without a decision on one side, then a contradicting one.
    LateRounds,
    /// Two thirds sign a contradicting proof in a later round, and nothing that would explain it.
    Unanswered,
    /// Two thirds precommit a block that they never prevoted, and go on elsewhere.
    Baseless,
    /// Two thirds sign a contradicting proof for a round that nobody was in: long past, or far ahead.
    RoundLiars,
    /// Two thirds show honest nodes contradicting proofs in the middle of a round, and say anything besides.
    Overruled,
    /// Each side changes its voters on its own fork and goes on.
    SetChange,
    /// Two thirds sign a proof for a block beyond one that changes the voters: it is void.
    BeyondChange,
    /// Vote splitters whose sides meet again: honest nodes see both proofs and vote on.
    Healed,
    /// Nobody is Byzantine; the network is asynchronous, nodes crash.
    Honest,
    /// At most a third is Byzantine and tries one of the attacks.
    Minority,
}

impl Class {
    /// The classes with more than a third of Byzantine weight.
    pub const ATTACKS: [Self; 13] = [
        Self::Twins,
        Self::Splitters,
        Self::AboveEstimate,
        Self::LatePrevotes,
        Self::ForkedPrevotes,
        Self::LateRounds,
        Self::Unanswered,
        Self::Baseless,
        Self::RoundLiars,
        Self::Overruled,
        Self::SetChange,
        Self::BeyondChange,
        Self::Healed,
    ];
    /// The classes in which nothing may go wrong.
    pub const PEACEFUL: [Self; 2] = [Self::Honest, Self::Minority];

    /// Its name on the command line and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Twins => "twins",
            Self::Splitters => "splitters",
            Self::AboveEstimate => "above-estimate",
            Self::LatePrevotes => "late-prevotes",
            Self::ForkedPrevotes => "forked-prevotes",
            Self::LateRounds => "late-rounds",
            Self::Unanswered => "unanswered",
            Self::Baseless => "baseless",
            Self::RoundLiars => "round-liars",
            Self::Overruled => "overruled",
            Self::SetChange => "set-change",
            Self::BeyondChange => "beyond-change",
            Self::Healed => "healed",
            Self::Honest => "honest",
            Self::Minority => "minority",
        }
    }

    /// Whether the adversary needs a supermajority of its own.
    pub(super) const fn needs_quorum(self) -> bool {
        matches!(
            self,
            Self::Unanswered
                | Self::Baseless
                | Self::RoundLiars
                | Self::Overruled
                | Self::BeyondChange
        )
    }

    /// Whether nothing may go wrong in its runs.
    #[must_use]
    pub const fn is_peaceful(self) -> bool {
        matches!(self, Self::Honest | Self::Minority)
    }
}

/// What Byzantine voters say to a side, in one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Choice {
    /// What its first honest voter says.
    Echo,
    /// Everything that its honest voters say.
    EchoAll,
    /// The parent of that.
    Parent,
    /// The block below the fork.
    Base,
    /// Some say the block below the fork, so few that the rest may still win; the rest says the same.
    Half,
    /// The first block of the other side.
    Bait,
    /// Nothing.
    Withhold,
}

/// What Byzantine voters say to a side in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) prevote: Choice,
    pub(super) precommit: Choice,
}

impl Row {
    pub(super) const ECHO: Self = Self { prevote: Choice::Echo, precommit: Choice::Echo };
}

/// A crash: when, who, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crash {
    pub(super) at_ms: u64,
    pub(super) node: usize,
    pub(super) down_ms: u64,
}

/// What a run does.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) random: Random,
    pub(super) class: Class,
    /// Weight of each voter; their number is the identity.
    pub(super) weights: Vec<u64>,
    pub(super) byzantine: Vec<bool>,
    /// The side of each voter after the split; of no meaning for Byzantine ones.
    pub(super) sides: Vec<usize>,
    /// One observer on each side.
    pub(super) observers: bool,
    pub(super) engine: Engine,
    /// Of side 1, from the first round after the split on.
    pub(super) rows: Vec<Row>,
    /// Of side 1 before its fork comes.
    pub(super) row_before_fork: Option<Row>,
    /// Of side 1 in all rounds after `rows`.
    pub(super) row_after: Row,
    pub(super) pace: Pace,
    pub(super) split_ms: u64,
    pub(super) cut: Cut,
    /// Side 1 has the first block of side 0 as well.
    pub(super) shares_bait: bool,
    /// Pause between the split and the fork of side 1.
    pub(super) fork_late_ms: u64,
    /// Byzantine voters prevote for the bait on side 1 so long after the split.
    pub(super) late_prevote_ms: Option<u64>,
    /// When proofs that Byzantine voters alone sign are shown.
    pub(super) lone: LoneProofs,
    pub(super) heal_ms: Option<u64>,
    pub(super) end_ms: u64,
    pub(super) crashes: Vec<Crash>,
    /// Whether voters change in the first block of each side, and before the split.
    pub(super) changes: [bool; 3],
}

/// How Byzantine voters make up what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    /// Each runs the real machine twice.
    Twins,
    /// They follow rows.
    Rows,
}

/// When proofs that Byzantine voters alone sign are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoneProofs {
    /// Not at all.
    Never,
    /// One, so many milliseconds after the split.
    At(u64),
    /// In the middle of rounds, after honest votes.
    AfterVotes(Surprise),
}

/// Which proof honest voters are surprised with, in the middle of which round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surprise {
    /// After the first round: one for another fork than its estimate is on.
    EstimateLost,
    /// In the second round: one for the estimate of the first, which the second is made to go below.
    EstimateFinal,
    /// Any, any time.
    Drawn,
}

impl Plan {
    /// The plan of a run.
    pub(super) fn draw(class: Class, seed: u64) -> Self {
        let random = Random::from_number(seed);
        let weights = draw_weights(&random);
        let (byzantine, sides) = draw_sides(&random, class, &weights);
        let attack = if class == Class::Minority { borrowed(&random) } else { class };
        let number = |what: &str, below: u64| random.draw(what, 0, 0).below(below);
        let split_ms = 300_u64.saturating_add(number("split", 1_500));
        let mut plan = Self {
            random,
            class,
            byzantine,
            sides,
            observers: class.needs_quorum() || number("observers", 4) == 0,
            engine: if attack == Class::Twins
                || (attack == Class::SetChange && number("engine", 2) == 0)
            {
                Engine::Twins
            } else {
                Engine::Rows
            },
            rows: Vec::new(),
            row_before_fork: None,
            row_after: Row::ECHO,
            pace: Pace {
                delay_ms: (1, number("jitter", 40)),
                slot_ms: [1, 2].map(|at| random.draw("slot", at, 0).below(500).saturating_add(250)),
            },
            split_ms,
            cut: draw_cut(&random),
            shares_bait: false,
            fork_late_ms: 0,
            late_prevote_ms: None,
            lone: LoneProofs::Never,
            heal_ms: None,
            end_ms: split_ms.saturating_add(2_500).saturating_add(number("end", 1_500)),
            crashes: Vec::new(),
            changes: [false, false, number("change", 8) == 0],
            weights,
        };
        plan.script(attack);
        plan.draw_crashes();
        plan
    }

    /// What the class asks for beyond a split network.
    fn script(&mut self, attack: Class) {
        let number = |what: &str, below: u64| self.random.draw(what, 1, 0).below(below);
        match attack {
            Class::Twins => {}
            Class::Splitters => self.rows = draw_rows(&self.random),
            Class::AboveEstimate | Class::LatePrevotes => {
                self.row_before_fork =
                    Some(Row { prevote: Choice::Parent, precommit: Choice::Echo });
                self.shares_bait = true;
                self.fork_late_ms = 480_u64.saturating_add(number("late", 1_000));
                self.end_ms = self.end_ms.saturating_add(self.fork_late_ms);
                if attack == Class::LatePrevotes {
                    self.late_prevote_ms = Some(410_u64.saturating_add(number("prevote", 60)));
                }
            }
            Class::ForkedPrevotes => {
                self.rows = vec![Row { prevote: Choice::Echo, precommit: Choice::Bait }];
                self.shares_bait = true;
                self.cut.votes = [true, false];
            }
            Class::LateRounds => {
                let rounds = number("rounds", 4).saturating_add(1);
                let below = Row { prevote: Choice::Base, precommit: Choice::Base };
                self.rows = (0..rounds).map(|_| below).collect();
            }
            Class::Unanswered | Class::RoundLiars => {
                if number("silent", 3) > 0 {
                    self.row_after = Row { prevote: Choice::Withhold, precommit: Choice::Withhold };
                }
                self.lone = LoneProofs::At(700_u64.saturating_add(number("lone", 900)));
            }
            Class::BeyondChange => {
                self.row_after = Row { prevote: Choice::Withhold, precommit: Choice::Withhold };
                self.changes = [false, true, self.changes[2]];
                self.lone = LoneProofs::At(500_u64.saturating_add(number("lone", 900)));
            }
            Class::Baseless => {
                self.shares_bait = true;
                self.rows = vec![Row { prevote: Choice::Echo, precommit: Choice::Bait }];
                self.lone = LoneProofs::At(600_u64.saturating_add(number("lone", 900)));
            }
            Class::Overruled => {
                self.shares_bait = true;
                self.fork_late_ms = number("late", 60);
                let surprises = [Surprise::EstimateLost, Surprise::EstimateFinal, Surprise::Drawn];
                let surprise = self.random.draw("surprise", 1, 0).pick(&surprises).copied();
                let surprise = surprise.unwrap_or(Surprise::Drawn);
                self.lone = LoneProofs::AfterVotes(surprise);
                self.cut.rest = number("rest", 2) == 0;
                let mut rows = draw_rows(&self.random);
                if surprise == Surprise::EstimateFinal {
                    rows.insert(0, Row { prevote: Choice::Base, precommit: Choice::Base });
                }
                rows.insert(0, Row { prevote: Choice::Echo, precommit: Choice::Half });
                self.rows = rows;
            }
            Class::SetChange => {
                let which = number("changes", 3);
                self.changes = [which != 1, which != 2, self.changes[2]];
                self.end_ms = self.end_ms.saturating_add(1_500);
            }
            Class::Healed | Class::Honest | Class::Minority => {
                self.cut.keeps_back = number("keeps", 2) == 0;
                let heal_ms = 900_u64.saturating_add(number("heal", 900));
                self.heal_ms = Some(heal_ms);
                self.end_ms = self.end_ms.saturating_add(1_500);
            }
        }
    }

    fn draw_crashes(&mut self) {
        let often = if self.class == Class::Honest { 12 } else { 3 };
        for node in 0..self.weights.len() {
            let id = u64::try_from(node).unwrap_or(0);
            let number = |what: &str, below: u64| self.random.draw(what, id, 0).below(below);
            if self.byzantine.get(node) == Some(&false) && number("crash", 24) < often {
                let at_ms = number("crash at", self.end_ms);
                let down_ms = number("crash down", 900).saturating_add(20);
                self.crashes.push(Crash { at_ms, node, down_ms });
            }
        }
    }

    /// Another set for the voters of a side: other weights, perhaps without the other side's voters, such that the side
    /// can make blocks final. The same weights where none is found.
    pub(super) fn next_weights(&self, side: Option<usize>, turn: u64) -> Vec<u64> {
        for attempt in 0..SHARES_TRIED {
            let drawn = |identity: usize| {
                let id = u64::try_from(identity).unwrap_or(0);
                let sequence = turn.saturating_mul(64).saturating_add(attempt);
                let weight =
                    self.random.draw("next weight", id, sequence).below(8).saturating_add(1);
                let leaves = self.random.draw("leaves", id, sequence).below(3) == 0;
                let other = self.byzantine.get(identity) == Some(&false)
                    && side.is_some_and(|side| self.sides.get(identity) != Some(&side));
                if leaves && other { 0 } else { weight }
            };
            let weights: Vec<u64> = (0..self.weights.len()).map(drawn).collect();
            let sides = side.map_or(vec![0, 1], |side| vec![side]);
            if self.class == Class::Minority && !is_minority(&weights, &self.byzantine) {
                continue;
            }
            if sides.iter().all(|side| can_finalise(&weights, &self.byzantine, &self.sides, *side))
            {
                return weights;
            }
        }
        self.weights.clone()
    }
}

fn draw_cut(random: &Random) -> Cut {
    let coin = |what: &str| random.draw(what, 2, 0).below(3) > 0;
    Cut { blocks: coin("cut blocks"), votes: [true; 2], rest: true, keeps_back: coin("keeps back") }
}

/// The attack that a minority tries.
fn borrowed(random: &Random) -> Class {
    let tried = [
        Class::Twins,
        Class::Splitters,
        Class::AboveEstimate,
        Class::LatePrevotes,
        Class::ForkedPrevotes,
        Class::LateRounds,
        Class::SetChange,
        Class::Healed,
    ];
    random.draw("borrowed", 0, 0).pick(&tried).copied().unwrap_or(Class::Twins)
}

/// Up to three rounds of anything.
fn draw_rows(random: &Random) -> Vec<Row> {
    let choices = [
        Choice::Echo,
        Choice::Echo,
        Choice::EchoAll,
        Choice::Parent,
        Choice::Base,
        Choice::Half,
        Choice::Bait,
        Choice::Withhold,
    ];
    let choice = |at: u64, stage: u64| {
        random.draw("row", at, stage).pick(&choices).copied().unwrap_or(Choice::Echo)
    };
    let rows = random.draw("rows", 0, 0).below(4);
    (0..rows).map(|at| Row { prevote: choice(at, 0), precommit: choice(at, 1) }).collect()
}
