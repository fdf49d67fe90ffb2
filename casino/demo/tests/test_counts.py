"""How many tests ran, as each runner tells it."""

import pytest

from suites import count


@pytest.mark.parametrize(
    ("output", "counted"),
    [
        ("test result: ok. 12 passed; 0 failed; 0 ignored\ntest result: FAILED. 3 passed; 2 failed;", (15, 2)),
        ("56 passed in 8.10s", (56, 0)),
        ("2 failed, 5 passed, 1 skipped in 0.31s", (5, 2)),
        ("40 passed, 3 skipped, 1 warning in 12.02s", (40, 0)),
        ("1 failed in 0.31s", (0, 1)),
        ("ℹ tests 9\nℹ pass 8\nℹ fail 1", (8, 1)),  # noqa: RUF001
        (" Test Files  4 passed (4)\n      Tests  23 passed (23)", (23, 0)),
        (" Test Files  1 failed | 3 passed (4)\n      Tests  1 failed | 22 passed (23)", (22, 1)),
        ("--- PASS: TestOne (0.00s)\n    --- PASS: TestOne/part (0.00s)\n--- FAIL: TestTwo (0.00s)", (1, 1)),
        ("nothing", (0, 0)),
    ],
)
def test_counts(output: str, counted: tuple[int, int]) -> None:
    assert count(output) == counted
