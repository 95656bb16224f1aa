//! Search: how runs are chosen, and what is proven where all of them are tried.
//!
//! ```text
//! exhaustive   every run of a small model, over the voter machine itself
//! ```

pub mod exhaustive;
