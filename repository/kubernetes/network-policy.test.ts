import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serviceNames } from '../../platform/contracts/service.ts';
import { trackedFiles } from '../tracked-files.ts';
import { isAllowed } from './allowed-connections.ts';
import { declaredCalls, internetCallers, variablesOf } from './declared-calls.ts';
import { type Manifest, manifestFiles, manifestsOf, root } from './manifest-files.ts';

const all = await declaredCalls();
const policies = manifestFiles()
  .filter((file) => file.startsWith('deploy/kubernetes/base/'))
  .flatMap(manifestsOf)
  .filter(({ kind }) => kind === 'NetworkPolicy');

const named = (name: string) => ({ labels: { 'app.kubernetes.io/name': name } });
const destinations = [
  ...all.map(({ service, port }) => ({ name: service, pod: named(service), port })),
  { name: 'redis', pod: named('redis'), port: 6379 },
  { name: 'postgres', pod: { labels: { 'cnpg.io/cluster': 'postgres' } }, port: 5432 },
];
const reached = (from: ReturnType<typeof named>, policiesInForce = policies) =>
  destinations
    .filter(({ pod, port }) => isAllowed(policiesInForce, { from, to: pod, port }))
    .map(({ name }) => name);

it.each(all)('$service reaches exactly what its configuration names', (calls) => {
  const declared = [
    ...calls.peers,
    ...(calls.redis ? ['redis'] : []),
    ...(calls.databaseRole === undefined ? [] : ['postgres']),
  ];
  expect(reached(named(calls.service)).sort()).toEqual(declared.sort());
});

it('the migrations reach the database alone, and any other pod reaches nothing', () => {
  expect(reached(named('migrate'))).toEqual(['postgres']);
  expect(reached(named('intruder'))).toEqual([]);
  expect(reached(named('redis'))).toEqual([]);
});

it('a connection needs the policies of both sides', () => {
  const withoutEgress = policies.filter(({ metadata }) => metadata.name !== 'user-service');
  expect(reached(named('user-service'), withoutEgress)).toEqual([]);
  const withoutRedis = policies.filter(({ metadata }) => metadata.name !== 'redis');
  expect(reached(named('user-service'), withoutRedis)).not.toContain('redis');
});

it('only the services whose code calls public addresses may reach them', async () => {
  const sources = trackedFiles().filter((file) => /^platform\/services\/.*\.ts$/.test(file));
  const callers = await Promise.all(
    serviceNames.map(async (service) => {
      const variables = [...(await variablesOf(service))];
      const code = sources
        .filter((file) => file.startsWith(`platform/services/${service}/`) && !file.endsWith('.test.ts'))
        .map((file) => readFileSync(join(root, file), 'utf8'));
      const calls =
        variables.some((name) => name.endsWith('_API_URL')) ||
        code.some((text) => text.includes('/kit/outbound/'));
      return calls ? [service] : [];
    }),
  );
  expect(callers.flat().sort()).toEqual([...internetCallers].sort());
  const open = policies.filter(({ spec }) => JSON.stringify(spec).includes('ipBlock'));
  expect(open.map(({ metadata }) => metadata.name).sort()).toEqual(
    [...internetCallers, 'platform-services'].sort(),
  );
});

it('only platform-services reaches mail servers, with TLS', () => {
  const withMail = policies.filter(({ spec }) => JSON.stringify(spec).includes('"port":587'));
  expect(withMail.map(({ metadata }) => metadata.name)).toEqual(['platform-services']);
  const ports = withMail[0]?.spec.egress.at(-1).ports.map(({ port }: Manifest) => port);
  expect(ports).toEqual([465, 587]);
});

it('public calls cannot reach private addresses or the metadata service of a cloud', () => {
  const gemini = policies.find(({ metadata }) => metadata.name === 'llm-orchestrator');
  const peers: Manifest[] = gemini.spec.egress.flatMap(({ to }: Manifest) => to);
  const block = peers.find(({ ipBlock }) => ipBlock?.cidr === '0.0.0.0/0');
  expect(block.ipBlock.except).toEqual(
    expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16']),
  );
});
