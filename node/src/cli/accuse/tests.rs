//! `serin accuse` on files of a violation that four development validators, two of them faulty, commit.

use super::{AccuseArguments, CommandError, RealCourt, genesis_set, run};
use crate::chain_spec::ChainSpec;
use crate::chain_spec::development_uri;
use serin_consensus::crypto::Strict;
use serin_consensus::finality::accuse::{Court, FinalityRecord, LogLimits, VoteFile, VoteLog};
use serin_consensus::finality::{BlockRef, Justification, SignedVote, Stage, Vote};
use serin_state::derive::{Seed, SessionSeeds};
use serin_state::types::{Hash, Header, Millis, Round, SecretKey, SetId, Slot, UnsealedHeader};
use std::fs;
use std::path::PathBuf;

struct Scene {
    folder: tempfile::TempDir,
    spec: ChainSpec,
    keys: Vec<SecretKey>,
    left: Header,
    right: Header,
}

fn child(parent: &Header, salt: &[u8]) -> Header {
    let height = parent.height().next().unwrap();
    let parent_hash = parent.hash();
    let unsealed = UnsealedHeader {
        parent: parent_hash,
        height,
        body_root: Hash::of(salt),
        ..parent.unsealed.clone()
    };
    let mut header = Header { unsealed, seal: parent.seal };
    header.unsealed.announcements = serin_state::types::Announcements::default();
    header
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spec = ChainSpec::preset("local", Some(4), Millis(0)).unwrap();
        fs::write(folder.path().join("chain.json"), spec.to_json()).unwrap();
        let key = |position| {
            SessionSeeds::of(&Seed::from_uri(&development_uri(position)).unwrap()).vote.key()
        };
        let root = spec.genesis().header;
        let (left, right) = (child(&root, b"left"), child(&root, b"right"));
        Self { folder, keys: (0..4).map(key).collect(), spec, left, right }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn votes(&self, by: &[usize], round: u64, block: &Header) -> Vec<SignedVote> {
        let target = BlockRef { hash: block.hash(), height: block.height() };
        let set = SetId::first(&self.spec.genesis().hash);
        let vote = Vote { set, round: Round(round), stage: Stage::Precommit, target };
        let sign = |voter: &usize| {
            let key = &self.keys[*voter];
            SignedVote { vote, voter: key.public(), signature: key.sign_vote(&vote.payload()) }
        };
        by.iter().map(sign).collect()
    }

    fn log(votes: &[SignedVote]) -> VoteLog {
        let mut log = VoteLog::new(LogLimits::offline());
        for vote in votes {
            log.record(Slot(1), vote);
        }
        log
    }

    /// Writes what a node holds for final.
    fn record(&self, name: &str, by: &[usize], round: u64, block: &Header) {
        let votes = self.votes(by, round, block);
        let target = BlockRef { hash: block.hash(), height: block.height() };
        let set = SetId::first(&self.spec.genesis().hash);
        let justification = Justification::new(set, Round(round), target, votes);
        let record =
            FinalityRecord { changes: vec![], justification, headers: vec![block.clone()] };
        let trusted = genesis_set(&self.spec).unwrap();
        let empty = Self::log(&[]);
        let file = VoteFile::new(self.spec.genesis().hash, &empty, Some((&trusted, &record)));
        fs::write(self.path(name), file.to_json()).unwrap();
    }

    fn arguments(&self, files: [&str; 2], logs: &[&str]) -> AccuseArguments {
        AccuseArguments {
            first: self.path(files[0]),
            second: self.path(files[1]),
            log: logs.iter().map(|name| self.path(name)).collect(),
            rpc: Vec::new(),
            challenger: Some("//Alice".into()),
            chain: self.path("chain.json").display().to_string(),
            json: true,
        }
    }
}

#[test]
fn a_violation_is_named_from_files_and_everything_else_has_its_exit_code() {
    let scene = Scene::new();
    scene.record("a.json", &[0, 1, 2], 1, &scene.left);
    scene.record("b.json", &[1, 2, 3], 2, &scene.right);
    scene.record("same.json", &[1, 2, 3], 3, &scene.left);
    let seen = Scene::log(&scene.votes(&[1, 2, 3], 1, &scene.right));
    let log = VoteFile::new(scene.spec.genesis().hash, &seen, None).to_json();
    fs::write(scene.path("log.json"), &log).unwrap();
    fs::write(scene.path("cut.json"), &log[..log.len() / 2]).unwrap();
    let foreign = VoteFile::new(Hash::of(b"another chain"), &seen, None).to_json();
    fs::write(scene.path("foreign.json"), foreign).unwrap();
    #[rustfmt::skip]
    let table = [
        ("with the log of an honest voter", ["a.json", "b.json"], &["log.json"][..], None),
        ("the other way round",             ["b.json", "a.json"], &["log.json"], None),
        ("by silence",                      ["a.json", "b.json"], &[], None),
        ("one chain",                       ["a.json", "same.json"], &[], Some(3)),
        ("a file without finality",         ["a.json", "log.json"], &[], Some(2)),
        ("a log cut short",                 ["a.json", "b.json"], &["cut.json"], Some(2)),
        ("a log of another chain",          ["a.json", "b.json"], &["foreign.json"], Some(2)),
        ("no such file",                    ["a.json", "none.json"], &[], Some(2)),
    ];
    for (why, files, logs, code) in table {
        let ended = run(&scene.arguments(files, logs));
        assert_eq!(ended.as_ref().err().map(CommandError::code), code, "{why}: {ended:?}");
    }
}

#[test]
fn the_view_names_accounts_weights_and_proofs() {
    let scene = Scene::new();
    scene.record("a.json", &[0, 1, 2], 1, &scene.left);
    scene.record("b.json", &[1, 2, 3], 1, &scene.right);
    let arguments = scene.arguments(["a.json", "b.json"], &[]);
    let court: RealCourt = Court {
        genesis: scene.spec.genesis().hash,
        rules: scene.spec.rules.finality,
        verifier: &Strict,
    };
    let trusted = genesis_set(&scene.spec).unwrap();
    let (first, _) = super::read_record(&court, &arguments.first, &trusted).unwrap();
    let (second, _) = super::read_record(&court, &arguments.second, &trusted).unwrap();
    let conflict = super::last_common_conflict(&court, trusted, &first, &second).unwrap();
    let verdict = super::judge(&court, &conflict, &arguments, &[]).unwrap();
    let view = super::view(&scene.spec, &court, &conflict, &verdict);
    assert_eq!((view.weight, view.promised, view.total, view.threshold), (2, 2, 4, 3));
    let accounts: Vec<String> =
        view.culprits.iter().filter_map(|one| one.address.clone()).collect();
    let mut expected: Vec<String> =
        [1, 2].map(|position| scene.spec.validators[position].account.to_string()).into();
    expected.sort();
    let mut sorted = accounts;
    sorted.sort();
    assert_eq!(sorted, expected);
    assert!(view.culprits.iter().all(|one| one.offence == "equivocation" && one.round == 1));
    assert!(super::text(&view).contains("Guilty: weight 2 of 4, at least 2 is promised."));
}
