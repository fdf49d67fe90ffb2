import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chord, listenToKeys, type Shortcut, useShortcuts } from "./keys.ts";
import { prefer } from "./preferences.ts";

let stop: () => void;
beforeEach(() => {
  stop = listenToKeys(window);
});
afterEach(() => {
  stop();
  prefer({ letterKeys: true });
});

function Keys({ shortcuts }: { readonly shortcuts: readonly Shortcut[] }) {
  useShortcuts(shortcuts);
  return <input aria-label="field" />;
}

const shortcut = (keys: string, run: () => void): Shortcut => ({ keys, label: "keys.open", run });

test.each([
  [{ key: "j" }, "j"],
  [{ key: "J", shiftKey: true }, "shift+j"],
  [{ key: "k", metaKey: true }, "mod+k"],
  [{ key: "?", shiftKey: true }, "?"],
  [{ key: "#", shiftKey: true }, "#"],
  [{ key: " " }, "space"],
  [{ key: "ArrowDown" }, "arrowdown"],
])("%j is %s", (pressed, expected) => {
  expect(chord({ ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...pressed })).toBe(
    expected,
  );
});

test("single keys, pairs, and the one that was put in force last", async () => {
  const [one, two, other] = [vi.fn(), vi.fn(), vi.fn()];
  render(<Keys shortcuts={[shortcut("j", one), shortcut("g i", two), shortcut("i", other)]} />);
  await userEvent.keyboard("j");
  expect(one).toHaveBeenCalledOnce();
  await userEvent.keyboard("gi");
  expect(two).toHaveBeenCalledOnce();
  expect(other).not.toHaveBeenCalled();
});

test("typing in a field is typing", async () => {
  const run = vi.fn();
  render(<Keys shortcuts={[shortcut("e", run)]} />);
  await userEvent.type(screen.getByLabelText("field"), "e");
  expect(run).not.toHaveBeenCalled();
});

test("single letters can be turned off, combinations stay", async () => {
  const [letter, combination] = [vi.fn(), vi.fn()];
  render(<Keys shortcuts={[shortcut("e", letter), shortcut("mod+k", combination)]} />);
  prefer({ letterKeys: false });
  await userEvent.keyboard("e{Control>}k{/Control}");
  expect(letter).not.toHaveBeenCalled();
  expect(combination).toHaveBeenCalledOnce();
});

test("shortcuts go with their component", async () => {
  const run = vi.fn();
  const { unmount } = render(<Keys shortcuts={[shortcut("e", run)]} />);
  unmount();
  await userEvent.keyboard("e");
  expect(run).not.toHaveBeenCalled();
});
