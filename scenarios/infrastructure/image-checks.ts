import { atLeast, defineCheck, empty } from '../../harness/engine/index.ts';

export const contextComplete = defineCheck({
  id: 'infrastructure.images.context-complete',
  title: 'The image needs nothing outside of its build context',
  failureTitle: 'The image needs something outside of its build context',
  why: 'The assessment’s first blocker is a Docker build that failed: ../pyairtable-common is not a valid editable requirement. The package was beside the repository, so the build worked on the machine of its developer and nowhere else.',
  category: 'infrastructure',
  severity: 'high',
  requires: ['source-checkout'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Each finding names the file and its fix: move the dependency into the repository, publish it as a package, or add an exception to .dockerignore.',
    effort: 'hours',
  },
  // A context without files has no findings either.
  expects: { findings: empty(), files: atLeast(100, 'files') },
  breaks: [
    {
      defect: 'A package of the platform is beside the repository.',
      changes: [
        {
          kind: 'checkout',
          file: 'package.json',
          find: '"dependencies": {',
          replace: '"dependencies": {\n    "pyairtable-common": "file:../pyairtable-common",',
        },
      ],
      violates: ['findings'],
    },
    {
      defect: 'The build gets no source.',
      changes: [{ kind: 'checkout', file: '.dockerignore', find: '!platform\n', replace: '' }],
      violates: ['findings', 'files'],
    },
  ],
  async run({ buildContext, keep }) {
    const { files, findings } = await buildContext();
    await keep(
      'findings.json',
      findings.map((finding) => ({ ...finding })),
    );
    return {
      files,
      findings: findings.map(({ where, what, fix }) => `${where}: ${what} ${fix}`),
    };
  },
});
