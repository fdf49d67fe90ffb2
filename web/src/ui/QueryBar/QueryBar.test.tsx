import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useRef, useState } from "react";
import { expect, test } from "vitest";
import { lastWord, QueryBar, type Suggestion } from "./QueryBar.tsx";

const SUGGESTIONS: readonly Suggestion[] = [
  { text: "level:", description: "How bad", complete: false },
  { text: "level:error", description: "", complete: true },
];

function Bar({ start }: { readonly start: string }) {
  const [query, setQuery] = useState(start);
  const [draft, setDraft] = useState("");
  const inputRef = useRef<HTMLInputElement>(null);
  return (
    <>
      <QueryBar
        query={query}
        onChange={setQuery}
        draft={draft}
        onDraft={setDraft}
        suggestions={draft === "" ? [] : SUGGESTIONS}
        inputRef={inputRef}
      />
      <output>{query}</output>
    </>
  );
}

const query = () => screen.getByRole("status").textContent;
const field = () => screen.getByRole("combobox", { name: "Query" });

test("a finished filter becomes a chip at the space, text at Enter", async () => {
  render(<Bar start="is:unresolved" />);
  await userEvent.type(field(), "level:error timeout{Enter}");
  expect(query()).toBe("is:unresolved level:error timeout");
});

test("a space inside quotes is part of the value", async () => {
  render(<Bar start="" />);
  await userEvent.type(field(), 'release:"my app"{Enter}');
  expect(query()).toBe('release:"my app"');
});

test("suggestions are chosen with the arrows", async () => {
  render(<Bar start="" />);
  await userEvent.type(field(), "lev{ArrowDown}{ArrowDown}{Enter}");
  expect(query()).toBe("level:error");
});

test("the start of a filter goes on in the field", async () => {
  render(<Bar start="" />);
  await userEvent.type(field(), "lev{ArrowDown}{Enter}");
  expect(field()).toHaveProperty("value", "level:");
});

test("backspace takes the last term back into the field", async () => {
  render(<Bar start="is:unresolved level:error" />);
  await userEvent.type(field(), "{Backspace}");
  expect(field()).toHaveProperty("value", "level:error");
  expect(query()).toBe("is:unresolved");
});

test("a chip can be removed", async () => {
  render(<Bar start="is:unresolved level:error" />);
  await userEvent.click(screen.getByRole("button", { name: "Remove is:unresolved" }));
  expect(query()).toBe("level:error");
});

test.each([
  ["", ""],
  ["a b", "b"],
  ['a release:"x y', 'release:"x y'],
  ["a ", ""],
])("the word being typed in “%s” is “%s”", (draft, expected) => {
  expect(lastWord(draft)).toBe(expected);
});
