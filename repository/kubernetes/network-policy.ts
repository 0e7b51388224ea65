import type { DeclaredCalls } from './declared-calls.ts';

const pods = (labels: Readonly<Record<string, string>>) => ({ podSelector: { matchLabels: labels } });
const tcp = (port: number) => [{ protocol: 'TCP', port }];

/** Addresses that are not public. A call to the internet must not reach the cluster or its nodes. */
const privateRanges = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

const publicAddresses = [
  { ipBlock: { cidr: '0.0.0.0/0', except: privateRanges } },
  { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } },
];

/** Allows the declared calls of one service, in both directions; the namespace's default denies all others. */
export function networkPolicy(calls: DeclaredCalls, all: readonly DeclaredCalls[]): object {
  const { service, port, peers, databaseRole, redis, internet, mail } = calls;
  const callers = all.filter((other) => other.peers.includes(service)).map((other) => other.service);
  const named = (name: string) => pods({ 'app.kubernetes.io/name': name });
  const egress = [
    ...peers.map((peer) => ({
      to: [named(peer)],
      ports: tcp(all.find((other) => other.service === peer)?.port ?? 0),
    })),
    ...(databaseRole === undefined
      ? []
      : [{ to: [pods({ 'cnpg.io/cluster': 'postgres' })], ports: tcp(5432) }]),
    ...(redis ? [{ to: [named('redis')], ports: tcp(6379) }] : []),
    ...(internet ? [{ to: publicAddresses, ports: [...tcp(443), ...tcp(80)] }] : []),
    // A mail server takes mails with TLS from the start, or after STARTTLS.
    ...(mail ? [{ to: publicAddresses, ports: [...tcp(465), ...tcp(587)] }] : []),
  ];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: service },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': service } },
      policyTypes: ['Ingress', 'Egress'],
      // Without callers the default applies: an overlay opens the gateway and the frontend to the ingress controller.
      ...(callers.length === 0 ? {} : { ingress: [{ from: callers.map(named), ports: tcp(port) }] }),
      egress,
    },
  };
}
