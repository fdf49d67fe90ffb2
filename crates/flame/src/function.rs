//! Functions, each kept once.

use std::collections::HashMap;

use model::profile::Frame;

/// A function as flame graphs tell them apart: by module, name and file, not by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Function {
    /// Its name; may be empty.
    pub name: String,
    /// Its module or package; may be empty.
    pub module: String,
    /// Its file; may be empty.
    pub file: String,
    /// The first line of it that was seen; 0 when no line is known.
    pub line: u32,
    /// Whether it is the customer's own code.
    pub in_app: bool,
}

impl Function {
    /// What the name is unique in: the module, or else the file.
    pub fn place(&self) -> &str {
        if self.module.is_empty() { &self.file } else { &self.module }
    }

    /// What order is made by: name first, as in every flame graph.
    pub(crate) fn key(&self) -> (&str, &str, &str) {
        (&self.name, &self.module, &self.file)
    }

    /// Takes in what another sighting of the function knows, so that the order of sightings does not
    /// matter.
    pub(crate) fn learn(&mut self, line: u32, in_app: bool) {
        self.in_app |= in_app;
        self.line = match (self.line, line) {
            (0, line) | (line, 0) => line,
            (one, other) => one.min(other),
        };
    }
}

/// Functions with a number each, in the order they were first seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Functions {
    known: Vec<Function>,
    numbers: HashMap<[Box<str>; 3], u32>,
}

impl Functions {
    pub(crate) fn get(&self, number: u32) -> Option<&Function> {
        self.known.get(usize::try_from(number).ok()?)
    }

    pub(crate) fn of_frame(&mut self, frame: &Frame<'_>) -> u32 {
        let number = self.number([&frame.function, &frame.module, &frame.file]);
        self.learn(number, frame.line, frame.in_app);
        number
    }

    pub(crate) fn of_function(&mut self, function: &Function) -> u32 {
        let number = self.number([&function.name, &function.module, &function.file]);
        self.learn(number, function.line, function.in_app);
        number
    }

    fn learn(&mut self, number: u32, line: u32, in_app: bool) {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(function) = self.known.get_mut(place) {
            function.learn(line, in_app);
        }
    }

    fn number(&mut self, [name, module, file]: [&str; 3]) -> u32 {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        let key = [Box::from(name), Box::from(module), Box::from(file)];
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            let (name, module, file) = (name.to_owned(), module.to_owned(), file.to_owned());
            self.known.push(Function { name, module, file, ..Function::default() });
        }
        number
    }
}
