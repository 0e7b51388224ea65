import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCheck } from '../../../../harness/engine/index.ts';
import { generatedClientBreak } from '../client-breaks.ts';
import { expectedUse, generatedClientCheck, observedUse } from './expected-use.ts';
import { useGeneratedClient } from './generated-python-client.ts';

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
    const { generated, use } = await useGeneratedClient(context, {
      program,
      capability: 'openapi-python-client',
    });
    return { ...generated, ...observedUse(use) };
  },
});
