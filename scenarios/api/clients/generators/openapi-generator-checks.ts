import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCheck, equals, type Json } from '../../../../harness/engine/index.ts';
import { generatedClientBreak } from '../client-breaks.ts';
import { expectedUse, generatedClientCheck, observedUse } from './expected-use.ts';
import { useGeneratedClient } from './generated-python-client.ts';

export const openapiGenerator = defineCheck({
  ...generatedClientCheck,
  id: 'api.clients.openapi-generator',
  title: 'Clients made by OpenAPI Generator import and work',
  why: 'OpenAPI Generator makes clients for the most languages. A schema that it does not know costs the whole client.',
  requires: ['openapi-generator'],
  timeoutMs: 300_000,
  expects: {
    ...expectedUse,
    // The classes of the exceptions of the two missing records and the two missing workspaces.
    exceptions: equals(Array(4).fill('NotFoundException')),
  },
  breaks: [generatedClientBreak],
  async run(context) {
    const program = readFileSync(join(import.meta.dirname, 'use_openapi_generator.py'), 'utf8');
    const { generated, use } = await useGeneratedClient(context, {
      program,
      capability: 'openapi-generator',
    });
    const { exceptions = null } = (use ?? {}) as Record<string, Json>;
    return { ...generated, exceptions, ...observedUse(use) };
  },
});
