// Amounts in minor units, as people read them.
const known = new Map<string, Intl.NumberFormat>();

function format(currency: string): Intl.NumberFormat {
  let found = known.get(currency);
  if (found === undefined) {
    found = new Intl.NumberFormat("en-GB", { style: "currency", currency, currencyDisplay: "narrowSymbol" });
    known.set(currency, found);
  }
  return found;
}

export function money(minor: number, currency: string): string {
  const formatter = format(currency);
  const digits = formatter.resolvedOptions().maximumFractionDigits ?? 2;
  return formatter.format(minor / 10 ** digits);
}

/** "95.0 %", or a dash when there is nothing to divide by. */
export function ratio(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? "–"
    : `${(value * 100).toFixed(1)} %`;
}
