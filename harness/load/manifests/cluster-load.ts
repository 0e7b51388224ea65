import type { K6Plan } from '../../engine/instruments/load/k6-script.ts';

/** An object of Kubernetes. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

export interface ClusterLoad {
  /** Name of the TestRun. Each load needs a new one, because the operator ignores a changed TestRun. */
  name: string;
  namespace: string;
  /** Number of runner pods. */
  parallelism: number;
  /** Image of k6. */
  image: string;
  /** Secret with the key `tokens`: access tokens of users, separated by commas or spaces. */
  tokensSecret: string;
  /** Whether the operator deletes all pods, and with them the logs, at the end. */
  cleanUp: boolean;
  plan: K6Plan;
}
