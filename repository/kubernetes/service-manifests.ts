import { stringify } from 'yaml';
import { peerVariable } from '../../platform/kit/service/config.ts';
import { certificateFolder, containerEnvironment, filesFolder } from './container-environment.ts';
import type { DeclaredCalls } from './declared-calls.ts';
import { networkPolicy } from './network-policy.ts';

/** Name of the image in the manifests; an overlay sets its registry and tag. */
export const platformImage = 'pyairtable-readiness';

/** Security of every pod, by the "restricted" Pod Security Standard. 10001 is the user of the image. */
export const podSecurity = {
  runAsNonRoot: true,
  runAsUser: 10001,
  runAsGroup: 10001,
  fsGroup: 10001,
  seccompProfile: { type: 'RuntimeDefault' },
} as const;
export const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const;

/** Seconds between the removal from the endpoints and SIGTERM, so that no new request meets a closed port. */
const drainSeconds = 5;

/** All objects of one service as a YAML file. */
export function serviceManifests(calls: DeclaredCalls, all: readonly DeclaredCalls[]): string {
  const objects = [
    serviceAccount(calls.service),
    ...(keepsFiles(calls) ? [filesVolume] : []),
    clusterService(calls),
    deployment(calls, all),
    disruptionBudget(calls.service),
    ...(keepsFiles(calls) ? [] : [autoscaler(calls)]),
    networkPolicy(calls, all),
  ];
  const header = '# Generated from the service’s configuration by `npm run docs`. Change it in an overlay.\n';
  return header + objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
}

/** file-service keeps files on one volume that one pod mounts, so it has one replica. */
function keepsFiles({ service }: DeclaredCalls): boolean {
  return service === 'file-service';
}

const labels = (service: string) => ({ 'app.kubernetes.io/name': service });

function serviceAccount(service: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: service },
    automountServiceAccountToken: false,
  };
}

const filesVolume = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'files' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } },
};

function clusterService({ service, port }: DeclaredCalls): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: service, labels: labels(service) },
    spec: { selector: labels(service), ports: [{ name: 'http', port, targetPort: 'http' }] },
  };
}

function deployment(calls: DeclaredCalls, all: readonly DeclaredCalls[]): object {
  const { service, port } = calls;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: service, labels: labels(service) },
    spec: {
      // No number of replicas where the autoscaler sets it: applying the manifests again must not reset it.
      ...(keepsFiles(calls) ? { replicas: 1 } : {}),
      revisionHistoryLimit: 5,
      selector: { matchLabels: labels(service) },
      strategy: keepsFiles(calls)
        ? { type: 'Recreate' }
        : { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { ...labels(service), 'app.kubernetes.io/part-of': 'pyairtable' } },
        spec: {
          serviceAccountName: service,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 40,
          securityContext: podSecurity,
          topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map(
            (topologyKey) => ({
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: labels(service) },
            }),
          ),
          containers: [
            {
              name: 'service',
              image: platformImage,
              command: ['node', `${service}.mjs`],
              env: containerEnvironment(calls, all, peerVariable),
              ports: [{ name: 'http', containerPort: port }],
              startupProbe: probe('/health', { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 60 }),
              livenessProbe: probe('/health', { periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 }),
              readinessProbe: probe('/ready', { periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2 }),
              lifecycle: { preStop: { sleep: { seconds: drainSeconds } } },
              resources: resources(calls),
              securityContext: containerSecurity,
              volumeMounts: mounts(calls),
            },
          ],
          volumes: volumes(calls),
        },
      },
    },
  };
}

function probe(path: string, times: Readonly<Record<string, number>>): object {
  return { httpGet: { path, port: 'http' }, ...times };
}

function resources(calls: DeclaredCalls): object {
  return keepsFiles(calls)
    ? { requests: { cpu: '200m', memory: '256Mi' }, limits: { memory: '1Gi' } }
    : { requests: { cpu: '100m', memory: '160Mi' }, limits: { memory: '512Mi' } };
}

function mounts(calls: DeclaredCalls): object[] {
  return [
    { name: 'tmp', mountPath: '/tmp' },
    ...(calls.databaseRole === undefined
      ? []
      : [{ name: 'postgres-ca', mountPath: certificateFolder, readOnly: true }]),
    ...(keepsFiles(calls) ? [{ name: 'files', mountPath: filesFolder }] : []),
  ];
}

function volumes(calls: DeclaredCalls): object[] {
  return [
    { name: 'tmp', emptyDir: { sizeLimit: keepsFiles(calls) ? '2Gi' : '64Mi' } },
    ...(calls.databaseRole === undefined ? [] : [certificateVolume]),
    ...(keepsFiles(calls) ? [{ name: 'files', persistentVolumeClaim: { claimName: 'files' } }] : []),
  ];
}

/** CloudNativePG writes this Secret; only the certificate of the authority is mounted, never its key. */
const certificateVolume = {
  name: 'postgres-ca',
  secret: { secretName: 'postgres-ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
};

function disruptionBudget(service: string): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: service },
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: labels(service) },
    },
  };
}

function autoscaler({ service, databaseRole }: DeclaredCalls): object {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: service },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: service },
      minReplicas: 2,
      // Every replica of a service with a database takes connections of it.
      maxReplicas: databaseRole === undefined ? 6 : 3,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
    },
  };
}
