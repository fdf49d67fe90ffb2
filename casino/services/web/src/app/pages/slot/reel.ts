// One reel: turns while the casino decides, then comes to rest on what was drawn.
import { Component, computed, type ElementRef, input, signal, viewChild } from "@angular/core";
import { framesOf, ROWS, type SlotSymbol, stripTo, suspenseMs, symbolOf } from "./machine";
import { SymbolPicture } from "./symbols";

const PASSING = 14;
const SETTLE_MS = 700;
const STAGGER_MS = 220;

@Component({
  selector: "casino-reel",
  imports: [SymbolPicture],
  template: `
    <div class="glass">
      <div class="strip" #strip [class.turning]="turning()">
        @for (key of shown(); track $index) {
          <div class="cell" [class.hit]="!turning() && hits().has(index() + ':' + $index)">
            <casino-symbol [drawing]="art(key).drawing" />
          </div>
        }
      </div>
    </div>
  `,
  styleUrl: "./reel.css",
})
export class Reel {
  readonly index = input.required<number>();
  readonly reel = input.required<string>();
  readonly hits = input<ReadonlySet<string>>(new Set<string>());

  private readonly strip = viewChild.required<ElementRef<HTMLElement>>("strip");
  private readonly window = signal("");
  private readonly moving = signal<string | null>(null);
  protected readonly turning = signal(false);
  protected readonly shown = computed(() => [...(this.moving() ?? this.window())]);

  protected art(key: string): SlotSymbol {
    return symbolOf(key);
  }

  /** Without any movement. */
  show(window: string): void {
    this.turning.set(false);
    this.moving.set(null);
    this.window.set(window);
  }

  /** Turns until `settle` or `show`. Twice the reel, so that the loop has no seam. */
  turn(): void {
    this.moving.set(this.reel() + this.reel());
    this.turning.set(true);
  }

  /** `broken` is the fault `angularError`: it looks at the row below the last. */
  async settle(target: string, broken: boolean): Promise<void> {
    const strip = stripTo(target, this.window(), this.reel(), PASSING + this.index() * 4);
    const suspense = suspenseMs(target, broken ? ROWS : ROWS - 1);
    this.turning.set(false);
    this.moving.set(strip);
    const animation = this.strip().nativeElement.animate(framesOf(strip.length), {
      duration: SETTLE_MS + this.index() * STAGGER_MS + suspense,
      easing: "cubic-bezier(.15,.75,.3,1)",
    });
    // A page that is left cancels it.
    await animation.finished.catch(() => undefined);
    this.show(target);
  }
}
