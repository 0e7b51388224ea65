import { z } from 'zod';
import { type mcpServer, Tool } from '../../../contracts/mcp-server/contract.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Client } from '../../../kit/peers/client.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';

/** The tools as this service sees them; every call carries the rights of the user being served. */
export type ToolServer = Pick<Client<typeof mcpServer>, 'tools' | 'callTool'>;

export interface ToolCatalog {
  /** All tools with their schemas, at most five minutes old. @throws PeerProblem */
  list(signal: AbortSignal): Promise<Tool[]>;
}

const cacheKey = 'llm-orchestrator:tools';
const cacheSeconds = 300;
const Tools = z.array(Tool);

/** Keeps the list, which is the same for everybody, in Redis; without Redis the tools' server is asked each time. */
export function createToolCatalog({
  server,
  redis,
  log,
}: {
  server: ToolServer;
  redis: RedisStore;
  log: Log;
}): ToolCatalog {
  const complain = (error: unknown) => {
    log.warn({ err: describeFailure(error) }, 'the cache of tools could not be used');
  };

  async function cached(): Promise<Tool[] | undefined> {
    try {
      const text = await redis.client.get(cacheKey);
      // What an older version wrote may have another shape; it is then as good as absent.
      return text === null ? undefined : Tools.safeParse(JSON.parse(text)).data;
    } catch (error) {
      complain(error);
      return undefined;
    }
  }

  return {
    async list(signal) {
      const known = await cached();
      if (known !== undefined) return known;
      const { tools } = await server.tools({}, { signal });
      await redis.client.set(cacheKey, JSON.stringify(tools), 'EX', cacheSeconds).catch(complain);
      return tools;
    },
  };
}
