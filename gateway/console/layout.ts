// What stands around every page of the console? Who looks, for whom, until when; the menu; the way out.
import { type Html, html } from '../html.ts'
import type { Moment } from '../terms.ts'
import { localText } from './local-time.ts'
import type { Officer } from './page.ts'
import { anchor, form } from './parts.ts'
import { stylesheet } from './style.ts'

/** Who looks; absent on what anybody may see: logging in, logged out, some errors. */
export interface Seat {
  readonly officer: Officer
  /** What the organisation is called. */
  readonly organisatie: string
  /** There are other organisations to choose. */
  readonly keuze: boolean
  readonly menu: readonly MenuItem[]
  readonly csrf: string
  /** The session ends at this moment, whatever is done, and after so many minutes without a request. */
  readonly until: Moment
  readonly idleMinutes: number
}

export interface MenuItem {
  readonly path: `/${string}`
  readonly text: string
}

export interface Frame {
  readonly title: string
  readonly seat?: Seat | undefined
  /** Path of the menu's item that this page belongs to. */
  readonly current?: string | undefined
}

/** Two halves, because a page may go on while it is read. */
export function layout({ title, seat, current }: Frame): {
  readonly top: Html
  readonly bottom: Html
} {
  return {
    top: html`<!doctype html>
<html lang="nl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Sluis</title>
<link rel="stylesheet" href="${stylesheet}">
</head>
<body class="utrecht-document utrecht-theme rhc-theme">
<a class="over" href="#inhoud">Ga naar de inhoud</a>
<header><p>Sluis</p>${seat && header(seat, current)}</header>
<main id="inhoud" tabindex="-1">
<h1 class="utrecht-heading-1">${title}</h1>
`,
    bottom: html`
</main>
<footer>${seat && leave(seat)}</footer>
</body>
</html>
`,
  }
}

function header({ officer, organisatie, keuze, menu }: Seat, current: string | undefined): Html {
  const items = menu.map(({ path, text }) =>
    path === current
      ? html`<li><a href="${path}" aria-current="page">${text}</a></li>`
      : html`<li><a href="${path}">${text}</a></li>`,
  )
  return html`<p>${officer.naam}, ${organisatie} (${officer.rollen.join(', ')})${
    keuze ? html` ${anchor('/organisatie', 'Andere organisatie')}` : undefined
  }</p>
<nav aria-label="Hoofdmenu"><ul>${items}</ul></nav>`
}

function leave({ csrf, until, idleMinutes }: Seat): Html {
  return html`<p>Doet u ${idleMinutes} minuten niets, dan wordt u uitgelogd. Deze sessie eindigt uiterlijk om ${localText(until).slice(11, 16)} uur.</p>
${form({ action: '/uitloggen', csrf, submit: 'Uitloggen' })}
${form({ action: '/uitloggen/overal', csrf, submit: 'Overal uitloggen' })}`
}
