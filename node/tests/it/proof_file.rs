//! Proof files of a real chain: complete for everything that can be asked, and refused when anything in them is changed.

use crate::net::{Net, taking_turns};
use crate::world::id;
use serin_consensus::crypto::Strict;
use serin_consensus::finality::proof_chain::{Fragment, Link};
use serin_node::proof::{Answer, Fact, ProofFile, Question, Refusal, Start, Unprovable, verify};
use serin_node::runtime::Call;
use serin_state::codec::{decode, encode};
use serin_state::types::{AccountId, Balance, Hash, Height, SetId};
use std::sync::LazyLock;

/// Twenty-two slots, six pairs of validators, one transfer.
struct Chain {
    net: Net,
    genesis: Hash,
    transfer: Hash,
    block: Height,
}

static CHAIN: LazyLock<Chain> = LazyLock::new(|| {
    let mut net = Net::new(taking_turns());
    net.run_to(5);
    let transfer = net.submit(1, 0, &Call::transfer(id(40), Balance::tokens(3))).hash();
    net.run_to(22);
    let node = &net.nodes[0];
    let holds = |height: &u32| {
        let block = node.hash_of(Height(*height)).and_then(|hash| node.block(&hash)).unwrap();
        block.body.iter().any(|one| one.hash() == transfer)
    };
    let block = Height((1..node.finalized().height.0).find(holds).unwrap());
    let genesis = *node.chain().genesis();
    Chain { net, genesis, transfer, block }
});

impl Chain {
    fn links(&self) -> Vec<Link> {
        let mut links = Vec::new();
        let mut set = SetId::first(&self.genesis);
        while let Some(bytes) = self.net.nodes[0].fragment(set) {
            let fragment: Fragment = decode(&bytes).unwrap();
            set = set.saturating_add(fragment.links.len() as u64);
            links.extend(fragment.links);
        }
        links
    }

    fn file(&self, question: &Question) -> ProofFile {
        let answer = self.net.nodes[0].prove(question).unwrap();
        let answer: Answer = decode(&encode(&answer)).unwrap();
        let last = answer.last.unwrap();
        let mut links = self.links();
        links.retain(|link| link.justification.set() < last.justification.set());
        links.push(last);
        let start = Start::genesis(&self.net.spec).unwrap();
        ProofFile { start, links, statement: answer.statement }
    }

    fn questions(&self) -> Vec<(&'static str, Question)> {
        let event = |transaction| Question::Event { block: self.block, transaction, index: 0 };
        let (hash, block) = (self.transfer, Some(self.block));
        vec![
            ("the final header", Question::Header { block: None }),
            ("an ancestor", Question::Header { block: Some(Height(3)) }),
            ("genesis", Question::Header { block: Some(Height(0)) }),
            ("an account", Question::Account { id: id(40), block: None }),
            ("an account that is not", Question::Account { id: AccountId([9; 32]), block: None }),
            ("an account of the past", Question::Account { id: id(40), block: Some(Height(2)) }),
            ("a transaction", Question::Transaction { hash, block }),
            ("its event", event(Some(0))),
            ("an event of the block", event(None)),
        ]
    }
}

#[test]
fn every_question_is_answered_by_a_file_that_needs_the_genesis_hash_alone() {
    let chain = &*CHAIN;
    let finalized = chain.net.nodes[0].finalized();
    assert!(chain.links().len() >= 3, "several sets took turns");
    for (why, question) in chain.questions() {
        let file = chain.file(&question);
        let bytes = file.to_bytes();
        assert_eq!(ProofFile::from_bytes(&bytes).as_ref(), Ok(&file), "{why}");
        let proven = verify(&bytes, &chain.genesis, &Strict).unwrap();
        assert_eq!(proven.last, finalized, "{why}");
        let statement = proven.statement;
        assert_eq!(chain.net.nodes[0].hash_of(statement.header.height()), Some(statement.hash));
        match (why, statement.fact) {
            ("the final header" | "an ancestor" | "genesis", fact) => {
                assert_eq!(fact, Fact::Header);
            }
            ("an account", Fact::Account(of, account)) => {
                assert_eq!((of, account.unwrap().free), (id(40), Balance::tokens(3)));
            }
            ("an account that is not" | "an account of the past", Fact::Account(_, account)) => {
                assert_eq!(account, None, "{why}");
            }
            ("a transaction", Fact::Transaction { hash, index, outcome, .. }) => {
                assert_eq!((hash, index, &outcome.result), (chain.transfer, 0, &Ok(())));
            }
            ("its event", Fact::Event { transaction: Some(0), event, .. }) => {
                assert!(event.to_string().starts_with("balances.transferred"), "{event}");
            }
            ("an event of the block", Fact::Event { transaction: None, event, .. }) => {
                assert!(event.to_string().starts_with("balances.fees_shared"), "{event}");
            }
            (why, fact) => panic!("{why}: {fact:?}"),
        }
    }
}

#[test]
fn every_flipped_byte_of_a_file_is_refused() {
    let chain = &*CHAIN;
    for (why, question) in chain.questions() {
        let bytes = chain.file(&question).to_bytes();
        for place in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[place] ^= flip;
                let refused = verify(&changed, &chain.genesis, &Strict).unwrap_err();
                let expected = if place < 8 { Refusal::NotAProof } else { Refusal::Damaged };
                assert_eq!(refused, expected, "{why}: byte {place} flipped by {flip:#x}");
            }
        }
    }
}

/// A forger computes the hash at the end anew, so every byte must count without it too.
#[test]
fn every_flipped_byte_under_a_fresh_hash_is_refused_or_says_another_truth() {
    let chain = &*CHAIN;
    for (why, question) in chain.questions() {
        let file = chain.file(&question);
        let body = encode(&file);
        let good = file.verify(&chain.genesis, &chain.genesis, &Strict).unwrap();
        let mut others = 0;
        for place in 0..body.len() {
            let mut changed = body.clone();
            changed[place] ^= 1 << (place % 8);
            let Ok(forged) = decode::<ProofFile>(&changed) else { continue };
            let Ok(proven) = forged.verify(&chain.genesis, &chain.genesis, &Strict) else {
                continue;
            };
            // What is said is no proof: the state lacks the other account too, the list has the other event too.
            others += 1;
            assert_ne!(proven, good, "{why}: byte {place} does not count");
            match proven.statement.fact {
                Fact::Account(other, None) => {
                    assert_eq!(
                        chain.net.nodes[0].account(other, &proven.statement.hash),
                        Some(serin_state::types::Account::default())
                    );
                }
                Fact::Event { index, .. } => assert!(index > 0, "{why}: byte {place}"),
                fact @ (Fact::Header | Fact::Account(..) | Fact::Transaction { .. }) => {
                    panic!("{why}: byte {place} proves {fact:?}")
                }
            }
        }
        assert!(others <= 32, "{why}: {others} bytes say something else");
    }
}

#[test]
fn files_that_are_cut_stale_foreign_or_mixed_are_refused_with_their_reason() {
    let chain = &*CHAIN;
    let file = chain.file(&Question::Account { id: id(40), block: None });
    let past = chain.file(&Question::Account { id: id(40), block: Some(Height(2)) });
    let changed = |change: &dyn Fn(&mut ProofFile)| {
        let mut file = file.clone();
        change(&mut file);
        file.to_bytes()
    };
    let reason = |bytes: &[u8]| verify(bytes, &chain.genesis, &Strict).unwrap_err().to_string();
    let whole = file.to_bytes();
    let other = Start::genesis(&serin_node::chain_spec::ChainSpec::local(
        3,
        1_000,
        crate::world::GENESIS_TIME,
    ));
    let newest = file.links.len() - 1;
    #[rustfmt::skip]
    let rows = [
        ("cut", whole[..whole.len() - 1].to_vec(), "it is damaged"),
        ("with a byte more", [&whole[..], &[0]].concat(), "it is damaged"),
        ("nothing", Vec::new(), "it is no proof file"),
        ("a name and no more", b"serinpf\x01".to_vec(), "it is damaged"),
        ("of another chain", changed(&|file| file.start = other.clone().unwrap()), "it starts at block"),
        ("a link left out", changed(&|file| { file.links.remove(1); }), "link 1 of its chain of voter sets does not hold: it is of set 2, and set 1 is trusted"),
        ("links in another order", changed(&|file| file.links.swap(0, 1)), "link 0 of its chain of voter sets does not hold: it is of set 1"),
        ("a link twice", changed(&|file| file.links.insert(1, file.links[0].clone())), "link 1 of its chain of voter sets does not hold: it is of set 0, which ended"),
        ("an end that is no change before another", changed(&|file| file.links.push(file.links[newest].clone())), "its header announces no voter set"),
        ("the end cut off", changed(&|file| { file.links.pop(); }), "its statement does not hold"),
        ("the statement of another block", changed(&|file| file.statement.claim = past.statement.claim.clone()), "its statement does not hold: the account does not belong"),
        ("the path without its block", changed(&|file| file.statement.place = past.statement.place.clone()), "its statement does not hold: the account does not belong"),
    ];
    for (why, bytes, expected) in rows {
        let found = reason(&bytes);
        assert!(found.contains(expected), "{why}: {found}");
    }
    let too_long = vec![0; serin_node::proof::FILE_BYTES_MAX + 1];
    assert_eq!(
        verify(&too_long, &chain.genesis, &Strict),
        Err(Refusal::TooLong { bytes: too_long.len() })
    );
    let found = verify(&whole, &Hash([5; 32]), &Strict).unwrap_err().to_string();
    assert!(found.contains("not at the trusted"), "{found}");
}

#[test]
fn a_checkpoint_is_a_start_too() {
    let chain = &*CHAIN;
    let node = &chain.net.nodes[0];
    let question = Question::Account { id: id(40), block: None };
    let mut file = chain.file(&question);
    let height = Height(node.finalized().height.0 - 6);
    file.start = node.start_at(height).unwrap();
    let trusted = file.start.header.hash();
    let ground = file.start.verify(&trusted, &chain.genesis).unwrap();
    assert!(ground.trust.set() > SetId::first(&chain.genesis));
    file.links.retain(|link| link.justification.set() >= ground.trust.set());
    let proven = file.verify(&trusted, &chain.genesis, &Strict).unwrap();
    assert_eq!((proven.start.height, proven.last), (height, node.finalized()));
    let found = file.verify(&chain.genesis, &chain.genesis, &Strict).unwrap_err();
    assert!(matches!(found, Refusal::Start(_)), "{found}");
}

#[test]
fn what_a_node_cannot_prove_it_says() {
    let chain = &*CHAIN;
    let (node, end) = (&chain.net.nodes[0], chain.net.nodes[0].finalized().height);
    let above = end.next().unwrap();
    let event = |transaction, index| Question::Event { block: chain.block, transaction, index };
    #[rustfmt::skip]
    let rows = [
        ("above the final block", Question::Header { block: Some(above) }, Unprovable::NotFinal(above, end)),
        ("not in this block", Question::Transaction { hash: chain.transfer, block: Some(Height(1)) }, Unprovable::NoTransaction(Height(1))),
        ("no such event", event(Some(0), 9), Unprovable::NoEvent(chain.block)),
        ("no such transaction", event(Some(9), 0), Unprovable::NoEvent(chain.block)),
        ("no such event of the block", event(None, 9), Unprovable::NoEvent(chain.block)),
    ];
    for (why, question, expected) in rows {
        assert_eq!(node.prove(&question), Err(expected), "{why}");
    }
    let fresh = Net::new(taking_turns());
    let answer = fresh.nodes[0].prove(&Question::Account { id: id(1), block: None }).unwrap();
    assert_eq!(answer.last, None, "genesis needs no justification");
    let start = Start::genesis(&fresh.spec).unwrap();
    let file = ProofFile { start, links: Vec::new(), statement: answer.statement };
    let proven = verify(&file.to_bytes(), &chain.genesis, &Strict).unwrap();
    assert_eq!(proven.last.height, Height(0));
}
