import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { createLog } from '../../kit/observe/log.ts';
import { backgroundScope, runInScope } from '../../kit/service/scope.ts';
import { openAirtable } from './airtable.ts';
import { callTool } from './call-tool.ts';
import { loadProtocol } from './protocol.ts';
import { rejectBody } from './read-rpc-body.ts';

/**
 * The tools over standard input and output, for desktop clients that start their servers themselves. They use the
 * given token: a personal access token through `<gateway>/api/airtable`, or an access token, which the Airtable gateway
 * itself takes too. A batch, or another line of JSON that is no message, gets the error -32600; other lines are ignored.
 */
const Variables = z.object({
  ACCESS_TOKEN: z.string().min(1),
  AIRTABLE_GATEWAY_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/$/, '')),
});

const variables = Variables.safeParse(process.env);
if (!variables.success) {
  for (const issue of variables.error.issues)
    process.stderr.write(`mcp-server: ${issue.path.join('.')}: ${issue.message}\n`);
  process.stderr.write(
    'mcp-server: e.g. ACCESS_TOKEN=pat… AIRTABLE_GATEWAY_URL=http://127.0.0.1:8000/api/airtable\n',
  );
  process.exit(78);
}
const { ACCESS_TOKEN, AIRTABLE_GATEWAY_URL } = variables.data;

const airtable = openAirtable(AIRTABLE_GATEWAY_URL);
const rejected = rejectBody('Each line is one message of JSON-RPC 2.0. Batches work over HTTP only.');
// Standard output is for the protocol only.
const log = createLog({ service: 'mcp-server', level: 'silent' });
serveStdio(
  await loadProtocol(({ name, args, ...context }) =>
    runInScope(backgroundScope({ token: ACCESS_TOKEN }), () =>
      callTool({ name, arguments: args }, { airtable, log, ...context }),
    ),
  ),
  {
    onerror(error) {
      // The SDK would not respond, and the client would wait.
      if (error.name.endsWith('ZodError')) process.stdout.write(`${JSON.stringify(rejected)}\n`);
    },
  },
);
