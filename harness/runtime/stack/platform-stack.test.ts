import { expect, test } from 'vitest';
import { catalogue } from '../../../platform/contracts/catalogue.ts';
import { findPlanProblems } from '../boot/graph.ts';
import { platformStack } from './platform-stack.ts';

test('the plan of the platform is valid and contains every service of the catalogue', () => {
  const plan = platformStack({ fixedPorts: false, bootTimeoutMs: 30_000 });
  expect(findPlanProblems(plan)).toEqual([]);
  const services = plan.nodes.filter(({ kind }) => kind === 'service').map(({ name }) => name);
  expect(services).toEqual(catalogue.map(({ name }) => name));
  expect(plan.nodes.every(({ port }) => port === undefined)).toBe(true);
});

test('fixed ports are the ports of the contracts', () => {
  const plan = platformStack({ fixedPorts: true, bootTimeoutMs: 30_000 });
  const ports = Object.fromEntries(plan.nodes.map(({ name, port }) => [name, port]));
  expect(ports).toMatchObject({ gateway: 8000, 'user-service': 8008, frontend: 3000, postgres: undefined });
});

test('no node has a longer time limit than the boot', () => {
  const plan = platformStack({ fixedPorts: false, bootTimeoutMs: 3_000 });
  expect(plan.nodes.every(({ startTimeoutMs }) => startTimeoutMs === 3_000)).toBe(true);
});

test.each([
  [30_000, 15_000, 20_000],
  [120_000, 60_000, 80_000],
])('a boot of %i ms gives a store %i ms and a service %i ms', (bootTimeoutMs, store, service) => {
  const { nodes } = platformStack({ fixedPorts: false, bootTimeoutMs });
  const limits = Object.fromEntries(nodes.map(({ name, startTimeoutMs }) => [name, startTimeoutMs]));
  expect(limits).toMatchObject({ postgres: store, migrate: store, gateway: service });
});

test('additional variables of a service reach only that service', () => {
  const plan = platformStack({
    fixedPorts: false,
    bootTimeoutMs: 30_000,
    env: { 'saga-service': { LOG_LEVEL: 'debug' } },
  });
  const changed = plan.nodes.filter(({ env }) => Object.keys(env).length > 0);
  expect(changed.map(({ name, env }) => ({ name, env }))).toEqual([
    { name: 'saga-service', env: { LOG_LEVEL: 'debug' } },
  ]);
});

test('a longer boot gives every node more time', () => {
  const { nodes } = platformStack({ fixedPorts: false, bootTimeoutMs: 120_000 });
  expect(nodes.find(({ name }) => name === 'postgres')?.startTimeoutMs).toBe(60_000);
  expect(nodes.find(({ name }) => name === 'gateway')?.startTimeoutMs).toBe(80_000);
});
