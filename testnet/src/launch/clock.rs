//! The launcher's clock: time since it started, and short waits between two looks at the network.
//!
//! Processes are watched by looking at them again; this is the one place that waits.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Time since a start.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the launcher watches real processes")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds since the start.
    #[must_use]
    pub fn millis(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Milliseconds since the Unix epoch.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "genesis time of a network that starts now")]
pub fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Waits a moment before the next look.
pub fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}
