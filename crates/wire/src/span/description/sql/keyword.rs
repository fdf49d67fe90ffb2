//! The words of SQL that are written in capitals, and what each does to what follows it.

/// What a keyword means for taking a statement apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing but to be written in capitals.
    Plain,
    /// Is a keyword only behind another one that asks for it; elsewhere it is a column.
    Contextual,
    /// The same, and a keyword where a statement begins.
    Opening,
    /// Begins a list of columns.
    Select,
    /// `ALL`, `DISTINCT`: belongs to `SELECT`, not to its first column.
    Quantifier,
    /// Begins a list of tables.
    From,
    /// One more table follows.
    Join,
    /// Belongs to `JOIN` and says nothing: `INNER`, `OUTER`.
    Silent,
    /// The table that is written to follows.
    Into,
    Update,
    /// Begins a condition.
    Where,
    And,
    Or,
    /// Its `AND` is none.
    Between,
    /// Begins assignments.
    Set,
    Values,
    Case,
    As,
    /// `TRUE`, `FALSE`.
    Literal,
    /// Ends whatever list came before.
    Clause,
    In,
    /// A name follows that says nothing: savepoints, cursors.
    Naming,
    Fetch,
}

/// A keyword as it is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keyword {
    pub(super) text: &'static str,
    pub(super) role: Role,
}

macro_rules! keywords {
    ($($role:ident: $($text:literal)+;)+) => {
        const KEYWORDS: &[Keyword] = &[$($(Keyword { text: $text, role: Role::$role },)+)+];
    };
}

keywords! {
    Select: "SELECT";
    Quantifier: "ALL" "DISTINCT";
    From: "FROM";
    Join: "JOIN";
    Silent: "INNER" "OUTER";
    Into: "INTO";
    Update: "UPDATE";
    Where: "WHERE" "ON" "HAVING" "QUALIFY";
    And: "AND";
    Or: "OR";
    Between: "BETWEEN";
    Set: "SET";
    Values: "VALUES";
    Case: "CASE";
    As: "AS";
    Literal: "TRUE" "FALSE";
    Clause: "GROUP" "ORDER" "LIMIT" "OFFSET" "FOR" "UNION" "INTERSECT" "EXCEPT" "RETURNING" "WINDOW" "LEFT" "RIGHT"
        "CROSS" "FULL" "NATURAL" "USING" "DO" "OUTPUT" "PARTITION";
    In: "IN";
    Naming: "SAVEPOINT" "DECLARE" "CLOSE" "DEALLOCATE" "TO";
    Fetch: "FETCH";
    Opening: "REPLACE" "MERGE" "TRUNCATE" "BEGIN" "START" "COMMIT" "ROLLBACK" "RELEASE" "SHOW" "EXPLAIN" "ANALYZE"
        "VACUUM" "CALL" "EXEC" "EXECUTE" "PREPARE" "UNLOCK" "PRAGMA" "USE" "DESCRIBE" "COPY" "LISTEN" "NOTIFY"
        "UNLISTEN" "REFRESH" "REINDEX" "CHECKPOINT" "DISCARD" "RESET" "MOVE" "ATTACH" "DETACH" "ABORT" "UPSERT" "END"
        "LOCK";
    Contextual: "TABLE" "KEY" "FIRST" "LAST" "NEXT" "COLUMN" "INDEX" "NOTHING" "DATABASE" "SCHEMA" "VIEW" "CONSTRAINT"
        "SKIP" "LOCKED" "NOWAIT" "TRANSACTION" "WORK" "SCROLL" "CURSOR" "PRIOR" "FORWARD" "BACKWARD" "ABSOLUTE"
        "RELATIVE" "RECURSIVE" "MATERIALIZED" "TEMPORARY" "TEMP" "SEQUENCE" "FUNCTION" "ROW" "ROWS" "ONLY"
        "MATCHED" "ISOLATION" "LEVEL" "READ" "IF" "ADD" "RENAME" "FORCE" "OVERWRITE" "NO" "IGNORE" "CHECK";
    Plain: "INSERT" "DELETE" "WITH" "CREATE" "ALTER" "DROP" "GRANT" "REVOKE" "NOT" "NULL" "IS" "LIKE" "ILIKE" "RLIKE"
        "REGEXP" "SIMILAR" "EXISTS" "ANY" "SOME" "ARRAY" "BY" "ASC" "DESC" "NULLS" "WHEN" "THEN" "ELSE" "LATERAL" "OVER"
        "FILTER" "WITHIN" "INTERVAL" "COLLATE" "DEFAULT" "PRIMARY" "FOREIGN" "REFERENCES" "UNIQUE" "CONFLICT"
        "DUPLICATE" "CASCADE" "RESTRICT" "ESCAPE" "ROLLUP" "CUBE" "TABLESAMPLE" "SQL_CALC_FOUND_ROWS" "STRAIGHT_JOIN"
        "DISTINCTROW" "XOR" "DIV" "TOP" "CURRENT_TIMESTAMP" "CURRENT_DATE" "CURRENT_TIME" "LOCALTIMESTAMP" "LOCALTIME"
        "OVERLAPS" "ISNULL" "NOTNULL" "UNBOUNDED" "PRECEDING" "FOLLOWING";
}

/// The words a statement can begin with.
const VERBS: &[&str] = &[
    "ABORT",
    "ALTER",
    "ANALYZE",
    "ATTACH",
    "BEGIN",
    "CALL",
    "CHECKPOINT",
    "CLOSE",
    "COMMIT",
    "COPY",
    "CREATE",
    "DEALLOCATE",
    "DECLARE",
    "DELETE",
    "DESCRIBE",
    "DETACH",
    "DISCARD",
    "DO",
    "DROP",
    "END",
    "EXEC",
    "EXECUTE",
    "EXPLAIN",
    "FETCH",
    "GRANT",
    "INSERT",
    "LISTEN",
    "LOCK",
    "MERGE",
    "MOVE",
    "NOTIFY",
    "PRAGMA",
    "PREPARE",
    "REFRESH",
    "REINDEX",
    "RELEASE",
    "REPLACE",
    "RESET",
    "REVOKE",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "SHOW",
    "START",
    "TRUNCATE",
    "UNLISTEN",
    "UNLOCK",
    "UPDATE",
    "UPSERT",
    "USE",
    "VACUUM",
    "VALUES",
    "WITH",
];

/// Behind these, contextual keywords are keywords.
const ASKING: &[&str] = &[
    "ALTER",
    "CREATE",
    "DROP",
    "ADD",
    "TRUNCATE",
    "PRIMARY",
    "FOREIGN",
    "DUPLICATE",
    "UNIQUE",
    "NULLS",
    "FETCH",
    "RENAME",
    "DO",
    "FORCE",
    "USE",
    "IGNORE",
    "TEMPORARY",
    "TEMP",
    "REPLACE",
    "LOCK",
    "UPDATE",
    "SKIP",
    "START",
    "BEGIN",
    "NO",
    "REFRESH",
    "MATERIALIZED",
    "WITH",
    "DEFAULT",
    "SCROLL",
    "FOR",
    "SET",
    "ROLLBACK",
    "COMMIT",
    "COLUMN",
    "TRANSACTION",
    "ISOLATION",
    "LEVEL",
    "WHEN",
    "RECURSIVE",
    "EXPLAIN",
    "RELEASE",
    "TABLE",
    "VIEW",
    "INDEX",
    "SCHEMA",
    "DATABASE",
    "INSERT",
    "IF",
    "CONSTRAINT",
    "NEXT",
    "FIRST",
    "FORWARD",
    "CHECK",
    "ONLY",
    "LEFT",
    "RIGHT",
];

impl Keyword {
    /// Whether a statement can begin with it.
    pub(super) fn is_verb(self) -> bool {
        VERBS.binary_search(&self.text).is_ok()
    }

    /// Whether a contextual keyword is one behind this.
    pub(super) fn asks(self) -> bool {
        ASKING.contains(&self.text)
    }
}

const SLOTS: usize = 1024;
const LONGEST: usize = 19;

/// For each slot the number of its keyword, counted from 1; 0 is none. Open addressing, filled by the
/// compiler: most words are found or refused with one look.
static TABLE: [u8; SLOTS] = table();

const fn table() -> [u8; SLOTS] {
    let mut table = [0; SLOTS];
    let mut next: u8 = 0;
    while (next as usize) < KEYWORDS.len() {
        let mut slot = slot(KEYWORDS[next as usize].text.as_bytes());
        while table[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        next += 1;
        table[slot] = next;
    }
    table
}

/// Where a word belongs, whatever its case: FNV-1a over its letters.
const fn slot(word: &[u8]) -> usize {
    let mut hash: u32 = 0x811c_9dc5;
    let mut next = 0;
    while next < word.len() {
        hash = (hash ^ (word[next] | 0x20) as u32).wrapping_mul(0x0100_0193);
        next += 1;
    }
    ((hash >> 16) ^ hash) as usize % SLOTS
}

/// The keyword that this word is, if it is one.
pub(super) fn keyword(word: &str) -> Option<Keyword> {
    if word.len() < 2 || word.len() > LONGEST {
        return None;
    }
    let (before, from) = TABLE.split_at_checked(slot(word.as_bytes()))?;
    let probes = from.iter().chain(before).map_while(|number| number.checked_sub(1));
    let mut known = probes.filter_map(|number| KEYWORDS.get(usize::from(number)));
    known.find(|known| known.text.eq_ignore_ascii_case(word)).copied()
}
