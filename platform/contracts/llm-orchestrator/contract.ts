import { erasureRoutes } from '../erasure.ts';
import { service } from '../service.ts';
import { workspaceContentsRoutes } from '../workspace-contents.ts';
import { budgetRoutes } from './budgets.ts';
import { chatRoutes } from './chat.ts';
import { conversationRoutes } from './conversations.ts';
import { modelCostRoutes } from './model-costs.ts';

export const llmOrchestrator = service({
  name: 'llm-orchestrator',
  title: 'Conversations with a language model that uses the Airtable tools',
  port: 8003,
  mounts: [
    { public: '/api/chat', internal: '/chat' },
    { public: '/api/tools', internal: '/tools' },
    { public: '/api/execute-tool', internal: '/execute-tool' },
    { public: '/api/sessions', internal: '/sessions' },
    { public: '/api/budgets', internal: '/budgets' },
    { public: '/api/cost-tracking', internal: '/cost-tracking' },
  ],
  routes: {
    ...chatRoutes,
    ...conversationRoutes,
    ...budgetRoutes,
    ...modelCostRoutes,
    ...erasureRoutes,
    ...workspaceContentsRoutes,
  },
});
