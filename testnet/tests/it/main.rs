//! Networks of real processes: killed, cut, loaded, and audited. One binary; each test has a folder and ports of its own.
//!
//! They need the node's program beside the test's, which a release build of the workspace makes. The dev selection builds
//! no node: there they say so and pass.

mod journal;
mod load;
mod network;
mod refusals;
mod running;
