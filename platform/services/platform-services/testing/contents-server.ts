import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import {
  type HoldingService,
  holdingServices,
  type WorkspaceContents,
} from '../../../contracts/workspace-contents.ts';

/** Answers for the other services what their part of a workspace holds, by the contract. */
export interface ContentsServer {
  /** What each service holds in every workspace; `silent` never responds. Without an entry, nothing. */
  readonly held: Map<HoldingService, WorkspaceContents | 'silent'>;
  /** The requests, in order of their arrival. */
  readonly asked: { path: string; body: unknown }[];
  urlOf(service: HoldingService): string;
  stop(): Promise<void>;
}

export async function startContentsServer(): Promise<ContentsServer> {
  const held: ContentsServer['held'] = new Map();
  const asked: ContentsServer['asked'] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    const service = holdingServices.find((name) => path.startsWith(`/${name}/internal/workspaces/`));
    if (service === undefined) {
      response.writeHead(404).end();
      return;
    }
    asked.push({ path, body: await json(request) });
    const contents = held.get(service) ?? {};
    if (contents === 'silent') return;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ contents }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    held,
    asked,
    urlOf: (service) => `http://127.0.0.1:${port}/${service}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
