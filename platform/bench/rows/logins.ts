import { randomBytes } from 'node:crypto';
import { startTemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { startTemporaryRedis } from '../../kit/testing/temporary-redis.ts';
import { argon2Parameters } from '../../services/platform-services/accounts/passwords.ts';
import type { Listening } from '../haproxy.ts';
import { Processes } from '../processes.ts';
import { compare, inTurn, percent } from '../rounds.ts';
import type { Bench, Figures, Row } from '../row.ts';
import { startService } from '../services.ts';
import { median } from '../statistics.ts';
import { loadOn } from '../user-load.ts';
import { type Load, writeScript } from '../wrk.ts';

const accounts = 64;
const connections = 16;

interface Account {
  email: string;
  password: string;
}

async function register(service: Listening, signal: AbortSignal): Promise<Account[]> {
  return Promise.all(
    Array.from({ length: accounts }, async (_, index) => {
      const account = {
        email: `user-${index}@example.com`,
        password: `Kept-secret ${randomBytes(9).toString('hex')}`,
      };
      const response = await fetch(`http://127.0.0.1:${service.port}/auth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(account),
        signal,
      });
      if (response.status !== 201)
        throw new Error(`registration returned ${response.status}: ${await response.text()}`);
      return account;
    }),
  );
}

/** Sign-ins per second, and argon2id alone with the same parameters, both on all cores. */
export const logins: Row = {
  id: 'logins',
  title: `Logins through platform-services, ${accounts} accounts, ${connections} connections`,
  peer: 'a loop that only verifies argon2id hashes on every core',
  unit: 'logins/s',
  compares: 'ratio',
  aim: 0.9,
  needs: ['wrk', 'redis-server'],
  async measure(bench: Bench): Promise<Figures> {
    const { tools, folder, programs, signal } = bench;
    await using stack = new AsyncDisposableStack();
    const stores = stack.use(await startTemporaryDatabase());
    const redis = stack.use(await startTemporaryRedis());
    const processes = stack.use(new Processes(tools.taskset));
    const service = await startService(processes, {
      name: 'platform-services',
      program: programs['platform-services'] as string,
      peerUrl: 'http://127.0.0.1:9',
      env: {
        REDIS_URL: redis.url,
        DATABASE_URL: stores.urlOf('platform_services'),
        KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      },
      signal,
    });
    const script = await writeScript(
      folder,
      'logins',
      (await register(service, signal)).map((account) => ({
        method: 'POST',
        path: '/auth/login',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(account),
      })),
    );
    const measure = loadOn(bench, { processes, script, connections })(service);
    const loads: Load[] = [];
    const series = await inTurn({
      rounds: bench.rounds,
      signal,
      async ours() {
        const one = await measure();
        loads.push(one);
        return one.requestsPerSecond;
      },
      async peer() {
        const output = await processes.run(
          {
            name: 'hash loop',
            command: process.execPath,
            args: [programs['hash-loop'] as string, String(bench.seconds), JSON.stringify(argon2Parameters)],
          },
          signal,
        );
        return Number(JSON.parse(output).perSecond);
      },
    });
    const of = (pick: (one: Load) => number) => median(loads.map(pick));
    return {
      ...compare(series, 'ratio'),
      invalid: series.disturbances,
      notes: [
        `login: p50 ${of((one) => one.p50Ms).toFixed(0)} ms, p99 ${of((one) => one.p99Ms).toFixed(0)} ms, ` +
          `${(of((one) => one.subjectMicroseconds) / 1000).toFixed(1)} ms CPU of the service per login, generator ${percent(of((one) => one.generatorShare))}`,
      ],
    };
  },
};
