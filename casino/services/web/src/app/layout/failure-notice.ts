// A failure as the player reads it: what happened, what to do, and a way to try again.
import { Component, input, output } from "@angular/core";
import type { GatewayFailure } from "../gateway/failure";

@Component({
  selector: "casino-failure",
  template: `
    <div class="notice bad" role="alert">
      <p><strong>{{ failure().title }}</strong> {{ failure().advice }}</p>
      @if (retryText() !== '') {
        <button type="button" class="quiet" (click)="retry.emit()">{{ retryText() }}</button>
      }
    </div>
  `,
})
export class FailureNotice {
  readonly failure = input.required<GatewayFailure>();
  /** Empty where trying again is what the page is about anyway. */
  readonly retryText = input("Try again");
  readonly retry = output();
}
