// Takes what the SDK sends, as Pitwatch would, and keeps the items for tests: `GET /mock/envelopes`.
const KEPT = 400;

/** @type {{type: string, payload: any}[]} */
export const items = [];

/**
 * Items whose payload is JSON on one line, as those of errors and spans are; replays and profiles are only counted.
 *
 * @param {string} text
 */
export function takeEnvelope(text) {
  const lines = text.split("\n");
  for (let at = 1; at + 1 < lines.length; at += 2) {
    const header = parse(lines[at]);
    if (typeof header?.type !== "string") return;
    items.push({ type: header.type, payload: parse(lines[at + 1]) });
    if (items.length > KEPT) items.shift();
    if (header.type === "replay_event" || header.type === "replay_recording") return;
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
