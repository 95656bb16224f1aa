//! What a node does with blocks and transactions that it should not take, and what it keeps over a restart.
//!
//! Two nodes with real keys: `alice` makes blocks, `watcher` follows. Larger networks, faults and time are the
//! simulator's (`testnet/src/sim`).

#![expect(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "an overflow fails the test, and a test looks for one effect among many"
)]

mod hostile;
mod logged;
mod upgrade;

use super::{
    AnswerId, Core, Effect, Input, MessageId, Notification, Peer, SealRefused, SessionKeys, Signer,
    StartError, StartOptions, SubmitError, Ticket, Validation,
};
use crate::chain_spec::ChainSpec;
use crate::runtime::{BalancesCall, Call, PROTOCOL_VERSION, Validity, Verified, check_transaction};
use serin_consensus::crypto::Strict;
use serin_consensus::finality::accuse::{LogLimits, VoteLog};
use serin_consensus::finality::voter::{LogWrite, Refused, VoteSigner};
use serin_consensus::finality::{SignedVote, Vote, VoterSet};
use serin_consensus::leader::vrf::LotterySecret;
use serin_network::message::{BlockAnnouncement, Gossip};
use serin_network::peers::Offence;
use serin_state::codec::encode;
use serin_state::derive::{Seed, SessionSeeds};
use serin_state::store::{FaultyStore, StoreError};
use serin_state::types::{
    AccountId, Balance, Domain, Hash, Header, Height, LotteryProof, Millis, Nonce, PublicKey,
    Round, SecretKey, SetId, Signature, SignedTransaction, Slot, Transaction,
};

const GENESIS_MS: u64 = 1_000_000;
const PEER: Peer = Peer(7);

type TestCore = Core<FaultyStore, Keys, Strict>;

/// Real keys with a journal in memory.
#[derive(Clone, Debug)]
struct Keys {
    secrets: Option<(SecretKey, std::sync::Arc<LotterySecret>, SecretKey)>,
    sealed: Option<(Slot, [u8; 32])>,
    voted: Vec<Vote>,
    log: Vec<SignedVote>,
}

impl Keys {
    fn of(uri: Option<&str>) -> Self {
        let secrets = uri.map(|uri| {
            let seeds = SessionSeeds::from_uri(uri).unwrap();
            let lottery = LotterySecret::from_seed(seeds.lottery.as_bytes());
            (seeds.seal.key(), lottery.into(), seeds.vote.key())
        });
        Self { secrets, sealed: None, voted: Vec::new(), log: Vec::new() }
    }
}

impl VoteSigner for Keys {
    fn enter_set(&mut self, _: &VoterSet) {}

    fn vote_key(&self) -> Option<PublicKey> {
        self.secrets.as_ref().map(|(_, _, vote)| vote.public())
    }

    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, Refused> {
        let (_, _, key) = self.secrets.as_ref().ok_or(Refused::Barred)?;
        self.voted.push(*vote);
        Ok(key.sign_vote(&vote.payload()))
    }

    fn log_counted(
        &mut self,
        votes: &[SignedVote],
        _: &dyn Fn(&Hash) -> Option<Header>,
        _: LogWrite,
    ) -> bool {
        self.log.extend(votes);
        true
    }
}

impl Signer for Keys {
    fn identity(&self) -> Option<SessionKeys> {
        self.secrets.as_ref().map(|(seal, lottery, vote)| SessionKeys {
            seal: seal.public(),
            lottery: lottery.public(),
            vote: vote.public(),
        })
    }

    fn prove(&self, alpha: &[u8]) -> Option<LotteryProof> {
        self.secrets.as_ref().map(|(_, lottery, _)| lottery.prove(alpha))
    }

    fn seal(
        &mut self,
        slot: Slot,
        genesis: &Hash,
        statement: &[u8; 32],
    ) -> Result<Signature, SealRefused> {
        let (seal, ..) = self.secrets.as_ref().ok_or(SealRefused::NoKey)?;
        if self
            .sealed
            .is_some_and(|(last, other)| last > slot || (last == slot && other != *statement))
        {
            return Err(SealRefused::AlreadySigned);
        }
        self.sealed = Some((slot, *statement));
        Ok(seal.sign(Domain::Seal, genesis, statement))
    }

    fn sign_report(&self, genesis: &Hash, statement: &[u8]) -> Option<Signature> {
        let (seal, ..) = self.secrets.as_ref()?;
        Some(seal.sign(Domain::Transaction, genesis, statement))
    }

    fn logged(&self, set: SetId, round: Round) -> Option<VoteLog> {
        let mut log = VoteLog::new(LogLimits::offline());
        for vote in self.log.iter().filter(|one| (one.vote.set, one.vote.round) == (set, round)) {
            log.record(Slot(0), vote);
        }
        Some(log)
    }
}

fn spec() -> ChainSpec {
    ChainSpec::development(1, Millis(GENESIS_MS))
}

fn start(keys: Keys, store: FaultyStore) -> TestCore {
    let options = StartOptions { traced: true, ..StartOptions::default() };
    Core::start(spec(), store, keys, Strict, options).unwrap()
}

fn alice() -> TestCore {
    start(Keys::of(Some("//Alice")), FaultyStore::new())
}

fn watcher() -> TestCore {
    let mut core = start(Keys::of(None), FaultyStore::new());
    core.on_input(at(0), Input::PeerConnected(PEER));
    core
}

fn at(slot: u64) -> Millis {
    Millis(GENESIS_MS + slot * 1_000)
}

/// Alice's block of `slot`.
fn block(alice: &mut TestCore, slot: u64) -> BlockAnnouncement {
    let effects = alice.on_input(at(slot), Input::Wake);
    let made = effects.into_iter().find_map(|effect| match effect {
        Effect::Gossip(Gossip::Block(announcement)) => Some(*announcement),
        _ => None,
    });
    made.unwrap()
}

fn announce(core: &mut TestCore, slot: u64, announcement: BlockAnnouncement) -> Vec<Effect> {
    let id = MessageId(slot);
    let announcement = Box::new(announcement);
    core.on_input(at(slot), Input::Announcement { from: PEER, id, announcement })
}

fn verdict(effects: &[Effect]) -> (Option<Validation>, Option<Offence>) {
    let validation = effects.iter().find_map(|effect| match effect {
        Effect::Validate(_, validation) => Some(*validation),
        _ => None,
    });
    let offence = effects.iter().find_map(|effect| match effect {
        Effect::Punish(PEER, offence) => Some(*offence),
        _ => None,
    });
    (validation, offence)
}

fn reseal(announcement: &mut BlockAnnouncement, uri: &str) {
    let header = &mut announcement.header;
    let key = SessionSeeds::from_uri(uri).unwrap().seal.key();
    let genesis = spec().genesis().hash;
    header.seal = key.sign(Domain::Seal, &genesis, &header.unsealed.seal_statement());
}

#[test]
fn one_validator_makes_a_block_every_slot_and_finalises_it_at_once() {
    let mut alice = alice();
    for slot in 1..=20 {
        block(&mut alice, slot);
        assert_eq!(alice.head().height, Height(u32::try_from(slot).unwrap()));
        assert_eq!(alice.finalized(), alice.head(), "slot {slot}");
    }
}

type Verdict = (Option<Validation>, Option<Offence>);
type Change = fn(&mut BlockAnnouncement);

fn kinds_of_blocks() -> Vec<(&'static str, Change, Verdict)> {
    let punished = (Some(Validation::Reject), Some(Offence::InvalidBlock));
    vec![
        ("as it was made", |_| {}, (Some(Validation::Accept), None)),
        ("a seal of another key", |a| reseal(a, "//Bob"), punished),
        (
            "a wrong state root",
            |a| {
                a.header.unsealed.state_root = Hash([1; 32]);
                reseal(a, "//Alice");
            },
            punished,
        ),
        (
            "a wrong outcome root",
            |a| {
                a.header.unsealed.outcome_root = Hash([1; 32]);
                reseal(a, "//Alice");
            },
            punished,
        ),
        (
            "a body root of another body",
            |a| {
                a.header.unsealed.body_root = Hash([1; 32]);
                reseal(a, "//Alice");
            },
            punished,
        ),
        (
            "an author that does not exist",
            |a| {
                a.header.unsealed.claim.as_mut().unwrap().author.0 = 9;
                reseal(a, "//Alice");
            },
            punished,
        ),
        (
            "an announcement that nobody elected",
            |a| {
                a.header.unsealed.announcements.next_set = Some(Vec::new());
                reseal(a, "//Alice");
            },
            punished,
        ),
        (
            "a height that jumps",
            |a| {
                a.header.unsealed.height = Height(5);
                reseal(a, "//Alice");
            },
            punished,
        ),
        (
            "an unknown parent",
            |a| a.header.unsealed.parent = Hash([9; 32]),
            (Some(Validation::Ignore), None),
        ),
    ]
}

#[test]
fn a_follower_takes_good_blocks_and_refuses_every_other_kind() {
    let punished = (Some(Validation::Reject), Some(Offence::InvalidBlock));
    for (why, change, expected) in kinds_of_blocks() {
        let mut announcement = block(&mut alice(), 1);
        change(&mut announcement);
        let mut watcher = watcher();
        let effects = announce(&mut watcher, 1, announcement.clone());
        assert_eq!(verdict(&effects), expected, "{why}");
        let taken = expected.0 == Some(Validation::Accept);
        assert_eq!(watcher.head().height, Height(u32::from(taken)), "{why}");
        if expected == punished {
            let again = announce(&mut watcher, 1, announcement);
            assert_ne!(verdict(&again).0, Some(Validation::Accept), "{why}, sent again");
        }
    }
}

#[test]
fn a_block_of_the_future_is_ignored_and_taken_when_its_time_has_come() {
    let announcement = block(&mut alice(), 9);
    let mut watcher = watcher();
    let effects = announce(&mut watcher, 3, announcement.clone());
    assert_eq!(verdict(&effects), (Some(Validation::Ignore), Some(Offence::FutureBlock)));
    let effects = announce(&mut watcher, 9, announcement);
    assert_eq!(verdict(&effects), (Some(Validation::Accept), None));
}

#[test]
fn blocks_that_come_before_their_parent_wait_for_it() {
    let mut alice = alice();
    let blocks: Vec<_> = (1..=4).map(|slot| block(&mut alice, slot)).collect();
    let mut watcher = watcher();
    let effects = announce(&mut watcher, 4, blocks[3].clone());
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Request { id, request, .. } => Some((*id, request.clone())),
        _ => None,
    });
    let (id, request) = asked.unwrap();
    let answers = alice.on_input(at(4), Input::Request { from: Peer(1), id: AnswerId(1), request });
    let response = answers.into_iter().find_map(|effect| match effect {
        Effect::Respond(_, response) => Some(response),
        _ => None,
    });
    watcher.on_input(at(4), Input::Response { from: PEER, id, result: Ok(response.unwrap()) });
    assert_eq!(watcher.head(), alice.head());
}

#[test]
fn an_author_that_seals_two_blocks_for_a_slot_is_noticed() {
    let mut other = alice();
    let transfer = transfer("//Bob", 0, 5);
    other.on_input(at(0), Input::Submit { ticket: Ticket(1), transaction: Box::new(transfer) });
    let (one, two) = (block(&mut alice(), 1), block(&mut other, 1));
    let mut watcher = watcher();
    announce(&mut watcher, 1, one);
    let effects = announce(&mut watcher, 1, two);
    let noticed = effects
        .iter()
        .any(|effect| matches!(effect, Effect::Notify(Notification::SealEquivocation(_))));
    assert!(noticed, "{effects:?}");
}

fn transfer(from: &str, nonce: u64, tokens: u128) -> Verified<SignedTransaction> {
    let key = Seed::from_uri(from).unwrap().key();
    let to = AccountId::from(Seed::from_uri("//Charlie").unwrap().key().public());
    let call = Call::Balances(BalancesCall::Transfer { to, amount: Balance::tokens(tokens) });
    let transaction = Transaction {
        sender: key.public().into(),
        nonce: Nonce(nonce),
        last_valid_slot: Slot(100),
        tip: Balance::ZERO,
        call: encode(&call),
    };
    let genesis = spec().genesis().hash;
    let signed = transaction.sign(&key, &genesis, PROTOCOL_VERSION);
    Verified::check(signed, &genesis, PROTOCOL_VERSION).unwrap()
}

/// That of any transaction that can be in a block.
pub(super) fn some_validity() -> Validity {
    let core = alice();
    let view = core.layers.view(&core.head().hash).unwrap();
    check_transaction(&core.chain, &view, Slot(1), &transfer("//Bob", 0, 5)).unwrap()
}

fn submit(
    core: &mut TestCore,
    now: Millis,
    transaction: Verified<SignedTransaction>,
) -> Result<Hash, SubmitError> {
    let input = Input::Submit { ticket: Ticket(5), transaction: Box::new(transaction) };
    let reply = core.on_input(now, input).into_iter().find_map(|effect| match effect {
        Effect::Reply(Ticket(5), result) => Some(result),
        _ => None,
    });
    reply.unwrap()
}

#[test]
fn a_transfer_is_taken_once_put_into_a_block_and_final() {
    let mut alice = alice();
    let charlie = AccountId::from(Seed::from_uri("//Charlie").unwrap().key().public());
    let before = alice.account(charlie, &alice.head().hash).unwrap().free;
    assert!(submit(&mut alice, at(0), transfer("//Bob", 0, 5)).is_ok());
    assert_eq!(submit(&mut alice, at(0), transfer("//Bob", 0, 5)), Err(SubmitError::Duplicate));
    assert_eq!(alice.pool_len(), 1);
    block(&mut alice, 1);
    assert_eq!(alice.pool_len(), 0);
    let after = alice.account(charlie, &alice.finalized().hash).unwrap().free;
    assert_eq!(after, before.saturating_add(Balance::tokens(5)));
    let stored = alice.block(&alice.head().hash).unwrap();
    assert_eq!(stored.outcomes.len(), 1);
    assert!(stored.outcomes[0].result.is_ok());
}

#[test]
fn transactions_that_cannot_be_in_a_block_are_refused_with_a_sentence() {
    let mut alice = alice();
    block(&mut alice, 1);
    let invalid = |result: Result<Hash, SubmitError>| result.unwrap_err().to_string();
    let unknown = invalid(submit(&mut alice, at(2), transfer("//Nobody", 0, 5)));
    assert!(!unknown.is_empty(), "{unknown}");
    let replacement = submit(&mut alice, at(1), transfer("//Bob", 0, 6));
    assert!(replacement.is_ok());
    let cheap = submit(&mut alice, at(1), transfer("//Bob", 0, 7));
    assert_eq!(cheap, Err(SubmitError::Underpriced));
    let far = submit(&mut alice, at(1), transfer("//Bob", 5_000, 7));
    assert_eq!(far, Err(SubmitError::SenderFull));
    let expired = invalid(submit(&mut alice, at(200), transfer("//Bob", 0, 5)));
    assert!(expired.contains("slot"), "{expired}");
}

#[test]
fn a_node_comes_back_with_everything_and_goes_on() {
    let mut alice = alice();
    for slot in 1..=5 {
        block(&mut alice, slot);
    }
    let head = alice.head();
    let (store, keys) = alice.into_parts();
    let mut back = start(keys.clone(), store.clone());
    assert!(back.is_justified(Height(5)));
    assert_eq!((back.head(), back.finalized()), (head, head));
    block(&mut back, 6);
    assert_eq!(back.head().height, Height(6));
    let proofs = (0..=6).filter(|height| back.is_justified(Height(*height)));
    assert_eq!(proofs.collect::<Vec<_>>(), [6], "the newest proof replaced the one before");

    let mut after_power_cut = store;
    after_power_cut.lose_power(0);
    let back = start(keys, after_power_cut);
    assert_eq!(back.finalized(), head, "what was told to be final was durable");
}

#[test]
fn a_store_of_another_chain_is_refused_and_a_full_disk_stops_the_node() {
    let alice = alice();
    let (store, keys) = alice.into_parts();
    let mut other = spec();
    other.params.epoch_slots += 1;
    let refused = Core::start(other, store.clone(), keys.clone(), Strict, StartOptions::default())
        .unwrap_err();
    assert!(matches!(refused, StartError::OtherChain { .. }), "{refused}");

    let mut full = store;
    full.fail_at(full.commits(), StoreError::Full);
    let mut core = start(keys, full);
    let effects = core.on_input(at(1), Input::Wake);
    assert!(matches!(effects.as_slice(), [Effect::Halt(_)]), "nothing else leaves: {effects:?}");
    assert!(core.on_input(at(2), Input::Wake).is_empty(), "and nothing after it");
}

#[test]
fn a_node_that_keeps_few_blocks_keeps_few_rows_however_long_it_runs() {
    use super::History;
    use serin_state::store::{Column, Store};
    let mut node = alice().with_history(History::Last(0));
    let mut most = 0;
    for slot in 1..=1_400 {
        block(&mut node, slot);
        if slot % 50 == 0 {
            let rows = node.layers.store().scan(Column::Block, b"b", usize::MAX);
            most = most.max(rows.iter().filter(|(key, _)| key[0] == b'b').count());
        }
    }
    let least = usize::try_from(History::LEAST).unwrap();
    assert!((least..least + 80).contains(&most), "{most} blocks at most");
    let oldest = node.oldest_block();
    assert_eq!(oldest.0 + History::LEAST, node.finalized().height.0, "and it says so");
    let at = |height: Height| node.hash_of(height).and_then(|hash| node.block(&hash));
    assert!(at(oldest).is_some() && at(oldest.previous().unwrap()).is_none());
}
