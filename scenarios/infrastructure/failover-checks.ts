import { setTimeout as pause } from 'node:timers/promises';
import {
  type Account,
  atLeast,
  atMost,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { pollUntil } from '../kit/poll-until.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { postgresFailoverBreaks } from './availability-breaks.ts';

/** Clients that write at the same time, each as a tenant of its own. */
const clients = 4;
/** Pause of a client between two writes, milliseconds. */
const pauseMs = 50;
/** Confirmed writes before the primary dies, and after the standby was promoted: enough for some to be on their way. */
const [enoughBefore, enoughAfterwards] = [40, 20] as const;
/** Maximum time for them on a slow machine, milliseconds. */
const writesLimitMs = 15_000;
/** Maximum time to wait for the platform to recover, milliseconds. */
const recoveryLimitMs = 30_000;

interface Write {
  name: string;
  startedAtMs: number;
  endedAtMs: number;
  /** 0: no response. */
  status: number;
}

export const postgresFailover = defineCheck({
  id: 'infrastructure.availability.postgres-failover-loses-nothing',
  title: 'Nothing confirmed is lost when the database dies',
  why: 'A database on one machine dies with it. A standby takes over only if every confirmed write is there and the services find it by themselves.',
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, readyCheckId('automation-services')],
  requires: ['high-availability'],
  services: ['gateway', 'platform-services', 'automation-services'],
  // Afterwards the primary of the boot is gone.
  isolation: 'final-drill',
  timeoutMs: 90_000,
  remediation: {
    text: 'Replicate synchronously (synchronous_standby_names, synchronous_commit on), let CloudNativePG or Patroni promote, and name every host in DATABASE_URL with target_session_attrs=read-write.',
    effort: 'days',
  },
  expects: {
    confirmed: atLeast(50, 'writes'),
    confirmedAfterwards: atLeast(enoughAfterwards, 'writes'),
    lost: empty(),
    otherErrors: empty(),
    promoted: equals(true),
    recovery: atMost(15_000, 'ms'),
  },
  breaks: postgresFailoverBreaks,
  run: async (context) => {
    const { keep, signal, failover } = context;
    const drill = failover('postgres');
    const users = await Promise.all(Array.from({ length: clients }, () => context.account()));
    const ended = new AbortController();
    const writes: Write[] = [];
    const writing = Promise.all(
      users.map((user, index) => writeUntil(ended.signal, { context, user, prefix: `w${index}-`, writes })),
    );
    const confirmedSince = (atMs: number, enough: number) =>
      pollUntil(
        async () => writes.filter(({ status, startedAtMs }) => status === 201 && startedAtMs > atMs).length,
        (count) => count >= enough,
        context,
        writesLimitMs,
      );
    let times: { killedAtMs: number; promotedAtMs: number };
    try {
      await confirmedSince(0, enoughBefore);
      times = await drill.killPrimary(signal);
      const deadline = performance.now() + recoveryLimitMs;
      const recovered = () => firstAfter(writes, times.killedAtMs) !== undefined;
      while (!recovered() && performance.now() < deadline) await pause(50, undefined, { signal });
      await confirmedSince(times.promotedAtMs, enoughAfterwards);
    } finally {
      ended.abort();
      await writing;
    }
    const { killedAtMs, promotedAtMs } = times;
    const confirmed = writes.filter(({ status }) => status === 201);
    const stored = new Set((await Promise.all(users.map((user) => namesOf(context, user)))).flat());
    const failed = writes.filter(({ status }) => status !== 201);
    const recoveredAtMs = firstAfter(writes, killedAtMs)?.endedAtMs;
    const recovery = recoveredAtMs === undefined ? recoveryLimitMs : Math.round(recoveredAtMs - killedAtMs);
    await keep('failover.json', {
      promotionMs: Math.round(promotedAtMs - killedAtMs),
      recoveryMs: recovery,
      writes: writes.length,
      confirmed: confirmed.length,
      unconfirmedButStored: failed.filter(({ name }) => stored.has(name)).length,
      errors: failed.map(({ status, startedAtMs, endedAtMs }) => ({
        status,
        startedMs: Math.round(startedAtMs - killedAtMs),
        endedMs: Math.round(endedAtMs - killedAtMs),
      })),
    });
    return {
      confirmed: confirmed.length,
      confirmedAfterwards: confirmed.filter(({ startedAtMs }) => startedAtMs > promotedAtMs).length,
      lost: confirmed.map(({ name }) => name).filter((name) => !stored.has(name)),
      // Errors are for the time without a database. 500 is a statement that the death interrupted: its outcome is unknown.
      otherErrors: failed
        .filter(
          ({ status, startedAtMs, endedAtMs }) =>
            ![500, 502, 503, 504].includes(status) ||
            endedAtMs < killedAtMs ||
            (recoveredAtMs !== undefined && startedAtMs > recoveredAtMs + 1_000),
        )
        .map(({ status, startedAtMs }) => `${status} at ${Math.round(startedAtMs - killedAtMs)} ms`),
      promoted: promotedAtMs > killedAtMs,
      recovery,
    };
  },
});

/** The first write that began after the time and succeeded. */
function firstAfter(writes: readonly Write[], atMs: number): Write | undefined {
  return writes
    .filter(({ status, startedAtMs }) => status === 201 && startedAtMs > atMs)
    .sort((a, b) => a.endedAtMs - b.endedAtMs)[0];
}

async function writeUntil(
  ended: AbortSignal,
  {
    context,
    user,
    prefix,
    writes,
  }: { context: CheckContext; user: Account; prefix: string; writes: Write[] },
): Promise<void> {
  for (let count = 0; !ended.aborted && !context.signal.aborted; count += 1) {
    const name = `${prefix}${count}`;
    const startedAtMs = performance.now();
    const status = await context.http
      .request('gateway', '/api/workflows', {
        method: 'POST',
        token: user.accessToken,
        from: user.address,
        body: { name, steps: [{ type: 'log', config: { message: name } }] },
      })
      .then(
        (response) => response.status,
        () => 0,
      );
    writes.push({ name, startedAtMs, endedAtMs: performance.now(), status });
    await pause(pauseMs, undefined, { signal: context.signal }).catch(() => {});
  }
}

async function namesOf({ http }: CheckContext, user: Account): Promise<string[]> {
  const names: string[] = [];
  for (let page = 1; ; page += 1) {
    const { json } = await http.request('gateway', `/api/workflows?page=${page}&page_size=100`, {
      token: user.accessToken,
      from: user.address,
    });
    const found = (json as { workflows?: { name: string }[] }).workflows ?? [];
    names.push(...found.map(({ name }) => name));
    if (found.length === 0) return names;
  }
}
