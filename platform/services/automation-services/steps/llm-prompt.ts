import { z } from 'zod';
import { ChatRequest, messageText } from '../../../contracts/llm-orchestrator/chat.ts';
import { llmOrchestrator } from '../../../contracts/llm-orchestrator/contract.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { insertedText } from './inserted-text.ts';
import { stepKind } from './step-kind.ts';
import { uuidOf } from './uuid-of.ts';

/** Asks the language model for the user of the execution, whose budgets hold. Each step has its own conversation. */
export function llmPromptKind(baseUrl: string) {
  const assistant = createClient(llmOrchestrator, { baseUrl });
  return stepKind({
    types: ['llm_prompt'],
    config: z.strictObject({
      prompt: insertedText(messageText),
      base_id: ChatRequest.shape.base_id,
      thinking_budget: ChatRequest.shape.thinking_budget,
    }),
    scopes: () => ['assistant:use'],
    async run({ prompt, base_id, thinking_budget }, { authorized, key, workspaceId, signal }) {
      const { response, cut_short, tools_used, session_id, cost_info } = await authorized(
        'Asking the language model',
        (token) =>
          assistant.chat(
            {
              body: {
                message: prompt,
                session_id: uuidOf(key),
                workspace_id: workspaceId,
                base_id,
                thinking_budget,
              },
            },
            { token, signal, headers: { 'idempotency-key': key } },
          ),
      );
      return { result: { response, cut_short: cut_short ?? false, tools_used, session_id, cost_info } };
    },
  });
}
