import { expect, test } from "vitest";
import { formatStatement, languageOf } from "./sql.ts";

test("parts of a statement begin lines", () => {
  expect(
    formatStatement(
      "SELECT b.id, g.name FROM bets b LEFT OUTER JOIN games g ON g.id = b.game_id WHERE b.id IN (SELECT id FROM x) AND note = 'from  where' ORDER BY b.id LIMIT 5",
    ),
  ).toBe(
    [
      "SELECT b.id, g.name",
      "FROM bets b",
      "LEFT OUTER JOIN games g",
      "  ON g.id = b.game_id",
      "WHERE b.id IN (SELECT id FROM x)",
      "  AND note = 'from  where'",
      "ORDER BY b.id",
      "LIMIT 5",
    ].join("\n"),
  );
});

test.each(["", "GET *", "UPDATE", "((((", "'open", "SELECT .. FROM bets", "{broken"])(
  "%j only ever differs in blanks",
  (statement) => {
    expect(formatStatement(statement).replace(/\s+/g, "")).toBe(statement.replace(/\s+/g, ""));
  },
);

test("documents are indented", () => {
  expect(languageOf('{"find":1}')).toBe("javascript");
  expect(formatStatement('{"find":1}')).toBe('{\n  "find": 1\n}');
});
