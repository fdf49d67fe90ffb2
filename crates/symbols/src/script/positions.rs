//! From offsets in a script to lines and columns.

/// So many bytes lie between two columns that are remembered, in scripts that are not ASCII.
const STEP: usize = 256;

/// Where the lines of a script start. Columns count UTF-16 units, as browsers and maps do.
#[derive(Debug)]
pub(crate) struct Positions<'a> {
    text: &'a [u8],
    line_starts: Vec<u32>,
    /// UTF-16 units before each [`STEP`]; empty when each byte is one.
    units: Vec<u32>,
}

impl<'a> Positions<'a> {
    /// Looks at all of a script of less than 4 GiB once.
    pub(crate) fn new(script: &'a str) -> Self {
        let text = script.as_bytes();
        let units = if script.is_ascii() { Vec::new() } else { steps(text) };
        Self { text, line_starts: line_starts(script), units }
    }

    /// Line and column of a byte, both from 0.
    pub(crate) fn at(&self, offset: u32) -> (u32, u32) {
        let after = self.line_starts.partition_point(|start| *start <= offset);
        let line = after.saturating_sub(1);
        let start = self.line_starts.get(line).copied().unwrap_or(0);
        let column = self.units_before(offset).saturating_sub(self.units_before(start));
        (u32::try_from(line).unwrap_or(u32::MAX), column)
    }

    fn units_before(&self, offset: u32) -> u32 {
        if self.units.is_empty() {
            return offset;
        }
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(self.text.len());
        let step = (offset / STEP).min(self.units.len() - 1);
        let rest = self.text.get(step * STEP..offset).unwrap_or_default();
        self.units.get(step).copied().unwrap_or(0) + units(rest)
    }
}

fn steps(text: &[u8]) -> Vec<u32> {
    let mut before = 0;
    let mut all = Vec::with_capacity(text.len() / STEP + 1);
    for chunk in text.chunks(STEP) {
        all.push(before);
        before += units(chunk);
    }
    all
}

/// UTF-16 units of UTF-8: one for each first byte, one more for those of four.
fn units(text: &[u8]) -> u32 {
    text.iter().map(|byte| u32::from(byte & 0xc0 != 0x80) + u32::from(*byte >= 0xf0)).sum()
}

/// Where lines start. As JavaScript has it, U+2028 and U+2029 end a line, too.
///
/// Source: ECMA-262, "Line Terminators".
pub(crate) fn line_starts(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let behind = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    // Nearly all texts have no other ends of lines, and those are found the fast way.
    let ends: Box<dyn Iterator<Item = usize>> = if memchr::memchr2(b'\r', 0xe2, bytes).is_none() {
        Box::new(memchr::memchr_iter(b'\n', bytes))
    } else {
        Box::new((0..bytes.len()).filter(|place| is_end_of_line(bytes, *place)))
    };
    std::iter::once(0).chain(ends.map(|place| behind(place + 1))).collect()
}

fn is_end_of_line(bytes: &[u8], place: usize) -> bool {
    match bytes.get(place) {
        Some(b'\n') => true,
        Some(b'\r') => bytes.get(place + 1) != Some(&b'\n'),
        Some(0xa8 | 0xa9) => place >= 2 && bytes.get(place - 2..place) == Some(b"\xe2\x80"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_as_browsers_do() {
        let text = format!("{}é😀x\r\ny\rz\u{2028}😀w", "a".repeat(300));
        let positions = Positions::new(&text);
        let at = |needle: char| positions.at(u32::try_from(text.find(needle).unwrap()).unwrap());
        assert_eq!(at('é'), (0, 300));
        assert_eq!(at('x'), (0, 303));
        assert_eq!(at('y'), (1, 0));
        assert_eq!(at('z'), (2, 0));
        assert_eq!(at('w'), (3, 2));
        assert_eq!(positions.at(u32::MAX), (3, 3));
        assert_eq!(Positions::new("").at(0), (0, 0));
    }
}
