import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Markers } from "./Markers.tsx";
import { apart, type Marker, wordsOf } from "./markers.ts";

function mark(time: number, with_: Partial<Marker> = {}): Marker {
  return { kind: "release", time, label: `r${time}`, said: `Release r${time}`, ...with_ };
}

test("marks that would cover each other are one, those outside are not drawn", () => {
  const found = apart(
    [50, 52, 90, 200].map((time) => mark(time)),
    0,
    100,
  );
  expect(found.map(({ share, markers }) => [share, markers.map(({ label }) => label)])).toEqual([
    [0.5, ["r50", "r52"]],
    [0.9, ["r90"]],
  ]);
});

test("a change of a flag never hides a release", () => {
  const found = apart([mark(50), mark(51, { kind: "flag", label: "fast" }), mark(52)], 0, 100);
  expect(found.map(({ markers }) => markers.map(({ label }) => label))).toEqual([["r50", "r52"], ["fast"]]);
});

test("words that face each other share the room between their marks", () => {
  expect(wordsOf([0.25, 0.5, 1])).toEqual([
    { left: false, room: 0.25 },
    { left: false, room: 0.25 },
    { left: true, room: 0.25 },
  ]);
  expect(wordsOf([0.875])).toEqual([{ left: true, room: 0.875 }]);
  expect(wordsOf([])).toEqual([]);
});

test("a mark says what it is, and leads there", async () => {
  const open = vi.fn();
  render(<Markers markers={[mark(50, { href: "/acme/releases/r50", open })]} start={0} span={100} />);
  const link = screen.getByRole("link", { name: /^Release r50, / });
  expect(link.getAttribute("href")).toBe("/acme/releases/r50");
  await userEvent.tab();
  expect(document.activeElement).toBe(link);
  await userEvent.keyboard("{Enter}");
  expect(open).toHaveBeenCalledOnce();
});

test("what has no page is an image with words", () => {
  const flag = mark(50, { kind: "flag", said: "Flag fast-settle was updated" });
  render(<Markers markers={[flag]} start={0} span={100} bare />);
  expect(screen.getByRole("img", { name: /^Flag fast-settle was updated, / })).toBeTruthy();
});
