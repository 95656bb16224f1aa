//! Transfers through every node, while nodes are killed and while they are not: nothing final is lost, nothing is signed
//! twice, and the balances are what a model says.

use crate::journal::audit;
use crate::running::{FOUR, NODES, Running, copy_folder, has_node};
use serin_node::chain_spec::development_uri;
use serin_node::runtime::{BalancesCall, Call, PROTOCOL_VERSION};
use serin_state::codec::encode;
use serin_state::derive::Seed;
use serin_state::random::Random;
use serin_state::types::{AccountId, Balance, Hash, Nonce, SecretKey, Slot, Transaction};
use serin_testnet::launch::rpc;
use std::collections::BTreeMap;

/// Rounds of random kills; more with `SERIN_KILLS`.
const KILLS: u64 = 5;
/// Seed of the kills, printed by a failure's backtrace.
const SEED: u64 = 20_261_123;

struct Sender {
    key: SecretKey,
    nonce: u64,
}

impl Sender {
    fn new(uri: &str) -> Self {
        Self { key: Seed::from_uri(uri).unwrap().key(), nonce: 0 }
    }

    fn id(&self) -> AccountId {
        self.key.public().into()
    }

    /// The next transfer, signed.
    fn transfer(&mut self, to: AccountId, amount: Balance, genesis: &Hash, slot: u64) -> Vec<u8> {
        let call = Call::Balances(BalancesCall::Transfer { to, amount });
        let transaction = Transaction {
            sender: self.id(),
            nonce: Nonce(self.nonce),
            last_valid_slot: Slot(slot + 2_000),
            tip: Balance::ZERO,
            call: encode(&call),
        };
        self.nonce += 1;
        encode(&transaction.sign(&self.key, genesis, PROTOCOL_VERSION))
    }
}

fn account(net: &Running, node: &str, id: AccountId) -> (u64, u128) {
    let view = rpc::account(&net.url(node).unwrap(), &id.to_string(), "final").unwrap();
    (view.nonce, view.free.parse().unwrap())
}

#[test]
fn random_kills_under_load_lose_nothing_and_sign_nothing_twice() {
    if !has_node() {
        return;
    }
    let kills = std::env::var("SERIN_KILLS").ok().and_then(|text| text.parse().ok());
    let kills: u64 = kills.unwrap_or(KILLS);
    let net = Running::start(FOUR);
    net.wait("four nodes finalise", |net| NODES.iter().all(|node| net.finalized(node) >= 3));
    let genesis: Hash = net.status("alice").unwrap().genesis.parse().unwrap();
    let random = Random::from_number(SEED);
    let mut sender = Sender::new("//Eve");
    let receiver = Sender::new("//Ferdie").id();
    let (_, before) = account(&net, "alice", receiver);
    let amount = Balance::tokens(1);
    for kill in 0..kills {
        let victim = *random.draw("victim", 0, kill).pick(&NODES).unwrap();
        let others: Vec<&str> = NODES.into_iter().filter(|node| *node != victim).collect();
        for turn in 0..10 {
            let url = net.url(others[turn % others.len()]).unwrap();
            let slot = rpc::status(&url).unwrap().slot;
            rpc::submit(&url, &sender.transfer(receiver, amount, &genesis, slot)).unwrap();
        }
        serin_testnet::launch::clock::pause(random.draw("moment", 0, kill).below(300));
        net.kill(victim);
        let database = net.node_folder(victim).join("db");
        match kill % 3 {
            // Its database is gone: it fetches the chain again, and its journal still bars it.
            1 => std::fs::remove_dir_all(&database).unwrap(),
            // Its database is an older copy.
            2 => {
                let copy = net.folder().join("older");
                copy_folder(&database, &copy);
                net.restart(victim);
                net.wait_for_finality(&NODES, 5);
                net.kill(victim);
                std::fs::remove_dir_all(&database).unwrap();
                std::fs::rename(&copy, &database).unwrap();
            }
            _ => {}
        }
        net.wait_for_finality(&others, 3);
        net.restart(victim);
        net.wait_for_finality(&NODES, 3);
    }
    let sent = sender.nonce;
    net.wait("every transfer is final everywhere", |net| {
        NODES
            .iter()
            .all(|node| net.status(node).is_some() && account(net, node, sender.id()).0 == sent)
    });
    for node in NODES {
        let (_, after) = account(&net, node, receiver);
        assert_eq!(after - before, u128::from(sent) * amount.0, "{node}");
        assert!(audit(&net.node_folder(node).join("signer")) > 20, "{node} has signed");
    }
    net.assert_equal_roots(&NODES);
}

#[test]
fn ten_thousand_transfers_of_a_hundred_accounts_end_as_a_model_says() {
    if !has_node() {
        return;
    }
    let net = Running::start(FOUR);
    net.wait("four nodes finalise", |net| NODES.iter().all(|node| net.finalized(node) >= 3));
    let genesis: Hash = net.status("alice").unwrap().genesis.parse().unwrap();
    let urls: Vec<String> = NODES.iter().map(|node| net.url(node).unwrap()).collect();
    let slot = rpc::status(&urls[0]).unwrap().slot;
    let mut senders: Vec<Sender> =
        (0..100).map(|number| Sender::new(&format!("//Load//{number}"))).collect();
    fund(&net, &senders, &genesis, slot);

    let random = Random::from_number(SEED);
    let mut received: BTreeMap<AccountId, u128> = BTreeMap::new();
    let mut given: BTreeMap<AccountId, u128> = BTreeMap::new();
    for number in 0..10_000_u64 {
        let from = usize::try_from(number % 100).unwrap();
        let to = senders[usize::try_from(random.draw("to", 0, number).below(100)).unwrap()].id();
        let amount =
            Balance(1_000_000 + u128::from(random.draw("amount", 0, number).below(1_000_000)));
        *received.entry(to).or_default() += amount.0;
        *given.entry(senders[from].id()).or_default() += amount.0;
        let bytes = senders[from].transfer(to, amount, &genesis, slot);
        let url = &urls[usize::try_from(number / 100 % 4).unwrap()];
        rpc::submit(url, &bytes).unwrap();
    }
    net.wait("all transfers are final", |net| {
        senders.iter().all(|sender| account(net, "dave", sender.id()).0 == 100)
    });
    net.wait("on every node", |net| {
        let last = senders.last().unwrap().id();
        NODES.iter().all(|node| account(net, node, last).0 == 100)
    });
    net.assert_equal_roots(&NODES);
    let fees = fees_paid(&net);
    for sender in &senders {
        let id = sender.id();
        let of = |amounts: &BTreeMap<AccountId, u128>| amounts.get(&id).copied().unwrap_or(0);
        let expected = Balance::tokens(10).0 + of(&received) - of(&given) - of(&fees);
        for node in NODES {
            assert_eq!(account(&net, node, id).1, expected, "{id} on {node}");
        }
    }
    let development = (0..6).map(|index| Sender::new(&development_uri(index)).id());
    let treasury = AccountId::of_module(b"treasury");
    let all: Vec<AccountId> =
        senders.iter().map(Sender::id).chain(development).chain([treasury]).collect();
    for node in NODES {
        let sum: u128 = all.iter().map(|id| account(&net, node, *id).1).sum();
        assert_eq!(sum, Balance::tokens(6_000_001).0, "what {node} says exists");
    }
}

/// What every sender paid in fees, as the outcomes of all final blocks say.
fn fees_paid(net: &Running) -> BTreeMap<AccountId, u128> {
    let mut fees = BTreeMap::new();
    let url = net.url("charlie").unwrap();
    for height in 1..=net.finalized("charlie") {
        let block = rpc::block(&url, u64::from(height)).unwrap().unwrap();
        for transaction in block.transactions {
            let sender: AccountId = transaction.sender.parse().unwrap();
            let fee: u128 = transaction.outcome.unwrap().fee.parse().unwrap();
            *fees.entry(sender).or_default() += fee;
        }
    }
    fees
}

/// Ten tokens for everybody, from the development accounts, final before anything else is sent.
fn fund(net: &Running, senders: &[Sender], genesis: &Hash, slot: u64) {
    let url = net.url("alice").unwrap();
    for (index, chunk) in senders.chunks(25).enumerate() {
        let mut rich = Sender::new(&development_uri(index));
        for sender in chunk {
            let bytes = rich.transfer(sender.id(), Balance::tokens(10), genesis, slot);
            rpc::submit(&url, &bytes).unwrap();
        }
    }
    net.wait("everybody is funded", |net| {
        NODES.iter().all(|node| {
            senders.iter().all(|sender| account(net, node, sender.id()).1 == Balance::tokens(10).0)
        })
    });
}
