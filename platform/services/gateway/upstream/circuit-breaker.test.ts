import { beforeEach, expect, it } from 'vitest';
import { type BreakerState, type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';

let clock: number;
let changes: BreakerState[];
let breaker: CircuitBreaker;

beforeEach(() => {
  clock = 0;
  changes = [];
  breaker = createCircuitBreaker({
    failuresToOpen: 3,
    openMs: 100,
    maxOpenMs: 300,
    now: () => clock,
    onChange: (state) => changes.push(state),
  });
});

function fail(times: number) {
  for (let count = 0; count < times; count += 1) {
    expect(breaker.admit()).toBe(0);
    breaker.failed();
  }
}

it('opens after failures in a row and returns the time left to wait', () => {
  fail(3);
  expect(breaker.state).toBe('open');
  clock = 40;
  expect(breaker.admit()).toBe(60);
});

it('resets the failure count after a success', () => {
  fail(2);
  breaker.succeeded();
  fail(2);
  expect(breaker.state).toBe('closed');
});

it('admits a single trial after the open time and closes when the trial succeeds', () => {
  fail(3);
  clock = 100;
  expect(breaker.admit()).toBe(0);
  expect(breaker.state).toBe('half-open');
  expect(breaker.admit()).toBeGreaterThan(0);
  breaker.succeeded();
  expect(breaker.admit()).toBe(0);
  expect(changes).toEqual(['open', 'half-open', 'closed']);
});

it('doubles the open time after each failed trial, up to the maximum', () => {
  fail(3);
  const waits: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    clock += 1000;
    fail(1);
    waits.push(breaker.admit());
  }
  expect(waits).toEqual([200, 300, 300]);
  clock += 1000;
  breaker.admit();
  breaker.succeeded();
  fail(3);
  expect(breaker.admit()).toBe(100);
});

it('admits another trial when the client of the first disconnected', () => {
  fail(3);
  clock = 100;
  expect(breaker.admit()).toBe(0);
  breaker.abandoned();
  expect(breaker.admit()).toBe(0);
});
