import { atLeast, type Break, type Checkout, defineCheck, empty } from '../../../harness/engine/index.ts';
import { type SecretFinding, secretsIn } from './secret-rules.ts';

/** Files larger than this are data, characters. */
const longest = 2_000_000;

/** Joined here, so that the search does not find it in this file. */
export const canary = ['npm', 'q7Zr2mXk9TbV4wLc8HdS1yNf6GjP3aQe5UoI'].join('_');

const breaks: readonly Break[] = [
  {
    defect: 'The token of a package registry is committed.',
    changes: [
      {
        kind: 'checkout',
        file: 'package.json',
        find: '"type": "module",',
        replace: `"type": "module",\n  "config": { "registry": "${canary}" },`,
      },
    ],
    violates: ['secrets'],
  },
];

export const noCommittedSecrets = defineCheck({
  id: 'security.repository.no-committed-secrets',
  title: 'The repository holds no secrets',
  failureTitle: 'A secret is in the repository',
  why: 'Everybody who can read the code, a fork or an old clone has the secret for ever. Keys of the platform were committed once already.',
  category: 'security',
  severity: 'high',
  standards: ['ASVS 13.3.1', 'API8'],
  requires: ['source-checkout'],
  services: [],
  timeoutMs: 60_000,
  remediation: {
    text: 'Replace the secret first: it is known. Then read it from a file or a variable at start, and remove it from the history.',
    effort: 'hours',
  },
  expects: { secrets: empty(), files: atLeast(100, 'files') },
  breaks,
  run: async (context) => {
    const checkout = context.checkout();
    const files = await checkout.tracked();
    const findings = await searchFiles(checkout, files);
    await context.keep(
      'secrets.json',
      findings.map((finding) => ({ ...finding })),
    );
    return {
      files: files.length,
      secrets: findings.map(({ path, line, what }) => `${path}:${line}: ${what}`),
    };
  },
});

async function searchFiles(checkout: Checkout, files: readonly string[]): Promise<SecretFinding[]> {
  const findings: SecretFinding[] = [];
  for (const path of files) {
    const text = await checkout.text(path);
    // A tracked file that was removed is no part of the next commit.
    if (text === undefined || text.length > longest || text.includes('\0')) continue;
    findings.push(...secretsIn(path, text));
  }
  return findings;
}
