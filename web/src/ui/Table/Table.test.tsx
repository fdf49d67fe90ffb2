import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Table } from "./Table.tsx";

test("a column is sorted with the largest first, then with the smallest", async () => {
  const onSort = vi.fn();
  const columns = [{ name: "Name" }, { name: "Count", sort: "count" }];
  const { rerender } = render(
    <Table label="Things" columns={columns} sorted="name" onSort={onSort}>
      {null}
    </Table>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Count" }));
  expect(onSort).toHaveBeenLastCalledWith("-count");
  rerender(
    <Table label="Things" columns={columns} sorted="-count" onSort={onSort}>
      {null}
    </Table>,
  );
  expect(screen.getByRole("columnheader", { name: /Count/ }).getAttribute("aria-sort")).toBe("descending");
  await userEvent.click(screen.getByRole("button", { name: /Count/ }));
  expect(onSort).toHaveBeenLastCalledWith("count");
  expect(screen.queryByRole("button", { name: "Name" })).toBeNull();
});
