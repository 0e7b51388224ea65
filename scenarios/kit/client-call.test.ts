import { McpError } from '@modelcontextprotocol/sdk/types.js';
import AirtableError from 'airtable/lib/airtable_error.js';
import { expect, it } from 'vitest';
import { ProductFailure } from '../../harness/engine/index.ts';
import { callClient } from './client-call.ts';

const call = (error: unknown, signal = new AbortController().signal) =>
  callClient('The client', signal, () => Promise.reject(error));

it.each([
  ['a protocol error of the MCP SDK', new McpError(-32602, 'Tool not found'), 'Tool not found'],
  ['an error of Airtable’s client', new AirtableError('NOT_FOUND', 'No such table', 404), 'No such table'],
  ['a response that the client cannot read', new TypeError('x is not iterable'), 'x is not iterable'],
])('counts %s as a failure of the product', async (_name, error, message) => {
  const failure = await call(error).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(ProductFailure);
  expect((failure as Error).message).toContain(message);
});

it('passes on the time limit of the check', async () => {
  const reason = new Error('time limit');
  await expect(call(new Error('aborted'), AbortSignal.abort(reason))).rejects.toBe(reason);
});
