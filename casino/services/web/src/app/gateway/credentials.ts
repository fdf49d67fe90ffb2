// What this tab shows at the gateway. Kept for the tab: the way to the payment provider and back is a reload.
import { Injectable } from "@angular/core";
import { currentFault, forgetFault } from "./fault";

const KEY = "casino.token";

@Injectable({ providedIn: "root" })
export class Credentials {
  token: string | null = sessionStorage.getItem(KEY);
  readonly fault: string | null = currentFault(location.search, sessionStorage);

  keep(token: string): void {
    this.token = token;
    sessionStorage.setItem(KEY, token);
  }

  forget(): void {
    this.token = null;
    sessionStorage.removeItem(KEY);
  }

  /** Needs a reload, so that nothing keeps the fault it started with. */
  dropFault(): void {
    forgetFault(sessionStorage);
    location.assign(location.pathname);
  }
}
