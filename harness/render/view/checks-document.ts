/** GitHub's anchor of the heading `<check id>` in docs/checks.md, without `#`. */
export function sectionAnchor(id: string): string {
  return id.toLowerCase().replace(/[^a-z0-9_-]/g, '');
}

/** The section of a check in docs/checks.md, relative to the repository. */
export function checkSection(id: string): string {
  return `docs/checks.md#${sectionAnchor(id)}`;
}

/** The same as a link from a report in `reports/runs/<run id>/`. */
export function checkSectionLink(id: string): string {
  return `../../../${checkSection(id)}`;
}
