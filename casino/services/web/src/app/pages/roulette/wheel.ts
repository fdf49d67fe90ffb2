// The wheel. It turns to a number that was drawn already.
import { Component, computed, input } from "@angular/core";
import { colourOf, WHEEL } from "./bets";

const STEP = 360 / WHEEL.length;
const OUTER = 96;
const INNER = 70;

function point(radius: number, degrees: number): string {
  const angle = (degrees * Math.PI) / 180;
  return `${(radius * Math.sin(angle)).toFixed(2)} ${(-radius * Math.cos(angle)).toFixed(2)}`;
}

const POCKETS = WHEEL.map((number, at) => {
  const from = (at - 0.5) * STEP;
  const to = (at + 0.5) * STEP;
  return {
    number,
    colour: colourOf(number),
    turn: at * STEP,
    path: `M${point(OUTER, from)}A${OUTER} ${OUTER} 0 0 1 ${point(OUTER, to)}L${point(INNER, to)}A${INNER} ${INNER} 0 0 0 ${point(INNER, from)}z`,
  };
});

@Component({
  selector: "casino-wheel",
  template: `
    <svg viewBox="-110 -110 220 220" aria-hidden="true">
      <circle r="108" class="rim" />
      <circle r="100" class="brass" />
      <g class="turning" [class.free]="turning()" [style.transform]="transform()">
        @for (pocket of pockets; track pocket.number) {
          <path [attr.d]="pocket.path" [class]="pocket.colour" />
          <text [attr.transform]="'rotate(' + pocket.turn + ') translate(0 -80)'">{{ pocket.number }}</text>
        }
        <circle r="70" class="bowl" />
        <path d="M0-46V46M-46 0H46" class="cross" />
        <circle r="16" class="brass" />
      </g>
      <path d="M0-98l-6-11h12z" class="pointer" />
    </svg>
  `,
  styles: `
    svg { display: block; width: 100%; height: auto; aspect-ratio: 1; }
    .rim { fill: #4a2a16; }
    .brass { fill: #d9b566; }
    .bowl { fill: #3a200f; }
    .red { fill: #b3202f; }
    .black { fill: #14161d; }
    .green { fill: #0f7a51; }
    .cross { stroke: #d9b566; stroke-width: 5; stroke-linecap: round; }
    .pointer { fill: #fdfaf0; }
    text { fill: #fdfaf0; font-size: 9.5px; font-weight: 600; text-anchor: middle; }
    .turning { transition: transform 2.4s cubic-bezier(0.12, 0.7, 0.2, 1); }
    .turning.free { animation: free 1.1s linear infinite; transition: none; }
    @keyframes free { to { transform: rotate(360deg); } }
  `,
})
export class Wheel {
  /** `null` before the first round. */
  readonly number = input<number | null>(null);
  /** How many rounds there were: each adds three turns, so that the same number twice still turns. */
  readonly rounds = input(0);
  readonly turning = input(false);

  protected readonly pockets = POCKETS;
  protected readonly transform = computed(() => {
    const at = WHEEL.indexOf(this.number() ?? 0);
    return `rotate(${this.rounds() * 1_080 - at * STEP}deg)`;
  });
}
