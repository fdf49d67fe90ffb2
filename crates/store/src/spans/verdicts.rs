//! Verdicts on traces: what is known of a trace that its rows in other parts need to know when they are
//! thinned out. A trace costs one entry, however many spans it has.

use std::io::{self, Read, Write};

use foldhash::HashMap;
use model::clock::Micros;
use model::id::{ProjectId, TraceId};
use model::limits::VERDICTS_MAX;
use model::sampling::{Rule, Share, Verdict};

use crate::fields::Fields;
use crate::parts::damaged;

/// The first bytes of the file: its kind and version.
const MAGIC: [u8; 8] = *b"PWVRD\0\0\x01";
/// Trace, project, second, share and rule.
const ENTRY_BYTES: usize = 16 + 8 + 4 + 4;
/// Bits of the field with share and rule that the share takes.
const SHARE_BITS: u32 = 24;
const SECOND: u64 = 1_000_000;

/// At most one verdict for each trace of a project, and no more than [`VERDICTS_MAX`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdicts {
    known: HashMap<(ProjectId, TraceId), Known>,
    /// There was no room for others.
    only_errors: bool,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    at: Micros,
    share: Share,
    rule: Rule,
}

impl Verdicts {
    /// The largest share counts, so that one that speaks for a trace overrules one that drops it.
    pub(crate) fn add(&mut self, new: Verdict) {
        if let Some(known) = self.known.get_mut(&(new.project, new.trace)) {
            if new.share > known.share {
                (known.share, known.rule) = (new.share, new.rule);
            }
            known.at = known.at.max(new.at);
            return;
        }
        if self.known.len() >= VERDICTS_MAX && !self.only_errors {
            self.known.retain(|_, known| known.rule == Rule::Error);
            self.known.shrink_to_fit();
            self.only_errors = true;
        }
        let has_room = self.known.len() < VERDICTS_MAX;
        if has_room && (!self.only_errors || new.rule == Rule::Error) {
            let Verdict { project, trace, at, share, rule } = new;
            self.known.insert((project, trace), Known { at, share, rule });
        }
    }

    /// All of them, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Verdict> {
        self.known.iter().map(|(&(project, trace), &Known { at, share, rule })| Verdict {
            project,
            trace,
            at,
            share,
            rule,
        })
    }

    /// Writes the file's bytes.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut all: Vec<Verdict> = self.iter().collect();
        all.sort_unstable_by_key(|verdict| (verdict.trace, verdict.project));
        let mut bytes = Vec::with_capacity(all.len() * ENTRY_BYTES);
        for verdict in all {
            let seconds = u32::try_from(verdict.at.0 / SECOND).unwrap_or(u32::MAX);
            let rule = u32::from(verdict.rule.code()) << SHARE_BITS;
            bytes.extend_from_slice(&verdict.trace.0);
            bytes.extend_from_slice(&verdict.project.0.to_le_bytes());
            bytes.extend_from_slice(&seconds.to_le_bytes());
            bytes.extend_from_slice(&(verdict.share.millionths() | rule).to_le_bytes());
        }
        out.write_all(&MAGIC)?;
        out.write_all(&crc32fast::hash(&bytes).to_le_bytes())?;
        out.write_all(&bytes)
    }
}

/// Reads what [`Verdicts::write`] wrote.
pub(crate) fn read(file: impl Read) -> io::Result<Vec<Verdict>> {
    let bytes_max = MAGIC.len() + 4 + VERDICTS_MAX * ENTRY_BYTES;
    let mut bytes = Vec::new();
    file.take(bytes_max as u64).read_to_end(&mut bytes)?;
    let mut fields = Fields(&bytes);
    let is_ours = fields.take() == Some(MAGIC);
    let checksum = fields.u32();
    if !is_ours || checksum != Some(crc32fast::hash(fields.0)) {
        return Err(damaged());
    }
    let mut all = Vec::with_capacity(fields.0.len() / ENTRY_BYTES);
    while !fields.0.is_empty() {
        all.push(entry(&mut fields).ok_or_else(damaged)?);
    }
    Ok(all)
}

fn entry(fields: &mut Fields<'_>) -> Option<Verdict> {
    let (trace, project) = (TraceId(fields.take()?), ProjectId(fields.u64()?));
    let at = Micros(u64::from(fields.u32()?) * SECOND);
    let [a, b, c, rule] = fields.take()?;
    let share = Share::from_millionths(u32::from_le_bytes([a, b, c, 0]))?;
    Some(Verdict { project, trace, at, share, rule: Rule::from_code(rule) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(trace: u64, share: f64, rule: Rule) -> Verdict {
        let mut id = [7; 16];
        id[..8].copy_from_slice(&trace.to_le_bytes());
        let at = Micros(1_700_000_000 * SECOND);
        let share = Share::nearest(share);
        Verdict { project: ProjectId(trace % 3), trace: TraceId(id), at, share, rule }
    }

    #[test]
    fn the_largest_share_counts_and_bytes_lead_back() {
        let mut verdicts = Verdicts::default();
        let (drop, keep) = (verdict(1, 0.0, Rule::Custom(1)), verdict(1, 0.5, Rule::Custom(0)));
        for new in
            [drop, keep, drop, verdict(2, 0.25, Rule::Rare), verdict(3, 0.0, Rule::Custom(9))]
        {
            verdicts.add(new);
        }
        let mut bytes = Vec::new();
        verdicts.write(&mut bytes).unwrap();
        let back = read(bytes.as_slice()).unwrap();
        assert_eq!(back.len(), 3);
        assert!(back.contains(&keep) && back.contains(&verdict(3, 0.0, Rule::Custom(9))));
        for at in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 1;
            assert!(read(broken.as_slice()).is_err());
        }
        bytes.pop();
        assert!(read(bytes.as_slice()).is_err());
    }

    #[test]
    fn without_room_errors_go_first() {
        let mut verdicts = Verdicts::default();
        let all = VERDICTS_MAX as u64;
        (0..all).for_each(|trace| verdicts.add(verdict(trace, 0.1, Rule::NewRelease)));
        assert_eq!(verdicts.iter().count(), VERDICTS_MAX);
        verdicts.add(verdict(all, 1.0, Rule::Error));
        verdicts.add(verdict(all + 1, 1.0, Rule::Slow));
        assert_eq!(verdicts.iter().count(), 1);
        (0..all + 9).for_each(|trace| verdicts.add(verdict(trace, 1.0, Rule::Error)));
        assert_eq!(verdicts.iter().count(), VERDICTS_MAX);
    }
}
