// Puts the player's token and the tab's fault on every request, and opens a new session once when the token ran out.
import { HttpErrorResponse, type HttpInterceptorFn, type HttpRequest } from "@angular/common/http";
import { Injector, inject } from "@angular/core";
import { catchError, from, switchMap, throwError } from "rxjs";
import { Session } from "../session/session";
import { Credentials } from "./credentials";

export const identify: HttpInterceptorFn = (request, next) => {
  const credentials = inject(Credentials);
  const injector = inject(Injector);
  const send = () => next(withHeaders(request, credentials));
  return send().pipe(
    catchError((error: unknown) => {
      const refused =
        error instanceof HttpErrorResponse && error.status === 401 && request.url !== "/api/sessions";
      if (!refused) return throwError(() => error);
      // Asked for here only: the session itself needs the gateway. One in the making deals with its own refusal.
      const session = injector.get(Session);
      return session.player() === null
        ? throwError(() => error)
        : from(session.renew()).pipe(switchMap(send));
    }),
  );
};

function withHeaders<T>(request: HttpRequest<T>, { token, fault }: Credentials): HttpRequest<T> {
  const setHeaders: Record<string, string> = {};
  if (token !== null) setHeaders["authorization"] = `Bearer ${token}`;
  if (fault !== null) setHeaders["x-casino-fault"] = fault;
  return request.clone({ setHeaders });
}
