//! Tests of forks, finality and crashes.
//!
//! The oracle is a plain map for each block; roots come from the definition of the tree.
