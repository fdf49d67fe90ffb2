/** What a comparison found, in words. */
import type { Finding } from "../../lib/api/release-types.ts";
import { formatChance } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";

/** How a change was tested. Source: the descriptions of the compare endpoint. */
export type Test = "proportions" | "ranks" | "means";

/** Below this, chance alone is called unlikely. */
const UNLIKELY = 0.05;
const changes = new Intl.NumberFormat(undefined, {
  style: "percent",
  maximumFractionDigits: 1,
  signDisplay: "exceptZero",
});

/** `+12.5 %`; where there was nothing before, no share can be given. */
export function formatChange({ change }: Finding): string {
  return change === null ? "—" : changes.format(change).replace("-", "−");
}

/** One sentence that says what follows, and by which test. */
export function verdictText({ verdict, p }: Finding, test: Test): string {
  const by = t(`verdict.test.${test}`);
  if (verdict === "tooFew" || p === null) return t("verdict.tooFew.text");
  const chance = formatChance(p);
  if (verdict === "significant") return t("verdict.significant.text", { chance, test: by });
  return t(p < UNLIKELY ? "verdict.noise.small" : "verdict.noise.text", { chance, test: by });
}
