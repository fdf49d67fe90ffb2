//! What is counted in a cell.

use model::sketch;

/// Buckets that were noted since they were last put in order, before that is done again.
const UNSORTED_MAX: usize = 32;

/// What one span adds to its cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    /// How many spans it stands for.
    pub(super) weight: f64,
    pub(super) is_failure: bool,
    /// Microseconds.
    pub(super) duration: u64,
    /// Microseconds.
    pub(super) self_time: u64,
    pub(super) timestamp: i64,
    /// Where its duration is in a [`model::sketch`].
    pub(super) bucket: i32,
}

impl Measured {
    /// The bucket of a duration in microseconds.
    pub(super) fn bucket_of(duration: u64) -> i32 {
        sketch::bucket(millis(duration))
    }
}

/// Counts and sums over spans, each as often as its weight says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tally {
    pub(super) count: f64,
    pub(super) failures: f64,
    /// Milliseconds.
    pub(super) duration: f64,
    /// Milliseconds.
    pub(super) self_time: f64,
    /// The longest duration, in microseconds.
    pub(super) longest: u64,
    /// When the newest began.
    pub(super) newest: i64,
    /// Of durations in milliseconds.
    pub(super) histogram: Histogram,
}

impl Tally {
    pub(super) fn add(&mut self, span: &Measured) {
        let duration = millis(span.duration);
        self.count += span.weight;
        if span.is_failure {
            self.failures += span.weight;
        }
        self.duration += duration * span.weight;
        self.self_time += millis(span.self_time) * span.weight;
        self.longest = self.longest.max(span.duration);
        self.newest = self.newest.max(span.timestamp);
        self.histogram.note(span.bucket, span.weight);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.failures += other.failures;
        self.duration += other.duration;
        self.self_time += other.self_time;
        self.longest = self.longest.max(other.longest);
        self.newest = self.newest.max(other.newest);
        for (bucket, count) in other.histogram.buckets {
            self.histogram.note(bucket, count);
        }
    }

    /// Bytes it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.histogram.buckets.capacity() * size_of::<(i32, f64)>()
    }
}

/// The buckets of a [`model::sketch`] with their counts. Sparse, because most cells have few spans.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Histogram {
    buckets: Vec<(i32, f64)>,
    /// How many of the buckets are in order, each once.
    sorted: usize,
}

impl Histogram {
    /// From the bytes that [`Histogram::encode`] made.
    pub(super) fn decode(bytes: &[u8]) -> Self {
        let buckets: Vec<(i32, f64)> = sketch::decode(bytes).collect();
        Self { sorted: buckets.len(), buckets }
    }

    /// Of one bucket.
    pub(super) fn of_one(bucket: i32, count: f64) -> Self {
        Self { buckets: vec![(bucket, count)], sorted: 1 }
    }

    /// Whether it is that of one bucket.
    pub(super) fn is_of_one(&self, bucket: i32, count: f64) -> bool {
        let sum: f64 = self.buckets.iter().map(|(_, count)| count).sum();
        self.buckets.iter().all(|(known, _)| *known == bucket) && sum.to_bits() == count.to_bits()
    }

    /// Appends it as bytes.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        if self.sorted == self.buckets.len() {
            sketch::encode(self.buckets.iter().copied(), out);
        } else {
            let mut settled = self.clone();
            settled.settle();
            sketch::encode(settled.buckets.into_iter(), out);
        }
    }

    fn note(&mut self, bucket: i32, count: f64) {
        self.buckets.push((bucket, count));
        // Only when they have doubled, or many buckets would be sorted as often as there are spans.
        if self.buckets.len() >= UNSORTED_MAX.max(self.sorted * 2) {
            self.settle();
        }
    }

    /// Puts the buckets in order, each once.
    fn settle(&mut self) {
        self.buckets.sort_unstable_by_key(|(bucket, _)| *bucket);
        self.buckets.dedup_by(|later, kept| {
            let is_same = later.0 == kept.0;
            if is_same {
                kept.1 += later.1;
            }
            is_same
        });
        self.sorted = self.buckets.len();
    }
}

#[expect(clippy::cast_precision_loss, reason = "durations have fewer than 53 bits")]
pub(super) fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use model::sketch::Sketch;

    use super::*;

    #[test]
    fn a_histogram_in_pieces_is_that_of_the_whole() {
        let mut expected = Sketch::default();
        let mut parts = [Tally::default(), Tally::default()];
        let mut longest = 0;
        for number in 0..1_000_u64 {
            let duration = number * number % 7_919 * 1_000;
            expected.add(millis(duration), 2.0);
            longest = longest.max(duration);
            parts[usize::from(number % 3 == 0)].add(&Measured {
                weight: 2.0,
                is_failure: number % 10 == 0,
                duration,
                self_time: duration / 2,
                bucket: Measured::bucket_of(duration),
                timestamp: i64::try_from(number).unwrap(),
            });
        }
        let [mut whole, other] = parts;
        whole.merge(other);
        assert!((whole.count - 2_000.0).abs() < 1e-9);
        assert!((whole.failures - 200.0).abs() < 1e-9);
        assert!((whole.duration - 2.0 * whole.self_time).abs() < 1e-6);
        assert_eq!((whole.newest, whole.longest), (999, longest));
        let (mut bytes, mut again) = (Vec::new(), Vec::new());
        whole.histogram.encode(&mut bytes);
        let mut found = Sketch::default();
        found.merge_encoded(&bytes);
        assert_eq!(found, expected);
        Histogram::decode(&bytes).encode(&mut again);
        assert_eq!(again, bytes);
    }
}
