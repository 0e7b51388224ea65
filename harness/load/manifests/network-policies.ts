import type { ClusterLoad, KubernetesObject } from './cluster-load.ts';

/** The port at which k6 is started and observed. */
const controlPort = 6565;

/** Where the k6-operator's own manifests install it. */
const operatorNamespace = 'k6-operator-system';

/** The service of a URL inside the cluster, e.g. `http://gateway.pyairtable:8000`; undefined for any other host. */
export function serviceOfUrl(url: string): { name: string; namespace: string; port: number } | undefined {
  const { hostname, port, protocol } = new URL(url);
  const [, name, namespace, rest] =
    /^([a-z0-9-]+)\.([a-z0-9-]+)((?:\.svc(?:\.[a-z0-9.-]+)?)?)$/.exec(hostname) ?? [];
  // `example.com` has two parts too. Inside a cluster, URLs of services are plain HTTP or end in `.svc`.
  if (name === undefined || namespace === undefined || (rest === '' && protocol === 'https:'))
    return undefined;
  if (rest === '' && port === '') return undefined;
  return { name, namespace, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}

/** What the pods of a load may reach, and who may reach them. */
export function networkPolicies(
  { name, namespace, plan }: ClusterLoad,
  labels: Record<string, string>,
): KubernetesObject[] {
  const url = plan.requests[0]?.url ?? '';
  const service = serviceOfUrl(url);
  const { port, protocol } = new URL(url);
  const inNamespace = (of: string) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': of } },
  });
  const own: KubernetesObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace, labels },
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [inNamespace(namespace), inNamespace(operatorNamespace)],
          ports: [{ protocol: 'TCP', port: controlPort }],
        },
      ],
      egress: [
        {
          to: [{ ...inNamespace('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
        { to: [inNamespace(namespace)], ports: [{ protocol: 'TCP', port: controlPort }] },
        {
          ...(service ? { to: [inNamespace(service.namespace)] } : {}),
          ports: [
            { protocol: 'TCP', port: service?.port ?? Number(port || (protocol === 'https:' ? 443 : 80)) },
          ],
        },
      ],
    },
  };
  if (service === undefined) return [own];
  // The platform's namespace rejects every connection that no policy allows.
  const toGateway: KubernetesObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `allow-${name}`, namespace: service.namespace, labels },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': service.name } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ ...inNamespace(namespace), podSelector: { matchLabels: labels } }],
          ports: [{ protocol: 'TCP', port: service.port }],
        },
      ],
    },
  };
  return [own, toGateway];
}
