-- Who changed rules, channels and what people ask for. Written in the transaction of the change, and only at the
-- end. `user`: in `meta`. `program`: the token that was used, a file, or whoever else is no person here.
-- `subject`: such as `rule`. `action`: `create`, `edit`, `remove`. `changes`: path → [before, after], without secrets.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    at INTEGER NOT NULL,
    user INTEGER,
    program TEXT NOT NULL,
    subject TEXT NOT NULL,
    target INTEGER NOT NULL,
    name TEXT NOT NULL,
    action TEXT NOT NULL,
    changes TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_organization ON audit (organization, id);
CREATE INDEX audit_by_target ON audit (organization, subject, target, id);
CREATE TRIGGER audit_is_not_rewritten BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'what was noted is not changed');
END;
