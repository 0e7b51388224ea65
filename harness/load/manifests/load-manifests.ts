import { type K6Plan, k6Script } from '../../engine/instruments/load/k6-script.ts';
import { sha256 } from '../../plan/canonical-json.ts';
import type { ClusterLoad, KubernetesObject } from './cluster-load.ts';
import { networkPolicies } from './network-policies.ts';
import { testRun } from './test-run.ts';

/** A file of manifests. The names sort in the order in which a cluster needs them. */
export interface ManifestFile {
  name: string;
  objects: KubernetesObject[];
}

/** Identifies what the runners ran: their reports have the same digest. */
export function loadDigest(planText: string): string {
  return sha256(planText + k6Script);
}

/** The text of the plan, as the runners read it. */
export function planText(plan: K6Plan): string {
  return `${JSON.stringify(plan, null, 1)}\n`;
}

/** All objects of a load with the k6-operator. Secrets are named, never contained. */
export function loadManifests(load: ClusterLoad): ManifestFile[] {
  const { name, namespace, plan } = load;
  const labels = { 'app.kubernetes.io/name': 'readiness-load', 'app.kubernetes.io/instance': name };
  const text = planText(plan);
  return [
    {
      name: '1-namespace.yaml',
      objects: [
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: {
            name: namespace,
            labels: {
              'pod-security.kubernetes.io/enforce': 'restricted',
              'pod-security.kubernetes.io/audit': 'restricted',
              'pod-security.kubernetes.io/warn': 'restricted',
            },
          },
        },
      ],
    },
    { name: '2-network.yaml', objects: networkPolicies(load, labels) },
    {
      name: '3-script.yaml',
      objects: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace, labels },
          immutable: true,
          data: { 'script.js': k6Script, 'plan.json': text },
        },
      ],
    },
    { name: '4-test-run.yaml', objects: [testRun(load, { labels, digest: loadDigest(text) })] },
  ];
}
