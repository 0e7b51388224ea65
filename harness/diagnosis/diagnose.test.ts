import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import type { Component, Observation, Observed } from './observation.ts';

const components: readonly Component[] = [
  { name: 'gateway', ports: [8000] },
  { name: 'orders', ports: [8001] },
  { name: 'users', ports: [8002], aliases: ['user-service', 'user_service'] },
  { name: 'postgres', ports: [5432], aliases: ['db'] },
  { name: 'redis', ports: [6379] },
];

const log = (component: string, text: string): Observation => ({
  kind: 'log',
  component,
  place: `${component}.log:1`,
  text,
});
const failure = (place: string, text: string, component?: string): Observation => ({
  kind: 'failure',
  ...(component ? { component } : {}),
  place,
  text,
});
const diagnosisOf = (observations: readonly Observation[], more: Partial<Observed> = {}) =>
  diagnose({ components, calls: [], observations, hasFailures: false, ...more });
const titlesOf = (observations: readonly Observation[], more: Partial<Observed> = {}) =>
  diagnosisOf(observations, more).causes.map(({ title }) => title);

describe('the diagnosis', () => {
  it('takes a dead database for one cause, and everybody who needs it for its consequences', () => {
    const refused = 'connect ECONNREFUSED 10.0.0.5:5432';
    const tests = Array.from({ length: 5 }, (_, index) =>
      failure(`test ${index}`, 'POST http://localhost:8000/orders returned 502 bad gateway'),
    );
    const { causes, unexplained } = diagnosisOf(
      [
        log('users', refused),
        log('orders', refused),
        log('gateway', '{"level":50,"msg":"connect ECONNREFUSED 10.0.0.4:8001"}'),
        ...tests,
      ],
      { hasFailures: true },
    );
    expect(causes.map(({ title }) => title)).toEqual(['postgres refuses connections']);
    expect(causes[0]?.consequences).toEqual([
      'gateway fails with it',
      'gateway gets no response from a service behind it',
      'orders fails with it',
      'orders refuses connections',
      'test 0',
      'test 1',
      'test 2',
      'test 3',
      'test 4',
      'users fails with it',
    ]);
    expect(unexplained).toEqual([]);
  });

  it.each<[string, readonly Observation[], readonly string[]]>([
    [
      'what a service says of itself comes before what its callers say',
      [
        log('gateway', 'connect ECONNREFUSED 127.0.0.1:8001'),
        log('orders', "ModuleNotFoundError: No module named 'routes'"),
      ],
      ['orders does not start: a module is missing'],
    ],
    [
      'a wrong password is of the service, also when the database says so',
      [
        log('postgres', 'FATAL: password authentication failed for user "user_service"'),
        log('users', 'asyncpg.exceptions.InvalidPasswordError: password authentication failed'),
      ],
      ['users is rejected by the database: wrong name or password'],
    ],
    [
      'a process that has ended says more than that it refuses',
      [
        log('gateway', 'connect ECONNREFUSED 127.0.0.1:8001'),
        failure('boot of orders', 'exited with code 1', 'orders'),
      ],
      ['orders has ended'],
    ],
    [
      'two causes are two',
      [log('orders', 'NOAUTH Authentication required.'), log('users', 'relation "profiles" does not exist')],
      [
        'orders is rejected by Redis: it sends no password',
        'users uses a table or column that the database does not have',
      ],
    ],
    [
      'an unknown host is a component',
      [log('orders', 'getaddrinfo ENOTFOUND mailer')],
      ['mailer has no address: its name is not known'],
    ],
    [
      'a circle of complaints ends at the first',
      [
        log('orders', 'connect ECONNREFUSED 127.0.0.1:8002'),
        log('users', 'connect ECONNREFUSED 127.0.0.1:8001'),
      ],
      ['users refuses connections'],
    ],
    ['nothing wrong has no cause', [log('orders', 'listening on 8001')], []],
  ])('%s', (_what, observations, expected) => {
    expect(titlesOf(observations)).toEqual(expected);
  });

  it('leaves out what tests provoke, when no failure comes from it', () => {
    const observations = [
      log('users', 'permission denied for table accounts'),
      failure('test', 'expected 3, got 4'),
    ];
    expect(diagnosisOf(observations, { hasFailures: true })).toMatchObject({
      causes: [],
      withoutFailure: 1,
      unexplained: ['test'],
    });
    expect(titlesOf(observations)).toEqual(['users lacks a right in the database']);
  });

  it('never explains a failure by something that it has nothing to do with', () => {
    const { causes, unexplained } = diagnosisOf(
      [
        log('orders', 'NOAUTH Authentication required.'),
        failure('users › lists', 'expected 3, got 4', 'users'),
      ],
      { hasFailures: true },
    );
    expect(causes).toEqual([]);
    expect(unexplained).toEqual(['users › lists']);
  });

  it('explains a failure by what its service calls and cannot use', () => {
    const { causes } = diagnosisOf(
      [
        log('users', 'WRONGPASS invalid username-password pair'),
        failure('users › lists', 'expected 3, got 4', 'users'),
      ],
      { hasFailures: true },
    );
    expect(causes).toMatchObject([{ component: 'users', consequences: ['users › lists'] }]);
  });

  it('marks the broken call in the graph', () => {
    const { edges } = diagnosisOf([log('orders', 'dial tcp 10.0.0.5:5432: connect: connection refused')], {
      calls: [
        ['gateway', 'orders'],
        ['gateway', 'users'],
      ],
    });
    expect(edges).toEqual([
      { from: 'gateway', to: 'orders' },
      { from: 'gateway', to: 'users' },
      { from: 'orders', to: 'postgres', broken: 'refuses connections' },
    ]);
  });
});
