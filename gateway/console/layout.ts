// What stands around every page of the console? Who looks, for whom, until when; the menu; the way out.
import { type Html, html } from '../html.ts'
import type { Moment } from '../terms.ts'
import { localText } from './local-time.ts'
import type { Officer, Role } from './page.ts'
import { stylePath, stylesheet } from './style.ts'

/** Who looks; absent on what anybody may see: logging in, logged out, some errors. */
export interface Seat {
  readonly officer: Officer
  /** What the organisation is called. */
  readonly organisatie: string
  /** There are other organisations to choose. */
  readonly keuze: boolean
  /** Nobody here is real. */
  readonly test: boolean
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

/** As an officer reads it. */
export const roleNames: Readonly<Record<Role, string>> = {
  'privacy-officer': 'privacy officer',
  fg: 'functionaris gegevensbescherming',
  beveiligingsfunctionaris: 'beveiligingsfunctionaris',
  teamleider: 'teamleider',
  beheerder: 'beheerder',
  vertrouwelijk: 'ook het vertrouwelijke logboek',
}

/** Two halves, because a page may go on while it is read. */
export function layout({ title, seat, current }: Frame): {
  readonly top: Html
  readonly bottom: Html
} {
  return {
    top: html`<!doctype html>
<html lang="nl" class="uitvoerend-lintblauw">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Sluis</title>
<link rel="icon" type="image/svg+xml" href="${stylePath('merk.svg')}">
<link rel="stylesheet" href="${stylesheet}">
</head>
<body class="utrecht-document utrecht-document--surface">
<a class="nl-skip-link nl-skip-link--visible-on-focus" href="#inhoud">Ga naar de inhoud</a>
<header>
<div class="band"><div class="kop">
<p class="merk"><a href="/">Sluis</a> <span>wie kreeg welke gegevens, en waarom</span></p>
${seat && who(seat)}
</div></div>
${seat && menu(seat, current)}
</header>
<main class="inhoud" id="inhoud" tabindex="-1">
<h1 class="nl-heading nl-heading--level-1">${title}</h1>
`,
    bottom: html`
</main>
<footer class="onder"><div class="voet">
${seat ? leave(seat) : html`<p>Sluis wisselt gegevens uit voor één doel tegelijk.</p>`}
</div></footer>
</body>
</html>
`,
  }
}

function who({ officer, organisatie, keuze, test, csrf }: Seat): Html {
  const roles = officer.rollen.map(role => roleNames[role]).join(', ')
  return html`${test ? html`<p class="test">Testomgeving</p>` : undefined}
<p class="wie"><strong>${organisatie}</strong> ${officer.naam} (${roles})${
    keuze ? html` <a href="/organisatie">Andere organisatie</a>` : undefined
  }</p>
${exit('/uitloggen', csrf, 'Uitloggen')}`
}

function menu({ menu }: Seat, current: string | undefined): Html {
  const items = menu.map(
    ({ path, text }) =>
      html`<li><a class="nl-link rhc-nav-bar__link" href="${path}"${
        path === current ? html` aria-current="page"` : undefined
      }>${text}</a></li>
`,
  )
  return html`<nav class="rhc-nav-bar__container" aria-label="Hoofdmenu"><ul class="rhc-nav-bar__list">
${items}</ul></nav>`
}

function leave({ csrf, until, idleMinutes }: Seat): Html {
  return html`<p class="sessie">Doet u ${idleMinutes} minuten niets, dan wordt u uitgelogd. Deze sessie eindigt uiterlijk om ${localText(until).slice(11, 16)} uur.</p>
${exit('/uitloggen/overal', csrf, 'Overal uitloggen')}`
}

function exit(action: `/${string}`, csrf: string, text: string): Html {
  return html`<form class="uit" method="post" action="${action}"><input type="hidden" name="csrf" value="${csrf}"><button class="utrecht-button utrecht-button--subtle" type="submit">${text}</button></form>`
}
