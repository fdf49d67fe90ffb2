/** What the environment says, read once; a wrong value stops the start with one clear sentence. */

/**
 * @typedef {object} Settings
 * @property {string} host
 * @property {number} port
 * @property {string} postgres
 * @property {string} bus
 * @property {string} walletUrl
 * @property {string} providerUrl
 * @property {string} userUrl
 * @property {string} callbackUrl where the provider reports to
 * @property {string} returnUrl where the provider's page sends the player back to
 * @property {string} callbackSecret
 * @property {string | undefined} flags path of flags.json
 * @property {number | undefined} seed
 * @property {string} release
 * @property {number} redirectSeconds how long a player may stay on the provider's page
 */

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Settings}
 */
export function readSettings(env) {
  const { host, port } = listenAddress(env.CASINO_LISTEN ?? '127.0.0.1:4204');
  const self = url(env, 'CASINO_PAYMENT_URL', `http://${host}:${port}`);
  return {
    host,
    port,
    postgres: env.CASINO_POSTGRES ?? 'postgres://casino:casino@127.0.0.1:4232/casino',
    bus: url(env, 'CASINO_BUS', 'kafka://127.0.0.1:4292'),
    walletUrl: url(env, 'CASINO_WALLET_URL', 'http://127.0.0.1:4202'),
    providerUrl: url(env, 'CASINO_PROVIDER_URL', 'http://127.0.0.1:4207'),
    userUrl: url(env, 'CASINO_USER_URL', 'http://127.0.0.1:4201'),
    callbackUrl: `${self}/payments/callback`,
    returnUrl: `${url(env, 'CASINO_GATEWAY_URL', 'http://127.0.0.1:4200')}/payments`,
    callbackSecret: required(env, 'CASINO_CALLBACK_SECRET'),
    flags: env.CASINO_FLAGS,
    seed: seed(env.CASINO_SEED),
    release: env.SENTRY_RELEASE ?? 'payment@dev',
    redirectSeconds: whole(env, 'CASINO_REDIRECT_SECONDS', 900),
  };
}

/** @param {string} text */
function listenAddress(text) {
  const found = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(found?.[2]);
  if (!found?.[1] || !(port <= 65535)) throw new Error(`CASINO_LISTEN must be host:port, not "${text}"`);
  return { host: found[1], port };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} name
 * @param {string} fallback
 */
function url(env, name, fallback) {
  const text = env[name] || fallback;
  if (!URL.canParse(text)) throw new Error(`${name} must be an address, not "${text}"`);
  return text.replace(/\/+$/, '');
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} name
 */
function required(env, name) {
  const text = env[name];
  if (!text) throw new Error(`${name} must be set`);
  return text;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} name
 * @param {number} fallback
 */
function whole(env, name, fallback) {
  const number = Number(env[name] || fallback);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`${name} must be a whole number above 0`);
  return number;
}

/** @param {string | undefined} text */
function seed(text) {
  if (!text) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new Error('CASINO_SEED must be a whole number');
  return number;
}
