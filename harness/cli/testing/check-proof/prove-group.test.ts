import { describe, expect, it } from 'vitest';
import { defineCheck, equals } from '../../../engine/index.ts';
import type { Change } from '../../../faults/change.ts';
import type { BootedStack } from '../../../runtime/runtime.ts';
import type { Proof, ProofResult } from './proof.ts';
import type { ProofPlatform } from './proof-platform.ts';
import { proveGroup } from './prove-group.ts';

const exchange: Change = { kind: 'exchange', path: /./, drop: true };
const sql: Change = { kind: 'sql', apply: 'select 1', restore: 'select 1' };

function proof(id: string, change?: Change): Proof {
  const check = defineCheck({
    id,
    title: 'Something holds',
    why: 'It matters.',
    category: 'api',
    severity: 'high',
    remediation: { text: 'Fix it.', effort: 'hours' },
    expects: { value: equals(1) },
    run: async () => ({ value: 1 }),
  });
  return change ? { check, defect: { defect: 'broken', changes: [change], violates: [] } } : { check };
}

/** Proves with platforms that do nothing. */
async function prove(proofs: readonly Proof[], more: { isOver?: () => boolean; failing?: string } = {}) {
  const results: ProofResult[] = [];
  let running = 0;
  let together = 0;
  let opened = 0;
  const open = async (): Promise<ProofPlatform> => {
    opened += 1;
    return {
      stack: { addresses: { services: {} } } as BootedStack,
      keepLogs: () => undefined,
      async prove({ check, defect }) {
        running += 1;
        together = Math.max(together, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (check.id === more.failing) throw new Error('cannot be lifted');
        return { state: defect ? 'red' : 'green', seen: 'seen' };
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  };
  await proveGroup(proofs, {
    open,
    concurrency: 3,
    verifies: true,
    signal: new AbortController().signal,
    isOver: more.isOver ?? (() => false),
    record: async (result) => void results.push(result),
    problem: () => undefined,
  });
  return { results: results.map(({ check, state }) => `${check} ${state}`), together, opened };
}

describe('the proofs of one platform', () => {
  it('run side by side where others do not notice them', async () => {
    const { results, together, opened } = await prove([proof('a.a'), proof('a.a', exchange), proof('a.b')]);
    expect(results).toHaveLength(3);
    expect({ together, opened }).toEqual({ together: 3, opened: 1 });
  });

  it('run alone where they change a store', async () => {
    const { results, together } = await prove([proof('a.a', sql), proof('a.b', sql)]);
    expect(results).toEqual(['a.a red', 'a.b red']);
    expect(together).toBe(1);
  });

  it('report a break that the harness cannot apply or lift', async () => {
    const { results } = await prove([proof('a.a', sql), proof('a.b', sql)], { failing: 'a.a' });
    expect(results).toEqual(['a.a harness-failure', 'a.b red']);
  });

  it('do not start when the time is over', async () => {
    const answers = [false, false, true];
    const isOver = () => answers.shift() ?? true;
    const { results } = await prove([proof('a.a', sql), proof('a.b', sql)], { isOver });
    expect(results).toEqual(['a.a red']);
    expect((await prove([proof('a.a')], { isOver: () => true })).opened).toBe(0);
  });
});
