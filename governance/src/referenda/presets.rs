//! The tracks of Kusama, in slots, and the same scaled down for networks on one machine.
//!
//! The numbers are those of Kusama's runtime 2.3.2. Of its 16 tracks two have no subject here, because this
//! chain leases no slots and auctions none: `lease_admin` (12) and `auction_admin` (15). They keep their
//! numbers, so that every number means what it means on Kusama.

use super::{ReferendaParameters, Subject, Track};
use crate::TrackId;
use crate::curve::{Curve, Ppb, Range, Through};
use serin_state::types::Balance;

/// Smallest units of a QUID, Kusama's 30th of a token.
const QUID: u128 = 33_333_333_333;
/// Smallest units of a GRAND.
const GRAND: u128 = 1_000 * QUID;
/// Minutes of an hour and of a day.
const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;

/// How many times faster everything goes on a network on one machine: 14 days become four minutes.
const LOCAL_SPEED: u64 = 5_040;

impl ReferendaParameters {
    /// As on Kusama, for slots of so many milliseconds.
    #[must_use]
    pub fn kusama(slot_ms: u64) -> Self {
        Self::faster(slot_ms, 1)
    }

    /// As on Kusama, with all periods as short as suits a network on one machine, and the improvements on.
    #[must_use]
    pub fn local(slot_ms: u64) -> Self {
        Self {
            exact_alarms: true,
            pushed_out_may_return: true,
            ..Self::faster(slot_ms, LOCAL_SPEED)
        }
    }

    /// As on Kusama, with all periods so many times shorter, but at least a slot.
    #[must_use]
    pub fn faster(slot_ms: u64, speed: u64) -> Self {
        let clock = Clock { slot_ms: slot_ms.max(1).saturating_mul(speed.max(1)) };
        Self {
            submission_deposit: Balance(QUID),
            max_queued: 100,
            undeciding_timeout: clock.slots(14 * DAY),
            exact_alarms: false,
            pushed_out_may_return: false,
            tracks: rows().into_iter().map(|row| row.track(clock)).collect(),
        }
    }
}

impl Default for ReferendaParameters {
    fn default() -> Self {
        Self::local(1_000)
    }
}

/// How long a slot takes, sped up.
#[derive(Clone, Copy)]
struct Clock {
    slot_ms: u64,
}

impl Clock {
    /// So many minutes, in slots: rounded up, so that nothing is shorter than asked.
    const fn slots(self, minutes: u64) -> u64 {
        minutes.saturating_mul(60_000).div_ceil(self.slot_ms)
    }
}

/// A line of Kusama's table; periods in minutes.
struct Row {
    id: u16,
    name: &'static str,
    max_deciding: u32,
    deposit: u128,
    prepare: u64,
    decision: u64,
    confirm: u64,
    enact: u64,
    curves: (Curve, Curve),
}

impl Row {
    fn track(self, clock: Clock) -> Track {
        let subject = match self.name {
            "lease_admin" | "auction_admin" => Subject::KusamaOnly,
            _ => Subject::Here,
        };
        let (min_approval, min_support) = self.curves;
        Track {
            id: TrackId(self.id),
            name: self.name.to_owned(),
            subject,
            max_deciding: self.max_deciding,
            decision_deposit: Balance(self.deposit),
            prepare_period: clock.slots(self.prepare),
            decision_period: clock.slots(self.decision),
            confirm_period: clock.slots(self.confirm),
            min_enactment_period: clock.slots(self.enact),
            min_approval,
            min_support,
        }
    }
}

/// Kusama's table.
#[rustfmt::skip]
fn rows() -> [Row; 16] {
    let approval = || bent((4, 28), 80, HALF_TO_ALL);
    let root = || (approval(), straight(28, NONE_TO_HALF));
    let whitelisted = || (bent((16, 28 * 24), 96, HALF_TO_ALL), bent((1, 28), 20, TWENTIETH_TO_HALF));
    let admin = || (straight(17, HALF_TO_ALL), bent((12, 28), 1, NONE_TO_HALF));
    let general = || (approval(), bent((7, 28), 10, NONE_TO_HALF));
    let small_tip = || (straight(10, HALF_TO_ALL), bent((1, 28), 4, NONE_TO_HALF));
    let big_tip = || (straight(10, HALF_TO_ALL), bent((8, 28), 1, NONE_TO_HALF));
    let medium = || (straight(23, HALF_TO_ALL), bent((16, 28), 1, NONE_TO_HALF));
    let big = || (straight(28, HALF_TO_ALL), bent((20, 28), 1, NONE_TO_HALF));
    let row = |id, name, (max_deciding, deposit), (prepare, decision, confirm, enact), curves| {
        Row { id, name, max_deciding, deposit, prepare, decision, confirm, enact, curves }
    };
    let (two, long, week) = (2 * HOUR, 14 * DAY, 7 * DAY);
    [
        row(0,  "root",                 (1,     100 * GRAND), (two,      long, DAY,       DAY), root()),
        row(1,  "whitelisted_caller",   (100,    10 * GRAND), (30,       long, 10,        10),  whitelisted()),
        row(2,  "wish_for_change",      (10,     20 * GRAND), (two,      long, DAY,       10),  root()),
        row(10, "staking_admin",        (10,      5 * GRAND), (two,      long, 3 * HOUR,  10),  admin()),
        row(11, "treasurer",            (10,          GRAND), (two,      long, 2 * DAY,   DAY), root()),
        row(12, "lease_admin",          (10,      5 * GRAND), (two,      long, 3 * HOUR,  10),  admin()),
        row(13, "fellowship_admin",     (10,      5 * GRAND), (two,      long, 3 * HOUR,  10),  admin()),
        row(14, "general_admin",        (10,      5 * GRAND), (two,      long, 3 * HOUR,  10),  general()),
        row(15, "auction_admin",        (10,      5 * GRAND), (two,      long, 3 * HOUR,  10),  general()),
        row(20, "referendum_canceller", (1_000,  10 * GRAND), (two,      week, 3 * HOUR,  10),  admin()),
        row(21, "referendum_killer",    (1_000,  50 * GRAND), (two,      long, 3 * HOUR,  10),  admin()),
        row(30, "small_tipper",         (200,          QUID), (1,        week, 10,        1),   small_tip()),
        row(31, "big_tipper",           (100,     10 * QUID), (10,       week, HOUR,      10),  big_tip()),
        row(32, "small_spender",        (50,     100 * QUID), (4 * HOUR, long, 12 * HOUR, DAY), admin()),
        row(33, "medium_spender",       (50,     200 * QUID), (4 * HOUR, long, DAY,       DAY), medium()),
        row(34, "big_spender",          (50,     400 * QUID), (4 * HOUR, long, 2 * DAY,   DAY), big()),
    ]
}

const HALF_TO_ALL: Range = Range { floor: Ppb::percent(50), ceil: Ppb::percent(100) };
const NONE_TO_HALF: Range = Range { floor: Ppb::ZERO, ceil: Ppb::percent(50) };
const TWENTIETH_TO_HALF: Range = Range { floor: Ppb::percent(5), ceil: Ppb::percent(50) };

/// A line down over so many of 28 parts of the period.
fn straight(length: u32, range: Range) -> Curve {
    Curve::linear(Ppb::ratio_nearest(length, 28), range)
}

/// A reciprocal that reaches `percent` at `delay`. All of the table have one; a test asks each.
fn bent((part, whole): (u32, u32), percent: u32, range: Range) -> Curve {
    let through = Through { delay: Ppb::ratio_nearest(part, whole), level: Ppb::percent(percent) };
    Curve::reciprocal(through, range).unwrap_or(Curve::linear(Ppb::ONE, range))
}
