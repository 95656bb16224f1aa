//! Seeded runs of every class.

mod reference;

use super::attack::run;
use super::plan::{Class, Plan};
use super::record::Record;
use reference::{accuse, promised};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn survey() {
    for class in Class::ATTACKS.into_iter().chain(Class::PEACEFUL) {
        let start = crate::launch::clock::Stopwatch::start();
        let mut violated = 0;
        let mut finals = 0;
        let mut pairs = 0;
        let mut endings = BTreeMap::new();
        let (mut framed, mut light, mut void) = (0, 0, 0);
        let runs = 200;
        for seed in 0..runs {
            let case = run(Plan::draw(class, seed));
            finals += case.finals;
            violated += usize::from(!case.conflicts.is_empty());
            let record = Record::new(&case);
            let mut say = true;
            for (one, other) in &case.conflicts {
                let (one, other) = (&case.proofs[*one], &case.proofs[*other]);
                let (id, members) = record.common_set(&one.target(), &other.target());
                if one.set() != id || other.set() != id {
                    *endings.entry("sets".to_owned()).or_insert(0) += 1;
                    continue;
                }
                if record.is_beyond_change(&one.target(), &other.target()) || record.is_beyond_change(&other.target(), &one.target()) {
                    void += 1;
                    continue;
                }
                pairs += 1;
                let (ending, guilty) = accuse(&record, (id, &members), one, other);
                *endings.entry(format!("{ending:?}")).or_insert(0) += 1;
                let innocent: BTreeSet<_> = guilty.difference(&case.byzantine).collect();
                if !innocent.is_empty() {
                    framed += 1;
                    if say { say = false; println!("  {} seed {seed}: framed {innocent:?} {ending:?} rounds {} {}", class.name(), one.round(), other.round()); }
                }
                let (weight, promise) = promised(&members, &guilty);
                light += usize::from(weight < promise);
            }
        }
        println!("{:16} {violated}/{runs} violated, {finals} finals, {} ms, {pairs} pairs, framed {framed} light {light} void {void} {endings:?}", class.name(), start.millis());
    }
}
