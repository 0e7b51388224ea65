import type { Manifest } from './manifest-files.ts';

interface Pod {
  labels: Readonly<Record<string, string>>;
}

/**
 * Whether the policies of one namespace allow a connection between two of its pods, as Kubernetes defines it: a pod
 * that a policy selects receives and opens only what one of its policies allows, and both sides must allow it.
 */
export function isAllowed(
  policies: readonly Manifest[],
  connection: { from: Pod; to: Pod; port: number },
): boolean {
  const { from, to, port } = connection;
  const allows = (direction: 'Ingress' | 'Egress', pod: Pod, other: Pod): boolean => {
    const applying = policies.filter(
      ({ spec }) => spec.policyTypes.includes(direction) && selects(spec.podSelector, pod),
    );
    if (applying.length === 0) return true;
    return applying
      .flatMap(({ spec }) => (direction === 'Ingress' ? (spec.ingress ?? []) : (spec.egress ?? [])))
      .some(
        (rule: Manifest) =>
          (rule.ports === undefined || rule.ports.some((entry: Manifest) => entry.port === port)) &&
          peersOf(rule, direction).some(
            (peer) =>
              peer.podSelector !== undefined &&
              peer.namespaceSelector === undefined &&
              selects(peer.podSelector, other),
          ),
      );
  };
  return allows('Egress', from, to) && allows('Ingress', to, from);
}

/** A rule without peers allows all of them. */
function peersOf(rule: Manifest, direction: 'Ingress' | 'Egress'): Manifest[] {
  return (direction === 'Ingress' ? rule.from : rule.to) ?? [{ podSelector: {} }];
}

/** Whether a label selector with `matchLabels` or `matchExpressions` of operator `In` selects the pod. */
function selects(selector: Manifest, { labels }: Pod): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([name, value]) => labels[name] === value);
  const included = (selector.matchExpressions ?? []).every(
    ({ key, operator, values }: { key: string; operator: string; values: string[] }) => {
      if (operator !== 'In') throw new Error(`operator ${operator} is not known here`);
      return values.includes(labels[key] ?? '');
    },
  );
  return equal && included;
}
