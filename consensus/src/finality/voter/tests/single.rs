//! Single votes and their verdicts.
