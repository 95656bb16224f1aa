//! What the module `preimages` does with bad input, over a small chain.
//!
//! The life of what passes through it is told by the tests of `referenda`.
