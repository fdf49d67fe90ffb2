// Rows for the admin's tables: the same ones at every start.
const FIRST = ["Ilse", "Mateo", "Beatriz", "Astrid", "Oliver", "Lena", "Hugo", "Inês", "Nils", "Poppy"];
const LAST = [
  "Winterfeld",
  "Robles",
  "Carvalho",
  "Lindqvist",
  "Ashdown",
  "Brandt",
  "Ferrer",
  "Nogueira",
  "Ekström",
  "Marlowe",
];
const MARKETS = ["de", "es", "pt", "se", "uk"];
const KYC = ["none", "submitted", "verified", "verified", "verified", "rejected", "expired"];
const STATES = ["captured", "captured", "captured", "failed", "redirected", "expired", "authorised"];

const players = Array.from({ length: 240 }, (_, at) => ({
  id: `p-${String(at + 1).padStart(6, "0")}`,
  name: `${FIRST[at % 10]} ${LAST[(at * 7) % 10]}`,
  market: MARKETS[at % 5],
  currency: ["EUR", "EUR", "EUR", "SEK", "GBP"][at % 5],
  kyc: KYC[(at * 3) % 7],
  pays: at % 3 === 0 ? "per_spin" : "wallet",
  balance_minor: (at * 7_919) % 250_000,
  created_at: new Date(Date.UTC(2026, 0, 1 + (at % 300), at % 24, at % 60)).toISOString(),
}));

const payments = Array.from({ length: 200 }, (_, at) => ({
  payment_id: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
  player: players[(at * 11) % 240].id,
  kind: at % 4 === 0 ? "withdrawal" : "deposit",
  amount_minor: 500 + ((at * 4_211) % 60_000),
  currency: players[(at * 11) % 240].currency,
  method: ["card", "sepa", "wallet"][at % 3],
  state: STATES[(at * 5) % 7],
  reason: STATES[(at * 5) % 7] === "failed" ? "provider declined the charge" : null,
  created_at: new Date(Date.UTC(2026, 9, 1 + (at % 30), at % 24, at % 60)).toISOString(),
}));

/** @param {string} search */
export function adminPlayers(search) {
  const wanted = search.toLowerCase();
  return {
    players: players.filter(({ id, name }) => id.includes(wanted) || name.toLowerCase().includes(wanted)),
  };
}

export const adminPayments = () => ({ payments });
