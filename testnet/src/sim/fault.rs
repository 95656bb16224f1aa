//! Random faults of a run: crashes, power cuts, partitions and pauses, drawn from its seed.
//!
//! At any time at most f nodes are down, so that the rest can go on; the last quarter of a run is free of faults, so that
//! liveness can be judged at its end.

use super::event::Happening;
use crate::scenario::Action;
use serin_state::random::Random;

/// On average one fault begins every so many slots.
const FAULT_EVERY_SLOTS: u64 = 40;
/// A node is down, or a partition stands, for 1 to this many slots.
const FAULT_SLOTS_MAX: u64 = 30;

/// Faults of a run of `slots` slots over nodes with these names: time in milliseconds, and what happens.
pub(super) fn draw(
    random: &Random,
    names: &[String],
    slots: u64,
    slot_ms: u64,
) -> Vec<(u64, Happening)> {
    let mut happenings = Vec::new();
    let end = slots.saturating_mul(3).div_euclid(4);
    let mut slot = FAULT_EVERY_SLOTS;
    let mut number = 0_u64;
    while slot < end {
        let draw = |purpose: &str| random.draw(purpose, 0, number);
        let lasting = draw("fault length").below(FAULT_SLOTS_MAX).saturating_add(1);
        let at = |slot: u64| slot.saturating_mul(slot_ms);
        let name = draw("fault node").pick(names).cloned().unwrap_or_default();
        let index = names.iter().position(|other| *other == name).unwrap_or(0);
        let back = at(slot.saturating_add(lasting));
        match draw("fault kind").below(4) {
            0 => {
                happenings.push((at(slot), Happening::Act(Action::Kill(name.clone()))));
                happenings.push((back, Happening::Act(Action::Restart(name))));
            }
            1 => {
                happenings.push((at(slot), Happening::PowerLoss(index)));
                happenings.push((back, Happening::Act(Action::Restart(name))));
            }
            2 => {
                let groups = halves(random, number, names);
                happenings.push((at(slot), Happening::Act(Action::Partition(groups))));
                happenings.push((back, Happening::Act(Action::Heal)));
            }
            _ => {
                happenings.push((at(slot), Happening::Act(Action::Pause(name.clone()))));
                happenings.push((back, Happening::Act(Action::Resume(name))));
            }
        }
        let gap = draw("fault gap").below(FAULT_EVERY_SLOTS);
        slot = slot.saturating_add(lasting).saturating_add(gap).saturating_add(1);
        number = number.saturating_add(1);
    }
    happenings
}

fn halves(random: &Random, number: u64, names: &[String]) -> Vec<Vec<String>> {
    let mut groups = vec![Vec::new(), Vec::new()];
    for (index, name) in names.iter().enumerate() {
        let node = u64::try_from(index).unwrap_or(0);
        let side = usize::from(random.draw("fault side", node, number).chance_ppm(500_000));
        if let Some(group) = groups.get_mut(side) {
            group.push(name.clone());
        }
    }
    groups
}
