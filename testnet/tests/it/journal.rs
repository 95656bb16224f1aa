//! An independent reader of signing journals: no slot sealed twice, no stage voted twice.
//!
//! Written from the description of the file format alone. A record is `length u32 LE, borsh, 8 bytes of checksum`; of the
//! borsh only what the audit needs is read: kind, slot or (set, round, stage), and what was signed.

use std::collections::BTreeMap;
use std::path::Path;

/// What must be unique, and what was signed for it.
type Signed = BTreeMap<Vec<u8>, Vec<u8>>;

/// How many signatures the journal holds.
///
/// # Panics
/// Where one slot or one (set, round, stage) stands in it with two different contents.
pub(crate) fn audit(signer_folder: &Path) -> usize {
    let mut signed = Signed::new();
    let mut count = 0;
    for name in ["journal.old", "journal"] {
        let Ok(bytes) = std::fs::read(signer_folder.join(name)) else { continue };
        let mut rest = bytes.as_slice();
        while rest.len() > 4 {
            let length = u32::from_le_bytes(rest[..4].try_into().unwrap()) as usize;
            if length == 0 || rest.len() < 4 + length + 8 {
                break;
            }
            note(&rest[4..4 + length], &mut signed, &mut count);
            rest = &rest[4 + length + 8..];
        }
    }
    count
}

fn note(record: &[u8], signed: &mut Signed, count: &mut usize) {
    let (kind, rest) = record.split_first().unwrap();
    let (key, content) = match kind {
        0 => return,
        // Sealed: slot u64, statement.
        1 => (rest[..8].to_vec(), rest[8..].to_vec()),
        // Voted: set u64, round u64, stage u8, then the target.
        2 => (rest[..17].to_vec(), rest[17..17 + 36].to_vec()),
        other => panic!("an unknown kind of record: {other}"),
    };
    *count += 1;
    let known = signed.entry([&[*kind][..], &key].concat()).or_insert_with(|| content.clone());
    assert_eq!(*known, content, "signed twice: kind {kind}, {key:?}");
}
