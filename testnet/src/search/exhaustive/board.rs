//! All boards of one tree, and on each the states that every honest voter can be in.
//!
//! Inputs: a tree, who is Byzantine, the rules. Outputs: counts, and the shortest finding.
//!
//! # Invariants
//! 1. A set of local states on a board is exact: each is reached by votes that the board has, and none is missing.
//! 2. Of boards that differ by swapping voters of one role the one is kept whose columns are sorted.
//!
//! # Bounds
//! By the model: at most 4 blocks to vote for, 5 phases, 3 honest voters.

use super::machine::{Cast, Given, Line, Local, Machine, PHASES, Role};
use super::proof::Proofs;
use super::story::{self, Told};
use super::tree::{At, Tree};
use crate::mutants::Seeded;
use serin_consensus::finality::Stage;
use serin_consensus::rules::FinalityRules;
use serin_state::types::Hash;
use std::collections::{BTreeMap, BTreeSet};

/// Honest voters.
pub(super) const HONEST: usize = 3;
/// Of the violations of one tree so many are told apart by length.
const FINDINGS_MAX: usize = 64;

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) states: u128,
    pub(super) boards: u64,
    pub(super) local_states: u64,
    pub(super) transitions: u64,
}

/// Who said what in which phase: a column for each honest voter.
pub(super) type Columns = [Vec<Vec<Line>>; HONEST];

/// A board, and the states that each voter can be in on it.
#[derive(Clone, Debug)]
struct Board {
    columns: Columns,
    sets: [usize; HONEST],
}

/// States of one role after one phase, and sets of them, numbered as they are found.
#[derive(Debug, Default)]
struct Known {
    by_key: BTreeMap<Hash, usize>,
    locals: Vec<Local>,
    by_set: BTreeMap<Vec<usize>, usize>,
    sets: Vec<Vec<usize>>,
}

/// A role, a phase, and the number of a state or of a set of states before it.
type Place = (Role, usize, usize);

/// What was said, and the set of states after it.
type Options = Vec<(Vec<Line>, usize)>;

/// The search of one tree.
pub(super) struct Exploration<'a> {
    machine: Machine<'a>,
    proofs: Proofs,
    known: BTreeMap<(Role, usize), Known>,
    steps: BTreeMap<(Place, Given), (Vec<Line>, usize)>,
    spreads: BTreeMap<(Place, Vec<Line>), Options>,
    counts: Counts,
    violations: Vec<(Columns, [(u64, At); 2])>,
    difference: Option<(Role, usize, Given)>,
}

impl<'a> Exploration<'a> {
    /// Searches everything.
    pub(super) fn run(
        tree: &'a Tree,
        cast: Cast,
        rules: FinalityRules<Seeded>,
        beside: Option<FinalityRules<Seeded>>,
    ) -> (Counts, Option<Told>) {
        let Some(machine) = Machine::new(tree, cast, rules, beside) else {
            return (Counts::default(), None);
        };
        let mut exploration = Self {
            proofs: Proofs::new(&machine),
            machine,
            known: BTreeMap::new(),
            steps: BTreeMap::new(),
            spreads: BTreeMap::new(),
            counts: Counts::default(),
            violations: Vec::new(),
            difference: None,
        };
        let roles = cast.roles();
        let start = |role: &Role| exploration.machine.start(*role);
        let starts: Vec<(Role, Local)> = roles.iter().map(|role| (*role, start(role))).collect();
        for (role, local) in starts {
            // Before the first phase: the states that phase 0 begins with have the number of no phase.
            exploration.number(role, PHASES, local, &[]);
        }
        let first = roles.map(|role| exploration.set(role, PHASES, vec![0]));
        let columns = [Vec::new(), Vec::new(), Vec::new()];
        exploration.explore(&Board { columns, sets: first }, 0);
        exploration.finish()
    }

    fn finish(self) -> (Counts, Option<Told>) {
        let mut counts = self.counts;
        let locals = self.known.values().map(|known| known.locals.len());
        counts.local_states = u64::try_from(locals.fold(0, usize::saturating_add)).unwrap_or(0);
        counts.transitions = u64::try_from(self.steps.len()).unwrap_or(u64::MAX);
        if let Some((role, phase, given)) = &self.difference {
            return (counts, Some(story::of_difference(&self.machine, *role, *phase, given)));
        }
        let told = self
            .violations
            .iter()
            .map(|(columns, blocks)| story::of_violation(&self.machine, columns, *blocks));
        (counts, told.min_by_key(|told| told.votes))
    }

    fn explore(&mut self, board: &Board, phase: usize) {
        if phase == PHASES {
            self.judge(board);
            return;
        }
        let roles = self.machine.cast.roles();
        let mut options = Vec::new();
        for (voter, (role, set)) in roles.into_iter().zip(board.sets).enumerate() {
            let mut heard = deliverable(&board.columns, voter, phase);
            heard.sort_unstable();
            options.push(self.spread(role, phase, set, heard));
        }
        if self.difference.is_some() {
            return;
        }
        let [first, second, third] = &options[..] else { return };
        for one in first {
            for two in second {
                for three in third {
                    if let Some(next) = extended(board, roles, [one, two, three]) {
                        self.explore(&next, phase.saturating_add(1));
                    }
                }
            }
        }
    }

    /// Everything that a voter in one of the states of a set can say in a phase, and the states after it.
    fn spread(&mut self, role: Role, phase: usize, set: usize, heard: Vec<Line>) -> Options {
        let key = ((role, phase, set), heard);
        if let Some(options) = self.spreads.get(&key) {
            return options.clone();
        }
        let gifts = gifts(&self.machine, phase, &key.1);
        let before = phase.checked_sub(1).unwrap_or(PHASES);
        let locals = self.known.get(&(role, before)).and_then(|known| known.sets.get(set)).cloned();
        let mut found: BTreeMap<Vec<Line>, BTreeSet<usize>> = BTreeMap::new();
        for local in locals.unwrap_or_default() {
            for given in &gifts {
                let (said, after) = self.step(role, phase, local, given);
                found.entry(said).or_default().insert(after);
            }
        }
        let options: Options = found
            .into_iter()
            .map(|(said, after)| {
                let set = self.set(role, phase, after.into_iter().collect());
                (said, set)
            })
            .collect();
        self.spreads.insert(key, options.clone());
        options
    }

    fn step(
        &mut self,
        role: Role,
        phase: usize,
        local: usize,
        given: &Given,
    ) -> (Vec<Line>, usize) {
        let key = ((role, phase, local), given.clone());
        if let Some(done) = self.steps.get(&key) {
            return done.clone();
        }
        let before = phase.checked_sub(1).unwrap_or(PHASES);
        let known = self.known.get(&(role, before)).and_then(|known| known.locals.get(local));
        let Some(state) = known.cloned() else { return (Vec::new(), 0) };
        // Who did not reach the second round is given nothing more of the first: nothing changes.
        let done = if phase > 2 && !state.is_in_second_round() {
            (Vec::new(), self.number(role, phase, state, &[]))
        } else {
            let step = self.machine.step(phase, role, &state, given);
            if step.differs && self.difference.is_none() {
                self.difference = Some((role, phase, given.clone()));
            }
            let number = self.number(role, phase, step.local, &step.said);
            (step.said, number)
        };
        self.steps.insert(key, done.clone());
        done
    }

    /// The number of a state.
    fn number(&mut self, role: Role, phase: usize, local: Local, said: &[Line]) -> usize {
        let known = self.known.entry((role, phase)).or_default();
        let next = known.locals.len();
        let number = *known.by_key.entry(local.key(phase, said)).or_insert(next);
        if number == next {
            known.locals.push(local);
        }
        number
    }

    /// The number of a set of states.
    fn set(&mut self, role: Role, phase: usize, set: Vec<usize>) -> usize {
        let known = self.known.entry((role, phase)).or_default();
        let next = known.sets.len();
        let number = *known.by_set.entry(set.clone()).or_insert(next);
        if number == next {
            known.sets.push(set);
        }
        number
    }

    /// A finished board: whether two conflicting blocks can be proven.
    fn judge(&mut self, board: &Board) {
        self.counts.boards = self.counts.boards.saturating_add(1);
        let sizes = self.machine.cast.roles().into_iter().zip(board.sets).map(|(role, set)| {
            let known = self.known.get(&(role, PHASES.saturating_sub(1)));
            known.and_then(|known| known.sets.get(set)).map_or(0, Vec::len)
        });
        let product = sizes.fold(1_u128, |product, size| {
            product.saturating_mul(u128::try_from(size).unwrap_or(0))
        });
        self.counts.states = self.counts.states.saturating_add(product);
        if self.violations.len() >= FINDINGS_MAX || self.machine.beside.is_some() {
            return;
        }
        if let Some(blocks) = self.proofs.conflict(&self.machine, &board.columns) {
            self.violations.push((board.columns.clone(), blocks));
        }
    }
}

/// The board with one more phase, if its columns are sorted.
fn extended(
    board: &Board,
    roles: [Role; HONEST],
    said: [&(Vec<Line>, usize); HONEST],
) -> Option<Board> {
    let mut next = board.clone();
    for (column, (lines, _)) in next.columns.iter_mut().zip(said) {
        column.push(lines.clone());
    }
    next.sets = said.map(|(_, set)| *set);
    let sorted = |one: usize, two: usize| {
        roles.get(one) != roles.get(two) || next.columns.get(one) <= next.columns.get(two)
    };
    (sorted(0, 1) && sorted(1, 2)).then_some(next)
}

/// What other honest voters said that may be given to `voter` in a phase.
pub(super) fn deliverable(columns: &Columns, voter: usize, phase: usize) -> Vec<Line> {
    let (round, stage, said_in): (u64, Stage, &[usize]) = match phase {
        1 => (1, Stage::Prevote, &[0]),
        2 => (1, Stage::Precommit, &[1]),
        3 => (2, Stage::Primary, &[2]),
        4 => (2, Stage::Prevote, &[2, 3]),
        _ => return Vec::new(),
    };
    let others = columns.iter().enumerate().filter(|(other, _)| *other != voter);
    let said = others
        .flat_map(|(_, column)| said_in.iter().filter_map(|phase| column.get(*phase)).flatten());
    said.filter(|(of, at, _)| (*of, *at) == (round, stage)).copied().collect()
}

/// Everything that may be given to a voter in a phase, where others said `heard`.
pub(super) fn gifts(machine: &Machine<'_>, phase: usize, heard: &[Line]) -> Vec<Given> {
    let heads: Vec<Option<At>> = match phase {
        0 | 2 => machine.tree.positions().map(Some).collect(),
        _ => vec![None],
    };
    let lies = lies(machine, phase);
    let mut parts: BTreeSet<Vec<Line>> = BTreeSet::from([Vec::new()]);
    for line in heard {
        let with = |part: &Vec<Line>| part.iter().copied().chain([*line]).collect();
        let more: Vec<Vec<Line>> = parts.iter().map(with).collect();
        parts.extend(more);
    }
    let mut gifts = Vec::new();
    for heard in parts {
        for lies in &lies {
            for head in &heads {
                gifts.push(Given { heard: heard.clone(), lies: lies.clone(), head: *head });
            }
        }
    }
    gifts
}

/// Everything that the Byzantine voter may tell one honest voter in a phase.
fn lies(machine: &Machine<'_>, phase: usize) -> Vec<Vec<Line>> {
    let (round, stage) = match phase {
        1 => (1, Stage::Prevote),
        2 => (1, Stage::Precommit),
        3 => (2, Stage::Primary),
        4 => (2, Stage::Prevote),
        _ => return vec![Vec::new()],
    };
    let mut lies = vec![Vec::new()];
    if stage == Stage::Primary && machine.cast == Cast::HonestPrimary {
        return lies;
    }
    for one in machine.tree.positions() {
        lies.push(vec![(round, stage, one)]);
        if stage != Stage::Primary {
            let others = machine.tree.positions().filter(|two| *two != one);
            lies.extend(others.map(|two| vec![(round, stage, one), (round, stage, two)]));
        }
    }
    lies
}
