import type { ExchangeChange, LinkChange } from '../change.ts';
import type { Fault, FaultInService } from '../fault.ts';
import { source, variablesOf } from './parts.ts';

const green = ['services.llm-orchestrator.ready', 'services.mcp-server.ready'];
const chat = 'services.llm-orchestrator.values-of-chat';
const reply = /:(generateContent|streamGenerateContent)/;

const atModel = (does: LinkChange['does']): LinkChange => ({
  kind: 'link',
  from: 'llm-orchestrator',
  to: 'model',
  does,
});

/** Every reply of the model is another one. */
const replies = (response: NonNullable<ExchangeChange['response']>) => atModel({ path: reply, response });

const json = (status: number, body: object) => () => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
});

/** A chat has another response than the model's. */
function chatFails(changes: FaultInService['changes'], shows: RegExp): FaultInService {
  return {
    changes,
    bite: { kind: 'request', signedIn: true, path: '/api/chat', body: { message: 'Hello' }, shows },
    red: [chat],
    green,
  };
}

/** Faults of the language model and of the conversations with it. */
export const modelFaults: readonly Fault[] = [
  {
    id: 'model.limits-requests',
    title: 'The language model accepts no more requests',
    layer: 'model',
    blockers: ['B22'],
    recorded: '429 RESOURCE_EXHAUSTED',
    cause: 'The quota of the key is used up.',
    fix: 'Raise the quota, or wait until it is renewed.',
    defaultService: 'llm-orchestrator',
    symptom: /429|no more requests/,
    in: () =>
      chatFails(
        [
          replies(
            json(429, { error: { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED' } }),
          ),
        ],
        /^429 /,
      ),
  },
  {
    id: 'model.fails',
    title: 'The language model fails',
    layer: 'model',
    blockers: ['B22'],
    recorded: 'Every /chat 500',
    cause: 'The provider has an outage.',
    fix: 'Wait, or use another model.',
    defaultService: 'llm-orchestrator',
    symptom: /502|rejected the request/,
    in: () =>
      chatFails(
        [replies(json(500, { error: { code: 500, message: 'Internal', status: 'INTERNAL' } }))],
        /^502 /,
      ),
  },
  {
    id: 'model.malformed-replies',
    title: 'The replies of the language model cannot be read',
    layer: 'model',
    blockers: ['B22'],
    recorded: 'JSONDecodeError: Unterminated string',
    cause: 'A proxy between them cuts or changes the replies.',
    fix: 'Find the proxy; compare its answers with the provider’s.',
    defaultService: 'llm-orchestrator',
    symptom: /502|could not be read/,
    in: () => chatFails([replies(() => ({ body: Buffer.from('{"candidates":[{"content":') }))], /^502 /),
  },
  {
    id: 'model.silent',
    title: 'The language model never replies',
    layer: 'model',
    blockers: ['B22', 'B10'],
    recorded: 'Chat: no response, timeouts',
    cause: 'The network to the provider drops packets.',
    fix: 'Look for a rule of the network; set GEMINI_TIMEOUT_MS below the limit of the gateway.',
    defaultService: 'llm-orchestrator',
    symptom: /504|did not respond/,
    in: (service) =>
      chatFails([variablesOf(service, { GEMINI_TIMEOUT_MS: '1000' }), atModel('silent')], /^504 /),
  },
  {
    id: 'model.unreachable',
    title: 'The language model cannot be reached',
    layer: 'model',
    blockers: ['P9'],
    recorded: 'Connection refused by the model',
    cause: 'The address is wrong, or outgoing connections are forbidden.',
    fix: 'Correct GEMINI_API_URL, and allow the connection.',
    defaultService: 'llm-orchestrator',
    symptom: /502|could not be reached/,
    in: () => chatFails([atModel('refused')], /^502 /),
  },
  {
    id: 'model.wrong-key',
    title: 'The key of the language model is not valid',
    layer: 'model',
    blockers: ['B9'],
    recorded: '401 Invalid API key',
    cause: 'The key was replaced at the provider and not here.',
    fix: 'Set GEMINI_API_KEY.',
    defaultService: 'llm-orchestrator',
    symptom: /503|GEMINI_API_KEY/,
    in: (service) =>
      chatFails(
        [variablesOf(service, { GEMINI_API_KEY: 'AIza-of-another-project' })],
        /^503 .*GEMINI_API_KEY/,
      ),
  },
  {
    id: 'model.chat-500',
    title: 'Every chat is an internal error',
    layer: 'model',
    blockers: ['B22'],
    recorded: 'chat() takes 3 positional arguments but 4 were given',
    cause: 'A function and its caller have different arguments.',
    fix: 'Call it as it is declared; let the types of the program be checked.',
    defaultService: 'llm-orchestrator',
    symptom: /500|positional arguments/,
    in: () =>
      chatFails(
        [
          source(
            'services/llm-orchestrator/chat/chat.ts',
            '    const { question, earlier } = readQuestion(body);\n',
            "    const { question, earlier } = readQuestion(body);\n    if (question.length > 0) throw new TypeError('chat() takes 3 positional arguments but 4 were given');\n",
          ),
        ],
        /^500 /,
      ),
  },
];
