import type { ClusterLoad, KubernetesObject } from './cluster-load.ts';

/** The user of the image `grafana/k6`. The Pod Security Standard `restricted` needs a user that is not root. */
const k6User = 12_345;

/** Memory of k6 itself and of each virtual user, MiB. */
const [baseMemory, memoryPerUser] = [192, 4] as const;

const containerSecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

const securityContext = {
  runAsNonRoot: true,
  runAsUser: k6User,
  runAsGroup: k6User,
  fsGroup: k6User,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** The k6-operator's object: it starts the runners, gives each a part of the load, and lets all begin together. */
export function testRun(
  load: ClusterLoad,
  { labels, digest }: { labels: Record<string, string>; digest: string },
): KubernetesObject {
  const { name, namespace, parallelism, image, tokensSecret, cleanUp, plan } = load;
  const memory = baseMemory + memoryPerUser * Math.ceil(plan.maxVUs / parallelism);
  const pod = {
    image,
    automountServiceAccountToken: 'false',
    securityContext,
    containerSecurityContext,
    metadata: { labels },
    // The operator's initializer writes an archive there.
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
  return {
    apiVersion: 'k6.io/v1alpha1',
    kind: 'TestRun',
    metadata: { name, namespace, labels, annotations: { 'readiness/load-digest': digest } },
    spec: {
      parallelism,
      // One runner per node: runners on the same node would compete for its processor.
      separate: true,
      quiet: 'true',
      // Without it the pods stay, and with them the logs that `load merge` reads.
      ...(cleanUp ? { cleanup: 'post' } : {}),
      script: { configMap: { name, file: 'script.js' } },
      arguments: '--no-usage-report --no-color',
      // Without the tokens: the operator would write the environment of this pod into the archive of the script.
      initializer: {
        ...pod,
        resources: { requests: { cpu: '100m', memory: `${memory}Mi` }, limits: { memory: `${memory}Mi` } },
      },
      starter: {
        automountServiceAccountToken: 'false',
        securityContext,
        containerSecurityContext,
        metadata: { labels },
      },
      runner: {
        ...pod,
        env: [
          { name: 'LOAD_TOKENS', valueFrom: { secretKeyRef: { name: tokensSecret, key: 'tokens' } } },
          { name: 'K6_AUTO_EXTENSION_RESOLUTION', value: 'false' },
        ],
        // No limit of processor time: a throttled runner sends late, and the times look like the platform's.
        resources: { requests: { cpu: '1', memory: `${memory}Mi` }, limits: { memory: `${memory}Mi` } },
      },
    },
  };
}
