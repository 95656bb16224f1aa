//! Who may produce a block, which chain is best, what is final. Pure: no clock, no entropy, no IO.
//!
//! ```text
//!   slot -> leader::claim_slot -> header -> leader::check_header -> chain::BlockTree -> head
//!                                                 |                       |   ^
//!                                       evidence::SealWatch               v   | finalize
//!                                                                    finality (rounds of votes)
//! ```
//!
//! # Reading order
//! 1. [`params`] and [`rules`]: the numbers and the choices that genesis commits to.
//! 2. [`leader`]: the lottery, claims, the check of a header, epochs and sessions.
//! 3. [`chain`]: the tree of blocks above the final one and its head.
//! 4. [`finality`]: votes, rounds, justifications.
//! 5. [`evidence`]: proof that an author sealed two headers for one slot.
//! 6. [`staking`]: who is elected, earns and loses.
//!
//! # Example
//! One validator claims a slot; everybody else checks the claim from the header and places the block.
//! ```
//! use serin_consensus::chain::{BlockTree, TreeBlock};
//! use serin_consensus::crypto::Strict;
//! use serin_consensus::leader::{EpochData, LotteryContext, claim_slot, vrf::LotterySecret};
//! use serin_consensus::{params::Params, rules::Rules};
//! use serin_state::types::*;
//!
//! let rules = Rules::standard();
//! let params = Params {
//!     genesis_time_ms: Millis(0),
//!     slot_ms: 6_000,
//!     epoch_slots: 600,
//!     primary_numerator: 1,
//!     primary_denominator: 4,
//!     secondary_delay_ms: 0,
//!     gossip_ms: 1_000,
//!     bonding_slots: 100_800,
//! };
//! let secret = LotterySecret::from_seed(&[1; 32]);
//! let seal = SecretKey::from_seed(&[2; 32]).public();
//! let author = Authority { seal, lottery: secret.public(), weight: VoteWeight(1) };
//! let epoch = EpochData::new(&params, Epoch(0), Hash::of(b"randomness"), &[author]);
//!
//! let genesis = Hash::of(b"genesis");
//! let context = LotteryContext {
//!     genesis: &genesis,
//!     rules: &rules.lottery,
//!     epoch: &epoch,
//!     verifier: &Strict,
//! };
//! // With one authority every slot has an author: by lottery in a quarter of them, else by turn.
//! let won = claim_slot(&context, Slot(1), AuthorityIndex(0), None, &secret).expect("an author");
//!
//! let block = |hash, parent, height, slot| {
//!     let (kind, score) = (won.checked.kind, won.checked.score);
//!     TreeBlock { hash, parent, height: Height(height), slot: Slot(slot), kind, score }
//! };
//! let mut tree = BlockTree::new(rules.chain, block(genesis, Hash::ZERO, 0, 0));
//! let first = block(Hash::of(b"block 1"), genesis, 1, 1);
//! let change = tree.insert(first).unwrap().expect("a new head");
//! assert_eq!(change.enacted, [first.reference()]);
//! assert_eq!(tree.finalize(&first.hash).unwrap().finalized, [first.reference()]);
//! ```
//!
//! # Absences
//! Nothing here reads a clock, a random source or a socket, and nothing iterates over a hash map;
//! keys are used through the traits [`crypto::Verifier`] and [`leader::Prover`] only.

pub mod chain;
pub mod crypto;
pub mod evidence;
pub mod finality;
pub mod leader;
pub mod params;
pub mod rules;
pub mod staking;
pub mod verdict;

pub use verdict::Verdict;
