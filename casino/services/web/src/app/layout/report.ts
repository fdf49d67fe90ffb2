// Failures that nobody planned go to the page's error handler, and from there to Pitwatch; refusals do not.
import { ErrorHandler, Injectable, inject } from "@angular/core";
import { type GatewayFailure, toFailure } from "../gateway/failure";
import type { Visit } from "../watch/watch";

@Injectable({ providedIn: "root" })
export class Report {
  private readonly errors = inject(ErrorHandler);

  /** The failure to show. With a visit, what is reported leads to its trace. */
  failure(cause: unknown, visit?: Visit): GatewayFailure {
    const failure = toFailure(cause);
    if (!failure.refused) this.error(failure, visit);
    return failure;
  }

  error(error: unknown, visit?: Visit): void {
    const tell = () => this.errors.handleError(error);
    if (visit === undefined) tell();
    else visit.within(tell);
  }
}
