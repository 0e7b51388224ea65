// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code of the platform
import { type Mutant, replacing } from './mutant.ts';

const decided = 'security.targets.forbidden-addresses-rejected';
const workflows = 'security.targets.workflows-reach-no-loopback';
const webhooks = 'security.targets.webhooks-reach-no-loopback';

const guard = 'kit/outbound/decide-target.ts';
const step = 'services/automation-services/steps/http-request.ts';

/** A network that the guard forgets. */
const forgotten = (name: string, what: string, line: string): Mutant => ({
  id: `targets.${name}-allowed`,
  kind: 8,
  defect: `The guard of URLs allows ${what}.`,
  changes: [replacing(guard, `  ${line},\n`, '')],
  caughtBy: [decided],
});

export const targetMutants: readonly Mutant[] = [
  {
    id: 'targets.guard-off-for-steps',
    kind: 8,
    defect: 'A step of a workflow may call every address.',
    changes: [
      replacing(
        step,
        'if (!target.allowed) throw new StepFailure(target.reason);\n  if (target.kind',
        'if (!target.allowed) return await sendPublicRequest({ method, url, headers, body: text, signal: context.signal }).then((response) => ({ status: response.statusCode ?? 0, headers: response.headers, body: response }));\n  if (target.kind',
      ),
    ],
    caughtBy: [workflows],
  },
  {
    id: 'targets.guard-off-when-stored',
    kind: 8,
    defect: 'The URL of a step is not judged when it is stored.',
    changes: [
      replacing(
        step,
        '      if (hasPlaceholder(url)) return;\n',
        '      if (hasPlaceholder(url) || url.length > 0) return;\n',
      ),
    ],
    caughtBy: [decided],
  },
  {
    id: 'targets.guard-off-for-pings',
    kind: 8,
    defect: 'A webhook pings every address.',
    changes: [
      replacing(
        'services/airtable-gateway/embedded/webhooks/send-notification.ts',
        '  if (!target.allowed) return `The URL may not be called: ${target.reason}`;\n',
        '',
      ),
      replacing(
        'services/airtable-gateway/embedded/webhooks/send-notification.ts',
        "...(target.kind === 'public' ? { addresses: target.addresses } : {}),",
        "...(target.allowed && target.kind === 'public' ? { addresses: target.addresses } : {}),",
      ),
    ],
    caughtBy: [webhooks],
  },
  {
    id: 'targets.guard-off-for-new-webhooks',
    kind: 8,
    defect: 'The URL of a webhook is not judged when it is stored.',
    changes: [
      replacing(
        'services/airtable-gateway/embedded/webhooks/webhooks.ts',
        'if (!target.allowed) throw invalidRequest(`body.notificationUrl: ${target.reason}`);',
        'if (!target.allowed && target.reason.length > 1_000) throw invalidRequest(`body.notificationUrl: ${target.reason}`);',
      ),
    ],
    caughtBy: [webhooks],
  },
  forgotten('loopback', 'loopback addresses', "['127.0.0.0', 8]"),
  forgotten('metadata', 'metadata services', "['169.254.0.0', 16]"),
  forgotten('private-ten', 'the private network 10.0.0.0/8', "['10.0.0.0', 8]"),
  forgotten('private-twelve', 'the private network 172.16.0.0/12', "['172.16.0.0', 12]"),
  forgotten('shared-space', 'the shared address space of providers', "['100.64.0.0', 10]"),
  forgotten('this-network', 'the addresses of this network, 0.0.0.0/8', "['0.0.0.0', 8]"),
  forgotten('multicast', 'multicast and reserved addresses', "['224.0.0.0', 3]"),
  forgotten('sixtofour', 'IPv4 addresses within 6to4', "['2002::', 16]"),
  forgotten('teredo', 'protocol assignments of IPv6, Teredo among them', "['2001::', 23]"),
  {
    id: 'targets.private-twelve-too-small',
    kind: 8,
    defect: 'The guard knows a sixteenth of the private network 172.16.0.0/12.',
    changes: [replacing(guard, "['172.16.0.0', 12]", "['172.16.0.0', 16]")],
    caughtBy: [decided],
  },
  {
    id: 'targets.any-ipv-six',
    kind: 8,
    defect: 'The guard allows every IPv6 address, loopback and mapped IPv4 among them.',
    changes: [
      replacing(guard, "const globalV6 = ['2000::', 3] as const;", "const globalV6 = ['::', 0] as const;"),
    ],
    caughtBy: [decided, workflows],
  },
  {
    id: 'targets.unknown-families-public',
    kind: 8,
    defect: 'The guard judges IPv4 addresses only.',
    changes: [
      replacing(
        guard,
        '  if (family !== 6) return false;\n',
        '  if (family === 6) return true;\n  if (family !== 6) return false;\n',
      ),
    ],
    caughtBy: [decided, workflows],
  },
  {
    id: 'targets.local-names-allowed',
    kind: 8,
    defect: 'The guard allows names of local networks.',
    changes: [
      replacing(
        guard,
        "if (localNames.test(host) || !host.includes('.')) return",
        "if (!host.includes('.')) return",
      ),
    ],
    caughtBy: [decided],
  },
  {
    id: 'targets.single-names-allowed',
    kind: 8,
    defect: 'The guard allows names without a domain, e.g. of containers.',
    changes: [
      replacing(
        guard,
        "if (localNames.test(host) || !host.includes('.')) return",
        'if (localNames.test(host)) return',
      ),
    ],
    caughtBy: [decided],
  },
  {
    id: 'targets.other-schemes-allowed',
    kind: 8,
    defect: 'The guard allows every scheme.',
    changes: [
      replacing(
        guard,
        "  if (url.protocol !== 'http:' && url.protocol !== 'https:')\n    return reject('only http and https URLs can be called');\n",
        '',
      ),
    ],
    caughtBy: [decided],
  },
  {
    id: 'targets.credentials-allowed',
    kind: 8,
    defect: 'The guard allows URLs with a user and password.',
    changes: [
      replacing(
        guard,
        "  if (url.username !== '' || url.password !== '') return reject('a URL may not contain a user or password');\n",
        '',
      ),
    ],
    caughtBy: [decided],
  },
  {
    id: 'targets.trusted-host-at-any-port',
    kind: 8,
    defect: 'The guard trusts every port of the host of the gateway.',
    changes: [
      replacing(
        guard,
        "if (trustedOrigins.includes(url.origin)) return { allowed: true, kind: 'trusted' };",
        "if (trustedOrigins.some((origin) => new URL(origin).hostname === url.hostname)) return { allowed: true, kind: 'trusted' };",
      ),
    ],
    // Webhooks trust no origin.
    caughtBy: [decided, workflows],
    alongside: [webhooks],
    rootCause: /loopback|internal network/,
  },
  {
    id: 'targets.nested-steps-not-judged',
    kind: 8,
    defect: 'The URL of a step within another step is not judged when it is stored.',
    changes: [
      replacing(
        'services/automation-services/steps/nested-steps.ts',
        "  if (type === 'for_each') found.push([config.step, ['step']]);",
        "  if (type === 'for_each' && config.items === undefined) found.push([config.step, ['step']]);",
      ),
    ],
    caughtBy: [decided],
  },
];
