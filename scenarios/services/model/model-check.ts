import type { ModelScript } from '../../../harness/engine/index.ts';
import {
  type Account,
  type CheckContext,
  type Exchange,
  scriptedMessage,
} from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';

/** Fields of the checks that chat with the model server. */
export const modelCheck = {
  category: 'services',
  severity: 'high',
  needs: ['services.llm-orchestrator.available', registrationWorks],
  services: ['gateway', 'platform-services', 'llm-orchestrator', 'mcp-server', 'airtable-gateway'],
  requires: ['model-server'],
  timeoutMs: 60_000,
} as const;

/** Sends chat messages of one user. */
export type Chat = (
  text: string,
  script: ModelScript,
  options?: { session_id?: string; stream?: boolean; thinking_budget?: number; base_id?: string },
) => Promise<Exchange>;

export function chatAs(
  { http }: Pick<CheckContext, 'http'>,
  { accessToken, address }: Pick<Account, 'accessToken' | 'address'>,
): Chat {
  return (text, script, options = {}) =>
    http.request('gateway', '/api/chat', {
      method: 'POST',
      token: accessToken,
      from: address,
      timeoutMs: 30_000,
      body: { message: scriptedMessage(text, script), ...options },
    });
}

/** How often the model was asked for a reply, which costs money. Counting tokens costs nothing. */
export const repliesAsked = (context: CheckContext, text: string): number =>
  context.modelRequests(text).filter(({ method }) => method !== 'countTokens').length;
