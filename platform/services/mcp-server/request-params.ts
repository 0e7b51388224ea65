import { z } from 'zod';

/** Codes of JSON-RPC 2.0. */
export const invalidRequest = -32_600;
export const invalidParams = -32_602;

const record = z.record(z.string(), z.unknown());

/** Parameters of `tools/call`. */
export const CallParams = z.looseObject({ name: z.string(), arguments: record.optional() });

const byMethod: Readonly<Record<string, z.ZodType>> = {
  initialize: z.looseObject({
    protocolVersion: z.string(),
    capabilities: record,
    clientInfo: z.looseObject({ name: z.string(), version: z.string() }),
  }),
  'tools/call': CallParams,
  'tools/list': z.looseObject({ cursor: z.string().optional() }).optional(),
};

/** What is wrong with the parameters of a request, in one sentence; undefined when nothing is. */
export function paramsProblem(method: string, params: unknown): string | undefined {
  const schema = Object.hasOwn(byMethod, method) ? byMethod[method] : record.optional();
  const issue = schema?.safeParse(params).error?.issues[0];
  return issue && `${['params', ...issue.path].join('.')}: ${issue.message}`;
}
