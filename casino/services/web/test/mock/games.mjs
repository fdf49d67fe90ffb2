// Draws for the stand-in: right in shape and prizes, from an ordinary random number.
import { recordRound, rounds } from "./state.mjs";

const REELS = ["LPCLGPLBCGLP7LGPCLGPWL", "PLGCPLGBPLCGPL7GPLCGWP", "GPLGCPLGBPLGCPLG7LPGWC"];
const LINES = [
  [1, 1, 1],
  [0, 0, 0],
  [2, 2, 2],
  [0, 1, 2],
  [2, 1, 0],
];
/** @type {Record<string, number>} */
const PAYS = { 7: 200, B: 120, C: 20, L: 5, P: 10, G: 8, W: 1000 };
const RED = new Set([1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36]);
/** @type {Record<string, number>} */
const RETURNS = { straight: 36, split: 18, street: 12, corner: 9, sixline: 6, dozen: 3, even: 2 };

/** @param {number} below */
const draw = (below) => Math.floor(Math.random() * below);

/** @param {{stake_minor: number}} order */
export function slot({ stake_minor }) {
  const stops = REELS.map((reel) => draw(reel.length));
  const window = REELS.map((reel, at) =>
    [0, 1, 2].map((row) => reel[(stops[at] + row) % reel.length]).join(""),
  );
  const lines = LINES.flatMap((rows, at) => {
    const seen = rows.map((row, reel) => window[reel][row]);
    const symbol = seen.find((key) => key !== "W") ?? "W";
    if (!seen.every((key) => key === symbol || key === "W")) return [];
    return [{ line: at + 1, symbol, pay_minor: (PAYS[symbol] * stake_minor) / 5 }];
  });
  const payout = lines.reduce((sum, { pay_minor }) => sum + pay_minor, 0);
  return { stops, window, lines, ...recordRound("slot", stake_minor, payout) };
}

/** @param {{bets: {kind: string, numbers: number[], stake_minor: number}[]}} order */
export function roulette({ bets }) {
  const number = draw(37);
  const colour = number === 0 ? "green" : RED.has(number) ? "red" : "black";
  const wins = bets
    .filter((bet) => bet.numbers.includes(number))
    .map((bet) => ({ ...bet, pay_minor: bet.stake_minor * RETURNS[bet.kind] }));
  const stake = bets.reduce((sum, bet) => sum + bet.stake_minor, 0);
  const payout = wins.reduce((sum, win) => sum + win.pay_minor, 0);
  return { number, colour, wins, ...recordRound("roulette", stake, payout) };
}

/** @type {Map<string, any>} */
const hands = new Map();
const card = () => "A23456789TJQK"[draw(13)] + "SHDC"[draw(4)];

/** @param {string[]} cards */
function total(cards) {
  let sum = 0;
  let aces = 0;
  for (const [rank] of cards) {
    sum += "TJQK".includes(rank) ? 10 : rank === "A" ? 11 : Number(rank);
    if (rank === "A") aces += 1;
  }
  for (; sum > 21 && aces > 0; aces -= 1) sum -= 10;
  return sum;
}

/** @param {{stake_minor: number}} order */
export function deal({ stake_minor }) {
  const round = {
    ...recordRound("blackjack", stake_minor, 0),
    player: [card(), card()],
    dealer: [card()],
    stake: stake_minor,
  };
  hands.set(round.round_id, round);
  return total(round.player) === 21 ? finish(round) : { ...round, state: "playing" };
}

/** @param {string} id @param {string} action */
export function play(id, action) {
  const round = hands.get(id);
  if (round === undefined) return null;
  if (action === "double") round.stake *= 2;
  if (action !== "stand") round.player.push(card());
  return action === "hit" && total(round.player) < 21 ? { ...round, state: "playing" } : finish(round);
}

/** @param {any} round */
function finish(round) {
  const mine = total(round.player);
  while (mine <= 21 && total(round.dealer) < 17) round.dealer.push(card());
  const house = total(round.dealer);
  const won = mine <= 21 && (house > 21 || mine > house);
  const payout = won ? round.stake * 2 : mine <= 21 && mine === house ? round.stake : 0;
  hands.delete(round.round_id);
  rounds.get(round.round_id).payout_minor = payout;
  return { ...round, payout_minor: payout, state: "done" };
}
