import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { aFrame } from "../../../../testing/examples.ts";
import { renderWithLinks } from "../../../../testing/router.tsx";
import { FrameList, libraryOf } from "./FrameList.tsx";

const frames = [
  aFrame({ function: "start", inApp: false, absPath: "/usr/lib/python3/site-packages/celery/app.py" }),
  aFrame({ function: "run_task", inApp: false, absPath: "/usr/lib/python3/site-packages/celery/worker.py" }),
  aFrame({ function: "charge", vars: { card: "" }, context: [[7, "charge(card)"]] }),
];

test("the app's frames are open, a library's are one line", async () => {
  render(<FrameList stack={{ frames }} mode="app" platform="python" open meta={undefined} />);
  expect(screen.getByText("charge")).toBeTruthy();
  expect(screen.getByText("charge(card)")).toBeTruthy();
  expect(screen.queryByText("run_task")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "2 frames from celery" }));
  expect(screen.getByText("run_task")).toBeTruthy();
});

test("full shows every frame, the crash first", () => {
  render(<FrameList stack={{ frames }} mode="full" platform="python" open={false} meta={undefined} />);
  const names = screen.getAllByRole("button").map((button) => button.textContent);
  expect(names[0]).toContain("charge");
  expect(names[2]).toContain("start");
});

test("without frames of the app nothing is folded", () => {
  const foreign = frames.map((frame) => ({ ...frame, inApp: false }));
  render(<FrameList stack={{ frames: foreign }} mode="app" platform="python" open meta={undefined} />);
  expect(screen.getByText("run_task")).toBeTruthy();
});

test("a scrubbed variable names its rule", () => {
  const meta = { frames: { 2: { vars: { card: { "": { rem: [["@creditcard:remove", "x"]] } } } } } };
  render(<FrameList stack={{ frames }} mode="app" platform="python" open meta={meta} />);
  expect(screen.getByText("[scrubbed: creditcard]")).toBeTruthy();
});

test.each([
  ["/app/node_modules/@sentry/node/build/http.js", "@sentry/node"],
  ["/app/node_modules/fastify/lib/x.js", "fastify"],
  ["/home/ada/.cargo/registry/src/index-1/tokio-1.4/src/x.rs", "tokio-1.4"],
])("%s belongs to %s", (absPath, expected) => {
  expect(libraryOf(aFrame({ absPath, module: null }))).toBe(expected);
});

const ORIGIN = { org: "acme", project: "shop", release: "shop@1.0.0", errors: [] };

test("a frame leads to its line in the repository", () => {
  const sourceLink = "https://gitlab.example.com/acme/shop/-/blob/abc/src/charge.py#L7";
  const linked = [aFrame({ sourceLink })];
  render(<FrameList stack={{ frames: linked }} mode="app" platform="python" open={false} meta={undefined} />);
  const link = screen.getByRole("link", { name: "Open in GitLab" });
  expect(link.getAttribute("href")).toBe(sourceLink);
  expect(link.getAttribute("rel")).toBe("noreferrer");
});

test("a link that is none of the web is left out", () => {
  const linked = [aFrame({ sourceLink: "javascript:alert(1)" })];
  render(<FrameList stack={{ frames: linked }} mode="app" platform="python" open={false} meta={undefined} />);
  expect(screen.queryByRole("link")).toBeNull();
});

test("a frame that is not readable says why, and where uploads are explained", async () => {
  const message = "no map was uploaded for debug id 8c1f; uploaded are 7b2e";
  const broken = [aFrame({ inApp: false, problem: { type: "js_no_source", message } })];
  await renderWithLinks(
    <FrameList
      stack={{ frames: broken }}
      mode="full"
      platform="javascript"
      open
      meta={undefined}
      origin={ORIGIN}
    />,
  );
  expect(screen.getByText("Not readable")).toBeTruthy();
  expect(screen.getByText(/^No map was uploaded for debug id 8c1f; uploaded are 7b2e\./)).toBeTruthy();
  const guide = screen.getByRole("link", { name: "How to upload what is missing" });
  expect(guide.getAttribute("href")).toBe("/acme/settings/projects/shop/uploads");
});
