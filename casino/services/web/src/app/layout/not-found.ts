// The page for an address that leads nowhere.
import { Component } from "@angular/core";
import { RouterLink } from "@angular/router";

@Component({
  selector: "casino-not-found",
  imports: [RouterLink],
  template: `
    <section class="page narrow">
      <h1>No such table</h1>
      <p>This address leads nowhere. The games are in the <a routerLink="/">lobby</a>.</p>
    </section>
  `,
})
export class NotFound {}
