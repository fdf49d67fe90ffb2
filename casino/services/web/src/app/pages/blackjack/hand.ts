// One hand of cards, with its worth.
import { Component, computed, input } from "@angular/core";
import { type Card, cardName, readCard, worthName } from "./cards";

const PIPS: Readonly<Record<string, string>> = {
  S: "M0-12C-5-5-12-1-12 5c0 5 6 7 10 3-.5 4-1.500 5-4 6H6c-2.500-1-3.500-2-4-6 4 4 10 2 10-3C12-1 5-5 0-12z",
  H: "M0 12C-6 5-12 1-12-5c0-6 8-9 12-2 4-7 12-4 12 2C12 1 6 5 0 12z",
  D: "M0-13 10 0 0 13-10 0z",
  C: "M0-13a6 6 0 0 1 5 9.500A6 6 0 1 1 3.500 7c.3 3 1 5 3.500 7H-7c2.500-2 3.200-4 3.500-7A6 6 0 1 1-5-3.500 6 6 0 0 1 0-13z",
};

@Component({
  selector: "casino-hand",
  template: `
    <h2>{{ name() }} <span class="worth">{{ worth() }}</span></h2>
    <ul [attr.aria-label]="name()">
      @for (card of cards(); track $index) {
        <li class="card-face" [class.red]="card.suit === 'H' || card.suit === 'D'">
          <span class="visually-hidden">{{ cardName(card) }}</span>
          <span class="rank" aria-hidden="true">{{ card.rank }}</span>
          <svg viewBox="-16 -16 32 32" aria-hidden="true"><path [attr.d]="pips[card.suit] ?? ''" /></svg>
        </li>
      }
      @if (hidden()) {
        <li class="card-face back"><span class="visually-hidden">face down</span></li>
      }
      @if (cards().length === 0) {
        <li class="card-face place" aria-hidden="true"></li>
        <li class="card-face place" aria-hidden="true"></li>
      }
    </ul>
  `,
  styles: `
    h2 { display: flex; justify-content: center; align-items: baseline; gap: 0.75rem; min-height: 1.6rem; color: #d7eee4; }
    .worth { font: 600 1rem "Inter", system-ui, sans-serif; color: #ffe2a0; }
    ul { display: flex; justify-content: center; gap: 0.6rem; margin: 0; padding: 0; list-style: none; min-height: 8.6rem; }
    .card-face {
      position: relative; display: grid; place-items: center; flex: 0 1 6rem; min-width: 2.6rem; height: 8.4rem;
      border-radius: 0.6rem; background: #fdfaf2; color: #171a22; fill: currentColor; box-shadow: 0 4px 10px #0006;
      animation: deal 0.3s ease-out;
    }
    .card-face.red { color: #b3182c; }
    .card-face.back {
      background: repeating-linear-gradient(45deg, #5b2438 0 6px, #74304a 6px 12px); border: 4px solid #fdfaf2;
    }
    .card-face.place { background: none; border: 2px dashed #4f8f79; box-shadow: none; animation: none; }
    .rank { position: absolute; top: 0.35rem; left: 0.55rem; font-size: 1.35rem; font-weight: 700; }
    svg { width: min(3rem, 70%); }
    @keyframes deal { from { transform: translate(1.5rem, -1.5rem); opacity: 0; } }
  `,
})
export class Hand {
  readonly name = input.required<string>();
  readonly texts = input<readonly string[]>([]);
  readonly hidden = input(false);

  protected readonly pips = PIPS;
  protected readonly cards = computed<Card[]>(() => this.texts().map(readCard));
  protected readonly worth = computed(() => worthName(this.cards()));

  protected cardName(card: Card): string {
    return cardName(card);
  }
}
