/** Core web vitals: what is measured of a page load, and what is good. */
import { formatDuration } from "./format.ts";
import { asNumber, type Json } from "./json.ts";
import type { Vital } from "./urlstate.ts";

export type Rating = "good" | "meh" | "poor";
export const RATINGS: readonly Rating[] = ["good", "meh", "poor"];

interface Measured {
  /** Up to here it is good; from there on it is poor. In milliseconds but for CLS. */
  readonly good: number;
  readonly poor: number;
  /** How much it counts for the score of a page. */
  readonly weight: number;
  /** The attribute that tells which element it was about. */
  readonly element: string | null;
}

/** Thresholds are those of web.dev, weights those that the server scores by. */
export const MEASURED: Readonly<Record<Vital, Measured>> = {
  lcp: { good: 2_500, poor: 4_000, weight: 0.3, element: "browser.web_vital.lcp.element" },
  inp: { good: 200, poor: 500, weight: 0.3, element: "span.description" },
  cls: { good: 0.1, poor: 0.25, weight: 0.15, element: "cls.source.1" },
  fcp: { good: 1_800, poor: 3_000, weight: 0.15, element: null },
  ttfb: { good: 800, poor: 1_800, weight: 0.1, element: null },
};

/** From here on a score is good, or at least not poor. */
const GOOD_SCORE = 0.9;
const MEH_SCORE = 0.5;

const ratios = new Intl.NumberFormat(undefined, { maximumFractionDigits: 3 });

export function ratingOf(vital: Vital, value: number): Rating {
  const { good, poor } = MEASURED[vital];
  if (value < good) return "good";
  return value < poor ? "meh" : "poor";
}

export function scoreRating(score: number): Rating {
  if (score >= GOOD_SCORE) return "good";
  return score >= MEH_SCORE ? "meh" : "poor";
}

export function formatVital(vital: Vital, value: number): string {
  return vital === "cls" ? ratios.format(value) : formatDuration(value);
}

/** A score of 0 to 1 as it is shown: of 100. */
export function formatScore(score: number): string {
  return String(Math.round(score * 100));
}

export const p75Of = (vital: Vital) => `p75(measurements.${vital})`;
export const scoreOf = (vital: Vital) => `performance_score(score.${vital})`;
export const countOf = (vital: Vital, rating: Rating | "any") => `count_web_vitals(${vital},${rating})`;

type Row = Readonly<Record<string, Json>>;

/**
 * How good pages felt, from 0 to 1: the scores of the vitals there are, by their weights. An average over
 * page loads would count those twice whose interactions were sent apart.
 */
export function overallScore(row: Row, vitals: readonly Vital[]): number | null {
  let sum = 0;
  let weights = 0;
  for (const vital of vitals) {
    const score = asNumber(row[scoreOf(vital)]);
    if (score === null) continue;
    sum += score * MEASURED[vital].weight;
    weights += MEASURED[vital].weight;
  }
  return weights === 0 ? null : sum / weights;
}
