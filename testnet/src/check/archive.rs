//! Headers that were said in public, and the voter sets that follow from them.
//!
//! Inputs: headers. Outputs: ancestors, and for a block the set that votes on it: the set of genesis until an ancestor that
//! announces another one. Invariant: a header is kept under its hash alone.
//!
//! Bounds: [`HEADERS_MAX`] headers; the oldest go first.

use serin_node::chain_spec::ChainSpec;
use serin_state::types::{Hash, Header, Height, PublicKey, SetId, Voter};
use std::collections::{BTreeMap, VecDeque};

/// Headers that are kept.
pub(super) const HEADERS_MAX: usize = 1 << 14;

/// Where sets are kept whose number was not known.
const ANY_SET: SetId = SetId(u64::MAX);

/// A header and the number of sets that were announced up to it.
#[derive(Clone, Debug)]
struct Kept {
    header: Header,
    /// Sets announced by it and its ancestors; unknown where it came before its parent.
    changes: Option<u64>,
}

/// The archive.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    first: SetId,
    genesis: Hash,
    kept: BTreeMap<Hash, Kept>,
    order: VecDeque<Hash>,
    /// Every set that a header announced under a number.
    sets: BTreeMap<SetId, Vec<Vec<Voter>>>,
}

impl Archive {
    pub(super) fn new(spec: &ChainSpec, genesis: Hash) -> Self {
        let first = SetId::first(&genesis);
        let voters = spec.validators_at(0).map(|list| list.voters().to_vec()).unwrap_or_default();
        Self {
            first,
            genesis,
            kept: BTreeMap::new(),
            order: VecDeque::new(),
            sets: BTreeMap::from([(first, vec![voters])]),
        }
    }

    pub(super) fn insert(&mut self, header: &Header) {
        let hash = header.hash();
        if self.kept.contains_key(&hash) {
            return;
        }
        let parent = header.parent();
        let before = if parent == self.genesis {
            Some(0)
        } else {
            self.kept.get(&parent).and_then(|kept| kept.changes)
        };
        let announced = header.unsealed.announcements.next_set.clone();
        let changes = before.map(|before| before.saturating_add(u64::from(announced.is_some())));
        if let Some(set) = announced {
            // Where the parent comes later, the set is known under every number.
            let id = changes.map_or(ANY_SET, |changes| self.set_after(changes));
            let list = self.sets.entry(id).or_default();
            if !list.contains(&set) {
                list.push(set);
            }
        }
        self.kept.insert(hash, Kept { header: header.clone(), changes });
        self.order.push_back(hash);
        if self.order.len() > HEADERS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.kept.remove(&oldest);
        }
    }

    const fn set_after(&self, changes: u64) -> SetId {
        SetId(self.first.0.saturating_add(changes))
    }

    pub(super) fn header(&self, hash: &Hash) -> Option<&Header> {
        self.kept.get(hash).map(|kept| &kept.header)
    }

    /// Headers with their hashes.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&Hash, &Header)> {
        self.kept.iter().map(|(hash, kept)| (hash, &kept.header))
    }

    /// The sets that were announced under a number, or may have been.
    pub(super) fn sets(&self, id: SetId) -> impl Iterator<Item = &Vec<Voter>> {
        let known = self.sets.get(&id).into_iter().flatten();
        known.chain(self.sets.get(&ANY_SET).into_iter().flatten())
    }

    /// How many sets a block and its ancestors announce.
    fn changes_of(&self, hash: &Hash) -> Option<u64> {
        let mut at = *hash;
        let mut announced = 0_u64;
        loop {
            if at == self.genesis {
                return Some(announced);
            }
            let kept = self.kept.get(&at)?;
            if let Some(changes) = kept.changes {
                return Some(announced.saturating_add(changes));
            }
            let own = kept.header.unsealed.announcements.next_set.is_some();
            announced = announced.saturating_add(u64::from(own));
            at = kept.header.parent();
        }
    }

    /// The number of the set that votes on a block: a block that announces a set is voted on by the one before.
    pub(super) fn set_of(&self, hash: &Hash) -> Option<SetId> {
        let kept = self.kept.get(hash)?;
        let own = u64::from(kept.header.unsealed.announcements.next_set.is_some());
        Some(self.set_after(self.changes_of(hash)?.saturating_sub(own)))
    }

    /// Whether `below` is `block` or an ancestor of it; `None` where a header is missing.
    pub(super) fn descends(&self, block: &Hash, below: &Hash, height: Height) -> Option<bool> {
        let mut at = *block;
        loop {
            if at == *below {
                return Some(true);
            }
            if at == self.genesis {
                return Some(false);
            }
            let header = self.header(&at)?;
            if header.height() <= height {
                return Some(false);
            }
            at = header.parent();
        }
    }

    /// The height that the set of a number began with: above the highest block that announced it, 0 for the first.
    pub(super) fn start_of(&self, id: SetId) -> Height {
        if id == self.first {
            return Height::ZERO;
        }
        let announcing = self.kept.iter().filter(|(hash, kept)| {
            kept.header.unsealed.announcements.next_set.is_some()
                && self.changes_of(hash).map(|changes| self.set_after(changes)) == Some(id)
        });
        announcing.map(|(_, kept)| kept.header.height()).min().unwrap_or_default()
    }
}

/// Weight of all members of a list.
pub(super) fn total(members: &[Voter]) -> u64 {
    members.iter().fold(0, |sum, voter| sum.saturating_add(voter.weight.0))
}

/// Weight of a member; nothing for a stranger.
pub(super) fn weight_of(members: &[Voter], key: &PublicKey) -> u64 {
    members.iter().find(|voter| voter.key == *key).map_or(0, |voter| voter.weight.0)
}
