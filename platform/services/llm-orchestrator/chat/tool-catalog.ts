import { z } from 'zod';
import { type mcpServer, Tool } from '../../../contracts/mcp-server/contract.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Client } from '../../../kit/peers/client.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';

/** The client of the MCP server; every call has the rights of the current user. */
export type ToolServer = Pick<Client<typeof mcpServer>, 'tools' | 'callTool'>;

export interface ToolCatalog {
  /** All tools with their schemas, at most five minutes old. @throws PeerProblem */
  list(signal: AbortSignal): Promise<Tool[]>;
}

const cacheKey = 'llm-orchestrator:tools';
const cacheSeconds = 300;
const Tools = z.array(Tool);

/** Caches the list, which is the same for all users, in Redis. Without Redis every call reads it from the server. */
export function createToolCatalog({
  server,
  redis,
  log,
}: {
  server: ToolServer;
  redis: RedisStore;
  log: Log;
}): ToolCatalog {
  const warn = (error: unknown) => {
    log.warn({ err: describeFailure(error) }, 'the cache of tools is unavailable');
  };

  async function cached(): Promise<Tool[] | undefined> {
    try {
      const text = await redis.client.get(cacheKey);
      // An entry of an older version may have another format; it counts as absent.
      return text === null ? undefined : Tools.safeParse(JSON.parse(text)).data;
    } catch (error) {
      warn(error);
      return undefined;
    }
  }

  return {
    async list(signal) {
      const known = await cached();
      if (known !== undefined) return known;
      const { tools } = await server.tools({}, { signal });
      await redis.client.set(cacheKey, JSON.stringify(tools), 'EX', cacheSeconds).catch(warn);
      return tools;
    },
  };
}
