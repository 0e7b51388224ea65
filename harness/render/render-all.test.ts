import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { judgeSample } from '../judge/testing/sample-run.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { loadTemplates } from './load-templates.ts';
import { renderAll } from './render-all.ts';
import { sampleResult } from './testing/sample-result.ts';

const templates = await loadTemplates(fileURLToPath(new URL('../../reports/templates', import.meta.url)));

describe('renderAll', () => {
  it('renders every file, the report for people first', () => {
    const { files, errors } = renderAll(sampleResult(), { templates });
    expect(errors).toEqual([]);
    expect(files.map(({ name }) => name)).toEqual([
      'report.html',
      'report.md',
      'junit.xml',
      'result.json',
      'result.schema.json',
    ]);
    expect(files.find(({ name }) => name === 'result.json')?.content).toBe(canonicalJson(sampleResult()));
  });

  it('renders a GO of the judge', () => {
    const { files, errors } = renderAll(judgeSample(), { templates });
    expect(errors).toEqual([]);
    const contentOf = (wanted: string) => files.find(({ name }) => name === wanted)?.content ?? '';
    expect(contentOf('report.md').split('\n')[0]).toBe('# GO');
    expect(contentOf('report.html')).toContain('<h1 id="verdict-heading">GO</h1>');
    expect(contentOf('junit.xml')).toContain('failures="0" errors="0"');
  });

  it('reports a failed renderer and returns the files of the others', () => {
    const { files, errors } = renderAll(sampleResult(), { templates: { ...templates, html: '{{#if' } });
    expect(files.map(({ name }) => name)).not.toContain('report.html');
    expect(files).toHaveLength(4);
    expect(errors.map(({ name }) => name)).toEqual(['report.html']);
    expect(errors[0]?.error).toMatchObject({ code: 'render-failed', exitCode: 4 });
    expect(errors[0]?.error.message).toContain('report.html');
  });

  it('reports a result that JSON cannot represent', () => {
    const { errors } = renderAll(sampleResult({ seed: Number.NaN }), { templates });
    expect(errors.map(({ name }) => name)).toContain('result.json');
  });
});

describe('loadTemplates', () => {
  it('throws a typed error when a template is missing', async () => {
    await expect(loadTemplates('/nonexistent')).rejects.toMatchObject({ code: 'render-failed', exitCode: 4 });
  });
});
