//! The names of the seeded bugs, by area.
//!
//! Two letters for the area and two digits: BP block production, FC fork choice, GF finality gadget, AS sets of authorities
//! and voters, EV evidence, LG ledger, PS persistence, SY synchronisation, GV governance. What each changes stands here;
//! where it comes from and which oracle has to find it, stands in the table of the simulator.

use core::fmt;
use core::str::FromStr;

macro_rules! mutations {
    ($($(#[doc = $what:literal])+ $name:ident,)+) => {
        /// One seeded bug: what the changed line does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutation {
            $($(#[doc = $what])+ $name,)+
        }

        impl Mutation {
            /// All of them, by area and number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name: two letters and two digits.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// What the changed line does, in a sentence.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($what),+).trim(),)+
                }
            }
        }
    };
}

mutations! {
    /// A supermajority is two thirds of the weight, where it has to be more.
    GF01,
    /// A transfer to oneself writes the account that has received last.
    LG04,
    /// A vote leaves before the bodies of its blocks are durable.
    PS02,
}

impl fmt::Display for Mutation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No mutation has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no mutation {0}")]
pub struct UnknownMutation(pub String);

impl FromStr for Mutation {
    type Err = UnknownMutation;

    fn from_str(text: &str) -> Result<Self, UnknownMutation> {
        let found = Self::ALL.iter().find(|mutation| mutation.name().eq_ignore_ascii_case(text));
        found.copied().ok_or_else(|| UnknownMutation(text.to_owned()))
    }
}
