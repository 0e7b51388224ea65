import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toK6Plan } from '../../harness/engine/instruments/load/k6-script.ts';
import type { ClusterLoad } from '../../harness/load/manifests/cluster-load.ts';
import { loadManifests } from '../../harness/load/manifests/load-manifests.ts';
import { sha256 } from '../../harness/plan/canonical-json.ts';
import { loadOf } from '../../scenarios/api/load/cluster-load.ts';
import type { Manifest } from './manifest-files.ts';
import { manifestsOf } from './manifest-files.ts';
import { validateManifest } from './validate-manifest.ts';

const loadAt = (gateway: string, changes: Partial<ClusterLoad> = {}): ClusterLoad => ({
  name: 'load-20250807-120000-ab12',
  namespace: 'pyairtable-load',
  parallelism: 3,
  image: 'grafana/k6:1.1.0',
  tokensSecret: 'load-tokens',
  cleanUp: false,
  plan: toK6Plan(loadOf({ rate: 12, duration: 10 }), {
    services: { gateway },
    runners: 3,
    report: { runId: 'load-20250807-120000-ab12', profile: 'steady', boundsMs: [1, 500], tokens: 4 },
  }),
  ...changes,
});
const objectsOf = (load: ClusterLoad): Manifest[] =>
  structuredClone(loadManifests(load).flatMap(({ objects }) => objects));
const testRunOf = (load: ClusterLoad): Manifest => objectsOf(load).find(({ kind }) => kind === 'TestRun');
const inside = 'http://gateway.pyairtable:8000';

it('the definition of the TestRun is that of the k6-operator, unchanged', () => {
  const text = readFileSync(join(import.meta.dirname, 'schemas/k6.io_testruns.yaml'), 'utf8');
  expect(sha256(text)).toBe('d4df597bb94d210bcb9368dd4faf81da25c08194e240da98e4df8887563be185');
});

it.each([inside, 'https://staging.example.com', 'http://gateway.pyairtable.svc.cluster.local'])(
  'the manifests of a load on %s match the API schemas',
  (url) => {
    for (const cleanUp of [false, true])
      expect(objectsOf(loadAt(url, { cleanUp })).flatMap(validateManifest)).toEqual([]);
  },
);

it.each<[string, (testRun: Manifest) => void, string]>([
  [
    'a misspelled field',
    ({ spec }) => {
      spec.paralellism = 3;
    },
    'unknown field spec.paralellism',
  ],
  [
    'a misspelled field of a pod',
    ({ spec }) => {
      spec.runner.resource = {};
    },
    'unknown field spec.runner.resource',
  ],
  [
    'a boolean where the operator wants text',
    ({ spec }) => {
      spec.quiet = true;
    },
    'spec.quiet must be string',
  ],
  [
    'no number of runners',
    ({ spec }) => {
      delete spec.parallelism;
    },
    "must have required property 'parallelism'",
  ],
  [
    'an unknown clean-up',
    ({ spec }) => {
      spec.cleanup = 'before';
    },
    'spec.cleanup must be equal to one of',
  ],
])('a TestRun with %s is found', (_, change, problem) => {
  const testRun = testRunOf(loadAt(inside));
  change(testRun);
  expect(validateManifest(testRun).join('\n')).toContain(problem);
});

it('every pod of a load may run under the restricted standard', () => {
  const [namespace] = objectsOf(loadAt(inside));
  expect(namespace.metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
  const { spec } = testRunOf(loadAt(inside));
  for (const pod of [spec.initializer, spec.starter, spec.runner]) {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.containerSecurityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
    expect(pod.automountServiceAccountToken).toBe('false');
  }
});

it('tokens reach only the runners, and from a Secret', () => {
  const { spec } = testRunOf(loadAt(inside));
  expect(spec.runner.env[0]).toEqual({
    name: 'LOAD_TOKENS',
    valueFrom: { secretKeyRef: { name: 'load-tokens', key: 'tokens' } },
  });
  expect(spec.initializer.env).toBeUndefined();
});

it('a load keeps its logs unless the operator is asked to delete them', () => {
  expect(testRunOf(loadAt(inside)).spec.cleanup).toBeUndefined();
  expect(testRunOf(loadAt(inside, { cleanUp: true })).spec.cleanup).toBe('post');
});

it('the policies let runners reach the gateway of deploy/kubernetes, at the port of its Service', () => {
  const policies = objectsOf(loadAt(inside)).filter(({ kind }) => kind === 'NetworkPolicy');
  const gateway = manifestsOf('deploy/kubernetes/base/services/gateway.yaml');
  const service = gateway.find(({ kind }) => kind === 'Service');
  const [own, toGateway] = policies;
  expect(toGateway.metadata.namespace).toBe('pyairtable');
  expect(toGateway.spec.podSelector.matchLabels).toEqual(service.spec.selector);
  expect(toGateway.spec.ingress[0].ports[0].port).toBe(service.spec.ports[0].port);
  expect(own.spec.egress[2].ports[0].port).toBe(service.spec.ports[0].port);
  expect(own.spec.egress[2].to[0].namespaceSelector.matchLabels['kubernetes.io/metadata.name']).toBe(
    'pyairtable',
  );
});

it('a load on a public address opens nothing in the namespace of the platform', () => {
  const policies = objectsOf(loadAt('https://staging.example.com')).filter(
    ({ kind }) => kind === 'NetworkPolicy',
  );
  expect(policies).toHaveLength(1);
  expect(policies[0].spec.egress[2]).toEqual({ ports: [{ protocol: 'TCP', port: 443 }] });
});
