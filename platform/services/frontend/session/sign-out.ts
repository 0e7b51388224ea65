import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../../../kit/observe/log.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import type { Site } from '../handlers/site.ts';

/**
 * Ends the visitor's session at the platform and drops its cookies. They are dropped also when the platform does
 * not answer: whoever signs out on a shared machine must not stay signed in there.
 */
export async function endSession(
  site: Site,
  { request, reply, log }: { request: FastifyRequest; reply: FastifyReply; log: Log },
): Promise<void> {
  const { api, callFor } = site.identity;
  try {
    await site.sessions.use(request, reply, (token) => api.logout({}, callFor(request, token)));
  } catch (error) {
    if (!(error instanceof PeerProblem)) throw error;
    log.warn({ err: error.message, request_id: request.id }, 'a session was only dropped, not ended');
  }
  site.sessions.forget(reply);
}
