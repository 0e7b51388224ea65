import { once } from 'node:events';
import { createServer } from 'node:net';
import { changeNode } from './change-node.ts';
import { type Fault, nothingToDispose } from './fault.ts';

/** The credentials do not match the database role: blocker P8. */
export const wrongDatabasePassword: Fault = {
  id: 'db.wrong-password',
  title: 'A service has a wrong database password',
  incident: 'asyncpg.exceptions.InvalidPasswordError (service startup failures)',
  defaultService: 'platform-services',
  symptom: /28P01|password authentication failed/,
  async inject({ stack, service }) {
    return {
      stack: changeNode(stack, service, () => ({
        rewriteEnvironment: (environment) => ({
          ...environment,
          DATABASE_URL: withWrongPassword(environment.DATABASE_URL ?? ''),
        }),
      })),
      ...nothingToDispose,
    };
  },
};

function withWrongPassword(databaseUrl: string): string {
  return databaseUrl.replace(/^(\w+:\/\/[^:/@]+):[^@]*@/, '$1:not-the-password@');
}

/** Another process listens on the service's port. */
export const portTaken: Fault = {
  id: 'service.port-taken',
  title: 'Another process listens on a service’s port',
  incident: 'Service won’t start',
  defaultService: 'user-service',
  symptom: /EADDRINUSE/,
  async inject({ stack, service }) {
    const holder = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    return {
      stack: changeNode(stack, service, () => ({ port })),
      async [Symbol.asyncDispose]() {
        holder.close();
        await once(holder, 'close');
      },
    };
  },
};

/** The process exits while it loads its modules: blockers B1, B2 and B19. */
export const exitsAtStart: Fault = {
  id: 'service.exits-at-start',
  title: 'A service fails on an import and exits',
  incident: 'Import errors, continuous restarts',
  defaultService: 'mcp-server',
  symptom: /Cannot find (module|package)/,
  async inject({ stack, service }) {
    return {
      stack: changeNode(stack, service, (node) => ({
        execArgv: [...(node.execArgv ?? []), '--import', '/app/routes/index.mjs'],
      })),
      ...nothingToDispose,
    };
  },
};

/** The process runs and writes to its log, but never responds. */
export const hangsAtStart: Fault = {
  id: 'service.hangs-at-start',
  title: 'A service starts and never becomes ready',
  incident: 'API response times: timeouts',
  defaultService: 'llm-orchestrator',
  symptom: /waiting for a lock that is never released/,
  async inject({ stack, service }) {
    const hang =
      'console.error("waiting for a lock that is never released"); setInterval(() => {}, 1000); await new Promise(() => {});';
    return {
      stack: changeNode(stack, service, (node) => ({
        execArgv: [...(node.execArgv ?? []), '--import', `data:text/javascript,${encodeURIComponent(hang)}`],
      })),
      ...nothingToDispose,
    };
  },
};
