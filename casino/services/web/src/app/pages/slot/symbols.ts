// The drawings of the symbols, and one symbol as a picture.
import { Component, input } from "@angular/core";

/** Once per page. */
@Component({ selector: "casino-symbols", templateUrl: "./symbols.html" })
export class Symbols {}

@Component({
  selector: "casino-symbol",
  template: `<svg viewBox="0 0 96 96" aria-hidden="true"><use [attr.href]="'#symbol-' + drawing()" /></svg>`,
  styles: `
    :host { display: grid; place-items: center; }
    svg { display: block; width: 100%; height: 100%; }
  `,
})
export class SymbolPicture {
  readonly drawing = input.required<string>();
}
