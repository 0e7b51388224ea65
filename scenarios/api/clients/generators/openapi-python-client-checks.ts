import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCheck, type Json } from '../../../../harness/engine/index.ts';
import { generatedClientBreak } from '../client-breaks.ts';
import { readDocuments } from './documents.ts';
import { expectedUse, generatedClientCheck, observedUse, preparedUse } from './expected-use.ts';

export const openapiPythonClient = defineCheck({
  ...generatedClientCheck,
  id: 'api.clients.openapi-python-client',
  title: 'Clients made by openapi-python-client import and work',
  why: 'Python teams generate their client from the documents. It must read every error that the platform responds with.',
  requires: ['openapi-python-client'],
  timeoutMs: 300_000,
  expects: expectedUse,
  breaks: [generatedClientBreak],
  async run(context) {
    const program = readFileSync(join(import.meta.dirname, 'use_python_client.py'), 'utf8');
    const input = { documents: await readDocuments(context), ...(await preparedUse(context)) };
    const seen = await context.python(program, input, { capability: 'openapi-python-client' });
    const { rejected = null, errors = null } = seen as Record<string, Json>;
    return { rejected, errors, ...observedUse(seen) };
  },
});
