import type { FastifyInstance } from 'fastify';
import { mcpServer } from '../../contracts/mcp-server/contract.ts';
import { scopesOfTools } from '../../contracts/mcp-server/tool-scopes.ts';
import type { Authenticate } from '../../kit/auth/access.ts';
import { describeResource, publicOrigin } from '../../kit/auth/protected-resource.ts';
import type { HandlerRequest } from '../../kit/http/handler.ts';
import { problem } from '../../kit/http/problem.ts';
import type { Log } from '../../kit/observe/log.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import type { Airtable } from './airtable.ts';
import { isAllowedOrigin } from './allowed-origins.ts';
import { type CallResult, callTool, toToolResult } from './call-tool.ts';
import type { Config } from './config.ts';
import { describeTools } from './describe-tools.ts';
import { handleRpcBody } from './json-rpc.ts';
import { createStreamableHttp } from './streamable-http.ts';

export interface McpServerDeps {
  config: Pick<Config, 'INTERNAL_API_KEY' | 'MCP_ALLOWED_ORIGINS' | 'PUBLIC_URL'>;
  log: Log;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
  airtable: Airtable;
}

/**
 * Builds the MCP server: the tools over plain routes, over JSON-RPC, and over the Model Context Protocol's Streamable
 * HTTP.
 */
export function buildApp({ airtable, ...service }: McpServerDeps): FastifyInstance {
  const call = (name: string, args: unknown, signal: AbortSignal): Promise<CallResult> =>
    callTool({ name, arguments: args }, { airtable, signal, log: service.log });
  const originOf = publicOrigin(service.config.PUBLIC_URL);
  const serveProtocol = createStreamableHttp(
    ({ name, args, ...context }) =>
      callTool({ name, arguments: args }, { airtable, log: service.log, ...context }),
    originOf,
  );
  const metadataOf =
    (path: string) =>
    async ({ raw, reply }: Pick<HandlerRequest, 'raw' | 'reply'>) =>
      describeResource(originOf(raw.raw), {
        path,
        name: mcpServer.title,
        scopes: scopesOfTools,
        documentation: '/openapi.json',
        reply,
      });

  const app = buildService(mcpServer, {
    ...service,
    publicOrigin: originOf,
    handlers: {
      serverMetadata: metadataOf(''),
      protocolMetadata: metadataOf(mcpServer.routes.streamPost.path),
      tools: async () => ({ tools: describeTools() }),
      callTool: async ({ body, signal }) => toToolResult(await call(body.name, body.arguments, signal)),
      async rpc({ body, signal, reply }) {
        const response = await handleRpcBody(body, (name, args) => call(name, args, signal));
        if (response.status === 200) return response.body;
        reply.code(response.status).send('body' in response ? response.body : undefined);
        return undefined as never;
      },
      streamPost: serveProtocol,
    },
  });
  const guarded = new Set(
    Object.values(mcpServer.routes).flatMap(({ path, access }): string[] =>
      access === 'public' ? [] : [path],
    ),
  );
  app.addHook('onRequest', async ({ headers, routeOptions }) => {
    if (
      !guarded.has(routeOptions.url ?? '') ||
      isAllowedOrigin(service.config.MCP_ALLOWED_ORIGINS, headers.origin)
    )
      return;
    throw problem('forbidden', { message: 'Pages of this origin may not use the tools.' });
  });
  return app;
}
