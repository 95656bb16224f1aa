//! Blocks drawn as text, voters by number, and their votes.
//!
//! `"0 A B C, A D"` is two chains: A on 0, B on A, C on B, and D on A. `0` is the first block.

use crate::finality::{Ancestry, BlockRef, SignedVote, Stage, Vote, VoterSet};
use serin_state::types::{
    Announcements, Hash, Header, Height, ProtocolVersion, PublicKey, Round, SecretKey, SetId,
    Signature, UnsealedHeader, VoteWeight, Voter,
};
use std::collections::BTreeMap;

pub(in crate::finality) const SET: SetId = SetId(7 << 32);
pub(in crate::finality) const ROUND: Round = Round(3);

/// A tree of blocks with names.
#[derive(Clone, Debug)]
pub(in crate::finality) struct Drawing {
    names: BTreeMap<String, Hash>,
    headers: BTreeMap<Hash, Header>,
}

fn header(parent: Option<&Header>, name: &str) -> Header {
    let unsealed = UnsealedHeader {
        version: ProtocolVersion(1),
        knows: ProtocolVersion(2),
        parent: parent.map_or(Hash::ZERO, Header::hash),
        height: parent.map_or(Height(10), |parent| parent.height().next().unwrap()),
        claim: None,
        body_root: Hash::of(name.as_bytes()),
        state_root: Hash::ZERO,
        outcome_root: Hash::ZERO,
        announcements: Announcements { next_epoch: None, next_set: None },
    };
    Header { unsealed, seal: Signature([0; 64]) }
}

pub(in crate::finality) fn reference(header: &Header) -> BlockRef {
    BlockRef { hash: header.hash(), height: header.height() }
}

impl Drawing {
    pub(in crate::finality) fn new(chains: &str) -> Self {
        let mut drawing = Self { names: BTreeMap::new(), headers: BTreeMap::new() };
        drawing.add(None, "0");
        for chain in chains.split(',') {
            let names: Vec<&str> = chain.split_whitespace().collect();
            for pair in names.windows(2) {
                let parent = drawing.block(pair[0]);
                drawing.add(Some(parent), pair[1]);
            }
        }
        drawing
    }

    fn add(&mut self, parent: Option<BlockRef>, name: &str) {
        let parent = parent.map(|parent| &self.headers[&parent.hash]);
        let header = header(parent, name);
        assert!(!self.names.contains_key(name), "{name} is drawn twice");
        self.names.insert(name.to_owned(), header.hash());
        self.headers.insert(header.hash(), header);
    }

    pub(in crate::finality) fn block(&self, name: &str) -> BlockRef {
        reference(&self.headers[self.names.get(name).unwrap_or_else(|| panic!("no {name}"))])
    }

    /// The name of a block, `-` for none.
    pub(in crate::finality) fn name(&self, block: Option<BlockRef>) -> &str {
        let Some(block) = block else { return "-" };
        let mut names = self.names.iter();
        names.find(|(_, hash)| **hash == block.hash).map_or("?", |(name, _)| name)
    }

    pub(in crate::finality) fn header(&self, hash: &Hash) -> Option<Header> {
        self.headers.get(hash).cloned()
    }

    /// All headers.
    pub(in crate::finality) fn headers(&self) -> impl Iterator<Item = &Header> {
        self.headers.values()
    }

    /// Forgets a block, as a node does whose chain lost.
    pub(in crate::finality) fn forget(&mut self, name: &str) {
        let hash = self.names.remove(name).unwrap();
        self.headers.remove(&hash);
    }
}

impl Ancestry for Drawing {
    fn height(&self, block: &Hash) -> Option<Height> {
        self.headers.get(block).map(Header::height)
    }

    fn common_ancestor(&self, one: &Hash, other: &Hash) -> Option<BlockRef> {
        let mut height = self.height(one)?.min(self.height(other)?);
        loop {
            let (left, right) = (self.ancestor_at(one, height)?, self.ancestor_at(other, height)?);
            if left == right {
                return Some(left);
            }
            height = height.previous()?;
        }
    }

    fn ancestor_at(&self, block: &Hash, height: Height) -> Option<BlockRef> {
        let mut header = self.headers.get(block)?;
        while header.height() > height {
            header = self.headers.get(&header.parent())?;
        }
        (header.height() == height).then(|| reference(header))
    }
}

/// Secret keys of voters, so that voter `i` stands at position `i` of its set.
pub(in crate::finality) fn secrets(count: usize) -> Vec<SecretKey> {
    let seed = |index: usize| Hash::of(format!("voter {index}").as_bytes()).0;
    let mut secrets: Vec<SecretKey> = (0..count).map(|i| SecretKey::from_seed(&seed(i))).collect();
    secrets.sort_by_key(SecretKey::public);
    secrets
}

pub(in crate::finality) fn set_of(keys: &[PublicKey], weights: &[u64]) -> VoterSet {
    let voters: Vec<Voter> = keys
        .iter()
        .zip(weights)
        .map(|(key, weight)| Voter { key: *key, weight: VoteWeight(*weight) })
        .collect();
    VoterSet::new(SET, &voters).unwrap()
}

/// Keys nobody holds: the round never looks at signatures.
pub(in crate::finality) fn plain_keys(count: usize) -> Vec<PublicKey> {
    (1..=u8::try_from(count).unwrap()).map(|number| PublicKey([number; 32])).collect()
}

pub(in crate::finality) fn vote(stage: Stage, target: BlockRef) -> Vote {
    Vote { set: SET, round: ROUND, stage, target }
}

/// A vote with a signature that differs from one call to the next where `salt` does.
pub(in crate::finality) fn unsigned(voter: PublicKey, vote: Vote, salt: u8) -> SignedVote {
    SignedVote { vote, voter, signature: Signature([salt; 64]) }
}

pub(in crate::finality) fn signed(secret: &SecretKey, vote: Vote) -> SignedVote {
    SignedVote { vote, voter: secret.public(), signature: secret.sign_vote(&vote.payload()) }
}
