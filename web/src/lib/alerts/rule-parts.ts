/** The words and fields of the sentences that an issue rule consists of, over Sentry's form of its parts. */
import type { RulePart } from "../api/rule-types.ts";
import type { AlertKey } from "./text.ts";

export type PartRole = "conditions" | "filters" | "actions";

/** Where the choices of a field come from. */
export type ChoiceList =
  | "ages"
  | "assignees"
  | "attributes"
  | "categories"
  | "channels"
  | "counting"
  | "fallthrough"
  | "intervals"
  | "levelMatches"
  | "levels"
  | "mailTargets"
  | "matches"
  | "people"
  | "teams"
  | "times";

export interface FieldPiece {
  readonly field: string;
  readonly label: AlertKey;
  /** A list means a choice; else what is typed. */
  readonly from: ChoiceList | "number" | "text";
  readonly initial: string | number;
  readonly when?: (part: RulePart) => boolean;
}

export type Piece = { readonly word: AlertKey } | FieldPiece;

export interface Shape {
  readonly id: string;
  /** What it is called where one is chosen. */
  readonly name: AlertKey;
  readonly pieces: readonly Piece[];
}

const word = (key: AlertKey): Piece => ({ word: key });

const counting = (id: string, name: AlertKey, what: AlertKey): Shape => ({
  id,
  name,
  pieces: [
    { field: "comparisonType", label: "part.counting", from: "counting", initial: "count" },
    { field: "value", label: "part.value", from: "number", initial: 100 },
    word(what),
    { field: "interval", label: "part.interval", from: "intervals", initial: "1h" },
    {
      field: "comparisonInterval",
      label: "part.comparedWith",
      from: "intervals",
      initial: "1d",
      when: (part) => part.comparisonType === "percent",
    },
  ],
});

const plain = (id: string, name: AlertKey): Shape => ({ id, name, pieces: [word(name)] });

const age = (id: string, name: AlertKey): Shape => ({
  id,
  name,
  pieces: [
    word(name),
    { field: "comparison_type", label: "part.age", from: "ages", initial: "newer" },
    { field: "value", label: "part.value", from: "number", initial: 1 },
    { field: "time", label: "part.time", from: "times", initial: "hour" },
  ],
});

const test: readonly Piece[] = [
  { field: "match", label: "part.match", from: "matches", initial: "eq" },
  {
    field: "value",
    label: "part.value",
    from: "text",
    initial: "",
    when: (part) => part.match !== "is" && part.match !== "ns",
  },
];

const CONDITIONS = "sentry.rules.conditions.";
const FILTERS = "sentry.rules.filters.";

/** Mail is the only action that is not simply a channel somebody set up. */
export const MAIL = "sentry.mail.actions.NotifyEmailAction";
/** Names a channel of the settings, whatever its kind. */
export const SERVICE = "sentry.rules.actions.notify_event_service.NotifyEventServiceAction";

export const SHAPES: Readonly<Record<PartRole, readonly Shape[]>> = {
  conditions: [
    plain(`${CONDITIONS}first_seen_event.FirstSeenEventCondition`, "when.new"),
    plain(`${CONDITIONS}regression_event.RegressionEventCondition`, "when.regression"),
    plain(`${CONDITIONS}reappeared_event.ReappearedEventCondition`, "when.escalating"),
    counting(`${CONDITIONS}event_frequency.EventFrequencyCondition`, "when.events", "part.eventsIn"),
    counting(`${CONDITIONS}event_frequency.EventUniqueUserFrequencyCondition`, "when.users", "part.usersIn"),
    counting(
      `${CONDITIONS}event_frequency.EventFrequencyPercentCondition`,
      "when.sessions",
      "part.sessionsIn",
    ),
    plain(`${CONDITIONS}high_priority_issue.NewHighPriorityIssueCondition`, "when.newHigh"),
    plain(`${CONDITIONS}high_priority_issue.ExistingHighPriorityIssueCondition`, "when.becameHigh"),
    plain(`${CONDITIONS}every_event.EveryEventCondition`, "when.every"),
  ],
  filters: [
    {
      id: `${FILTERS}event_attribute.EventAttributeFilter`,
      name: "if.attribute",
      pieces: [
        { field: "attribute", label: "part.attribute", from: "attributes", initial: "exception.type" },
        ...test,
      ],
    },
    {
      id: `${FILTERS}tagged_event.TaggedEventFilter`,
      name: "if.tag",
      pieces: [word("if.tag"), { field: "key", label: "part.tagKey", from: "text", initial: "" }, ...test],
    },
    {
      id: `${FILTERS}level.LevelFilter`,
      name: "if.level",
      pieces: [
        word("if.level"),
        { field: "match", label: "part.match", from: "levelMatches", initial: "gte" },
        { field: "level", label: "part.level", from: "levels", initial: "40" },
      ],
    },
    age(`${FILTERS}age_comparison.AgeComparisonFilter`, "if.age"),
    age("pitwatch.rules.filters.release_age.ReleaseAgeFilter", "if.releaseAge"),
    {
      id: `${FILTERS}issue_occurrences.IssueOccurrencesFilter`,
      name: "if.seen",
      pieces: [
        word("if.seen"),
        { field: "value", label: "part.value", from: "number", initial: 10 },
        word("part.times"),
      ],
    },
    {
      id: `${FILTERS}assigned_to.AssignedToFilter`,
      name: "if.assigned",
      pieces: [
        word("if.assigned"),
        { field: "targetType", label: "part.assignee", from: "assignees", initial: "Unassigned" },
        {
          field: "targetIdentifier",
          label: "part.team",
          from: "teams",
          initial: "",
          when: (part) => part.targetType === "Team",
        },
        {
          field: "targetIdentifier",
          label: "part.person",
          from: "people",
          initial: "",
          when: (part) => part.targetType === "Member",
        },
      ],
    },
    plain(`${FILTERS}latest_release.LatestReleaseFilter`, "if.latest"),
    {
      id: `${FILTERS}issue_category.IssueCategoryFilter`,
      name: "if.category",
      pieces: [
        word("if.category"),
        { field: "value", label: "part.category", from: "categories", initial: "1" },
      ],
    },
  ],
  actions: [
    {
      id: MAIL,
      name: "then.mail",
      pieces: [
        word("then.mail"),
        { field: "targetType", label: "part.mailTo", from: "mailTargets", initial: "IssueOwners" },
        {
          field: "targetIdentifier",
          label: "part.team",
          from: "teams",
          initial: "",
          when: (part) => part.targetType === "Team",
        },
        {
          field: "targetIdentifier",
          label: "part.person",
          from: "people",
          initial: "",
          when: (part) => part.targetType === "Member",
        },
        {
          field: "fallthroughType",
          label: "part.fallthrough",
          from: "fallthrough",
          initial: "ActiveMembers",
          when: (part) => part.targetType === "IssueOwners",
        },
      ],
    },
    {
      id: SERVICE,
      name: "then.channel",
      pieces: [
        word("then.channel"),
        { field: "service", label: "part.channel", from: "channels", initial: "" },
      ],
    },
  ],
};

export function shapeOf(role: PartRole, id: string): Shape | undefined {
  return SHAPES[role].find((shape) => shape.id === id);
}

export function isField(piece: Piece): piece is FieldPiece {
  return "field" in piece;
}

/** The pieces that a part shows as it is now. */
export function shownPieces(shape: Shape, part: RulePart): readonly Piece[] {
  return shape.pieces.filter((piece) => !isField(piece) || piece.when === undefined || piece.when(part));
}

/** A part as it begins. `choices` says what a field is when its list is known and has no such initial. */
export function newPart(shape: Shape, choices: (list: ChoiceList) => readonly string[] = () => []): RulePart {
  let part: RulePart = { id: shape.id };
  for (const piece of shape.pieces) {
    if (!isField(piece)) continue;
    if (piece.when !== undefined && !piece.when(part)) continue;
    part = { ...part, [piece.field]: initialOf(piece, choices) };
  }
  return part;
}

function initialOf(
  { from, initial }: FieldPiece,
  choices: (list: ChoiceList) => readonly string[],
): string | number {
  if (from === "number" || from === "text") return initial;
  const known = choices(from);
  if (known.length === 0 || known.includes(String(initial))) return initial;
  return known[0] ?? initial;
}

/** Says something else in one field. Fields that appear get what they begin with; those that vanish are dropped. */
export function changePart(
  shape: Shape,
  part: RulePart,
  field: string,
  value: string | number,
  choices: (list: ChoiceList) => readonly string[] = () => [],
): RulePart {
  const changed: RulePart = { ...part, [field]: value };
  const shown = shownPieces(shape, changed).filter(isField);
  const owned = new Set(shape.pieces.filter(isField).map((piece) => piece.field));
  const before = new Set(
    shownPieces(shape, part)
      .filter(isField)
      .map((piece) => `${piece.field} ${piece.from}`),
  );
  let next: RulePart = { id: part.id };
  for (const [name, known] of Object.entries(changed))
    if (!owned.has(name)) next = { ...next, [name]: known };
  for (const piece of shown) {
    const isKept = piece.field === field || before.has(`${piece.field} ${piece.from}`);
    const known = changed[piece.field];
    next = {
      ...next,
      [piece.field]: isKept && known !== undefined ? known : initialOf(piece, choices),
    };
  }
  return next;
}

/** A setting as text; the server writes some numbers as text, and takes both. */
export function settingOf(part: RulePart, field: string): string {
  const value = part[field];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
