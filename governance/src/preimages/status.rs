//! What is known about a hash, and how each request changes it: pure.
//!
//! Inputs: who noted, asked or took back. Outputs: the next status, and what to do with bytes and deposit.
//! Invariants: a status without deposit, bytes or request does not exist; a count is at least 1.

use super::PreimageError;
use crate::deposits::Deposit;
use borsh::{BorshDeserialize, BorshSerialize};

/// What is known about a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Status {
    /// Bytes lie there, and nothing asks for them.
    Unrequested {
        /// Who keeps them there.
        deposit: Deposit,
        /// How many bytes.
        len: u32,
    },
    /// Something asks for the bytes.
    Requested {
        /// Who noted them, while the deposit stands.
        deposit: Option<Deposit>,
        /// How many ask, at least one.
        count: u32,
        /// How many bytes, once they are there.
        len: Option<u32>,
    },
}

/// What follows from a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What is known now; `None` where nothing is left.
    pub status: Option<Status>,
    /// A deposit to give back.
    pub refund: Option<Deposit>,
    /// True where bytes were there and go.
    pub clears: bool,
}

impl Changed {
    const fn to(status: Status) -> Self {
        Self { status: Some(status), refund: None, clears: false }
    }
}

impl Status {
    /// Bytes in store, or `None` where there are none.
    #[must_use]
    pub const fn bytes_kept(&self) -> Option<u32> {
        match self {
            Self::Unrequested { len, .. } => Some(*len),
            Self::Requested { len, .. } => *len,
        }
    }

    /// True where somebody must pay a deposit to note bytes, `None` for a hash nothing is known about.
    ///
    /// # Errors
    /// [`PreimageError::AlreadyNoted`].
    pub fn check_note(status: Option<&Self>, by_root: bool) -> Result<bool, PreimageError> {
        match status {
            Some(Self::Unrequested { .. }) if !by_root => Err(PreimageError::AlreadyNoted),
            Some(Self::Unrequested { .. } | Self::Requested { .. }) => Ok(false),
            None => Ok(!by_root),
        }
    }

    /// After bytes are noted; `deposit` where one was due. Bytes that root notes count as asked for.
    #[must_use]
    pub fn noted(status: Option<Self>, deposit: Option<Deposit>, len: u32) -> Self {
        match (status, deposit) {
            (Some(Self::Requested { deposit, count, .. }), _) => {
                Self::Requested { deposit, count, len: Some(len) }
            }
            (Some(Self::Unrequested { deposit, len }), _) => {
                Self::Requested { deposit: Some(deposit), count: 1, len: Some(len) }
            }
            (None, Some(deposit)) => Self::Unrequested { deposit, len },
            (None, None) => Self::Requested { deposit: None, count: 1, len: Some(len) },
        }
    }

    /// After one more asks.
    #[must_use]
    pub fn requested(status: Option<Self>) -> Self {
        match status {
            None => Self::Requested { deposit: None, count: 1, len: None },
            Some(Self::Unrequested { deposit, len }) => {
                Self::Requested { deposit: Some(deposit), count: 1, len: Some(len) }
            }
            Some(Self::Requested { deposit, count, len }) => {
                Self::Requested { deposit, count: count.saturating_add(1), len }
            }
        }
    }

    /// After one takes the request back.
    ///
    /// # Errors
    /// [`PreimageError::NotRequested`].
    pub fn unrequested(self) -> Result<Changed, PreimageError> {
        let Self::Requested { deposit, count, len } = self else {
            return Err(PreimageError::NotRequested);
        };
        assert!(count >= 1, "invariant(preimages): a request counts at least one");
        if count > 1 {
            let count = count.saturating_sub(1);
            return Ok(Changed::to(Self::Requested { deposit, count, len }));
        }
        Ok(match (len, deposit) {
            (Some(len), Some(deposit)) => Changed::to(Self::Unrequested { deposit, len }),
            (Some(_), None) => Changed { status: None, refund: None, clears: true },
            // Bytes that never came: who asked has no deposit to lose.
            (None, deposit) => Changed { status: None, refund: deposit, clears: false },
        })
    }

    /// After who noted the bytes (`None`: root) takes them back.
    ///
    /// # Errors
    /// [`PreimageError::NotAuthorized`].
    pub fn unnoted(
        self,
        by: Option<serin_state::types::AccountId>,
    ) -> Result<Changed, PreimageError> {
        let is_allowed = |deposit: &Deposit| by.is_none_or(|who| who == deposit.who);
        match self {
            Self::Unrequested { deposit, .. } if is_allowed(&deposit) => {
                Ok(Changed { status: None, refund: Some(deposit), clears: true })
            }
            Self::Requested { deposit: Some(deposit), count, len } if is_allowed(&deposit) => {
                let status = Self::Requested { deposit: None, count, len };
                Ok(Changed { status: Some(status), refund: Some(deposit), clears: false })
            }
            Self::Requested { deposit: None, .. } if by.is_none() => self.unrequested(),
            Self::Unrequested { .. } | Self::Requested { .. } => Err(PreimageError::NotAuthorized),
        }
    }
}
