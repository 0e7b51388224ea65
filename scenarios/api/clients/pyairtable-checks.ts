import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { airtableEndpoint, clientCheck } from '../client-check.ts';

/** The parts of the Python program, in order. They share one namespace. */
const pyairtableParts = ['suite', 'base', 'records', 'schema', 'formula_functions', 'models', 'events'];

function pyairtableProgram(): string {
  const folder = join(import.meta.dirname, 'pyairtable');
  return pyairtableParts.map((part) => readFileSync(join(folder, `${part}.py`), 'utf8')).join('\n');
}

export const pyairtableMethods = defineCheck({
  ...clientCheck,
  id: 'api.clients.pyairtable-methods',
  title: 'Every public method of pyairtable works',
  why: 'Programs use the whole library: records, formulas, schema, the ORM, comments and webhooks.',
  severity: 'medium',
  requires: ['python'],
  services: ['gateway', 'airtable-gateway'],
  timeoutMs: 120_000,
  expects: { cases: equals(29), failed: empty(), uncalled: empty() },
  async run({ account, python, stack }) {
    const { accessToken } = await account();
    const endpoint = airtableEndpoint(stack.services.gateway);
    const seen = await python(pyairtableProgram(), { endpoint, key: accessToken });
    const { cases, failed, uncalled } = seen as { cases: number; failed: string[]; uncalled: string[] };
    return { cases, failed, uncalled };
  },
});
