import { service } from '../service.ts';
import { sagaEventRoutes } from './events.ts';
import { sagaRoutes } from './sagas.ts';
import { sagaTemplateRoutes } from './templates.ts';

export const sagaService = service({
  name: 'saga-service',
  title: 'Transactions over several services, undone step by step when one fails',
  port: 8005,
  // Its workflow templates stay apart from the automation service's workflows, which own `/api/workflows`.
  mounts: [
    { public: '/api/saga', internal: '/saga' },
    { public: '/api/saga/workflows', internal: '/workflows' },
    { public: '/api/saga/events', internal: '/events' },
  ],
  routes: { ...sagaRoutes, ...sagaTemplateRoutes, ...sagaEventRoutes },
});
