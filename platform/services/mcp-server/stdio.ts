import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { createLog } from '../../kit/observe/log.ts';
import { backgroundScope, runInScope } from '../../kit/service/scope.ts';
import { openAirtable } from './airtable.ts';
import { callTool } from './call-tool.ts';
import { loadProtocol } from './protocol.ts';

/**
 * The tools over standard input and output, for desktop clients that start their servers themselves. They use the
 * given token: a personal access token through `<gateway>/api/airtable`, or an access token, which the Airtable gateway
 * itself takes too.
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
// Standard output is for the protocol only.
const log = createLog({ service: 'mcp-server', level: 'silent' });
serveStdio(
  await loadProtocol(({ name, args, ...context }) =>
    runInScope(backgroundScope({ token: ACCESS_TOKEN }), () =>
      callTool({ name, arguments: args }, { airtable, log, ...context }),
    ),
  ),
);
