// What does somebody read who is not inside yet, or not any more? And who finds a door closed?
import { type Fragment, type Html, html } from '../html.ts'
import type { Problem } from '../problem.ts'
import type { Oin } from '../terms.ts'
import { roleNames, type Seat } from './layout.ts'
import type { Role } from './page.ts'
import { anchor, fieldset, form, notice, paragraph } from './parts.ts'
import { absoluteMs, idleMs } from './session.ts'

export function loginPage(begin: `/${string}`): Html {
  return html`${paragraph(
    'Hier ziet u welke gegevens zijn verstrekt, aan wie en op welke grond. Log in met het account van uw organisatie.',
  )}
${paragraph('Alles wat u hier bekijkt en doet, komt met uw rol in het logboek.')}
${paragraph(
  `Doet u ${idleMs / 60_000} minuten niets, dan wordt u uitgelogd. Na ${absoluteMs / 3_600_000} uur logt u altijd opnieuw in.`,
)}
<p class="utrecht-paragraph"><a class="utrecht-button-link utrecht-button-link--html-a utrecht-button-link--primary-action" href="${begin}">Inloggen</a></p>`
}

/** The provider is another house: its address is the one foreign link of the console. */
export function leftPage(provider: string | undefined): Html {
  const further =
    provider &&
    html`${paragraph('Bij de aanmelddienst kunt u nog ingelogd zijn, voor uw andere programma’s.')}
<p class="nl-paragraph"><a class="nl-link rhc-link--inline" href="${provider}" rel="noreferrer">Ook uitloggen bij de aanmelddienst</a></p>`
  return html`${notice('ok', 'U bent uitgelogd. Sluit het venster als anderen deze computer gebruiken.')}
${further}
${paragraph(anchor('/inloggen', 'Opnieuw inloggen'))}`
}

export interface Choice {
  readonly oin: Oin
  readonly naam: string
  readonly rollen: readonly Role[]
}

/** One organisation at a time: nobody sees two files beside each other (AVG art. 5 lid 1 onder b). */
export function choicePage(choices: readonly Choice[], csrf: string, naar: string): Html {
  const forms = choices.map(
    ({ oin, naam, rollen }): Fragment =>
      form({
        action: '/organisatie',
        csrf,
        submit: `Verder als ${naam}`,
        fields: [
          fieldset(naam, paragraph(rollen.map(rol => roleNames[rol]).join(', '))),
          html`<input type="hidden" name="oin" value="${oin}"><input type="hidden" name="naar" value="${naar}">`,
        ],
      }),
  )
  return html`${paragraph('U werkt voor meer dan één organisatie. Kies voor welke u nu kijkt.')}${forms}`
}

/** Says what happened and where to go on; nothing of what was sent. */
export function problemBody(
  problem: Problem,
  transactie: string,
  { seat, naar }: { readonly seat: Seat | undefined; readonly naar?: `/${string}` | undefined },
): Html {
  return html`${notice('error', problem.detail)}
${paragraph('Nummer van deze melding: ', transactie)}
${paragraph(seat ? anchor('/', 'Naar het begin') : anchor(naar ?? '/inloggen', 'Naar inloggen'))}`
}
