/** What the service is made of, put together once at the start. */

import { Canary } from './canary.mjs';
import { Database } from './database.mjs';
import { Flags } from './flags.mjs';
import { Once } from './once.mjs';
import { Provider } from './provider.mjs';
import { Rows } from './rows.mjs';
import { Users } from './users.mjs';
import { Wallet } from './wallet.mjs';

/**
 * @typedef {object} Parts
 * @property {import('./settings.mjs').Settings} settings
 * @property {Database} database
 * @property {Rows} rows
 * @property {Once} once
 * @property {Wallet} wallet
 * @property {Provider} provider
 * @property {Users} users
 * @property {Flags} flags
 * @property {Canary} canary
 */

/**
 * @param {import('./settings.mjs').Settings} settings
 * @returns {Parts}
 */
export function assemble(settings) {
  const database = new Database(settings.postgres);
  const rows = new Rows(database);
  const flags = new Flags(settings.flags, settings.release);
  return {
    settings,
    database,
    rows,
    once: new Once(rows),
    wallet: new Wallet(settings.walletUrl),
    provider: new Provider(settings.providerUrl, settings),
    users: new Users(settings.userUrl),
    flags,
    canary: new Canary(flags, settings),
  };
}
