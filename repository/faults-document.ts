import { describeBite } from '../harness/faults/bite/bite.ts';
import { type Fault, faultLayers } from '../harness/faults/fault.ts';
import { markdownText } from '../harness/render/markdown/markdown-text.ts';
import { checkSection } from '../harness/render/view/checks-document.ts';

/** The generated part of `docs/faults.md`: one section per fault, by layer. */
export function renderFaultsDocument(faults: readonly Fault[]): string {
  return faultLayers
    .flatMap((layer) => {
      const ofLayer = faults.filter((fault) => fault.layer === layer);
      return ofLayer.length === 0 ? [] : [[`## ${layer}`, ...ofLayer.map(renderFault)].join('\n\n')];
    })
    .join('\n\n');
}

function renderFault(fault: Fault): string {
  const { id, title, recorded, cause, fix, blockers, defaultService, services = [] } = fault;
  const { bite, red, green } = fault.in(defaultService);
  const others = services.filter((name) => name !== defaultService);
  const links = (ids: readonly string[]) =>
    ids.map((one) => `[${one}](${checkSection(one).replace('docs/', '')})`).join(', ');
  return [
    `### ${id}`,
    `**${markdownText(title)}.** ${markdownText(cause)}`,
    [
      `- Recorded: ${markdownText(recorded)}`,
      ...(blockers.length > 0 ? [`- Documented blockers: ${blockers.join(', ')}`] : []),
      `- In: ${defaultService}${others.length > 0 ? `; it can also be in ${others.join(', ')}` : ''}`,
      `- Proof that it took hold: ${describeBite(bite)}`,
      `- Must fail: ${links(red)}`,
      `- Must pass: ${links(green)}`,
      `- Fix: ${markdownText(fix)}`,
    ].join('\n'),
  ].join('\n\n');
}
