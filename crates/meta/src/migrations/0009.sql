-- Where the events of batches went whose rows are not yet in parts: 16 bytes of the event's id, then the
-- numbers of its project and its issue, 8 bytes each, little-endian; one after the other. A batch that is
-- read again after a crash is placed by this: what an event is grouped by may be another by then, because
-- stacks are made readable with files that come and go.
CREATE TABLE placed (
    "end" INTEGER PRIMARY KEY,
    start INTEGER NOT NULL,
    events BLOB NOT NULL
) STRICT;
