import type {
  FullResult,
  Reporter,
  TestCase,
  TestError,
  TestResult,
  TestStep,
} from '@playwright/test/reporter';

/** Begins every line that the harness reads. */
const mark = '@@e2e ';

/** Terminal colours begin with a control character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is that character.
const colours = /\u001b\[[0-9;]*m/g;

/**
 * Prints one line of JSON for each finished test, as soon as it has finished. The harness makes checks of them. A test
 * that fails may be repeated to record it: its first result counts, with the attachments of both.
 */
export default class ResultLines implements Reporter {
  readonly #first = new Map<string, TestResult>();

  printsToStdio(): boolean {
    return true;
  }

  /** Accounts that a test is about to register, see `fixtures/people.ts`. */
  onStdOut(chunk: string | Buffer): void {
    for (const line of String(chunk).split('\n'))
      if (line.startsWith(mark)) process.stdout.write(`${line}\n`);
  }

  onTestEnd(test: TestCase, last: TestResult): void {
    const isFailed = last.status !== test.expectedStatus && last.status !== 'skipped';
    if (isFailed && last.retry < test.retries && last.status !== 'interrupted') {
      if (!this.#first.has(test.id)) this.#first.set(test.id, last);
      return;
    }
    const result = this.#first.get(test.id) ?? last;
    const observed = result.attachments.find(({ name }) => name === 'observations')?.body;
    print({
      type: 'result',
      tags: test.tags,
      title: test.title,
      project: test.parent.project()?.name,
      status: result.status,
      durationMs: result.duration,
      steps: Object.fromEntries(stepsOf(result.steps)),
      observed: observed ? JSON.parse(observed.toString('utf8')) : {},
      errors: result.errors.map(messageOf),
      attachments: [...new Set([...result.attachments, ...last.attachments])].flatMap(({ name, path }) =>
        path ? [{ name, path }] : [],
      ),
    });
  }

  onError(error: TestError): void {
    print({ type: 'error', message: messageOf(error) });
  }

  onEnd(result: FullResult): void {
    print({ type: 'end', status: result.status });
  }
}

function* stepsOf(steps: readonly TestStep[]): Generator<[name: string, result: string]> {
  for (const step of steps) {
    if (step.category === 'test.step') yield [step.title, step.error ? messageOf(step.error) : 'done'];
    yield* stepsOf(step.steps);
  }
}

function messageOf({ message, value }: TestError): string {
  const text = (message ?? value ?? 'no message').replaceAll(colours, '');
  return text.split('\n').slice(0, 6).join(' ').slice(0, 500);
}

function print(line: unknown): void {
  process.stdout.write(`${mark}${JSON.stringify(line)}\n`);
}
