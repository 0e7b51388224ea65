import type { Capability } from '../../../plan/plan.ts';

const publish =
  'Publish it in the compose file, on a network that is not internal, with secrets that your user can read (docs/compose.md).';

/** How to give an adopted compose project a capability that it lacks; undefined for one that adopting cannot give. */
export const adoptedHints: Readonly<Partial<Record<Capability, string>>> = {
  'postgres-admin': `Port 5432 of postgres is not published. ${publish}`,
  'postgres-service-roles': `Port 5432 of postgres is not published. ${publish}`,
  'redis-admin': `Port 6379 of redis is not published. ${publish}`,
  'internal-key': `The port of platform-services is not published. ${publish}`,
  'service-addresses': `The port of the service is not published. ${publish}`,
  'process-exits': `Not all ten services are published. ${publish}`,
  monitoring: `Port 9090 of prometheus is not published. ${publish}`,
  traces: `Port 3200 of tempo is not published. ${publish}`,
  'many-source-addresses': 'The network of containers hides the address of a client. Use --runtime process.',
  'local-sockets': 'The sockets of services are in their containers. Use --runtime process.',
  'boot-times': 'The harness did not start the project. Without --adopt it starts one of its own.',
  'node-restart': 'The harness never restarts what it did not start: npm run readiness',
};
