//! What a journal lets be signed, over restarts, cuts and damage.

use super::{
    JOURNAL_BYTES_MAX, JournalError, JournalOptions, JournalSigner, Record, framed, read_records,
};
use crate::core::{SealRefused, Signer};
use serin_consensus::crypto::Strict;
use serin_consensus::finality::voter::{Refused, VoteSigner};
use serin_consensus::finality::{BlockRef, Stage, Vote, VoterSet};
use serin_consensus::leader::vrf::LotterySecret;
use serin_consensus::staking::keys::SessionSecrets;
use serin_state::types::{
    AccountId, Hash, Height, Round, SecretKey, SetId, Slot, VoteWeight, Voter,
};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

const GENESIS: Hash = Hash([7; 32]);

fn secrets(seed: u8) -> SessionSecrets {
    SessionSecrets {
        seal: SecretKey::from_seed(&[seed; 32]),
        lottery: LotterySecret::from_seed(&[seed.wrapping_add(1); 32]),
        vote: SecretKey::from_seed(&[seed.wrapping_add(2); 32]),
    }
}

const OPTIONS: JournalOptions =
    JournalOptions { genesis: GENESIS, chain_has_blocks: false, new_signer: false };

fn open(directory: &Path) -> Result<JournalSigner, JournalError> {
    JournalSigner::open(directory, Some(secrets(1)), OPTIONS)
}

fn vote(round: u64, stage: Stage, block: u8) -> Vote {
    let target = BlockRef { hash: Hash([block; 32]), height: Height(u32::from(block)) };
    Vote { set: SetId(1), round: Round(round), stage, target }
}

#[test]
fn a_slot_is_sealed_once_and_slots_only_grow() {
    let folder = tempfile::tempdir().unwrap();
    let mut signer = open(folder.path()).unwrap();
    let first = signer.seal(Slot(5), &GENESIS, &[1; 32]).unwrap();
    let cases = [
        ("the very statement again", 5, [1; 32], Ok(first)),
        ("another block in the slot", 5, [2; 32], Err(SealRefused::AlreadySigned)),
        ("an earlier slot", 4, [3; 32], Err(SealRefused::AlreadySigned)),
    ];
    for (why, slot, statement, expected) in cases {
        assert_eq!(signer.seal(Slot(slot), &GENESIS, &statement), expected, "{why}");
    }
    assert!(signer.seal(Slot(6), &GENESIS, &[4; 32]).is_ok());
}

#[test]
fn a_stage_is_voted_once_and_the_hint_opens_a_round() {
    let folder = tempfile::tempdir().unwrap();
    let mut signer = open(folder.path()).unwrap();
    let hint = vote(3, Stage::Primary, 1);
    let prevote = vote(3, Stage::Prevote, 2);
    let precommit = vote(3, Stage::Precommit, 2);
    let steps = [
        ("the hint", hint, Ok(())),
        ("then the prevote", prevote, Ok(())),
        ("the same prevote again", prevote, Ok(())),
        ("another prevote gives the first back", vote(3, Stage::Prevote, 3), Err(Some(prevote))),
        ("the same hint after the prevote", hint, Ok(())),
        ("the precommit", precommit, Ok(())),
        ("another hint after all", vote(3, Stage::Primary, 9), Err(Some(hint))),
        ("a prevote of the next round", vote(4, Stage::Prevote, 2), Ok(())),
        ("a hint that comes after its prevote", vote(4, Stage::Primary, 2), Err(None)),
        ("a precommit of the round before", vote(3, Stage::Precommit, 3), Err(None)),
        ("even the same one", precommit, Err(None)),
    ];
    for (why, vote, expected) in steps {
        let said = match signer.sign_vote(&vote) {
            Ok(_) => Ok(()),
            Err(Refused::Voted(before)) => {
                let key = signer.vote_key().unwrap();
                assert!(
                    key.verify_vote(&before.vote.payload(), &before.signature).is_ok(),
                    "{why}"
                );
                Err(Some(before.vote))
            }
            Err(Refused::Barred) => Err(None),
        };
        assert_eq!(said, expected, "{why}");
    }
}

#[test]
fn a_restart_remembers_what_was_signed() {
    let folder = tempfile::tempdir().unwrap();
    let mut signer = open(folder.path()).unwrap();
    signer.seal(Slot(5), &GENESIS, &[1; 32]).unwrap();
    signer.sign_vote(&vote(3, Stage::Prevote, 2)).unwrap();
    drop(signer);

    let mut signer = open(folder.path()).unwrap();
    assert_eq!(signer.seal(Slot(5), &GENESIS, &[2; 32]), Err(SealRefused::AlreadySigned));
    assert!(signer.sign_vote(&vote(3, Stage::Prevote, 2)).is_ok(), "the same bytes again");
    let Err(Refused::Voted(before)) = signer.sign_vote(&vote(3, Stage::Prevote, 9)) else {
        panic!("another vote of the same stage");
    };
    assert_eq!(before.vote, vote(3, Stage::Prevote, 2), "what was said before the restart");
}

#[test]
fn after_a_failed_write_nothing_is_signed_before_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut signer = open(folder.path()).unwrap();
    let journal = signer.secrets.as_mut().and_then(|(_, journal)| journal.as_mut()).unwrap();
    // A file that is open for reading alone refuses every write, as a full disk does.
    let whole = std::mem::replace(&mut journal.file, File::open(&journal.path).unwrap());
    assert_eq!(signer.seal(Slot(5), &GENESIS, &[1; 32]), Err(SealRefused::JournalFailed));
    let journal = signer.secrets.as_mut().and_then(|(_, journal)| journal.as_mut()).unwrap();
    journal.file = whole;
    assert_eq!(signer.seal(Slot(5), &GENESIS, &[1; 32]), Err(SealRefused::JournalFailed));
    assert_eq!(signer.sign_vote(&vote(3, Stage::Prevote, 2)), Err(Refused::Barred));
    drop(signer);
    assert!(open(folder.path()).unwrap().seal(Slot(5), &GENESIS, &[1; 32]).is_ok());
}

#[test]
fn an_unfinished_end_is_cut_off_and_anything_else_is_damage() {
    let whole = framed(&Record::Voted(vote(3, Stage::Prevote, 2)));
    let mut flipped = whole.clone();
    flipped[10] ^= 1;
    let cases = [
        ("half a record", whole[..whole.len() / 2].to_vec(), true),
        ("a length alone", whole[..4].to_vec(), true),
        ("zeroes that the file system left", vec![0; 100], true),
        ("a whole record with a flipped bit", flipped, false),
        ("a length above every record", [0xff; 64].to_vec(), false),
    ];
    for (why, tail, opens) in cases {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).unwrap().seal(Slot(5), &GENESIS, &[1; 32]).unwrap();
        let path = folder.path().join("journal");
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&tail).unwrap();
        match open(folder.path()) {
            Ok(mut signer) => {
                assert!(opens, "{why}");
                assert!(signer.seal(Slot(5), &GENESIS, &[9; 32]).is_err(), "{why}");
                assert!(signer.seal(Slot(6), &GENESIS, &[9; 32]).is_ok(), "{why}");
                drop(signer);
                assert_eq!(read_records(folder.path()).unwrap().len(), 3, "{why}");
            }
            Err(error) => {
                assert!(!opens, "{why}: {error}");
                assert!(error.to_string().contains("damaged at byte"), "{why}: {error}");
            }
        }
    }
}

#[test]
fn a_journal_serves_one_process_one_chain_and_one_set_of_keys() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).unwrap();
    assert!(matches!(open(folder.path()), Err(JournalError::Held(_))), "held by the first");
    drop(first);
    let foreign = JournalSigner::open(folder.path(), Some(secrets(9)), OPTIONS);
    assert!(matches!(foreign, Err(JournalError::Foreign(_))), "other keys");
    let options = JournalOptions { genesis: Hash([8; 32]), ..OPTIONS };
    let foreign = JournalSigner::open(folder.path(), Some(secrets(1)), options);
    assert!(matches!(foreign, Err(JournalError::Foreign(_))), "another chain");
}

#[test]
fn a_missing_journal_of_a_chain_with_blocks_needs_the_operators_word() {
    let folder = tempfile::tempdir().unwrap();
    let options = JournalOptions { chain_has_blocks: true, ..OPTIONS };
    let missing = JournalSigner::open(folder.path(), Some(secrets(1)), options).unwrap_err();
    assert!(missing.to_string().contains("--new-signer"), "{missing}");
    let options = JournalOptions { new_signer: true, ..options };
    assert!(JournalSigner::open(folder.path(), Some(secrets(1)), options).is_ok());
}

#[test]
fn a_full_journal_starts_again_with_its_marks() {
    let folder = tempfile::tempdir().unwrap();
    let mut signer = open(folder.path()).unwrap();
    signer.seal(Slot(5), &GENESIS, &[1; 32]).unwrap();
    signer.sign_vote(&vote(3, Stage::Prevote, 2)).unwrap();
    let journal = signer.secrets.as_mut().and_then(|(_, journal)| journal.as_mut()).unwrap();
    journal.bytes = JOURNAL_BYTES_MAX + 1;
    signer.seal(Slot(6), &GENESIS, &[2; 32]).unwrap();
    drop(signer);

    let records = read_records(folder.path()).unwrap();
    assert_eq!(records.len(), 4, "whose it is, both marks, and the new seal: {records:?}");
    assert!(fs::exists(folder.path().join("journal.old")).unwrap());
    let mut signer = open(folder.path()).unwrap();
    assert!(signer.seal(Slot(6), &GENESIS, &[3; 32]).is_err());
    assert!(signer.sign_vote(&vote(3, Stage::Prevote, 9)).is_err());
}

#[test]
fn an_observer_signs_nothing() {
    let mut signer = JournalSigner::observer();
    assert_eq!(signer.seal(Slot(1), &GENESIS, &[0; 32]), Err(SealRefused::NoKey));
    assert!(signer.identity().is_none());
}

#[test]
fn one_journal_stands_for_all_generations_of_keys_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let account = AccountId([9; 32]);
    let mut signer = open(folder.path()).unwrap();
    signer.seal(Slot(5), &GENESIS, &[1; 32]).unwrap();
    let (keys, proof) = signer.rotate(account).unwrap();
    assert!(keys.is_possessed(&Strict, &GENESIS, account, &proof));
    assert_eq!(signer.identity().unwrap().seal, secrets(1).seal.public(), "not in force yet");

    let voters = [Voter { key: keys.vote, weight: VoteWeight(1) }];
    let set = VoterSet::new(SetId(2), &voters).unwrap();
    for restarted in [false, true] {
        if restarted {
            drop(signer);
            signer = open(folder.path()).unwrap();
        }
        signer.enter_set(&set);
        assert_eq!(signer.vote_key(), Some(keys.vote), "restarted: {restarted}");
        assert!(signer.seal(Slot(5), &GENESIS, &[2; 32]).is_err(), "the slot was sealed");
    }
}

#[test]
fn a_node_without_keys_makes_its_first_and_signs_with_them_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = JournalOptions { chain_has_blocks: true, ..OPTIONS };
    let start = || JournalSigner::open(folder.path(), None, options);
    let mut signer = start().unwrap();
    assert!(signer.identity().is_none());
    let (keys, _) = signer.rotate(AccountId([9; 32])).unwrap();
    signer.seal(Slot(5), &GENESIS, &[1; 32]).unwrap();
    drop(signer);
    let mut signer = start().unwrap();
    assert_eq!(signer.identity().map(|identity| identity.seal), Some(keys.seal));
    assert!(signer.seal(Slot(5), &GENESIS, &[2; 32]).is_err());
    drop(signer);
    // A secret on the command line comes first; the journal was opened with the key that was made.
    let with_secret = JournalSigner::open(folder.path(), Some(secrets(1)), options).unwrap();
    assert_eq!(with_secret.identity().unwrap().seal, secrets(1).seal.public());
}
