//! The one place that reads a clock.
//!
//! Everything else is given the time. Wall time decides slots; it is expected to be kept by NTP.

use serin_state::types::Millis;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Wall time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

impl Clock {
    /// Milliseconds since the Unix epoch; zero on a machine that thinks it is before it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the wrapper that the lint points to")]
    pub fn now(self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// How long until `deadline`; nothing if it has passed.
    #[must_use]
    pub fn until(self, deadline: Millis) -> Duration {
        Duration::from_millis(deadline.since(self.now()))
    }
}
