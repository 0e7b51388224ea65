import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { platformStack } from '../stack/platform-stack.ts';
import { ComposeModel } from './compose-model.ts';
import { composeOverride } from './compose-override.ts';

const plan = platformStack({
  fixedPorts: false,
  bootTimeoutMs: 30_000,
  env: { gateway: { LOG_LEVEL: 'debug' } },
});
const model = ComposeModel.parse({
  services: {
    gateway: { command: ['node', 'gateway.mjs'], environment: { LOG_LEVEL: 'info' } },
    postgres: { command: ['postgres', '-cjit=off'] },
  },
  networks: { edge: {} },
  volumes: { files: null },
});
const override = (nodes = plan.nodes) =>
  composeOverride({
    plan: { ...plan, nodes },
    model,
    secretFiles: {},
    labels: { run: 'test' },
    variables: () => ({}),
    portOf: ({ kind }) => (kind === 'job' ? undefined : 8000),
  });

test('every object of a run has its labels, and no container starts again by itself', () => {
  const { services, networks, volumes } = parseDocument(override(), { logLevel: 'silent' }).toJS();
  expect(Object.keys(services)).toEqual(plan.nodes.map(({ name }) => name));
  for (const service of Object.values(services))
    expect(service).toMatchObject({ labels: { run: 'test' }, restart: 'no' });
  expect({ networks, volumes }).toEqual({
    networks: { edge: { labels: { run: 'test' } } },
    volumes: { files: { labels: { run: 'test' } } },
  });
});

test('ports replace those of the first file, and are published on the loopback interface alone', () => {
  const text = override(plan.nodes.map((node) => (node.name === 'gateway' ? { ...node, port: 8000 } : node)));
  expect(text.match(/ports: !override/g)).toHaveLength(plan.nodes.length);
  const { services } = parseDocument(text, { logLevel: 'silent' }).toJS();
  expect(services.gateway.ports).toEqual([{ target: 8000, published: '8000', host_ip: '127.0.0.1' }]);
  expect(services['user-service'].ports[0].published).toBe('');
  expect(services.migrate.ports).toEqual([]);
});

test('a node’s own variables and arguments reach its container', () => {
  const nodes = plan.nodes.map((node) =>
    node.name === 'gateway' ? { ...node, execArgv: ['--import', './x.mjs'] } : node,
  );
  const { services } = parseDocument(override(nodes), { logLevel: 'silent' }).toJS();
  expect(services.gateway.environment).toEqual({ LOG_LEVEL: 'debug' });
  expect(services.gateway.command).toEqual(['node', '--import', './x.mjs', 'gateway.mjs']);
  expect(services.postgres.command).toEqual(expect.arrayContaining(['postgres', '-cjit=off', '-cfsync=off']));
});
