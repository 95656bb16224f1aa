//! The blocks above the final one, and which of their chains is best.
//!
//! ```text
//!   tree    insert, finalise, drop; what changed       order   what makes a head better
//!   walk    ancestors, paths, the best head above a block
//! ```

mod order;
mod tree;
mod walk;

pub use tree::{BLOCKS_MAX, BlockTree, Dropped, HeadChange, Pruned, TreeBlock, TreeError};
