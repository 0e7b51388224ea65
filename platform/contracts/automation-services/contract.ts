import { erasureRoutes } from '../erasure.ts';
import { grantUseRoutes } from '../grants-in-use.ts';
import { service } from '../service.ts';
import { workspaceContentsRoutes } from '../workspace-contents.ts';
import { executionRoutes } from './executions.ts';
import { notificationRoutes } from './notifications.ts';
import { recordEventRoutes } from './record-events.ts';
import { automationCallRoutes } from './service-calls.ts';
import { webhookRoutes } from './webhooks.ts';
import { workflowTemplateRoutes } from './workflow-templates.ts';
import { workflowRoutes } from './workflows.ts';

export const automationServices = service({
  name: 'automation-services',
  title: 'Workflows, schedules, templates and notifications',
  port: 8006,
  mounts: [
    { public: '/api/workflows', internal: '/workflows' },
    { public: '/api/executions', internal: '/executions' },
    { public: '/api/templates', internal: '/templates' },
    { public: '/api/notifications', internal: '/notifications' },
    { public: '/api/hooks', internal: '/hooks' },
  ],
  routes: {
    ...workflowRoutes,
    ...webhookRoutes,
    ...executionRoutes,
    ...workflowTemplateRoutes,
    ...notificationRoutes,
    ...automationCallRoutes,
    ...recordEventRoutes,
    ...erasureRoutes,
    ...workspaceContentsRoutes,
    ...grantUseRoutes,
  },
});
