import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { CodeFrame } from "./CodeFrame.tsx";
import { highlight } from "./highlight.ts";
import { languageOf, linesOf } from "./pieces.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is the source that is shown
const CODE = 'const a = `x\n${1}`; // <script>alert("no")</script>\nthrow new Error("b");';

test("colours change nothing about the text", () => {
  for (const language of ["typescript", "python", "go", "rust", "php"]) {
    const pieces = highlight(CODE, language) ?? [];
    expect(pieces.map((piece) => piece.text).join("")).toBe(CODE);
    expect(linesOf(pieces).map((line) => line.map((piece) => piece.text).join(""))).toEqual(CODE.split("\n"));
  }
});

test("an unknown language is plain", () => {
  expect(highlight(CODE, "brainfuck")).toBeNull();
});

test.each([
  ["src/a.ts", null, "typescript"],
  ["https://x/a.js?v=1", "javascript", "javascript"],
  [null, "python", "python"],
  ["a.zig", "other", ""],
])("%s of %s is %s", (filename, platform, expected) => {
  expect(languageOf(filename, platform)).toBe(expected);
});

test("source is text before and after it is coloured", async () => {
  const { container } = render(
    <CodeFrame lines={[[1, "const a = 1; // <b>x</b>"]]} hit={1} filename="a.js" platform={null} />,
  );
  expect(container.textContent).toContain("<b>x</b>");
  await screen.findByText("const");
  expect(container.textContent).toContain("<b>x</b>");
  expect(container.querySelector("b")).toBeNull();
});
