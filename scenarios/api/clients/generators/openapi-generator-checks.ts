import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCheck, equals, type Json } from '../../../../harness/engine/index.ts';
import { generatedClientBreak } from '../client-breaks.ts';
import { readDocuments } from './documents.ts';
import { expectedUse, generatedClientCheck, observedUse, preparedUse } from './expected-use.ts';

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
    const input = { documents: await readDocuments(context), ...(await preparedUse(context)) };
    const seen = await context.python(program, input, { capability: 'openapi-generator' });
    const { rejected = null, errors = null, exceptions = null } = seen as Record<string, Json>;
    return { rejected, errors, exceptions, ...observedUse(seen) };
  },
});
