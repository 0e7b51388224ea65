/** Markup as tagged templates. The renderer escapes all values; raw HTML cannot be inserted. */
export { html } from 'htm/preact';
export type { VNode } from 'preact';
