import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findKustomize, kustomizeBuild } from './kustomize.ts';
import { type Manifest, manifestFiles, manifestsOf, readManifests, root } from './manifest-files.ts';
import { validateManifest } from './validate-manifest.ts';

// .ci/kustomize builds it where Go is.
const kustomize = findKustomize(process.env);
let folder: string;
let example: Manifest[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kustomize-'));
  if (kustomize !== undefined) example = build(join(root, 'deploy/kubernetes/overlays/example'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const build = (path: string): Manifest[] => readManifests(kustomizeBuild(kustomize ?? [], path));
const keyOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;

it.skipIf(kustomize === undefined)('the example overlay builds to objects that match the API schemas', () => {
  expect(example.flatMap(validateManifest)).toEqual([]);
  expect(example.map(keyOf).sort()).toEqual(manifestFiles().flatMap(manifestsOf).map(keyOf).sort());
  for (const { kind, metadata } of example)
    if (kind !== 'Namespace') expect(metadata.namespace, metadata.name).toBe('pyairtable');
});

it.skipIf(kustomize === undefined)('an overlay sets the image of every service and of the migrations', () => {
  const owners = example.filter(({ kind }) => ['Deployment', 'Job'].includes(kind));
  const images = owners.flatMap(({ spec }) =>
    spec.template.spec.containers.map(({ image }: Manifest) => image),
  );
  expect(images).toHaveLength(11);
  expect(new Set(images)).toEqual(new Set(['registry.example.com/pyairtable-readiness:1.0.0']));
});

it.skipIf(kustomize === undefined)('an overlay that breaks an object is found', async () => {
  const copy = join(folder, 'kubernetes');
  await cp(join(root, 'deploy/kubernetes'), copy, { recursive: true });
  const overlay = (patch: string) =>
    writeFile(
      join(copy, 'overlays/example/kustomization.yaml'),
      `resources: [../../base]\npatches:\n  - target: { kind: Deployment, name: gateway }\n    patch: |-\n${patch}`,
    );
  await overlay('      [{"op": "add", "path": "/spec/replicaCount", "value": 3}]\n');
  expect(build(join(copy, 'overlays/example')).flatMap(validateManifest)).toEqual([
    'Deployment gateway: unknown field spec.replicaCount',
  ]);
  await overlay('      [{"op": "replace", "path": "/spec/missing/key", "value": 3}]\n');
  expect(() => build(join(copy, 'overlays/example'))).toThrow('kustomize failed');
});
