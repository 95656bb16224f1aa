//! How long blocks take from import to finality on this node: the last of them, and two percentiles.
//!
//! # Bounds
//! At most [`BLOCKS_MAX`] blocks that are not final, and [`LAGS_MAX`] lags; the oldest are forgotten.

use serin_state::types::{Hash, Millis};
use std::collections::{BTreeMap, VecDeque};

/// Blocks whose import is remembered until they are final.
const BLOCKS_MAX: usize = 8_192;
/// Lags that the percentiles are taken over.
const LAGS_MAX: usize = 1_024;

/// Times of import, and lags.
#[derive(Debug, Default)]
pub struct FinalityLag {
    imported: BTreeMap<Hash, Millis>,
    order: VecDeque<Hash>,
    lags_ms: VecDeque<u64>,
}

impl FinalityLag {
    /// A block was imported.
    pub fn on_imported(&mut self, block: Hash, now: Millis) {
        if self.imported.insert(block, now).is_none() {
            self.order.push_back(block);
        }
        if self.order.len() > BLOCKS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.imported.remove(&oldest);
        }
    }

    /// A block became final.
    pub fn on_final(&mut self, block: &Hash, now: Millis) {
        if let Some(imported) = self.imported.remove(block) {
            self.lags_ms.push_back(now.since(imported));
            if self.lags_ms.len() > LAGS_MAX {
                self.lags_ms.pop_front();
            }
        }
    }

    /// The lag that `percent` of the blocks do not exceed; nothing before the first.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Option<u64> {
        let mut sorted: Vec<u64> = self.lags_ms.iter().copied().collect();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        sorted.get(last.saturating_mul(percent).div_ceil(100)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::FinalityLag;
    use serin_state::types::{Hash, Millis};

    #[test]
    fn percentiles_are_taken_over_blocks_that_became_final() {
        let mut lag = FinalityLag::default();
        assert_eq!(lag.percentile(50), None, "nothing is final yet");
        for number in 1..=100_u8 {
            lag.on_imported(Hash([number; 32]), Millis(1_000));
            lag.on_final(&Hash([number; 32]), Millis(1_000 + u64::from(number)));
        }
        lag.on_final(&Hash([200; 32]), Millis(9_999));
        assert_eq!(lag.percentile(50), Some(51), "an unknown block does not count");
        assert_eq!(lag.percentile(99), Some(100));
    }
}
