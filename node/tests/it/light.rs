//! A light client beside a real chain: it follows by proofs alone, in whatever pieces they come, and every lie of a
//! server is refused with a name.

use crate::net::{Net, NetCore, taking_turns};
use crate::world::id;
use serin_consensus::crypto::Strict;
use serin_consensus::finality::proof_chain::Fragment;
use serin_node::light::{Heard, Light, LightError, TRUST_BYTES_MAX, TrustFileError, check_age};
use serin_node::proof::{Answer, Fact, Question, Start};
use serin_node::runtime::Call;
use serin_state::codec::{decode, encode};
use serin_state::types::{Balance, Hash, Height, Slot};

const NEWEST: Question = Question::Header { block: None };

fn begin(net: &Net) -> Light {
    let genesis = net.spec.genesis().hash;
    Light::begin(&Start::genesis(&net.spec).unwrap(), &genesis, &genesis).unwrap()
}

fn fragment(node: &NetCore, light: &Light) -> Option<Fragment> {
    node.fragment(light.set()).map(|bytes| decode(&bytes).unwrap())
}

/// Asks until the question is answered, as the command line does.
fn ask(light: &mut Light, node: &NetCore, question: &Question) -> (bool, Fact) {
    loop {
        let answer = node.prove(question).unwrap();
        match light.on_answer(question, &answer, &Strict).unwrap() {
            Heard::Needs(set) => {
                assert_eq!(set, light.set());
                let mut links = fragment(node, light).unwrap();
                links.links.truncate(2);
                light.on_fragment(&links, &Strict).unwrap();
            }
            Heard::Proven { moved, statement } => return (moved, statement.fact),
        }
    }
}

#[test]
fn it_follows_finality_and_reads_what_is_proven_over_restarts() {
    let mut net = Net::new(taking_turns());
    let mut light = begin(&net);
    assert_eq!(ask(&mut light, &net.nodes[0], &NEWEST), (false, Fact::Header), "genesis is final");
    net.run_to(3);
    net.submit(1, 0, &Call::transfer(id(40), Balance::tokens(3)));
    let account = Question::Account { id: id(40), block: None };
    let (_, before) = ask(&mut light, &net.nodes[0], &account);
    assert_eq!(before, Fact::Account(id(40), None), "the transfer is not final");
    let mut sizes = Vec::new();
    let mut heights = Vec::new();
    for slot in 4..40 {
        net.run_to(slot);
        let node = &net.nodes[usize::try_from(slot).unwrap() % 3];
        ask(&mut light, node, &NEWEST);
        assert_eq!(light.newest(), node.finalized(), "slot {slot}");
        heights.push(light.newest().height);
        let bytes = light.to_bytes();
        sizes.push(bytes.len());
        let genesis = light.genesis();
        light = Light::from_bytes(&bytes, &genesis).unwrap();
    }
    assert!(heights.is_sorted(), "{heights:?}");
    assert!(light.set().shown() >= 8, "{:?}", light.set());
    assert!(sizes.iter().all(|size| *size < 2_000), "two voters and a header: {sizes:?}");
    let (_, after) = ask(&mut light, &net.nodes[0], &account);
    let Fact::Account(_, Some(found)) = after else { panic!("{after:?}") };
    assert_eq!(found.free, Balance::tokens(3));
}

#[test]
fn it_begins_at_a_checkpoint_as_at_genesis() {
    let mut net = Net::new(taking_turns());
    net.run_to(14);
    let node = &net.nodes[0];
    let start = node.start_at(Height(7)).unwrap();
    let hash = start.header.hash();
    let genesis = *node.chain().genesis();
    let mut light = Light::begin(&start, &hash, &genesis).unwrap();
    ask(&mut light, node, &NEWEST);
    assert_eq!(light.newest(), node.finalized());
    assert!(Light::begin(&start, &genesis, &genesis).is_err(), "it is not the genesis block");
}

/// A server's answers, one changed, and what the client says of it.
#[test]
fn every_lie_is_refused_and_leaves_the_client_as_it_was() {
    let mut net = Net::new(taking_turns());
    net.run_to(5);
    let old = net.nodes[0].prove(&NEWEST).unwrap();
    net.run_to(15);
    let node = &net.nodes[0];
    let mut light = begin(&net);
    ask(&mut light, node, &NEWEST);
    net.run_to(18);
    let node = &net.nodes[0];
    while let Some(links) = fragment(node, &light) {
        light.on_fragment(&links, &Strict).unwrap();
    }
    let question = Question::Account { id: id(1), block: None };
    let good = node.prove(&question).unwrap();
    let header = node.prove(&NEWEST).unwrap();
    let other = Question::Account { id: id(2), block: None };
    let changed = |change: &dyn Fn(&mut Answer)| {
        let mut answer = good.clone();
        change(&mut answer);
        answer
    };
    let mut fake = Net::new({
        let mut spec = taking_turns();
        spec.name = "Another".into();
        spec
    });
    fake.run_to(18);
    let foreign = fake.nodes[0].prove(&question).unwrap();
    #[rustfmt::skip]
    let rows = [
        ("an old answer", old, "it is behind, or hides the newest"),
        ("nothing final", changed(&|answer| answer.last = None), "it is behind, or hides the newest"),
        ("of another chain", foreign, "it is of a chain with another genesis block"),
        ("a header that nobody signed", changed(&|answer| answer.last.as_mut().unwrap().header.unsealed.state_root = Hash::ZERO), "its justification is of another block"),
        ("another account", node.prove(&other).unwrap(), "it proves something else"),
        ("another kind of statement", header, "it proves something else"),
        ("the account of another block", node.prove(&Question::Account { id: id(1), block: Some(Height(9)) }).unwrap(), "it proves something else"),
        ("a state that is not final", changed(&|answer| answer.statement = node.prove(&Question::Account { id: id(1), block: Some(Height(9)) }).unwrap().statement).clone(), "it proves something else"),
    ];
    let before = light.clone();
    for (why, answer, expected) in rows {
        let found = light.on_answer(&question, &answer, &Strict).unwrap_err().to_string();
        assert!(found.contains(expected), "{why}: {found}");
        assert_eq!(light, before, "{why}");
    }
    assert!(matches!(
        light.on_answer(&question, &good, &Strict),
        Ok(Heard::Proven { moved: true, .. })
    ));
}

#[test]
fn any_flipped_byte_of_an_answer_is_refused_or_asks_for_links() {
    let mut net = Net::new(taking_turns());
    net.run_to(6);
    let node = &net.nodes[0];
    let mut light = begin(&net);
    ask(&mut light, node, &NEWEST);
    net.run_to(7);
    let node = &net.nodes[0];
    let question = Question::Account { id: id(40), block: None };
    let bytes = encode(&node.prove(&question).unwrap());
    for place in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[place] ^= flip;
            let Ok(answer) = decode::<Answer>(&changed) else { continue };
            let heard = light.clone().on_answer(&question, &answer, &Strict);
            let harmless = matches!(heard, Err(_) | Ok(Heard::Needs(_)));
            assert!(harmless, "byte {place} flipped by {flip:#x}: {heard:?}");
        }
    }
}

#[test]
fn a_bad_link_is_named_and_those_before_it_stay() {
    let mut net = Net::new(taking_turns());
    net.run_to(16);
    let mut light = begin(&net);
    let mut links = fragment(&net.nodes[0], &light).unwrap();
    links.links[1].header.seal.0[0] ^= 1;
    let error = light.on_fragment(&links, &Strict).unwrap_err();
    assert!(matches!(error, LightError::Fragment(error) if error.index == 1), "{error}");
    assert_eq!(light.newest().hash, links.links[0].header.hash());
    assert_eq!(light.header(), &links.links[0].header);
}

#[test]
fn trust_files_are_whole_and_of_one_chain() {
    let net = Net::new(taking_turns());
    let light = begin(&net);
    let bytes = light.to_bytes();
    let genesis = light.genesis();
    assert_eq!(Light::from_bytes(&bytes, &genesis), Ok(light));
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        assert_eq!(Light::from_bytes(&changed, &genesis), Err(TrustFileError::Damaged), "{place}");
    }
    for cut in [0, 8, 31, 40, bytes.len() - 1] {
        assert_eq!(Light::from_bytes(&bytes[..cut], &genesis), Err(TrustFileError::Damaged));
    }
    let large = vec![0; TRUST_BYTES_MAX + 1];
    assert_eq!(Light::from_bytes(&large, &genesis), Err(TrustFileError::Damaged));
    let other = Hash([1; 32]);
    assert_eq!(Light::from_bytes(&bytes, &other), Err(TrustFileError::OtherChain(genesis)));
}

#[test]
fn trust_lasts_as_long_as_stake_stays_bound() {
    let rows = [
        ("at once", 100, 100, true),
        ("on the last slot", 100, 1_100, true),
        ("one slot later", 100, 1_101, false),
        ("a clock that is behind", 100, 0, true),
        ("genesis of an old chain", 0, u64::MAX, false),
    ];
    for (why, trusted, now, holds) in rows {
        let found = check_age(Slot(trusted), Slot(now), 1_000);
        assert_eq!(found.is_ok(), holds, "{why}: {found:?}");
    }
}
