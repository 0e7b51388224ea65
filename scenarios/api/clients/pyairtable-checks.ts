import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { airtableEndpoint, clientCheck } from '../client-check.ts';
import { longPagesBreak, pagesBreak } from './client-breaks.ts';
import { pyairtableProgram } from './pyairtable-program.ts';

interface CasesResult {
  cases: number;
  failed: string[];
  methods: number;
  uncalled: string[];
}

export const pyairtableMethods = defineCheck({
  ...clientCheck,
  id: 'api.clients.pyairtable-methods',
  lasts: 17,
  waits: true,
  title: 'Every public method of pyairtable works',
  why: 'Programs use the whole library: records, formulas, schema, the ORM, comments and webhooks.',
  severity: 'high',
  requires: ['python'],
  services: ['gateway', 'airtable-gateway'],
  // About 25 s: the cases run in parallel, each at the rate that its own base allows.
  timeoutMs: 300_000,
  // The methods of pyairtable 3.5.0.post1. Another version may have others, which then have no case.
  expects: { cases: equals(46), failed: empty(), methods: equals(300), uncalled: empty() },
  breaks: [{ ...pagesBreak, violates: ['failed'] }, longPagesBreak],
  async run({ account, python, stack }) {
    const { accessToken } = await account();
    const endpoint = airtableEndpoint(stack.services.gateway);
    const seen = await python(pyairtableProgram(), { endpoint, key: accessToken });
    const { cases, failed, methods, uncalled } = seen as unknown as CasesResult;
    return { cases, failed, methods, uncalled };
  },
});
