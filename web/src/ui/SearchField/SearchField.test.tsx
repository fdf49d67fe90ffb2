import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { SearchField } from "./SearchField.tsx";

test("says what was typed once, when the typing pauses", async () => {
  const onChange = vi.fn();
  render(<SearchField label="Find" value="" onChange={onChange} />);
  await userEvent.type(screen.getByRole("searchbox", { name: "Find" }), "1.2");
  expect(onChange).not.toHaveBeenCalled();
  await act(() => new Promise((done) => setTimeout(done, 300)));
  expect(onChange.mock.calls).toEqual([["1.2"]]);
});

test("follows what the address says", () => {
  const { rerender } = render(<SearchField label="Find" value="old" onChange={() => {}} />);
  rerender(<SearchField label="Find" value="" onChange={() => {}} />);
  expect(screen.getByRole<HTMLInputElement>("searchbox").value).toBe("");
});
