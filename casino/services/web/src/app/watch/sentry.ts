// The watch that reports to Pitwatch through @sentry/angular. Loaded only when there is a DSN.
import { ErrorHandler, inject, provideEnvironmentInitializer } from "@angular/core";
import * as Sentry from "@sentry/angular";
import type { Player } from "../gateway/bodies";
import type { Settings } from "../settings";
import { SentryVisit } from "./sentry-visit";
import type { Attributes, TraceFields, Watch } from "./watch";

const REPLAY_SAMPLE_RATE = 0.1;

/** Requests that say nothing about a player's way through the page. */
const QUIET = /\/api\/(flags|config)(\?|$)/;

export function startSentry(settings: Settings): Watch {
  const flags = Sentry.featureFlagsIntegration();
  const feedback = feedbackForm();
  const client = Sentry.init({
    dsn: settings.dsn,
    release: settings.release,
    environment: settings.environment,
    tracesSampleRate: settings.tracesSampleRate,
    profileSessionSampleRate: 1,
    profileLifecycle: "trace",
    // A request sent at once lies within the round that sends it, and not beside it under the visit.
    parentSpanIsAlwaysRootSpan: false,
    replaysSessionSampleRate: REPLAY_SAMPLE_RATE,
    replaysOnErrorSampleRate: 1,
    integrations: [
      Sentry.browserTracingIntegration({
        shouldCreateSpanForRequest: (url) => !QUIET.test(url),
        // The browser tells of long frames late: the round that runs by then would seem to have begun with them.
        enableLongAnimationFrame: false,
        enableLongTask: false,
        // A visit knows by itself what to do when another tab is looked at, and a round goes on.
        markBackgroundSpan: false,
      }),
      Sentry.browserProfilingIntegration(),
      // Nobody here is a real person; what is typed stays masked all the same.
      Sentry.replayIntegration({ maskAllText: false, maskAllInputs: true, blockAllMedia: false }),
      feedback,
      flags,
    ],
  });
  if (client === undefined) throw new Error("The SDK did not start.");
  tag({ service: "web" });

  return {
    providers: [
      { provide: ErrorHandler, useValue: Sentry.createErrorHandler({ showDialog: false }) },
      Sentry.TraceService,
      provideEnvironmentInitializer(() => void inject(Sentry.TraceService)),
    ],
    takesFeedback: true,
    player: (player) => recordPlayer(player),
    game: (game) => tag({ game: game ?? undefined }),
    flag: (name, value) => flags.addFeatureFlag(name, asBoolean(value)),
    visit: (name, game) => new SentryVisit(name, game),
    measure: (name, value, attributes) => Sentry.metrics.distribution(name, value, { attributes }),
    note: (message, attributes) => Sentry.logger.info(message, attributes),
    received: (fields, name, attributes, work) => continueFrom(fields, name, attributes, work),
    traceFields: () => currentTraceFields(),
    openFeedback: opener(feedback),
  };
}

/** Events carry tags; streamed spans, logs and metrics carry a scope's attributes. Both get the same. */
function tag(values: Record<string, string | undefined>): void {
  Sentry.setTags(values);
  Sentry.getIsolationScope().setAttributes(values);
}

function recordPlayer(player: Player): void {
  Sentry.setUser({ id: player.id, username: player.name });
  tag({ market: player.market });
}

/** The SDK keeps flags that are true or false: a number or a word other than "off" counts as on. */
export function asBoolean(value: unknown): boolean {
  return value !== "off" && Boolean(value);
}

function continueFrom(fields: TraceFields, name: string, attributes: Attributes, work: () => void): void {
  const { "sentry-trace": sentryTrace, baggage } = fields;
  if (sentryTrace === undefined) {
    work();
    return;
  }
  Sentry.continueTrace({ sentryTrace, baggage }, () => {
    Sentry.startSpan({ name, op: "websocket.receive", attributes }, work);
  });
}

function currentTraceFields(): TraceFields {
  const data = Sentry.getTraceData();
  return {
    ...(data["sentry-trace"] === undefined ? {} : { "sentry-trace": data["sentry-trace"] }),
    ...(data.baggage === undefined ? {} : { baggage: data.baggage }),
  };
}

type Feedback = ReturnType<typeof Sentry.feedbackIntegration>;

/** The page has a button of its own for it. */
function feedbackForm(): Feedback {
  return Sentry.feedbackIntegration({
    autoInject: false,
    colorScheme: "dark",
    showBranding: false,
    // Guests are synthetic: there is no address to answer to.
    showEmail: false,
    themeDark: {
      background: "#12151d",
      foreground: "#f4efe4",
      accentBackground: "#e8c477",
      accentForeground: "#1b1405",
    },
    formTitle: "Tell us what went wrong",
    submitButtonLabel: "Send",
    messagePlaceholder: "What did you do, what did you expect?",
    successMessageText: "Thank you. It is in Pitwatch now.",
  });
}

function opener(feedback: Feedback): () => Promise<void> {
  let form: Awaited<ReturnType<Feedback["createForm"]>> | undefined;
  return async () => {
    if (form === undefined) {
      form = await feedback.createForm();
      form.appendToDom();
    }
    form.open();
  };
}
