import { erasureRoutes } from '../erasure.ts';
import { grantUseRoutes } from '../grants-in-use.ts';
import { service } from '../service.ts';
import { workspaceContentsRoutes } from '../workspace-contents.ts';
import { sagaEventRoutes } from './events.ts';
import { sagaRoutes } from './sagas.ts';
import { sagaTemplateRoutes } from './templates.ts';

export const sagaService = service({
  name: 'saga-service',
  title: 'Transactions across services, with compensation when a step fails',
  port: 8005,
  // `/api/workflows` belongs to automation-services, so the saga templates have their own prefix.
  mounts: [
    { public: '/api/saga', internal: '/saga' },
    { public: '/api/saga/workflows', internal: '/workflows' },
    { public: '/api/saga/events', internal: '/events' },
  ],
  routes: {
    ...sagaRoutes,
    ...sagaTemplateRoutes,
    ...sagaEventRoutes,
    ...erasureRoutes,
    ...workspaceContentsRoutes,
    ...grantUseRoutes,
  },
});
