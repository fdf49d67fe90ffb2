// The form that deposits and withdrawals share: how much, and by which way.
import { Component, input, output, signal } from "@angular/core";
import type { Method } from "../../gateway/bodies";
import { MoneyPipe } from "../../session/money.pipe";
import { METHODS } from "./words";

export interface Wish {
  readonly amount_minor: number;
  readonly method: Method;
}

const AMOUNTS = [1_000, 2_500, 5_000, 10_000, 25_000];

@Component({
  selector: "casino-order-form",
  imports: [MoneyPipe],
  template: `
    <form class="card" (submit)="send($event)">
      <fieldset class="choice" [disabled]="busy()">
        <legend>Amount</legend>
        <div>
          @for (value of amounts; track value) {
            <label>
              <input type="radio" name="amount" [value]="value" [checked]="amount() === value" (change)="amount.set(value)">
              {{ value | money: currency() }}
            </label>
          }
        </div>
      </fieldset>
      <fieldset class="choice" [disabled]="busy()">
        <legend>Way</legend>
        <div>
          @for (way of methods; track way.key) {
            <label>
              <input type="radio" name="method" [value]="way.key" [checked]="method() === way.key" (change)="method.set(way.key)">
              {{ way.text }}
            </label>
          }
        </div>
      </fieldset>
      <button type="submit" [disabled]="busy()" data-testid="order">
        {{ busy() ? busyText() : verb() + ' ' + (amount() | money: currency()) }}
      </button>
    </form>
  `,
  styles: `form { display: grid; gap: 1.4rem; } form > button { justify-self: start; min-width: 13rem; }`,
})
export class OrderForm {
  readonly verb = input.required<string>();
  readonly busyText = input("One moment …");
  readonly currency = input.required<string>();
  readonly busy = input(false);
  readonly wish = output<Wish>();

  protected readonly amounts = AMOUNTS;
  protected readonly methods = METHODS;
  protected readonly amount = signal(5_000);
  protected readonly method = signal<Method>("card");

  protected send(event: Event): void {
    event.preventDefault();
    if (!this.busy()) this.wish.emit({ amount_minor: this.amount(), method: this.method() });
  }
}
