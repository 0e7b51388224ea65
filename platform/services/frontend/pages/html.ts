/** Markup as tagged templates. Values are escaped by the renderer; there is no way to insert raw HTML. */
export { html } from 'htm/preact';
export type { VNode } from 'preact';
