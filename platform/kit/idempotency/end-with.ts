import type { ProblemError } from '../http/problem.ts';
import { toProblem } from '../http/problem-response.ts';
import type { Log } from '../observe/log.ts';
import type { EndableTransaction } from '../postgres/database.ts';
import { describeFailure } from '../service/describe-failure.ts';
import { effectOf, type SentResponse, type StoredResponse, storedProblem } from './stored-response.ts';

export interface RequestEnd {
  /** The transaction that the work has joined, if any. */
  transaction(): EndableTransaction | undefined;
  log: Log;
  work(): Promise<SentResponse | undefined>;
  /** The response to store; undefined to store none. */
  responseOf(sent: SentResponse | undefined): SentResponse | undefined;
  /** Stores the response for repetitions. */
  store(response: StoredResponse): Promise<void>;
  /** Makes the key free again. */
  forget(): Promise<void>;
}

interface Outcome {
  sent?: SentResponse | undefined;
  thrown?: { error: unknown; problem: ProblemError };
  /** Undefined where nothing is to be stored. */
  response?: StoredResponse | undefined;
}

/**
 * Does the work of a request and stores what came of it, in the transaction of the work where it has one. A failure
 * undoes that transaction. A rejected request keeps what its handler has written on purpose.
 */
export async function endWith(end: RequestEnd): Promise<SentResponse | undefined> {
  const outcome = await outcomeOf(end);
  const { thrown, response } = outcome;
  const transaction = end.transaction();
  try {
    if (thrown && effectOf(thrown.problem) === 'undo') {
      await transaction?.rollback();
      await end.forget();
    } else {
      await (response ? end.store(response) : end.forget());
      await transaction?.commit();
    }
  } catch (error) {
    await transaction?.rollback();
    // Without a transaction the work is done, and its response is true although a repetition cannot get it.
    if (transaction && !thrown) throw error;
    end.log.warn({ err: describeFailure(error) }, 'the response of a request with a key could not be stored');
  }
  if (thrown) throw thrown.error;
  return outcome.sent;
}

async function outcomeOf({ work, responseOf }: RequestEnd): Promise<Outcome> {
  try {
    const sent = await work();
    const response = responseOf(sent);
    return { sent, response: response && { sent: response } };
  } catch (error) {
    const problem = toProblem(error);
    const thrown = { error, problem };
    return effectOf(problem) === 'store' ? { thrown, response: storedProblem(problem) } : { thrown };
  }
}
