import type { EventDetail, ExceptionValue, Frame } from "../lib/api/event-types.ts";
import type { TraceEvent, TraceSpan } from "../lib/api/trace-types.ts";
import type { Issue } from "../lib/api/types.ts";

/** Complete objects for tests, which name only what they are about. */
export function anIssue(with_: Partial<Issue> = {}): Issue {
  return {
    id: "1",
    shortId: "PAY-1",
    title: "ValueError: bad",
    culprit: "pay.charge in run",
    level: "error",
    status: "unresolved",
    statusDetails: {},
    substatus: "new",
    isBookmarked: false,
    isSubscribed: false,
    hasSeen: true,
    isUnhandled: false,
    platform: "python",
    project: { id: "1", name: "pay", slug: "pay", platform: "python" },
    metadata: { type: "ValueError", value: "bad" },
    numComments: 0,
    assignedTo: null,
    priority: "high",
    count: "12",
    userCount: 3,
    firstSeen: "2026-11-20T00:00:00Z",
    lastSeen: "2026-11-21T00:00:00Z",
    ...with_,
  };
}

export function aFrame(with_: Partial<Frame> = {}): Frame {
  return {
    filename: "pay/charge.py",
    absPath: "/srv/pay/charge.py",
    module: "pay.charge",
    package: null,
    function: "run",
    lineNo: 7,
    colNo: null,
    inApp: true,
    context: null,
    vars: null,
    ...with_,
  };
}

export function anException(with_: Partial<ExceptionValue> = {}): ExceptionValue {
  return {
    type: "ValueError",
    value: "bad",
    module: null,
    mechanism: null,
    stacktrace: { frames: [aFrame()] },
    ...with_,
  };
}

export function anEvent(with_: Partial<EventDetail> = {}): EventDetail {
  return {
    id: "8c1f09aa3b5d4e7f9a0b1c2d3e4fe27a",
    eventID: "8c1f09aa3b5d4e7f9a0b1c2d3e4fe27a",
    groupID: "1",
    projectID: "1",
    title: "ValueError: bad",
    message: "",
    culprit: null,
    location: null,
    type: "error",
    platform: "python",
    dist: null,
    size: 100,
    dateCreated: "2026-11-21T00:00:00Z",
    dateReceived: "2026-11-21T00:00:01Z",
    user: null,
    tags: [],
    contexts: {},
    context: {},
    packages: null,
    sdk: null,
    errors: [],
    fingerprints: [],
    nextEventID: null,
    previousEventID: null,
    release: null,
    entries: [{ type: "exception", data: { values: [anException()] } }],
    ...with_,
  };
}

export function aTraceSpan(with_: Partial<TraceSpan> = {}): TraceSpan {
  return {
    event_type: "span",
    span_id: "1111111111111111",
    transaction_id: "e1",
    project_id: 1,
    project_slug: "pay",
    parent_span_id: null,
    start_timestamp: 1000,
    end_timestamp: 1000.1,
    duration: 100,
    exclusive_time: 100,
    op: "http.server",
    name: "GET /bets",
    description: null,
    transaction: "GET /bets",
    is_transaction: false,
    profile_id: "",
    profiler_id: "",
    status: "ok",
    errors: [],
    occurrences: [],
    odd: [],
    children: [],
    ...with_,
  };
}

export function aTraceEvent(with_: Partial<TraceEvent> = {}): TraceEvent {
  return {
    event_type: "error",
    event_id: "e1",
    issue_id: 7,
    project_id: 1,
    project_slug: "pay",
    level: "error",
    title: "ValueError: bad",
    culprit: "pay.charge",
    short_id: "PAY-7",
    start_timestamp: 1000.05,
    ...with_,
  };
}
