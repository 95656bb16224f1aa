//! Validators with real keys and chains of real headers, for the tests of this crate.
//!
//! Everything follows from small numbers, so a failing test prints what is needed to see it again.

use super::{
    BlockEntry, EpochData, HeaderContext, LotteryContext, Member, Session, Validators, claim_slot,
    vrf::LotterySecret,
};
use crate::{crypto::Strict, params::Params, rules::LotteryRules};
use serin_state::types::{
    AccountId, Announcements, Authority, AuthorityIndex, ClaimKind, Hash, Header, Height, Millis,
    ProtocolVersion, PublicKey, SecretKey, Signature, Slot, SlotClaim, UnsealedHeader, VoteWeight,
};

/// Epochs of ten slots, a primary leader in half of them.
pub(crate) const PARAMS: Params = Params {
    genesis_time_ms: Millis(0),
    slot_ms: 1_000,
    epoch_slots: 10,
    primary_numerator: 1,
    primary_denominator: 2,
    secondary_delay_ms: 300,
    gossip_ms: 100,
    bonding_slots: 10_080,
};

pub(crate) const VERSION: ProtocolVersion = ProtocolVersion(1);

/// The three keys of validator `number`.
pub(crate) struct Keys {
    pub(crate) seal: SecretKey,
    pub(crate) lottery: LotterySecret,
    pub(crate) vote: PublicKey,
}

pub(crate) fn keys(number: u8) -> Keys {
    Keys {
        seal: SecretKey::from_seed(&[number; 32]),
        lottery: LotterySecret::from_seed(&[number ^ 0x80; 32]),
        vote: SecretKey::from_seed(&[number ^ 0x40; 32]).public(),
    }
}

pub(crate) fn authority(number: u8) -> Authority {
    let keys = keys(number);
    Authority { seal: keys.seal.public(), lottery: keys.lottery.public(), weight: VoteWeight(1) }
}

/// Validator `number`, of weight 1.
pub(crate) fn member(number: u8) -> Member {
    let Authority { seal, lottery, weight } = authority(number);
    let account = AccountId([number; 32]);
    Member { account, seal, lottery, vote: keys(number).vote, weight }
}

/// The validators with these numbers.
pub(crate) fn validators(numbers: &[u8]) -> Validators {
    Validators::new(numbers.iter().map(|number| member(*number)).collect()).unwrap()
}

/// A chain's tip with its session, and who holds which keys.
pub(crate) struct Chain {
    pub(crate) genesis: Hash,
    pub(crate) rules: LotteryRules,
    pub(crate) numbers: Vec<u8>,
    pub(crate) session: Session,
    pub(crate) tip: Header,
}

impl Chain {
    /// Genesis of a chain of these validators.
    pub(crate) fn of(numbers: &[u8]) -> Self {
        let set = validators(numbers);
        let randomness = [Hash::of(b"epoch 0"), Hash::of(b"epoch 1")];
        let tip = Header {
            unsealed: UnsealedHeader {
                version: VERSION,
                knows: VERSION,
                parent: Hash::ZERO,
                height: Height::ZERO,
                claim: None,
                body_root: Hash::ZERO,
                state_root: Hash::ZERO,
                outcome_root: Hash::ZERO,
                announcements: Announcements::default(),
            },
            seal: Signature([0; 64]),
        };
        Self {
            genesis: tip.hash(),
            rules: LotteryRules::default(),
            numbers: numbers.to_vec(),
            session: Session::genesis(set.clone(), set, randomness),
            tip,
        }
    }

    /// The data of a child at `slot`.
    pub(crate) fn epoch(&self, slot: Slot) -> EpochData {
        self.session.epoch_for(&PARAMS, slot)
    }

    pub(crate) fn lottery<'a>(&'a self, epoch: &'a EpochData) -> LotteryContext<'a, Strict> {
        let (genesis, rules) = (&self.genesis, &self.rules);
        LotteryContext { genesis, rules, epoch, verifier: &Strict }
    }

    pub(crate) fn context<'a>(
        &'a self,
        epoch: &'a EpochData,
        slot_now: Slot,
    ) -> HeaderContext<'a, Strict> {
        HeaderContext {
            genesis: &self.genesis,
            params: &PARAMS,
            rules: &self.rules,
            parent: &self.tip,
            version: VERSION,
            epoch,
            slot_now,
            verifier: &Strict,
        }
    }

    /// The claim of validator `index` in `slot`, of the wanted kind.
    pub(crate) fn claim(
        &self,
        slot: Slot,
        index: u32,
        wanted: Option<ClaimKind>,
    ) -> Option<super::Claimed> {
        let epoch = self.epoch(slot);
        let lottery = keys(self.numbers[usize::try_from(index).unwrap()]).lottery;
        claim_slot(&self.lottery(&epoch), slot, AuthorityIndex(index), wanted, &lottery)
    }

    /// The first slot above the tip's in which somebody has a claim of `kind`, and the claim.
    pub(crate) fn find(&self, kind: ClaimKind) -> super::Claimed {
        let count = u32::try_from(self.numbers.len()).unwrap();
        let slots = (1..).map(|ahead| self.tip.slot().saturating_add(ahead));
        slots
            .flat_map(|slot| (0..count).map(move |index| (slot, index)))
            .find_map(|(slot, index)| self.claim(slot, index, Some(kind)))
            .unwrap()
    }

    /// A child of the tip with this claim and what the session announces for it, unsealed.
    pub(crate) fn child(&self, claim: SlotClaim) -> UnsealedHeader {
        let checked = self.claim(claim.slot, claim.author.0, None);
        let entry = BlockEntry {
            slot: claim.slot,
            kind: claim.kind,
            randomness: checked.map_or(Hash::ZERO, |claimed| claimed.checked.randomness),
        };
        let announcements = self.session.clone().on_block(&PARAMS, &self.rules, entry, None);
        UnsealedHeader {
            parent: self.tip.hash(),
            height: self.tip.height().next().unwrap(),
            claim: Some(claim),
            announcements,
            ..self.tip.unsealed.clone()
        }
    }

    /// Seals as the authority at `author`.
    pub(crate) fn seal(&self, unsealed: UnsealedHeader, author: AuthorityIndex) -> Header {
        let number = self.numbers[usize::try_from(author.0).unwrap()];
        let statement = unsealed.seal_statement();
        let seal = keys(number).seal.sign(Header::DOMAIN, &self.genesis, &statement);
        Header { unsealed, seal }
    }

    /// A valid child of the tip for this claim.
    pub(crate) fn sealed_child(&self, claim: SlotClaim) -> Header {
        self.seal(self.child(claim), claim.author)
    }
}
