import type { LogLine } from '../../evidence/facts.ts';
import type { CheckResult, Result } from '../../judge/result.ts';
import { sampleCheck } from './sample-checks.ts';
import { sampleBlocker, sampleResult } from './sample-result.ts';

/** A result in which every free text is the given one, as a hostile or broken platform could produce it. */
export function resultSaying(text: string): Result {
  const base = sampleResult();
  const logs: LogLine[] = [
    { service: text, stream: 'stdout', text },
    { service: text, stream: 'stderr', text: JSON.stringify({ level: 50, msg: text }) },
  ];
  const remediation = { text, effort: 'days' } as const;
  const said = {
    title: text,
    why: text,
    explanation: text,
    evidence: [`<${text}`],
    logs,
    remediation,
    reproduce: text,
  };
  const finding: CheckResult['findings'][number] = {
    name: text,
    criterion: { op: 'includes', values: [text] },
    observed: text,
    met: false,
    explanation: text,
  };
  return {
    ...base,
    run: { ...base.run, runId: text, toolVersion: text, subject: { commit: text, dirty: true } },
    runtime: text,
    planSha256: text,
    factsSha256: text,
    verdict: { ...base.verdict, decidedBy: [text] },
    conditions: base.conditions.map((condition) => ({
      ...condition,
      title: text,
      source: text,
      distance: text,
      missing: [text],
    })),
    categories: base.categories.map((category) => ({ ...category, title: text })),
    blockers: [
      sampleBlocker({
        title: text,
        root: text,
        cause: text,
        blocks: [text],
        logs,
        remediation,
        reproduce: text,
      }),
    ],
    checks: [
      sampleCheck({
        id: text,
        ...said,
        outcome: 'blocked',
        cause: 'product',
        blockedBy: text,
        findings: [finding],
        shortfall: { kind: 'threw', message: text, hint: text },
      }),
    ],
    boot: [
      {
        node: text,
        kind: 'service',
        state: 'failed',
        failure: { cause: text, kind: 'exited', by: 'product', lastProbe: text, openEdges: [text], logs },
      },
    ],
    capabilities: [{ name: text, available: false, detail: text }],
    faults: [text],
    harnessErrors: [text],
  };
}

/** Texts that break unescaped reports. */
export const hostileTexts: readonly string[] = [
  '</script><script>globalThis.broken = true</script>',
  '</style><img src=x onerror="globalThis.broken = true">',
  '<!--<script>',
  '-->',
  ']]>',
  '"><svg onload=globalThis.broken=true>',
  "' onmouseover='globalThis.broken=true",
  'javascript:globalThis.broken=true',
  '{{constructor.constructor "return process"}} {{{data}}}',
  '\u2028globalThis.broken = true;\u2029',
  '\u001b[2J\u0007\u0000\ufffe\ud800',
  '`` ``` ``````',
  '| a | b |\n|---|---|\n# heading',
  '[click](javascript:alert(1)) ![x](http://127.0.0.1/x)',
  '\\\\|',
  '\u202egnihtemos',
];
