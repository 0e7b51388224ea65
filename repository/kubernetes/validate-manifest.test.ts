import { describe, expect, it } from 'vitest';
import { type Manifest, manifestFiles, manifestsOf } from './manifest-files.ts';
import { validateManifest } from './validate-manifest.ts';

const files = manifestFiles();

it('finds manifests of every folder', () => {
  expect(files).toContain('deploy/kubernetes/base/stores/postgres.yaml');
  expect(files).toContain('deploy/kubernetes/overlays/example/ingress.yaml');
  expect(files.length).toBeGreaterThanOrEqual(17);
});

it.each(files)('%s matches the API schemas', (file) => {
  expect(manifestsOf(file).flatMap(validateManifest)).toEqual([]);
});

describe('a broken manifest', () => {
  const find = (file: string, kind: string): Manifest =>
    structuredClone(
      manifestsOf(`deploy/kubernetes/base/${file}.yaml`).find((manifest) => manifest.kind === kind),
    );
  const gateway = () => find('services/gateway', 'Deployment');
  const cases: [string, () => Manifest, string][] = [
    [
      'a misspelled field',
      () => {
        const manifest = gateway();
        manifest.spec.template.spec.containers[0].readinesProbe = {};
        return manifest;
      },
      'unknown field spec.template.spec.containers[0].readinesProbe',
    ],
    [
      'a wrong type',
      () => {
        const manifest = gateway();
        manifest.spec.replicas = 'two';
        return manifest;
      },
      'data/spec/replicas must be',
    ],
    [
      'a missing field',
      () => {
        const manifest = gateway();
        delete manifest.spec.selector;
        return manifest;
      },
      'must have required property',
    ],
    ['a retired version', () => ({ ...gateway(), apiVersion: 'extensions/v1beta1' }), 'no schema for'],
    ['no name', () => ({ ...gateway(), metadata: {} }), 'metadata.name'],
    [
      'an unknown field of a custom resource',
      () => {
        const manifest = find('stores/postgres', 'Cluster');
        manifest.spec.instance = 3;
        return manifest;
      },
      'unknown field spec.instance',
    ],
    [
      'a value of a custom resource outside of its list',
      () => {
        const manifest = find('stores/postgres', 'Cluster');
        manifest.spec.postgresql.synchronous.method = 'some';
        return manifest;
      },
      'Cluster postgres',
    ],
    [
      'a number as an annotation',
      () => {
        const manifest = gateway();
        manifest.metadata.annotations = { port: 8000 };
        return manifest;
      },
      'annotations',
    ],
  ];
  it.each(cases)('with %s is found', (_, broken, problem) => {
    expect(validateManifest(broken()).join('\n')).toContain(problem);
  });
});
