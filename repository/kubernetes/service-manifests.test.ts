import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { databaseName, serverSettings } from '../../harness/runtime/stores/postgres/settings.ts';
import { redisSettings } from '../../harness/runtime/stores/redis/settings.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { serviceRoles } from '../../platform/database/roles.ts';
import { readConfig } from '../../platform/kit/service/config.ts';
import { certificateFolder, databasePoolSize } from './container-environment.ts';
import { type Manifest, manifestFiles, manifestsOf, root } from './manifest-files.ts';
import { serviceFiles } from './service-files.ts';

const generated = await serviceFiles();
const manifests = manifestFiles().flatMap(manifestsOf);
const ofKind = (kind: string): Manifest[] => manifests.filter((manifest) => manifest.kind === kind);
const named = (kind: string, name: string): Manifest =>
  ofKind(kind).find(({ metadata }) => metadata.name === name);

it.each(generated)('$file is up to date; `npm run docs` writes it', ({ file, text }) => {
  expect(readFileSync(join(root, file), 'utf8')).toBe(text);
});

it('the base contains every manifest', () => {
  const { resources } = parse(readFileSync(join(root, 'deploy/kubernetes/base/kustomization.yaml'), 'utf8'));
  const files = manifestFiles()
    .filter((file) => file.startsWith('deploy/kubernetes/base/'))
    .map((file) => file.replace('deploy/kubernetes/base/', ''));
  expect([...resources].sort()).toEqual(files.sort());
  expect(files.filter((file) => file.startsWith('services/')).map((file) => basename(file, '.yaml'))).toEqual(
    [...serviceNames].sort(),
  );
});

const secrets: Readonly<Record<string, string>> = {
  'internal-api-key': 'k'.repeat(64),
  'key-encryption-key': Buffer.alloc(32).toString('base64'),
};

/** The variables that the kubelet gives to a container, with sample values for Secrets. */
function resolveEnvironment(container: Manifest): Record<string, string> {
  const resolved: Record<string, string> = {};
  for (const { name, value, valueFrom } of container.env) {
    resolved[name] =
      value === undefined
        ? (secrets[valueFrom.secretKeyRef.key] ?? `sample-password-of-${valueFrom.secretKeyRef.key}`)
        : value.replaceAll(/\$\((\w+)\)/g, (_: string, other: string) => {
            if (resolved[other] === undefined) throw new Error(`${name} uses ${other} before it is set`);
            return resolved[other];
          });
  }
  return resolved;
}

it.each(serviceNames)('%s accepts the environment of its container', async (service) => {
  const { configSchema } = (await import(`../../platform/services/${service}/config.ts`)) as {
    configSchema: z.ZodObject;
  };
  const [container] = named('Deployment', service).spec.template.spec.containers;
  const env = resolveEnvironment(container);
  const config = readConfig(configSchema, { env });
  expect(config).toMatchObject({ HOST: '0.0.0.0', PORT: container.ports[0].containerPort });
  const known = new Set([...Object.keys(configSchema.shape), 'NODE_ENV']);
  const unknown = Object.keys(env).filter((name) => !known.has(name) && !name.endsWith('_PASSWORD'));
  expect(unknown).toEqual([]);
});

it('the migrations get the password of every role', () => {
  const [container] = named('Job', 'migrate').spec.template.spec.containers;
  const { SERVICE_PASSWORDS = '', ADMIN_DATABASE_URL = '' } = resolveEnvironment(container);
  expect(JSON.parse(SERVICE_PASSWORDS)).toEqual(
    Object.fromEntries(serviceRoles.map((role) => [role, `sample-password-of-${role}`])),
  );
  const url = new URL(ADMIN_DATABASE_URL);
  expect(url.pathname).toBe(`/${databaseName}`);
  expect(url.searchParams.get('sslrootcert')).toBe(`${certificateFolder}/ca.crt`);
});

describe('every pod', () => {
  const owners = ['Deployment', 'StatefulSet', 'Job'].flatMap(ofKind);
  it.each(owners.map((owner) => [owner.metadata.name, owner.spec.template.spec] as const))(
    '%s meets the restricted Pod Security Standard and has limits',
    (_, spec) => {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(spec.securityContext.runAsUser).toBeGreaterThan(0);
      for (const key of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers'])
        expect(spec[key]).toBeUndefined();
      for (const volume of spec.volumes) expect(volume.hostPath).toBeUndefined();
      for (const container of spec.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.requests).toMatchObject({
          cpu: expect.any(String),
          memory: expect.any(String),
        });
        expect(container.resources.limits.memory).toEqual(expect.any(String));
        for (const mount of container.volumeMounts)
          expect([...spec.volumes.map(({ name }: Manifest) => name), 'data']).toContain(mount.name);
      }
      const account = named('ServiceAccount', spec.serviceAccountName);
      expect(account.automountServiceAccountToken).toBe(false);
    },
  );

  it.each(
    ['Deployment', 'StatefulSet'].flatMap(ofKind).map((owner) => [owner.metadata.name, owner] as const),
  )('%s has three probes, a disruption budget and a matching selector', (name, owner) => {
    const { template, selector } = owner.spec;
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    for (const container of template.spec.containers)
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
        expect(container[probe]).toBeDefined();
    expect(named('PodDisruptionBudget', name).spec.selector).toEqual(selector);
    expect(named('Service', name).spec.selector).toEqual(selector.matchLabels);
  });
});

it('every service but file-service scales from two replicas, and file-service owns its volume alone', () => {
  const scaled = ofKind('HorizontalPodAutoscaler');
  expect(scaled.map(({ metadata }) => metadata.name).sort()).toEqual(
    serviceNames.filter((name) => name !== 'file-service').sort(),
  );
  for (const { spec, metadata } of scaled) {
    expect(spec.minReplicas).toBeGreaterThanOrEqual(2);
    expect(spec.scaleTargetRef.name).toBe(metadata.name);
    expect(named('Deployment', metadata.name).spec.replicas).toBeUndefined();
  }
  expect(named('Deployment', 'file-service').spec).toMatchObject({
    replicas: 1,
    strategy: { type: 'Recreate' },
  });
});

it('all replicas together leave connections for the operator and the migrations', () => {
  const { max_connections } = named('Cluster', 'postgres').spec.postgresql.parameters;
  const connections = ofKind('Deployment')
    .filter(({ spec }) => JSON.stringify(spec).includes('DATABASE_URL'))
    .map(({ metadata, spec }) => {
      const scaler = named('HorizontalPodAutoscaler', metadata.name);
      const pods = scaler === undefined ? spec.replicas : scaler.spec.maxReplicas + 1;
      return pods * databasePoolSize;
    });
  expect(connections.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(
    Number(max_connections) - 20,
  );
});

it('the stores have the settings of every other runtime', () => {
  const { spec } = named('Cluster', 'postgres');
  expect(spec.postgresql.parameters).toEqual(serverSettings);
  expect(spec.bootstrap.initdb.database).toBe(databaseName);
  expect(spec.imageName).toMatch(/:16\.9$/);
  const lines = named('ConfigMap', 'redis').data['redis.conf'].split('\n');
  for (const [name, value] of Object.entries(redisSettings)) expect(lines).toContain(`${name} ${value}`);
});

it('no manifest contains a secret', () => {
  expect(ofKind('Secret')).toEqual([]);
  for (const file of manifestFiles()) {
    const text = readFileSync(join(root, file), 'utf8');
    expect(text, file).not.toMatch(/:\/\/[^\s:@]*:(?!\$\()[^\s@/]+@/);
  }
});
