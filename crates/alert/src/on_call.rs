//! Who is on call: layers of people who take turns, and overrides; hand-over by the clock on the wall.

use model::clock::Micros;
use schedule::Zone;

use crate::limits::{ROTATION_LAYERS_MAX, ROTATION_PEOPLE_MAX};

/// A person, by what the caller knows them by.
pub type Person = String;

/// A rotation: the last layer that has somebody on duty wins, and an override wins over all layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotation {
    /// Lowest first.
    pub layers: Vec<Layer>,
    /// The last one that covers the moment counts.
    pub overrides: Vec<Override>,
}

/// People who take turns.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// In the order of turns; at least one.
    pub people: Vec<Person>,
    /// When the first person's first turn begins.
    pub starts: Micros,
    /// The zone whose clocks count.
    pub zone: Zone,
    /// Local time of hand-over: hour and minute.
    pub hand_over: (u8, u8),
    /// Days of a turn, from 1: 7 for weeks.
    pub turn_days: u16,
    /// The minutes of the local week on which there is duty, counted from Monday 00:00; always, if none.
    pub duty: Vec<(u16, u16)>,
}

/// Somebody stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Who.
    pub person: Person,
    /// From then on.
    pub from: Micros,
    /// Up to then, exclusively.
    pub until: Micros,
}

/// A rotation that cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RotationError {
    #[error("a rotation needs 1 to {ROTATION_LAYERS_MAX} layers")]
    Layers,
    #[error("a layer needs 1 to {ROTATION_PEOPLE_MAX} people")]
    People,
    #[error("a turn takes 1 to 366 days")]
    Turn,
    #[error("hand-over must be a time of day")]
    HandOver,
    #[error("hours of duty must start before they end, within a week")]
    Duty,
}

const WEEK_MINUTES: u16 = 7 * 1_440;

impl Rotation {
    /// Checks it.
    ///
    /// # Errors
    /// [`RotationError`].
    pub fn check(&self) -> Result<(), RotationError> {
        if !(1..=ROTATION_LAYERS_MAX).contains(&self.layers.len()) {
            return Err(RotationError::Layers);
        }
        self.layers.iter().try_for_each(Layer::check)
    }

    /// Who is on call at that moment; `None` when no layer has duty.
    pub fn on_call(&self, at: Micros) -> Option<&Person> {
        let stands_in = self.overrides.iter().rev();
        let stands_in = stands_in.filter(|stand_in| (stand_in.from..stand_in.until).contains(&at));
        let by_turn = self.layers.iter().rev().filter_map(|layer| layer.on_duty(at));
        stands_in.map(|stand_in| &stand_in.person).chain(by_turn).next()
    }
}

impl Layer {
    fn check(&self) -> Result<(), RotationError> {
        if !(1..=ROTATION_PEOPLE_MAX).contains(&self.people.len()) {
            return Err(RotationError::People);
        }
        if !(1..=366).contains(&self.turn_days) {
            return Err(RotationError::Turn);
        }
        if self.hand_over.0 > 23 || self.hand_over.1 > 59 {
            return Err(RotationError::HandOver);
        }
        let fits = |(from, until): &(u16, u16)| from < until && *until <= WEEK_MINUTES;
        if self.duty.iter().all(fits) { Ok(()) } else { Err(RotationError::Duty) }
    }

    fn on_duty(&self, at: Micros) -> Option<&Person> {
        if at < self.starts {
            return None;
        }
        if !self.duty.is_empty() {
            let minute = self.zone.minute_of_week(at)?;
            self.duty.iter().find(|(from, until)| (*from..*until).contains(&minute))?;
        }
        let days = self.turn_day(at)? - self.turn_day(self.starts)?;
        let turn = usize::try_from(days / i64::from(self.turn_days)).ok()?;
        self.people.get(turn % self.people.len().max(1))
    }

    /// The local day, which begins at hand-over. Days are counted, not hours, so that a turn may have 23 or
    /// 25 hours and hand-over stays at the same time on the wall.
    fn turn_day(&self, at: Micros) -> Option<i64> {
        let today = self.zone.day_number(at)?;
        let (hour, minute) = self.hand_over;
        let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
        let is_before = at < self.zone.time_of_day(at, 0, hour, minute)?;
        Some(if is_before { today - 1 } else { today })
    }
}
