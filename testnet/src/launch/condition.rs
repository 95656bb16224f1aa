//! Conditions of `--until`: `best`, `finalized` or `session`, an operator, a number.
//!
//! The lowest value over the running nodes is compared, so a condition that holds, holds everywhere.

use std::fmt;
use std::str::FromStr;

/// Of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Height of the best block.
    Best,
    /// Height of the final block.
    Finalized,
    /// Number of the epoch of the best block.
    Session,
}

/// How it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `>=`
    AtLeast,
    /// `>`
    Above,
    /// `==`
    Equal,
}

/// A condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Of what.
    pub subject: Subject,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub value: u64,
}

/// A text is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no condition: write best, finalized or session, then >=, > or ==, then a number, as 'finalized>=20'"
)]
pub struct ConditionError(pub String);

impl Condition {
    /// Whether it holds for a measured value.
    #[must_use]
    pub const fn holds(&self, measured: u64) -> bool {
        match self.operator {
            Operator::AtLeast => measured >= self.value,
            Operator::Above => measured > self.value,
            Operator::Equal => measured == self.value,
        }
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let error = || ConditionError(text.to_owned());
        let start = text.find(['>', '=']).ok_or_else(error)?;
        let (subject, rest) = text.split_at(start);
        let subject = match subject.trim() {
            "best" => Subject::Best,
            "finalized" => Subject::Finalized,
            "session" => Subject::Session,
            _ => return Err(error()),
        };
        let operators =
            [(">=", Operator::AtLeast), ("==", Operator::Equal), (">", Operator::Above)];
        let found = operators
            .into_iter()
            .find_map(|(sign, operator)| rest.strip_prefix(sign).map(|value| (operator, value)));
        let (operator, value) = found.ok_or_else(error)?;
        let value = value.trim().parse().map_err(|_| error())?;
        Ok(Self { subject, operator, value })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = match self.subject {
            Subject::Best => "best",
            Subject::Finalized => "finalized",
            Subject::Session => "session",
        };
        let operator = match self.operator {
            Operator::AtLeast => ">=",
            Operator::Above => ">",
            Operator::Equal => "==",
        };
        write!(formatter, "{subject}{operator}{}", self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::Condition;

    #[test]
    fn a_condition_reads_back_and_compares() {
        let cases = [
            ("at least, reached", "finalized>=20", 20, true),
            ("at least, one short", "finalized>=20", 19, false),
            ("above, not reached at the value", "best>5", 5, false),
            ("equal", "session==3", 3, true),
        ];
        for (why, text, measured, holds) in cases {
            let condition: Condition = text.parse().unwrap();
            assert_eq!(condition.to_string(), text, "{why}");
            assert_eq!(condition.holds(measured), holds, "{why}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in ["", "finalized", "finalized>=", "height>=3", "best<3", "best>=x", "best=3"] {
            let error = text.parse::<Condition>().unwrap_err().to_string();
            assert!(error.contains("finalized>=20"), "{text:?}: {error}");
        }
    }
}
