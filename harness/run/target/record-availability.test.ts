import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EvidenceStore } from '../../evidence/evidence-store.ts';
import type { CheckFacts } from '../../evidence/facts.ts';
import { observed, plannedCheck, samplePlan } from '../../judge/testing/sample-run.ts';
import { assessAvailability } from '../../runtime/external/watch/assess-availability.ts';
import type { AvailabilityProbe } from '../../runtime/external/watch/availability-probe.ts';
import type { AvailabilityWatch } from '../../runtime/external/watch/availability-watch.ts';
import { recordAvailability } from './record-availability.ts';

let runDir: string;
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'availability-'));
});
afterEach(() => rm(runDir, { recursive: true }));

const available = plannedCheck({ id: 'services.gateway.available', staysUp: ['gateway'] });
const other = plannedCheck({ id: 'api.other' });

/** Runs two checks that pass or not, with a watch of the gateway that saw one state per letter: `a` or `f`. */
async function record(states: string, facts: Partial<CheckFacts> = {}) {
  const probes = [...states].map(
    (state, index): AvailabilityProbe => ({
      atMs: index * 2_000,
      durationMs: 8,
      state: state === 'a' ? 'available' : 'failed',
    }),
  );
  let finished = 0;
  const watch: AvailabilityWatch = {
    services: () => [
      {
        service: 'gateway',
        through: 'its own address',
        probes,
        availability: assessAvailability(probes),
      },
    ],
    finish: async () => {
      finished += 1;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  const checks = await recordAvailability({
    watch,
    plan: { ...samplePlan(), checks: [available, other] },
    checks: [
      { ...observed({ ok: true }), check: available.id, ...facts },
      { ...observed({ ok: true }), check: other.id },
    ],
    evidence: new EvidenceStore(runDir),
    signal: new AbortController().signal,
  });
  return { gateway: checks[0], other: checks[1], finished };
}

describe('the availability of a target', () => {
  it('is evidence of the checks whose service must stay up', async () => {
    const { gateway, other: unconcerned } = await record('a'.repeat(15));
    expect(gateway).not.toHaveProperty('shortfall');
    expect(gateway?.evidence).toEqual(['evidence/services.gateway.available/availability.json']);
    expect(unconcerned?.evidence).toEqual([]);
    const [seen] = JSON.parse(await readFile(join(runDir, gateway?.evidence[0] ?? ''), 'utf8'));
    expect(seen).toMatchObject({
      service: 'gateway',
      through: 'its own address',
      intervalMs: 2_000,
      probes: 15,
      spanMs: 28_000,
      longestGapMs: 2_000,
    });
  });

  it('is unmeasured after too few probes', async () => {
    const { gateway } = await record('aaa');
    expect(gateway?.shortfall).toMatchObject({
      kind: 'missing-capability',
      message:
        'The availability of gateway through its own address was not seen: 3 probes over 4 s saw the service; 15 over 28 s are needed.',
    });
  });

  it('needs no further probes to fail', async () => {
    expect((await record('af')).gateway).not.toHaveProperty('shortfall');
  });

  it('does not change a check that fails anyway, and does not wait for it', async () => {
    const { gateway, finished } = await record('aaa', { observed: { ok: false } });
    expect(gateway).not.toHaveProperty('shortfall');
    expect(finished).toBe(0);
  });
});
