//! Every limit of the wire and of a peer, in one table with its reason.
//!
//! A limit is either part of the wire (both sides must know it: sizes and counts of messages) or
//! local policy (budgets, caps, timeouts: a node may choose others without a new wire version).
//! Sizes are in bytes, times in milliseconds.

/// Version of the wire. It stands at the end of every topic and protocol name.
pub const WIRE_VERSION: u16 = 1;

// ---- The wire: sizes and counts -------------------------------------------------------------

/// Transactions in a block. The smallest signed transaction has 133 bytes, so a 4 MiB body cannot
/// hold more than 31,536; rounded up to a power of two.
pub const BLOCK_TRANSACTIONS_MAX: usize = 32_768;

/// A block announcement: the largest header (256 KiB), the most identifiers (1 MiB), their count.
pub const ANNOUNCEMENT_BYTES_MAX: usize = 256 * 1024 + 32 * BLOCK_TRANSACTIONS_MAX + 4;

/// Voters of a finality set that bitmaps and proofs must have room for. Kusama has 1,000.
pub const VOTERS_MAX: usize = 4_096;

/// A finality proof (justification, commit or catch-up): 4,096 precommits of 132 bytes are
/// 528 KiB, the rest is room for headers between their targets.
pub const PROOF_BYTES_MAX: usize = 1024 * 1024;

/// A gossiped finality message: a proof, its tag and its length.
pub const FINALITY_GOSSIP_BYTES_MAX: usize = PROOF_BYTES_MAX + 5;

/// Transactions in one gossiped list: what a pool collects in a fraction of a slot.
pub const LIST_TRANSACTIONS_MAX: usize = 512;

/// A gossiped list of transactions: eight of the largest (64 KiB), or 512 of 1 KiB.
pub const LIST_BYTES_MAX: usize = 512 * 1024 + 4;

/// States of final blocks that a node serves whole at a time: the newest, and the one before it for
/// those that have begun.
pub const SYNC_POINTS_MAX: usize = 2;

/// A status: fixed fields of 138 bytes, the points, and four bitmaps.
pub const STATUS_BYTES_MAX: usize = 138 + 36 * SYNC_POINTS_MAX + 4 * BITMAP_BYTES_MAX;

/// A bitmap: a byte for eight voters, and its length.
pub const BITMAP_BYTES_MAX: usize = 4 + VOTERS_MAX / 8;

/// Blocks in one response.
pub const RESPONSE_BLOCKS_MAX: usize = 128;

/// A request for blocks: the largest is a list of positions in a body, and a hash.
pub const BLOCKS_REQUEST_BYTES_MAX: usize = 1 + 32 + 4 + 4 * BLOCK_TRANSACTIONS_MAX;

/// A response with blocks: 16 MiB, so at least three of the largest blocks.
pub const BLOCKS_RESPONSE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A request about finality: set, round and two bitmaps.
pub const FINALITY_REQUEST_BYTES_MAX: usize = 1 + 8 + 8 + 2 * BITMAP_BYTES_MAX;

/// Votes in one response: two of each counted stage from 1,000 voters (an equivocator has two).
pub const RESPONSE_VOTES_MAX: usize = 4_096;

/// A response about finality: a proof, its tags and its length; 4,096 votes of 149 bytes fit too.
pub const FINALITY_RESPONSE_BYTES_MAX: usize = PROOF_BYTES_MAX + 6;

/// A request for state: block and two keys.
pub const STATE_REQUEST_BYTES_MAX: usize = 1 + 3 * 32;

/// Values in one response: what fits into a megabyte if each has the shortest that an account has.
pub const RANGE_ENTRIES_MAX: usize = 16_384;

/// Bytes of keys and values that an answering node puts into one response; the value that reaches it
/// is the last.
pub const RANGE_BYTES: usize = 1024 * 1024;

/// A range proof: two paths of at most 256 levels, a hash each, and the values of two neighbours.
pub const RANGE_PROOF_BYTES_MAX: usize = 3 * 1024 * 1024;

/// A response about state: the values, one more of the largest (4 MiB), and the proof.
pub const STATE_RESPONSE_BYTES_MAX: usize = 12 * 1024 * 1024;

// ---- Local policy: one peer -----------------------------------------------------------------

/// Points at which a peer is banned. One [`crate::peers::Offence`] costs 1 to 100.
pub const BAN_POINTS: u32 = 100;

/// Points up to which offences count that an honest peer can commit: they alone never ban.
pub const WEAK_POINTS_MAX: u32 = 50;

/// How long it takes for one point to be forgotten: 100 points in ten minutes.
pub const POINT_DECAY_MS: u64 = 6_000;

/// How long a ban lasts: 12 hours, so that it outlives every reconnection attempt of a session.
pub const BAN_MS: u64 = 12 * 60 * 60 * 1_000;

/// How many peers of one address must be banned before the address is. Never for loopback.
pub const ADDRESS_BAN_PEERS: usize = 3;

/// Scores that are remembered; beyond it the peer that was seen least recently is forgotten.
pub const SCORES_MAX: usize = 4_096;

/// Bans that are remembered; beyond it the one that ends first is forgotten.
pub const BANS_MAX: usize = 16_384;

/// Requests to one peer that await an answer.
pub const IN_FLIGHT_PER_PEER_MAX: usize = 16;

/// Requests to all peers that await an answer.
pub const IN_FLIGHT_MAX: usize = 512;

/// How long a request waits for its answer. Facts: 15 to 20 s in the field; 16 MiB in 10 s is
/// 13 Mbit/s.
pub const REQUEST_TIMEOUT_MS: u64 = 10_000;

/// Inbound requests of one protocol that one connection may have open.
pub const STREAMS_PER_PROTOCOL_MAX: usize = 16;

// ---- Local policy: connections ---------------------------------------------------------------

/// Inbound handshakes under way from one address; beyond it the oldest of the address is cut, so
/// that silence cannot hold a place that somebody else needs. An honest handshake takes three round
/// trips, so an attacker needs 64 new sockets in that time.
pub const PENDING_PER_ADDRESS_MAX: usize = 64;

/// Inbound handshakes under way from one /24 (IPv4) or /48 (IPv6); loopback is exempt.
pub const PENDING_PER_SUBNET_MAX: usize = 96;

/// Inbound handshakes under way from everybody; beyond it the oldest of the busiest address is cut.
pub const PENDING_MAX: usize = 256;

/// How long a handshake may take.
pub const HANDSHAKE_TIMEOUT_MS: u64 = 10_000;

/// Connections from one address. Loopback is exempt: a local network shares it.
pub const ESTABLISHED_PER_ADDRESS_MAX: usize = 8;

/// Connections from one /24 (IPv4) or /48 (IPv6). Loopback is exempt.
pub const ESTABLISHED_PER_SUBNET_MAX: usize = 24;

/// Connections that others opened. Below [`ESTABLISHED_MAX`], so that those who dial in can never
/// take the places of those that this node chose (eclipse).
pub const ESTABLISHED_INBOUND_MAX: usize = 192;

/// Connections in all; above the 99 others of a network of 100 validators on one machine.
pub const ESTABLISHED_MAX: usize = 256;

/// Connections with one peer: two, for the case that both dial at once.
pub const ESTABLISHED_PER_PEER_MAX: usize = 2;

/// Streams of one connection, and the connection ends beyond it. 16 requests under way in each
/// direction, gossip, ping, identify and 32 of Kademlia in each direction stay below.
pub const STREAMS_PER_CONNECTION_MAX: usize = 128;

/// Receive window of one connection, so the most that a peer can make us buffer: 256 KiB for each
/// stream, which is the least that yamux accepts. Its own default is 1 GiB.
pub const CONNECTION_WINDOW_BYTES: usize = STREAMS_PER_CONNECTION_MAX * 256 * 1024;

// ---- Local policy: dialling ------------------------------------------------------------------

/// Peers whose addresses are remembered.
pub const KNOWN_PEERS_MAX: usize = 1_024;

/// Addresses of one peer that are remembered; the newest are kept.
pub const ADDRESSES_PER_PEER_MAX: usize = 8;

/// Delay before the first new attempt to reach a peer.
pub const REDIAL_FIRST_MS: u64 = 200;

/// Longest delay on the own machine, where a refused dial costs nothing.
pub const REDIAL_LOCAL_MAX_MS: u64 = 1_000;

/// Longest delay elsewhere.
pub const REDIAL_MAX_MS: u64 = 30_000;

/// How often a silent connection is asked for a sign of life.
pub const PING_INTERVAL_MS: u64 = 5_000;

/// How long the answer may take before the connection is cut.
pub const PING_TIMEOUT_MS: u64 = 10_000;

// ---- Local policy: queues --------------------------------------------------------------------

/// Commands that wait for the swarm.
pub const COMMANDS_MAX: usize = 1_024;

/// Events that wait for the node. Gossip beyond it is dropped and counted.
pub const EVENTS_MAX: usize = 2_048;

/// Events other than gossip that wait for room in that queue. Beyond it the swarm is read no further,
/// so peers feel a slow node as a slow line.
pub const OUTBOX_MAX: usize = 256;

/// Gossip messages that wait for one slow peer; beyond it they are dropped for that peer.
pub const GOSSIP_QUEUE_MAX: usize = 1_024;

/// Peers whose spent budgets are remembered after they went, so that coming back refills nothing.
pub const BUDGETS_MAX: usize = 4_096;

/// Peers that left whose reason is remembered, for displays.
pub const DEPARTURES_MAX: usize = 1_024;

/// Gossip messages that await their verdict; beyond it the oldest is ignored.
pub const VALIDATIONS_MAX: usize = 8_192;

/// Inbound requests that await an answer, over all peers.
pub const ANSWERS_MAX: usize = 512;

// The relations between limits, checked while compiling.
const _: () = assert!(WEAK_POINTS_MAX < BAN_POINTS);
const _: () = assert!(IN_FLIGHT_PER_PEER_MAX <= IN_FLIGHT_MAX);
const _: () = assert!(PENDING_PER_ADDRESS_MAX <= PENDING_PER_SUBNET_MAX);
const _: () = assert!(PENDING_PER_SUBNET_MAX <= PENDING_MAX);
const _: () = assert!(ESTABLISHED_PER_ADDRESS_MAX <= ESTABLISHED_PER_SUBNET_MAX);
const _: () = assert!(ESTABLISHED_INBOUND_MAX < ESTABLISHED_MAX);
const _: () = assert!(RESPONSE_VOTES_MAX * 149 + 6 <= FINALITY_RESPONSE_BYTES_MAX);
