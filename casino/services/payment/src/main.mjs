/** The program: reads the settings, runs the service, and stops within five seconds with everything sent. */

import * as Sentry from '@sentry/node';
import { openBus } from './bus.mjs';
import { log } from './log.mjs';
import { startService } from './service.mjs';
import { readSettings } from './settings.mjs';

const STOP_MS = 4800;

// The SDK listens too and reports; without anybody who listens Node would end the process.
process.on('unhandledRejection', (reason) => log('error', 'an unhandled rejection', { error: String(reason) }));

const service = await start().catch((error) => {
  log('error', 'payment cannot start', { error: String(error) });
  process.exit(1);
});

async function start() {
  const settings = readSettings(process.env);
  const { host, port, release } = settings;
  const started = await startService(settings, await openBus(settings.bus));
  log('info', 'payment listens', { host, port, release });
  return started;
}

/** @param {string} signal */
async function stop(signal) {
  log('info', 'payment stops', { signal });
  setTimeout(() => process.exit(1), STOP_MS).unref();
  await service.stop();
  await Sentry.close(1000);
  process.exit(0);
}

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void stop(signal));
