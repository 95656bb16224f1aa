//! Reading lists and options from the wire with a limit on their count, before anything is allocated.
//!
//! Each reader is named in a `borsh(deserialize_with)` of the message that uses it. What no honest node writes, such as an
//! empty list where one is not allowed, or positions that do not ascend, is refused here.

use crate::limits::{BLOCK_TRANSACTIONS_MAX, PROOF_BYTES_MAX, RESPONSE_BLOCKS_MAX};
use borsh::{BorshDeserialize, io};
use serin_state::types::SignedTransaction;

/// A list of at most `MAX` values; the count is judged before the first is read.
pub(crate) fn read_list<R: io::Read, T: BorshDeserialize, const MAX: usize>(
    reader: &mut R,
) -> io::Result<Vec<T>> {
    let count = u32::deserialize_reader(reader)?;
    let count = usize::try_from(count).map_err(|_| malformed("a list is too long"))?;
    if count > MAX {
        return Err(malformed("a list is too long"));
    }
    // Room for what is surely there: a false count must not make us allocate.
    let mut values = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        values.push(T::deserialize_reader(reader)?);
    }
    Ok(values)
}

pub(super) fn read_some<R: io::Read, T: BorshDeserialize, const MAX: usize>(
    reader: &mut R,
) -> io::Result<Vec<T>> {
    let values = read_list::<R, T, MAX>(reader)?;
    if values.is_empty() { Err(malformed("a list is empty")) } else { Ok(values) }
}

pub(super) fn read_optional<R: io::Read, T: BorshDeserialize, const MAX: usize>(
    reader: &mut R,
) -> io::Result<Option<Vec<T>>> {
    match u8::deserialize_reader(reader)? {
        0 => Ok(None),
        1 => read_list::<R, T, MAX>(reader).map(Some),
        2.. => Err(malformed("an option is 0 or 1")),
    }
}

pub(super) fn read_body<R: io::Read>(reader: &mut R) -> io::Result<Option<Vec<SignedTransaction>>> {
    read_optional::<R, _, BLOCK_TRANSACTIONS_MAX>(reader)
}

pub(super) fn read_proof<R: io::Read>(reader: &mut R) -> io::Result<Option<Vec<u8>>> {
    read_optional::<R, _, PROOF_BYTES_MAX>(reader)
}

pub(super) fn read_block_count<R: io::Read>(reader: &mut R) -> io::Result<u8> {
    let count = u8::deserialize_reader(reader)?;
    if count == 0 || usize::from(count) > RESPONSE_BLOCKS_MAX {
        return Err(malformed("a count of blocks is 1 to 128"));
    }
    Ok(count)
}

pub(super) fn read_positions<R: io::Read>(reader: &mut R) -> io::Result<Vec<u32>> {
    let positions = read_some::<R, u32, BLOCK_TRANSACTIONS_MAX>(reader)?;
    if positions.is_sorted_by(|a, b| a < b) {
        Ok(positions)
    } else {
        Err(malformed("positions are not strictly ascending"))
    }
}

pub(super) fn malformed(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
