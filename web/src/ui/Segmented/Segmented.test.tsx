import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { Segmented } from "./Segmented.tsx";

function Choice() {
  const [value, setValue] = useState<"a" | "b">("a");
  return (
    <Segmented
      label="Frames"
      value={value}
      onChange={setValue}
      options={[
        { value: "a", label: "In app" },
        { value: "b", label: "Full" },
      ]}
    />
  );
}

test("one stop for Tab, arrows choose", async () => {
  render(<Choice />);
  await userEvent.tab();
  expect(document.activeElement?.textContent).toBe("In app");
  await userEvent.keyboard("{ArrowRight}");
  expect(screen.getByRole("radio", { name: "Full" }).getAttribute("aria-checked")).toBe("true");
  expect(document.activeElement?.textContent).toBe("Full");
});
