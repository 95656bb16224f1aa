//! A block: header and body.
//!
//! Whether the body is the one that the header commits to, and whether its author had the right to the
//! slot, is checked where blocks are taken in; a value of this type promises nothing.

use super::{Header, SignedTransaction};
use crate::codec::Wire;
use borsh::{BorshDeserialize, BorshSerialize};

/// A header and the transactions that its body root commits to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// The transactions in the order of execution.
    pub body: Vec<SignedTransaction>,
}

impl Wire for Block {
    /// 4 MiB: the largest thing that is ever gossiped.
    const BYTES_MAX: usize = 4 * 1024 * 1024;
}
