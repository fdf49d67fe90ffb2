// What the page consists of: routes, the way to the gateway, and who watches.
import { provideHttpClient, withFetch, withInterceptors } from "@angular/common/http";
import { type ApplicationConfig, provideZonelessChangeDetection } from "@angular/core";
import {
  provideRouter,
  TitleStrategy,
  withComponentInputBinding,
  withInMemoryScrolling,
} from "@angular/router";
import { routes } from "./app.routes";
import { identify } from "./gateway/identify";
import { PageTitle } from "./layout/page-title";
import { SETTINGS, type Settings } from "./settings";
import { WATCH, type Watch } from "./watch/watch";

export function appConfig(settings: Settings, watch: Watch): ApplicationConfig {
  return {
    providers: [
      provideZonelessChangeDetection(),
      provideRouter(
        routes,
        withComponentInputBinding(),
        withInMemoryScrolling({ scrollPositionRestoration: "top" }),
      ),
      provideHttpClient(withFetch(), withInterceptors([identify])),
      { provide: TitleStrategy, useClass: PageTitle },
      { provide: SETTINGS, useValue: settings },
      { provide: WATCH, useValue: watch },
      ...watch.providers,
    ],
  };
}
