import { describe, expect, it } from 'vitest';
import { generate } from './generate.ts';
import { saturationOf } from './generator-output.ts';
import type { GeneratorPlan } from './generator-plan.ts';

/** A clock that only sleeps and responses move, so that a load of minutes takes no time. */
class Clock {
  #now = 0;
  readonly #timers: { atMs: number; wake: () => void }[] = [];
  readonly now = (): number => this.#now;
  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.#timers.push({ atMs: this.#now + ms, wake });
      this.#timers.sort((a, b) => a.atMs - b.atMs);
    });

  /** Runs until the work has ended. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    void work.finally(() => {
      done = true;
    });
    for (let idle = 0; idle < 20; ) {
      await Promise.resolve();
      if (done) break;
      idle += 1;
      if (idle < 20) continue;
      const next = this.#timers.shift();
      if (next === undefined) continue;
      this.#now = Math.max(this.#now, next.atMs);
      next.wake();
      idle = 0;
    }
    return work;
  }
}

const planOf = (changes: Partial<GeneratorPlan>): GeneratorPlan => ({
  model: { stages: [{ rate: 10, duration: 2 }] },
  flows: [
    [
      {
        name: 'GET /a',
        kind: 'http',
        method: 'GET',
        url: 'http://x/a',
        headers: {},
        body: null,
        token: null,
        from: null,
        expectedStatuses: [200],
      },
    ],
  ],
  order: [0],
  maxInFlight: 100,
  timeoutMs: 10_000,
  traceId: 'a'.repeat(32),
  sampledShare: 1,
  ...changes,
});

describe('generating load', () => {
  it('starts iterations at their times, whatever the responses take', async () => {
    const clock = new Clock();
    const sentAt: number[] = [];
    const send = async () => {
      sentAt.push(clock.now());
      await clock.sleep(1_500);
      return 200;
    };
    const { record, iterations, dropped } = await clock.run(generate(planOf({}), { ...clock, send }));
    expect(sentAt).toEqual(Array.from({ length: 20 }, (_, index) => index * 100));
    expect({ iterations, dropped }).toEqual({ iterations: 20, dropped: 0 });
    expect(record.all.figures()).toMatchObject({ total: 20, failed: 0 });
    expect(record.all.figures().p50Ms).toBeCloseTo(1_500, -1);
  });

  it('drops iterations beyond the maximum at the same time, and counts them', async () => {
    const clock = new Clock();
    const send = async () => {
      await clock.sleep(60_000);
      return 200;
    };
    const { iterations, dropped, record } = await clock.run(
      generate(planOf({ maxInFlight: 5 }), { ...clock, send }),
    );
    expect({ iterations, dropped }).toEqual({ iterations: 5, dropped: 15 });
    expect(record.parts().map((part) => part.dropped)).toEqual([5, 10]);
  });

  it('counts the time from the intended start when it is late itself', async () => {
    const clock = new Clock();
    const late = { ...clock, sleep: (ms: number) => clock.sleep(ms + 200) };
    const send = async () => 200;
    const { record, lag } = await clock.run(generate(planOf({}), { ...late, send }));
    expect(record.all.figures().maxMs).toBeGreaterThan(190);
    expect(lag.figures().p99Ms).toBeGreaterThan(190);
  });

  it('sends a fixed number of iterations, so many at a time', async () => {
    const clock = new Clock();
    let [running, most, sent] = [0, 0, 0];
    const send = async () => {
      running += 1;
      sent += 1;
      most = Math.max(most, running);
      await clock.sleep(sent);
      running -= 1;
      return sent % 2 === 0 ? 500 : 200;
    };
    const model = { iterations: 30, concurrency: 3 };
    const { record } = await clock.run(generate(planOf({ model }), { ...clock, send }));
    expect({ sent, most }).toEqual({ sent: 30, most: 3 });
    const [step] = record.steps();
    expect((step?.partsP50Ms[1] ?? 0) > (step?.partsP50Ms[0] ?? 0)).toBe(true);
    expect(step?.failed).toBe(step?.failures['500']);
  });

  it('has the timeout as its times when nothing was expected', async () => {
    const clock = new Clock();
    const { record } = await clock.run(generate(planOf({}), { ...clock, send: async () => 0 }));
    expect(record.all.figures()).toMatchObject({ total: 20, failed: 20, minMs: 10_000, p95Ms: 10_000 });
  });
});

describe('saturation of the generator', () => {
  const reference = (p95Ms: number) => [
    {
      name: 'reference server',
      total: 9,
      failed: 0,
      minMs: 1,
      p50Ms: 1,
      p95Ms,
      p99Ms: p95Ms,
      maxMs: p95Ms,
      failures: {},
      partsP50Ms: [],
    },
  ];
  it.each([
    ['late starts', { lagP99Ms: 51, busy: 0.1, steps: [] }, /started more than 51 ms late/],
    ['a busy event loop', { lagP99Ms: 1, busy: 0.81, steps: [] }, /worked 81 % of the time/],
    ['a slow bare server', { lagP99Ms: 1, busy: 0.1, steps: reference(16) }, /needed up to 16 ms/],
    [
      'a crowded machine',
      { lagP99Ms: 1, busy: 0.1, waitingPerCore: 6.1, steps: [] },
      /6\.1 processes per core/,
    ],
    ['nothing', { lagP99Ms: 50, busy: 0.8, steps: reference(15) }, undefined],
  ])('is told by %s', (_, figures, expected) => {
    const reason = saturationOf({ waitingPerCore: 1, ...figures }, { open: true });
    if (expected === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(expected);
  });
});
