import { atLeast, defineCheck, equals, matches } from '../../harness/engine/index.ts';
import { ChatAnswer } from '../../platform/contracts/llm-orchestrator/chat.ts';
import { servedBy } from '../kit/response.ts';

/** The one part of the platform that lives elsewhere: without a key nobody can say whether chat works. */
export const modelAnswers = defineCheck({
  id: 'services.llm-orchestrator.model-answers',
  title: 'A chat message is answered by the language model, and its cost is recorded',
  why: 'Everything else of the orchestrator can work while its model refuses the key, the region or the model’s name; users see only that chat is dead.',
  category: 'services',
  severity: 'high',
  needs: ['services.llm-orchestrator.available', 'auth.register.valid-accepted'],
  services: ['gateway', 'llm-orchestrator', 'mcp-server'],
  requires: ['language-model'],
  remediation: {
    text: 'Ask llm-orchestrator’s GET /cost-tracking/status for model_problem; check GEMINI_API_KEY, DEFAULT_MODEL and the way out to GEMINI_API_URL in the environment of llm-orchestrator.',
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
  async run({ account, http, unique }) {
    const { accessToken, address } = await account();
    const answer = await http.request('gateway', '/api/chat', {
      method: 'POST',
      token: accessToken,
      from: address,
      timeoutMs: 60_000,
      body: { message: 'Answer with the single word: ready', session_id: unique('session') },
    });
    const chat = ChatAnswer.safeParse(answer.json);
    return {
      status: answer.status,
      servedBy: servedBy(answer),
      response: chat.success ? chat.data.response : answer.text.slice(0, 300),
      wellFormed: chat.success,
      totalCost: chat.success ? Number(chat.data.cost_info.total_cost) : 0,
    };
  },
});
