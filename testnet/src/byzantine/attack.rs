//! One run: the world, the adversary, and the steps of the plan in virtual time.
//!
//! # Inputs and outputs
//! Input: a [`Plan`]. Output: the [`Case`] it leaves: proofs, blocks, logs, and who was Byzantine.
//!
//! # Steps
//! All nodes share one network until the split. Then side 0 gets a block, the bait, and goes on; side 1 gets a longer
//! fork from below it. Twins are cloned at the split, journal and all. Later steps are the plan's: prevotes that come
//! late, proofs that Byzantine voters sign alone, the end of the partition.
//!
//! # Bounds
//! Virtual time of the plan, [`EVENTS_MAX`] events; a run goes on for [`LINGER_MS`] after its first violation.

use super::adversary::Adversary;
use super::blocks::Blocks;
use super::case::Case;
use super::node::Node;
use super::parties::{FIRST_SET, set_of};
use super::plan::{Class, Engine, LoneProofs, Plan, Surprise};
use super::world::{EVENTS_MAX, Event, GOSSIP_MS, World};
use serin_consensus::finality::voter::VoterConfig;
use serin_consensus::finality::{Stage, VoterSet};
use serin_consensus::rules::FinalityRules;
use serin_state::types::{Round, SetId};

/// How long a run goes on after its first violation, so that there are proofs of several rounds.
const LINGER_MS: u64 = 900;
/// The beginning of virtual time.
const START_MS: u64 = 1_000;

/// A step of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Change,
    Split,
    Fork,
    LatePrevotes,
    LoneProof,
    Heal,
    Part,
    Overrule,
    OverruleByRival,
    OverruleByBait,
    RivalLast,
}

const STEPS: [Step; 11] = [
    Step::Change,
    Step::Split,
    Step::Fork,
    Step::LatePrevotes,
    Step::LoneProof,
    Step::Heal,
    Step::Part,
    Step::Overrule,
    Step::OverruleByRival,
    Step::OverruleByBait,
    Step::RivalLast,
];

/// One run under way.
#[derive(Debug)]
struct Attack {
    plan: Plan,
    world: World,
    adversary: Adversary,
    /// Draws of proofs so far.
    turns: u64,
}

/// Runs the plan; `None` where its weights make no set.
pub(super) fn run(plan: Plan) -> Option<Case> {
    let mut attack = Attack::new(plan)?;
    attack.schedule();
    attack.play();
    Some(Case::new(&attack.plan, attack.world))
}

impl Attack {
    fn new(plan: Plan) -> Option<Self> {
        let config = VoterConfig { rules: FinalityRules::default(), gossip_ms: GOSSIP_MS };
        let blocks = Blocks::new(set_of(FIRST_SET, &plan.weights)?);
        let mut world = World::new(plan.random, config, plan.pace, blocks);
        for (identity, is_byzantine) in plan.byzantine.iter().enumerate() {
            if plan.engine == Engine::Twins || !is_byzantine {
                let mut node = Node::new(identity, false, config, &world.blocks);
                node.is_byzantine = *is_byzantine;
                world.nodes.push(node);
            }
        }
        if plan.observers {
            for _ in 0..2 {
                world.nodes.push(Node::new(plan.weights.len(), true, config, &world.blocks));
            }
        }
        let adversary = Adversary::new(&plan);
        Some(Self { plan, world, adversary, turns: 0 })
    }

    fn schedule(&mut self) {
        let plan = &self.plan;
        let split = plan.split_ms;
        let later = |ms: u64| split.saturating_add(ms);
        let (lone_ms, last_ms) = match plan.lone {
            LoneProofs::At(ms) => (Some(ms), None),
            LoneProofs::AfterVotes(Surprise::EstimateFinal) => (None, Some(1_500)),
            LoneProofs::Never | LoneProofs::AfterVotes(_) => (None, None),
        };
        let steps = [
            (Step::Change, plan.changes[2].then_some(split.div_euclid(2))),
            (Step::Split, (plan.class != Class::Honest).then_some(split)),
            (Step::Part, (plan.class == Class::Honest).then_some(split)),
            (Step::Fork, (plan.class != Class::Honest).then_some(later(plan.fork_late_ms))),
            (Step::LatePrevotes, plan.late_prevote_ms.map(later)),
            (Step::LoneProof, lone_ms.map(later)),
            (Step::RivalLast, last_ms.map(later)),
            (Step::Heal, plan.heal_ms.map(later)),
        ];
        for (step, at) in steps {
            let number = STEPS.iter().position(|known| *known == step).unwrap_or(0);
            if let Some(at) = at {
                self.world.after(at, Event::Act(number));
            }
        }
        for crash in self.plan.crashes.clone() {
            let node = self.world.nodes.iter().position(|node| node.identity == crash.node);
            if let Some(node) = node {
                self.world.after(crash.at_ms, Event::Crash(node));
                let back = crash.at_ms.saturating_add(crash.down_ms);
                self.world.after(back, Event::Restart(node));
            }
        }
    }

    fn play(&mut self) {
        let mut end = START_MS.saturating_add(self.plan.end_ms);
        let mut proofs = 0;
        for _ in 0..EVENTS_MAX {
            let Some(event) = self.world.next(end) else { break };
            match event {
                Event::Act(number) => self.act(STEPS.get(number).copied()),
                Event::Deliver { .. }
                | Event::Wake(_)
                | Event::Slot(_)
                | Event::Status
                | Event::Crash(_)
                | Event::Restart(_) => self.world.handle(event),
            }
            self.overrule();
            if self.plan.engine == Engine::Twins || self.plan.class == Class::Honest {
                self.world.heard.clear();
            } else {
                self.adversary.react(&mut self.world);
            }
            if self.world.proofs.len() > proofs {
                proofs = self.world.proofs.len();
                if self.plan.heal_ms.is_none() && self.world.conflicts().next().is_some() {
                    end = end.min(self.world.now.saturating_add(LINGER_MS));
                }
            }
        }
    }

    fn act(&mut self, step: Option<Step>) {
        match step {
            Some(Step::Change) => self.change(),
            Some(Step::Split) => self.split(),
            Some(Step::Fork) => self.fork(),
            Some(Step::LatePrevotes) => {
                if let Some(set) = self.set_of_side(1) {
                    self.adversary.prevote_late(&mut self.world, &set);
                }
            }
            Some(Step::LoneProof) => self.show_lone_proof(),
            Some(Step::Heal) => self.world.heal(),
            Some(Step::Part) => self.part(),
            Some(Step::Overrule) => self.show_drawn_proof(),
            Some(Step::OverruleByRival) => self.surprise(false),
            Some(Step::OverruleByBait) => self.surprise(true),
            Some(Step::RivalLast) => self.show_last_rival(),
            None => {}
        }
    }

    /// A block on the common chain changes the voters.
    fn change(&mut self) {
        let weights = self.plan.next_weights(None, 0);
        let set = set_of(SetId(FIRST_SET.0.saturating_add(1)), &weights);
        let parent = self.head(0);
        if let Some(parent) = parent.filter(|_| self.world.blocks.has_room()) {
            let block = self.world.blocks.grow(parent, set);
            self.world.give_chain(0, block);
        }
        self.plan.weights = weights;
    }

    /// The best block of the first node of a group.
    fn head(&self, group: usize) -> Option<usize> {
        let node = self.world.members(group).next()?;
        let view = self.world.nodes.get(node)?.view;
        Some(view.best(&self.world.blocks, view.last()))
    }

    fn set_of_side(&self, side: usize) -> Option<VoterSet> {
        let node = self.world.members(side).next()?;
        Some(self.world.nodes.get(node)?.voter.set().clone())
    }

    /// The highest final block of a group's nodes.
    fn highest_final(&self, groups: &[usize]) -> usize {
        let nodes = self.world.nodes.iter().filter(|node| groups.contains(&node.group));
        let last = nodes.map(|node| node.view.last());
        last.max_by_key(|at| self.world.blocks.name(*at).height).unwrap_or(0)
    }

    /// Honest nodes without an adversary: random parts of the network do not hear each other.
    fn part(&mut self) {
        self.world.cut = super::world::Cut { blocks: true, ..self.plan.cut };
        for (node, side) in self.world.nodes.iter_mut().zip(&self.plan.sides) {
            node.group = *side;
        }
        self.world.after(20, Event::Slot(1));
    }

    fn split(&mut self) {
        self.adversary.base = self.highest_final(&[0]);
        let observers = self.plan.weights.len();
        let mut side_of_observer = 0;
        let sides = self.plan.sides.clone();
        for node in &mut self.world.nodes {
            if node.identity == observers {
                node.group = side_of_observer;
                side_of_observer = 1;
            } else if !node.is_byzantine {
                node.group = sides.get(node.identity).copied().unwrap_or(0);
            }
        }
        let twins: Vec<Node> =
            self.world.nodes.iter().filter(|node| node.is_byzantine).cloned().collect();
        for mut twin in twins {
            twin.group = 1;
            self.world.nodes.push(twin);
        }
        self.world.cut = self.plan.cut;
        self.bait();
    }

    /// The first block of side 0.
    fn bait(&mut self) {
        let base = self.adversary.base;
        let view = self.world.nodes.iter().find(|node| node.view.has(base)).map(|node| node.view);
        let Some(view) = view.filter(|_| self.world.blocks.has_room()) else { return };
        let parent = view.best(&self.world.blocks, base);
        let set = self.set_on_side(0, parent);
        let bait = self.world.blocks.grow(parent, set);
        self.adversary.bait = Some(bait);
        self.world.rests = [false, true];
        self.world.after(20, Event::Slot(1));
        self.world.give_chain(0, bait);
        if self.plan.shares_bait && self.plan.fork_late_ms > 0 {
            self.world.give_chain(1, bait);
        }
    }

    /// The set that a side's first block announces.
    fn set_on_side(&self, side: usize, parent: usize) -> Option<VoterSet> {
        if self.plan.changes.get(side) != Some(&true) {
            return None;
        }
        let id = self.world.blocks.set_after(parent).id().next()?;
        let turn = u64::try_from(side).unwrap_or(0).saturating_add(1);
        let weights = self.plan.next_weights(Some(side), turn);
        set_of(id, &weights)
    }

    /// A fork for side 1 from the highest block that is final there, longer than what it has.
    fn fork(&mut self) {
        let Some(bait) = self.adversary.bait else { return };
        let base = self.highest_final(&[1]);
        self.world.rests = [false; 2];
        if self.world.blocks.descends(bait, base) {
            return;
        }
        self.adversary.base = base;
        self.adversary.has_forked = true;
        let height = |at: usize| self.world.blocks.name(at).height;
        let heads = self.world.members(1).filter_map(|at| self.world.nodes.get(at));
        let best = heads.map(|node| height(node.view.best(&self.world.blocks, node.view.last())));
        let best = best.max().unwrap_or_default().max(height(bait));
        // As long as the bait is enough where side 1 shall vote for the bait first.
        let longer = u32::from(self.plan.class != Class::Overruled);
        let length = best.since(height(base)).saturating_add(longer);
        let mut at = base;
        for number in 0..length {
            if !self.world.blocks.has_room() {
                return;
            }
            let set = if number == 0 { self.set_on_side(1, at) } else { None };
            at = self.world.blocks.grow(at, set);
        }
        self.adversary.fork = Some(at);
        self.world.give_chain(1, at);
        if self.plan.shares_bait {
            self.world.give_chain(1, bait);
        }
    }

    /// Byzantine voters alone sign a proof against what one side made final, and show it.
    fn show_lone_proof(&mut self) {
        let finals = [self.highest_final(&[0]), self.highest_final(&[1])];
        let number = |what: &str, below: u64| self.plan.random.draw(what, 3, 0).below(below);
        let Some(bait) = self.adversary.bait else { return };
        let Some(set) = self.set_of_side(0) else { return };
        let first = self.world.members(0).next().and_then(|node| self.world.nodes.get(node));
        let now = first.map_or(Round(1), |node| node.voter.round_number());
        let (round, block) = if self.plan.class == Class::Baseless {
            (self.adversary.started_round().unwrap_or(now), bait)
        } else if self.plan.class == Class::RoundLiars {
            let far = [now.0, now.0.saturating_mul(1_000), 1 << 40, u64::MAX, 1];
            let pick = usize::try_from(number("far", 5)).unwrap_or(0);
            let round = far.get(pick).copied().unwrap_or(1).saturating_add(number("near", 2));
            (Round(round.max(1)), self.rival(finals))
        } else {
            (now.saturating_add(number("near", 3)), self.rival(finals))
        };
        let proof = self.adversary.lone_proof(&self.world, &set, round, block);
        let shown: Vec<usize> = self.world.members(0).chain(self.world.members(1)).collect();
        for node in shown {
            self.world.show(node, &proof);
        }
    }

    /// After some honest votes, a proof is on its way that contradicts them.
    fn overrule(&mut self) {
        let LoneProofs::AfterVotes(surprise) = self.plan.lone else { return };
        if !self.adversary.has_forked {
            return;
        }
        for (node, vote) in self.world.heard.clone() {
            self.turns = self.turns.saturating_add(1);
            let drawn =
                |what: &str, below: u64| self.plan.random.draw(what, 4, self.turns).below(below);
            let side = self.world.nodes.get(node).map_or(0, |node| node.group);
            let started = self.adversary.started_round().unwrap_or(Round(u64::MAX));
            let place = (vote.vote.round.since(started), vote.vote.stage);
            let (step, pause) = if surprise == Surprise::EstimateLost
                && side == 1
                && place == (0, Stage::Precommit)
            {
                (Step::OverruleByRival, 25)
            } else if surprise == Surprise::EstimateFinal
                && side == 1
                && place == (1, Stage::Prevote)
            {
                (Step::OverruleByBait, 0)
            } else if drawn("overrule", 5) == 0 {
                (Step::Overrule, 0)
            } else {
                continue;
            };
            let number = STEPS.iter().position(|known| *known == step).unwrap_or(0);
            let pause = drawn("overrule after", 60).saturating_add(pause);
            self.world.after(pause, Event::Act(number));
        }
    }

    /// Byzantine voters alone sign a proof for a drawn block in a drawn round, and show it to a drawn side.
    fn show_drawn_proof(&mut self) {
        self.turns = self.turns.saturating_add(1);
        let drawn =
            |what: &str, below: u64| self.plan.random.draw(what, 5, self.turns).below(below);
        let side = usize::try_from(drawn("side", 2)).unwrap_or(0);
        let first = self.world.members(side).next().and_then(|node| self.world.nodes.get(node));
        let (Some(node), Some(bait)) = (first, self.adversary.bait) else { return };
        let now = node.voter.round_number();
        let near = Round(now.saturating_add(drawn("round", 4)).0.saturating_sub(1).max(1));
        let block = if drawn("block", 2) == 0 { bait } else { self.rival([bait, bait]) };
        self.show_proof_to(side, near, block);
    }

    /// Side 1 is shown a proof for the bait, or for another fork.
    fn surprise(&mut self, is_bait: bool) {
        let (Some(started), Some(bait)) = (self.adversary.started_round(), self.adversary.bait)
        else {
            return;
        };
        let later = self.plan.random.draw("surprise", 5, self.turns).below(3);
        let rival = (started.saturating_add(later.saturating_add(1)), self.rival([bait, bait]));
        let Some(set) = self.set_of_side(1) else { return };
        let joined = self.adversary.joined_proof(&self.world, &set);
        if !is_bait {
            self.show_proof_to(1, rival.0, rival.1);
        }
        let shown: Vec<usize> = self.world.members(usize::from(is_bait)).collect();
        for (node, proof) in shown.into_iter().zip(joined.iter().cycle()) {
            self.world.show(node, proof);
        }
    }

    /// In the third round of side 1, two thirds go for another fork.
    fn show_last_rival(&mut self) {
        let (Some(started), Some(bait)) = (self.adversary.started_round(), self.adversary.bait)
        else {
            return;
        };
        self.show_proof_to(0, started.saturating_add(2), self.rival([bait, bait]));
    }

    fn show_proof_to(&mut self, side: usize, round: Round, block: usize) {
        let Some(set) = self.set_of_side(side) else { return };
        let proof = self.adversary.lone_proof(&self.world, &set, round, block);
        let members: Vec<usize> = self.world.members(side).collect();
        for node in members {
            self.world.show(node, &proof);
        }
    }

    /// A block of the fork that conflicts with what side 0 made final, if there is one.
    fn rival(&self, [final_0, final_1]: [usize; 2]) -> usize {
        let blocks = &self.world.blocks;
        let fork = self.world.members(1).chain(self.world.members(0)).filter_map(|node| {
            let view = self.world.nodes.get(node)?.view;
            let rivals = view.positions().filter(|at| blocks.conflict(*at, final_0));
            rivals.max_by_key(|at| blocks.name(*at).height)
        });
        let lost = self.adversary.fork.filter(|fork| blocks.conflict(*fork, final_0));
        fork.max().or(lost).unwrap_or(final_1)
    }
}
