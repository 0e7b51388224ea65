import { describe, expect, it } from 'vitest';
import { assessAvailability } from './assess-availability.ts';
import type { AvailabilityProbe } from './availability-probe.ts';

const everyMs = 2_000;
/** Probes every 2 s, one per letter: `a`vailable, `f`ailed, `u`nknown. */
const probes = (states: string): AvailabilityProbe[] =>
  [...states].map((state, index) => ({
    atMs: index * everyMs,
    durationMs: 10,
    ...(state === 'a'
      ? { state: 'available' as const }
      : { state: state === 'f' ? ('failed' as const) : ('unknown' as const), seen: `saw ${state}` }),
  }));

describe('the availability of a service', () => {
  it('is proven by 15 right responses over 28 s', () => {
    const seen = assessAvailability(probes('a'.repeat(15)));
    expect(seen).toMatchObject({ probes: 15, available: 15, failed: 0, spanMs: 28_000, outages: [] });
    expect(seen).not.toHaveProperty('insufficient');
  });

  it('is not proven by fewer probes', () => {
    expect(assessAvailability(probes('a'.repeat(14))).insufficient).toBe(
      '14 probes over 26 s saw the service; 15 over 28 s are needed.',
    );
    expect(assessAvailability([]).insufficient).toContain('0 probes');
  });

  it('is not proven by as many probes in a shorter time', () => {
    const fast = probes('a'.repeat(20)).map((probe) => ({ ...probe, atMs: probe.atMs / 10 }));
    expect(assessAvailability(fast).insufficient).toContain('20 probes over 4 s');
  });

  it('is not proven while nobody saw the service', () => {
    expect(assessAvailability(probes('u'.repeat(40))).insufficient).toContain('0 probes over 0 s');
    const halfUnseen = assessAvailability(probes(`${'a'.repeat(15)}${'u'.repeat(15)}a`));
    expect(halfUnseen.insufficient).toBe('Nobody saw the service for 32 of 60 s.');
    expect(halfUnseen.outages).toEqual([]);
  });

  it('ends with each outage: one failed probe is enough', () => {
    expect(assessAvailability(probes(`${'a'.repeat(7)}f${'a'.repeat(7)}ff`)).outages).toEqual([
      { fromMs: 14_000, untilMs: 16_000, probes: 1, seen: 'saw f' },
      { fromMs: 30_000, probes: 2, seen: 'saw f' },
    ]);
  });
});

describe('the processes behind a service', () => {
  const started = (minutes: readonly number[]) =>
    minutes.map((minute, index): AvailabilityProbe => {
      const now = 100 * 60_000 + index * everyMs;
      return {
        atMs: index * everyMs,
        durationMs: 5,
        state: 'available',
        process: { startedAt: minute * 60_000, now },
      };
    });

  it('are unchanged when each start was before the watch', () => {
    expect(assessAvailability(started([1, 2, 1, 2, 1, 2]))).not.toHaveProperty('restart');
  });

  it('were replaced when a younger one responds and the old one no longer does', () => {
    expect(assessAvailability(started([1, 1, 1, 100.1, 100.1])).restart).toEqual({ atMs: 6_000 });
  });

  it('were only added to when the old ones still respond', () => {
    const added = [1, 2, 1, 2, ...Array(6).fill([100.2, 1, 2]).flat()];
    expect(assessAvailability(started(added))).not.toHaveProperty('restart');
  });

  it('were replaced when one of several is gone for long', () => {
    const replaced = [1, 2, 1, 2, ...Array(8).fill([100.2, 1]).flat()];
    expect(assessAvailability(started(replaced)).restart).toBeDefined();
  });

  it('may have clocks that differ by a second between two responses', () => {
    expect(assessAvailability(started([99.99, 100.005, 100.0, 99.995]))).not.toHaveProperty('restart');
  });
});
