/**
 * Starts the SDK before anything else is imported (`node --import ./instrument.mjs`), and only where a DSN is set.
 *
 * The SDK's rewriting of modules while they load is off: it needs a second thread with a heap of its own (45 MB here), and this
 * service opens its database and queue spans itself, in one place each. Spans of HTTP need no rewriting.
 */

import * as Sentry from '@sentry/node';

if (process.env.SENTRY_DSN) {
  const { nodeProfilingIntegration } = await import('@sentry/profiling-node');
  const profiled = Number(process.env.SENTRY_PROFILES_SAMPLE_RATE ?? 0);
  Sentry.init({
    enableRuntimeChannelInjection: false,
    // Who plays is said per request; the address of the connection is only the gateway's.
    dataCollection: { userInfo: false },
    profileSessionSampleRate: Number.isFinite(profiled) ? profiled : 0,
    profileLifecycle: 'trace',
    // Two declined charges in a row are two events: how often they happen is what is looked at.
    integrations: (usual) => [
      ...usual.filter(({ name }) => name !== 'Dedupe'),
      Sentry.featureFlagsIntegration(),
      Sentry.httpIntegration({ ignoreIncomingRequests: (path) => path.startsWith('/health') }),
      ...(profiled > 0 ? [nodeProfilingIntegration()] : []),
    ],
    initialScope: (scope) => scope.setTag('service', 'payment').setAttribute('service', 'payment'),
  });
}
