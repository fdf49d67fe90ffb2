/** A database for one test file: in the server that CASINO_POSTGRES names, else in one that is started for it and stopped after. */

import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** @returns {Promise<{ address: string, drop: () => Promise<void> }>} */
export async function database() {
  const server = process.env.CASINO_POSTGRES
    ? { address: process.env.CASINO_POSTGRES, stop: () => {} }
    : await startServer();
  const name = `payment_test_${process.pid}_${Date.now()}`;
  await run(server.address, `CREATE DATABASE ${name}`);
  const url = new URL(server.address);
  url.pathname = `/${name}`;
  return {
    address: url.toString(),
    async drop() {
      await run(server.address, `DROP DATABASE ${name} WITH (FORCE)`);
      server.stop();
    },
  };
}

/** @param {string} address @param {string} statement */
async function run(address, statement) {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function startServer() {
  const programs = findPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'payment-test-'));
  const port = await freePort();
  // PostgreSQL refuses to run as root.
  const asUser = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  if (asUser.length > 0) chownSync(folder, Number(idOf('postgres', '-u')), Number(idOf('postgres', '-g')));
  const data = join(folder, 'data');
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off -c shared_buffers=16MB`;
  const start = (/** @type {string[]} */ ...command) => {
    const [program, ...rest] = [...asUser, ...command];
    execFileSync(/** @type {string} */ (program), rest, { stdio: 'ignore', timeout: 60_000, cwd: folder });
  };
  start(join(programs, 'initdb'), '-D', data, '-U', 'casino', '--auth=trust', '--no-sync');
  start(join(programs, 'pg_ctl'), '-D', data, '-o', options, '-l', join(folder, 'log'), '-w', 'start');
  return {
    address: `postgres://casino@127.0.0.1:${port}/postgres`,
    stop() {
      start(join(programs, 'pg_ctl'), '-D', data, '-m', 'immediate', '-w', 'stop');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function findPrograms() {
  const versions = '/usr/lib/postgresql';
  const found = existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : [];
  const folder = found.findLast((path) => existsSync(join(path, 'initdb')));
  if (!folder) throw new Error('set CASINO_POSTGRES, or install PostgreSQL: these tests need one');
  return folder;
}

/** @param {string} user @param {string} option */
function idOf(user, option) {
  return execFileSync('id', [option, user], { encoding: 'utf8' }).trim();
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
