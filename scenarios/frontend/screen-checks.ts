import { atLeast, empty } from '../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../authentication/check-fields.ts';
import { defineBrowserCheck } from './browser-check.ts';
import { frontendCheck, pagesRender, withUsers } from './check-fields.ts';
import { contrastLost, labelLost, tableTooWide } from './screen-breaks.ts';

export const pagesFitPhone = defineBrowserCheck({
  ...frontendCheck,
  id: 'frontend.phone.pages-fit',
  title: 'Every page fits on the screen of a phone',
  failureTitle: 'A page does not fit on the screen of a phone',
  why: 'Half of all visitors use a phone. A page that is wider than the screen hides its buttons.',
  severity: 'high',
  requires: withUsers,
  needs: [pagesRender, loginWorks, registrationWorks],
  remediation: {
    text: 'Let long names and lists wrap in the style sheet, and give controls at least 24 by 24 pixels. `problems` names page and part.',
    effort: 'hours',
  },
  breaks: [tableTooWide],
  expects: { pages: atLeast(10, 'pages'), problems: empty() },
});

export const pagesAccessible = defineBrowserCheck({
  ...frontendCheck,
  id: 'frontend.accessibility.no-violations',
  title: 'No page breaks the WCAG 2.2 rules that axe measures',
  failureTitle: 'A page cannot be used with a screen reader or weak eyes',
  why: 'Visitors with a screen reader need labels and headings, and others need contrast. In many countries the law asks for both.',
  severity: 'high',
  requires: withUsers,
  needs: [pagesRender, loginWorks, registrationWorks],
  remediation: {
    text: 'Each violation names the page, the rule of axe and the element. dequeuniversity.com/rules/axe explains each rule.',
    effort: 'hours',
  },
  breaks: [labelLost, contrastLost],
  expects: { pages: atLeast(11, 'pages'), violations: empty() },
});
