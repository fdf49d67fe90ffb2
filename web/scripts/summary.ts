import { DefaultReporter, type TestModule } from "vitest/node";

/** The usual report, with `N passed, N failed` as its last line for whoever adds suites up. */
export default class Summary extends DefaultReporter {
  override onTestRunEnd(...run: Parameters<DefaultReporter["onTestRunEnd"]>): void {
    super.onTestRunEnd(...run);
    const [modules, errors] = run;
    let passed = 0;
    let failed = errors.length;
    for (const module of modules) {
      const counted = count(module);
      passed += counted.passed;
      failed += counted.failed;
    }
    console.log(`${passed} passed, ${failed} failed`);
  }
}

function count(module: TestModule): { passed: number; failed: number } {
  let passed = 0;
  let failed = 0;
  for (const test of module.children.allTests()) {
    if (test.result().state === "passed") passed += 1;
    if (test.result().state === "failed") failed += 1;
  }
  // A file that does not even load has no tests, only errors.
  if (failed === 0 && module.state() === "failed") failed = Math.max(1, module.errors().length);
  return { passed, failed };
}
