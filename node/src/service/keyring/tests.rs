//! Generations of session keys: which of them sign, and what is kept of them on disk.

use super::*;
use serin_consensus::leader::EpochData;
use serin_consensus::params::Params;
use serin_state::types::{Authority, Epoch, Hash, Millis, SetId, VoteWeight, Voter};
use std::os::unix::fs::PermissionsExt;

fn secrets(seed: u8) -> SessionSecrets {
    SessionSecrets::of(&Seed::new([seed; 32]))
}

/// An epoch in which `seal` and `lottery` are of these generations, beside a stranger.
fn epoch(seal: u8, lottery: u8) -> EpochData {
    let params = Params {
        genesis_time_ms: Millis(0),
        slot_ms: 1_000,
        epoch_slots: 10,
        primary_numerator: 1,
        primary_denominator: 4,
        secondary_delay_ms: 0,
        gossip_ms: 1,
        bonding_slots: 100,
    };
    let authority = |seal: u8, lottery: u8| Authority {
        seal: secrets(seal).seal.public(),
        lottery: secrets(lottery).lottery.public(),
        weight: VoteWeight(1),
    };
    let authorities = [authority(99, 99), authority(seal, lottery)];
    EpochData::new(&params, Epoch(0), Hash::ZERO, &authorities)
}

fn set(vote: u8) -> VoterSet {
    let voter = |seed: u8| Voter { key: secrets(seed).vote.public(), weight: VoteWeight(1) };
    VoterSet::new(SetId(1), &[voter(99), voter(vote)]).unwrap()
}

#[test]
fn the_keys_that_the_chain_names_sign_each_for_itself() {
    let mut keyring = Keyring::new(secrets(1), vec![secrets(2)]);
    assert_eq!(
        keyring.seal().public(),
        secrets(1).seal.public(),
        "the first, until the chain speaks"
    );
    keyring.enter_epoch(&epoch(2, 1));
    assert_eq!(keyring.seal().public(), secrets(2).seal.public());
    assert_eq!(
        keyring.lottery().public(),
        secrets(1).lottery.public(),
        "the lottery key comes later"
    );
    assert_eq!(keyring.vote().public(), secrets(1).vote.public(), "votes follow the set");
    keyring.enter_set(&set(2));
    assert_eq!(keyring.vote().public(), secrets(2).vote.public());
    keyring.enter_epoch(&epoch(2, 2));
    assert_eq!(keyring.lottery().public(), secrets(2).lottery.public());
    keyring.add(secrets(3));
    keyring.enter_epoch(&epoch(3, 2));
    assert_eq!(keyring.identity().seal, secrets(3).seal.public());
    keyring.enter_epoch(&epoch(50, 50));
    keyring.enter_set(&set(50));
    assert_eq!(keyring.identity().vote, secrets(2).vote.public(), "out of the set all stays");
}

#[test]
fn made_keys_lie_in_a_file_of_their_own_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    assert!(load(folder.path()).unwrap().is_empty());
    let made = [make(folder.path()).unwrap().keys(), make(folder.path()).unwrap().keys()];
    assert_ne!(made[0], made[1]);
    let loaded: Vec<_> = load(folder.path()).unwrap().iter().map(SessionSecrets::keys).collect();
    assert_eq!(loaded, made);
    let mode = fs::metadata(file(folder.path())).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else reads it");
}

#[test]
fn a_file_that_holds_no_keys_or_too_many_is_refused_by_name() {
    let cases = [
        ("not a seed", "hello\n".to_owned(), "64 hexadecimal digits"),
        ("half a line", "00".repeat(31), "64 hexadecimal digits"),
        ("too many", format!("{}\n", "00".repeat(32)).repeat(GENERATIONS_MAX + 1), "delete lines"),
    ];
    for (why, text, sentence) in cases {
        let folder = tempfile::tempdir().unwrap();
        fs::write(file(folder.path()), text).unwrap();
        let error = load(folder.path()).unwrap_err().to_string();
        assert!(error.contains(sentence) && error.contains("session-keys"), "{why}: {error}");
        assert!(make(folder.path()).is_err(), "{why}");
    }
}
