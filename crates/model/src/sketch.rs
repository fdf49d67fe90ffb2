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

    /// Appends it as bytes: for each bucket its number and its count.
    pub fn encode(&self, out: &mut Vec<u8>) {
        for (bucket, count) in self.buckets() {
            out.extend_from_slice(&bucket.to_le_bytes());
            out.extend_from_slice(&count.to_le_bytes());
        }
    }

    /// Counts everything that was encoded. Bytes that cannot be are left out.
    pub fn merge_encoded(&mut self, bytes: &[u8]) {
        for entry in bytes.chunks_exact(12) {
            let (bucket, count) = entry.split_at(4);
            let bucket = bucket.try_into().map(i32::from_le_bytes).unwrap_or_default();
            let count = count.try_into().map(f64::from_le_bytes).unwrap_or_default();
            if bucket.abs() <= SIDE && count.is_finite() && count > 0.0 {
                self.add_to(bucket, count);
            }
        }
    }

    fn add_to(&mut self, bucket: i32, count: f64) {
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            let more = usize::try_from(self.first - bucket).unwrap_or_default();
            self.counts.splice(0..0, std::iter::repeat_n(0.0, more));
            self.first = bucket;
        }
        let place = usize::try_from(bucket - self.first).unwrap_or_default();
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0.0);
        }
        if let Some(known) = self.counts.get_mut(place) {
            *known += count;
        }
    }
}

/// The number of a value's bucket: 0 for zero, positive ones count up, negative ones down.
fn bucket(value: f64) -> i32 {
    let size = value.abs();
    if size < SMALLEST {
        return 0;
    }
    let bits = size.min(LARGEST).to_bits() >> (f64::MANTISSA_DIGITS - 1 - DIVISIONS_BITS);
    let bias = (1023 + EXPONENT_MIN) << DIVISIONS_BITS;
    let number = i32::try_from(bits).unwrap_or(i32::MAX) - bias + 1;
    if value < 0.0 { -number } else { number }
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
        back.merge_encoded(&[255; 12]);
        back.merge_encoded(&[1, 2, 3]);
        assert_eq!(back, sketch);
        assert!((back.count() - 5.5).abs() < 1e-9);
    }

    #[test]
    fn no_values_take_more_than_the_bound() {
        let sketch = of(&[f64::MAX, f64::MIN, f64::MIN_POSITIVE, 1e300, -1e-300]);
        assert!(sketch.bytes() < 200_000, "{}", sketch.bytes());
    }
}
