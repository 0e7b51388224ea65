import { randomBytes } from 'node:crypto';
import { Agent, type Dispatcher } from 'undici';
import type { GeneratorPlan, GeneratorStep } from './generator-plan.ts';

export interface Sender extends AsyncDisposable {
  /** @returns the status; 0: no response in time */
  send(step: GeneratorStep): Promise<number>;
  /** Why some of the requests had no response. */
  readonly problems: readonly string[];
}

/** Maximum number of problems that are kept as evidence. */
const maxProblems = 10;

/** Sends steps over connections that are kept, as those of browsers are. Each source address has its own. */
export function openSender(
  { timeoutMs, traceId, sampledShare }: Pick<GeneratorPlan, 'timeoutMs' | 'traceId' | 'sampledShare'>,
  referenceUrl: string | undefined,
): Sender {
  const agents = new Map<string | null, Agent>();
  const agentFor = (from: string | null): Agent => {
    const known = agents.get(from);
    if (known) return known;
    const agent = new Agent({
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: { timeout: timeoutMs },
      ...(from === null ? {} : { localAddress: from }),
    });
    agents.set(from, agent);
    return agent;
  };

  async function sendHttp(step: GeneratorStep): Promise<number> {
    const url = step.kind === 'reference' ? `${referenceUrl}${step.url}` : step.url;
    const { origin, pathname, search } = new URL(url);
    const response = await agentFor(step.from).request({
      origin,
      path: `${pathname}${search}`,
      method: step.method as Dispatcher.HttpMethod,
      headers: {
        ...step.headers,
        traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-${Math.random() < sampledShare ? '01' : '00'}`,
      },
      body: step.body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body.dump({ limit: Number.POSITIVE_INFINITY });
    return response.statusCode;
  }

  /** 101 when the gateway has confirmed the token. */
  function openSocket({ url, token }: GeneratorStep): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const socket = new WebSocket(url);
    const timer = setTimeout(() => reject(new Error('no confirmation in time')), timeoutMs);
    socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'auth', token })));
    socket.addEventListener('message', ({ data }) =>
      resolve(String(data).includes('"authenticated"') ? 101 : 1),
    );
    socket.addEventListener('error', (event) => reject(new Error(`WebSocket: ${describe(event)}`)));
    socket.addEventListener('close', ({ code, reason }) =>
      reject(new Error(`closed with ${code} ${reason}`)),
    );
    return promise.finally(() => {
      clearTimeout(timer);
      socket.close();
    });
  }

  const problems: string[] = [];
  return {
    problems,
    async send(step) {
      try {
        return await (step.kind === 'socket' ? openSocket(step) : sendHttp(step));
      } catch (error) {
        if (problems.length < maxProblems) problems.push(`${step.name}: ${describe(error)}`);
        return 0;
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

/** The message of an error with those of its causes. */
function describe(problem: unknown): string {
  const parts: string[] = [];
  for (
    let at = problem;
    at instanceof Object && parts.length < 4;
    at = 'cause' in at ? at.cause : undefined
  ) {
    if ('message' in at) parts.push(String(at.message));
    if ('error' in at) parts.push(String(at.error));
  }
  return parts.join(': ') || 'unknown reason';
}
