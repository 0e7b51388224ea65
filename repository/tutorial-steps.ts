/** One step of the tutorial: a file to write, or a command with its expected exit code and output. */
export type TutorialStep =
  | { kind: 'file'; path: string; content: string }
  | { kind: 'command'; script: string; exitCode: number; prints: string[] };

/**
 * The steps of a document: fenced blocks with `tutorial` in the info string. `file=<path>` writes the block. `sh` runs
 * it and expects `exit=<code>` (default 0); the output must contain each line of the `text` block after it.
 * @throws Error for a `text` block without a command, or a document without any step.
 */
export function tutorialSteps(markdown: string): TutorialStep[] {
  const steps: TutorialStep[] = [];
  for (const { groups } of markdown.matchAll(/^```(?<info>.*\btutorial\b.*)\n(?<body>[\s\S]*?)^```$/gm)) {
    const { info = '', body = '' } = groups ?? {};
    const option = (name: string) => new RegExp(`\\b${name}=(\\S+)`).exec(info)?.[1];
    const path = option('file');
    if (path !== undefined) steps.push({ kind: 'file', path, content: body });
    else if (info.startsWith('sh '))
      steps.push({ kind: 'command', script: body, exitCode: Number(option('exit') ?? 0), prints: [] });
    else {
      const last = steps.at(-1);
      if (last?.kind !== 'command') throw new Error(`No command comes before:\n${body}`);
      last.prints.push(...body.split('\n').filter((line) => line.trim() !== ''));
    }
  }
  if (steps.length === 0) throw new Error('The document has no tutorial step.');
  return steps;
}
