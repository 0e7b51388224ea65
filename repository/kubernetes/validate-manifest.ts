import { Cluster } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Cluster';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { z } from 'zod';
import { customResourceValidator } from './custom-resource.ts';
import { type Access, recordAccess } from './record-access.ts';

interface SchemaModel {
  apiVersion: string;
  kind: string;
  prototype: { validate(): void };
}

/** The schemas of Kubernetes' own OpenAPI document, and of CloudNativePG's custom resource, as compiled validators. */
const models: readonly SchemaModel[] = [
  Cluster,
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  Job,
  Namespace,
  NetworkPolicy,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  Service,
  ServiceAccount,
  StatefulSet,
];

/** The k6-operator's object has no package of npm, so its definition is in `schemas`. */
const testRun = customResourceValidator('k6.io_testruns.yaml', 'v1alpha1');

const Head = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/) }),
});

/**
 * Problems of one manifest, by the schema of its kind: wrong types, missing fields and unknown fields, which the
 * API server ignores or rejects. Empty when there are none.
 */
export function validateManifest(manifest: unknown): string[] {
  const head = Head.safeParse(manifest);
  if (!head.success)
    return head.error.issues.map(({ path, message }) => `${path.join('.') || 'manifest'}: ${message}`);
  const { apiVersion, kind, metadata } = head.data;
  const name = `${kind} ${metadata.name}`;
  if (apiVersion === 'k6.io/v1alpha1' && kind === 'TestRun') return customProblems(name, manifest);
  const model = models.find((candidate) => candidate.apiVersion === apiVersion && candidate.kind === kind);
  if (model === undefined) return [`${name}: no schema for ${apiVersion}`];
  const access: Access = recordAccess(manifest as object);
  try {
    model.prototype.validate.call(access.observed);
  } catch (error) {
    return [`${name}: ${(error as Error).message}`];
  }
  return access.untouched().map((path) => `${name}: unknown field ${path}`);
}

function customProblems(name: string, manifest: unknown): string[] {
  if (testRun(manifest)) return [];
  return (testRun.errors ?? []).map(({ instancePath, message, params }) => {
    const path = instancePath.slice(1).replaceAll('/', '.') || 'manifest';
    return message === 'must NOT have additional properties'
      ? `${name}: unknown field ${path}.${params.additionalProperty}`
      : `${name}: ${path} ${message}`;
  });
}
