import type { EventDetail, ExceptionValue, Frame, Stacktrace } from "./api/event-types.ts";
import type { Issue } from "./api/types.ts";
import { orderExceptions } from "./exceptions.ts";
import { crashingFrame, entryOf, placeOf } from "./frames.ts";
import { headline } from "./issue-text.ts";

/** A stack trace as text, in the order its language prints it. */
export function stackText(stack: Stacktrace | null, platform: string | null): string {
  const frames = stack?.frames ?? [];
  if (platform?.startsWith("python") === true) {
    return ["Traceback (most recent call last):", ...frames.map(pythonFrame)].join("\n");
  }
  return [...frames].reverse().map(plainFrame).join("\n");
}

export function exceptionText(value: ExceptionValue, platform: string | null): string {
  const head = [value.type, value.value].filter((part) => part !== null && part !== "").join(": ");
  const stack = stackText(value.stacktrace, platform);
  return platform?.startsWith("python") === true ? `${stack}\n${head}` : `${head}\n${stack}`;
}

/** The whole chain, for the clipboard. */
export function traceText(event: EventDetail): string {
  const values = entryOf(event, "exception")?.entry.data.values ?? [];
  const texts = orderExceptions(values).map(({ value }) => exceptionText(value, event.platform));
  return texts.length === 0 ? event.title : texts.join("\n\nCaused by:\n");
}

/** What one would write into a ticket, as Markdown. */
export function summaryText(issue: Issue, event: EventDetail, link: string): string {
  const { name, text } = headline(issue);
  const frame = crashingFrame(event);
  const facts = [
    ["Issue", `[${issue.shortId}](${link})`],
    [
      "Where",
      frame === null
        ? (issue.culprit ?? "")
        : `\`${placeOf(frame)}:${frame.lineNo ?? ""}\` in \`${frame.function ?? ""}\``,
    ],
    ["Events", `${issue.count}, ${issue.userCount} users`],
    ["Release", event.release?.version ?? ""],
    ["First seen", issue.firstSeen],
    ["Last seen", issue.lastSeen],
  ];
  const lines = facts.filter(([, value]) => value !== "").map(([key, value]) => `- ${key}: ${value}`);
  return [`## ${name}`, "", text, "", ...lines, "", "```", traceText(event), "```"].join("\n");
}

function pythonFrame(frame: Frame): string {
  const line = frame.context?.find(([number]) => number === frame.lineNo)?.[1]?.trim();
  const head = `  File "${frame.absPath ?? placeOf(frame)}", line ${frame.lineNo ?? "?"}, in ${frame.function ?? "?"}`;
  return line === undefined || line === "" ? head : `${head}\n    ${line}`;
}

function plainFrame(frame: Frame): string {
  const at = [frame.absPath ?? placeOf(frame), frame.lineNo, frame.colNo].filter(
    (part) => part !== null && part !== "",
  );
  const address = frame.instructionAddr;
  const place = at.length > 0 ? at.join(":") : (address ?? "?");
  return `    at ${frame.function ?? "?"} (${place})`;
}
