import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { stepsPerRun } from './run-row.ts';

/** One call as a step makes it, without anything around it. */
function call(url: URL, agent: Agent): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ name: 'step' });
    const outgoing = request(url, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (response) =>
      text(response).then((given) => resolve(JSON.parse(given)), reject),
    );
    outgoing.end(body);
  });
}

/**
 * Runs `count` sequences of calls at the same time, each call followed by one journal write.
 * @returns duration, milliseconds
 */
export async function floorSteps(
  count: number,
  options: { url: URL; journal: (run: number, step: number, result: unknown) => Promise<unknown> },
): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const start = performance.now();
  await Promise.all(
    Array.from({ length: count }, async (_, run) => {
      for (let step = 0; step < stepsPerRun; step += 1)
        await options.journal(run, step, await call(options.url, agent));
    }),
  );
  const duration = performance.now() - start;
  agent.destroy();
  return duration;
}
