//! The randomness of epochs, worked out anew from the headers of the chain.
//!
//! Inputs: a final block that begins an epoch, and the headers below it. Output: why what it announces is wrong, if it is.
//! BABE: what an epoch announces is the hash of what was announced for the epoch that begins, the number of the epoch after
//! it, and the lottery outputs of all primary blocks of the epoch that ended, in order, its first block among them.
//!
//! Bounds: the blocks of one epoch.

use super::Judge;
use crate::sim::crypto::output_of;
use serin_consensus::leader::lottery;
use serin_consensus::rules::Rules;
use serin_state::types::{ClaimKind, Hash, Header, Purpose};

impl Judge {
    /// Whether a block announces the randomness that follows from its chain. Where headers are missing, nothing is said.
    pub(super) fn fault_of_randomness(&self, header: &Header) -> Option<String> {
        let announced = header.unsealed.announcements.next_epoch.as_ref()?.randomness;
        if self.case.rules.lottery != Rules::standard().lottery {
            return None;
        }
        let mut ended = Vec::new();
        let mut at = self.header(&header.parent())?;
        let begun = loop {
            ended.push(at);
            if let Some(next) = &at.unsealed.announcements.next_epoch {
                break next.randomness;
            }
            at = self.header(&at.parent())?;
        };
        let mut collected = Hash::ZERO;
        for block in ended.iter().rev() {
            let claim = block.unsealed.claim?;
            if claim.kind == ClaimKind::Primary {
                let output = lottery::randomness(&output_of(&claim.proof));
                collected = Hash::personal(Purpose::EpochRandomness, &[&collected.0, &output.0]);
            }
        }
        let epoch_slots = u64::from(self.case.epoch_slots);
        let following = header.slot().0.checked_div(epoch_slots)?.saturating_add(1);
        let parts: [&[u8]; 3] = [&begun.0, &following.to_le_bytes(), &collected.0];
        let due = Hash::personal(Purpose::EpochRandomness, &parts);
        (due != announced).then(|| "it announces other randomness than its chain gives".to_owned())
    }
}
