import { describe, expect, it } from 'vitest';
import type { PlannedCheck } from '../plan/plan.ts';
import { inOrderOfNeeds, mostUrgentFirst, type Places } from './check-order.ts';

const check = (id: string, ...needs: string[]) => ({ id, needs }) as unknown as PlannedCheck;
const ids = (checks: readonly PlannedCheck[]) => checks.map(({ id }) => id);

describe('the order of checks', () => {
  it('begins with what the longest chain waits for', () => {
    const checks = [check('a.short'), check('b.root'), check('c.long', 'b.root'), check('d.lone')];
    const lasts: Record<string, number> = { 'c.long': 30, 'd.lone': 20 };
    const timing = (id: string) => (lasts[id] === undefined ? {} : { lasts: lasts[id] });
    expect(ids(mostUrgentFirst(checks, timing))).toEqual(['b.root', 'c.long', 'd.lone', 'a.short']);
  });

  it('begins with early checks and what they need, before longer chains', () => {
    const checks = [
      check('a.root'),
      check('b.long', 'a.root'),
      check('c.store'),
      check('d.early', 'c.store'),
    ];
    const timing = (id: string) =>
      ({ 'b.long': { lasts: 90 }, 'd.early': { early: true as const } })[id] ?? {};
    expect(ids(mostUrgentFirst(checks, timing))).toEqual(['c.store', 'd.early', 'a.root', 'b.long']);
  });

  it('is that of the plan for checks of the same length', () => {
    const checks = [check('b.one'), check('a.two'), check('c.three')];
    expect(ids(mostUrgentFirst(checks, () => undefined))).toEqual(['b.one', 'a.two', 'c.three']);
  });
});

/** Runs checks that end when they are told, and returns which run after each end. */
function runningAtOnce(checks: readonly PlannedCheck[], places: Places, waits: readonly string[]) {
  const running = new Map<string, () => void>();
  const done = inOrderOfNeeds(checks, {
    places,
    timing: (id) => (waits.includes(id) ? { waits: true } : {}),
    mayStart: () => true,
    settle: ({ id }) =>
      new Promise<void>((resolve) => {
        running.set(id, () => {
          running.delete(id);
          resolve();
        });
      }),
  });
  return { running, done };
}

describe('checks that run at the same time', () => {
  const checks = [check('a.work'), check('b.wait'), check('c.work'), check('d.wait'), check('e.wait')];
  const waits = ['b.wait', 'd.wait', 'e.wait'];

  it('take places by what they do', async () => {
    const { running, done } = runningAtOnce(checks, { working: 1, waiting: 2 }, waits);
    expect([...running.keys()]).toEqual(['a.work', 'b.wait', 'd.wait']);
    running.get('b.wait')?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect([...running.keys()]).toEqual(['a.work', 'd.wait', 'e.wait']);
    while (running.size > 0) {
      for (const end of running.values()) end();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
  });

  it('share one kind of places where none is for waiting', async () => {
    const { running, done } = runningAtOnce(checks, { working: 1, waiting: 0 }, waits);
    const order: string[] = [];
    while (running.size > 0) {
      expect(running.size).toBe(1);
      const [[id, end]] = [...running] as [[string, () => void]];
      order.push(id);
      end();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
    expect(order).toEqual(ids(checks));
  });

  it('end with an error that names a cycle of needs', async () => {
    const { done } = runningAtOnce(
      [check('a.one', 'b.two'), check('b.two', 'a.one')],
      { working: 2, waiting: 2 },
      [],
    );
    await expect(done).rejects.toThrow('form a cycle: a.one, b.two');
  });
});
