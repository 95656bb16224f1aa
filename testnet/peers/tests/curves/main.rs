//! Curves beside those of pallet-referenda 50, and what votes weigh and lock beside pallet-conviction-voting 50.
//!
//! Thresholds are equal bit for bit on all curves of Kusama and on random ones, and so is the inverse
//! that is published. Ours is the exact one: the published `passing` says for every point that it is the
//! first. By default each curve takes 20,000 points; `SERIN_PEER_INPUTS=1000000` asks for more.

mod votes;

use pallet_referenda::Curve as Published;
use serin_governance::curve::{Curve, Fixed, Ppb, Range, Through};
use serin_state::types::{Hash, Purpose};
use sp_arithmetic::{FixedI64, Perbill};

/// The seed of all random inputs, printed with the first difference.
const SEED: u64 = 0x5e81_0006;

/// The number `index` of the random words for `purpose`.
pub(crate) fn random(purpose: &str, index: u64) -> [u64; 4] {
    let parts: [&[u8]; 3] = [&SEED.to_le_bytes(), &index.to_le_bytes(), purpose.as_bytes()];
    let bytes = Hash::personal(Purpose::Random, &parts).0;
    [0, 8, 16, 24].map(|at| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()))
}

/// A share of one.
fn share(word: u64) -> u32 {
    u32::try_from(word % 1_000_000_001).unwrap()
}

fn published_linear(length: u128, floor: u128, ceil: u128) -> Published {
    Published::make_linear(length, 28, percent(floor), percent(ceil))
}

fn percent(percent: u128) -> FixedI64 {
    FixedI64::from_rational(percent, 100)
}

fn range(floor: u32, ceil: u32) -> Range {
    Range { floor: Ppb::percent(floor), ceil: Ppb::percent(ceil) }
}

/// A straight curve of both sides.
fn linear(length: u32, (floor, ceil): (u32, u32)) -> (Curve, Published) {
    let ours = Curve::linear(Ppb::ratio_nearest(length, 28), range(floor, ceil));
    (ours, published_linear(length.into(), floor.into(), ceil.into()))
}

/// A reciprocal of both sides.
fn reciprocal(
    (delay, period): (u32, u32),
    level: u32,
    (floor, ceil): (u32, u32),
) -> (Curve, Published) {
    let through = Through { delay: Ppb::ratio_nearest(delay, period), level: Ppb::percent(level) };
    let ours = Curve::reciprocal(through, range(floor, ceil)).unwrap();
    let published = Published::make_reciprocal(
        delay.into(),
        period.into(),
        percent(level.into()),
        percent(floor.into()),
        percent(ceil.into()),
    );
    (ours, published)
}

/// The 14 distinct curves of Kusama's tracks.
fn of_kusama() -> Vec<(&'static str, (Curve, Published))> {
    let (approval, support, whitelisted) = ((50, 100), (0, 50), (5, 50));
    vec![
        ("approval root", reciprocal((4, 28), 80, approval)),
        ("approval whitelisted", reciprocal((16, 28 * 24), 96, approval)),
        ("approval admin", linear(17, approval)),
        ("approval tipper", linear(10, approval)),
        ("approval medium", linear(23, approval)),
        ("approval big", linear(28, approval)),
        ("support root", linear(28, support)),
        ("support whitelisted", reciprocal((1, 28), 20, whitelisted)),
        ("support admin", reciprocal((12, 28), 1, support)),
        ("support general", reciprocal((7, 28), 10, support)),
        ("support small tipper", reciprocal((1, 28), 4, support)),
        ("support big tipper", reciprocal((8, 28), 1, support)),
        ("support medium", reciprocal((16, 28), 1, support)),
        ("support big", reciprocal((20, 28), 1, support)),
    ]
}

/// Our curve with the numbers of a published one.
fn translated(published: &Published) -> Curve {
    let ppb = |share: &Perbill| Ppb::from_parts(share.deconstruct());
    let fixed = |number: &FixedI64| Fixed(number.into_inner());
    match published {
        Published::LinearDecreasing { length, floor, ceil } => {
            Curve::Linear { length: ppb(length), floor: ppb(floor), ceil: ppb(ceil) }
        }
        Published::SteppedDecreasing { begin, end, step, period } => Curve::Stepped {
            begin: ppb(begin),
            end: ppb(end),
            step: ppb(step),
            period: ppb(period),
        },
        Published::Reciprocal { factor, x_offset, y_offset } => Curve::Reciprocal {
            factor: fixed(factor),
            x_offset: fixed(x_offset),
            y_offset: fixed(y_offset),
        },
    }
}

/// Compares both sides at one point; true where the published inverse is the exact one.
fn compare(name: &str, ours: &Curve, published: &Published, (x, y): (u32, u32)) -> bool {
    let (at, share) = (Perbill::from_parts(x), Perbill::from_parts(y));
    let (our_x, our_y) = (Ppb::from_parts(x), Ppb::from_parts(y));
    let threshold = ours.threshold(our_x);
    let expected = published.threshold(at).deconstruct();
    assert_eq!(threshold.parts(), expected, "{name} at {x} (seed {SEED:#x})");
    for near in [threshold.parts().saturating_sub(1), threshold.parts(), y] {
        let verdict = published.passing(at, Perbill::from_parts(near));
        assert_eq!(ours.passing(our_x, Ppb::from_parts(near)), verdict, "{name} at {x}, {near}");
    }
    let known = published.delay(share).deconstruct();
    assert_eq!(ours.delay_as_published(our_y).parts(), known, "{name}: inverse of {y}");
    let first = ours.delay(our_y).parts();
    let passes = published.passing(Perbill::from_parts(first), share);
    assert!(passes || first == Ppb::ONE.parts(), "{name}: {y} does not pass at {first}");
    if first > 0 {
        let before = Perbill::from_parts(first - 1);
        assert!(!published.passing(before, share), "{name}: {y} passes before {first}");
    }
    known == first
}

#[test]
fn the_constants_of_all_curves_are_equal() {
    for (name, (ours, published)) in of_kusama() {
        assert_eq!(ours, translated(&published), "{name}");
    }
}

#[test]
fn all_curves_of_kusama_are_equal_and_the_inverse_is_first() {
    let points = serin_peers::inputs(20_000);
    for (name, (ours, published)) in of_kusama() {
        let mut inexact = 0_u64;
        for index in 0..points {
            let [x, y, from_x, kind] = random(name, index);
            // Half of the shares lie on the curve, where the inverse is tight.
            let on_curve = ours.threshold(Ppb::from_parts(share(from_x))).parts();
            let y = if kind % 2 == 0 { share(y) } else { on_curve };
            inexact += u64::from(!compare(name, &ours, &published, (share(x), y)));
        }
        println!("{name}: {points} points; the published inverse is not the first at {inexact}");
    }
}

#[test]
fn curves_are_equal_at_their_ends() {
    let ends = [0, 1, 2, 499_999_999, 500_000_000, 500_000_001, 999_999_999, 1_000_000_000];
    for (name, (ours, published)) in of_kusama() {
        for x in ends {
            for y in ends {
                compare(name, &ours, &published, (x, y));
            }
        }
    }
}

/// A sound curve of random numbers; the kind is `index` modulo three.
fn random_curve(index: u64) -> Published {
    let [a, b, c, d] = random("curve", index);
    let part = |word| Perbill::from_parts(share(word));
    let (low, high) = (part(a).min(part(b)), part(a).max(part(b)));
    match index % 3 {
        0 => Published::LinearDecreasing { length: part(c), floor: low, ceil: high },
        1 => Published::SteppedDecreasing {
            begin: high,
            end: low,
            // The published inverse adds the step to the begin and asserts that this is a share.
            step: Perbill::from_parts((share(c) % (1_000_000_001 - high.deconstruct())).max(1)),
            period: Perbill::from_parts(share(d).max(1)),
        },
        _ => Published::Reciprocal {
            factor: FixedI64::from_inner(i64::from(share(a))),
            x_offset: FixedI64::from_inner(i64::from(share(b).max(1))),
            y_offset: FixedI64::from_inner(i64::from(share(c)) - 500_000_000),
        },
    }
}

#[test]
fn random_curves_are_equal() {
    for index in 0..serin_peers::inputs(20_000) {
        let published = random_curve(index);
        let ours = translated(&published);
        assert!(ours.is_sound(), "{published:?}");
        let [x, y, ..] = random("point", index);
        compare(&format!("{published:?}"), &ours, &published, (share(x), share(y)));
        let on_curve = ours.threshold(Ppb::from_parts(share(x))).parts();
        compare(&format!("{published:?}"), &ours, &published, (share(x), on_curve));
    }
}

/// Straight and reciprocal curves from the numbers that a track would name.
#[test]
fn random_tracks_are_equal() {
    for index in 0..serin_peers::inputs(20_000).min(20_000) {
        let [a, b, c, d] = random("track", index);
        let small = |word: u64, below: u64| u32::try_from(word % below).unwrap();
        let floor = small(a, 60);
        let ceil = floor + 10 + small(b, u64::from(90 - floor));
        let (ours, published) = linear(1 + small(c, 28), (floor, ceil));
        assert_eq!(ours, translated(&published), "{index}");
        let level = floor + 1 + small(d, u64::from(ceil - floor - 1));
        let (ours, published) = reciprocal((1 + small(c, 27), 28), level, (floor, ceil));
        assert_eq!(ours, translated(&published), "{index}: {level} within {floor}..{ceil}");
    }
}
