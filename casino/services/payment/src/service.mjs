/** The whole service, started and stopped as one: what `main.mjs` runs and what tests drive. */

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { serve } from './http.mjs';
import { log } from './log.mjs';
import { Outbox } from './outbox.mjs';
import { assemble } from './parts.mjs';
import { Recovery } from './recovery.mjs';
import { routes } from './routes.mjs';
import { migrate } from './schema.mjs';

const TRIES = 30;

/**
 * @param {import('./settings.mjs').Settings} settings
 * @param {import('./outbox.mjs').Bus} bus
 */
export async function startService(settings, bus) {
  const parts = assemble(settings);
  await parts.flags.start();
  await prepare(parts.database);
  const outbox = new Outbox(parts.database, bus);
  parts.rows.onMessage = () => outbox.nudge();
  const recovery = new Recovery(parts);
  const server = serve(routes(parts));
  server.listen(settings.port, settings.host);
  await once(server, 'listening');
  outbox.start();
  recovery.start();

  /** Requests in hand are answered first; what they leave behind is the next process's. */
  async function stop() {
    parts.flags.stop();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await Promise.race([Promise.all([closed, recovery.stop()]), pause(2500, undefined, { ref: false })]);
    server.closeAllConnections();
    await Promise.race([outbox.stop().then(() => bus.close()), pause(500, undefined, { ref: false })]);
    await Promise.race([parts.database.close(), pause(300, undefined, { ref: false })]);
  }

  return { parts, stop, address: server.address() };
}

/** The database may start at the same time as we do. @param {import('./database.mjs').Database} database */
async function prepare(database) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await migrate(database);
      return;
    } catch (error) {
      if (attempt === TRIES) throw error;
      log('warn', 'the database is not ready', { error: String(error), attempt });
      await pause(1000);
    }
  }
}
