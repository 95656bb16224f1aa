//! How much a peer may ask and say: one token bucket for each kind of message.
//!
//! Inputs: the time and the cost of a message. Output: whether it is within the budget.
//!
//! # Invariants
//! A bucket never holds more than its burst, and fills at a steady rate whatever the peer does.
//!
//! # Bounds
//! Six buckets a peer.

use crate::limits::RESPONSE_BLOCKS_MAX;
use crate::message::{BlocksRequest, Request};
use crate::name::{Protocol, Topic};
use serin_state::types::Millis;

/// The size of a bucket and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The most that can be spent at once.
    pub burst: u64,
    /// What comes back in a second.
    pub per_second: u64,
}

impl Rate {
    /// What a peer may send on `topic`: votes of 1,000 voters in several rounds a second at worst,
    /// all by way of one peer; a few blocks and lists a slot.
    #[must_use]
    pub const fn of_topic(topic: Topic) -> Self {
        match topic {
            Topic::Blocks => Self { burst: 256, per_second: 64 },
            Topic::Votes => Self { burst: 8_192, per_second: 4_096 },
            Topic::Transactions => Self { burst: 1_024, per_second: 256 },
        }
    }

    /// What a peer may ask on `protocol`. Blocks are counted by the block: 128 requests of 128
    /// blocks at once, then 4,096 blocks a second, so a peer that synchronises is not slowed.
    #[must_use]
    pub const fn of_protocol(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Status => Self { burst: 64, per_second: 20 },
            Protocol::Blocks => Self { burst: 16_384, per_second: 4_096 },
            Protocol::Finality => Self { burst: 128, per_second: 40 },
            Protocol::State => Self { burst: 256, per_second: 64 },
        }
    }
}

/// What answering `request` costs in its protocol's bucket: for blocks their number, else 1.
#[must_use]
pub fn cost(request: &Request) -> u64 {
    match request {
        Request::Blocks(BlocksRequest::Range(range)) => u64::from(range.count),
        Request::Blocks(BlocksRequest::Transactions { .. }) => {
            u64::try_from(RESPONSE_BLOCKS_MAX).unwrap_or(u64::MAX)
        }
        Request::Status(_) | Request::Finality(_) | Request::State(_) => 1,
    }
}

/// A token bucket. Kept in thousandths of a token, so that slow rates lose nothing to rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    rate: Rate,
    thousandths: u64,
    at: Millis,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub const fn new(now: Millis, rate: Rate) -> Self {
        Self { rate, thousandths: rate.burst.saturating_mul(1_000), at: now }
    }

    /// True where waiting longer would gain nothing.
    #[must_use]
    pub const fn is_full(&self, now: Millis) -> bool {
        let gained = now.since(self.at).saturating_mul(self.rate.per_second);
        self.thousandths.saturating_add(gained) >= self.rate.burst.saturating_mul(1_000)
    }

    /// Takes `cost`, or nothing and `false` where there is less.
    pub fn take(&mut self, now: Millis, cost: u64) -> bool {
        let full = self.rate.burst.saturating_mul(1_000);
        let gained = now.since(self.at).saturating_mul(self.rate.per_second);
        self.thousandths = self.thousandths.saturating_add(gained).min(full);
        self.at = self.at.max(now);
        assert!(self.thousandths <= full, "invariant(budget): never above the burst");
        match self.thousandths.checked_sub(cost.saturating_mul(1_000)) {
            Some(rest) => {
                self.thousandths = rest;
                true
            }
            None => false,
        }
    }
}

/// The buckets of one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    topics: [Bucket; 3],
    protocols: [Bucket; 4],
}

impl Budget {
    /// Everything full.
    #[must_use]
    pub fn new(now: Millis) -> Self {
        Self {
            topics: Topic::ALL.map(|topic| Bucket::new(now, Rate::of_topic(topic))),
            protocols: Protocol::ALL.map(|protocol| Bucket::new(now, Rate::of_protocol(protocol))),
        }
    }

    /// True where every bucket is full: forgetting this budget and making a new one is the same.
    #[must_use]
    pub fn is_full(&self, now: Millis) -> bool {
        self.topics.iter().chain(&self.protocols).all(|bucket| bucket.is_full(now))
    }

    /// Books one gossip message; `false` where the budget is spent.
    pub fn on_gossip(&mut self, now: Millis, topic: Topic) -> bool {
        let [blocks, votes, transactions] = &mut self.topics;
        match topic {
            Topic::Blocks => blocks.take(now, 1),
            Topic::Votes => votes.take(now, 1),
            Topic::Transactions => transactions.take(now, 1),
        }
    }

    /// Books one request; `false` where the budget is spent.
    pub fn on_request(&mut self, now: Millis, request: &Request) -> bool {
        let [status, blocks, finality, state] = &mut self.protocols;
        match request.protocol() {
            Protocol::Status => status.take(now, cost(request)),
            Protocol::Blocks => blocks.take(now, cost(request)),
            Protocol::Finality => finality.take(now, cost(request)),
            Protocol::State => state.take(now, cost(request)),
        }
    }
}

#[cfg(test)]
mod tests;
