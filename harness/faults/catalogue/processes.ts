import { serviceNames } from '../../../platform/contracts/service.ts';
import type { Fault } from '../fault.ts';
import { readyCheck, runsFirst, variablesOf, withOption } from './parts.ts';

const others = ['services.user-service.ready', 'services.platform-services.ready'];
const not = (ids: readonly string[], id: string) => ids.filter((one) => one !== id);

/** Ends the process soon after it has reported itself ready for the first time. */
const exitsWhenReady = `
import { Server } from 'node:http';
const { emit } = Server.prototype;
Server.prototype.emit = function (event, request, response) {
  if (event === 'request' && request.url === '/ready') response.once('finish', () => {
    if (response.statusCode === 200) setTimeout(() => {
      console.error('the background work has failed');
      process.exit(1);
    }, 1000);
  });
  return emit.apply(this, arguments);
};`;

/** Faults of the image and of processes: what does not build, start or stay. */
export const processFaults: readonly Fault[] = [
  {
    id: 'build.missing-shared-package',
    title: 'The image needs a package that is beside the repository',
    layer: 'build',
    blockers: ['P1'],
    recorded: 'ERROR: ../pyairtable-common is not a valid editable requirement',
    cause: 'A requirement names a folder outside of the build context, which only its developer has.',
    fix: 'Move the package into the repository, or publish it and name a version.',
    defaultService: 'mcp-server',
    symptom: /pyairtable-common/,
    in: () => ({
      changes: [
        {
          kind: 'checkout',
          file: 'package.json',
          find: '"dependencies": {',
          replace: '"dependencies": {\n    "pyairtable-common": "file:../pyairtable-common",',
        },
      ],
      bite: { kind: 'context', shows: /pyairtable-common/ },
      red: ['infrastructure.images.context-complete'],
      green: others,
    }),
  },
  {
    id: 'build.source-ignored',
    title: 'The build of the image does not get the source',
    layer: 'build',
    blockers: ['P1'],
    recorded: 'COPY failed: file not found in build context',
    cause: '.dockerignore leaves out a folder that the image needs.',
    fix: 'Add an exception for the folder to .dockerignore.',
    defaultService: 'gateway',
    symptom: /platform/,
    in: () => ({
      changes: [{ kind: 'checkout', file: '.dockerignore', find: '!platform\n', replace: '' }],
      bite: { kind: 'context', shows: /platform/ },
      red: ['infrastructure.images.context-complete'],
      green: others,
    }),
  },
  {
    id: 'service.exits-at-start',
    title: 'A service fails on an import and exits',
    layer: 'process',
    blockers: ['B1', 'B2', 'B19', 'P5'],
    recorded: 'ModuleNotFoundError: No module named ‘routes’; the container restarts without end',
    cause: 'A module that the program imports is not where it is looked for.',
    fix: 'Install or copy the module, or correct the path of the import.',
    defaultService: 'mcp-server',
    services: serviceNames,
    symptom: /Cannot find (module|package)/,
    in: (service) => ({
      changes: [variablesOf(service, { NODE_OPTIONS: withOption('--import=/app/routes/index.mjs') })],
      bite: { kind: 'boot', node: service, shows: /Cannot find (module|package)/ },
      red: [readyCheck(service)],
      green: not(others, readyCheck(service)),
    }),
  },
  {
    id: 'service.hangs-at-start',
    title: 'A service starts and never becomes ready',
    layer: 'process',
    blockers: ['P5'],
    recorded: 'API response times: timeouts',
    cause: 'The program waits for something that never comes before it listens.',
    fix: 'Listen first, and report what is missing in the readiness.',
    defaultService: 'llm-orchestrator',
    services: serviceNames,
    symptom: /waiting for a lock that is never released/,
    in: (service) => ({
      changes: [
        runsFirst(
          service,
          'console.error("waiting for a lock that is never released"); setInterval(() => {}, 1000); await new Promise(() => {});',
        ),
      ],
      bite: { kind: 'boot', node: service, shows: /waiting for a lock/ },
      red: [readyCheck(service)],
      green: not(others, readyCheck(service)),
    }),
  },
  {
    id: 'service.port-taken',
    title: 'Another process listens on a service’s port',
    layer: 'process',
    blockers: ['P5', 'P9'],
    recorded: 'Service won’t start; address already in use',
    cause: 'Two programs are configured for the same port of one machine.',
    fix: 'Stop the other program, which the failure names, or give one of them another port.',
    defaultService: 'user-service',
    services: serviceNames,
    symptom: /EADDRINUSE|is in use/,
    in: (service) => ({
      changes: [{ kind: 'port', service }],
      bite: { kind: 'boot', node: service, shows: /EADDRINUSE|in use|port/ },
      red: [readyCheck(service)],
      green: not(['services.mcp-server.ready', 'services.platform-services.ready'], readyCheck(service)),
    }),
  },
  {
    id: 'service.crashes-after-start',
    title: 'A service becomes ready and exits soon afterwards',
    layer: 'process',
    blockers: ['B13', 'B19'],
    recorded: 'Continuous restarts, no health',
    cause: 'Work in the background fails and ends the process.',
    fix: 'Find the exception in the last lines of its log, and handle it where the work begins.',
    defaultService: 'saga-service',
    services: serviceNames,
    symptom: /the background work has failed|exited with code 1/,
    in: (service) => ({
      changes: [runsFirst(service, exitsWhenReady)],
      bite: { kind: 'exit', node: service },
      red: ['infrastructure.processes.none-ended-during-the-run'],
      root: `exit:${service}`,
      green: not(others, readyCheck(service)),
    }),
  },
  {
    id: 'service.down',
    title: 'A service is not running',
    layer: 'process',
    blockers: ['P5', 'P7'],
    recorded: 'Connection refused',
    cause: 'The process was ended, and nothing has started it again.',
    fix: 'Start it, and let a supervisor restart it.',
    defaultService: 'airtable-gateway',
    services: serviceNames,
    symptom: /ECONNREFUSED|ended by SIGKILL/,
    in: (service) => ({
      changes: [{ kind: 'signal', node: service, signal: 'SIGKILL' }],
      bite: { kind: 'exit', node: service },
      red: [readyCheck(service), 'infrastructure.processes.none-ended-during-the-run'],
      green: not(others, readyCheck(service)),
    }),
  },
  {
    id: 'service.hangs',
    title: 'A service accepts connections and answers nothing',
    layer: 'process',
    blockers: ['P5', 'B10'],
    recorded: 'All requests time out',
    cause: 'The process is blocked: by a loop, a lock, or a machine that has suspended it.',
    fix: 'Take a profile of the process, and restart it by its liveness.',
    defaultService: 'llm-orchestrator',
    services: serviceNames,
    symptom: /did not respond|no response|time/i,
    in: (service) => ({
      changes: [{ kind: 'signal', node: service, signal: 'SIGSTOP' }],
      bite: { kind: 'request', service, path: '/health', shows: /^no response within/ },
      red: [readyCheck(service)],
      green: not(others, readyCheck(service)),
    }),
  },
];
