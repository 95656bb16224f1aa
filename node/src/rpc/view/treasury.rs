//! What JSON-RPC answers about the treasury: its pot, approved spends, bounties, and what is paid for taking part. Scripts
//! rely on the names.
//!
//! Amounts are decimal strings of smallest units; slots are numbers.

use serde::{Deserialize, Serialize};

/// `governance_treasury`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreasuryView {
    /// The slot after which this is.
    pub slot: u64,
    /// What can be spent.
    pub spendable: String,
    /// The first slot after this period; nothing before the first block.
    pub period_ends: Option<u64>,
    /// What is burnt at its end, in parts per million of what can be spent.
    pub burn_ppm: u32,
    /// Approved and not paid, the newest first.
    pub spends: Vec<SpendView>,
    /// Not ended, the newest first.
    pub bounties: Vec<BountyView>,
    /// What is paid for taking part; nothing where it is off.
    pub participation: Option<ParticipationView>,
}

/// An approved spend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendView {
    /// Its number.
    pub index: u32,
    /// How much.
    pub amount: String,
    /// For whom.
    pub beneficiary: String,
    /// The first slot in which it can be paid.
    pub valid_from: u64,
    /// The first slot in which it no longer can.
    pub expires: u64,
}

/// A bounty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BountyView {
    /// Its number.
    pub index: u32,
    /// What is to be done.
    pub description: String,
    /// What it is worth, the curator's fee included.
    pub value: String,
    /// What of it is the curator's.
    pub fee: String,
    /// How far it is: proposed, funded, offered, active or awarded.
    pub stage: String,
    /// Who looks after it, or was asked to.
    pub curator: Option<String>,
    /// Who gets it.
    pub beneficiary: Option<String>,
    /// The next slot that matters: from when anybody may unassign the curator, or claim.
    pub due: Option<u64>,
}

/// What is paid for votes on decided referenda.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticipationView {
    /// For a vote.
    pub reward: String,
    /// Capital of a vote that counts.
    pub capital_min: String,
    /// Votes of an account that a period pays for.
    pub votes_max: u32,
    /// What a period pays in all.
    pub budget: String,
    /// What this period has paid.
    pub paid: String,
    /// The first slot after it; nothing before the first payment.
    pub period_ends: Option<u64>,
}
