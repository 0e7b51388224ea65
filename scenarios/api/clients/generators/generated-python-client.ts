import type { CheckContext, Json } from '../../../../harness/engine/index.ts';
import { readDocuments } from './documents.ts';
import { preparedUse } from './expected-use.ts';
import { type Generated, isClean } from './generated.ts';

/**
 * Lets a Python program make clients of the documents of the platform, unless that was done before for the same
 * documents, and use one of them. The program gets `mode` (`generate` or `use`) and the `folder` of the clients.
 * @returns what generating gave, and what the use gave; null when there is no client to use
 */
export async function useGeneratedClient(
  context: CheckContext,
  { program, capability }: { program: string; capability: 'openapi-generator' | 'openapi-python-client' },
): Promise<{ generated: Generated; use: Json }> {
  const documents = await readDocuments(context);
  const { folder, result, from } = await context.keptResult(
    { capability, program, documents },
    (newFolder) =>
      context.python(
        program,
        { mode: 'generate', folder: newFolder, documents },
        { capability, label: 'generate' },
      ),
    { keep: isClean },
  );
  await context.keep('generated.json', { from, result });
  const generated = result as unknown as Generated;
  if (folder === undefined || !isClean(result)) return { generated, use: null };
  const input = { mode: 'use', folder, ...(await preparedUse(context)) };
  return { generated, use: await context.python(program, input, { capability, label: 'use' }) };
}
