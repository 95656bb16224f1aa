//! Drawn cases of the laboratory: a swarm, in which each case leaves most kinds of trouble out.
//!
//! Inputs: a seed. Output: a case on the standard rules, with at most f Byzantine validators and a kind network at its end.
//! Few kinds at a time reach further than all at once: what one prevents another one needs.

use crate::lab::Case;
use crate::lab::case::{Adversary, Attack, Broken, Fault, Kind, Link, Load, Nodes, Rotate, Scope};
use serin_state::random::Random;

/// Slots of a kind network at the end of a case.
const QUIET_SLOTS: u32 = 30;
/// Most slots before.
const TROUBLED_SLOTS: u64 = 40;

/// Draws numbers by purpose.
struct Dice(Random);

impl Dice {
    fn below(&self, purpose: &str, number: u64, bound: u64) -> u64 {
        self.0.draw(purpose, 0, number).below(bound)
    }

    fn small(&self, purpose: &str, number: u64, bound: u64) -> u8 {
        u8::try_from(self.below(purpose, number, bound)).unwrap_or(0)
    }

    /// One of `items`; the default where there is none.
    fn pick<T: Copy>(&self, purpose: &str, number: u64, items: &[T], default: T) -> T {
        self.0.draw(purpose, 0, number).pick(items).copied().unwrap_or(default)
    }

    fn milliseconds(&self, purpose: &str, number: u64, bound: u64) -> u32 {
        u32::try_from(self.below(purpose, number, bound)).unwrap_or(0)
    }
}

/// The case of a seed.
#[must_use]
pub(super) fn draw(seed: u64) -> Case {
    let dice = Dice(Random::from_number(seed));
    // Few chains, since each has to be begun before it can be cloned.
    let shape = dice.small("shape", 0, 8);
    let count = match shape {
        0..=4 => 4_usize,
        5 => 3,
        6 => 6,
        _ => 7,
    };
    let troubled = dice.milliseconds("troubled", 0, TROUBLED_SLOTS).saturating_add(8);
    let mut case = Case::quiet(seed, count, troubled.saturating_add(QUIET_SLOTS));
    case.gst_slot = troubled;
    case.seed = (seed & !0xf) | (seed & 1);
    case.epoch_slots = if shape < 2 { 60 } else { 5 };
    if [2, 3, 7].contains(&shape) {
        let active = u8::try_from(count.saturating_sub(1)).unwrap_or(1);
        case.rotation = Some(Rotate { every_epochs: 1, active });
    }
    case.link = link(&dice);
    for number in 0..dice.below("faults", 0, 4) {
        case.faults.push(fault(&dice, number, count, troubled));
    }
    let byzantine = count.saturating_sub(1).div_euclid(3);
    if byzantine > 0 {
        for number in 0..dice.below("adversaries", 0, 3) {
            case.adversaries.push(adversary(&dice, number, (count, byzantine)));
        }
    }
    if dice.below("load", 0, 2) == 0 {
        case.load.push(Load { at_ms: 500, count: 12 });
    }
    case
}

fn link(dice: &Dice) -> Link {
    let some = |purpose: &str, bound: u64| {
        let there = dice.below(purpose, 1, 3) == 0;
        if there { dice.milliseconds(purpose, 0, bound) } else { 0 }
    };
    Link {
        delay_ms: u16::try_from(dice.below("delay", 0, 300)).unwrap_or(0),
        jitter_ms: u16::try_from(some("jitter", 1_500)).unwrap_or(0),
        loss_ppm: some("loss", 300_000),
        twice_ppm: some("twice", 200_000),
        overtaken_ppm: some("overtaken", 300_000),
        bandwidth: 0,
    }
}

fn fault(dice: &Dice, number: u64, count: usize, troubled: u32) -> Fault {
    let nodes = u64::try_from(count).unwrap_or(1);
    let node = dice.small("fault node", number, nodes);
    let step = u16::from(dice.small("fault step", number, 6));
    let side = Nodes(dice.below("fault side", number, 1 << nodes));
    let what = match dice.below("fault", number, 9) {
        0 => Broken::Crash { node },
        1 => Broken::PowerLoss { node, step },
        2 => Broken::PowerLossAfter { node, step },
        3 => Broken::DiskFull { node },
        4 => Broken::Pause { node },
        5 | 6 => Broken::Partition { side },
        7 => Broken::Partition { side: Nodes::all(count.div_euclid(2)) },
        _ => Broken::OneWay { side },
    };
    let span = u64::from(troubled).saturating_mul(1_000);
    let at_ms = dice.milliseconds("fault at", number, span);
    let lasts_ms = dice.milliseconds("fault lasts", number, 15_000).saturating_add(200);
    Fault { at_ms, lasts_ms, what }
}

fn adversary(dice: &Dice, number: u64, (count, byzantine): (usize, usize)) -> Adversary {
    let nodes = Nodes(Nodes::all(count).0 & !Nodes::all(count.saturating_sub(byzantine)).0);
    let side = Nodes(dice.below("side", number, 1 << count));
    let kinds =
        [Kind::Block, Kind::Prevote, Kind::Precommit, Kind::Proof, Kind::Request, Kind::Answer];
    let what = dice.pick("what", number, &kinds, Kind::Block);
    let by_ms = u16::try_from(dice.below("by", number, 4_000)).unwrap_or(0);
    let by = dice.small("by", number, 4).saturating_add(1);
    let scope = dice.pick("scope", number, &[Scope::Small, Scope::Any, Scope::Future], Scope::Any);
    let kind = match dice.below("attack", number, 14) {
        0 | 1 => Attack::Twins { side },
        2 => Attack::SealTwice { side },
        3 | 4 => Attack::VoteTwice { side },
        5 => Attack::VoteLow,
        6 => Attack::Withhold { what, from: side },
        7 => Attack::Late { what, by_ms },
        8 => Attack::Early { by_ms },
        9 => Attack::SplitVotes { side },
        10 => Attack::LieRound { by },
        11 => Attack::LongRange { depth: by },
        12 => Attack::StaleKeys,
        _ => Attack::Mutate { scope },
    };
    let ppm = dice.pick("share", number, &[1_000_000, 500_000, 200_000], 1_000_000);
    Adversary { nodes, at_ms: 0, ppm, kind }
}
