//! A histogram that quantiles are read from: fixed error, fixed size, and merging loses nothing.
//!
//! Each power of two is divided into 64 buckets of equal width, so that a bucket's middle is at most
//! 1/128 = 0.8 % away from any value in it. The bucket is read straight from the bits of the number.

/// The stated error of a quantile, relative to the value.
pub const RELATIVE_ERROR: f64 = 1.0 / 128.0;

/// Buckets per power of two.
const DIVISIONS_BITS: u32 = 6;
/// Values nearer to zero than 2^-20 count as zero, those beyond 2^44 as 2^44: of milliseconds that is a
/// nanosecond and five centuries.
const EXPONENT_MIN: i32 = -20;
const EXPONENT_MAX: i32 = 44;
/// Buckets on one side of zero.
const SIDE: i32 = (EXPONENT_MAX - EXPONENT_MIN) << DIVISIONS_BITS;
/// The largest number there is a bucket for, and the smallest.
const LARGEST: f64 = 17_592_186_044_415.0;
const SMALLEST: f64 = 1.0 / 1_048_576.0;

/// See the module. Counts may be fractions, because rows stand for more than themselves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sketch {
    /// The bucket of the first count. Buckets are numbered from zero outwards.
    first: i32,
    /// Counts of neighbouring buckets.
    counts: Vec<f64>,
}

impl Sketch {
    /// Counts a value so many times. Values and counts that are no finite numbers do not count, nor do
    /// counts from zero down.
    pub fn add(&mut self, value: f64, count: f64) {
        if value.is_finite() && count.is_finite() && count > 0.0 {
            self.add_to(bucket(value), count);
        }
    }

    /// Counts everything that the other one has counted.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in other.buckets() {
            self.add_to(bucket, count);
        }
    }

    /// How much was counted.
    pub fn count(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// The value that this share of all values, from 0 to 1, does not exceed; `None` without values.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let wanted = self.count() * share.clamp(0.0, 1.0);
        let mut seen = 0.0;
        let mut last = None;
        for (bucket, count) in self.buckets() {
            seen += count;
            last = Some(middle(bucket));
            // Sums of fractions are off by some of their last bits.
            if seen >= wanted * (1.0 - 1e-12) {
                break;
            }
        }
        last
    }

    /// The buckets that have counts, from the smallest value up.
    pub fn buckets(&self) -> impl Iterator<Item = (i32, f64)> {
        let numbered = (self.first..).zip(&self.counts);
        numbered.filter(|(_, count)| **count > 0.0).map(|(bucket, count)| (bucket, *count))
    }

    /// Bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.counts.capacity() * size_of::<f64>()
    }

    /// How much of what was counted is at most that value, to within the error: all of the bucket it
    /// falls into counts when it reaches the middle.
    pub fn count_up_to(&self, value: f64) -> f64 {
        let reached = self.buckets().take_while(|(bucket, _)| middle(*bucket) <= value);
        reached.map(|(_, count)| count).sum()
    }

    /// Appends it as bytes, see [`encode`].
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode(self.buckets(), out);
    }

    /// Counts everything that was encoded. What cannot have been is left out, with all that follows.
    pub fn merge_encoded(&mut self, bytes: &[u8]) {
        for (bucket, count) in decode(bytes) {
            self.add_to(bucket, count);
        }
    }

    fn add_to(&mut self, bucket: i32, count: f64) {
        let place = usize::try_from(bucket.wrapping_sub(self.first));
        if let Some(known) = place.ok().and_then(|place| self.counts.get_mut(place)) {
            *known += count;
            return;
        }
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            let more = usize::try_from(self.first - bucket).unwrap_or_default();
            self.counts.splice(0..0, std::iter::repeat_n(0.0, more));
            self.first = bucket;
        }
        let place = usize::try_from(bucket - self.first).unwrap_or_default();
        self.counts.resize(self.counts.len().max(place + 1), 0.0);
        if let Some(known) = self.counts.get_mut(place) {
            *known += count;
        }
    }
}

/// Appends buckets, each of which comes once and after the smaller ones. Of each its distance from the one
/// before it and how its count is written, in one number of seven bits a byte; then the count: nothing
/// for one, a number of seven bits a byte for whole ones, eight bytes for others. Most counts are one and
/// most buckets near, so that most take two bytes.
pub fn encode(buckets: impl Iterator<Item = (i32, f64)>, out: &mut Vec<u8>) {
    let mut last = 0_i32;
    for (bucket, count) in buckets {
        let distance = i64::from(bucket) - i64::from(last);
        last = bucket;
        // Small distances to either side become small numbers.
        let distance = ((distance << 1) ^ (distance >> 63)).unsigned_abs() << 2;
        match whole(count) {
            Some(1) => write_number(distance, out),
            Some(count) => {
                write_number(distance | WHOLE, out);
                write_number(count, out);
            }
            None => {
                write_number(distance | FRACTION, out);
                out.extend_from_slice(&count.to_le_bytes());
            }
        }
    }
}

/// The buckets that were encoded, up to the first that cannot have been.
pub fn decode(mut bytes: &[u8]) -> impl Iterator<Item = (i32, f64)> {
    let mut last = 0_i64;
    std::iter::from_fn(move || {
        let head = read_number(&mut bytes)?;
        let folded = i64::try_from(head >> 2).ok()?;
        last = last.checked_add((folded >> 1) ^ -(folded & 1))?;
        let count = match head & 3 {
            0 => 1.0,
            WHOLE => float(read_number(&mut bytes)?),
            FRACTION => {
                let (count, rest) = bytes.split_first_chunk::<8>()?;
                bytes = rest;
                f64::from_le_bytes(*count)
            }
            _ => return None,
        };
        let bucket = i32::try_from(last).ok().filter(|bucket| bucket.abs() <= SIDE)?;
        (count.is_finite() && count > 0.0).then_some((bucket, count))
    })
}

/// How a count is written, in the lowest bits before it.
const WHOLE: u64 = 1;
const FRACTION: u64 = 2;

/// The count as a whole number that loses nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within 53 bits and without fraction"
)]
fn whole(count: f64) -> Option<u64> {
    let is_near = (1.0..9_007_199_254_740_992.0).contains(&count);
    let near = count as u64;
    (is_near && float(near).to_bits() == count.to_bits()).then_some(near)
}

#[expect(clippy::cast_precision_loss, reason = "what was written has 53 bits")]
fn float(count: u64) -> f64 {
    count as f64
}

fn write_number(mut number: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The number of a value's bucket: 0 for zero, positive ones count up, negative ones down.
pub fn bucket(value: f64) -> i32 {
    let size = value.abs();
    if size < SMALLEST {
        return 0;
    }
    let bits = size.min(LARGEST).to_bits() >> (f64::MANTISSA_DIGITS - 1 - DIVISIONS_BITS);
    let bias = (1023 + EXPONENT_MIN) << DIVISIONS_BITS;
    let number = i32::try_from(bits).unwrap_or(i32::MAX) - bias + 1;
    if value < 0.0 { -number } else { number }
}

/// Whether a bucket begins at that positive value, so that all values below it are in other buckets.
pub fn is_edge(value: f64) -> bool {
    let below_bucket = (1 << (f64::MANTISSA_DIGITS - 1 - DIVISIONS_BITS)) - 1;
    (SMALLEST..=LARGEST).contains(&value) && value.to_bits() & below_bucket == 0
}

/// The value in the middle of a bucket.
fn middle(bucket: i32) -> f64 {
    if bucket == 0 {
        return 0.0;
    }
    let bias = (1023 + EXPONENT_MIN) << DIVISIONS_BITS;
    let lower = |number: i32| {
        let bits = u64::try_from(number + bias).unwrap_or_default();
        f64::from_bits(bits << (f64::MANTISSA_DIGITS - 1 - DIVISIONS_BITS))
    };
    let number = bucket.abs() - 1;
    let middle = f64::midpoint(lower(number), lower(number + 1));
    if bucket < 0 { -middle } else { middle }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Sketch {
        let mut sketch = Sketch::default();
        for value in values {
            sketch.add(*value, 1.0);
        }
        sketch
    }

    #[test]
    fn a_value_comes_back_within_the_error() {
        let mut value = 1e-6;
        while value < 1e13 {
            for value in [value, -value] {
                let found = of(&[value]).quantile(0.5).unwrap();
                assert!((found - value).abs() <= value.abs() * RELATIVE_ERROR, "{value} {found}");
            }
            value *= 1.003;
        }
    }

    #[test]
    fn quantiles_of_known_values() {
        let values: Vec<f64> = (1..=1000).map(f64::from).collect();
        let sketch = of(&values);
        for (share, expected) in
            [(0.0, 1.0), (0.5, 500.0), (0.75, 750.0), (0.95, 950.0), (0.99, 990.0), (1.0, 1000.0)]
        {
            let found = sketch.quantile(share).unwrap();
            assert!((found - expected).abs() <= expected * RELATIVE_ERROR, "{share} {found}");
        }
        assert_eq!(Sketch::default().quantile(0.5), None);
        assert_eq!(of(&[0.0]).quantile(0.5), Some(0.0));
    }

    #[test]
    fn order_and_grouping_do_not_matter() {
        let (one, two, three) = (of(&[1.0, 5.0, -3.0]), of(&[0.0, 1e9]), of(&[5.0, 1e-4]));
        let merged = |parts: &[&Sketch]| {
            let mut all = Sketch::default();
            for part in parts {
                all.merge(part);
            }
            all.buckets().collect::<Vec<_>>()
        };
        let expected = merged(&[&of(&[1.0, 5.0, -3.0, 0.0, 1e9, 5.0, 1e-4])]);
        assert_eq!(merged(&[&one, &two, &three]), expected);
        assert_eq!(merged(&[&three, &one, &two]), expected);
    }

    #[test]
    fn bytes_lead_back_and_nonsense_does_not_count() {
        let mut sketch = of(&[3.0, 4.5, -7.0]);
        sketch.add(10.0, 2.5);
        sketch.add(f64::NAN, 1.0);
        sketch.add(1.0, f64::INFINITY);
        sketch.add(1.0, -1.0);
        let mut bytes = Vec::new();
        sketch.encode(&mut bytes);
        let mut back = Sketch::default();
        back.merge_encoded(&bytes);
        // Never-ending numbers, a kind of count there is not, a bucket beyond all, a count that is cut off.
        for nonsense in [&[255; 12][..], &[3], &[0xfc, 0xff, 0xff, 0x7f], &[2, 1, 2]] {
            back.merge_encoded(nonsense);
        }
        assert_eq!(back, sketch);
        assert!((back.count() - 5.5).abs() < 1e-9);
        assert!(bytes.len() <= 19, "{}", bytes.len());
    }

    #[test]
    fn counts_up_to_a_value() {
        let values: Vec<f64> = (1..=1000).map(f64::from).collect();
        let sketch = of(&values);
        for (value, expected) in [(0.0, 0.0), (0.5, 0.0), (300.0, 300.0), (2e3, 1e3)] {
            let found = sketch.count_up_to(value);
            assert!((found - expected).abs() <= expected * RELATIVE_ERROR, "{value} {found}");
        }
        assert!((of(&[-5.0, 0.0, 7.0]).count_up_to(0.0) - 2.0).abs() < 1e-9);
        for (value, expected) in
            [(300.0, true), (1200.0, true), (0.5, true), (301.0, false), (-1.0, false)]
        {
            assert_eq!(is_edge(value), expected, "{value}");
        }
    }

    #[test]
    fn no_values_take_more_than_the_bound() {
        let sketch = of(&[f64::MAX, f64::MIN, f64::MIN_POSITIVE, 1e300, -1e-300]);
        assert!(sketch.bytes() < 200_000, "{}", sketch.bytes());
    }
}
