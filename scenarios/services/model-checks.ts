import { atLeast, defineCheck, equals, matches } from '../../harness/engine/index.ts';
import { ChatResponse } from '../../platform/contracts/llm-orchestrator/chat.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { servedBy } from '../kit/response.ts';
import { modelBreaks } from './event-breaks.ts';

/** The model is the only external part of the platform. Without a key its state is unknown. */
export const modelResponds = defineCheck({
  id: 'services.llm-orchestrator.model-responds',
  users: 1,
  title: 'The language model responds to chat with a recorded cost',
  why: 'The orchestrator can pass all other checks while the model rejects the key, the region or the model’s name. Then chat does not work.',
  category: 'services',
  severity: 'high',
  needs: ['services.llm-orchestrator.available', registrationWorks],
  services: ['gateway', 'llm-orchestrator', 'mcp-server'],
  requires: ['language-model'],
  remediation: {
    text: 'Read model_problem in llm-orchestrator’s GET /cost-tracking/status. Check GEMINI_API_KEY, DEFAULT_MODEL and the connection to GEMINI_API_URL in the environment of llm-orchestrator.',
    effort: 'hours',
  },
  timeoutMs: 90_000,
  expects: {
    status: equals(200),
    servedBy: equals('llm-orchestrator'),
    response: matches(/\S/),
    wellFormed: equals(true),
    totalCost: atLeast(0.000001, 'US dollars'),
  },
  breaks: modelBreaks,
  async run({ account, http, unique }) {
    const { accessToken, address } = await account();
    const response = await http.request('gateway', '/api/chat', {
      method: 'POST',
      token: accessToken,
      from: address,
      timeoutMs: 60_000,
      body: { message: 'Answer with the single word: ready', session_id: unique('session') },
    });
    const chat = ChatResponse.safeParse(response.json);
    return {
      status: response.status,
      servedBy: servedBy(response),
      response: chat.success ? chat.data.response : response.text.slice(0, 300),
      wellFormed: chat.success,
      totalCost: chat.success ? Number(chat.data.cost_info.total_cost) : 0,
    };
  },
});
