import type { Reporter, Suite } from "@playwright/test/reporter";

/** Prints `N passed, N failed` as the last line, for whoever adds suites up. */
export default class Summary implements Reporter {
  private root: Suite | undefined;
  private errors = 0;

  onBegin(_config: unknown, suite: Suite): void {
    this.root = suite;
  }

  /** What fails outside of tests: a server that does not start, a file that does not load. */
  onError(): void {
    this.errors += 1;
  }

  onExit(): Promise<void> {
    const outcomes = (this.root?.allTests() ?? []).map((test) => test.outcome());
    const passed = outcomes.filter((outcome) => outcome === "expected").length;
    const failed = outcomes.filter((outcome) => outcome === "unexpected" || outcome === "flaky").length;
    console.log(`${passed} passed, ${failed + this.errors} failed`);
    return Promise.resolve();
  }

  printsToStdio(): boolean {
    return false;
  }
}
