import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Facts, Manifest } from '../evidence/facts.ts';
import { freezeFacts } from '../evidence/freeze-facts.ts';
import { nameOf } from '../faults/fault.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import type { Interruption } from './interruption.ts';
import type { PlannedRun } from './plan-run.ts';
import type { RunContext } from './run-context.ts';
import { hashRunFiles, writeAtomically } from './run-folder.ts';
import { capabilityHint } from './tools.ts';

/** Writes the facts of a run, and the manifest with the hash of every file that the verdict depends on. */
export async function writeEvidence(
  context: RunContext,
  run: PlannedRun,
  interruption: Interruption | undefined,
): Promise<void> {
  const facts = freezeFacts(factsOf(run, interruption), run.frozen);
  await writeAtomically(join(run.dir, 'facts.json'), facts.json);
  const manifest: Manifest = {
    schema: 'readiness.manifest/1',
    runId: run.id,
    toolVersion: await toolVersion(context.packageRoot),
    startedAt: run.startedAt.toISOString(),
    finishedAt: context.now().toISOString(),
    subject: run.subject,
    environment: {
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      runtime: run.frozen.plan.runtime,
      ...(run.target ? { target: `${run.target.name} (${run.target.label})` } : {}),
    },
    files: await hashRunFiles(run.dir),
  };
  await writeAtomically(join(run.dir, 'manifest.json'), canonicalJson(manifest));
}

function factsOf(run: PlannedRun, interruption: Interruption | undefined): Facts {
  const { boot, exits, checks, capabilities, harnessErrors, timeline } = run.observed;
  const required = new Set(run.frozen.plan.checks.flatMap(({ requires }) => requires));
  return {
    schema: 'readiness.facts/2',
    planSha256: run.frozen.sha256,
    boot: [...boot],
    ...(exits.length > 0 ? { exits: [...exits] } : {}),
    capabilities: [...required].map((name) => {
      const available = capabilities.has(name);
      return { name, available, detail: available ? 'available' : capabilityHint(name, run) };
    }),
    checks,
    completed: interruption === undefined && harnessErrors.length === 0,
    ...(interruption ? { interruptedBy: interruption.by } : {}),
    harnessErrors,
    ...(timeline ? { timeline } : {}),
    ...(run.gate ? { gate: run.gate } : {}),
    faults: run.injections.map(nameOf),
    ...(run.target && run.leftOnTarget
      ? { target: { name: run.target.name, left: [...run.leftOnTarget] } }
      : {}),
  };
}

async function toolVersion(packageRoot: string): Promise<string> {
  const text = await readFile(join(packageRoot, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
