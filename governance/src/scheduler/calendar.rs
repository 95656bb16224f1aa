//! Which slots have an agenda: a tree of bitmaps over all 64 bits of a slot.
//!
//! ```text
//!   level 7, prefix 0:      256 bits, one for each value of a slot's top byte
//!     level 6, prefix = top byte: 256 bits for the next byte
//!       ...
//!         level 0, prefix = slot >> 8: 256 bits, one a slot
//! ```
//!
//! A page without a set bit is not stored. Marking writes as many pages as become occupied, mostly one to
//! three, and finding the next marked slot reads at most fifteen, however many slots are marked or lie
//! between.

use crate::Context;
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::Slot;

/// A page: 256 bits, the lowest first.
type Page = [u64; 4];

/// Bits of a slot that one page decides.
const BITS: u32 = 8;
/// Pages on the way from a slot to the root.
const LEVELS: u8 = 8;

/// Marks a slot.
pub(super) fn mark<R: StateRead>(context: &mut Context<'_, R>, slot: Slot) {
    for level in 0..LEVELS {
        let (item, bit) = place(slot, level);
        let mut page = read(context, item);
        let was_empty = is_empty(&page);
        set(&mut page, bit, true);
        context.write(item, &page);
        if !was_empty {
            return;
        }
    }
}

/// Takes the mark of a slot away.
pub(super) fn unmark<R: StateRead>(context: &mut Context<'_, R>, slot: Slot) {
    for level in 0..LEVELS {
        let (item, bit) = place(slot, level);
        let mut page = read(context, item);
        set(&mut page, bit, false);
        if !is_empty(&page) {
            context.write(item, &page);
            return;
        }
        context.delete(item);
    }
}

/// The first marked slot at or after `from`.
#[must_use]
pub fn first_from<R: StateRead>(context: &Context<'_, R>, from: Slot) -> Option<Slot> {
    let mut least = from.0;
    for level in 0..LEVELS {
        let (item, bit) = place(Slot(least), level);
        if let Some(found) = lowest(&read(context, item), bit) {
            let above = shifted(least, level.saturating_add(1));
            return Some(descend(context, level, joined(above, found)));
        }
        // Nothing left below this page: go on with the page after it, one level up.
        let next = shifted(least, level.saturating_add(1)).checked_add(1)?;
        least = unshifted(next, level.saturating_add(1))?;
    }
    None
}

/// The lowest marked slot below a set bit; `prefix` is the slot's bits from `level` up.
fn descend<R: StateRead>(context: &Context<'_, R>, level: u8, mut prefix: u64) -> Slot {
    for below in (0..level).rev() {
        let page = read(context, Item::Calendar { level: below, prefix });
        // invariant(calendar): a set bit has an occupied page below it.
        prefix = joined(prefix, lowest(&page, 0).unwrap_or_default());
    }
    Slot(prefix)
}

/// The page that decides a slot at a level, and the bit in it.
fn place(slot: Slot, level: u8) -> (Item, u8) {
    let [bit, ..] = shifted(slot.0, level).to_le_bytes();
    (Item::Calendar { level, prefix: shifted(slot.0, level.saturating_add(1)) }, bit)
}

/// `bits` without the lowest `levels` bytes.
fn shifted(bits: u64, levels: u8) -> u64 {
    bits.checked_shr(BITS.saturating_mul(levels.into())).unwrap_or(0)
}

/// `prefix` with `levels` zero bytes behind it; `None` where that leaves 64 bits.
fn unshifted(prefix: u64, levels: u8) -> Option<u64> {
    let shift = BITS.saturating_mul(levels.into());
    let slot = prefix.checked_shl(shift)?;
    (shifted(slot, levels) == prefix).then_some(slot)
}

/// `prefix` with one more byte behind it.
const fn joined(prefix: u64, bit: u8) -> u64 {
    let mut bytes = prefix.to_le_bytes();
    bytes.rotate_right(1);
    let [lowest, ..] = &mut bytes;
    *lowest = bit;
    u64::from_le_bytes(bytes)
}

fn read<R: StateRead>(context: &Context<'_, R>, item: Item) -> Page {
    context.read(item).unwrap_or_default()
}

fn is_empty(page: &Page) -> bool {
    page.iter().all(|word| *word == 0)
}

fn set(page: &mut Page, bit: u8, value: bool) {
    let mask = 1_u64.checked_shl(u32::from(bit) % u64::BITS).unwrap_or(0);
    if let Some(word) = page.get_mut(usize::from(bit) / 64) {
        *word = if value { *word | mask } else { *word & !mask };
    }
}

/// The lowest set bit at or after `from`.
fn lowest(page: &Page, from: u8) -> Option<u8> {
    (from..=u8::MAX).find(|bit| {
        let word = page.get(usize::from(*bit) / 64).copied().unwrap_or(0);
        word.checked_shr(u32::from(*bit) % u64::BITS).unwrap_or(0) & 1 == 1
    })
}
