import { createHash } from 'node:crypto';

/** The site's only style sheet; a part of the program, so no file must be deployed with it. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #14161b);
  --surface: light-dark(#ffffff, #1d2027);
  --line: light-dark(#d9dde4, #343944);
  --text: light-dark(#1a1d24, #e9ebf0);
  --soft: light-dark(#565d6b, #a4acba);
  --accent: light-dark(#1652c9, #8ab4ff);
  --on-accent: light-dark(#ffffff, #0d1626);
  --wrong: light-dark(#b3261e, #ff9a91);
  --wrong-ground: light-dark(#fdecea, #3a1d1b);
  --good: light-dark(#116b3a, #7fdba6);
  --good-ground: light-dark(#e3f5ea, #17301f);
  --radius: 10px;
}
* { box-sizing: border-box; }
html { font: 17px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--ground); color: var(--text); }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .75rem; letter-spacing: -.01em; }
h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
p { margin: 0 0 1rem; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--surface); padding: .5rem; }
header { background: var(--surface); border-bottom: 1px solid var(--line); }
.bar { max-width: 66rem; margin: 0 auto; padding: .6rem 1.25rem; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; }
.brand { display: inline-flex; align-items: center; gap: .5rem; font-weight: 700; color: var(--text); text-decoration: none; }
.mark { width: 1.1rem; height: 1.1rem; border-radius: 4px; background: linear-gradient(135deg, var(--accent) 50%, var(--good) 50%); }
nav { display: flex; gap: 1rem; align-items: center; }
nav form { margin: 0; }
main { flex: 1; width: 100%; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
.wide { max-width: 66rem; }
.narrow { max-width: 29rem; }
footer { color: var(--soft); font-size: .85rem; border-top: 1px solid var(--line); }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); padding: 1.4rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr)); gap: 1.1rem; padding: 0; margin: 0; list-style: none; }
.card > :last-child { margin-bottom: 0; }
time { white-space: nowrap; }
.hero { padding: 2.5rem 0 2.75rem; max-width: 42rem; }
.hero h1 { font-size: clamp(2.1rem, 6vw, 3.1rem); }
.lead { font-size: 1.15rem; color: var(--soft); }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
.field { margin-bottom: 1.1rem; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
.hint, .fine { color: var(--soft); font-size: .88rem; }
.hint { margin: 0 0 .35rem; }
.aside { margin: 1.25rem 0 0; }
input:not([type=hidden], [type=checkbox]), select { width: 100%; font: inherit; padding: .6rem .7rem; color: inherit; background: var(--ground); border: 1px solid light-dark(#868e9c, #6d7585); border-radius: 8px; }
.inline { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: 0; }
.inline select { width: auto; padding: .3rem .5rem; font-size: .92rem; }
fieldset { border: 1px solid var(--line); border-radius: 8px; margin: 0 0 1.1rem; padding: .6rem .9rem; }
legend { font-weight: 600; padding: 0 .3rem; }
.check { font-weight: 400; margin: 0; }
.wrong input { border: 2px solid var(--wrong); }
.problem { color: var(--wrong); font-weight: 600; font-size: .92rem; margin: 0 0 .35rem; }
.summary { border: 2px solid var(--wrong); background: var(--wrong-ground); border-radius: 8px; padding: .9rem 1.1rem; margin-bottom: 1.25rem; }
.summary h2 { margin-bottom: .25rem; }
.summary ul { margin: 0; padding-left: 1.1rem; }
.summary a { color: var(--wrong); }
.done { color: var(--good); background: var(--good-ground); border: 1px solid var(--good); border-radius: 8px; padding: .7rem 1.1rem; }
button, .button { display: inline-block; font: inherit; font-weight: 600; padding: .6rem 1.1rem; border-radius: 8px; border: 1px solid transparent; background: var(--accent); color: var(--on-accent); cursor: pointer; text-decoration: none; }
button:hover, .button:hover { filter: brightness(1.08); }
.card form button { width: 100%; margin-top: .3rem; }
.card .rows form button { width: auto; margin: 0; }
.quiet { background: transparent; color: var(--accent); border-color: var(--line); }
.small { padding: .3rem .75rem; font-size: .92rem; }
dl { margin: 0; }
dl > div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .45rem 0; border-top: 1px solid var(--line); }
dl > div:first-child { border-top: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.rows { list-style: none; margin: 0; padding: 0; }
.rows li { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: start; gap: .25rem 1rem; padding: .55rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.rows li:first-child { border-top: 0; }
.tag { flex: none; font-size: .8rem; font-weight: 600; padding: .1rem .55rem; border-radius: 99px; background: var(--ground); border: 1px solid var(--line); }
.tag.good { color: var(--good); background: var(--good-ground); border-color: transparent; }
.notice { color: var(--soft); font-style: italic; }
code { overflow-wrap: anywhere; }
@media (max-width: 30rem) { html { font-size: 16px; } .bar { padding: .5rem 1rem; } nav { gap: .75rem; } nav .small { padding: .3rem .6rem; font-size: .85rem; } main { padding-top: 1.25rem; } .narrow .card { padding: 1.1rem; } }
@media (prefers-reduced-motion: no-preference) { button, .button { transition: filter .15s; } }
`;

/** Changes with the content: browsers may cache each version forever. */
export const stylesheetPath = `/assets/style-${createHash('sha256').update(stylesheet).digest('hex').slice(0, 12)}.css`;

export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1652c9"/><path d="M32 8v16a8 8 0 0 1-8 8H0Z" fill="#116b3a"/></svg>';
