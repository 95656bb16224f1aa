//! Every rule by name: what it decides, what it can be, where it comes from; and how it is set from text.
//!
//! The list is the one source for command lines and reports. Which line of the code reads a rule is said by a mark at
//! that line, `rule(name)`; a test of the laboratory finds each.

use super::Rules;
use super::choices::{
    Choice, Choices, EquivocationWeight, Estimate, ForkChoice, HiddenWins, PrecommitBound,
    PrevoteBase, RandomnessSource, RoundStart, SecondarySlots, SetChange, Switch, Threshold,
    TieBreak, VoteTarget,
};

/// A rule, for people and command lines.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name: the field of [`Rules`], as `finality.threshold`.
    pub name: &'static str,
    /// What it decides.
    pub meaning: &'static str,
    /// Paper, specification or repository that states it.
    pub source: &'static str,
    /// What it can be, the standard first.
    pub choices: &'static [Choice],
    /// Its value.
    pub get: fn(&Rules) -> String,
    /// Sets it; false where the text is none of its values.
    pub set: fn(&mut Rules, &str) -> bool,
}

/// Why a rule cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The text has no `=`.
    #[error("a rule is set as NAME=VALUE, for instance finality.threshold=1/2, not as {0}")]
    NoValue(String),
    /// There is no such rule.
    #[error("there is no rule {name}; the rules are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// All names.
        known: String,
    },
    /// The rule cannot be this.
    #[error("{name} cannot be {value}: it is {choices}")]
    BadValue {
        /// The rule.
        name: &'static str,
        /// What was asked for.
        value: String,
        /// What it can be.
        choices: String,
    },
}

impl Rule {
    /// What it is in `rules`.
    #[must_use]
    pub fn value(&self, rules: &Rules) -> String {
        (self.get)(rules)
    }

    /// What it is by the standard.
    #[must_use]
    pub fn standard(&self) -> String {
        self.value(&Rules::standard())
    }
}

impl Rules {
    /// Sets the rule `name` to the value that is written as `value`.
    ///
    /// # Errors
    /// [`RuleError`], a sentence that says what there is instead; then nothing changes.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), RuleError> {
        let Some(rule) = ALL.iter().find(|rule| rule.name == name) else {
            let known = listed(ALL.iter().map(|rule| rule.name));
            return Err(RuleError::Unknown { name: name.to_owned(), known });
        };
        if (rule.set)(self, value) {
            return Ok(());
        }
        let choices = listed(rule.choices.iter().map(|choice| choice.name));
        Err(RuleError::BadValue { name: rule.name, value: value.to_owned(), choices })
    }

    /// Sets a rule from `name=value`.
    ///
    /// # Errors
    /// [`RuleError`]; then nothing changes.
    pub fn set_from(&mut self, text: &str) -> Result<(), RuleError> {
        let (name, value) =
            text.split_once('=').ok_or_else(|| RuleError::NoValue(text.to_owned()))?;
        self.set(name.trim(), value.trim())
    }

    /// Every rule, in the order of the fields.
    #[must_use]
    pub const fn all() -> &'static [Rule] {
        &ALL
    }

    /// The rules that differ from the standard, as `name=value`.
    #[must_use]
    pub fn changed(&self) -> Vec<String> {
        let differs = |rule: &&Rule| rule.value(self) != rule.standard();
        ALL.iter()
            .filter(differs)
            .map(|rule| format!("{}={}", rule.name, rule.value(self)))
            .collect()
    }
}

fn listed(names: impl Iterator<Item = &'static str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

macro_rules! rule {
    ($group:ident.$field:ident: $choices:ident, $source:literal, $meaning:literal) => {
        Rule {
            name: concat!(stringify!($group), ".", stringify!($field)),
            meaning: $meaning,
            source: $source,
            choices: <$choices as Choices>::ALL,
            get: |rules| rules.$group.$field.name(),
            set: |rules, text| match <$choices as Choices>::from_name(text) {
                Some(value) => {
                    rules.$group.$field = value;
                    true
                }
                None => false,
            },
        }
    };
}

const ALL: [Rule; 15] = [
    rule!(
        lottery.secondary: SecondarySlots,
        "BABE, W3F research, secondary slots; sc-consensus-babe authorship.rs; Aura",
        "who may author where the lottery has no winner"
    ),
    rule!(
        lottery.randomness: RandomnessSource,
        "BABE, W3F research, section 3.4; pallet-babe on_finalize",
        "which lottery outputs enter the randomness of a later epoch"
    ),
    rule!(
        lottery.hidden_wins: HiddenWins,
        "sc-consensus-babe verification.rs looks at the claimed kind alone",
        "whether who won a slot may author it as a secondary one"
    ),
    rule!(
        chain.weight: ForkChoice,
        "BABE, W3F research, best chain; sp-consensus-babe BabeBlockWeight",
        "what makes one chain better than another"
    ),
    rule!(
        chain.tie: TieBreak,
        "sc-consensus-babe (longer chain, then first seen)",
        "which of two equally good heads is taken"
    ),
    rule!(
        finality.threshold: Threshold,
        "GRANDPA paper, section 2.2; finality-grandpa fa7e5c0",
        "how much weight is a supermajority"
    ),
    rule!(
        finality.equivocation: EquivocationWeight,
        "GRANDPA paper, section 2.2; finality-grandpa 5c62f9b",
        "how the votes of an equivocator count"
    ),
    rule!(
        finality.vote_target: VoteTarget,
        "sc-consensus-grandpa voting_rule.rs",
        "how far behind its head a node votes"
    ),
    rule!(
        finality.third_precommit_rule: Switch,
        "GRANDPA paper, section 3, step 4 (iii)",
        "whether a precommit goes out as soon as no child of the GHOST can win"
    ),
    rule!(
        finality.set_change: SetChange,
        "GRANDPA paper, section 5; sc-consensus-grandpa authorities.rs; gossamer 2395",
        "when an announced voter set takes over"
    ),
    rule!(
        finality.estimate: Estimate,
        "GRANDPA paper, section 2.3",
        "what a round leaves to the next one"
    ),
    rule!(
        finality.prevote_base: PrevoteBase,
        "GRANDPA paper, section 3, step 3",
        "what a prevote has to descend from"
    ),
    rule!(
        finality.precommit_bound: PrecommitBound,
        "GRANDPA paper, section 3, step 4",
        "what a precommit must not be below"
    ),
    rule!(
        finality.round_start: RoundStart,
        "GRANDPA paper, section 3, step 1; finality-grandpa e7ce7cc, a5fe753",
        "what a new round waits for"
    ),
    rule!(
        finality.hint: Switch,
        "GRANDPA paper, section 3, step 2",
        "whether the primary of a round hints at its estimate"
    ),
];
